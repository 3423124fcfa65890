"""Sixty-four runaway queries at once beside normal traffic, once or for a given time."""

# ruff: noqa: S603  the commands are our own

from __future__ import annotations

import concurrent.futures
import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from bench import generate, graphs, machine
from bench.graphs import FOLDER
from bench.servers import Before, CannotRunError, Ours, Oxigraph, RdflibEndpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.records import Record
    from bench.servers import Server

LIMIT: Final = 5.0
_WAIT: Final = 25.0
_QUIET: Final = 4.0
_DURING: Final = 12.0
_RUNAWAYS: Final = 64
_PAUSE: Final = 0.2
_SIZE: Final = "10k"

_CROSS: Final = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
_HOP: Final = f"<{generate.GBA}connectedTo>+"
KINDS: Final = {
    "count": "SELECT (COUNT(*) AS ?n) {{ {} }}".format(
        " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(30))
    ),
    "sort": f"SELECT * {{ {_CROSS} }} ORDER BY STR(?c) STR(?f) STR(?i)",
    "concatenate": f"SELECT (GROUP_CONCAT(?c) AS ?x) {{ {_CROSS} }}",
    "regex": (
        f"SELECT * {{ VALUES ?t {{ '{'a' * 41}!' }} {_CROSS} "
        "FILTER (REGEX(CONCAT(?t, STR(?c), STR(?f), STR(?i)), '(a|aa)+$x')) }"
    ),
    "path": "SELECT (COUNT(*) AS ?n) {{ {} }}".format(
        " ".join(f"?v{n} {_HOP} ?v{n + 1} ." for n in range(8))
    ),
    "rows": "SELECT * {{ {} }}".format(
        " ".join(f"VALUES ?{name} {{ {' '.join(map(str, range(400)))} }}" for name in "abcdef")
    ),
}


def run(log: Callable[[str], None]) -> list[Record]:
    """The storm on each server in turn, each started afresh."""
    graph = graphs.graph(_SIZE)
    rows: list[Record] = []
    before = [Before(graph, timeout=LIMIT)] if "BENCH_BEFORE" in os.environ else []
    for server in (
        Ours(graph, timeout=LIMIT),
        *before,
        Oxigraph(graph, timeout=LIMIT),
        RdflibEndpoint(graph),
    ):
        log(f"storm: {server.name}")
        try:
            with server:
                rows.append({"server": server.name, **storm(server)})
        except CannotRunError as problem:
            rows.append({"server": server.name, "why": str(problem)})
    return rows


def soak(seconds: float, log: Callable[[str], None]) -> list[Record]:
    """Runaways again and again beside normal traffic on our server.

    For so many *seconds* each client repeats the query it was refused, and for a tenth of that
    each query is another.
    """
    return [
        _soak(seconds, new=False, log=log),
        _soak(seconds / 10, new=True, log=log),
    ]


def _soak(seconds: float, *, new: bool, log: Callable[[str], None]) -> Record:
    log(f"soak: {seconds:.0f} s{', always new queries' if new else ''}")
    with Ours(graphs.graph(_SIZE), timeout=LIMIT) as server:
        found = storm(server, seconds, new=new)
        time.sleep(5)
        found["processes_after"] = len(server.family())
        found["own_after"], found["files_after"] = server.resident(), _open_files(server)
        return {"server": server.name, "seconds": seconds, "new": new, **found}


def storm(server: Server, seconds: float = 0.0, *, new: bool = False) -> Record:
    """Runaways beside normal traffic, once or for so many *seconds*; what both saw."""
    quiet = _traffic(server, _QUIET)
    before = {"own_before": server.resident(), "tree_before": server.memory()}
    available = machine.available()
    files = _open_files(server)
    with _sampling(server) as samples, concurrent.futures.ThreadPoolExecutor(_RUNAWAYS + 1) as pool:
        end = time.monotonic() + seconds
        storm = [
            pool.submit(_runaways, server, number, end, new=new) for number in range(_RUNAWAYS)
        ]
        during = _traffic(server, max(_DURING, seconds))
        runaways = [row for future in storm for row in future.result()]
    return {
        **before,
        "own_highest": max((own for own, _ in samples), default=0.0),
        "tree_highest": before["tree_before"] + available - min(left for _, left in samples),
        "own_samples": [round(own, 1) for own, _ in samples][:: max(1, len(samples) // 60)],
        "files_before": files,
        "quiet": quiet,
        "during": during,
        "runaways": _by_kind(runaways),
    }


def _open_files(server: Server) -> int:
    return len(list(Path(f"/proc/{server.own_process()}/fd").iterdir()))


def _by_kind(runaways: list[Record]) -> list[Record]:
    """How many ended in which way, and when the last of them did, for each kind and way."""
    keys = sorted({(row["kind"], row["how"]) for row in runaways})
    groups = {
        key: [row["s"] for row in runaways if (row["kind"], row["how"]) == key] for key in keys
    }
    return [
        {"kind": kind, "how": how, "count": len(taken), "last": max(taken)}
        for (kind, how), taken in groups.items()
    ]


def _traffic(server: Server, seconds: float) -> Record:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bench.traffic"),
            *(str(server.port), server.path, _SIZE, str(seconds)),
        ],
        cwd=FOLDER.parent,
        capture_output=True,
        check=True,
    )
    found: Record = json.loads(done.stdout)
    return found


def _runaways(server: Server, number: int, end: float, *, new: bool) -> list[Record]:
    rows = [_runaway(server, number, "own")]
    while time.monotonic() < end:
        time.sleep(_PAUSE)
        rows.append(_runaway(server, number, f"{len(rows)}" if new else "own"))
    return rows


def _runaway(server: Server, number: int, text: str) -> Record:
    """A query of a kind, by client *number*: the same *text*, the same query, but for a comment."""
    kind = list(KINDS)[number % len(KINDS)]
    started = time.monotonic()
    query = KINDS[kind].replace("{", f"{{ BIND ('{number} {text}' AS ?sender)", 1)
    how = _ended(server, f"{query} # {started}", started + _WAIT)
    return {"kind": kind, "how": how, "s": time.monotonic() - started}


def _ended(server: Server, query: str, until: float) -> str:
    """How the server ended a query: a status, with a word if it is a 200."""
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_WAIT)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        client.request("POST", server.path, urlencode({"query": query}), headers)
        answer, body = client.getresponse(), b""
        while part := answer.read1(1 << 18):
            body = body or part
            if time.monotonic() > until:
                return "not ended"
    except TimeoutError:
        return "not ended"
    except (OSError, http.client.HTTPException):
        return "broken off"
    else:
        problem = re.search(rb"/problem/([a-z-]+)", body)
        what = problem[1].decode() if problem else "as if whole" if answer.status == 200 else ""
        return f"{answer.status} {what}".strip()
    finally:
        client.close()


@contextlib.contextmanager
def _sampling(server: Server) -> Iterator[list[tuple[float, float]]]:
    """Memory of the server's process, and what the machine has left, twice a second.

    What each process has of its own would take longer to find out than a query takes.
    """
    seen: list[tuple[float, float]] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.5):
            seen.append((server.resident(), machine.available()))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()
