"""The conformance harness itself: it must not pass what is wrong. None of this needs the suites."""

from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import Graph, URIRef

from conformance import known, results
from conformance.checks import check, compared
from conformance.results import CSV, JSON, TSV, TURTLE, XML
from conformance.servers import Answer
from conformance.suite import BASE, EVALUATION, NEGATIVE, POSITIVE, Failed, Outcome, Test
from gbagraph.features.testing.cells import Table


def table(*rows):
    """Rows written as terms in Turtle, for variables ?a, ?b and so on."""
    return Table(tuple("abcdef"[: len(rows[0])]), tuple(tuple(map(term, row)) for row in rows))


def term(text):
    if text is None or text.startswith("_:"):
        return text and ox.BlankNode(text[2:])
    (quad,) = ox.parse(f"<x:s> <x:p> {text} .", format=ox.RdfFormat.TURTLE)
    return quad.object


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        pytest.param(JSON, '{"head": {}, "results": {"bindings": [{"a": 1}]}}', id="no term"),
        pytest.param(JSON, '{"head": {}, "boolean": "true"}', id="a string for a boolean"),
        pytest.param(
            JSON,
            '{"head": {"vars": []}, "results": {"bindings":'
            ' [{"a": {"type": "uri", "value": "x:a"}}]}}',
            id="a variable that the head lacks",
        ),
        pytest.param(
            JSON,
            '{"head": {"vars": ["a"]}, "results": {"bindings":'
            ' [{"a": {"type": "typed-literal", "value": "1", "datatype": "x:d"}}]}}',
            id="a type that the format lacks",
        ),
        pytest.param(XML, "<sparql/>", id="no namespace"),
        pytest.param(XML, "<sparql", id="cut"),
        pytest.param(CSV, "a,b\r\n1\r\n", id="a field too few"),
        pytest.param(TSV, "a\n1\n", id="no question mark"),
        pytest.param(TURTLE, "<x:a> <x:b>", id="a broken graph"),
        pytest.param("text/html", "<html>", id="no format of results"),
    ],
)
def test_what_a_format_does_not_have_is_an_error(media_type, body):
    with pytest.raises(ValueError):  # noqa: PT011  each has another text
        results.read(body.encode(), media_type)


@dataclass
class Canned:
    """A server that always gives the same answer."""

    status: int
    media_type: str = JSON
    body: bytes = b""

    def ask(self, *_):
        return Answer(self.status, self.media_type, self.body)


@pytest.fixture
def make_test(tmp_path):
    """A test of a suite with files of its own."""

    def make(kind, query="ASK {}", result='{"head": {}, "boolean": true}'):
        files = {"query": tmp_path / "q.rq", "result": tmp_path / "r.srj"}
        files["query"].write_text(query)
        files["result"].write_text(result)
        return Test("x:t", "t", "sparql11/x", kind, URIRef("x:t"), Graph(), **files)

    return make


TRUE, FALSE = b'{"head": {}, "boolean": true}', b'{"head": {}, "boolean": false}'


@pytest.mark.parametrize(
    ("kind", "server"),
    [
        pytest.param(EVALUATION, Canned(200, JSON, FALSE), id="a wrong answer"),
        pytest.param(EVALUATION, Canned(500, JSON, TRUE), id="an error"),
        pytest.param(EVALUATION, Canned(200, XML, TRUE), id="a format that was not asked for"),
        pytest.param(POSITIVE, Canned(400), id="a legal query refused"),
        pytest.param(POSITIVE, Canned(500), id="a legal query that ends in an error"),
        pytest.param(NEGATIVE, Canned(200), id="an illegal query answered"),
        pytest.param(NEGATIVE, Canned(500), id="an illegal query that ends in an error"),
        pytest.param("SomethingNew", Canned(200, JSON, TRUE), id="a kind of test that is new"),
    ],
)
def test_a_wrong_answer_fails(make_test, kind, server):
    with pytest.raises(Failed):
        check(make_test(kind), server, ())


@pytest.mark.parametrize(
    ("kind", "query", "server"),
    [
        (EVALUATION, "ASK {}", Canned(200, JSON, TRUE)),
        (POSITIVE, "ASK {}", Canned(200)),
        (POSITIVE, "ASK { SERVICE <x:e> {} }", Canned(502)),
        (NEGATIVE, "ASK {", Canned(400)),
    ],
)
def test_a_right_answer_passes(make_test, kind, query, server):
    check(make_test(kind, query), server, ())


def test_a_query_gets_the_base_of_its_file(make_test):
    assert make_test(EVALUATION).text == f"BASE <{BASE}sparql11/x/q.rq>\nASK {{}}"


@pytest.mark.parametrize(
    ("expected", "actual", "how", "passes"),
    [
        ([["1"]], [["2"]], "", False),
        ([["1", "2"]], [["1", None]], "", False),
        ([['"a"@en--ltr']], [['"a"@en']], "", False),
        ([["_:x", "_:y"]], [["_:x", "_:x"]], "", False),
        ([["<<( <x:a> <x:b> 1 )>>"]], [["<<( <x:a> <x:b> 2 )>>"]], "", False),
        ([["3.0"]], [["3.00"]], "", True),
        ([["3.0"]], [["3.00"]], "exact", False),
        ([["<<( <x:a> <x:b> 1 )>>"]], [["<<( <x:a> <x:b> 01 )>>"]], "exact", False),
        ([["3.0"]], [["3"]], "", False),
        ([["1e0"]], [["1.0E0"]], "", True),
        ([['"1"']], [['"01"']], "", False),
        ([["1"], ["1"], ["2"]], [["1"], ["2"]], "", False),
        ([["1"], ["1"], ["2"]], [["1"], ["2"]], "lax", True),
        ([["1"], ["2"]], [["2"], ["1"]], "", True),
        ([["1"], ["2"]], [["2"], ["1"]], "ordered", False),
    ],
)
def test_rows_are_compared_as_the_test_says(make_test, expected, actual, how, passes):
    with nullcontext() if passes else pytest.raises(Failed):
        compared(
            replace(make_test(EVALUATION), lax=how == "lax", exact=how == "exact"),
            results.Expected(table(*expected), JSON, how == "ordered"),
            table(*actual),
        )


def test_a_result_in_an_unknown_format_is_no_pass():
    with pytest.raises(ValueError, match="unknown format"):
        results.expected(Path("r.html"), BASE, str)


def test_the_list_of_known_differences_is_strict(make_test):
    test = make_test(EVALUATION)
    listed = [known.Difference("why", frozenset({"gbagraph"}), (test.iri,))]

    assert known.faults([Outcome(test, "no")], listed) == []
    assert known.faults([Outcome(test)], []) == []
    assert "passes" in known.faults([Outcome(test)], listed)[0]
    assert "fails" in known.faults([Outcome(test, "no")], [])[0]
    assert "no test" in known.listing_faults(listed, [])[0]
    assert "twice" in known.listing_faults([*listed, *listed], [test])[0]
