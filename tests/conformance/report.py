"""What a run found, as an EARL report for machines and as a table for people."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import pyoxigraph as ox

from conformance.known import Difference
from conformance.servers import Server
from conformance.suite import Outcome, Suite

_PREFIXES: Final = {
    "dct": "http://purl.org/dc/terms/",
    "doap": "http://usefulinc.com/ns/doap#",
    "earl": "http://www.w3.org/ns/earl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


@dataclass(frozen=True, slots=True)
class Run:
    """One server's outcomes, with the versions that it says it has."""

    server: Server
    version: str
    outcomes: tuple[Outcome, ...]

    @property
    def passed(self) -> int:
        """How many tests passed."""
        return sum(outcome.passed for outcome in self.outcomes)


def earl(runs: Iterable[Run], day: date) -> str:
    """The outcomes in the Evaluation and Report Language, as Turtle."""
    prefixes = [f"@prefix {name}: <{iri}> ." for name, iri in _PREFIXES.items()]
    return "\n".join([*prefixes, "", *[block for run in runs for block in _assertions(run, day)]])


def _assertions(run: Run, day: date) -> Iterator[str]:
    subject = f"<{run.server.page}>"
    yield (
        f"{subject} a doap:Project, earl:Software, earl:TestSubject ;\n"
        f"    doap:name {ox.Literal(run.server.name)} ;\n"
        f"    doap:release [ doap:revision {ox.Literal(run.version)} ] .\n"
    )
    for outcome in run.outcomes:
        said = f"earl:{'passed' if outcome.passed else 'failed'}"
        info = "" if outcome.failure is None else f" ; earl:info {ox.Literal(outcome.failure)}"
        yield (
            f"[] a earl:Assertion ;\n"
            f"    earl:assertedBy <https://w3id.org/gbagraph> ;\n"
            f"    earl:subject {subject} ;\n"
            f"    earl:test <{outcome.test.iri}> ;\n"
            f"    earl:mode earl:automatic ;\n"
            f"    earl:result [ a earl:TestResult ; earl:outcome {said} ;"
            f' dct:date "{day}"^^xsd:date{info} ] .\n'
        )


def table(runs: Sequence[Run], suite: Suite, known: Sequence[Difference]) -> str:
    """The numbers and the known differences as a Markdown page."""
    parts = [_INTRODUCTION, _numbers(runs, suite), _left_out(suite)]
    if known:
        parts.append(_differences(known))
    return "\n".join(parts)


_INTRODUCTION: Final = """\
# Conformance

The W3C's test suites for SPARQL 1.0, 1.1 and 1.2, run through HTTP. `make conformance` runs them and
writes this page; do not edit it.

Each distinct dataset of the suites gets a server process of its own, started with the data. A result
must have the same terms, blank nodes one to one; numbers of one datatype are the same if their values
are, except where a test asks for their lexical forms. A legal query passes the syntax tests if it is not
refused, an illegal one if it is answered with status 400.
"""


def _numbers(runs: Sequence[Run], suite: Suite) -> str:
    head = ["Tests passed", *(f"{run.server.name} {run.version}" for run in runs)]
    lines = [_line(head), _line(["---", *("---:" for _ in runs)])]
    suites = dict.fromkeys(sorted(test.suite for test in suite.tests))
    lines += [_line([name, *(_share(run, name) for run in runs)]) for name in suites]
    lines.append(_line(["**All**", *(f"**{run.passed}/{len(run.outcomes)}**" for run in runs)]))
    by_value = [sum(outcome.by_value for outcome in run.outcomes) for run in runs]
    lines.append(_line(["of these only by the value of a number", *map(str, by_value)]))
    notes = [f"- {run.server.name}: {run.server.note}" for run in runs]
    return "\n".join([*lines, "", *notes]) + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _share(run: Run, suite: str) -> str:
    count = Counter(outcome.passed for outcome in run.outcomes if outcome.test.suite == suite)
    return f"{count[True]}/{count.total()}" if count else "-"


def _left_out(suite: Suite) -> str:
    listed = ", ".join(f"{count} {reason}" for reason, count in sorted(suite.left_out.items()))
    return (
        f"Not run, because they are about something else than queries: {listed}.\n\n"
        f"The suites are those of w3c/rdf-tests; all their files have the digest "
        f"`{suite.digest[:16]}` (SHA-256).\n"
    )


def _differences(known: Sequence[Difference]) -> str:
    lines = ["## Where gbagraph differs, and why", ""]
    for difference in sorted(known, key=lambda found: -len(found.tests)):
        lines.append(f"- {len(difference.tests)}: {difference.reason}")
        lines += [f"  - <{iri}>" for iri in difference.tests]
    return "\n".join(lines) + "\n"
