"""Content negotiation as tables (RFC 9110, section 12.5.1)."""

import time

import pytest

from gbagraph.errors import NotAcceptable
from gbagraph.rdf.formats import GRAPH, HTML
from gbagraph.rdf.result_formats import BOOLEAN, SOLUTIONS
from gbagraph.sparql.negotiation import choose, preferred

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
        pytest.param(['text/csv;x="a,b;c"'], "text/csv", id="an unknown parameter means nothing"),
        pytest.param(
            ['application/json;profile="http://www.w3.org/ns/x"'],
            "application/json",
            id="a profile",
        ),
        pytest.param(["text/csv;q=.2, */*;q=.1"], "text/csv", id="Java writes quality so"),
        pytest.param(
            ["text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"], JSON, id="Java's default"
        ),
        pytest.param([";;;"], JSON, id="nothing that can be read"),
        pytest.param([", ;"], JSON, id="nor here"),
        pytest.param(["text/csv;q=, text/csv;;q=0.5;"], "text/csv", id="empty parameters"),
        pytest.param([f"*/*, {XML}"], XML, id="a name before a wildcard of the same quality"),
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
    found = preferred(", ".join(accept), SOLUTIONS)

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
    assert preferred(accept, GRAPH).media_type == chosen


@pytest.mark.parametrize("media_type", ["text/csv", "text/tab-separated-values"])
def test_a_boolean_is_a_word_in_csv(media_type):
    assert preferred(media_type, BOOLEAN).media_type == media_type


def test_a_browser_that_admits_anything_gets_a_page():
    assert preferred("text/html, application/xhtml+xml, image/jxr, */*", (*GRAPH, HTML)) is HTML


def test_a_long_header_takes_little_time():
    accept = ",".join(f"a/b{n}" for n in range(40_000))
    started = time.process_time()

    for _ in range(10):
        assert preferred(accept, SOLUTIONS) is None

    assert time.process_time() - started < 5


def test_nothing_acceptable_names_what_is_available():
    with pytest.raises(NotAcceptable, match=r"image/png.*text/csv") as caught:
        choose("image/png", SOLUTIONS)

    assert caught.value.details["available"] == [
        *(JSON, XML, "text/csv", "text/tab-separated-values"),
        *("application/vnd.gbagraph.records+json", "application/x-ndjson", "text/markdown"),
    ]
