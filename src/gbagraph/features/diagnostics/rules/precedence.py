"""Conditions that mean something else than they read: && before ||, and texts that are true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.finding import Finding, instead
from gbagraph.features.diagnostics.rules.conditions import AND, joined
from gbagraph.features.diagnostics.rules.samples import shown
from gbagraph.features.diagnostics.schema import STRING, kind_of
from gbagraph.sparql.message import say
from gbagraph.sparql.nodes import Call, Filter, Term, parts, variables

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


def truths(case: Case) -> Iterator[Finding]:
    """A text that stands for a condition: it is true unless it is empty, also where it says false."""
    for scope in () if case.is_heavy else case.scopes:
        for element in (each for each in scope.group.elements if isinstance(each, Filter)):
            for part in joined(element.expression, frozenset({"&&", "||", "!"})):
                if not isinstance(part, Term) or not part.is_free:
                    continue
                values = [v for v in case.values(part.value, scope) if kind_of(v) == STRING]
                false = [value for value in values if value.value.lower() in _FALSE]
                if false:
                    said = say(
                        "A text is true here unless it is empty, so %(values)s is, too.",
                        values=shown(case, false),
                    )
                    true = [v.value for v in values if v.value.lower() in _FALSE.values()]
                    text = f'{part.text} = "{true[0]}"' if len(true) == 1 else ""
                    repair = instead(part, text if element.expression is part else f"({text})")
                    found = repair if text else None
                    yield Finding("filter-always-true", "warning", said, part.start, found)


_FALSE: Final = {"false": "true", "no": "yes", "0": "1", "n": "y", "f": "t"}
"""Texts that say that something is not so, and those that say the reverse."""


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
