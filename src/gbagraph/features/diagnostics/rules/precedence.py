"""Conditions that are joined otherwise than they read: && before ||."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.finding import Finding
from gbagraph.features.diagnostics.rules.conditions import AND, joined
from gbagraph.sparql.message import say
from gbagraph.sparql.nodes import Call, Filter, parts, variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.sparql.nodes import Expression


def mixed(case: Case) -> Iterator[Finding]:
    """Alternatives of one variable, of which only the last or the first is joined with a condition."""
    for scope in () if case.is_heavy else case.scopes:
        for element in (each for each in scope.group.elements if isinstance(each, Filter)):
            for part in parts(element.expression):
                read = _as_read(case, part)
                if read is None:
                    continue
                rest = case.rendered(each for each in scope.group.elements if each is not element)
                some = f"{{ SELECT * {{ {scope.around(rest)} }} LIMIT {ROWS} }}"
                text, start = case.written(element.expression), element.expression.start
                other = text[: part.start - start] + read + text[part.end - start :]
                sums = (f"(SUM(IF(COALESCE({t}, false), 1, 0)) AS ?__{i})"
                        for i, t in enumerate((text, other)))  # fmt: skip
                rows = case.rows(f"(COUNT(*) AS ?__all) {' '.join(sums)}", some)
                total, kept, fewer = (int(each.value) for each in rows[0]) if rows else (0, 0, 0)
                if 0 < fewer < kept:
                    said = say(
                        "&& is joined before ||, so this keeps %(kept)s of %(all)s solutions; %(other)s "
                        "keeps %(fewer)s.", kept=kept, all=total, fewer=fewer, other=read,
                    )  # fmt: skip
                    yield Finding("asked-in-part", "info", said, part.start)


def _as_read(case: Case, part: Expression) -> str | None:
    """A condition with its alternatives in parentheses, where these are of one variable, and apart."""
    if not isinstance(part, Call) or part.name != "||":
        return None
    sides = joined(part, frozenset({"||"}))
    chains = [joined(side, AND) if _is_bare(case, side) else [side] for side in sides]
    alone = {names for (one, *more) in chains if not more for names in [_names(one)]}
    ends = [_names(chain[end]) for chain, end in ((chains[0], -1), (chains[-1], 0)) if chain[1:]]
    if len(alone) != 1 or not {*ends} <= alone or sum(len(c) > 1 for c in chains) != 1 or not ends:
        return None
    (first, *_), (*_, last) = chains[0], chains[-1]
    is_last = bool(chains[-1][1:])
    one = last if is_last else first
    if _names(one) in alone:
        return None
    text, chain = case.query.text, chains[-1] if is_last else chains[0]
    if is_last:
        return f"({text[part.start : chain[0].end]}){text[chain[0].end : part.end]}"
    return f"{text[part.start : chain[-1].start]}({text[chain[-1].start : part.end]})"


def _is_bare(case: Case, side: Expression) -> bool:
    """Whether no parentheses are around a condition."""
    before, after = case.query.text[: side.start].rstrip(), case.query.text[side.end :].lstrip()
    return before[-1:] != "(" or after[:1] != ")"


def _names(part: Expression) -> frozenset[str]:
    return frozenset(term.value for term in variables(part))
