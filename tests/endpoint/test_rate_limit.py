"""How many requests a client may send: who counts as one, what counts, and what a refusal says."""

import itertools
import json

import pytest

from gbagraph.endpoint import rate_limit
from gbagraph.endpoint.rate_limit import RateLimiter
from gbagraph.errors import RateExceeded
from gbagraph.setting import per_second
from gbagraph.settings import Settings
from support import LoggedServer, get, query_target

BURST = 4
ASK = query_target("ASK { ?s ?p ?o }")


def admitted(limiter, client, number):
    return [limiter.take(client).wait == 0 for _ in range(number)]


# --- The bucket ------------------------------------------------------------------------------------


def test_a_burst_then_one_each_interval():
    now = [1000.0]
    limiter = RateLimiter(2, 3, lambda: now[0])

    assert admitted(limiter, "a", 5) == [True] * 3 + [False] * 2
    now[0] += 0.5
    assert admitted(limiter, "a", 2) == [True, False]
    now[0] += 1000
    assert admitted(limiter, "a", 4) == [True] * 3 + [False]


def test_clients_do_not_share():
    limiter = RateLimiter(1, 1, lambda: 0.0)

    assert admitted(limiter, "a", 2) == [True, False]
    assert admitted(limiter, "b", 2) == [True, False]


@pytest.mark.parametrize("rate", [0.01, 0.3, 1, 3, 7, 1000])
def test_who_waits_as_long_as_he_is_told_is_admitted(rate):
    now = [1000.0]
    limiter = RateLimiter(rate, 3, lambda: now[0])

    for _ in range(50):
        if wait := limiter.take("a").wait:
            now[0] += wait
            assert limiter.take("a").wait == 0


def test_what_is_left_is_told():
    limiter = RateLimiter(2, 3, lambda: 0.0)
    told = [limiter.take("a") for _ in range(4)]

    assert [each.left for each in told] == [2, 1, 0, 0]
    assert dict(told[0].fields()) == {
        "ratelimit": '"client";r=2;t=1',
        "ratelimit-policy": '"client";q=3;w=2',
    }
    assert dict(told[3].fields())["ratelimit"] == '"client";r=0;t=2'
    with pytest.raises(RateExceeded, match=r"3 at once and one each 0\.5 s") as refused:
        told[3].require()
    assert refused.value.details["retry_after"] == 1


def test_a_hundred_thousand_addresses_need_no_more_than_its_table():
    limiter = RateLimiter(1, 1, lambda: 0.0)
    for number in range(100_000):
        limiter.take(f"192.0.{number}")

    assert len(limiter) == rate_limit.CLIENTS
    assert admitted(limiter, "192.0.99999", 1) == [False]


def test_each_process_has_its_share():
    whole = Settings(rate_limit="60/min", rate_burst=10)
    limiter = RateLimiter.of(Settings(rate_limit="60/min", rate_burst=10, workers=4))

    assert RateLimiter.of(Settings()) is None
    assert admitted(RateLimiter.of(whole), "a", 11) == [True] * 10 + [False]
    assert admitted(limiter, "a", 4) == [True] * 3 + [False]
    assert limiter.take("a").wait == 4


@pytest.mark.parametrize(("rate", "number"), [("20/s", 20), ("90/min", 1.5), ("1800/h", 0.5)])
def test_a_rate(rate, number):
    assert per_second(rate) == number


# --- A server --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rated_server(small_file, tmp_path_factory):
    """Four at once, then one each minute; proxies are none but 127.0.0.9."""
    options = (
        *("--rate-limit", "1/min", "--rate-burst", BURST, "--trusted-proxies", "127.0.0.9"),
        *("--access-log", "--log-format", "json", "--data", small_file),
    )
    with LoggedServer(tmp_path_factory.mktemp("rated") / "log", *options) as running:
        yield running


_addresses = (f"127.1.{number}.1" for number in itertools.count())


@pytest.fixture
def address():
    """An address of loopback from which nobody has asked."""
    return next(_addresses)


def statuses(server, requests, address):
    found = []
    for request in requests:
        with server.raw(request, address=address) as client:
            found.append(client.status())
    return found


