"""Sixty-four runaway queries at once beside normal traffic."""

# ruff: noqa: S603  the commands are our own

from __future__ import annotations

import concurrent.futures
import http.client
import json
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from bench import generate, graphs, machine
from bench.graphs import FOLDER
from bench.servers import compared

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.records import Record
    from bench.servers import Server

LIMIT: Final = 5.0
_WAIT: Final = 25.0
_QUIET: Final = 4.0
_DURING: Final = 12.0
_RUNAWAYS: Final = 64
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
    for kind in compared():
        log(f"storm: {kind.name}")
        with kind(graph, timeout=LIMIT) as server:
            rows.append({"server": kind.name, **_storm(server)})
    return rows


def _storm(server: Server) -> Record:
    """Runaways beside normal traffic, and what both saw."""
    quiet = _traffic(server, _QUIET)
    before = {"own_before": server.resident(), "tree_before": server.memory()}
    available = machine.available()
    # What each process has of its own would take longer to find out than a query takes.
    watching = machine.watching(lambda: (server.resident(), machine.available()), every=0.5)
    with watching as samples, concurrent.futures.ThreadPoolExecutor(_RUNAWAYS + 1) as pool:
        sent = [pool.submit(_runaway, server, number) for number in range(_RUNAWAYS)]
        during = _traffic(server, _DURING)
        runaways = [future.result() for future in sent]
    return {
        **before,
        "own_highest": max((own for own, _ in samples), default=0.0),
        "tree_highest": before["tree_before"] + available - min(left for _, left in samples),
        "quiet": quiet,
        "during": during,
        "runaways": _by_kind(runaways),
    }


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


def _runaway(server: Server, number: int) -> Record:
    """A query of a kind, by client *number*."""
    kind = list(KINDS)[number % len(KINDS)]
    started = time.monotonic()
    query = KINDS[kind].replace("{", f"{{ BIND ('{number}' AS ?sender)", 1)
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
