"""``python -m conformance``: run the suites, report, and fail if the run contradicts known.toml."""

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from conformance import known, report, servers
from conformance.run import run
from conformance.suite import DESCRIPTION, PROTOCOL, Suite, Test, collect, root


def main() -> int:
    """Exit code 0: as known; 1: something is not; 2: the run could not be made."""
    options = _options()
    try:
        folder = root()
    except FileNotFoundError as problem:
        return _say(str(problem), 2)
    if folder is None:
        return _say("The suites are not here. Name their folder by W3C_TESTS.", 2)
    if wanting := [gap for name in options.server if (gap := servers.known()[name].missing())]:
        return _say(f"Not installed: {', '.join(wanting)}.", 2)
    suite = collect(folder)
    runs, faults = [], []
    for name in options.server:
        made = _run(servers.known()[name], suite, folder, options)
        runs.append(made)
        faults += _faults(made, suite, list_all=options.failures)
    _write(options, runs, suite)
    return 1 if faults else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m conformance", description=__doc__)
    names = list(servers.known())
    parser.add_argument("--server", action="append", choices=names, help="repeatable: gbagraph")
    parser.add_argument("--processes", type=int, default=2, help="servers at a time")
    parser.add_argument("--only", default="", help="tests whose IRI or suite contains this")
    parser.add_argument("--failures", action="store_true", help="list the known failures too")
    parser.add_argument("--earl", type=Path, help="write an EARL report in Turtle there")
    parser.add_argument("--table", type=Path, help="write a table in Markdown there")
    options = parser.parse_args()
    options.server = options.server or ["gbagraph"]
    return options


def _run(
    server: servers.Server, suite: Suite, folder: Path, options: argparse.Namespace
) -> report.Run:
    tests = [
        test
        for test in suite.tests
        if (options.only in test.iri or options.only in test.suite) and _applies(server, test)
    ]
    started = time.monotonic()
    outcomes = run(server, tests, folder, options.processes)
    made = report.Run(server, server.versions(), tuple(outcomes))
    seconds = time.monotonic() - started
    _say(f"{server.name} {made.version}: {made.passed}/{len(outcomes)} in {seconds:.0f} s")
    return made


def _applies(server: servers.Server, test: Test) -> bool:
    return server.keeps_protocol or test.kind not in (PROTOCOL, DESCRIPTION)


def _faults(made: report.Run, suite: Suite, *, list_all: bool) -> list[str]:
    """What contradicts known.toml; of a server about which that says nothing, nothing does."""
    differences = known.differences(made.server.name)
    if list_all:
        for outcome in made.outcomes:
            if not outcome.passed:
                _say(f"  {outcome.test.iri}: {outcome.failure}")
    if differences is None:
        return []
    found = known.listing_faults(differences, suite.tests)
    found += known.faults(made.outcomes, differences)
    for fault in found:
        _say(f"  {fault}")
    return found


def _write(options: argparse.Namespace, runs: list[report.Run], suite: Suite) -> None:
    if options.earl:
        options.earl.write_text(report.earl(runs, datetime.now(UTC).date()), "utf-8")
    if options.table:
        options.table.write_text(
            report.table(runs, suite, known.differences("gbagraph") or []), "utf-8"
        )


def _say(text: str, code: int = 0) -> int:
    sys.stderr.write(f"{text}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
