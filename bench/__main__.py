"""``python -m bench``: measure, and write docs/benchmarks.md with its plots."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, Final

from bench import (
    disk,
    explaining,
    graphs,
    joins,
    machine,
    mechanisms,
    pages,
    records,
    report,
    scaling,
    scan,
    start,
    storm,
    throughput,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_DEFAULT: Final = "start,explain,pages,storm,scan,joins,throughput"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "--parts", default=_DEFAULT, help=f"of {','.join(report.PARTS)}; report writes only"
    )
    parser.add_argument("--sizes", default=",".join(graphs.SIZES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="of each throughput point")
    parser.add_argument("--soak-seconds", type=float, default=600)
    parser.add_argument(
        "--wait", type=float, default=300, help="seconds for the load to fall below 0.7"
    )
    return parser.parse_args()


def _log(line: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {line}\n")


def _jobs(given: argparse.Namespace) -> dict[str, Callable[[], None]]:
    sizes = given.sizes.split(",")
    scanned = next((size for size in ("1m", "10k") if size in sizes), "own")
    keep, rounds = records.keep, given.rounds
    return {
        "start": lambda: keep("start", start.run(sizes, rounds, _log), sizes),
        "throughput": lambda: [
            keep("throughput", throughput.run([size], rounds, int(given.seconds), _log), [size])
            for size in sizes
        ][-1],
        "joins": lambda: keep("joins", joins.run(rounds, given.seconds, _log)),
        "scan": lambda: keep("scan", scan.run(scanned, rounds, _log)),
        "explain": lambda: keep("explain", explaining.run(rounds, _log)),
        "pages": lambda: keep("pages", pages.run(rounds, 5 * given.seconds, _log)),
        "storm": lambda: keep("storm", storm.run(_log)),
        "scaling": lambda: keep("scaling", scaling.run(rounds, given.seconds, _log)),
        "disk": lambda: keep("disk", disk.run(sizes, rounds, _log), sizes),
        "soak": lambda: keep("soak", storm.soak(given.soak_seconds, _log)),
        "mechanisms": lambda: keep("mechanisms", mechanisms.run(rounds, given.seconds, _log)),
        "report": lambda: None,
    }


def main() -> None:
    """Run the given parts, and write the report of all that were ever run."""
    given = _arguments()
    jobs, parts = _jobs(given), given.parts.split(",")
    load = machine.wait_until_quiet(given.wait if parts != ["report"] else 0, _log)
    for part in parts:
        if part != "report":
            records.keep(f"{part}-machine", [machine.description(load)])
        jobs[part]()
    report.write()
    _log("wrote docs/benchmarks.md")


if __name__ == "__main__":
    main()
