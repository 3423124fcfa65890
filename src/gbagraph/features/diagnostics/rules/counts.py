"""What is counted though it should not be: rows of one thing, inferred rows, open lists, plans."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.dataset.identity import INFERRED
from gbagraph.features.diagnostics.columns import (
    Column,
    grouping,
    is_called,
    is_grouped_by,
    names_shown,
    place_of,
    split_by,
)
from gbagraph.features.diagnostics.finding import Finding, Repair, ends, instead, last_property
from gbagraph.features.diagnostics.schema import FUTURE
from gbagraph.names.texts import local_name, words
from gbagraph.sparql.nodes import Element, Term, Triple, variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.schema import Role


def open_lists(case: Case, column: Column) -> Iterator[Finding]:
    """The things counted are the named ones of a list that is open."""
    name = column.item.variable if column.item is not None else None
    if name is not None and "least" in words(name.value):
        return
    for element in column.query.where.elements:
        meant = ends(element) if isinstance(element, Triple) else None
        if meant is None:
            continue
        for owner, property_, value in _both_ways(case, meant):
            counted = column.variable in ("", value.value)
            listing = _open(case, column, owner, property_) if counted and value.is_free else None
            if listing is not None:
                subject = owner.text if owner.kind == "iri" else case.named(listing.value)
                yield Finding(
                    "open-list-counted",
                    "warning",
                    f"The list of {case.named(property_)} of {subject} is open: the data names some of "
                    "them, so the count is the least there can be.",
                    place_of(column),
                    _at_least(case, column),
                )
                return


def _both_ways(case: Case, found: tuple[Term, str, Term]) -> Iterator[tuple[Term, str, Term]]:
    subject, property_, value = found
    yield found
    for inverse in case.schema.inverses(property_):
        yield value, inverse, subject


def _open(case: Case, column: Column, owner: Term, property_: str) -> ox.NamedNode | None:
    for listing in case.schema.with_role("listing"):
        for pattern in (
            f"{owner.text} <{listing}> <{property_}>",
            f"{owner.text} <{listing}> ?__list",
        ):
            name = owner.text if owner.is_free else "?__list"
            rows = case.rows(f"{name} ?__list", f"{column.pattern} {pattern}", "LIMIT 20")
            for row in rows:
                if pattern.endswith(">") and (owner.kind == "iri" or row[0] is not None):
                    return row[0] if isinstance(row[0], ox.NamedNode) else ox.NamedNode(property_)
                if row["__list"] is not None and is_called(row["__list"], frozenset({"open"})):
                    return row[0] if isinstance(row[0], ox.NamedNode) else None
        if owner.kind == "iri" and case.holds(f"{owner.text} <{listing}> <{property_}>"):
            return ox.NamedNode(owner.value)
    return None


def _at_least(case: Case, column: Column) -> Repair | None:
    item = column.item
    if item is None or item.variable is None or item.expression is not column.aggregate:
        return None
    name = case.fresh(f"{item.variable.value}AtLeast")
    edits = (
        case.replaced(term, name)
        for expression in (*column.query.order, *column.query.having)
        for term in variables(expression)
        if term.value == item.variable.value
    )
    return instead(item.variable, name, *edits)


def repeated_things(case: Case, column: Column) -> Iterator[Finding]:
    """COUNT of a variable that is the same in several solutions."""
    if column.aggregate.is_distinct:
        return
    name = column.variable
    inferred = list(_inferred_rows(case, column))
    yield from inferred or (() if name else _by_language(case, column))
    if not name or inferred:
        return
    grouped = grouping(column)
    rows = case.rows(
        f"(COUNT(?{name}) AS ?__n) (COUNT(DISTINCT ?{name}) AS ?__d)",
        column.pattern,
        f"{grouped} HAVING (COUNT(?{name}) > COUNT(DISTINCT ?{name})) LIMIT 1",
    )
    if not rows:
        return
    has_several = any(
        isinstance(e, Triple)
        and e.subject.value == name
        and e.object.is_free
        and isinstance(e.path, Term)
        and e.path.kind == "iri"
        for e in column.query.where.elements
    )
    argument = column.aggregate.argument
    text = f"DISTINCT ?{name}"
    edits = (case.replaced(argument, text),) if argument is not None else ()
    yield Finding(
        "rows-multiplied",
        "warning" if has_several else "info",
        f"COUNT(?{name}) counts solutions: {rows[0][0].value} where ?{name} has {rows[0][1].value} "
        "values, since other parts of the pattern have several matches for one of them.",
        place_of(column),
        Repair(f"COUNT({text})", edits),
    )


def _by_language(case: Case, column: Column) -> Iterator[Finding]:
    """COUNT(*) of a thing with a name that is nowhere asked for, and is there in several languages."""
    for element in column.query.where.elements:
        if not isinstance(element, Triple) or element.object.kind != "variable":
            continue
        text, property_ = element.object.text, last_property(element)
        is_idle = len(re.findall(rf"[?$]{element.object.value}\b", case.query.text)) == 1
        if not is_idle or property_ is None or len(case.schema.use(property_).languages) < 2:
            continue
        subject = element.subject.text
        rows = case.rows(f"(COUNT(*) AS ?__n) (COUNT(DISTINCT {subject}) AS ?__d)", column.pattern)
        if element.subject.kind == "variable" and rows and rows[0][0] != rows[0][1]:
            distinct = f"COUNT(DISTINCT {subject})"
            yield Finding(
                "rows-multiplied",
                "warning",
                f"COUNT(*) counts solutions: {rows[0][0].value} where {subject} has {rows[0][1].value} "
                f"values, since {text} has one in each language.",
                place_of(column),
                instead(column.aggregate, distinct),
            )


def _inferred_rows(case: Case, column: Column) -> Iterator[Finding]:
    """With a variable property, what follows from a triple is counted beside it."""
    for element in column.query.where.elements:
        if (
            not isinstance(element, Triple)
            or not isinstance(element.path, Term)
            or element.path.kind != "variable"
        ):
            continue
        if column.variable not in ("", element.path.value, element.object.value):
            continue
        own = case.of_element(element)
        rows = case.rows(
            "(COUNT(*) AS ?__n)", f"{column.pattern} GRAPH <{INFERRED.value}> {{ {own} }}"
        )
        if rows and int(rows[0][0].value) > 0:
            condition = f"FILTER NOT EXISTS {{ GRAPH <{INFERRED.value}> {{ {own} }} }}"
            yield Finding(
                "inferred-counted",
                "warning",
                f"{rows[0][0].value} of the solutions follow by the ontology from others that are "
                "counted, too. Leave them out with infer=false, or with the condition below.",
                place_of(column),
                Repair(condition, (case.appended(column.query.where, condition),)),
            )
            return


def planned_counted(case: Case, column: Column) -> Iterator[Finding]:
    """Some of what is counted or added up has not happened yet."""
    roles: Iterable[str] = case.schema.special(case.schema.with_role("status"))
    mentioned = {
        case.schema.has_role(p, _STATUS)
        for e in column.query.where.elements
        if isinstance(e, Triple)
        for p in [last_property(e) or ""]
        if p
    }
    if True in mentioned:
        return
    for variable in _things(column):
        for role in roles:
            if is_grouped_by(case, column, role):
                return
            name = case.fresh(local_name(role))
            select = f"{name} (COUNT(DISTINCT ?{variable}) AS ?__n)"
            rows = case.rows(
                select, f"{column.pattern} ?{variable} <{role}> {name} .", f"GROUP BY {name}"
            )
            planned = [row for row in rows if row[0] is not None and is_called(row[0], FUTURE)]
            if not planned:
                continue
            total = case.rows(f"(COUNT(DISTINCT ?{variable}) AS ?__n)", column.pattern)
            count = sum(int(row[1].value) for row in planned)
            optional = f"OPTIONAL {{ ?{variable} {case.short(role)} {name} . }}"
            yield Finding(
                "planned-counted",
                "warning",
                f"{count} of {total[0][0].value} ?{variable} in {column.aggregate.name} are "
                f"{names_shown(case, (row[0] for row in planned))} and may not exist yet.",
                place_of(column),
                split_by(case, column, [name], optional),
            )
            return


_STATUS: Final[Role] = "status"


def _things(column: Column) -> list[str]:
    """The variables that are things: what is counted first, then subjects."""
    subjects = [
        e.subject.value
        for e in column.query.where.elements
        if isinstance(e, Triple)
        and e.subject.kind == "variable"
        and e.subject.value not in column.keys
    ]
    if column.aggregate.name == "COUNT":
        chosen = set(map(_chosen, column.query.where.elements))
        counted = [column.variable] if column.variable else subjects[:1]
        return [name for name in counted if name in chosen]
    return list(dict.fromkeys(subjects))


def _chosen(element: Element) -> str | None:
    """The variable of which a pattern says that it has a certain value, such as a class."""
    is_so = (
        isinstance(element, Triple)
        and element.object.kind == "iri"
        and isinstance(element.path, Term)
    )
    return element.subject.value if is_so and isinstance(element, Triple) else None
