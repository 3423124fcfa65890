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
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import httpx

from conformance.data import Parameters
from support import free_port, processes

_START_LIMIT: Final = 60.0
_ANSWER_LIMIT: Final = 60.0
_ENVIRONMENT: Final = {
    **os.environ,
    "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
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
    prepare: tuple[str, ...]
    start: tuple[str, ...]
    allow: tuple[str, ...]
    path: str
    version: tuple[str, ...]
    engine: tuple[str, ...]
    merges: bool
    note: str

    @property
    def over_http(self) -> bool:
        """Is it a server at all, or an engine in a process of its own?"""
        return bool(self.path)

    def missing(self) -> str | None:
        """The program that it needs and that is not installed."""
        needed = self._filled(self.start)[0]
        return None if shutil.which(needed) else needed

    def versions(self) -> str:
        """Version of the server and of its engine, as they say themselves."""
        said = [
            _output(self._filled(command)) for command in (self.version, self.engine) if command
        ]
        number, *rest = said
        return f"{number.split()[-1]} ({', '.join(rest)})" if rest else number.split()[-1]

    def running(self, quads: str, services: Sequence[str] = ()) -> "Running":
        """A process of this server with these quads, to be used as a context manager.

        It may call the endpoints *services*, if it has to be told which.
        """
        if not self.over_http:
            return InProcess(self, quads)
        return Running(self, quads, services)

    def command(self, parts: Sequence[str], **values: object) -> list[str]:
        """A command with its placeholders filled in."""
        return self._filled(parts, **values)

    def _filled(self, parts: Sequence[str], **values: object) -> list[str]:
        beside = Path(shutil.which(self.start[0]) or sys.executable).parent
        filled = _Open(values, python=sys.executable, beside=beside)
        return [part.format_map(filled) for part in parts]


class _Open(dict[str, object]):
    """Values by name; a name without one stays a placeholder."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def known() -> dict[str, Server]:
    """The servers that can be run, by name."""
    rows = tomllib.loads((Path(__file__).with_name("servers.toml")).read_text("utf-8"))
    return {name: _server(name, row) for name, row in rows.items()}


def _server(name: str, row: dict[str, Any]) -> Server:
    return Server(
        name=name,
        page=row["page"],
        prepare=tuple(row["prepare"]),
        start=tuple(row["start"]),
        allow=tuple(row.get("allow", ())),
        path=row["path"],
        version=tuple(row["version"]),
        engine=tuple(row["engine"]),
        merges=row["merges"],
        note=row["note"],
    )


def _output(command: Sequence[str]) -> str:
    done = processes.run(command, capture_output=True, check=True, text=True, timeout=60)
    return str(done.stdout).strip()


class Running:
    """A server process with its data in a folder of its own."""

    def __init__(self, server: Server, quads: str, services: Sequence[str] = ()) -> None:
        self._server = server
        self._quads = quads
        self._services = services
        self._cleanup = contextlib.ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._cleanup.close()
            raise
        return self

    def _start(self) -> None:
        folder = Path(self._cleanup.enter_context(tempfile.TemporaryDirectory(prefix="w3c-")))
        data = folder / "data.nq"
        data.write_text(self._quads, "utf-8", newline="")
        self.port = free_port()
        values = {"port": self.port, "data": data, "folder": folder}
        self._log_path = folder / "log"
        self._log = self._cleanup.enter_context(self._log_path.open("ab"))
        if self._server.prepare:
            self._prepare(self._server.command(self._server.prepare, **values))
        self._command = self._server.command(self._server.start, **values)
        listed = ", ".join(map(json.dumps, self._services))
        for service in self._services:
            values = {"service": service, "services": listed}
            self._command += self._server.command(self._server.allow, **values)
        self._launch()
        self._wait()

    def _prepare(self, command: list[str]) -> None:
        done = processes.run(command, stdout=self._log, stderr=self._log, timeout=60)
        if done.returncode:
            raise ServerError(f"the data could not be loaded: {self._last_words()}")

    def _launch(self) -> None:
        self._process: subprocess.Popen[Any] = processes.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env=_ENVIRONMENT,
        )
        self._cleanup.callback(processes.end, self._process)

    def _last_words(self) -> str:
        lines = [line.strip() for line in self._log_path.read_text("utf-8", "replace").split("\n")]
        return next((line for line in reversed(lines) if line), "it said nothing")

    def _wait(self) -> None:
        self.url = f"http://127.0.0.1:{self.port}{self._server.path}"
        self._client = self._cleanup.enter_context(httpx.Client(timeout=_ANSWER_LIMIT))
        end = time.monotonic() + _START_LIMIT
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise ServerError(f"the server ended at start: {self._last_words()}")
            try:
                self._client.get(self.url, params={"query": "ASK {}"})
            except httpx.TransportError:
                time.sleep(0.02)
            else:
                return
        raise ServerError(f"the server did not answer within {_START_LIMIT:g} seconds")

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    def ask(self, query: str, accept: str, parameters: Parameters = ()) -> Answer:
        """Send a query by GET."""
        try:
            response = self._client.get(
                self.url, params=[("query", query), *parameters], headers={"Accept": accept}
            )
        except httpx.TransportError as problem:
            raise ServerError(f"no whole answer came: {problem}") from None
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Answer(response.status_code, media_type, response.content)


class InProcess(Running):
    """The engine in a process that is asked over a pipe; it starts again after it was ended."""

    def _launch(self) -> None:
        self._process = processes.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=_ENVIRONMENT,
        )
        self._cleanup.callback(processes.end, self._process)

    def _wait(self) -> None:
        """Nothing: the first question waits for its answer."""

    def ask(self, query: str, accept: str, parameters: Parameters = ()) -> Answer:
        """Send a query down the pipe."""
        if parameters:
            raise ServerError("the engine alone has no protocol to select a dataset by")
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise ServerError("the engine's process has no pipes")
        try:
            process.stdin.write(json.dumps({"query": query, "accept": accept}) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None
        line = process.stdout.readline()
        if not line:
            raise self._ended()
        found = json.loads(line)
        return Answer(found["status"], found["type"], found["body"].encode())

    def _ended(self) -> ServerError:
        code = self._process.wait()
        problem = ServerError(f"the engine's process ended ({code}): {self._last_words()}")
        self._launch()
        return problem
