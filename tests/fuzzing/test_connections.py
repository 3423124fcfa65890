"""Connections that are idle, slow, many, or of other protocols: each ends, and others are served."""

import contextlib
import json
import re
import select
import socket
import subprocess
import sys
import time

import pytest

from support import LoggedServer, children, eventually, get, processes, query_target
from support.holdings import open_files
from support.reliability import record

SMALL = query_target("ASK {}")
POST = get("/sparql", "Content-Type: application/sparql-query").replace(b"GET", b"POST", 1)[:-2]
LENGTH = POST + b"Content-Length: 60\r\n\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
SECONDS = 1
"""In which a head or body must arrive."""


@pytest.fixture(scope="module")
def hasty_server(tmp_path_factory, small_file):
    path = tmp_path_factory.mktemp("log") / "log"
    options = ("--data", small_file, "--head-timeout", SECONDS, "--transfer-timeout", SECONDS)
    with LoggedServer(path, *options, "--body-size", 1) as running:
        running.ask("ASK {}")
        yield running
        assert "Traceback" not in running.said
        assert "ERROR" not in running.said


PARTIAL = {
    "a method": b"GE",
    "a target": b"GET /spar",
    "half of an escape": b"GET /sparql?query=%4",
    "a version": b"GET / HTTP/1",
    "no line end": b"GET / HTTP/1.1\r",
    "no fields": b"GET / HTTP/1.1\r\n",
    "a name": b"GET / HTTP/1.1\r\nAcc",
    "a value": b"GET / HTTP/1.1\r\nAccept: text/",
    "no empty line": get("/")[:-2],
    "no last byte of a head": get("/")[:-1],
    "no body": LENGTH,
    "a part of a body": LENGTH + b"ASK { ",
    "no size of a chunk": CHUNKED,
    "a size without a line end": CHUNKED + b"10",
    "a part of a chunk": CHUNKED + b"10\r\nASK",
    "no end of a chunk": CHUNKED + b"6\r\nASK {}",
    "no last chunk": CHUNKED + b"6\r\nASK {}\r\n",
    "no end of the last chunk": CHUNKED + b"6\r\nASK {}\r\n0\r\n",
    "a part of a trailer": CHUNKED + b"6\r\nASK {}\r\n0\r\nX-Tr",
    "a request after one that was answered": get(SMALL) + b"GET / HT",
}


def begun_everywhere(server, stack):
    """A connection for each place at which a request can be left unfinished."""
    return {name: stack.enter_context(server.raw(sent)) for name, sent in PARTIAL.items()}


def test_what_is_left_unfinished_is_told_in_time(hasty_server):
    with contextlib.ExitStack() as stack:
        for name, client in begun_everywhere(hasty_server, stack).items():
            if PARTIAL[name].startswith(get(SMALL)):
                assert client.status() == 200
            head, body = client.response()
            assert head.startswith(b"HTTP/1.1 408"), name
            assert json.loads(body)["type"].endswith("/request-too-slow")
            assert json.loads(body)["limit"] == SECONDS
            assert client.rest() == b""


def test_what_is_left_unfinished_and_half_closed_ends_at_once(small_server):
    """At its limit of time, it would be too slow."""
    with contextlib.ExitStack() as stack:
        clients = begun_everywhere(small_server, stack).values()
        for client in clients:
            client.socket.shutdown(socket.SHUT_WR)
        for client in clients:
            assert b"/malformed-request" in client.rest()


def test_who_expects_100_and_sends_no_chunks_is_told_so_and_the_log_nothing(hasty_server):
    """Both in one segment: the answer is there before the body would be read."""
    head = CHUNKED.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")
    with hasty_server.raw(head + b"zz\r\n") as client:
        assert client.rest().startswith(b"HTTP/1.1 400 ")
    assert "Traceback" not in hasty_server.said


def test_a_client_that_says_nothing_is_let_go(hasty_server):
    with hasty_server.raw(b"") as client:
        assert client.rest() == b""


