"""Notebooks: the one of the manual runs, the API is completed, and nothing that is shown is markup."""

import json

import pyoxigraph as ox
import pytest

import gbagraph
from gbagraph import feature
from gbagraph.answers import Solutions
from gbagraph.api import notebook
from gbagraph.api.explanations import (
    Diagnostic,
    Explanation,
    Passage,
    Proof,
    Questions,
    Results,
    RowEvidence,
    RowFacts,
    Schema,
    Step,
    Thing,
)
from gbagraph.api.solutions import ExplainedSolutions
from gbagraph.errors import RequestError
from support import ROOT

NOTEBOOK = ROOT / "docs" / "explore.ipynb"
COMPLETIONS = """
import json
from IPython.core.completer import provisionalcompleter

row, found = answer[0], graph.questions("zones")
completer, given = get_ipython().Completer, {}
for completer.use_jedi in (True, False):
    for text in ("gbagraph.", "graph.", "answer.", "row.", "graph.run(", "found[0]['"):
        with provisionalcompleter():
            found_here = [c.text.lstrip(".") for c in completer.completions(text, len(text))]
        given[f"{completer.use_jedi} {text}"] = found_here
print(json.dumps(given))
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The cells of the notebook, run, and one more that asks IPython what it completes."""
    names = "nbformat", "nbclient", "jupyter_client.manager"
    nbformat, nbclient, manager = map(pytest.importorskip, names)
    pages = nbformat.read(NOTEBOOK, as_version=4)
    pages.cells.append(nbformat.v4.new_code_cell(COMPLETIONS))
    sockets = tmp_path_factory.mktemp("kernel") / "socket"
    kernel = manager.AsyncKernelManager(transport="ipc", ip=str(sockets))
    nbclient.NotebookClient(pages, km=kernel, timeout=120).execute()
    return [cell for cell in pages.cells if cell.cell_type == "code"]


@pytest.mark.processes
def test_notebook_of_the_manual_runs_and_every_cell_shows_something(ran):
    *cells, _ = ran

    for cell in cells:
        (output,) = cell.outputs
        assert output["data"]["text/html"].strip().startswith("<"), cell.source
    assert len(cells) > 10


def test_notebook_is_kept_without_outputs():
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]

    assert [c for c in cells if c.get("outputs") or c.get("execution_count")] == []


@pytest.mark.processes
def test_ipython_completes_the_api_with_and_without_jedi(ran):
    (output,) = ran[-1].outputs
    found = json.loads(output["text"])
    wanted = {
        "gbagraph.": ["Graph", "connect", "open"],
        "graph.": ["describe", "questions", "run", "schema", "search", "select", "why"],
        "answer.": ["column", "df", "records"],
        "row.": ["evidence", "squareKilometres", "zone"],
        "found[0]['": ["name", "parameters", "question"],
    }

    for text, names in wanted.items():
        for jedi in (True, False):
            assert set(names) <= set(found[f"{jedi} {text}"]), (jedi, text)
    assert "import_module" not in found["True gbagraph."]
    assert "evidence=" in found["False graph.run("]


