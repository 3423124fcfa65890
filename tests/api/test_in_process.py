"""A graph in this process: what is opened, what is asked, and what no query makes it do."""

import asyncio
import socket
import subprocess
import sys
import threading

import pyoxigraph as ox
import pytest
import rdflib

import gbagraph
from gbagraph import errors
from support import PATH, ZONE

TURTLE = "<http://example.org/a> <http://example.org/p> 1 ."


@pytest.fixture
def turtle(tmp_path):
    path = tmp_path / "x.ttl"
    path.write_text(TURTLE)
    return path


@pytest.mark.parametrize(
    "form", [str, lambda path: path, lambda path: [path], lambda path: [str(path)]]
)
def test_a_file_is_opened_by_its_name_or_path_one_or_many(turtle, form):
    assert gbagraph.open(form(turtle)).ask("ASK { ?s ?p 1 }")


@pytest.fixture
def queries(tmp_path):
    folder = tmp_path / "q"
    folder.mkdir()
    (folder / "subjects.rq").write_text(
        "#+ summary: What has this value?\n#+ params:\n#+   - value: The value.\n"
        "SELECT ?s { ?s ?p ?_value_integer }"
    )
    return folder


@pytest.mark.parametrize("safe", [False, pytest.param(True, marks=pytest.mark.processes)])
def test_files_of_others_have_the_queries_that_are_given_with_them_and_none_of_ours(
    turtle, queries, safe
):
    with gbagraph.open(turtle, queries=str(queries), safe=safe) as graph:
        assert [row.s for row in graph.run("subjects", value=1)] == ["http://example.org/a"]
        with pytest.raises(errors.UnknownResource):
            graph.run("timeline")
    with (
        gbagraph.open(turtle, safe=safe) as graph,
        pytest.raises(errors.UnknownResource, match="none come with this dataset"),
    ):
        graph.run("timeline")


def test_a_folder_of_queries_that_is_not_there_or_has_a_fault_is_told(turtle, queries):
    with pytest.raises(errors.SettingError, match="no such folder"):
        gbagraph.open(turtle, queries=queries / "none")
    (queries / "subjects.rq").write_text("#+ params: 1\nSELECT * {}")
    with pytest.raises(errors.QueryFileError):
        gbagraph.open(turtle, queries=queries)


def test_several_files_are_one_graph(turtle, small_file):
    graph = gbagraph.open([str(turtle), small_file])

    assert graph.ask(
        "ASK { <http://example.org/a> <http://example.org/p> 1, <http://example.org/b> }"
    )


def test_the_form_of_a_query_decides_what_its_answer_is(graph):
    assert isinstance(graph.query(PATH), gbagraph.Solutions)
    assert isinstance(graph.query("ASK {}"), gbagraph.Boolean)
    assert isinstance(graph.query("DESCRIBE <id/baidu>"), gbagraph.Triples)


def test_a_canned_query_without_rows_is_false_and_a_boolean_is_equal_to_it(graph):
    assert not graph.run("search-names", text="no such name at all")
    assert graph.run("is-in", inner="apollo-rd-centre", outer="china") == True  # noqa: E712
    assert graph.run("is-in", inner="china", outer="apollo-rd-centre") == False  # noqa: E712


@pytest.mark.parametrize(
    ("method", "query", "said"),
    [
        ("select", "ASK {}", r"select\(\) is for .* SELECT, .* ASK\. Call ask\(\)"),
        ("select", "DESCRIBE <id/baidu>", r"CONSTRUCT or DESCRIBE\. Call construct\(\)"),
        ("ask", PATH, r"ask\(\) is for .* SELECT\. Call select\(\)"),
        ("construct", "ASK {}", r"construct\(\) is for .* Call ask\(\)"),
    ],
)
def test_a_query_of_another_form_is_an_error_that_says_what_to_call(graph, method, query, said):
    with pytest.raises(errors.RequestError, match=said):
        getattr(graph, method)(query)


