"""Oxigraph in browsers: stopped at its limits, never with half of its data, and without a server."""

import hashlib
import json
import lzma
import shutil

import pytest

from gbagraph.dataset.identity import INFERRED
from gbagraph.dataset.loader import load
from gbagraph.features.site import data, offers
from gbagraph.features.site.packing import packed
from support import ROOT, processes
from support.installed import cannot_run, needs
from support.node import evaluated

pytestmark = pytest.mark.processes

BUILT = ROOT / "src" / "gbagraph" / "features" / "site" / "built"
QUADS = [
    *(
        f'<x:a> <x:p{number}> "{number}"^^<http://www.w3.org/2001/XMLSchema#integer> <x:one> .'
        for number in range(20)
    ),
    "<x:a> <x:p> <x:b> <x:one> .",
    "<x:a> <x:p> <x:b> <x:two> .",
    "<x:b> <x:p> <x:c> <x:two> .",
    '<x:c> <x:says> <<( <x:a> <x:p> "مرحبا"@ar--rtl )>> <x:two> .',
    f"<x:a> <x:p> <x:c> {INFERRED} .",
]
XSD = "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
GEOF = "PREFIX geof: <http://www.opengis.net/def/function/geosparql/> "
COUNT = "SELECT (COUNT(*) AS ?n) %s { ?s ?p ?o }"
TIMES = """
    VALUES (?date ?days ?number) { ("2020-01-31"^^xsd:date "P1D"^^xsd:dayTimeDuration 2) }
"""
ANSWERS = {
    COUNT % "": "24",
    COUNT % "FROM <x:one> FROM <x:two>": "23",
    f"BASE <x:> PREFIX : <x:t> {COUNT % 'FROM <x:one> FROM :wo FROM NAMED <x:one>'}": "23",
    COUNT % "FROM <x:two>": "3",
    f"{XSD} SELECT (?days + ?date AS ?n) {{ {TIMES} }}": "2020-02-01",
    f"{XSD} SELECT (?number + ?number + 1 AS ?n) {{ {TIMES} }}": "5",
    "SELECT (COUNT(?s) AS ?n) FROM <x:one> FROM <x:two> FROM NAMED <urn:x-gbagraph:merged> "
    "{ GRAPH ?g { ?s ?p ?o } }": "0",
    "SELECT (IF(TRUE, 1, 2) AS ?n) {}": "1",
    "SELECT (COUNT(?x) AS ?n) { <x:a> <x:p0> ?o OPTIONAL { { BIND(1 AS ?x) FILTER(?o = 0) } } }": "0",
    "SELECT (COUNT(*) AS ?n) { ?s <x:p0> ?o SERVICE SILENT <x:far> { ?s ?p ?o } }": "1",
    f"{GEOF} SELECT (geof:sfEquals(1, 2) AS ?n) {{}}": None,
}
REFUSED = {
    "ASK { ?s ?p ?o\n  SERVICE <x:far> { ?s ?p ?o } }": ("engine-unsupported", 2, 3),
    f"{XSD}ASK {{ FILTER(xsd:byte(2) = 2) }}": ("engine-unsupported", 1, 62),
    f"{XSD}ASK {{ FILTER(<http://www.w3.org/2005/xpath-functions#abs>(2) = 2) }}": (
        "engine-unsupported",
        1,
        62,
    ),
    "ASK { FILTER(<https://w3id.org/gbagraph/function#named>(?x, 'a')) }": (
        "engine-unsupported",
        1,
        14,
    ),
    f"{GEOF}ASK {{ FILTER(geof:ehInside(1, 2)) }}": ("engine-unsupported", 1, 76),
    f"{GEOF}ASK {{ FILTER(geof:isSimple(1)) }}": ("unsupported-function", 1, 76),
    "BASE <http://www.opengis.net/def/function/> ASK { FILTER(<geosparql/isSimple>(1)) }": (
        "unsupported-function",
        1,
        58,
    ),
    "ASK { FILTER(<http://www.opengis.net/def/function/geosparql/is\\u0053imple>(1)) }": (
        "unsupported-function",
        1,
        14,
    ),
    "ASK { FILTER(<x:\\UFFFFFFFF>(1)) }": ("query-syntax", 1, 14),
    "ASK { ?s ?p ?o LATERAL { ?s ?q ?r } }": ("query-syntax", 1, 16),
    'VERSION "9" ASK {}': ("query-syntax", 1, 9),
    "SELECT (SUM(MAX(?o)) AS ?n) { ?s ?p ?o }": ("query-syntax", 1, 13),
    "ASK { ?s ?p }": ("query-syntax", 1, 13),
    "SELECT (TRUE AS ?x) { ?s ?p }": ("query-syntax", 1, 29),
}


def write_site(folder):
    """Write what an engine takes of a site: itself, the data, and what tells whether they are whole."""
    (folder / "data.nq").write_text("\n".join(QUADS), "utf-8")
    store, _ = load((folder / "data.nq",), infer=True)
    (folder / "endpoint").mkdir()
    for name in ("endpoint.js", "oxigraph.wasm.lzma"):
        shutil.copy(BUILT / name, folder / "endpoint")
    about = []
    for name, (content, quads) in zip(("default", "named"), data.files(store), strict=True):
        about.append(entry(folder / "endpoint" / f"{name}.json.lzma", content) | {"quads": quads})
        (folder / "endpoint" / f"{name}.json.lzma").write_bytes(packed(content))
    wasm = folder / "endpoint" / "oxigraph.wasm.lzma"
    versions = {
        "": about[0] | {"named": about[1], "inferred": INFERRED.value, "holds_inferred": True}
    }
    settings = {"engine": entry(wasm, lzma.decompress(wasm.read_bytes())), "data": versions}
    settings |= {"relative_to": "https://site.example/", "limits": {"seconds": 10}}
    settings |= {"functions": offers.functions()}
    (folder / "endpoint" / "settings.json").write_text(json.dumps(settings))