@pytest.mark.parametrize(
    "sent",
    [b"GET / HTTP/1.1\r\nHo st: here\r\n\r\n", get("/" + "x" * 70_000)[:-4]],
    ids=["no HTTP", "an endless target"],
)
def test_what_is_refused_is_refused_once(hasty_server, sent):
    """Also if its head has not come to an end when that should have been there."""
    with hasty_server.raw(sent) as client:
        assert client.rest().count(b"HTTP/1.1 4") == 1
        time.sleep(SECONDS + 0.2)


@pytest.mark.parametrize("begun", [LENGTH, CHUNKED, b"POST /sparql HTTP/1.1\r\n"], ids=str)
def test_who_sends_a_byte_now_and_then_is_not_waited_for(hasty_server, begun):
    """It comes too slowly to be whole in time, whether each byte is right or not."""
    with hasty_server.raw(begun) as client:
        client.socket.settimeout(0.2)
        with contextlib.suppress(ConnectionError):
            for _ in range(300):
                client.send(b"1")
                with contextlib.suppress(TimeoutError):
                    if not client.socket.recv(1000):
                        break
            else:
                pytest.fail("it is waited for")


@pytest.mark.parametrize("is_announced", [True, False], ids=["announced", "in chunks"])
def test_a_body_that_is_too_large_is_refused_before_all_of_it_is_sent(hasty_server, is_announced):
    chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    head = POST + b"Content-Length: 100000000\r\n\r\n" if is_announced else CHUNKED
    with hasty_server.raw(head) as client:
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 1_000_000_000 and not select.select([client.socket], [], [], 0)[0]:
                client.send(chunk)
                sent += len(chunk)
        assert client.status() == 413
        assert sent < 1_000_000_000


# --- Thousands ---------------------------------------------------------------------------------

IDLE = """
import resource, socket, sys
port, count, begun = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode().decode("unicode_escape")
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
held = []
for _ in range(count):
    held.append(socket.create_connection(("127.0.0.1", port), timeout=60))
    if begun:
        try:
            held[-1].sendall(begun.encode())
        except ConnectionError:
            pass
print("connected", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def connected(port, count, begun):
    """A process that holds so many connections, on each of which it has sent so much."""
    command = [sys.executable, "-c", IDLE, str(port), str(count), begun]
    with processes.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline() == b"connected\n"
            yield
        finally:
            process.stdin.close()
            process.wait(60)


BEGUN = {
    "silent": "",
    "within a head": "GET / HTTP/1.1\\r\\nHost",
    "before a body": "POST /sparql HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 9\\r\\n\\r\\n",
}


@pytest.mark.alone
@pytest.mark.processes
@pytest.mark.parametrize(
    ("state", "limit"),
    [
        *(("before a body", 256), ("within a head", 20_000)),
        *(
            pytest.param(*row, marks=pytest.mark.soak)
            for row in (
                *(("within a head", 256), ("silent", 256)),
                *(("silent", 20_000), ("before a body", 20_000)),
            )
        ),
    ],
)
def test_thousands_of_idle_connections_keep_nobody_out(tmp_path, small_file, state, limit):
    count = 5_000
    prelude = f"import resource as r; r.setrlimit(r.RLIMIT_NOFILE, ({limit},) * 2)"
    with LoggedServer(tmp_path / "log", "--data", small_file, prelude=prelude) as server:
        before = open_files(server.server_process)
        with connected(server.port, count, BEGUN[state]):
            for number in range(30):
                assert server.rows(f"SELECT ({number} AS ?n) {{}}") == [{"n": str(number)}]
                server.client.get(f"/queries?q={number}", headers={"Connection": "close"})
        assert eventually(lambda: open_files(server.server_process) <= before + 5)
        assert len(children(server.process.pid)) == 1
        assert "Traceback" not in server.said
        assert not re.search("ERROR|Too many open files", server.said), server.said[-2000:]
    record(
        "inputs",
        f"connections: {state}, at most {limit} descriptors",
        tried=count,
        outcomes=1,
        coverage="others are served meanwhile",
        seed="none",
    )
