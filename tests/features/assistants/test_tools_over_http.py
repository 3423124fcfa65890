"""Tools over HTTP: the limits of the server hold there, and errors are those of the protocol."""

import itertools
import json
import os
import socket
from typing import ClassVar

import httpx
import pytest

from gbagraph.features.assistants.commands import TOKEN
from support import ENDLESS, eventually, file_with, processes
from support.assistant import COMMAND, ToolServer

pytestmark = pytest.mark.processes

BURST = 8
OPTIONS = (
    *("--rate-limit", "1/h", "--rate-burst", BURST, "--access-log", "--slow-query", 1),
    *("--query-timeout", 4, "--body-size", 1, "--head-timeout", 1, "--transfer-timeout", 1),
    *("--allowed-host", "https://Tools.example:1", "--allowed-origin", "https://Chat.example:443"),
)
SLOW = ENDLESS.replace("*", "(COUNT(*) AS ?n)", 1)
JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}
HEAD = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


class Guarded(ToolServer):
    """A server with a token, on all addresses."""

    environment: ClassVar = {**os.environ, TOKEN: "s3cret"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    path = file_with(tmp_path_factory.mktemp("graph") / "graph.ttl", "<urn:a> <urn:b> 1, 2, 3 .")
    with Guarded("--data", path, "--host", "0.0.0.0", *OPTIONS) as running:
        yield running


clients = (f"203.0.113.{number}" for number in itertools.count(1))


@pytest.fixture
def post(server):
    """A function that sends a body; each test is another client, whose requests are counted anew."""
    own = {**JSON, "Authorization": "Bearer s3cret", "X-Forwarded-For": next(clients)}

    def send(body, **headers):
        content = body if isinstance(body, str) else json.dumps(body)
        given = own | {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in given.items() if value}
        return httpx.post(server.url, content=content, headers=sent, timeout=60)

    return send


def query(sparql, **meta):
    params = {"name": "gbagraph_query", "arguments": {"sparql": sparql}, "_meta": meta}
    return PING | {"method": "tools/call", "params": params}


def test_a_client_that_asks_too_much_is_told_when_to_ask_again(post):
    answers = [post(PING) for _ in range(BURST + 1)]

    assert [each.status_code for each in answers] == [200] * BURST + [429]
    assert answers[0].headers["RateLimit"].startswith(f'"client";r={BURST - 1};')
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "too many requests" in answers[-1].json()["error"]["message"]


def test_each_request_is_logged_and_slow_queries_with_their_text(server, post):
    answer = post(query(SLOW))
    found = answer.json()["result"]

    assert answer.headers["Content-Type"] == "application/json"
    assert found["structuredContent"]["error"] == "query-timeout"
    assert eventually(lambda: "problem=query-timeout" in server.said)
    assert "POST /mcp" in server.said
    assert eventually(lambda: "slow query" in server.said and f": {SLOW[:40]}" in server.said)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nX: ", b"408"),
        (HEAD + b"Authorization: Bearer s3cret\r\nContent-Length: 9\r\n\r\n{", b"408"),
        (HEAD + b"Authorization: Bearer s3cret\r\nContent-Length: 2000000\r\n\r\n", b"413"),
        (HEAD + b"Content-Length: 200\r\n\r\n", b"401"),
        (b"GET" + HEAD[4:] + b"Authorization: Bearer s3cret\r\n\r\n", b"405"),
    ],
    ids=["open head", "slow body", "large body", "no token, before the body", "idle stream"],
)
def test_what_does_not_arrive_or_does_not_end_has_a_limit(server, sent, status):
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(sent)
        assert connection.recv(12).split()[1] == status


def test_a_client_that_leaves_ends_its_query_and_writes_no_traceback(server, post):
    late = server.said.count("problem=query-timeout")
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            server.url,
            json=query(SLOW.replace("?n", "?left"), progressToken=1),
            headers={**JSON, "Authorization": "Bearer s3cret"},
            timeout=httpx.Timeout(60, read=0.5),
        )
    assert eventually(lambda: "ending=left" in server.said)
    assert server.said.count("problem=query-timeout") == late
    assert post(PING).json() == {"jsonrpc": "2.0", "id": 1, "result": {}}
    assert "Traceback" not in server.said


@pytest.mark.parametrize(
    ("headers", "status", "said"),
    [
        ({"Host": "evil.example"}, 421, "--allowed-host evil.example"),
        ({"Origin": "https://evil.example"}, 403, "--allowed-origin https://evil.example"),
        ({"Host": "evil.example", "X-Forwarded-Host": "localhost"}, 421, "known as evil.example"),
        ({"X-Forwarded-Host": "evil.example"}, 421, "known as evil.example"),
        ({"Host": "localhost.", "X-Forwarded-Host": "tools.example"}, 200, ""),
        ({"Host": "tools.example:80", "Origin": "http://tools.example"}, 200, ""),
        ({"Origin": "null"}, 403, "may not ask"),
        ({"Origin": "http://[x"}, 403, "may not ask"),
        ({"Origin": "http://localhost:3000"}, 403, "may not ask"),
        ({"Authorization": ""}, 401, "wants a token"),
        ({"Authorization": "Bearer other"}, 401, "wants a token"),
        ({"Authorization": "Basic s3cret"}, 401, "wants a token"),
        ({"Host": "tools.example"}, 200, ""),
        ({"Host": "localhost:1", "Origin": "http://localhost:1"}, 200, ""),
        ({"Origin": "https://chat.example"}, 200, ""),
    ],
)
def test_only_allowed_hosts_origins_and_tokens_are_served(server, post, headers, status, said):
    answer = post(PING, **headers)

    assert answer.status_code == status
    assert said in answer.json().get("error", {}).get("message", "")
    assert (answer.headers.get("WWW-Authenticate") == "Bearer") == (status == 401)
    of_page = {name: value for name, value in headers.items() if value}
    base = server.url.removesuffix("/mcp")
    if status != 200:
        assert httpx.get(f"{base}/metrics", headers=of_page, timeout=60).status_code == status
    health = httpx.get(f"{base}/health/ready", headers=of_page, timeout=60)
    assert health.json()["status"] == "ready"


