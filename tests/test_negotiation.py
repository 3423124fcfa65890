"""Content negotiation as tables (RFC 9110, section 12.5.1)."""

import pytest

from gbagraph.errors import NotAcceptable
from gbagraph.formats import BOOLEAN, GRAPH, SOLUTIONS
from gbagraph.negotiation import choose, preferred

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        pytest.param([], JSON, id="no header accepts anything"),
        pytest.param([""], JSON, id="an empty header accepts anything"),
        pytest.param(["*/*"], JSON, id="any"),
        pytest.param(["text/csv"], "text/csv", id="exact"),
        pytest.param(["TEXT/CSV"], "text/csv", id="case does not matter"),
        pytest.param(["text/csv; charset=utf-8"], "text/csv", id="our charset"),
        pytest.param(["text/*"], "text/csv", id="a range by type"),
        pytest.param(
            ["text/csv;q=0.5, text/tab-separated-values"], "text/tab-separated-values", id="quality"
        ),
        pytest.param(["*/*, text/csv;q=0.1"], JSON, id="the more specific range decides"),
        pytest.param([f"*/*, {JSON};q=0"], XML, id="q=0 excludes"),
        pytest.param(["application/json"], "application/json", id="an alias by name"),
        pytest.param([f"application/json, {JSON};q=0.9"], "application/json", id="alias preferred"),
        pytest.param([f"{XML}, application/rdf+xml"], XML, id="rdflib, one order"),
        pytest.param([f"application/rdf+xml, {XML}"], XML, id="rdflib, the other order"),
        pytest.param(["image/png", "text/csv"], "text/csv", id="several lines are one list"),
        pytest.param([", ,text/csv,"], "text/csv", id="empty members"),
        pytest.param(['text/csv;x="a,b;c"'], None, id="a parameter that we do not have"),
        pytest.param([f'text/csv;q=0.1;x="a,b", {XML}'], XML, id="commas in a quoted string"),
        pytest.param(
            ["text/csv;q=2"], JSON, id="a bad quality voids its member, and nothing is left"
        ),
        pytest.param(["image/png"], None, id="nothing offered"),
        pytest.param(["*/*;q=0"], None, id="nothing wanted"),
        pytest.param(
            [f"{JSON}, {XML};q=0.9, text/tab-separated-values;q=0.7, text/csv;q=0.5, */*;q=0.1"],
            JSON,
            id="Jena",
        ),
        pytest.param(
            ["text/rdf+n3, application/rdf+xml, application/sparql-results+xml"], XML, id="Virtuoso"
        ),
    ],
)
def test_solutions(accept, chosen):
    found = preferred(accept, SOLUTIONS)

    assert (found and found.media_type) == chosen


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        pytest.param("*/*", "text/turtle", id="any"),
        pytest.param("application/turtle,text/turtle", "text/turtle", id="SPARQLWrapper Turtle"),
        pytest.param(
            "application/ld+json,application/x-json+ld",
            "application/ld+json",
            id="SPARQLWrapper JSON-LD",
        ),
        pytest.param(
            "application/n-quads,application/trig;q=0.95,text/turtle;q=0.6",
            "application/n-quads",
            id="Comunica",
        ),
        pytest.param(
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "application/xml",
            id="browser",
        ),
    ],
)
def test_graphs(accept, chosen):
    assert preferred([accept], GRAPH).media_type == chosen


def test_a_boolean_has_no_csv():
    assert preferred(["text/csv"], BOOLEAN) is None


def test_nothing_acceptable_names_what_is_available():
    with pytest.raises(NotAcceptable, match=r"image/png.*text/csv") as caught:
        choose(["image/png"], SOLUTIONS)

    assert caught.value.details["available"] == [JSON, XML, "text/csv", "text/tab-separated-values"]
