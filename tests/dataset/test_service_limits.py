"""The limits in the description of a service: those of the running server, and obeyed."""

import pytest
import rdflib
from rdflib import OWL, RDF, RDFS, XSD

from gbagraph.dataset.limits import LIMITS, duration
from gbagraph.rdf.namespaces import PREFIXES, SERVICE
from support import RunningServer, problem
from support.serving import serving

LIMIT = rdflib.Namespace(SERVICE)
SD = rdflib.Namespace(PREFIXES["sd"])
MEGABYTE = 1024 * 1024


odd_server = serving(
    "<urn:a> <urn:p> 1 .",
    *("--query-timeout", 2.7, "--query-memory", 71, "--result-size", 3, "--body-size", 2),
    *("--transfer-timeout", 11.5, "--max-slow-queries", 5),
    *("--rate-limit", "6000/min", "--rate-burst", 700),
)
"""A server of another graph with values that no other server has."""


@pytest.fixture(scope="module")
def said(odd_server):
    """What the description says of the service, by the name of the term."""
    found = odd_server.turtle().predicate_objects(rdflib.URIRef(odd_server.sparql))
    return {term.removeprefix(SERVICE): value for term, value in found if term in LIMIT}


@pytest.mark.processes
def test_the_values_are_those_of_the_settings(said):
    texts = {term: str(value) for term, value in said.items()}

    assert texts == {
        "queryTimeout": "PT2.7S",
        "queryMemory": str(71 * MEGABYTE),
        "resultSize": str(3 * MEGABYTE),
        "bodySize": str(2 * MEGABYTE),
        "bodyTimeout": "PT11.5S",
        "targetLength": str(64 * 1024),
        "slowQueries": "5",
        "requestInterval": "PT0.01S",
        "requestBurst": "700",
        "maxAge": "PT5M",
    }


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.01, "PT0.01S"),
        (30.0, "PT30S"),
        (60, "PT1M"),
        (90061.5, "P1DT1H1M1.5S"),
        (172800, "P2D"),
    ],
)
def test_durations_are_canonical(seconds, text):
    assert duration(seconds) == text
    assert str(rdflib.Literal(text, datatype=XSD.dayTimeDuration)) == text


@pytest.mark.processes
def test_several_processes_say_the_limits_of_the_whole(small_file):
    options = ("--workers", 2, "--max-slow-queries", 6)
    with RunningServer("--data", small_file, *options) as shared:
        service = rdflib.URIRef(shared.sparql)

        assert shared.turtle().value(service, LIMIT.slowQueries).toPython() == 6


def test_the_built_in_dataset_says_them_too(server):
    service = rdflib.URIRef(server.sparql)

    assert str(server.turtle().value(service, LIMIT.queryTimeout)) == "PT30S"


@pytest.mark.processes
@pytest.mark.parametrize("form", ["form", "direct"])
def test_a_body_has_the_size_that_is_said_at_most(odd_server, said, form):
    size = said["bodySize"].toPython()
    start = "query=ASK+%7B%7D+%23" if form == "form" else "ASK {} #"
    kind = "x-www-form-urlencoded" if form == "form" else "sparql-query"

    def status(length):
        return odd_server.client.post(
            "/sparql",
            content=start.ljust(length, "x"),
            headers={"Content-Type": f"application/{kind}", "Accept": "*/*"},
        )

    assert status(size).status_code == 200
    found = problem(status(size + 1), 413, "request-too-large", str(size))
    assert found["limit"] == size


@pytest.mark.processes
def test_an_answer_may_be_kept_as_long_as_is_said(odd_server, said):
    seconds = int(said["maxAge"].toPython().total_seconds())

    assert f"max-age={seconds}" in odd_server.ask("ASK {}").headers["cache-control"]


# --- The vocabulary ----------------------------------------------------------------------------


@pytest.mark.processes
def test_each_term_that_is_said_is_declared_at_its_address(odd_server, said):
    found = odd_server.turtle("/service")

    assert set(said) == {limit.name for limit in LIMITS}
    for term, value in said.items():
        declared = LIMIT[term]
        assert (declared, RDF.type, OWL.DatatypeProperty) in found
        assert (declared, RDFS.domain, SD.Service) in found
        assert found.value(declared, RDFS.range) == value.datatype
        assert value.datatype in (XSD.dayTimeDuration, XSD.nonNegativeInteger)
        assert found.value(declared, RDFS.comment)


def test_a_browser_gets_the_manual_on_them(server):
    response = server.client.get("/service", headers={"Accept": "text/html"})

    assert response.status_code == 303
    page = server.client.get(response.headers["location"], headers={"Accept": "text/html"})
    assert all(limit.name in page.text for limit in LIMITS)
