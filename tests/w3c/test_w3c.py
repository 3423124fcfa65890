"""The W3C's suites against a server process: nothing fails that is not known, nothing known passes.

All graphs of all tests are in one server and each request selects its own, which takes seconds;
``make conformance`` starts a server for each dataset. The endpoint of a site of files, which Node runs
as a browser does, is such a server here.
"""

from collections import Counter

import pytest

from conformance import known, run, servers, suite
from conformance.endpoints import Endpoints
from support.installed import needs

FOLDER = suite.root()
if FOLDER is None:
    pytest.skip(
        "the W3C's suites are not here: name their folder by W3C_TESTS", allow_module_level=True
    )

KNOWN = {name: known.differences(name) for name in ("gbagraph", "site")}
VERSIONS = ("sparql10", "sparql11", "sparql12")
SAMPLE = ("sparql10/dataset", "sparql11/aggregates", "sparql12/eval-triple-terms")


@pytest.fixture(scope="module")
def whole():
    return suite.collect(FOLDER)


@pytest.fixture(scope="module")
def endpoints():
    with Endpoints() as running:
        yield running


@pytest.fixture(scope="module")
def prepared(whole, endpoints):
    """All tests, ready to be run against one server."""
    gbagraph = servers.known()["gbagraph"]
    return [run.prepare(test, gbagraph, FOLDER, endpoints, is_shared=True) for test in whole.tests]


@pytest.fixture(scope="module")
def w3c_server(prepared, endpoints):
    """A server process with all graphs of all tests, which may call the endpoints of those that do."""
    quads = run.shared(prepared).quads
    with servers.known()["gbagraph"].running(quads, endpoints.addresses) as running:
        yield running


@pytest.fixture(scope="module")
def site_server(prepared):
    """Node with the endpoint of a site that has all graphs of all tests."""
    needs("node")
    with servers.known()["site"].running(run.shared(prepared).quads) as running:
        yield running


def test_all_tests_are_there(whole):
    count = Counter(test.suite for test in whole.tests)

    assert count["SPARQL 1.0 evaluation"] >= 280
    assert count["SPARQL 1.1 evaluation"] >= 220
    assert count["SPARQL 1.2 syntax"] >= 180
    assert count.total() >= 1090


@pytest.mark.parametrize("name", KNOWN)
def test_every_listed_difference_is_a_test(whole, name):
    assert known.listing_faults(KNOWN[name], whole.tests) == []


@pytest.mark.parametrize("part", VERSIONS)
def test_results_are_as_known(part, prepared, w3c_server):
    require_known_results("gbagraph", part, prepared, w3c_server)


@pytest.mark.parametrize(
    "part", [*SAMPLE, *(pytest.param(part, marks=pytest.mark.matrix) for part in VERSIONS)]
)
def test_results_of_a_site_are_as_known(part, prepared, site_server):
    require_known_results("site", part, prepared, site_server)


def require_known_results(name, part, prepared, server):
    mine = [each for each in prepared if each.test.group.startswith(part)]

    outcomes = list(run.until_the_end(server, mine))

    assert known.faults(outcomes, KNOWN[name]) == []
    assert len(outcomes) == len(mine) > 10
