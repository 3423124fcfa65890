"""Patterns that do not hang together, or stand in the wrong order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gbagraph.features.diagnostics.finding import Edit, Finding, Repair, Scope, connected
from gbagraph.names.texts import likeness
from gbagraph.sparql.nodes import (
    NAMES,
    Element,
    Exists,
    Filter,
    InGraph,
    Minus,
    Optional,
    SubSelect,
    Term,
    Triple,
    Union,
    groups_in,
    variables,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.features.diagnostics.case import Case


def products(case: Case) -> Iterator[Finding]:
    """Parts of a group that share no variable: each solution of one is joined with each of the other."""
    for scope in case.scopes:
        islands = _islands(scope)
        if len(islands) < 2:
            continue
        many = [island for island in islands if _is_many(case, scope, island)]
        if len(many) < 2 or scope.query.form == "ASK" or _is_meant(case, scope, many):
            continue
        second = many[1][0]
        names = [sorted(NAMES.mentioned(*island))[:3] for island in many[:2]]
        message = (
            "These patterns share no variable with those before ("
            + " / ".join(", ".join(f"?{name}" for name in shown) for shown in names)
            + "), so every solution of the one is combined with every one of the other."
        )
        yield Finding("cross-product", "warning", message, second.start, _joined(case, scope, many))


def _islands(scope: Scope) -> list[list[Element]]:
    """The patterns of a group, those together that share variables, by conditions too."""
    elements = (e for e in scope.group.elements if not isinstance(e, Minus))
    islands = connected(elements, _around(scope))
    patterns = [[e for e in island if not isinstance(e, Filter)] for island in islands]
    return [sorted(island, key=lambda e: e.start) for island in patterns if island]


def _is_meant(case: Case, scope: Scope, islands: list[list[Element]]) -> bool:
    """Whether all pairs are wanted: of the same pattern twice, or computed or subtracted with."""
    shapes = [_shape(case, island) for island in islands]
    if len(set(shapes)) < len(shapes):
        return True
    expressions = [item.expression for item in scope.query.items or ()]
    together = [frozenset(term.value for term in variables(e)) for e in expressions]
    together += [NAMES.mentioned(e) for e in scope.group.elements if isinstance(e, Minus)]
    named = [NAMES.mentioned(*island) for island in islands]
    return any(sum(bool(names & each) for names in named) > 1 for each in together)


def _shape(case: Case, island: Iterable[Element]) -> str:
    """Its patterns without the names of variables."""
    flat = (part for element in island for part in _flat(element))
    return " ".join(sorted(re.sub(r"[?$]\w+", "?", case.of_element(e)) for e in flat))


def _flat(element: Element) -> Iterator[Element]:
    """What a group in a group, or a SELECT in it, is made of."""
    if isinstance(element, SubSelect) or (isinstance(element, Union) and len(element.groups) == 1):
        for group in groups_in(element):
            for inner in group.elements:
                yield from _flat(inner)
    else:
        yield element


def _around(scope: Scope) -> frozenset[str]:
    """The variables of the groups around, with whose solutions those of this one are joined."""
    names = frozenset[str]()
    for group, element in scope.above:
        names |= NAMES.mentioned(*(e for e in group.elements if e is not element))
        names = frozenset() if isinstance(element, SubSelect) else names
    return names


def _is_many(case: Case, scope: Scope, island: list[Element]) -> bool:
    if not any(isinstance(e, Triple | Union | InGraph) for e in island):
        return False
    names = " ".join(f"?{name}" for name in sorted(NAMES.mentioned(*island)))
    return len(case.rows(f"DISTINCT {names}", case.rendered(island, scope), "LIMIT 2")) > 1


def _joined(case: Case, scope: Scope, islands: list[list[Element]]) -> Repair | None:
    """A variable of one part in place of a variable of the other, where that has solutions."""
    first, second = (_used_once(case, island) for island in islands[:2])
    elements = [e for e in scope.group.elements if not isinstance(e, Minus)]
    pairs = [(a, b) for a in first for b in second]
    pairs.sort(key=lambda pair: -likeness(pair[0].value, pair[1].value))
    for one, other in pairs[:12]:
        text = "".join(
            case.of_element(e).replace(other.text, one.text)
            if e in islands[1]
            else case.of_element(e)
            for e in elements
        )
        is_like = likeness(one.value, other.value) >= 0.5
        if (is_like or _is_idle(scope, islands[1], other)) and case.holds(text):
            edits = tuple(
                Edit(word.start, word.end, one.text)
                for word in case.query.words
                if scope.group.start < word.start < scope.group.end
                if word.kind == "variable" and word.text[1:] == other.value
            )
            return Repair(one.text, edits)
    return None


def _is_idle(scope: Scope, island: Iterable[Element], term: Term) -> bool:
    """Whether a variable is a subject that is nowhere asked for."""
    columns = {item.variable.value for item in scope.query.items or () if item.variable}
    subjects = {e.subject.value for e in island if isinstance(e, Triple)}
    return bool(columns) and term.value in subjects - columns


def _used_once(case: Case, island: Iterable[Element]) -> list[Term]:
    terms: dict[str, Term] = {}
    for element in island:
        if isinstance(element, Triple):
            for term in (element.subject, element.object):
                if term.kind == "variable":
                    terms.setdefault(term.value, term)
    return [term for term in terms.values() if term.text in case.query.text]


def offsets(case: Case) -> Iterator[Finding]:
    """An OFFSET that leaves nothing."""
    tree = case.tree
    if not tree.offset or case.is_heavy or case.is_empty or case.first_row() is not None:
        return
    start = case.query.text.upper().rindex("OFFSET")
    end = start + len("OFFSET")
    edit = Edit(start, end + len(str(tree.offset)) + 1, "OFFSET 0")
    yield Finding(
        "offset-too-large",
        "info",
        f"The answer has not more than {tree.offset} rows, so after this OFFSET there are none.",
        start,
        Repair("OFFSET 0", (edit,)),
    )


def optionals(case: Case) -> Iterator[Finding]:
    """An OPTIONAL that stands before the patterns that bind what it shares with them."""
    for scope in () if case.is_heavy else case.scopes:
        before: set[str] = set()
        for index, element in enumerate(scope.group.elements):
            if isinstance(element, Optional):
                after = [
                    e
                    for e in scope.group.elements[index + 1 :]
                    if isinstance(e, Triple | Union | InGraph | SubSelect)
                ]
                own = set(NAMES.visible(element))
                shared = own & set(NAMES.visible(*after)) if after else set()
                is_early = bool(shared) and not shared <= before
                # Only where it would give other solutions at the end.
                if is_early and _count(case, scope, None) != _count(case, scope, index):
                    yield _too_soon(case, scope, index, sorted(shared - before))
            before.update(NAMES.visible(element))


def _count(case: Case, scope: Scope, last: int | None) -> str:
    elements = list(scope.group.elements)
    if last is not None:
        elements.append(elements.pop(last))
    rows = case.rows("(COUNT(*) AS ?__n)", case.rendered(elements, scope))
    return str(rows[0][0]) if rows else ""


def _too_soon(case: Case, scope: Scope, index: int, shared: list[str]) -> Finding:
    element = scope.group.elements[index]
    names = ", ".join(f"?{name}" for name in shared if not name.startswith("_blank_"))
    return Finding(
        "optional-too-early",
        "warning",
        f"This OPTIONAL stands before the patterns that bind {names}: it binds them first, and what it "
        "does not match is lost. An OPTIONAL stands after what it adds to.",
        element.start,
        case.moved(element, scope.group, "the OPTIONAL moved to the end"),
    )


def subtractions(case: Case) -> Iterator[Finding]:
    """A MINUS that can take nothing away."""
    for scope in case.scopes:
        for index, element in enumerate(scope.group.elements):
            if not isinstance(element, Minus):
                continue
            before = set(NAMES.visible(*scope.group.elements[:index]))
            inner = set(NAMES.visible(*element.group.elements))
            if before and not before & inner and element.group.elements:
                takes = case.holds(case.rendered(element.group.elements, scope))
                yield Finding(
                    "minus-without-shared-variable",
                    "warning" if takes else "info",
                    "This MINUS shares no variable with what stands before it, so it takes nothing away "
                    "(SPARQL 1.1, section 8.3.3).",
                    element.start,
                    _shared(case, scope, index, sorted(before), inner),
                )


def exclusions(case: Case) -> Iterator[Finding]:
    """A FILTER EXISTS or NOT EXISTS that asks the same of every solution."""
    for scope in case.scopes:
        for index, element in enumerate(scope.group.elements):
            test = element.expression if isinstance(element, Filter) else None
            if not isinstance(test, Exists) or not test.group.elements:
                continue
            before = set(NAMES.visible(*(e for e in scope.group.elements if e is not element)))
            inner = NAMES.mentioned(*test.group.elements)
            if before and inner and not before & inner:
                what = "NOT EXISTS" if test.is_negated else "EXISTS"
                yield Finding(
                    "exists-without-shared-variable",
                    "warning",
                    f"What stands in this {what} shares no variable with the rest, so it is true of all "
                    "solutions or of none.",
                    element.start,
                    _shared(case, scope, index, sorted(before), inner),
                )


def _shared(
    case: Case, scope: Scope, index: int, before: list[str], inner: Iterable[str]
) -> Repair | None:
    """A variable of MINUS or EXISTS renamed to one of the rest, where that takes something away."""
    minus = scope.group.elements[index]
    elements = [e for e in scope.group.elements if e is not minus]
    group: Any = getattr(minus, "group", None) or getattr(
        getattr(minus, "expression", None), "group", None
    )
    rest = case.rendered(elements, scope)
    pairs = sorted(((a, b) for a in inner for b in before), key=lambda p: (-likeness(*p), p))
    for old, new in pairs[:12]:
        renamed = re.sub(rf"[?$]{old}(?!\w)", f"?{new}", case.written(minus))
        body = re.sub(rf"[?$]{old}(?!\w)", f"?{new}", case.written(group))
        if case.holds(f"{rest} {renamed}") and case.holds(f"{rest} FILTER EXISTS {body}"):
            return Repair(f"?{new}", (case.replaced(minus, renamed),))
    return None