def test_variables_are_bound_to_terms_and_values(graph):
    query = "SELECT ?s { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?label }"
    zone = ox.NamedNode(ZONE)

    assert graph.ask("ASK { ?zone a <ontology#Zone> }", zone=zone)
    assert graph.ask("ASK { ?zone a <ontology#Zone> }", zone=rdflib.URIRef(ZONE))
    assert graph.select(query, label=ox.Literal("Baidu", language="en"))[0].s.endswith("/baidu")
    assert graph.select(query, label=rdflib.Literal("Baidu", lang="en"))[0].s.endswith("/baidu")
    assert graph.ask("ASK { FILTER (?from_year = 2020 && ?ok) }", from_year=2020, ok=True)
    assert graph.ask("ASK { FILTER (?from = 2020) }", from_=2020)
    assert graph.construct("CONSTRUCT { ?s a ?o } { ?s a ?o }", s=zone, o=None)


def test_a_text_is_bound_and_never_pasted(graph):
    text = '"} ASK {} #'

    assert graph.select("SELECT (?text AS ?same) {}", text=text)[0].same == text


def test_a_variable_that_the_query_has_not_is_an_error(graph):
    with pytest.raises(errors.BadParameter, match="zoen"):
        graph.select("SELECT ?zone { ?zone a <ontology#Zone> }", zoen=ox.NamedNode(ZONE))


def test_parameters_that_are_none_are_not_given(graph):
    assert graph.run("timeline", from_=2020, until=None) == graph.run("timeline", from_=2020)
    assert graph.run("timeline", from_=2020) == graph.run("timeline", **{"from": "2020"})


def test_a_term_of_an_answer_is_a_parameter_again(graph):
    (row,) = graph.select(PATH)

    assert graph.run("place-to-country", place=row["project"]) == graph.run(
        "place-to-country", place=row.project
    )
    assert graph.run("place-to-country", place=rdflib.URIRef(row.project))


def test_a_query_of_two_graphs_has_a_row_once(small_file):
    query = "SELECT ?s FROM <http://example.org/g1> FROM <http://example.org/g2> { ?s ?p 1 }"

    assert len(gbagraph.open(small_file).select(query)) == 1


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("SELECT", errors.QuerySyntaxError),
        ("ASK { FILTER (<urn:f>(1)) }", errors.UnsupportedFunction),
        ("ASK { SERVICE <http://127.0.0.1:1/> {} }", errors.ServiceNotAllowed),
    ],
)
def test_what_the_engine_raises_is_an_error_of_the_package(graph, query, error):
    for evidence in (False, True):
        with pytest.raises(error):
            graph.query(query, evidence=evidence)


@pytest.mark.parametrize("silent", ["", "SILENT "])
@pytest.mark.parametrize("evidence", [False, True])
def test_no_query_calls_another_endpoint(graph, silent, evidence):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        address = f"<http://127.0.0.1:{listening.getsockname()[1]}/>"
        query = f"SELECT * {{ SERVICE {silent}{address} {{ ?s ?p ?o }} }}"
        if silent:
            assert len(graph.select(query, evidence=evidence)) == 1
        else:
            with pytest.raises(errors.ServiceNotAllowed):
                graph.select(query, evidence=evidence)
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_a_time_limit_that_nothing_keeps_is_an_error():
    with pytest.raises(errors.RequestError, match="safe=True"):
        gbagraph.open(timeout=1)


def test_any_thread_asks_and_an_event_loop_does_not_matter(graph):
    expected, found = graph.select(PATH), []
    threads = [threading.Thread(target=lambda: found.append(graph.select(PATH))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    async def ask():
        return graph.select(PATH)

    assert [*found, asyncio.run(ask())] == [expected] * 5


def test_a_graph_is_a_context_manager():
    with gbagraph.open("0.2.0") as graph:
        assert graph.version == "0.2.0"
    assert "version 0.2.0" in repr(graph)


@pytest.mark.processes
def test_importing_the_package_imports_nothing_of_others():
    code = (
        "import sys, gbagraph\n"
        "heavy = {'pyoxigraph', 'rdflib', 'httpx', 'asyncio', 'msgspec', 'pandas', 'fastapi'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
