"""Start a server on given data, ask it, and end it."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from conformance.data import Parameters
from support import free_port, processes

_START_LIMIT: Final = 60.0
_ANSWER_LIMIT: Final = 60.0
_TESTS: Final = Path(__file__).resolve().parents[1]
_ENVIRONMENT: Final = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join([str(_TESTS), os.environ.get("PYTHONPATH", "")]),
    # Queries name addresses on the web. A server under test reaches this machine only.
    **dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:1"),
    "no_proxy": "127.0.0.1,localhost",
}


class ServerError(Exception):
    """A server that did not start, or that ended."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What matters of a response."""

    status: int
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Server:
    """How a server is started; *start* and the others are commands with placeholders."""

    name: str
    page: str
    start: Sequence[str]
    path: str
    version: Sequence[str]
    merges: bool
    note: str
    prepare: Sequence[str] = ()
    allow: Sequence[str] = ()
    engine: Sequence[str] = ()
    keeps_protocol: bool = True

    def missing(self) -> str | None:
        """The program that it needs and that is not installed."""
        needed = self.command(self.start)[0]
        return None if shutil.which(needed) else needed

    def versions(self) -> str:
        """Version of the server and of its engine, as they say themselves."""
        said = [
            _output(self.command(command)) for command in (self.version, self.engine) if command
        ]
        number, *rest = said
        return f"{number.split()[-1]} ({', '.join(rest)})" if rest else number.split()[-1]

    @contextlib.contextmanager
    def running(self, quads: str, services: Sequence[str] = ()) -> Iterator["Running"]:
        """A process of this server with these quads, until the end of the ``with``.

        It may call the endpoints *services*, if it has to be told which.

        Raises:
            ServerError: it does not start.
        """
        with tempfile.TemporaryDirectory(prefix="w3c-") as name:
            folder, port = Path(name), free_port()
            data, log = folder / "data.nq", folder / "log"
            data.write_text(quads, "utf-8", newline="")
            values = {"port": port, "data": data, "folder": folder}
            with log.open("ab") as said:
                if self.prepare:
                    command = self.command(self.prepare, **values)
                    done = processes.run(
                        command, stdout=said, stderr=said, timeout=60, env=_ENVIRONMENT
                    )
                    if done.returncode:
                        raise ServerError(f"the data could not be loaded: {_last_words(log)}")
                command = [*self.command(self.start, **values), *self._allowing(services)]
                process = processes.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=_ENVIRONMENT
                )
            try:
                with httpx.Client(timeout=_ANSWER_LIMIT) as client:
                    running = Running(f"http://127.0.0.1:{port}{self.path}", client)
                    running.wait(process, log)
                    yield running
            finally:
                processes.end(process)

    def _allowing(self, services: Sequence[str]) -> Iterator[str]:
        listed = ", ".join(map(json.dumps, services))
        for service in services:
            yield from self.command(self.allow, service=service, services=listed)

    def command(self, parts: Sequence[str], **values: object) -> list[str]:
        """A command with its placeholders filled in."""
        beside = Path(shutil.which(self.start[0]) or sys.executable).parent
        filled = _Open(values, python=sys.executable, beside=beside, tests=_TESTS)
        return [part.format_map(filled) for part in parts]


class _Open(dict[str, object]):
    """Values by name; a name without one stays a placeholder."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def known() -> dict[str, Server]:
    """The servers that can be run, by name."""
    rows = tomllib.loads((Path(__file__).with_name("servers.toml")).read_text("utf-8"))
    return {name: Server(name, **row) for name, row in rows.items()}


def _output(command: Sequence[str]) -> str:
    done = processes.run(command, capture_output=True, check=True, text=True, timeout=60)
    return str(done.stdout).strip()


def _last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text("utf-8", "replace").split("\n")]
    return next((line for line in reversed(lines) if line), "it said nothing")


@dataclass(frozen=True, slots=True)
class Running:
    """A server process, by the address of its endpoint."""

    url: str
    client: httpx.Client

    def wait(self, process: processes.Popen, log: Path) -> None:
        """Wait until it answers; raises ServerError if it does not."""
        end = time.monotonic() + _START_LIMIT
        while time.monotonic() < end:
            if process.poll() is not None:
                raise ServerError(f"the server ended at start: {_last_words(log)}")
            try:
                self.client.get(self.url, params={"query": "ASK {}"})
            except httpx.TransportError:
                time.sleep(0.02)
            else:
                return
        raise ServerError(f"the server did not answer within {_START_LIMIT:g} seconds")

    def ask(self, query: str, accept: str, parameters: Parameters = ()) -> Answer:
        """Send a query by GET."""
        try:
            response = self.client.get(
                self.url, params=[("query", query), *parameters], headers={"Accept": accept}
            )
        except httpx.TransportError as problem:
            raise ServerError(f"no whole answer came: {problem}") from None
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Answer(response.status_code, media_type, response.content)
