"""Calls over HTTP and TLS: what is sent, what is taken, and what is given back."""

import asyncio
import gzip
import resource
import ssl
import zlib
from time import monotonic
from types import SimpleNamespace

import pytest
import trustme

from gbagraph._version import user_agent
from gbagraph.features.federation import calls
from gbagraph.features.federation.calls import Caller
from gbagraph.features.federation.messages import Call, Sender
from gbagraph.setting import AllowedService
from gbagraph.settings import MEGABYTE
from support.services import JSON, RIGHT, Endpoint

pytestmark = pytest.mark.slow

SENDER = Sender("gbagraph-1", user_agent("mailto:us@here.example\r\nX: y (not this)"))
NAME = "endpoint.example"


@pytest.fixture
def endpoint():
    with Endpoint() as running:
        yield running


def with_caller(use, address, /, **limits):
    """What *use* returns of a caller that may call *address*."""

    async def run():
        caller = Caller([AllowedService(iri=address, **limits)], SENDER)
        try:
            return await use(caller)
        finally:
            await caller.close()

    return asyncio.run(run())


def called(address, /, *queries, seconds=5.0, via="", **limits):
    """The replies to *queries*, one after the other, from an endpoint that is allowed."""

    async def call(caller):
        asked = (Call(address, (each,), seconds, via) for each in queries)
        return [await caller.call(each) for each in asked]

    return with_caller(call, address, **limits)


# --- What is sent ---------------------------------------------------------------------------------


def test_a_short_query_is_a_get_and_a_long_one_a_post(endpoint):
    long = f"ASK {{}} # {'x' * 2000}"

    called(endpoint.url + "?default-graph-uri=http%3A%2F%2Fe%2F", "ASK { 'a b' }", long)

    (get, path, _, _), (post, _, headers, body) = endpoint.requests
    assert (get, post) == ("GET", "POST")
    assert path == "/sparql?default-graph-uri=http%3A%2F%2Fe%2F&query=ASK+%7B+%27a+b%27+%7D"
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert body.startswith(b"query=ASK+%7B%7D+%23+xxx")


def test_who_calls_is_told_and_nothing_else(endpoint, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    endpoint.headers["Set-Cookie"] = "a=b"

    called(endpoint.url, "ASK {}", "ASK { }", via="1.1 other")

    for _, _, headers, _ in endpoint.requests:
        assert headers.keys() == {
            "accept",
            "accept-encoding",
            "connection",
            "host",
            "user-agent",
            "via",
        }
        assert headers["via"] == "1.1 other, 1.1 gbagraph-1"
        assert headers["user-agent"].endswith(" (+mailto:us@here.exampleX:ynotthis)")


def test_an_endpoint_that_is_not_on_the_list_is_not_called(endpoint):
    async def call(caller):
        return await caller.call(Call(endpoint.url, ("ASK {}",), 1))

    assert with_caller(call, "http://127.0.0.1:1/").error == "service-not-allowed"
    assert not endpoint.requests


# --- What is taken --------------------------------------------------------------------------------


def test_a_bomb_of_gzip_costs_no_memory(endpoint):
    """A quarter of a megabyte that stands for a quarter of a gigabyte."""
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    endpoint.body = b"".join(packer.compress(b" " * MEGABYTE) for _ in range(256)) + packer.flush()
    endpoint.headers["Content-Encoding"] = "gzip"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    (reply,) = called(endpoint.url, "ASK {}", size=5, seconds=20)

    assert reply.error == "service-failed"
    assert "more than 5 megabytes" in reply.message
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60 * 1024, "kilobytes"


@pytest.mark.parametrize(
    ("coding", "body", "told"),
    [
        ("gzip", gzip.compress(RIGHT, mtime=0)[:-9], "ends too early"),
        ("gzip", b"no gzip", "no gzip"),
        ("br", RIGHT, "content coding br"),
        ("gzip, gzip", gzip.compress(gzip.compress(RIGHT, mtime=0), mtime=0), "content coding"),
    ],
)
def test_a_coding_that_cannot_be_read(endpoint, coding, body, told):
    endpoint.body, endpoint.headers["Content-Encoding"] = body, coding

    (reply,) = called(endpoint.url, "ASK {}")

    assert told in reply.message


def test_gzip_is_read(endpoint):
    endpoint.body, endpoint.headers["Content-Encoding"] = gzip.compress(RIGHT, mtime=0), "gzip"

    (reply,) = called(endpoint.url, "ASK {}")

    assert (reply.error, reply.body, reply.media_type) == ("", RIGHT, "json")


def test_what_an_endpoint_says_of_its_failure_is_noted_in_one_line(endpoint):
    endpoint.status, endpoint.body = 400, b"Parse error:\x1b[31m\r\n<b>line 1</b>" + b"x" * 1000

    (reply,) = called(endpoint.url, "ASK {}")

    assert reply.message.endswith("answered 400 Bad Request.")
    assert reply.note.startswith("Parse error:\\x1b[31m <b>line 1</b>xxx")
    assert len(reply.note) < 400
    assert len(endpoint.requests) == 1, "it is not tried again"


def test_answers_are_kept_as_long_as_they_say(endpoint):
    endpoint.headers["Cache-Control"] = "max-age=60"
    called(endpoint.url, "ASK {}", "ASK {}", "ASK { }")
    assert len(endpoint.requests) == 2

    endpoint.headers["Cache-Control"] = "no-store"
    called(endpoint.url, "ASK {}", "ASK {}")
    assert len(endpoint.requests) == 4


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("cut", "cannot be reached"),
        ("drop", "cannot be reached"),
        ("media-type", "text/html"),
        ("redirect", "Redirects are not followed"),
        ("failed", "500"),
        ("endless", "more than 1 megabytes"),
    ],
)
def test_what_a_faulty_endpoint_gives_is_told(faulty, monkeypatch, fault, told):
    monkeypatch.setattr(calls, "_PAUSE", 0)
    iri = f"{faulty.url}/{fault}"

    (reply,) = called(iri, "ASK {}", size=1)

    assert reply.error == "service-failed"
    assert told in reply.message
    assert reply.details["endpoint"] == iri


