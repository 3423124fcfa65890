"""One interface for all graphs: no class adds to it, type checkers know it, and the manual has it."""

import inspect
import re
import sys

import pytest

import gbagraph
from gbagraph import answers, errors
from gbagraph.queries.catalog import all_queries
from support import ROOT, file_with, processes

sys.path.insert(0, str(ROOT / "scripts"))
import query_names

MANUAL = (ROOT / "docs" / "python.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", MANUAL, re.DOTALL)

USE = """
import gbagraph
from gbagraph import Answer, AsyncQueryable, Boolean, Queryable, Row, Solutions, Triples


def labels(graph: Queryable) -> list[str]:
    rows: Solutions = graph.select("SELECT ?label { ?s ?p ?label }", p=None)
    terms = [row["label"] for row in rows]
    assert len(terms) == len(rows)
    return [row.label for row in rows]


def report(graph: Queryable, values: dict[str, str]) -> None:
    steps = [row.outerLabel for row in graph.run("place-to-country", place="apollo-rd-centre")]
    assert steps
    inside: Boolean = graph.run("is-in", inner="baidu", outer="china")
    assert inside == True
    first: Row = graph.run("zones-by-area")[0]
    anything: Answer = graph.run("own-query", **values)
    more: Solutions = graph.run("zones-by-area", **values)
    yes: Boolean = graph.ask("ASK {}")
    triples: Triples = graph.construct("CONSTRUCT {} {}")
    for triple in triples:
        print(triple.subject, first, anything, yes, more)
    for row in graph.select("SELECT * { ?s ?p ?o }", evidence=True):
        print(row.evidence.paragraphs, [known.basis for known in row.evidence.triples])
    print(graph.why("id:baidu", "a", "gba:Company").paragraphs)
    print([each.message for each in graph.explain("SELECT")])
    print([match.label for each in graph.lookup("http://e.example/") for match in each.matches])
    records = graph.run("zones-by-area").records()
    print(records[0]["zone"])
    found = graph.questions("zones"), graph.search("Baidu")
    print([each["name"] for rows in found for each in rows])
    print(graph.schema()["classes"], graph.describe("Baidu")["label"])
    print(more.df(names="label"), more.df("polars"))
    written: bytes = more.serialize(format="csv")
    print(written)


async def later(graph: AsyncQueryable) -> list[str]:
    steps = await graph.run("place-to-country", place="apollo-rd-centre")
    print([each["question"] for each in await graph.questions()])
    return [row.outerLabel for row in steps]


with gbagraph.open() as graph, gbagraph.open(safe=True, timeout=5) as safe:
    for each in (graph, safe):
        report(each, {})
print(gbagraph.open("x.ttl").store, labels(gbagraph.connect("http://localhost:8000")))
"""

WRONG = {
    'gbagraph.open().run("is-in")[0]': "not indexable",
    'for row in gbagraph.open().run("own-query"): pass': "Boolean",
    'gbagraph.open().select("SELECT * {}").rows': "no attribute",
    "gbagraph.open(timeout=5)": "overload",
    'gbagraph.open().run("timeline", since=object())': "overload",
    'gbagraph.open().run("timeline").df("numpy")': "overload",
}


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """What mypy says of programs outside the package; it knows the package from the first of them."""
    folder = tmp_path_factory.mktemp("programs")

    def check(code):
        path = file_with(folder / "program.py", code)
        return processes.run(
            [sys.executable, "-m", "mypy", "--strict", "--cache-dir", folder / "cache", path],
            capture_output=True,
            text=True,
            cwd=folder,
            check=False,
        )

    return check


@pytest.mark.processes
@pytest.mark.slow
def test_programs_outside_the_package_pass_a_strict_type_checker(checked):
    done = checked(USE)
    assert done.returncode == 0, done.stdout

    found = checked("import gbagraph\n" + "\n".join(WRONG)).stdout
    for number, said in enumerate(WRONG.values(), start=2):
        lines = [line for line in found.splitlines() if f"program.py:{number}:" in line]
        assert any(said in line for line in lines), found


def test_the_names_that_type_checkers_know_are_those_of_queries_of_that_form():
    names = query_names.names()
    listed = {}
    exec(query_names.PLACE.read_text(), listed)

    for kind, found in names.items():
        if kind in listed:
            assert set(listed[kind].__args__) <= set(found)
    assert len(listed["SelectName"].__args__) > 50
    assert set(listed["AskName"].__args__) == {"is-in"}
    assert sum(map(len, names.values())) == len(all_queries())


@pytest.mark.parametrize("kind", [gbagraph.Graph, gbagraph.SafeGraph, gbagraph.RemoteGraph])
def test_no_graph_has_methods_that_the_interface_has_not(kind):
    own = {name for name, member in vars(kind).items() if inspect.isfunction(member)}
    public = {name for name in own if not name.startswith("_")}

    assert issubclass(kind, gbagraph.Queryable)
    assert public <= set(dir(gbagraph.Queryable))


@pytest.mark.processes
@pytest.mark.slow
def test_the_examples_of_the_manual_pass_a_strict_type_checker(checked):
    done = checked("\n".join(BLOCKS))

    assert len(BLOCKS) > 8
    assert done.returncode == 0, done.stdout


def test_the_errors_of_the_manual_exist():
    found = re.findall(r"`(?:gbagraph\.\w+\.)?([A-Z]\w+)`", MANUAL.partition("## Errors")[2])

    assert len(found) > 3
    assert {*found} - {*dir(errors), *dir(answers), "KeyError"} == set()


def test_the_methods_of_the_interface_are_in_the_manual():
    documented = set(re.findall(r"`(\w+)(?:\([^`]*\))?`", MANUAL))
    public = {name for name in dir(gbagraph.Queryable) if not name.startswith("_")}

    assert public <= documented
