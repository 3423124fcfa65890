"""Explanations as text for people: a paragraph for each diagnostic, and where the rows went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph.api.explanations import BOUND
from gbagraph.sparql.message import say

if TYPE_CHECKING:
    from gbagraph.api.explanations import Diagnostic, Explanation, Step

_LONGEST: Final = 112
"""Characters of a line on what is left out or kept."""


def text(explanation: Explanation, language: str = "en") -> bytes:
    """Return an explanation for people: a paragraph for each diagnostic, then where the rows went."""
    paragraphs = [paragraph(each, language) for each in explanation]
    none = _NONE_OF_NAMES if explanation.loses else _NONE
    written = "\n\n".join(paragraphs) or none.text(language)
    steps = [
        (f"{'  ' * s.depth}{' '.join(s.text.split())[:72]}", _counts(s, language))
        for s in explanation.steps
    ]
    width = max((len(text) for text, _ in steps), default=0)
    table = ""
    for step, (text, counts) in zip(explanation.steps, steps, strict=True):
        lines = [f"  {text:{width}}  {counts}", *sides(step, language)]
        table += f"\n{'  ' * step.depth}      ".join(lines) + "\n"
    return f"{written}\n{f'{chr(10)}{_WAY.text(language)}{chr(10)}{table}' * bool(table)}".encode()


def _counts(step: Step, language: str) -> str:
    counted = [(number, _COUNTED[name]) for name, number in step.counts.items() if number]
    told = tuple(say("%(number)s %(name)s", number=n, name=name) for n, name in counted)
    more = say("(%(counts)s)", counts=told).text(language)
    before, after = (f"{n:,}{'+' * (n >= BOUND)}" for n in (step.before, step.after))
    # A FILTER is measured on those before it that are counted.
    after += "+" * (step.kind == "filter" and step.after < BOUND <= step.before)
    return f"{before} → {after}{f'  {more}' * bool(counted)}"


def sides(step: Step, language: str = "en") -> list[str]:
    """Return what a step leaves out and what it keeps, a line each, if there is anything to say."""
    left_out, kept = _SIDES.get(step.kind, (say("left out"), say("kept")))
    if step.text == "DISTINCT":
        left_out = say("repeated")
    pairs = (left_out, step.left_out), (kept, step.kept)
    lines = [
        say("%(name)s: %(values)s", name=name, values=tuple(map(str, shares))).text(language)
        for name, shares in pairs
        if shares
    ]
    return [line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…" for line in lines]


def paragraph(row: Diagnostic, language: str = "en") -> str:
    """Return one diagnostic as text."""
    severity = _SEVERITY[row.severity].text(language)
    said = f"{row.line}:{row.column} {severity} {row.code}: {row.message}"
    return f"{said}\n{_REPAIRED.text(language)}\n{row.query.rstrip()}" if row.query else said


_NONE: Final = say("No problems found.")
_NONE_OF_NAMES: Final = say(
    "No mistake of names or of form found. The table says what each step leaves out and keeps."
)
_WAY: Final = say("Where the rows went:")
_REPAIRED: Final = say("Repaired:")
_SEVERITY: Final = {"error": say("error"), "warning": say("warning"), "info": say("info")}
_COUNTED: Final = {
    "unmatched": say("unmatched"),
    "true": say("true"),
    "false": say("false"),
    "error": say("in error"),
    "unbound": say("unbound"),
}
_SIDES: Final = {
    "optional": (_COUNTED["unmatched"], say("kept")),
    "bind": (_COUNTED["unbound"], say("values")),
    "group": (say("left out"), say("groups")),
}
"""What such a step does, which leaves nothing out."""
