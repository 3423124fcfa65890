"""The faulty endpoint: each fault is what it says, requests are recorded, and nothing is left behind."""

import json
import threading
import time

import httpx
import pytest

from gbagraph.errors import EvaluationError, UnknownResource
from gbagraph.features.testing.endpoints import Endpoint
from gbagraph.features.testing.faulty import FAULTS, JSON
from gbagraph.testing import FaultyEndpoint, assert_solutions


@pytest.fixture
def client():
    with httpx.Client(timeout=0.5) as found:
        yield found


def test_a_right_answer_is_right(faulty_endpoint, client):
    response = client.get(faulty_endpoint.url + "/ok")

    assert response.headers["content-type"] == JSON
    assert len(response.json()["results"]["bindings"]) == 20


def test_a_cut_body_ends_before_the_bytes_that_were_announced(faulty_endpoint, client):
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        client.get(faulty_endpoint.url + "/cut")


def test_a_late_error_comes_after_status_200_and_some_rows(faulty_endpoint, client):
    with client.stream("GET", faulty_endpoint.url + "/late") as response:
        assert response.status_code == 200
        received = []
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            received.extend(response.iter_raw())
    assert received[0].startswith(b'{"head"')


@pytest.mark.parametrize(("fault", "status"), [("busy", 503), ("limited", 429)])
def test_a_busy_endpoint_says_when_to_come_again(client, fault, status):
    with FaultyEndpoint(retry_after=7) as endpoint:
        response = client.get(f"{endpoint.url}/{fault}")

    assert response.status_code == status
    assert response.headers["retry-after"] == "7"


def test_the_wrong_media_type_is_a_page_with_status_200(faulty_endpoint, client):
    response = client.get(faulty_endpoint.url + "/media-type")

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("fault", ["malformed", "clean-cut", "empty"])
def test_a_body_that_is_no_json_comes_with_the_right_media_type(faulty_endpoint, client, fault):
    response = client.get(f"{faulty_endpoint.url}/{fault}")

    assert response.headers["content-type"] == JSON
    with pytest.raises(ValueError, match=r"."):
        json.loads(response.content)


@pytest.mark.parametrize("fault", ["stall", "stall-body"])
def test_a_stalled_answer_is_only_ended_by_the_clients_patience(faulty_endpoint, client, fault):
    with pytest.raises(httpx.ReadTimeout):
        client.get(f"{faulty_endpoint.url}/{fault}")


def test_an_endless_answer_has_rows_as_long_as_one_reads(faulty_endpoint, client):
    with client.stream("GET", faulty_endpoint.url + "/endless") as response:
        size = 0
        for part in response.iter_raw():
            size += len(part)
            if size > 5_000_000:
                break

    assert size > 5_000_000


def test_a_slow_answer_is_right_in_the_end(faulty_endpoint, client):
    start = time.monotonic()

    assert client.get(faulty_endpoint.url + "/slow").json()["head"] == {"vars": ["x"]}
    assert time.monotonic() - start > 0.5


def test_a_dropped_connection_has_no_byte(faulty_endpoint, client):
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        client.get(faulty_endpoint.url + "/drop")


def test_a_failed_endpoint_and_an_endless_redirect(faulty_endpoint, client):
    assert client.get(faulty_endpoint.url + "/failed").status_code == 500
    with pytest.raises(httpx.TooManyRedirects):
        client.get(faulty_endpoint.url + "/redirect", follow_redirects=True)


def test_a_script_gives_one_fault_after_the_other_and_then_right_answers(faulty_endpoint, client):
    url = faulty_endpoint.script("busy", "failed")

    assert [client.get(url).status_code for _ in range(4)] == [503, 500, 200, 200]
    assert [asked.fault for asked in faulty_endpoint.requests] == ["busy", "failed", "ok", "ok"]


def test_a_fault_that_there_is_not_is_named(faulty_endpoint, client):
    with pytest.raises(UnknownResource, match="There are: ok, cut"):
        faulty_endpoint.script("cutt")
    assert client.get(faulty_endpoint.url + "/cutt").status_code == 404


def test_what_was_asked_is_recorded_for_each_way_to_ask(faulty_endpoint, client):
    url, query = faulty_endpoint.url + "/ok", "ASK { ?s ?p 'é' }"
    client.get(url, params={"query": query})
    client.post(url, data={"query": query})
    client.post(url, content=query.encode(), headers={"Content-Type": "application/sparql-query"})

    assert [asked.query for asked in faulty_endpoint.requests] == [query] * 3
    assert [asked.method for asked in faulty_endpoint.requests] == ["GET", "POST", "POST"]
    assert faulty_endpoint.requests[0].headers["Accept"] == "*/*"


def test_the_right_answer_can_be_any(client):
    with FaultyEndpoint(b"<urn:a> <urn:b> <urn:c> .", media_type="text/turtle") as endpoint:
        response = client.get(endpoint.url + "/ok")

    assert response.headers["content-type"] == "text/turtle"
    assert response.content == b"<urn:a> <urn:b> <urn:c> ."


@pytest.mark.parametrize("fault", ["stall", "endless", "slow", "stall-body"])
def test_all_is_closed_at_the_end_even_while_clients_wait(fault):
    before = threading.active_count()
    ended = threading.Event()
    failed = []

    def ask(url):
        try:
            httpx.get(url, timeout=30)
        except httpx.TransportError as problem:
            failed.append(problem)
        ended.set()

    with FaultyEndpoint() as endpoint:
        thread = threading.Thread(target=ask, args=(f"{endpoint.url}/{fault}",))
        thread.start()
        while not endpoint.requests:
            time.sleep(0.01)
        url = endpoint.url
    assert ended.wait(5)
    thread.join()
    assert failed
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
    found = Endpoint(faulty_endpoint.url + "/slow").query("SELECT * {}")

    assert_solutions(found, [{"x": "right"}] * 20)