BAD = "<script>alert('x')</script>"
LINK = "javascript:alert(1)"
TERMS = ox.NamedNode(LINK), ox.NamedNode(f"http://e/?{'x' * 3}&a"), ox.Literal(BAD)
FACTS = RowFacts((BAD,), "stated", (LINK, "http://e/p"))
EVIDENCE = RowEvidence(
    facts=(FACTS,), passages=(Passage(LINK, BAD, BAD), Passage("http://e/p", BAD, BAD))
)
LEAF = Proof(ox.Triple(*TERMS), BAD, "stated", (LINK,), note=BAD, marks=(BAD,))
NAMED = {"iri": LINK, "label": BAD, "kind": BAD, "basis": BAD, "says": BAD, "text": BAD}
LINES = {"property": NAMED, "back": False, "values": [NAMED, {"text": BAD}]}
FACT = {"subject": NAMED, "property": NAMED, "value": {"text": BAD, "kind": BAD}}
PARAMETER = {"name": BAD, "description": BAD, "expects": BAD, "required": False, "default": BAD}
SHOWN = {
    "rows": Solutions((BAD,), [(term,) for term in TERMS]),
    "rows with evidence": ExplainedSolutions((BAD,), [TERMS[:1]], [EVIDENCE]),
    "proof": Proof(ox.Triple(*TERMS), "asserted", "stated", (LINK,), (LEAF,), note=BAD),
    "diagnostics": Explanation(
        [Diagnostic(BAD, "error", BAD, 1, 1, query=BAD)],
        [Step("filter", BAD, 1, 1, 2, 5, 0, {})],
    ),
    "questions": Questions(
        [
            dict.fromkeys(("name", "question", "description"), BAD)
            | {"parameters": [PARAMETER], "columns": [BAD]}
        ]
    ),
    "results": Results([NAMED | {"types": [BAD], "snippet": BAD, "name": BAD}]),
    "schema": Schema({BAD: Solutions((BAD,), [(TERMS[2],)])}),
    "thing": Thing(
        NAMED
        | {"types": [NAMED], "summary": BAD, "names": [NAMED], "identifiers": [NAMED]}
        | {"facts": [LINES], "neighbours": [LINES], "other_sources": [LINES], "passages": [NAMED]}
        | {"rests": [FACT], "uses": [FACT]}
    ),
    "candidates": Thing({"asked": BAD, "candidates": [NAMED]}),
}


@pytest.mark.parametrize("thing", SHOWN.values(), ids=SHOWN)
def test_nothing_that_is_shown_is_markup_and_links_go_to_the_web(thing):
    shown = thing._repr_html_()

    assert "&lt;script&gt;" in shown
    assert "<script" not in shown
    assert 'href="javascript' not in shown
    assert "&lt;a href" not in shown


def test_a_graph_is_shown_with_what_it_is_and_how_to_go_on(graph):
    shown = graph._repr_html_()

    assert f"version {graph.version}" in shown
    assert ">graph:article</a>" in shown
    assert ".questions(" in shown


def test_a_graph_of_a_file_is_shown_with_what_it_can_be_asked(tmp_path):
    (tmp_path / "x.ttl").write_text("<urn:a> <urn:p> 5 .")
    shown = gbagraph.open(tmp_path / "x.ttl")._repr_html_()

    assert "<p></p>" not in shown
    assert ".schema()" in shown
    assert ".run(" not in shown


def test_terminals_show_the_first_rows(graph):
    pretty = pytest.importorskip("IPython.lib.pretty").pretty
    answer = graph.run("timeline")

    assert pretty(answer).splitlines() == [repr(answer), *map(repr, answer[:10])]


def test_passages_are_shown_with_their_labels_and_what_a_row_rests_on(graph):
    answer = graph.run("zones-by-area", evidence="brief")
    shown = answer._repr_html_()

    for row in answer:
        for passage in row.evidence.passages:
            assert f'<a href="{passage.iri}">{passage.label}</a>' in shown
    assert "<small>stated, disputed</small>" in shown


def test_a_proof_is_printed_as_a_tree_and_shown_as_one(graph):
    proof = graph.why("id:baidu", "gba:involvedIn", "id:huangpu")
    lines = str(proof).splitlines()

    assert lines[0].startswith("id:baidu gba:involvedIn id:huangpu  [prp-spo2")
    assert any(line.startswith("│   ├── ") for line in lines)
    assert proof._repr_html_().count("<li>") == sum("  [" in line for line in lines)


def test_without_proofs_one_that_is_there_is_shown_all_the_same(monkeypatch):
    monkeypatch.setattr(feature, "hook", lambda _: None)
    monkeypatch.setattr(notebook, "hook", lambda _: None)
    notebook._macros.cache_clear()

    assert str(LEAF) == repr(LEAF)
    assert LEAF.basis in repr(LEAF)
    assert "&lt;script&gt;" in LEAF._repr_html_()
    notebook._macros.cache_clear()


@pytest.mark.parametrize("name", ["questions", "schema", "search", "describe"])
def test_without_its_feature_a_method_says_what_is_left_out(graph, name, monkeypatch):
    monkeypatch.setattr(feature, "hook", lambda _: None)

    with pytest.raises(RequestError, match="This needs the feature"):
        getattr(graph, name)("baidu")