@pytest.mark.parametrize("limits", [{"timeout": 0.3}, {"seconds": 0.3}])
@pytest.mark.parametrize("fault", ["stall", "stall-body", "slow"])
def test_one_that_hangs_or_drips_is_a_timeout_that_names_it(faulty, fault, limits):
    iri = f"{faulty.url}/{fault}"

    (reply,) = called(iri, "ASK {}", **limits)

    assert (reply.error, reply.details["limit"]) == ("service-timeout", 0.3)
    assert iri in reply.message


# --- How often ------------------------------------------------------------------------------------


def test_no_more_calls_at_once_than_are_allowed(endpoint):
    endpoint.pause = 0.1

    async def call(caller):
        asked = Call(endpoint.url, tuple(f"ASK {{}} # {n}" for n in range(6)), 10)
        return await asyncio.gather(*(caller.call(asked, n) for n in range(6)))

    assert [reply.number for reply in with_caller(call, endpoint.url, parallel=2)] == list(range(6))
    assert endpoint.most_at_once == 2


def test_an_endpoint_that_refuses_a_query_is_there(endpoint):
    """Five failures in a row would close it; between these, it answers."""
    statuses = [500] * 4 + [400] + [500] * 4 + [400] + [500] * 4
    endpoint.statuses = iter(statuses)

    replies = called(endpoint.url, *(f"ASK {{}} # {n}" for n in range(len(statuses))), timeout=60)

    for status, reply in zip(statuses, replies, strict=True):
        assert f"answered {status}" in reply.message


@pytest.mark.parametrize(("faults", "error"), [(2, ""), (3, "service-failed")])
def test_a_failure_that_passes_is_tried_twice_again(faulty, faults, error):
    before = len(faulty.requests)

    (reply,) = called(faulty.script(*["busy", "drop", "busy"][:faults]), "ASK {}")

    assert reply.error == error
    assert len(faulty.requests) - before == 3


def test_short_limits_of_queries_do_not_close_an_endpoint_to_others(faulty):
    iri = f"{faulty.url}/slow"

    async def call(caller):
        limits = [*[0.1] * 8, 10]
        asked = (Call(iri, (f"ASK {{}} # {n}",), limit) for n, limit in enumerate(limits))
        return [(await caller.call(each)).error for each in asked]

    assert with_caller(call, iri) == [*["service-timeout"] * 8, ""]