def entry(path, content):
    digest = hashlib.sha256(content).hexdigest()
    return {"path": f"endpoint/{path.name}", "sha256": digest, "bytes": len(content)}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What Node told of the engine of a small site, by one run of all."""
    needs("node")
    if not (BUILT / "endpoint.js").is_file():
        cannot_run("what a site answers with is not built. Run make frontend")
    folder = tmp_path_factory.mktemp("engine")
    write_site(folder)
    queries = [[query, {}] for query in (*ANSWERS, *REFUSED)]
    queries += [[COUNT % "", {"infer": wanted}] for wanted in (False, True)]
    queries += [["CONSTRUCT WHERE { ?s <x:says> ?o }", {}]]
    (folder / "queries.json").write_text(json.dumps(queries))
    script = ROOT / "tests" / "support" / "engine.mjs"
    command = ["node", script, folder, folder / "queries.json"]
    done = processes.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", ["product", "path", "exists", "regex"])
def test_what_does_not_end_is_stopped_from_within_and_the_next_query_is_answered(told, name):
    stopped = told["stops"][name]

    assert stopped["problem"] == "query-timeout"
    assert "limit of 0.1 seconds" in stopped["detail"]
    assert stopped["next"] == 24


@pytest.mark.parametrize(
    ("name", "problem"),
    [("memory", "memory-exceeded"), ("deep", "query-too-deep"), ("braces", "query-too-deep")],
)
def test_what_breaks_the_engine_is_told_and_the_next_query_is_answered(told, name, problem):
    broken = told["stops"][name]

    assert broken["problem"] == problem
    assert broken.get("status") == (504 if name == "memory" else None)
    assert broken.get("fault") == (None if name == "memory" else problem)
    assert broken["next"] == 24


def test_a_file_that_is_not_whole_is_an_error_and_never_an_empty_answer(told):
    for name, found in told["faults"]["found"].items():
        assert found["problem"] == "engine-unavailable", name
        assert "endpoint/" in found["detail"], name
    assert told["faults"]["next"] == 24


def test_named_graphs_are_read_when_a_query_needs_them_and_two_versions_are_kept(told):
    thrift = told["thrift"]

    assert thrift["graphs"] == 3
    assert thrift["more"] == ["endpoint/named.json.lzma"]
    assert thrift["kept"] == ["engine two", "engine "]


def test_files_may_be_unpacked_already(told):
    assert told["thrift"]["unpacked"] == 24


def test_queries_are_read_as_the_server_reads_them(told):
    for query, found in zip(ANSWERS, told["answers"], strict=False):
        (row,) = found["rows"]
        assert row.get("n", {}).get("value") == ANSWERS[query], query


def test_what_needs_a_server_is_refused_with_its_place(told):
    for query, found in zip(REFUSED, told["answers"][len(ANSWERS) :], strict=False):
        assert (found.get("problem"), found.get("line"), found.get("column")) == REFUSED[query], (
            query
        )


def test_what_follows_goes_for_a_query_and_comes_back(told):
    without, whole, _ = told["answers"][-3:]

    assert without["rows"][0]["n"]["value"] == "23"
    assert whole["rows"][0]["n"]["value"] == "24"


def test_triples_of_a_graph_are_terms(told):
    (triple,) = told["answers"][-1]["triples"]
    said = triple["object"]["value"]["object"]

    assert triple["object"]["type"] == "triple"
    assert said == {"type": "literal", "value": "مرحبا", "xml:lang": "ar", "its:dir": "rtl"}


# A module with an import, and one function, exported as f, of these instructions.
MODULE = """
  const part = (id, ...bytes) => [id, bytes.length, ...bytes];
  const name = (text) => [text.length, ...Buffer.from(text)];
  const metered = (...code) => module.meter(Uint8Array.from([
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], part(1, 2, 0x60, 0, 1, 0x7c, 0x60, 0, 0),
    part(2, 1, ...name("x"), ...name("__wbg_now_1"), 0, 0), part(3, 1, 1), part(5, 1, 0, 1),
    part(6, 0), part(7, 1, ...name("f"), 0, 1), part(10, 1, code.length + 2, 0, ...code, 0x0b),
  ].flat()), { call: /^__wbg_now_/, every: 100, megabytes: 1 });
"""
ENDLESS = """
  let left = 3;
  const __wbg_now_1 = () => { if (!left--) throw Error("stopped"); return 0; };
  const code = metered(0x03, 0x40, 0x0c, 0, 0x0b), x = { __wbg_now_1 };
  const { instance } = await WebAssembly.instantiate(code, { x });
  try { instance.exports.f(); } catch ({ message }) { return [message, left]; }
"""
UNKNOWN = """
  return given.map((code) => {
    try { return metered(...code).length; } catch ({ message }) { return message; }
  });
"""
METER = ROOT / "frontend" / "meter.mjs"


def test_a_loop_without_an_end_is_left_when_its_host_throws():
    assert evaluated(METER, MODULE + ENDLESS) == ["stopped", -1]


def test_a_module_with_an_instruction_that_is_not_known_is_not_metered():
    """Its length is not known either: after it, anything could be taken for a loop."""
    codes = {"0x6": [6, 0x40], "0xfd": [0xFD, 12], "0xfc 18": [0xFC, 18], "0xe0": [0xE0]}
    said = "The instruction {} is not known: the module cannot be metered."

    found = evaluated(METER, MODULE + UNKNOWN, [[0x01], *codes.values()])

    assert found[1:] == [said.format(code) for code in codes]
    assert isinstance(found[0], int)
