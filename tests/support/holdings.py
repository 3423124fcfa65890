"""What a server holds: slots, processes, descriptors, threads, memory; and what more than before."""

import contextlib
import os
import re
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from gbagraph.engine.pool import RENDERERS
from support import RunningServer, alive, children, descendants

_PARTS = {
    "gbagraph.engine.forkserver": "fork server",
    "gbagraph.features.federation.gateway": "gateway",
}

QUICKLY = "from gbagraph.engine import pool; pool._TRIM_EVERY = 0.2"
"""A server's prelude: spare workers beyond the usual number are ended sooner, not after seconds."""
THREADS = 8
"""How many threads for pages a server process may have; it makes them when they are first needed."""


class Holdings(NamedTuple):
    """What a server holds at a moment.

    *counts* are of slots, processes, descriptors and threads, by what they are. Descriptors for idle
    workers are not among them: of these, a server keeps now more, now fewer. *memory* is in bytes, of
    what the server process shares with no other.
    """

    counts: dict[str, int]
    memory: int

    def of(self, word: str) -> int:
        """All that has this word in its name."""
        return sum(count for name, count in self.counts.items() if word in name)


def held(server: RunningServer) -> Holdings:
    """What *server* holds now; raises OSError or ValueError if one of its processes ends meanwhile."""
    counts = Counter({f"slots: {name}": taken for name, taken in server.slots().items() if taken})
    process = server.server_process
    parts = {"parent": server.process.pid, "server process": process}
    for child in children(process):
        parts[_part(child)] = child
        counts[f"processes: {_part(child)}"] += 1
    family = descendants(server.process.pid)
    workers = children(parts["fork server"])
    counts["processes: workers"] = len(workers) - min(RENDERERS, sum(map(_renders, workers)))
    counts["processes: of nobody"] = sum(not alive(each) for each in family)
    for part, pid in parts.items():
        counts.update(f"descriptors: {part}, {kind}" for kind in _descriptors(pid))
        counts[f"threads: {part}"] = len(list(Path(f"/proc/{pid}/task").iterdir()))
    # For each worker, the server process has a socket, and the fork server a file for its last words.
    counts["descriptors: server process, socket"] -= len(workers)
    counts["descriptors: fork server, memory file"] -= len(workers)
    return Holdings(dict(counts), private_memory(process))


def _renders(worker: int) -> bool:
    """Whether a worker makes pages, which it does behind those of queries: some of these are kept."""
    return os.getpriority(os.PRIO_PROCESS, worker) == os.getpriority(os.PRIO_PROCESS, 0) + 10


def _part(pid: int) -> str:
    command = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return next((part for module, part in _PARTS.items() if module in command), "unknown")


def _descriptors(pid: int) -> list[str]:
    found: list[str] = []
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it is closed just now
            found.append(_kind(str(each.readlink())))
    return found


def _kind(link: str) -> str:
    if link.startswith("/memfd:"):
        return "memory file"
    return re.sub(r":\[\d+\]$", "", link)


def open_files(pid: int) -> int:
    """How many descriptors a process has."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def private_memory(pid: int) -> int:
    """Bytes that a process shares with no other."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(map(int, re.findall(r"Private_\w+:\s+(\d+) kB", text))) * 1024


def more(before: Holdings, now: Holdings, memory: int) -> list[str]:
    """What is held *now* and was not held *before*; of memory, what is more than *memory* bytes."""
    names = sorted(before.counts.keys() | now.counts.keys())
    pairs = ((name, before.counts.get(name, 0), now.counts.get(name, 0)) for name in names)
    found = [f"{name}: {had} -> {has}" for name, had, has in pairs if has > had]
    grown = now.memory - before.memory
    return [*found, f"memory: {grown:,} bytes more"] if grown > memory else found


def leaked(
    server: RunningServer, before: Holdings, *, memory: int, seconds: float = 60
) -> list[str]:
    """What *server* still holds more than *before* when it has had so many *seconds* to let go of it."""
    end = time.monotonic() + seconds
    while True:
        try:
            found = more(before, held(server), memory)
        except (OSError, ValueError):  # one of its processes ends just now
            found = ["processes: they change"]
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.05)


def settled(server: RunningServer, seconds: float = 60) -> Holdings:
    """What *server* holds when it holds the same for a while."""
    end = time.monotonic() + seconds
    last = None
    while time.monotonic() < end:
        with contextlib.suppress(OSError, ValueError):  # one of its processes ends just now
            now = held(server)
            if last and now.counts == last.counts:
                return now
            last = now
        time.sleep(0.7)
    raise AssertionError(f"what the server holds does not settle: {last}")