@pytest.mark.parametrize(
    ("answer", "pauses"),
    [
        *(({"status": status}, True) for status in (204, 302, 429, 500, 501, 503)),
        *(({"headers": {"Content-Type": kind}}, True) for kind in ("", "text/html", "text/csv")),
        ({"protocol": "SSH-2.0-SECRET"}, True),
        ({"headers": {"Content-Type": JSON, "Content-Encoding": "br"}}, True),
        ({"port": 1}, True),
        *(({"status": status}, False) for status in (400, 401, 403, 404, 413)),
        ({"body": b" " * (MEGABYTE + 1)}, False),
    ],
)
def test_five_failures_in_a_row_pause_the_calls_if_the_endpoint_is_at_fault(
    endpoint, monkeypatch, answer, pauses
):
    monkeypatch.setattr(calls, "_PAUSE", 0)
    port = endpoint.port
    vars(endpoint).update(answer)
    address = endpoint.url.replace(str(port), str(endpoint.port))

    first, *_, fifth, last = called(
        address, *(f"ASK {{}} # {n}" for n in range(6)), timeout=60, size=1
    )

    assert "SECRET" not in first.message
    assert ("was not called" in last.message) is pauses
    for each, is_told in ((first, False), (fifth, pauses), (last, pauses)):
        assert each.details.get("retry_after") == (5 if is_told else None)


@pytest.fixture
def clock(monkeypatch):
    """A clock that can be moved *ahead*."""
    found = SimpleNamespace(ahead=0.0)
    monkeypatch.setattr(calls, "monotonic", lambda: monotonic() + found.ahead)
    return found


@pytest.mark.parametrize("status", [429, 503, 500, 403])
def test_an_endpoint_is_left_alone_for_as_long_as_it_asks(endpoint, clock, status):
    endpoint.headers["Retry-After"] = "3600"
    endpoint.statuses = iter([status])

    async def call(caller):
        for clock.ahead in (0.0, 3500.0, 3601.0):
            yield await caller.call(Call(endpoint.url, (f"ASK {{}} # {clock.ahead}",), 5))

    async def use(caller):
        return [reply async for reply in call(caller)]

    asked, left_alone, answered = with_caller(use, endpoint.url)

    assert f"answered {status}" in asked.message
    assert asked.details["retry_after"] == 3600
    assert "was not called. It asked not to be called until 20" in left_alone.message
    assert 90 < left_alone.details["retry_after"] <= 100
    assert answered.error == ""
    assert len(endpoint.requests) == 2


def test_a_query_waits_for_a_pause_that_ends_before_its_limit(endpoint):
    async def call(caller):
        until = monotonic() + 1.5
        return await caller.call(Call(endpoint.url, ("ASK {}",), 5, until=until))

    reply = with_caller(call, endpoint.url)

    assert reply.error == ""
    assert reply.seconds > 0.2


# --- TLS ------------------------------------------------------------------------------------------


@pytest.fixture
def authority(monkeypatch, tmp_path):
    """A certificate authority that this process trusts, and by itself only."""
    found = trustme.CA()
    found.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return found


@pytest.fixture
def resolves(monkeypatch):
    """Names resolve to loopback, as if that were public: what is called is on this machine."""

    async def resolve(*_):
        return ["127.0.0.1"]

    monkeypatch.setattr(calls, "resolve", resolve)


def secure(authority, *names):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return Endpoint(context)


@pytest.mark.usefixtures("resolves")
def test_the_name_is_what_the_certificate_is_for(authority):
    """The connection goes to an address; the name is in TLS and in Host."""
    with secure(authority, NAME) as endpoint:
        (reply,) = called(f"https://{NAME}:{endpoint.port}/sparql", "ASK {}")

    assert reply.error == ""
    assert endpoint.requests[0][2]["host"] == f"{NAME}:{endpoint.port}"


@pytest.mark.usefixtures("resolves")
@pytest.mark.parametrize(("is_known", "name"), [(True, "other.example"), (False, NAME)])
def test_a_certificate_for_another_name_or_of_nobody_is_refused(authority, is_known, name):
    with secure(authority if is_known else trustme.CA(), name) as endpoint:
        address = f"https://{NAME}:{endpoint.port}/sparql"
        (reply,) = called("https://told.example/", "ASK {}", address=address)

    assert reply.error == "service-failed"
    assert "certificate" in reply.message.lower()
    assert NAME not in reply.message
    assert not endpoint.requests


def test_an_address_has_a_certificate_too(authority):
    with secure(authority, "127.0.0.1") as endpoint:
        (reply,) = called(f"https://127.0.0.1:{endpoint.port}/sparql", "ASK {}")

    assert reply.error == ""


def test_a_port_that_speaks_no_tls_is_a_failure_in_time(endpoint):
    (reply,) = called(f"https://127.0.0.1:{endpoint.port}/sparql", "ASK {}", seconds=3)

    assert reply.error in ("service-failed", "service-timeout")
