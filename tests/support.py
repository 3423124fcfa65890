"""What several test modules need: a running server, and results as comparable values."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import httpx

ROOT = Path(__file__).resolve().parent.parent

RUNAWAY = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'?s{n} ?p{n} ?o{n} .' for n in range(30))} }}"
"""A cross join that counts: it would run for longer than anyone lives, and writes nothing."""

ENDLESS = "SELECT * {{ {} }}".format(
    " ".join(f"VALUES ?{name} {{ {' '.join(map(str, range(400)))} }}" for name in "abcdef")
)
"""A cross join that writes rows from the start and never ends."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RunningServer:
    """``gbagraph serve`` as a process of its own, and an HTTP client that talks to it."""

    def __init__(self, *options: object, python: str | Path = sys.executable) -> None:
        self._python = python
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sparql = f"{self.url}/sparql"
        self.options = [str(option) for option in options]

    def __enter__(self) -> Self:
        command = [self._python, "-m", "gbagraph", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, *self.options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.client = httpx.Client(base_url=self.url, timeout=30)
        self._wait_until_it_answers()
        return self

    def _wait_until_it_answers(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            assert self.process.poll() is None, "the server ended at start"
            try:
                self.client.get("/sparql", params={"query": "ASK {}"})
            except httpx.TransportError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError("the server did not answer within 30 seconds")

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.process.terminate()
        self.process.wait(10)

    def ask(self, query: str, accept: str = "application/sparql-results+json", **parameters):
        """GET /sparql with this query."""
        return self.client.get(
            "/sparql", params={"query": query, **parameters}, headers={"Accept": accept}
        )

    def rows(self, query: str, **parameters) -> list[dict[str, str]]:
        """The values of the solutions of a SELECT query."""
        response = self.ask(query, **parameters)
        assert response.status_code == 200, response.text
        return plain_rows(response.text)

    def descendants(self) -> set[int]:
        """Process ids of the nursery and its workers."""
        return descendants(self.process.pid)


def descendants(pid: int) -> set[int]:
    found: set[int] = set()
    todo = [pid]
    while todo:
        listed = Path(f"/proc/{todo.pop()}/task")
        for children in listed.glob("*/children"):
            new = {int(child) for child in children.read_text().split()} - found
            found |= new
            todo.extend(new)
    return found


def alive(pid: int) -> bool:
    """Does the process run (a zombie does not)?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def problem(response, status, name):
    """The problem details of an answer with this status and of this kind."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found = response.json()
    assert found["type"].endswith(f"/problem/{name}")
    assert found["status"] == status
    return found


def eventually(condition, seconds: float = 5) -> bool:
    """Wait until *condition* holds; False if it does not within *seconds*."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


def plain_rows(results: str) -> list[dict[str, str]]:
    """Solutions of SPARQL JSON as dictionaries of plain values."""
    return [
        {name: cell["value"] for name, cell in row.items()}
        for row in json.loads(results)["results"]["bindings"]
    ]


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    os.kill(pid, number)
