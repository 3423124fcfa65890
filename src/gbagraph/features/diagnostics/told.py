"""Explanations as text for people: a paragraph for each diagnostic, and where the rows went."""

from __future__ import annotations

from dataclasses import replace
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from gbagraph.api.explanations import Share, figures
from gbagraph.features.diagnostics.worded import BESIDE
from gbagraph.sparql.message import between, say

if TYPE_CHECKING:
    from gbagraph.api.explanations import Diagnostic, Explanation, Step

_LONGEST: Final = 112
"""Characters of a line on what is left out or kept."""
_WIDEST: Final = 72
"""Characters of a part of a query."""
_MOST: Final = 3
"""Lines on one side of a step."""


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
        (_written(s), f"{n}{_counts(s, language)}")
        for s, n in zip(explanation.steps, numbers, strict=True)
    ]
    width = max((len(text) for (text, *_), _ in steps), default=0)
    table = ""
    for step, ((text, *more), counts) in zip(explanation.steps, steps, strict=True):
        lines = [f"  {text:{width}}  {counts}", *more, *sides(step, language)]
        table += f"\n{'  ' * step.depth}      ".join(lines) + "\n"
    table += f"  {_CUT.text(language)}\n" * (bool(table) and explanation.is_cut)
    return f"{written}\n{f'{chr(10)}{_WAY.text(language)}{chr(10)}{table}' * bool(table)}".encode()


def _counts(step: Step, language: str) -> str:
    """What is counted of a step beside its numbers."""
    counted = [(number, _COUNTED[name]) for name, number in step.counts.items() if number]
    told = tuple(say("%(number)s %(name)s", number=n, name=name) for n, name in counted)
    more = say("(%(counts)s)", counts=told).text(language)
    return f"  {more}" * bool(counted)


def _written(step: Step) -> list[str]:
    """A part of a query in a few short lines, with both its ends."""
    first, *more = wrap(" ".join(step.text.split()), _WIDEST - 2 * step.depth)
    more = more if len(more) < _MOST else [f"{more[0]} …", more[-1]]
    return [f"{'  ' * step.depth}{first}", *more]


def _cut(line: str, most: int) -> str:
    """*line* up to its last sign between two values within so many characters."""
    if len(line) <= most:
        return line
    at = line.rfind(BESIDE, 0, most - 1)
    return f"{line[: at if at > most // 2 else most - 1].rstrip()}{BESIDE}…"


def sides(step: Step, language: str = "en") -> list[str]:
    """Return what a step leaves out and what it keeps, a line each, if there is anything to say."""
    left_out, kept = _SIDES.get(step.kind, (say("left out"), say("kept")))
    sign, lines = between(language), list[str]()
    for name, shares in (left_out, step.left_out), (kept, step.kept):
        start = say("%(name)s: %(values)s", name=name, values=()).text(language)
        lines += _wrapped(start, shares, sign) if shares else []
    return lines


def _wrapped(start: str, shares: tuple[Share, ...], sign: str) -> list[str]:
    """Values in a few short lines, which end between two of them; the rest is a number."""
    lines = [start]
    for share in shares:
        text = _cut(str(share), _LONGEST - len(start))
        if lines[-1] != start:
            lines[-1] += sign
            if len(lines[-1]) + len(text) > _LONGEST:
                lines.append("  ")
        lines[-1] += text
    if len(lines) > _MOST:
        rest = Share("…", sum(share.solutions for share in shares[-2:]))
        return _wrapped(start, (*shares[:-2], rest), sign)
    return [line.rstrip() for line in lines]


def paragraph(row: Diagnostic, language: str = "en") -> str:
    """Return one diagnostic as text."""
    severity = _SEVERITY[row.severity].text(language)
    said = f"{row.line}:{row.column} {severity} {row.code}: {row.message}"
    return f"{said}\n{_REPAIRED.text(language)}\n{row.query.rstrip()}" if row.query else said


_NONE: Final = say("No problems found.")
_NONE_OF_NAMES: Final = say(
    "Nothing wrong was found in names or form. "
    "Check below that each step keeps and leaves out what you mean."
)
_CUT: Final = say("What is not shown here was not measured: it takes too long.")
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
