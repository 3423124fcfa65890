"""Explanations as text for people: a paragraph for each diagnostic, and where the rows went."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gbagraph.api.explanations import figures
from gbagraph.sparql.message import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.api.explanations import Diagnostic, Explanation, Step

_LONGEST: Final = 112
"""Characters of a line on what is left out or kept."""
_WIDEST: Final = 72
"""Characters of a part of a query."""
_MOST: Final = 3
"""Lines on one side of a step."""
_BETWEEN: Final = ",、"
"""What stands between values."""


def text(explanation: Explanation, language: str = "en") -> bytes:
    """Return an explanation for people: a paragraph for each diagnostic, then where the rows went."""
    first = {
        each.query: each for each in reversed([*explanation])
    }  # a repair of several is told once
    told = (each if first[each.query] is each else replace(each, query="") for each in explanation)
    paragraphs = [paragraph(each, language) for each in told]
    none = _NONE_OF_NAMES if explanation.tells else _NONE
    written = "\n\n".join(paragraphs) or none.text(language)
    numbers = map(" → ".join, figures(explanation.steps))
    steps = [
        (f"{'  ' * s.depth}{_cut(' '.join(s.text.split()), _WIDEST)}", f"{n}{_counts(s, language)}")
        for s, n in zip(explanation.steps, numbers, strict=True)
    ]
    width = max((len(text) for text, _ in steps), default=0)
    table = ""
    for step, (text, counts) in zip(explanation.steps, steps, strict=True):
        lines = [f"  {text:{width}}  {counts}", *sides(step, language)]
        table += f"\n{'  ' * step.depth}      ".join(lines) + "\n"
    return f"{written}\n{f'{chr(10)}{_WAY.text(language)}{chr(10)}{table}' * bool(table)}".encode()


def _counts(step: Step, language: str) -> str:
    """What is counted of a step beside its numbers."""
    counted = [(number, _COUNTED[name]) for name, number in step.counts.items() if number]
    told = tuple(say("%(number)s %(name)s", number=n, name=name) for n, name in counted)
    more = say("(%(counts)s)", counts=told).text(language)
    return f"  {more}" * bool(counted)


def _cut(line: str, most: int, signs: str = " ") -> str:
    """*line* up to its last sign of these within so many characters."""
    if len(line) <= most:
        return line
    at = max(line.rfind(sign, 0, most - 1) for sign in signs)
    return f"{line[: at if at > most // 2 else most - 1].rstrip()} …"


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
    return [part for line in lines for part in _wrapped(line)]


def _wrapped(line: str) -> Iterator[str]:
    """Parts of a line, each short, the last of which may be cut."""
    for _ in range(_MOST - 1):
        at = max(line.rfind(sign, 0, _LONGEST) for sign in _BETWEEN) + 1
        if len(line) > _LONGEST and at > _LONGEST // 2:
            yield line[:at]
            line = f"  {line[at:].lstrip()}"
    yield _cut(line, _LONGEST, _BETWEEN)


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