def test_the_token_opens_the_figures(server):
    asked = {"Authorization": "Bearer s3cret"}
    found = httpx.get(server.url.replace("/mcp", "/metrics"), headers=asked, timeout=60)

    assert 'gbagraph_requests_total{method="POST"' in found.text


@pytest.mark.parametrize(
    ("body", "expected", "said"),
    [
        ("{", (400, -32700, None), "no JSON"),
        ("[" * 100_000, (400, -32700, None), "no JSON"),
        ([PING], (400, -32600, None), "A batch is not taken"),
        (3, (400, -32600, None), "A message is an object"),
        ({"id": 7, "method": "ping"}, (400, -32600, 7), '"jsonrpc" has to be "2.0"'),
        ({"jsonrpc": "2.0", "id": "x"}, (400, -32600, "x"), '"method" has to be a string'),
        ({**PING, "id": True}, (400, -32600, None), '"id" has to be'),
        ({**PING, "params": []}, (400, -32600, 1), '"params" has to be an object'),
        ({**PING, "method": "resources/subscribe"}, (200, -32601, 1), "There is no method"),
        (
            {**PING, "method": "resources/read", "params": {"uri": "x" * 10_001}},
            (200, -32602, 1),
            "long",
        ),
        ({**PING, "method": "nope"}, (200, -32601, 1), "no method 'nope'"),
        ({**PING, "method": "tools/call", "params": {}}, (200, -32602, 1), "needs params.name"),
        ({**PING, "method": "prompts/get", "params": {"name": "x"}}, (200, -32602, 1), "explore"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_errors_say_what_is_wrong_and_what_would_be_right(post, body, expected, said):
    """By status, code, and the id of the request where that is known."""
    answer = post(body)
    error = answer.json()["error"]

    assert (answer.status_code, error["code"], answer.json()["id"]) == expected
    assert said in error["message"]
    assert "pydantic" not in answer.text


@pytest.mark.parametrize(
    ("headers", "status", "said"),
    [
        ({"Accept": "text/html"}, 406, "Accept: application/json, text/event-stream"),
        ({"Content-Type": "text/plain"}, 415, "application/json"),
        ({"MCP-Protocol-Version": "1999-01-01"}, 400, "It speaks 2024-11-05"),
    ],
)
def test_wrong_header_fields_are_told_as_errors_of_the_protocol(post, headers, status, said):
    answer = post(PING, **headers)

    assert answer.status_code == status
    assert said in answer.json()["error"]["message"]


def test_progress_is_told_to_those_who_ask_for_it(post):
    told = post(query(SLOW.replace("?n", "?told"), progressToken="t"))
    first, *_, last = (
        json.loads(line.removeprefix("data: "))
        for line in told.text.splitlines()
        if line.startswith("data: ")
    )

    assert told.headers["Content-Type"] == "text/event-stream"
    assert first["method"] == "notifications/progress"
    assert first["params"]["progressToken"] == "t"
    assert last["result"]["structuredContent"]["error"] == "query-timeout"


def test_a_call_that_is_cancelled_ends_and_what_stdio_cannot_read_is_answered(tmp_path):
    """Both over standard input, where each line is a message; the data are loaded meanwhile."""
    path = file_with(tmp_path / "graph.ttl", "<urn:a> <urn:b> 1, 2, 3 .")
    slow = {**query(SLOW), "id": "slow"}
    lines = [
        {"method": "initialize", "id": 0, "params": HELLO},
        slow,
        {"method": "notifications/cancelled", "params": {"requestId": "slow"}},
        "{",
        {**PING, "id": None},
        {**PING, "id": 1.5},
        {**query("x" * 5_000_000), "id": "long"},
        {**query("ASK {}"), "id": "next"},
        {**query(SLOW.replace("?n", "?m")), "id": "last"},
    ]
    sent = [
        each if isinstance(each, str) else json.dumps({"jsonrpc": "2.0", **each}) for each in lines
    ]
    with processes.Popen(
        [*COMMAND, "--query-timeout", "5", "--data", str(path)], stdin=-1, stdout=-1
    ) as process:
        process.stdin.write("\n".join([*sent, ""]).encode())
        process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for _ in range(7)]
        process.stdout.close()
        process.stdin.write(json.dumps(PING).encode() + b"\n")
        process.stdin.flush()
        assert process.wait(60) == 0

    assert [each["id"] for each in answers] == [0, *[None] * 4, "next", "last"]
    assert "longer than 4194304 bytes" in answers[4]["error"]["message"]
    assert answers[5]["result"]["structuredContent"] == {"boolean": True}
