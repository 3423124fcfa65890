"""``python -m bench``: measure, and write reports/benchmarks.md."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench import (
    former,
    graphs,
    joins,
    machine,
    pages,
    records,
    report,
    scaling,
    scan,
    servers,
    start,
    storm,
    throughput,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_DEFAULT: Final = "start,pages,storm,scan,joins,throughput"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parts = ",".join(report.PARTS)
    parser.add_argument("--parts", default=_DEFAULT, help=f"of {parts}; report writes only")
    sizes = ",".join(servers.SMALL)
    parser.add_argument("--sizes", default=sizes, help=f"of {','.join(graphs.SIZES)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="of each throughput point")
    parser.add_argument(
        "--wait", type=float, default=300, help="seconds for the load to fall below 0.7"
    )
    parser.add_argument("--page", type=Path, default=report.PAGE, help="the page to write")
    return parser.parse_args()


def _log(line: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {line}\n")


def _jobs(given: argparse.Namespace) -> dict[str, Callable[[], None]]:
    sizes = given.sizes.split(",")
    keep, rounds = records.keep, given.rounds
    return {
        "start": lambda: keep("start", start.run(sizes, rounds, _log), sizes),
        "throughput": lambda: [
            keep("throughput", throughput.run([size], rounds, given.seconds, _log), [size])
            for size in sizes
        ][-1],
        "joins": lambda: keep("joins", joins.run(rounds, given.seconds, _log)),
        "scan": lambda: keep("scan", scan.run(rounds, _log)),
        "pages": lambda: keep("pages", pages.run(rounds, 3 * given.seconds, _log)),
        "storm": lambda: keep("storm", storm.run(_log)),
        "scaling": lambda: keep("scaling", scaling.run(rounds, given.seconds, _log)),
        "report": lambda: None,
    }


def main() -> None:
    """Run the given parts, and write the report of all that were run with this version."""
    given = _arguments()
    jobs, parts = _jobs(given), given.parts.split(",")
    if parts != ["report"] and (why := former.built().why):
        _log(f"without {servers.FORMER}: {why}")
    load = machine.wait_until_quiet(given.wait if parts != ["report"] else 0, _log)
    for part in parts:
        if part != "report":
            records.keep(f"{part}-machine", [machine.description(load)])
        jobs[part]()
    report.write(given.page)
    _log(f"wrote {given.page}")


if __name__ == "__main__":
    main()
