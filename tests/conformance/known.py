"""The differences that are known, with their reasons, and what a run found beyond them."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.suite import Outcome, Test

_FILE: Final = Path(__file__).with_name("known.toml")


@dataclass(frozen=True, slots=True)
class Difference:
    """Tests that fail for one reason, on the servers that it holds for."""

    reason: str
    servers: frozenset[str]
    tests: tuple[str, ...]


def differences(server: str) -> list[Difference] | None:
    """What is known of a server; None if nothing is claimed about it."""
    rows = tomllib.loads(_FILE.read_text("utf-8"))["difference"]
    found = [
        Difference(row["reason"], frozenset(row["servers"]), tuple(row["tests"])) for row in rows
    ]
    return [difference for difference in found if server in difference.servers] or None


def listing_faults(known: Sequence[Difference], every: Iterable[Test]) -> list[str]:
    """What is wrong with the list itself: names that are listed twice, or of no test."""
    listed = Counter(iri for difference in known for iri in difference.tests)
    found = [f"{iri} is listed twice" for iri, count in listed.items() if count > 1]
    tests = {test.iri for test in every}
    return found + [f"{iri} is listed, but is no test" for iri in listed if iri not in tests]


def faults(outcomes: Iterable[Outcome], known: Sequence[Difference]) -> list[str]:
    """What a run contradicts: failures that are not known, and passes of tests that should fail."""
    expected = {iri for difference in known for iri in difference.tests}
    found = []
    for outcome in outcomes:
        if outcome.passed and outcome.test.iri in expected:
            found.append(f"{outcome.test.iri} passes: take it off the list of known differences")
        elif not outcome.passed and outcome.test.iri not in expected:
            found.append(f"{outcome.test.iri} ({outcome.test.name}) fails: {outcome.failure}")
    return found
