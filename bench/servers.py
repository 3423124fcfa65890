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
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote

import httpx

from bench import CannotRunError, former
from bench.graphs import FOLDER

if TYPE_CHECKING:
    from bench.graphs import Graph

_START_LIMIT: Final = 900.0
_FIRST: Final = "SELECT * { ?s ?p ?o } LIMIT 1"
OURS: Final = "gbagraph"
OXIGRAPH: Final = "oxigraph"
RDFLIB: Final = "rdflib-endpoint"
FORMER: Final = f"gbagraph {former.VERSION}"
FLOOR: Final = "in process"


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
    environment: dict[str, str] | None = None

    def __init__(self, graph: Graph, *, timeout: float | None = None) -> None:
        self.graph, self.timeout, self.port = graph, timeout, free_port()
        self.load_seconds = 0.0
        self.start_seconds = 0.0

    def command(self) -> list[str]:
        """The command that starts it."""
        raise NotImplementedError

    def load(self) -> None:
        """Bring in the graph after the start, where the command does not."""

    def __enter__(self) -> Self:
        started = time.monotonic()
        FOLDER.mkdir(exist_ok=True)
        with (FOLDER / f"{self.name.replace(' ', '-')}.log").open("wb") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdout=log,
                stderr=log,
                env=self.environment,
                start_new_session=True,
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


class Former(Ours):
    """``gbagraph serve`` of the former release, with the dataset that was built into it."""

    name = FORMER
    environment = former.ENVIRONMENT

    def command(self) -> list[str]:
        """As ours, by its own program."""
        found = former.built()
        if not found.program:
            raise CannotRunError(found.why)
        return [str(found.program), *super().command()[1:]]


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


class RdflibEndpoint(Server):
    """``rdflib-endpoint serve``."""

    name = RDFLIB
    path = "/"

    def command(self) -> list[str]:
        """It reads the graph at the start."""
        address = ["--host", "127.0.0.1", "--port", str(self.port)]
        return [program("rdflib-endpoint"), "serve", *address, str(self.graph.path)]


SMALL: Final = ("own", "10k")
"""The graphs that all servers are measured on."""


def compared() -> tuple[type[Server], ...]:
    """The servers that are measured in all that is compared; those compared most stand side by side."""
    return (Ours, Former, Oxigraph) if former.built().program else (Ours, Oxigraph)


def for_size(size: str) -> tuple[type[Server], ...]:
    """The servers that are measured on a graph of that size."""
    return (*compared(), RdflibEndpoint) if size in SMALL else (Ours, Oxigraph)
