"""Jobs: light to declare, and whatever they need is imported before a worker is forked."""

import json
import sys

import pytest

from gbagraph.engine.jobs import Decoder
from gbagraph.feature import job_modules, resolve
from gbagraph.features import FEATURES
from support import processes

NONE_LATER = '''
import json, socket, sys
from gbagraph.dataset.loader import load
from gbagraph.engine import Page, Query, Dump, Quads, SyntaxCheck, wire
from gbagraph.engine.jobs import Decoder
from gbagraph.engine.worker import Work
from gbagraph.features.diagnostics.jobs import Explain
from gbagraph.web.jobs import JsonLdContext, JsonLdDocument
from gbagraph.features.verify.words import AllWords
from gbagraph.features.why.jobs import EvidenceOfFacts, Why
from gbagraph.features.reconcile.jobs import Extend, Column, Lookup, NameQuery, Reconcile
from gbagraph.features.search.jobs import Completions, Search
from gbagraph.features.things.jobs import Connect
from gbagraph.names.jobs import Counts, Meanings
from gbagraph.feature import job_modules
from gbagraph.sparql.terms import Reference

store, _ = load([])
jobs = Decoder(job_modules())
jobs.prepare(store)
ours, theirs = socket.socketpair()
ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8_000_000)
work = Work(store, ours, wire.WorkerOptions())
formats = {"solutions": "text/csv", "graph": "text/turtle", "boolean": "text/csv"}
json_formats = {"solutions": "application/sparql-results+json"}
QUADS = """SELECT ?subject ?predicate ?object ?graph {
    GRAPH ?graph { ?subject ?predicate ?object } } LIMIT 3"""
rows = "SELECT ?s ?o { ?s a ?o } LIMIT 3"
zone = "https://w3id.org/gbagraph/id/nansha"
label = "http://www.w3.org/2000/01/rdf-schema#label"
RUN = [
    Query(rows, formats),
    Query(rows, json_formats, evidence=True),
    Query(rows, json_formats, labels=("en",), page=Page(2), evidence=True),
    Query("ASK {}", formats, references=(Reference("zone", "Nansha", f"<{zone}>"),)),
    Query("CONSTRUCT WHERE { ?s a ?o } LIMIT 3", formats, infer=False),
    Dump("https://w3id.org/gbagraph/graph/meta", "text/turtle"),
    Quads(QUADS, "application/trig"),
    SyntaxCheck(("ASK {",)),
    Explain("SELECT ?x { ?x a gba:Zonne }"),
    JsonLdContext(),
    JsonLdDocument(f"CONSTRUCT WHERE {{ <{zone}> ?p ?o }}", zone),
    Why(f"<{zone}>", f"<{label}>", '"Nansha"@en'),
    EvidenceOfFacts(((f"<{zone}>", f"<{label}>", '"Nansha"@en'),), ("en",)),
    Connect(zone, "https://w3id.org/gbagraph/id/china", 2, 1, ("en",)),
    Lookup((zone,), ("en",)),
    Reconcile((NameQuery("Nansha"),)),
    Extend((zone,), (Column(label),)),
    AllWords(),
    Search("Nansha"),
    Meanings((Reference("zone", "Nansha", f"<{zone}>"),)),
    Completions(),
    Counts(),
]
before = set(sys.modules)
theirs.settimeout(0.01)
for job in RUN:
    try:
        job.run(work)
    except Exception as problem:
        if type(problem).__module__ != "gbagraph.errors":
            raise
    try:
        while theirs.recv(1 << 20):
            pass
    except TimeoutError:
        pass
# A renderer can open files.
confined = {each.__name__ for each in jobs.jobs if not each.is_page}
missing = confined - {type(job).__name__ for job in RUN}
print(json.dumps([sorted(set(sys.modules) - before), sorted(missing)]))
'''


EACH_ALONE = """
import importlib, json, os, sys
for module in sys.argv[1:]:
    if not os.fork():
        importlib.import_module(module)
        print(json.dumps([module, [name for name in sys.modules if name.startswith("gbagraph")]]))
        sys.stdout.flush()
        os._exit(0)
    os.wait()
"""


def python(code, *arguments):
    command = [sys.executable, "-c", code, *arguments]
    return processes.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.processes
def test_a_module_that_declares_jobs_imports_no_logic():
    modules = ["gbagraph.engine.jobs", *job_modules()]
    lines = [json.loads(line) for line in python(EACH_ALONE, *modules).splitlines()]
    assert [module for module, _ in lines] == modules
    declarations = {feature.package for feature in FEATURES}
    for module, names in lines:
        loaded = set(names) - declarations
        assert len(loaded) < 25, module
        assert not [name for name in loaded if name.startswith("gbagraph.dataset")], module


@pytest.mark.parametrize("job", Decoder(job_modules()).jobs, ids=lambda job: job.__name__)
def test_each_job_has_an_evaluator(job):
    assert callable(resolve(job.evaluator))


@pytest.mark.processes
def test_a_worker_imports_nothing():
    """Once workers are forked they can open no file, so all that a job runs is imported before."""
    imported, missing = json.loads(python(NONE_LATER))
    assert not missing, "jobs that this does not run"
    assert not imported
