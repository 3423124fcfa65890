"""The servers: how each is started with a graph, and what it uses of the machine."""

# ruff: noqa: S603  the commands are our own

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote

import httpx

from bench.graphs import FOLDER

if TYPE_CHECKING:
    from bench.graphs import Graph

_START_LIMIT: Final = 900.0
_FIRST: Final = "SELECT * { ?s ?p ?o } LIMIT 1"
OURS: Final = "gbagraph"
OXIGRAPH: Final = "oxigraph"
OXIGRAPH_DISK: Final = "oxigraph on disk"
RDFLIB: Final = "rdflib-endpoint"
VIRTUOSO: Final = "virtuoso"
BEFORE: Final = "before"
FLOOR: Final = "in process"


class CannotRunError(Exception):
    """A server that is not here or did not start; the message says why."""


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str) -> str:
    """The path of a peer's program, from the benchmark's own environment or from the system."""
    found = shutil.which(name, path=f"{FOLDER / 'bin'}{os.pathsep}{os.environ['PATH']}")
    if not found:
        raise CannotRunError(f"{name} is not installed")
    return found


class Server:
    """A server process on a loopback port, with a graph in it."""

    name = ""
    path = "/sparql"

    def __init__(self, graph: Graph, *, timeout: float | None = None) -> None:
        self.graph, self.timeout, self.port = graph, timeout, free_port()
        self.load_seconds = 0.0
        self.start_seconds = 0.0

    def command(self) -> list[str]:
        """The command that starts it."""
        raise NotImplementedError

    def load(self) -> None:
        """Bring in the graph after the start, where the command does not."""

    @property
    def folder(self) -> Path | None:
        """The folder to start it in."""
        return None

    def __enter__(self) -> Self:
        started = time.monotonic()
        FOLDER.mkdir(exist_ok=True)
        with (FOLDER / f"{self.name.replace(' ', '-')}.log").open("wb") as log:
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, cwd=self.folder, start_new_session=True
            )
        try:
            self._load_and_wait(started)
        except BaseException:
            self.stop()
            raise
        return self

    def _load_and_wait(self, started: float) -> None:
        self.load()
        self._until_it_answers(self.graph_query())
        self.start_seconds = time.monotonic() - started

    def graph_query(self) -> str:
        """The address of a first query that needs the graph."""
        return f"{self.path}?query={quote(_FIRST)}"

    def _until_it_answers(self, path: str) -> None:
        end = time.monotonic() + _START_LIMIT
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise CannotRunError(f"{self.name} ended at start")
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=60).raise_for_status()
                return
            time.sleep(0.01)
        raise CannotRunError(f"{self.name} did not answer within {_START_LIMIT:.0f} s")

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process and what it started."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
                return

    def family(self) -> set[int]:
        """Process ids of the server and its descendants."""
        found, todo = {self.process.pid}, [self.process.pid]
        while todo:
            for listed in Path(f"/proc/{todo.pop()}/task").glob("*/children"):
                new = set(map(int, _read(listed).split())) - found
                found |= new
                todo.extend(new)
        return found

    def settled_memory(self) -> float:
        """The memory once the processes that a start leaves behind have settled."""
        time.sleep(1)
        return self.memory()

    def memory(self) -> float:
        """Megabytes in use by all its processes; what they share counts once."""
        return sum(_megabytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:") for pid in self.family())

    def processor(self) -> float:
        """Seconds of processor time that all its processes have used, those that have ended too."""
        return sum(map(_processor, self.family()))

    def resident(self, field: str = "VmRSS:") -> float:
        """Megabytes of the server's own process; VmHWM: is the highest so far."""
        return _megabytes(Path(f"/proc/{self.own_process()}/status"), field)

    def own_process(self) -> int:
        """The process that answers: the one that was started, or a fork of it."""
        pid = self.process.pid
        command = _read(Path(f"/proc/{pid}/cmdline"))
        listed = (_read(each) for each in Path(f"/proc/{pid}/task").glob("*/children"))
        children = [int(child) for text in listed for child in text.split()]
        same = [each for each in children if _read(Path(f"/proc/{each}/cmdline")) == command]
        return same[0] if same else pid


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _processor(pid: int) -> float:
    """Seconds of processor time of a process and of the children that it has waited for."""
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _megabytes(path: Path, field: str) -> float:
    for line in _read(path).splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    return 0.0


class Ours(Server):
    """``gbagraph serve``."""

    name = OURS

    def command(self) -> list[str]:
        """With the graph as data, unless it is the built-in one."""
        command = [str(Path(sys.executable).parent / "gbagraph"), "serve", "--port", str(self.port)]
        command += [] if self.graph.built_in else ["--data", str(self.graph.path)]
        return [*command, "--query-timeout", str(self.timeout)] if self.timeout else command


class Before(Ours):
    """Another build of this server, to compare with: the program that BENCH_BEFORE names."""

    name = BEFORE

    def command(self) -> list[str]:
        """As ours, by that program."""
        program_before = os.environ.get("BENCH_BEFORE")
        if not program_before:
            raise CannotRunError("BENCH_BEFORE names no gbagraph")
        return [program_before, *super().command()[1:]]


class Without(Ours):
    """Ours, with a mechanism switched off by Python code that runs before it starts."""

    def __init__(self, graph: Graph, name: str, prelude: str, timeout: float | None = None) -> None:
        super().__init__(graph, timeout=timeout)
        self.name, self._prelude = name, prelude

    def command(self) -> list[str]:
        """As ours, after the prelude."""
        code = f"{self._prelude}\nfrom gbagraph.cli import app\napp()"
        return [sys.executable, "-c", code, *super().command()[1:]]


class Oxigraph(Server):
    """``oxigraph serve``, in memory."""

    name = OXIGRAPH
    path = "/query"

    def command(self) -> list[str]:
        """In memory; the graph is sent after the start."""
        limit = ["--timeout-s", f"{self.timeout:.0f}"] if self.timeout else []
        return [program("oxigraph"), "serve", "--bind", f"127.0.0.1:{self.port}", *limit]

    def load(self) -> None:
        """Send the graph by the Graph Store Protocol, without a transaction (the fast way)."""
        self._until_it_answers(f"/query?query={quote('ASK {}')}")
        quads = self.graph.path.suffix == ".nq"
        where = "no_transaction" if quads else "default&no_transaction"
        kind = "application/n-quads" if quads else "application/n-triples"
        started = time.monotonic()
        with self.graph.path.open("rb") as body:
            httpx.post(
                f"http://127.0.0.1:{self.port}/store?{where}",
                content=iter(lambda: body.read(1 << 20), b""),
                headers={"Content-Type": kind},
                timeout=_START_LIMIT,
            ).raise_for_status()
        self.load_seconds = time.monotonic() - started


class OxigraphOnDisk(Server):
    """``oxigraph load``, then ``oxigraph serve-read-only``."""

    name = OXIGRAPH_DISK
    path = "/query"

    def command(self) -> list[str]:
        """Read-only, on the folder that was loaded before."""
        location = str(self._location())
        address = f"127.0.0.1:{self.port}"
        return [program("oxigraph"), "serve-read-only", "--location", location, "--bind", address]

    def _location(self) -> Path:
        return FOLDER / f"oxigraph-{self.graph.size}"

    def __enter__(self) -> Self:
        """Load anew, then start; the load is not part of the start."""
        shutil.rmtree(self._location(), ignore_errors=True)
        command = [program("oxigraph"), "load", "--location", str(self._location()), "--file"]
        started = time.monotonic()
        subprocess.run([*command, str(self.graph.path)], check=True, capture_output=True)
        self.load_seconds = time.monotonic() - started
        return super().__enter__()

    def stop(self) -> None:
        """End it and remove its folder."""
        super().stop()
        shutil.rmtree(self._location(), ignore_errors=True)


class RdflibEndpoint(Server):
    """``rdflib-endpoint serve``."""

    name = RDFLIB
    path = "/"

    def command(self) -> list[str]:
        """It reads the graph at the start."""
        address = ["--host", "127.0.0.1", "--port", str(self.port)]
        return [program("rdflib-endpoint"), "serve", *address, str(self.graph.path)]


_INI: Final = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
ServerThreads = 100
NumberOfBuffers = 20000
DirsAllowed = {data}
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 80
MaxClientConnections = 80
"""


class Virtuoso(Server):
    """``virtuoso-t`` from Debian, with an empty database in a folder of its own."""

    name = VIRTUOSO

    def __init__(self, graph: Graph, *, timeout: float | None = None) -> None:
        super().__init__(graph, timeout=timeout)
        self._sql, self._folder = free_port(), Path(tempfile.mkdtemp(prefix="bench-virtuoso-"))

    @property
    def folder(self) -> Path:
        """Where its database is."""
        return self._folder

    def command(self) -> list[str]:
        """In the foreground, with a configuration for 80 connections."""
        text = _INI.format(sql=self._sql, http=self.port, data=self.graph.path.parent)
        (self._folder / "virtuoso.ini").write_text(text)
        return [program("virtuoso-t"), "+foreground", "+configfile", "virtuoso.ini"]

    def load(self) -> None:
        """Read the graph by TTLP; 512 reads N-Quads into their graphs."""
        end = time.monotonic() + 60
        while not self._sql_runs("select 1"):
            if self.process.poll() is not None or time.monotonic() > end:
                raise CannotRunError("virtuoso did not start within 60 s")
            time.sleep(0.1)
        started = time.monotonic()
        flags = 512 if self.graph.path.suffix == ".nq" else 0
        text = f"file_to_string_output('{self.graph.path}')"
        if not self._sql_runs(f"DB.DBA.TTLP({text}, '', 'urn:default', {flags})"):
            raise CannotRunError("virtuoso did not load the graph")
        self.load_seconds = time.monotonic() - started

    def _sql_runs(self, statement: str) -> bool:
        login = [program("isql-vt"), f"127.0.0.1:{self._sql}", "dba", "dba"]
        done = subprocess.run(
            [*login, f"exec={statement};"], capture_output=True, check=False, timeout=300
        )
        return done.returncode == 0 and b"Error" not in done.stderr + done.stdout

    def stop(self) -> None:
        """End it and remove its database."""
        super().stop()
        shutil.rmtree(self._folder, ignore_errors=True)


ALL: Final[tuple[type[Server], ...]] = (Ours, Oxigraph, RdflibEndpoint, Virtuoso)
_SMALL: Final = ("own", "10k")


def for_size(size: str) -> list[type[Server]]:
    """The servers that are measured on a graph of that size."""
    found = [kind for kind in ALL if size in _SMALL or kind in (Ours, Oxigraph)]
    return [Before, *found] if os.environ.get("BENCH_BEFORE") else found
