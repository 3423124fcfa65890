"""What several test modules need: a running server, and results as comparable values."""

import contextlib
import html
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import IO, Any, Self

import httpx
import pyoxigraph as ox
import rdflib

from gbagraph.rdf.namespaces import BASE
from support import processes

ROOT = Path(__file__).resolve().parents[2]

RUNAWAY = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'?s{n} ?p ?o{n} .' for n in range(30))} }}"
"""A join that counts: it would run for longer than anyone lives, writes nothing, and holds nothing."""

EXPENSIVE = "SELECT (COUNT(*) AS ?n) {{ {} }}".format(
    " ".join(f"VALUES ?{name} {{ {' '.join(map(str, range(150)))} }}" for name in "abc")
)
"""A cross join that takes some tenths of a second of processor time, whatever the data."""

ENDLESS = "SELECT * {{ {} }}".format(
    " ".join(f"VALUES ?{name} {{ {' '.join(map(str, range(400)))} }}" for name in "abcdef")
)
"""A cross join that writes rows from the start and never ends."""


PATH = """
PREFIX gba: <https://w3id.org/gbagraph/ontology#>
PREFIX id: <https://w3id.org/gbagraph/id/>
SELECT ?project ?zone {
  id:baidu gba:develops ?project . ?project gba:locatedIn ?zone . ?zone a gba:Zone }
"""
"""The path from a company to a zone, which every client must be able to walk."""

PROJECT, ZONE = BASE + "id/apollo-rd-centre", BASE + "id/knowledge-city"

CONSTRUCT = PATH.replace(
    "SELECT ?project ?zone", "CONSTRUCT { ?project gba:locatedIn ?zone } WHERE"
)


def free_port() -> int:
    """A port that nobody listens on, below those that the system gives to outgoing connections.

    One of these could be taken by a client of another test before the server is there.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class RunningServer:
    """``gbagraph serve`` as a process of its own, and an HTTP client that talks to it."""

    command: tuple[str, ...] = ("serve",)
    environment: dict[str, str] | None = None
    """Of the process; by default that of the tests."""

    def __init__(
        self,
        *options: object,
        python: str | Path = sys.executable,
        prelude: str = "",
        start: float = 120,
    ) -> None:
        """Python code in *prelude* runs in the process before the command does.

        It has *start* seconds until it answers.
        """
        command = f"{prelude}; from gbagraph.cli import app; app()"
        self._command = [python, *(["-c", command] if prelude else ["-m", "gbagraph"])]
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sparql = f"{self.url}/sparql"
        self.options = [str(option) for option in options]
        self._start = start
        self.log: IO[str] | int = subprocess.DEVNULL

    def __enter__(self) -> Self:
        command = [*self._command, *self.command, "--port", str(self.port)]
        self.process = processes.Popen(
            [*command, *self.options], stdout=self.log, stderr=self.log, env=self.environment
        )
        # Without cookies: what one test chooses would change the pages of the next.
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        self.client = httpx.Client(base_url=self.url, timeout=120, cookies=no_cookies)
        self._wait_until_it_answers()
        return self

    def _wait_until_it_answers(self) -> None:
        end = time.monotonic() + self._start
        while time.monotonic() < end:
            assert self.process.poll() is None, "the server ended at start"
            try:
                self.client.get("/sparql", params={"query": "ASK {}"})
            except httpx.TransportError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError(f"the server did not answer within {self._start} seconds")

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.process.terminate()
        self.process.wait(60)

    def ask(self, query: str, accept: str = "application/sparql-results+json", **parameters):
        """GET /sparql with this query."""
        return self.client.get(
            "/sparql", params={"query": query, **parameters}, headers={"Accept": accept}
        )

    def page(self, path: str, language: str = "en", status: int = 200, **parameters: object) -> str:
        """The page at this address, as a browser gets it."""
        headers = {"Accept": "text/html", "Accept-Language": language}
        response = self.client.get(path, params=parameters or None, headers=headers)
        return ok(response, status).text

    def rows(self, query: str, **parameters) -> list[dict[str, str]]:
        """The values of the solutions of a SELECT query."""
        return plain_rows(ok(self.ask(query, **parameters)).text)

    def turtle(self, path: str = "/sparql") -> rdflib.Graph:
        """What is answered in Turtle at a path, by default the description of the service."""
        headers = {"Accept": "text/turtle"}
        response = ok(self.client.get(path, headers=headers, follow_redirects=True))
        return rdflib.Graph().parse(data=response.text, format="turtle")

    @property
    def server_process(self) -> int:
        """The process id of the only server process; raises ValueError while there is not one."""
        (found,) = children(self.process.pid)
        return found

    def descendants(self) -> set[int]:
        """Process ids of the fork server and its workers."""
        return descendants(self.server_process)

    def fork_server(self) -> int:
        """The process id of the fork server; raises ValueError while there is none."""
        (found,) = children(self.server_process)
        return found

    def metrics(self) -> dict[str, int]:
        """The counters and gauges of /metrics by name, the prefix left out."""
        text = self.client.get("/metrics").text
        found = re.findall(r"^gbagraph_(\S+) (\d+)\.0$", text, re.MULTILINE)
        return {name.removesuffix("_total"): int(value) for name, value in found}

    def slots(self) -> dict[str, int]:
        """The slots that are taken, by class."""
        return {
            name.split('"')[1]: value
            for name, value in self.metrics().items()
            if name.startswith("slots_taken")
        }

    def raw(self, request: bytes, *, address: str = "127.0.0.1") -> "RawClient":
        """A connection on which these bytes were sent, from an *address* of loopback."""
        return RawClient(self.port, address).send(request)


class LoggedServer(RunningServer):
    """A server whose log is written to *path*, and read there."""

    def __init__(self, path: Path, *options: object, prelude: str = "") -> None:
        super().__init__(*options, prelude=prelude)
        self.path = path
        self.log = path.open("w")

    @property
    def said(self) -> str:
        """All of the log so far."""
        return self.path.read_text()

    def requests(self, **wanted: object) -> list[dict[str, Any]]:
        """The lines of an access log in JSON that have these values."""
        return [
            row
            for row in map(json.loads, self.said.splitlines())
            if row["logger"] == "gbagraph.access"
            and all(row.get(key) == value for key, value in wanted.items())
        ]

    def request(self, **wanted: object) -> dict[str, Any]:
        """The only line with these values, which is written after the answer was sent."""
        assert eventually(lambda: self.requests(**wanted)), self.said[-1000:]
        (found,) = self.requests(**wanted)
        return found


class RawClient:
    """A socket on which requests are bytes, for what no HTTP library sends."""

    def __init__(self, port: int, address: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection(
            ("127.0.0.1", port), timeout=60, source_address=(address, 0)
        )
        self.left = b""

    def send(self, data: bytes) -> Self:
        self.socket.sendall(data)
        return self

    def response(self) -> tuple[bytes, bytes]:
        """Head and body of the next response; its length must be told."""
        while b"\r\n\r\n" not in self.left:
            self._more()
        head, _, self.left = self.left.partition(b"\r\n\r\n")
        found = re.search(rb"content-length: (\d+)", head)
        length = int(found[1]) if found else 0
        while len(self.left) < length:
            self._more()
        body, self.left = self.left[:length], self.left[length:]
        return head, body

    def status(self) -> int:
        """The status of the next response."""
        return int(self.response()[0].split()[1])

    def rest(self) -> bytes:
        """All that comes until the server closes the connection."""
        found, self.left = self.left, b""
        while part := self.socket.recv(1 << 16):
            found += part
        return found

    def _more(self) -> None:
        part = self.socket.recv(1 << 16)
        assert part, "the server closed the connection"
        self.left += part

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def get(target: str, *headers: str, version: str = "1.1") -> bytes:
    """The bytes of a GET."""
    lines = [f"GET {target} HTTP/{version}", "Host: localhost", *headers, "", ""]
    return "\r\n".join(lines).encode()


def query_target(query: str, **parameters: object) -> str:
    """The target of a GET that asks the endpoint."""
    return f"/sparql?{httpx.QueryParams({'query': query, **parameters})}"


def children(pid: int) -> list[int]:
    """Process ids of the children of a process; none once it has ended."""
    gone = (FileNotFoundError, ProcessLookupError)
    found: list[int] = []
    with contextlib.suppress(*gone):  # the process ends just now
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(*gone):  # or only a thread of it
                found.extend(map(int, (thread / "children").read_text().split()))
    return found


def descendants(pid: int) -> set[int]:
    found: set[int] = set()
    todo = [pid]
    while todo:
        new = set(children(todo.pop())) - found
        found |= new
        todo.extend(new)
    return found


def alive(pid: int) -> bool:
    """Does the process run (a zombie does not)?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # the latter if it ends between open and read
        return False


