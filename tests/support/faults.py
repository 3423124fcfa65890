"""Faults that are injected: who asks a server meanwhile, and how a command is run that meets one."""

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Self

import httpx
import pytest

from support import RunningServer, descendants, processes
from support.reliability import record

_numbers = count(1)


def report(name: str, injected: int, outcome: str, recovered_in: float = 0.0) -> None:
    """Keep what came of a fault, after the last assertion; *recovered_in* is in seconds."""
    record(
        "faults", name, injected=injected, outcome=outcome, recovered_in_s=round(recovered_in, 2)
    )


def is_read(pid: int, path: Path) -> bool:
    """Return whether a process, or one of its descendants, has the file open, beyond its head."""
    for each in (pid, *descendants(pid)):
        try:
            for opened in Path(f"/proc/{each}/fd").iterdir():
                info = Path(f"/proc/{each}/fdinfo/{opened.name}")
                if opened.readlink() == path and int(info.read_text().split()[1]) > 2 << 20:
                    return True
        except OSError:
            continue
    return False


def assert_one_line(said: str, *words: str) -> None:
    """What is said of a fault is a line, beside that a server loads its data, with these words."""
    said = "\n".join(
        line for line in said.splitlines() if not line.startswith("INFO:     loading ")
    )
    assert len(said.splitlines()) == 1, said
    assert all(word in said for word in words), said


class Asking:
    """Clients that ask until the end of the ``with``: each answer is right, or an error is told."""

    def __init__(self, server: RunningServer, query: str, answer: str, clients: int = 3) -> None:
        self._server, self._query, self._answer, self._clients = server, query, answer, clients
        self._done = threading.Event()
        self.statuses: set[int] = set()
        self.wrong: list[str] = []
        self.longest = 0.0
        self.count = 0

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._ask) for _ in range(self._clients)]
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for each in self._threads:
            each.join()

    def _ask(self) -> None:
        with httpx.Client(base_url=self._server.url, timeout=60) as client:
            while not self._done.is_set():
                begun = time.monotonic()
                with contextlib.suppress(httpx.TransportError):
                    self._note(client)
                self.longest = max(self.longest, time.monotonic() - begun)
                time.sleep(0.005)

    def _note(self, client: httpx.Client) -> None:
        query = f"{self._query} # {next(_numbers)}"
        response = client.get("/sparql", params={"query": query}, headers={"Accept": "text/csv"})
        self.count += 1
        self.statuses.add(response.status_code)
        if response.status_code == 200 and response.text != self._answer:
            self.wrong.append(response.text)


def seconds_until(condition, limit: float) -> float:
    """How long it takes until *condition* holds; fails if that is longer than *limit*."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < limit, f"not within {limit} seconds"
        time.sleep(0.02)
    return time.monotonic() - begun


def answers(server: RunningServer) -> bool:
    """Whether the server answers a query that it has not been asked before."""
    with contextlib.suppress(httpx.TransportError):
        return server.ask(f"ASK {{}} # again {next(_numbers)}").status_code == 200
    return False


@contextlib.contextmanager
def disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """A disk of its own at *folder*; the test is skipped where none may be made."""
    folder.mkdir()
    made = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    if os.geteuid() or processes.run(made, capture_output=True).returncode:
        pytest.skip("only root can mount a disk")
    try:
        yield folder
    finally:
        processes.run(["umount", "-l", str(folder)], check=True)
