"""Python in a browser asks a site of files as it asks a server."""

import json
import shutil
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from gbagraph.settings import Settings
from support import ROOT, file_with
from support.browser import until
from support.installed import cannot_run
from support.questions import written
from support.static_host import StaticHost

pytestmark = [pytest.mark.matrix, pytest.mark.processes]

PYODIDE = ROOT / ".clients" / "node_modules" / "pyodide"
PACKAGES = ("SPARQLWrapper", "pyparsing", "rdflib")
PAGE = """<!doctype html><html lang="en"><head><title>Page</title>
<script defer src="boot.js" data-root="" data-file="A file."></script></head><body></body></html>
"""
# SPARQLWrapper waits for its answer, which only a web worker may. Python has no sockets there: its
# requests are those of the browser, as pyodide-http makes them.
PROGRAM = """
import io, json
from js import XMLHttpRequest, location
from pyodide.http import pyfetch
from SPARQLWrapper import JSON, SPARQLWrapper, Wrapper

class Answer(io.BytesIO):
    def __init__(self, request):
        super().__init__(request.responseText.encode())
        self.status, self.url = request.status, request.responseURL
        self.headers = {"content-type": request.getResponseHeader("content-type")}

    def info(self):
        return self.headers

    def geturl(self):
        return self.url

def opened(wanted, **_):
    request = XMLHttpRequest.new()
    request.open(wanted.get_method(), wanted.full_url, False)
    for name, value in wanted.header_items():
        request.setRequestHeader(name, value)
    request.send(wanted.data and wanted.data.decode())
    return Answer(request)

Wrapper.urlopener = opened
endpoint = SPARQLWrapper(location.origin + "/sparql", returnFormat=JSON)
endpoint.setQuery("SELECT ?v { <urn:x> <urn:v> ?v }")
by_get = endpoint.queryAndConvert()
endpoint.setMethod("POST")
canned = await pyfetch(location.origin + "/queries/values?format=csv")
json.dumps([by_get, endpoint.queryAndConvert(), await canned.string()])
"""
WORKER = """
import { loadPyodide } from "./pyodide/pyodide.mjs";
const python = await loadPyodide();
python.unpackArchive(await (await fetch("packages.zip")).arrayBuffer(), "zip");
postMessage(await python.runPythonAsync(await (await fetch("program.py")).text()).catch(String));
"""
ASKED = """new Promise((resolve, reject) => {
  const worker = new Worker("python.js", { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
})"""


@pytest.fixture
def folder(tmp_path):
    """A site with a fact and a canned query, with Python beside it."""
    if not PYODIDE.is_dir():
        cannot_run("not installed: Pyodide. Run make clients")
    site = tmp_path / "site"
    shutil.copytree(PYODIDE, site / "pyodide")
    data = file_with(tmp_path / "data.ttl", '<urn:x> <urn:v> "one" .')
    (tmp_path / "queries").mkdir()
    query = file_with(tmp_path / "queries" / "values.rq", "SELECT ?v { <urn:x> <urn:v> ?v }")
    written(Settings(data=(data,), queries=query.parent), site)
    with zipfile.ZipFile(site / "packages.zip", "w") as archive:
        for name in PACKAGES:
            package = Path(find_spec(name).origin).parent
            for path in package.rglob("*.py"):
                archive.write(path, path.relative_to(package.parent))
    for name, text in (("index.html", PAGE), ("program.py", PROGRAM), ("python.js", WORKER)):
        (site / name).write_text(text)
    return site


def test_sparqlwrapper_and_pyfetch_ask_a_site(chromium, folder):
    with StaticHost(folder) as host, chromium.open(f"{host.url}/") as tab:
        until(tab, "navigator.serviceWorker.controller")

        by_get, by_post, canned = json.loads(tab.value(ASKED))

    assert by_get["results"]["bindings"] == [{"v": {"type": "literal", "value": "one"}}]
    assert by_post == by_get
    assert canned == "v\r\none\r\n"
