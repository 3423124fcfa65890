"""A new version is served without a gap: clients notice other answers, and nothing else."""

import contextlib
import gzip
import http.client
import itertools
import os
import shutil
import signal
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from gbagraph.features.stores import versions
from gbagraph.features.stores.loading import load
from support import (
    LoggedServer,
    alive,
    children,
    descendants,
    eventually,
    ok,
    query_target,
)
from support.holdings import open_files, private_memory

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform != "linux", reason="needs seccomp"),
]

MEGABYTE = 1024 * 1024
ROWS = 3000
ALL = "SELECT ?s ?o ?n { ?s <urn:p> ?o VALUES ?n { %s } }"
SMALL = "SELECT ?s ?o { ?s <urn:p> ?o } ORDER BY ?s LIMIT 40"
LARGE = ALL % " ".join(map(str, range(25)))
"""More than a megabyte, so it is streamed."""
SLOW = ALL % " ".join(map(str, range(300)))
"""More than the buffers of a connection hold."""

CSV = {"Accept": "text/csv"}
NO_UVLOOP = "import sys; sys.modules['uvloop'] = None"


def written(path, name, rows=ROWS):
    """A file each of whose triples says the name of the version."""
    with path.open("w") as file:
        file.writelines(f'<urn:s{n:05}> <urn:p> "{name} {n}" .\n' for n in range(rows))
    return path


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A store with the versions one, which is in service, and two."""
    folder = tmp_path_factory.mktemp("loaded")
    for name in ("two", "one"):
        load(folder / "store", [written(folder / f"{name}.nt", name)], name=name)
    return folder / "store"


@pytest.fixture
def store(loaded, tmp_path):
    """A copy of it, for a test to change."""
    return shutil.copytree(loaded, tmp_path / "store", symlinks=True)


@pytest.fixture
def queries(tmp_path):
    folder = tmp_path / "queries"
    folder.mkdir()
    (folder / "all.rq").write_text(f"#+ summary: What is there?\n\n{SMALL}\n")
    return folder


class Logged(LoggedServer):
    """One that has no connection of its own that stays open."""

    def said_soon(self, text: str, count: int = 1) -> bool:
        return eventually(lambda: self.said.count(text) >= count)

    def __enter__(self):
        super().__enter__()
        self.client.close()
        return self

    def now(self, query=SMALL):
        """The first object of an answer to a request of its own."""
        found = ok(httpx.get(f"{self.url}{query_target(query)}", headers=CSV, timeout=60))
        return found.text.split("\r\n")[1].partition(",")[2].split()[0]

    def metric(self, name: str) -> str:
        text = httpx.get(f"{self.url}/metrics", timeout=60).text
        return next(line for line in text.splitlines() if line.startswith(f"gbagraph_{name}"))


@dataclass
class Client:
    """Asks the same again and again, and keeps what it got: (connection, body) for each request."""

    port: int
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: bytes | None = None
    keeps: bool = True
    version: int = 11
    is_new: bool = False
    """Whether each request has other words, so that no cache has the answer."""

    def __post_init__(self):
        self.found: list[tuple[int, bytes]] = []
        self.failed: list[str] = []

    def run(self, stop: threading.Event):
        numbers = itertools.count()
        connection, number = None, next(numbers)
        while not stop.is_set():
            if connection is None or not self.keeps:
                connection, number = self.connected(), next(numbers)
            begun = time.monotonic()
            try:
                response, body = self.ask(connection, next(numbers))
            except (OSError, http.client.HTTPException) as problem:
                self.failed.append(f"{problem!r} after {time.monotonic() - begun:.1f} s")
                connection = None
                continue
            if response.status != 200:
                took = time.monotonic() - begun
                self.failed.append(f"{response.status} {body[:200]!r} after {took:.1f} s")
            self.found.append((number, body))
            if response.will_close:
                connection.close()
                connection = None

    def connected(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection._http_vsn = self.version
        connection._http_vsn_str = "HTTP/1.0" if self.version == 10 else "HTTP/1.1"
        return connection

    def ask(self, connection, number):
        comment = f"%20%23{number}" if self.is_new else ""
        closing = {} if self.keeps else {"Connection": "close"}
        connection.request(
            self.method, self.target + comment, body=self.body, headers={**self.headers, **closing}
        )
        response = connection.getresponse()
        body = response.read()
        if response.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        return response, body or response.headers["etag"].encode()


@contextlib.contextmanager
def all_asking(clients):
    """Each of these clients asks in a thread of its own, until the end of the ``with``."""
    stop = threading.Event()
    with ThreadPoolExecutor(len(clients)) as pool:
        for each in clients:
            pool.submit(each.run, stop)
        try:
            yield
        finally:
            stop.set()


FORM = {**CSV, "Content-Type": "application/sparql-query"}


def clients(port):
    """One of each kind, and what it asks with."""
    return {
        "kept": Client(port, query_target(SMALL), CSV),
        "closed": Client(port, query_target(SMALL), CSV, keeps=False),
        "gzip": Client(port, query_target(SMALL), {**CSV, "Accept-Encoding": "gzip"}),
        "canned": Client(port, "/queries/all?format=csv"),
        "ad hoc": Client(port, query_target(SMALL), CSV, is_new=True),
        "ad hoc, closed": Client(port, query_target(SMALL), CSV, keeps=False, is_new=True),
        "stream": Client(port, query_target(LARGE), CSV),
        "stream, gzip": Client(port, query_target(LARGE), {**CSV, "Accept-Encoding": "gzip"}),
        "HEAD": Client(port, query_target(SMALL), CSV, method="HEAD"),
        "HTTP/1.0": Client(port, query_target(SMALL), CSV, version=10),
        "POST": Client(port, "/sparql", FORM, method="POST", body=SMALL.encode()),
    }


def expected(port):
    """What each kind of client gets now."""
    return {name: each.ask(each.connected(), 0)[1] for name, each in clients(port).items()}


def all_have(running, bodies):
    """Whether each client has got its body of these as its last answer."""
    return all(each.found and each.found[-1][1] == bodies[kind] for kind, each in running.items())


@pytest.mark.parametrize(
    ("more", "prelude"),
    [
        pytest.param((), "", id="one process"),
        pytest.param(
            ("--workers", "2"), NO_UVLOOP, id="two, asyncio's loop", marks=pytest.mark.matrix
        ),
    ],
)
def test_under_load_no_request_fails_and_no_answer_mixes_versions(
    store, queries, tmp_path, more, prelude
):
    # On a busy machine these queries count as slow, of which the server would refuse some in any case.
    limits = ("--query-timeout", 60, "--max-slow-queries", 64)
    options = ("--store", store, "--queries", queries, *limits, *more)
    with Logged(tmp_path / "log", *options, prelude=prelude) as server:
        answers = {"one": expected(server.port)}
        versions.switch(store, "two")
        assert server.said_soon("serves now")
        answers["two"] = expected(server.port)
        running = clients(server.port)
        with all_asking(running.values()):
            for turn, name in enumerate(["one", "two"]):
                versions.switch(store, name)
                assert server.said_soon("serves now", turn + 2)
                time.sleep(0.5)
                newest = answers[name]
                # On a busy machine, some would not have asked before the next version comes.
                assert eventually(lambda newest=newest: all_have(running, newest), 120), {
                    kind: each.failed for kind, each in running.items()
                }
    for name, client in running.items():
        bodies = {answers[each][name]: each for each in ("one", "two")}
        assert len(bodies) == 2, name
        assert client.failed == [], name
        found = [(connection, bodies.get(body, "mixed")) for connection, body in client.found]
        assert {version for _, version in found} == {"one", "two"}, name
        for _, answered in itertools.groupby(found, key=lambda each: each[0]):
            assert len({version for _, version in answered}) == 1, f"{name}: a connection went back"


SLOW_TO_LEAVE = """
import asyncio
from gbagraph.server import serving
stop = serving._stop_accepting
async def slowly(server, parent):
    await asyncio.sleep(1)
    await stop(server, parent)
