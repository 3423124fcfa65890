"""The fast path gives what ASGI gives, is used where it can be, and can be left out."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gbagraph.settings import MAX_TARGET
from support import (
    EXPENSIVE,
    RUNAWAY,
    RawClient,
    RunningServer,
    eventually,
    get,
    query_target,
)
from support.soak import examples

pytestmark = pytest.mark.processes

NOT_PLAIN = "Content-Length: 0"
"""A header field with which a GET is not plain, and means the same."""
ENCODINGS = ["", "gzip", "gzip, deflate, br, zstd", "identity", "deflate, identity;q=0.5", "*"]
ACCEPTS = [
    "",
    "*/*",
    "text/csv",
    "application/sparql-results+xml",
    "text/turtle, application/sparql-results+json;q=0.5",
    "application/pdf",
    "text/html",
]
SPARQL = [
    "ASK {{}} #{n}",
    "SELECT ?s {{ ?s a <https://w3id.org/gbagraph/ontology#City> }} ORDER BY ?s #{n}",
    "SELECT * {{ ?s ?p ?o }} LIMIT 1000 #{n}",
    "CONSTRUCT WHERE {{ <https://w3id.org/gbagraph/id/baidu> ?p ?o }} #{n}",
    "CONSTRUCT {{ [] a ?c }} WHERE {{ ?s a ?c }} LIMIT 1 #{n}",
    "SELECT (NOW() AS ?now) {{}} #{n}",
    "SELECT nonsense #{n}",
    "DESCRIBE <https://w3id.org/gbagraph/id/baidu> #{n}",
]
SLOW = EXPENSIVE.replace("{", "{{").replace("}", "}}") + " #{n}"
CANNED = [
    "/queries/place-to-country?place=apollo-rd-centre",
    "/queries/place-to-country",
    "/queries/place-to-country?place=a%20b",
    "/queries/zones-by-area?format=csv",
    "/queries/zones-by-area?other=1",
    "/queries/zones-by-area.rq",
    "/queries/no-such-query",
    "/queries/%7A",
    "/queries/",
]


def decoded(lines, body):
    """The body as it was before it was compressed: pages have the query in them."""
    (coding,) = [x for x in lines if x.startswith("content-encoding:")] or ["content-encoding:"]
    headers = {"content-encoding": coding.partition(":")[2].strip()}
    return httpx.Response(200, headers=headers, content=body).content if body else body


def comparable(response):
    head, body = response
    status, *lines = head.decode("latin-1").lower().split("\r\n")
    body = decoded(lines, body)
    of_one = re.compile("(x-request-id|server-timing): .+")  # that it is there is compared
    kept = sorted(of_one.sub(r"\1", line) for line in lines if not line.startswith("date:"))
    lasting = re.sub(rb"T[\d:.]+Z|_:\w+|genid-?\w+|(#|%(25)*23)\d+", b"", body)
    return status, [re.sub("etag: .*|content-length: .*", "", line) for line in kept], lasting


numbers = iter(range(1_000_000))


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    address=st.one_of(st.sampled_from(SPARQL), st.sampled_from(CANNED)),
    accept=st.sampled_from(ACCEPTS),
    encoding=st.sampled_from(ENCODINGS),
)
def test_fast_path_and_asgi_give_the_same_response(server, address, accept, encoding):
    """Both texts are new to the server."""

    def target():
        return address if address[0] == "/" else query_target(address.format(n=next(numbers)))

    headers = [f"Accept: {accept}"] * bool(accept) + [f"Accept-Encoding: {encoding}"] * bool(
        encoding
    )
    with RawClient(server.port) as client:
        fast = comparable(client.send(get(target(), *headers)).response())
        other = comparable(client.send(get(target(), *headers, NOT_PLAIN)).response())

    assert fast == other


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_fast_path_and_asgi_give_the_same_tag(server, encoding):
    headers = [f"Accept-Encoding: {encoding}"] * bool(encoding)
    address = query_target("ASK {}", version="1.1")
    with RawClient(server.port) as client:
        tags = {
            re.search(rb"etag: (\S+)", client.send(get(address, *headers, *more)).response()[0])[1]
            for more in ([], [NOT_PLAIN])
        }

    assert len(tags) == 1


def test_a_flood_of_early_requests_is_not_held_in_memory(small_server):
    """A client that sends without reading is made to wait."""
    with RawClient(small_server.port) as client:
        client.send(get(query_target(f"{RUNAWAY} #{next(numbers)}", timeout="5")))
        client.socket.settimeout(0.5)
        sent, requests = 0, 500 * get(query_target("ASK {}"))
        try:
            while sent < 100 * 1024 * 1024:
                sent += client.socket.send(requests)
        except TimeoutError:
            pass
        assert sent < 50 * 1024 * 1024


def test_what_was_answered_is_answered_from_the_cache(server):
    request = get(query_target(f"SELECT (1 AS ?n) {{}} #{next(numbers)}"), "Accept: text/csv")
    before = server.metrics()
    with RawClient(server.port) as client:
        bodies = {client.send(request).response()[1] for _ in range(5)}
        other = client.send(request[:-2] + b"User-Agent: other\r\nX-More: y\r\n\r\n").response()[1]
    after = server.metrics()

    assert bodies == {other} == {b"n\r\n1\r\n"}
    assert after["evaluations"] == before["evaluations"] + 1
    assert after["responses_from_cache"] == before.get("responses_from_cache", 0) + 5


@pytest.mark.parametrize("query", ["SELECT (UUID() AS ?u) {}", "SELECT nonsense", "ASK { ?s }"])
def test_what_is_no_function_of_the_dataset_is_not_kept(server, query):
    request = get(query_target(f"{query} #{next(numbers)}"))
    before = server.metrics()
    with RawClient(server.port) as client:
        for _ in range(3):
            client.send(request).response()
    after = server.metrics()

    assert after["evaluations"] == before["evaluations"] + 3
    assert after["responses_from_cache"] == before["responses_from_cache"]


def test_identical_requests_at_once_are_one_evaluation(server):
    """Sixteen that each take a while; what is no function of the dataset is evaluated for each."""
    before = server.metrics()
    address = query_target(SLOW.format(n=next(numbers)))
    assert fetch_at_once(server, address, 16) == 1
    after = server.metrics()
    assert after["evaluations"] == before["evaluations"] + 1
    assert after["evaluations_shared"] >= before.get("evaluations_shared", 0) + 8

    address = query_target(f"SELECT (UUID() AS ?u) {{}} #{next(numbers)}")
    assert fetch_at_once(server, address, 2) == 2


def test_an_answer_in_another_coding_is_not_evaluated_again(server):
    address = query_target(f"SELECT * {{ ?s ?p ?o }} LIMIT 60 #{next(numbers)}")
    with RawClient(server.port) as client:
        client.send(get(address)).response()
        before = server.metrics()
        client.send(get(address, "Accept-Encoding: gzip")).response()
        after = server.metrics()

    assert after["evaluations"] == before["evaluations"]
    assert after["results_from_cache"] == before.get("results_from_cache", 0) + 1


@pytest.fixture(scope="module")
def plain_server():
    """A server without the fast path, which is one line of it."""
    off = "import gbagraph.server.serving as s; s.with_fast_path = lambda protocol, *_: protocol"
    with RunningServer(prelude=off) as running:
        yield running


@pytest.mark.parametrize(
    "request_",
    [
        get(address)
        for address in ("/", "/queries/aims", query_target("ASK {}"), "/dumps/gbagraph.nq")
    ],
)
def test_without_the_fast_path_everything_works(plain_server, request_):
    with plain_server.raw(request_) as client:
        for extra in ([], [], ["Connection: close"]):
            client.send(get(query_target("ASK {}"), *extra))
        assert client.rest().count(b"HTTP/1.1 200 OK") == 4
    assert plain_server.metrics()["responses_from_cache"] == 0


def fetch_at_once(server, address, count):
    """How many different bodies *count* clients get for the same request."""

    def fetch(_):
        with RawClient(server.port) as client:
            return client.send(get(address)).response()[1]

    with ThreadPoolExecutor(count) as pool:
        return len(set(pool.map(fetch, range(count))))


@pytest.mark.parametrize(
    "request_",
    [
        get("/sparql?query=ASK%7B%7D").replace(b"localhost", b""),
        get("/sparql?query=ASK%7B%7D").replace(b"localhost", b"b\xfccher.example"),
        get("/sparql?query=ASK%7B%7D", "bad header"),
        get("/sparql?query=ASK%7B%7D", "Accept: \x01"),
        get("/sparql?query=ASK%7B%7D", " folded: x"),
        get("/sparql?query=ASK%7B%7D\x80"),
        get("/sparql?query=%ff"),
        get("/sparql?" + "a=b&" * 3000),
    ],
)
def test_odd_requests_end_as_by_asgi(server, request_):
    forced = request_.replace(b"\r\n\r\n", f"\r\n{NOT_PLAIN}\r\n\r\n".encode())
    answers = []
    for one in (request_, forced):
        with RawClient(server.port) as client:
            try:
                answers.append(comparable(client.send(one).response()))
            except AssertionError as closed:
                answers.append(str(closed))

    assert answers[0] == answers[1]


PATIENTLY = (
    "from gbagraph.server import serving; serving.GRACE = 50; "
    "from gbagraph.server import generations; generations._END = 60"
)
"""A server that is stopped waits for longer than a query can take on a busy machine."""


def test_a_server_that_is_stopped_still_answers(small_file):
    started = RunningServer("--data", small_file, prelude=PATIENTLY)
    with started as server, RawClient(server.port) as client:
        client.send(get(query_target(f"{EXPENSIVE} #{next(numbers)}")))
        assert eventually(lambda: any(server.slots().values()))  # the request has been read
        server.process.terminate()
        head, body = client.response()

    assert head.startswith(b"HTTP/1.1 200")
    assert b'"value":"3375000"' in body


HEADS = [
    get("/sparql?query=ASK%20%7B%7D"),
    get("/sparql?query=ASK%20%7B%20%3Fs%20a%20%3Fo%20%7D"),
    get("/sparql?query=ASK%20%7B%7D", "Accept: text/csv"),
    get("/sparql?query=ASK%20%7B%7D", "accept: text/csv"),
    get("/sparql?query=ASK%20%7B%7D", "Host: elsewhere"),
    get("/sparql?query=ASK {}"),
    get("/sparql?query=ASK%20%7B%7D#part"),
    get("/sparql?query=" + "%20" * 9000),
    get("/nothing"),
    get("nothing"),
    get("*"),
    get("http://localhost/sparql?query=ASK%20%7B%7D"),
    get("/sparql?query=ASK%20%7B%7D", version="1.0"),
    get("/sparql?query=ASK%20%7B%7D", version="2.0"),
    get("/sparql?query=ASK%20%7B%7D", NOT_PLAIN),
    get("/sparql?query=ASK%20%7B%7D").replace(b"GET", b"HEAD"),
    get("/sparql?query=ASK%20%7B%7D").replace(b"GET", b"get"),
    get("/sparql?query=ASK%20%7B%7D").replace(b"GET /", b"GET  /"),
    get("/sparql?query=ASK%20%7B%7D\r\nX-Other: a"),
    get("/\xfc"),
    get("/sparql?query=\x01"),
    get("/sparql?query=ASK%20%7B%7D") + get("/health/live"),
]
"""Heads that are like the first one, or only look like it."""


@pytest.mark.parametrize("head", HEADS, ids=range(len(HEADS)))
def test_a_head_like_the_last_one_says_what_it_says_alone(server, head):
    """On a connection that has seen one, each is answered as on a new one, and so is the next."""

    def answer(*before):
        with RawClient(server.port) as client:
            for each in before:
                client.send(each).response()
            client.send(head)
            first = client.left = b""
            while b"\r\n\r\n" not in first:
                first = client.left = client.left + client.socket.recv(1 << 16)
            return comparable(first.partition(b"\r\n\r\n")[::2])[:2]

    assert answer(HEADS[0]) == answer(HEADS[0], HEADS[1]) == answer()


def test_a_head_in_parts_is_put_together(server):
    with RawClient(server.port) as client:
        for at in (1, 4, 10, 40, len(HEADS[1]) - 1):
            assert client.send(HEADS[0]).status() == 200
            client.send(HEADS[1][:at])
            time.sleep(0.01)
            assert client.send(HEADS[1][at:]).status() == 200


def test_the_length_of_a_target_is_bounded_whether_its_head_is_parsed_or_not(server):
    with RawClient(server.port) as client:
        assert client.send(HEADS[0]).status() == 200
        assert client.send(get("/" + "a" * MAX_TARGET)).status() == 414
