"""Checks a project: whether its claims are those of its text, fit together, and are what is published.

A project tests itself in a line::

    def test_the_claims():
        check_claims()
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gbagraph.features.claims import identifying
from gbagraph.features.claims.building import built
from gbagraph.features.claims.model import Fault
from gbagraph.features.claims.project import load
from gbagraph.features.claims.rules import graph, quantities, telling, words
from gbagraph.features.claims.rules.case import Case, has_note
from gbagraph.settings import FILE, Settings
from gbagraph.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gbagraph.features.claims.model import Claim
    from gbagraph.features.claims.project import Project

OF_CLAIMS: Final[dict[str, Callable[[Case, Claim], Iterator[str]]]] = {
    "bound": quantities.bound,
    "date": telling.date,
    "future": telling.future,
    "label": telling.label,
    "list": telling.part,
    "number": quantities.number,
    "reason": telling.reason,
    "twice": telling.twice,
    "unit": quantities.unit,
}
"""The rules on what a claim says, by the names that ``fine`` takes."""
_OF_PROJECTS: Final = (words.changed, graph.contradictions, graph.by_shapes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was checked and what is wrong, in the order of the files and lines.

    ``by_words`` are the claims whose words were found in the text, ``of_others`` those on other sources.
    """

    faults: tuple[Fault, ...] = ()
    claims: int = 0
    by_words: int = 0
    inferred: int = 0
    worded: int = 0
    of_others: int = 0

    @property
    def is_sound(self) -> bool:
        """Whether at least one claim was found in the text, and nothing is wrong."""
        return self.by_words > 0 and not self.faults

    def __str__(self) -> str:
        """The counts, in one line."""
        return (
            f"{counted(self.claims, 'claim')}: {self.claims - self.inferred - self.worded} stated, "
            f"{self.inferred} inferred, {self.worded} worded. "
            f"Of these {self.by_words} checked by words, {self.of_others} of other sources; "
            f"{counted(len(self.faults), 'finding')}."
        )


def annotation(fault: Fault) -> str:
    """Return a fault as a workflow command of GitHub, which shows it beside its line."""
    path = os.path.relpath(fault.place.file, os.environ.get("GITHUB_WORKSPACE"))
    file, rule = (
        escaped.replace(":", "%3A").replace(",", "%2C")
        for escaped in map(_escaped, (path, fault.rule))
    )
    return f"::error file={file},line={fault.place.line},title={rule}::{_escaped(fault.message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def check_claims(file: str | Path = FILE) -> Report:
    """Return how many claims were checked of the project whose file of settings this is.

    Raises:
        AssertionError: something is wrong with the claims, or none was found in the text.
        GbaGraphError: as :func:`check`; or a setting is wrong.
    """
    from gbagraph.cli.project import read  # noqa: PLC0415  it imports the command line

    report = check(load(Settings.from_values(read(Path(file)))))
    if not report.is_sound:
        raise AssertionError("\n".join(map(str, (*report.faults, report))))
    return report


def check(project: Project) -> Report:
    """Return what is wrong with the claims of *project*, and how many were checked.

    Whatever stops a check is raised, so that nothing passes that was not checked.

    Raises:
        GbaGraphError: a file cannot be read, or an extra that the project's shapes need is not there.
    """
    case = Case(project)
    table = project.identifiers
    faults = {*project.faults, *(identifying.read(table)[1] if table else ())}
    missing = {fault for claim in project.claims for fault in words.wrong(case, claim)}
    faults |= missing | {*_said(case)}
    for rule in _OF_PROJECTS:
        faults |= {*rule(case)}
    if not missing:  # with which nothing can be built
        faults |= {*graph.differing(case, built(project))}
    basis = [each.basis for each in project.claims]
    return Report(
        faults=tuple(sorted(faults)),
        claims=len(basis),
        by_words=sum(each.basis != "worded" and bool(case.spots(each)) for each in project.claims),
        inferred=basis.count("inferred"),
        worded=basis.count("worded"),
        of_others=sum(case.is_of_others(each) for each in project.claims),
    )


def of_claim(case: Case, claim: Claim) -> Iterator[Fault]:
    """Yield what is wrong with what a claim says, but for the rules that its note says are met."""
    for name, rule in OF_CLAIMS.items():
        if name not in claim.fine:
            yield from (Fault(claim.place, name, message) for message in rule(case, claim))


def _said(case: Case) -> Iterator[Fault]:
    """Yield what is wrong with what the claims say, but for the rules that their notes say are met."""
    met = {
        (*claim.place[:2], name)
        for claim in case.project.claims
        for name in OF_CLAIMS.keys() & {*claim.fine}
        if any(OF_CLAIMS[name](case, claim))
    }
    for claim in case.project.claims:
        if any(rest.passage in words.moved(case) for rest in claim.rests):
            continue  # as it would be read against another passage
        for name in claim.fine:
            if name not in OF_CLAIMS:
                near = difflib.get_close_matches(name, OF_CLAIMS, n=1) or OF_CLAIMS
                message = f"There is no rule {name!r}. Write {' or '.join(near)}."
                yield Fault(claim.place, "unknown-rule", message)
            elif (*claim.place[:2], name) not in met:
                message = f"The rule {name} finds nothing here. Take it away."
                yield Fault(claim.place, "fine", message)
        yield from of_claim(case, claim)
        if claim.fine and not has_note(claim):
            yield Fault(
                claim.place, "fine", "fine needs a note that says why. Write it behind a bar."
            )