serving._stop_accepting = slowly
""".strip()


def test_once_a_connection_got_the_next_version_no_new_one_gets_that_before(store, tmp_path):
    options = ("--store", store, "--workers", 2)
    with Logged(tmp_path / "log", *options, prelude=SLOW_TO_LEAVE) as server:
        asking = [Client(server.port, query_target(SMALL), CSV, keeps=False) for _ in range(4)]
        first = asking[0].ask(asking[0].connected(), 0)[1]
        with all_asking(asking):
            assert eventually(lambda: all(each.found for each in asking))
            versions.switch(store, "two")
            assert server.said_soon("serves now")
            time.sleep(1.5)
            assert eventually(lambda: all(each.found[-1][1] != first for each in asking))
    for client in asking:
        is_new = [body != first for _, body in client.found]
        assert client.failed == []
        assert is_new == sorted(is_new)
        assert {False, True} == set(is_new)


def test_a_long_answer_ends_on_the_version_that_it_began_with(store, tmp_path):
    with Logged(tmp_path / "log", "--store", store, "--query-timeout", 60) as server:
        with httpx.stream(
            "GET", f"{server.url}{query_target(SLOW)}", headers=CSV, timeout=60
        ) as response:
            parts = response.iter_bytes()
            body = next(parts)
            old = server.server_process
            versions.switch(store, "two")
            assert server.said_soon("serves now")
            assert server.now() == "two"
            body += b"".join(parts)
        assert body.count(b"\r\n") == ROWS * 300 + 1
        assert b"two" not in body
        assert eventually(lambda: not alive(old))


def test_the_generation_before_is_gone_with_all_that_it_had(store, tmp_path):
    with Logged(tmp_path / "log", "--store", store) as server:
        files, memory = open_files(server.process.pid), []
        for turn, name in enumerate(["two", "one", "two"]):
            before = descendants(server.process.pid)
            versions.switch(store, name)
            assert server.said_soon("serves now", turn + 1)
            assert eventually(lambda old=before: not any(map(alive, old)))
            memory.append(private_memory(server.process.pid))
        assert eventually(lambda: len(children(server.process.pid)) == 1)
        assert eventually(lambda: open_files(server.process.pid) == files)
        assert len(list(Path(f"/proc/{server.process.pid}/task").iterdir())) == 1
        assert memory[-1] < min(memory[0] + 8 * MEGABYTE, 60 * MEGABYTE)
        assert server.metric("generation") == "gbagraph_generation 4.0"
        assert 'store="two"' in server.metric("dataset_info")
        assert server.said.count("running on") == 1


def test_an_idle_connection_is_answered_once_more_and_told_that_it_was_the_last(store, tmp_path):
    with Logged(tmp_path / "log", "--store", store) as server:
        kept = Client(server.port, query_target(SMALL), CSV)
        connection = kept.connected()
        _, first = kept.ask(connection, 0)
        versions.switch(store, "two")
        bodies, last = set(), False
        while not last:
            time.sleep(0.2)
            response, body = kept.ask(connection, 0)
            last = response.headers.get("connection") == "close"
            bodies.add(body)
        assert bodies == {first}
        assert kept.ask(kept.connected(), 0)[1] != first


def test_of_requests_that_are_sent_without_waiting_each_is_answered(store, tmp_path):
    request = f"GET {query_target('ASK {}')} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with Logged(tmp_path / "log", "--store", store) as server:
        versions.switch(store, "two")
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            answers = b""
            while b"connection: close" not in answers:
                time.sleep(0.2)
                connection.sendall(5 * request)
                answers = received(connection, 5)
        *_, last = answers.split(b"HTTP/1.1 200")
        assert b"connection: close" in last
        assert answers.count(b"connection: close") == 1


def received(connection, count):
    """So many answers, as bytes; it fails if the connection is closed before."""
    found = b""
    while found.count(b'"boolean":true}') < count:
        part = connection.recv(1 << 16)
        assert part, found
        found += part
    return found


def test_a_version_that_cannot_be_served_leaves_the_old_one_in_service(store, tmp_path):
    (store / "versions" / "two" / "database" / "CURRENT").unlink()
    with Logged(tmp_path / "log", "--store", store) as server:
        # Past the check of gbagraph switch, as if it was damaged later.
        versions.switch(store, "two", is_tried=True)
        assert server.said_soon("cannot be served")
        assert server.now() == "one"
        versions.rollback(store)
        assert server.said_soon("serves now")
        assert server.said.count("ERROR") == 1
        assert server.now() == "one"


def test_on_sighup_files_and_queries_are_read_anew_unless_they_have_a_fault(queries, tmp_path):
    file = written(tmp_path / "data.nt", "one", 9)
    with Logged(tmp_path / "log", "--data", file, "--queries", queries) as server:
        file.write_text("oops")
        server.process.send_signal(signal.SIGHUP)
        assert server.said_soon("cannot be served")
        assert server.now() == "one"
        (line,) = [each for each in server.said.splitlines() if "ERROR" in each]
        assert "data.nt, line 1" in line
        written(file, "two", 9)
        (queries / "more.rq").write_text("#+ summary: Is it?\n\nASK { }\n")
        server.process.send_signal(signal.SIGHUP)
        assert server.said_soon("serves now")
        assert server.now() == "two"
        assert httpx.get(f"{server.url}/queries/more?format=json", timeout=60).is_success
        (queries / "bad.rq").write_text("#+ summary: Is it?\n\nASK { \n")
        server.process.send_signal(signal.SIGHUP)
        assert server.said_soon("cannot be served", 2)
        assert server.now() == "two"


def test_on_sighup_the_newest_version_comes_into_service(store, tmp_path):
    load(store, [written(tmp_path / "three.nt", "three")], name="three", switches=False)
    with Logged(tmp_path / "log", "--store", store) as server:
        assert server.now() == "one"
        server.process.send_signal(signal.SIGHUP)
        assert server.said_soon("serves now")
        assert server.now() == "three"
        assert eventually(lambda: versions.current(store) == "three")
        time.sleep(1.5)
        assert server.said.count("serves now") == 1


def test_a_process_that_is_killed_is_replaced_by_one_of_the_same_version(store, tmp_path):
    with Logged(tmp_path / "log", "--store", store, "--workers", 2) as server:
        versions.switch(store, "two")
        assert server.said_soon("serves now")
        assert eventually(lambda: len(children(server.process.pid)) == 2)
        victim = children(server.process.pid)[0]
        family = descendants(victim)
        os.kill(victim, signal.SIGKILL)
        assert server.said_soon("another takes its place")
        assert eventually(lambda: len(children(server.process.pid)) == 2)
        assert eventually(lambda: not any(map(alive, family)))
        assert server.now() == "two"


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.matrix)]
)
def test_nothing_is_left_of_a_server_that_ends_while_it_changes(store, tmp_path, number):
    with Logged(tmp_path / "log", "--store", store, "--query-timeout", 60) as server:
        with httpx.stream("GET", f"{server.url}{query_target(SLOW)}", headers=CSV, timeout=60):
            versions.switch(store, "two")
            assert server.said_soon("serves now")
            server.process.send_signal(signal.SIGHUP)
            assert eventually(lambda: len(children(server.process.pid)) == 3)
            family = descendants(server.process.pid)
            server.process.send_signal(number)
            code = server.process.wait(60)
        # On a busy machine, what runs on idle processors alone takes its time to end.
        assert eventually(lambda: not any(map(alive, family)))
        assert code == (130 if number == signal.SIGINT else -number)


def test_a_server_that_loses_its_processes_again_and_again_ends(store, tmp_path):
    quickly = "from gbagraph.server import generations; generations._MOST_LOSSES = 3"
    with Logged(tmp_path / "log", "--store", store, prelude=quickly) as server:
        end = time.monotonic() + 240
        while server.process.poll() is None and time.monotonic() < end:
            for pid in children(server.process.pid):
                with contextlib.suppress(ProcessLookupError):  # it has ended by itself
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        assert server.process.wait(60) == 3
        assert "could not be kept running" in server.said
        assert not descendants(server.process.pid)
