"""A server as a graph: its address, its limits, and what answers in its place."""

import asyncio

import httpx
import pytest

import gbagraph
from gbagraph import errors
from gbagraph.api.remote import RemoteGraph
from support import ENDLESS, RUNAWAY, free_port


def test_a_limit_of_the_server_is_the_same_error(limited_server):
    with (
        gbagraph.connect(limited_server.url) as remote,
        pytest.raises(errors.QueryTimeout) as caught,
    ):
        remote.query(RUNAWAY)

    assert caught.value.details["limit"] == 2


def test_an_answer_that_breaks_off_is_an_error(limited_server):
    with gbagraph.connect(limited_server.url) as remote, pytest.raises(errors.EvaluationError):
        remote.query(ENDLESS)


def test_a_server_that_is_too_slow_for_the_client_is_a_timeout(server):
    # Not connected: that asks a query, too, for which the time may be too short on a busy machine.
    with (
        RemoteGraph(server.url, 0.3) as remote,
        pytest.raises(errors.QueryTimeout, match="longer timeout"),
    ):
        remote.query(RUNAWAY)


def test_a_server_below_a_path_is_asked_there(prefixed_server):
    with gbagraph.connect(f"{prefixed_server.url}/gba") as remote:
        assert remote.ask("ASK { ?s ?p ?o }")


def test_a_graph_to_be_awaited_has_no_version_before_it_is_asked():
    remote = gbagraph.connect_async("http://127.0.0.1:1")

    with pytest.raises(errors.RequestError, match="async with"):
        remote.version  # noqa: B018

    async def enter():
        async with remote:
            pass

    with pytest.raises(errors.EngineUnavailable):
        asyncio.run(enter())


def test_address_may_be_that_of_the_endpoint(graph, server):
    with gbagraph.connect(f"{server.url}/sparql") as remote:
        assert remote.version == graph.version
        assert repr(remote) == f"<RemoteGraph: {server.url}/>"


def test_server_takes_so_many_identifiers_at_once(server):
    with (
        gbagraph.connect(server.url) as remote,
        pytest.raises(errors.RequestTooLarge, match="at most 500"),
    ):
        remote.lookup(*[f"http://e.example/{n}" for n in range(501)])


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://127.0.0.1/", "http://[", "x y"])
def test_no_address_is_an_error(address):
    with pytest.raises(errors.GbaGraphError, match="address"):
        gbagraph.connect(address)


def test_unreachable_address_is_named():
    address = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(errors.EngineUnavailable, match=address):
        gbagraph.connect(address)


def answered(respond):
    """A graph whose server is a function."""
    remote = RemoteGraph("http://server.example", 1)
    remote._client = httpx.Client(base_url=remote.url, transport=httpx.MockTransport(respond))
    return remote


PROBLEM = (
    b'{"type": "https://w3id.org/gbagraph/problem/query-timeout", "detail": "Late.", "limit": 1}'
)


@pytest.mark.parametrize(
    ("status", "headers", "body", "error", "said"),
    [
        (200, {}, b"hi", errors.UnknownResource, "no gbagraph"),
        (503, {}, b"no backend", errors.EvaluationError, "answered 503: no backend"),
        (407, {}, b"log in", errors.RequestError, "answered 407: log in"),
        (200, {"Dataset-Version": "1"}, b"<p>", errors.EvaluationError, "without a media type"),
        (
            *(504, {"Dataset-Version": "1", "Content-Type": "application/problem+json"}),
            *(PROBLEM, errors.QueryTimeout, "Late"),
        ),
        (
            *(500, {"Dataset-Version": "1", "Content-Type": "application/problem+json"}),
            *(b"[", errors.EvaluationError, r"answered 500: \["),
        ),
    ],
)
def test_response_in_place_of_an_answer_is_an_error(status, headers, body, error, said):
    def respond(_):
        return httpx.Response(status, headers=headers, content=body)

    with pytest.raises(error, match=said):
        answered(respond).ask("ASK {}")


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (httpx.ReadError("reset"), errors.EvaluationError),
        (httpx.ReadTimeout("late"), errors.QueryTimeout),
        (httpx.TooManyRedirects("round and round"), errors.RequestError),
    ],
)
def test_failure_of_the_connection_is_an_error_of_ours(raised, error):
    def respond(_):
        raise raised

    with pytest.raises(error, match=r"server\.example"):
        answered(respond).ask("ASK {}")
