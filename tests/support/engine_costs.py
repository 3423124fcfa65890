"""What the canned queries cost over Comunica, one Oxigraph server, and embedded.

``PYTHONPATH=tests python -m support.engine_costs`` writes the table in the report anew.
"""

import contextlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx

from gbagraph.dataset.loader import load
from gbagraph.features.remote.publishing import Publishing, Target
from gbagraph.queries.catalog import local_queries
from support import ROOT, RunningServer, descendants, eventually, processes
from support.behind import LONG_LIMIT, START, behind, difference, over_oxigraph, response
from support.oxigraph import Oxigraph

REPORT = ROOT / "reports" / "engines-behind.md"
_NOTHING = {"query": "SELECT * { VALUES ?x { 1 } }"}
_TICKS = os.sysconf("SC_CLK_TCK")
_HEAD = """\
| Query | Comunica | requests | s | CPU s | Oxigraph: s | CPU s | embedded: s | CPU s |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""


def processor(started: set[int]) -> float:
    """Seconds of processor that *started* and what they started have had, with those they waited for."""
    total = 0
    for pid in started.union(*map(descendants, started)):
        with contextlib.suppress(OSError):  # it ended just now
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))
    return total / _TICKS


def requests(url: str) -> int:
    """How many requests the only worker of the Comunica at *url* has sent since it began."""
    told: list[str] = []

    def tells() -> bool:
        # A worker that failed is started anew, which takes half a minute.
        with contextlib.suppress(httpx.TransportError):
            headers = {"Accept": "application/sparql-results+json"}
            text = httpx.post(url, data=_NOTHING, headers=headers, timeout=60).text
            told.extend(re.findall(r'"httpRequests": (\d+)', text))
        return bool(told)

    assert eventually(tells, START)
    return int(told[-1])


class Measured:
    """A server, and all processes that work for it."""

    def __init__(self, running: ExitStack, server: RunningServer, before: set[int]) -> None:
        self.server = running.enter_context(server)
        self.started = processes.started() - before

    def ask(self, name: str) -> tuple[httpx.Response, float, float]:
        """The answer to the canned query *name*, its seconds, and those of the processor."""
        begun, had = time.monotonic(), processor(self.started)
        answer = response(name, self.server)
        return answer, time.monotonic() - begun, processor(self.started) - had


def rows() -> Iterator[str]:
    """A line of the table for each query."""
    dataset = load()[0]
    with ExitStack() as running, tempfile.TemporaryDirectory() as folder:
        embedded = Measured(running, RunningServer(start=START), processes.started())
        before = processes.started()
        one = running.enter_context(Oxigraph(Path(folder) / "one"))
        with Target(one.url, one.store, one.update) as target:
            Publishing(dataset, target).run()
        oxigraph = Measured(running, behind(one.url), before)
        before = processes.started()
        url = running.enter_context(over_oxigraph(dataset, Path(folder), workers=1))
        comunica = Measured(running, behind(url, limit=LONG_LIMIT), before)
        for name in local_queries():
            yield row(name, url, comunica, oxigraph, embedded)


def row(name: str, url: str, comunica: Measured, *others: Measured) -> str:
    """What a query came to, and what it cost, on each."""
    sent = requests(url)
    there, *cost = comunica.ask(name)
    found = [each.ask(name) for each in others]
    outcome = difference(there, found[-1][0]) or "right"
    # A worker that was started anew has begun to count again.
    sent = requests(url) - sent
    number = f"{sent:,}" if sent >= 0 else "?"
    costs = " | ".join(
        f"{each:.2f}" for each in (*cost, *(one for _, *two in found for one in two))
    )
    return f"| `{name}` | {outcome} | {number} | {costs} |\n"


def main() -> None:
    """Write the table."""
    before, _, rest = REPORT.read_text().partition("<!-- costs -->\n")
    after = rest.partition("<!-- /costs -->")[2]
    table = _HEAD + "".join(rows())
    REPORT.write_text(f"{before}<!-- costs -->\n{table}<!-- /costs -->{after}")


if __name__ == "__main__":
    main()