def ok(response: httpx.Response, status: int = 200) -> httpx.Response:
    """The answer, which must have this status."""
    assert response.status_code == status, f"{response.url}: {response.text[:1000]}"
    return response


def problem(response, status, name, says=""):
    """The problem details of an answer with this status and of this kind, which say this."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found = response.json()
    assert found["type"].endswith(f"/problem/{name}")
    assert found["status"] == status
    assert says in found["detail"]
    return found


def said(page: str) -> str:
    """The words of a page, or of a part of it."""
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", page)).split())


def links(page: str, words: str) -> list[str]:
    """The addresses to which links with these words lead."""
    found = re.findall(r'(?s)<a\b[^>]*?href="([^"]*)"[^>]*>(.*?)</a>', page)
    return [html.unescape(address) for address, inner in found if words in said(inner)]


def store_with(text: str, syntax: ox.RdfFormat = ox.RdfFormat.TURTLE) -> ox.Store:
    """A store in memory, once this is in it."""
    store = ox.Store()
    store.load(text.encode(), format=syntax)
    return store


def file_with(path: Path, content: str | bytes) -> Path:
    """The file, once this is in it."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def eventually(condition, seconds: float = 60) -> bool:
    """Wait until *condition* holds; False if it does not within *seconds*: enough on a busy machine."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


def each_worker_has(server: RunningServer, condition: Callable[[int], bool]) -> bool:
    """Whether *condition* holds for the pid of each worker, once those being forked are ready."""

    def holds() -> bool:
        workers = server.descendants() - {server.fork_server()}
        with contextlib.suppress(OSError):  # one ends just now
            return bool(workers) and all(map(condition, workers))
        return False

    return eventually(holds)


def plain_rows(results: str) -> list[dict[str, str]]:
    """Solutions of SPARQL JSON as dictionaries of plain values."""
    return [
        {name: cell["value"] for name, cell in row.items()}
        for row in json.loads(results)["results"]["bindings"]
    ]


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    os.kill(pid, number)


GBAGRAPH = [sys.executable, "-m", "gbagraph"]
"""The command line, for a process."""


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """The command line as a process, whatever environment or standard streams it is given."""
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "timeout": 600}
    return processes.run([*GBAGRAPH, *map(str, arguments)], **{**given, **options})