def test_a_client_may_ask_so_much_and_another_one_too(rated_server, address):
    requests = [get(f"{ASK}%23{number}") for number in range(BURST + 2)]

    assert statuses(rated_server, requests, address) == [200] * BURST + [429] * 2
    assert statuses(rated_server, requests[-1:], next(_addresses)) == [200]


def test_a_refusal_says_when_to_come_back(rated_server, address):
    requests = [get(f"/queries?{number}", "Accept: application/json") for number in range(BURST)]
    statuses(rated_server, requests, address)
    with rated_server.raw(get("/sparql?query=x", "X-Request-Id: over"), address=address) as client:
        head, body = client.response()

    lines = head.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 429 Too Many Requests"
    fields = dict(line.split(": ", 1) for line in lines[1:])
    assert int(fields["retry-after"]) == pytest.approx(60, abs=2)
    assert fields["ratelimit"].startswith('"client";r=0;t=')
    assert fields["ratelimit-policy"] == f'"client";q={BURST};w=240'
    assert fields["content-type"] == "application/problem+json"
    found = json.loads(body)
    assert found["type"].endswith("/problem/rate-exceeded")
    assert found["retry_after"] == int(fields["retry-after"])
    line = rated_server.request(client=address, problem="rate-exceeded")
    assert (line["status"], line["id"]) == (429, fields["x-request-id"])
    told = rated_server.metrics()
    assert told['problems_total{problem="rate-exceeded"}'] > 0
    assert told["rate_limit_clients"] > 0


def test_what_is_left_is_said_with_each_answer(rated_server, address):
    with rated_server.raw(get("/prefixes"), address=address) as client:
        head, _ = client.response()
    assert f'ratelimit: "client";r={BURST - 1};t=60'.encode() in head


def test_whole_responses_from_memory_do_not_count(rated_server, address):
    kept = get(f"{ASK}%23kept")

    assert statuses(rated_server, [kept] * 20, address) == [200] * 20
    assert statuses(rated_server, [get(f"{ASK}%23more{n}") for n in range(BURST)], address) == [
        *[200] * (BURST - 1),
        429,
    ]
    assert statuses(rated_server, [kept], address) == [200]


PREFLIGHT = get("/sparql", "Access-Control-Request-Method: POST").replace(b"GET", b"OPTIONS", 1)
FREE = map(get, ("/health/live", "/health/ready", "/metrics", "/robots.txt"))


@pytest.mark.parametrize("request_", [*FREE, PREFLIGHT], ids=lambda head: head.split()[1].decode())
def test_what_operators_ask_and_a_preflight_do_not_count(rated_server, address, request_):
    assert statuses(rated_server, [request_] * (BURST * 3), address) == [200] * (BURST * 3)
    assert statuses(rated_server, [get(ASK)], address) == [200]


def test_behind_a_proxy_only_its_own_word_counts(rated_server):
    def asked(number, client):
        said = f"X-Forwarded-For: 198.51.100.{number}, {client}"
        return get(f"{ASK}%23proxied{number}", said, f"Forwarded: for=198.51.100.{number}")

    first = [asked(number, "203.0.113.1") for number in range(BURST + 1)]
    assert statuses(rated_server, first, "127.0.0.9") == [200] * BURST + [429]
    assert statuses(rated_server, [asked(99, "203.0.113.2")], "127.0.0.9") == [200]
    # Whoever has one address of IPv6 has some quintillions of them.
    many = [asked(200 + number, f"2001:db8::{number}") for number in range(BURST + 1)]
    assert statuses(rated_server, many, "127.0.0.9") == [200] * BURST + [429]


def test_a_body_is_not_waited_for(rated_server, address):
    statuses(rated_server, [get(f"{ASK}%23body{number}") for number in range(BURST)], address)
    head = b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"

    with rated_server.raw(head, address=address) as client:
        # At the limit of time for a body, it would be too slow.
        assert client.response()[0].startswith(b"HTTP/1.1 429")
        assert client.rest() == b""


def test_a_post_counts_once(rated_server, address):
    body = b"ASK { ?post ?p ?o }"
    head = get("/sparql", "Content-Type: application/sparql-query", f"Content-Length: {len(body)}")
    post = head.replace(b"GET", b"POST", 1) + body

    assert statuses(rated_server, [post] * (BURST + 1), address) == [200] * BURST + [429]
