"""The faulty endpoint: each fault is what it says, requests are recorded, and nothing is left behind."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from gbagraph.errors import EvaluationError, UnknownResource
from gbagraph.features.testing.endpoints import Endpoint
from gbagraph.features.testing.faulty import FAULTS, JSON
from gbagraph.testing import FaultyEndpoint, assert_solutions
from support import eventually


@pytest.fixture
def client():
    with httpx.Client(timeout=60) as found:
        yield found


@pytest.mark.parametrize(
    ("fault", "status", "fields"),
    [
        ("ok", 200, {"content-type": JSON}),
        ("malformed", 200, {"content-type": JSON}),
        ("clean-cut", 200, {"content-type": JSON}),
        ("empty", 200, {"content-type": JSON, "content-length": "0"}),
        ("media-type", 200, {"content-type": "text/html; charset=utf-8"}),
        ("busy", 503, {"retry-after": "7"}),
        ("limited", 429, {"retry-after": "7"}),
        ("failed", 500, {}),
        ("cutt", 404, {}),
    ],
)
def test_a_fault_of_the_response_has_its_status_and_header_fields(client, fault, status, fields):
    with FaultyEndpoint(retry_after=7) as endpoint:
        response = client.get(f"{endpoint.url}/{fault}")

    assert response.status_code == status
    assert fields.items() <= dict(response.headers).items()


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        ("cut", httpx.RemoteProtocolError, "without sending complete message body"),
        ("drop", httpx.RemoteProtocolError, "without sending a response"),
        ("stall", httpx.ReadTimeout, "timed out"),
        ("stall-body", httpx.ReadTimeout, "timed out"),
        ("redirect", httpx.TooManyRedirects, "redirects"),
    ],
)
def test_a_fault_of_the_connection_is_an_error_of_the_client(
    faulty_endpoint, client, fault, error, said
):
    limit = httpx.Timeout(60, read=0.5 if error is httpx.ReadTimeout else 60)
    with pytest.raises(error, match=said):
        client.get(f"{faulty_endpoint.url}/{fault}", follow_redirects=True, timeout=limit)


def test_a_script_gives_one_fault_after_the_other_and_then_right_answers(faulty_endpoint, client):
    url = faulty_endpoint.script("busy", "failed")

    assert [client.get(url).status_code for _ in range(4)] == [503, 500, 200, 200]
    assert [asked.fault for asked in faulty_endpoint.requests] == ["busy", "failed", "ok", "ok"]


def test_a_fault_with_an_unknown_name_is_refused(faulty_endpoint):
    with pytest.raises(UnknownResource, match="There are: ok, cut"):
        faulty_endpoint.script("cutt")


def test_requests_are_recorded_for_each_way_of_the_protocol(faulty_endpoint, client):
    url, query = faulty_endpoint.url + "/ok", "ASK { ?s ?p 'é' }"
    client.get(url, params={"query": query})
    client.post(url, data={"query": query})
    client.post(url, content=query.encode(), headers={"Content-Type": "application/sparql-query"})
    recorded = [(row.method, row.query) for row in faulty_endpoint.requests]

    assert recorded == [("GET", query), ("POST", query), ("POST", query)]
    assert faulty_endpoint.requests[0].headers["Accept"] == "*/*"


def test_the_right_answer_can_be_any(client):
    with FaultyEndpoint(b"<urn:a> <urn:b> <urn:c> .", media_type="text/turtle") as endpoint:
        response = client.get(endpoint.url + "/ok")

    assert response.headers["content-type"] == "text/turtle"
    assert response.content == b"<urn:a> <urn:b> <urn:c> ."


@pytest.mark.parametrize("fault", ["stall", "endless", "slow", "stall-body"])
def test_all_is_closed_at_the_end_even_while_clients_wait(fault):
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        before = threading.active_count()
        with FaultyEndpoint() as endpoint:
            url = f"{endpoint.url}/{fault}"
            asked = pool.submit(httpx.get, url, timeout=90)
            assert eventually(lambda: endpoint.requests, 60)
        assert isinstance(asked.exception(60), httpx.TransportError)
        assert threading.active_count() == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_an_endpoint_that_is_not_started_says_so():
    with pytest.raises(UnknownResource, match="not started"):
        _ = FaultyEndpoint().url


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {"ok", "slow"}))
def test_our_own_client_of_endpoints_has_a_sentence_for_each_fault(faulty_endpoint, fault):
    url = f"{faulty_endpoint.url}/{fault}"
    with pytest.raises(EvaluationError, match=url) as caught:
        Endpoint(url, timeout=0.3).query("SELECT * {}")

    assert str(caught.value).endswith((".", "…", ">"))


def test_our_own_client_reads_a_slow_answer(faulty_endpoint):
    start = time.monotonic()

    assert_solutions(
        Endpoint(faulty_endpoint.url + "/slow").query("SELECT * {}"), [{"x": "right"}] * 20
    )
    assert time.monotonic() - start > 0.5
