"""What is counted though it should not be: rows of one thing, inferred rows, open lists, plans."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gbagraph.dataset.identity import INFERRED
from gbagraph.features.diagnostics.finding import (
    Edit,
    Finding,
    Repair,
    ends,
    instead,
    last_property,
)
from gbagraph.features.diagnostics.rules.sums import (
    Column,
    Measured,
    is_called,
    measured,
    names_shown,
    told_apart,
    total,
)
from gbagraph.features.diagnostics.schema import FUTURE
from gbagraph.names.texts import words
from gbagraph.sparql.nodes import Term, Triple, variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.case import Case


def open_lists(case: Case, column: Column) -> Finding | None:
    """The things counted are the named ones of a list that is open."""
    if column.item.variable is not None and "least" in words(column.item.variable.value):
        return None
    for owner, property_, value in _listed(case, column):
        counted = value.is_free and column.variable in ("", value.value)
        listing = _open(case, column, owner, property_) if counted else None
        if listing is not None:
            subject = owner.text if owner.kind == "iri" else case.named(listing.value)
            return column.finding(
                "open-list-counted",
                f"The list of {case.named(property_)} of {subject} is open: the data names some of "
                "them, so the count is the least there can be.",
                _at_least(case, column),
            )
    return None


def _listed(case: Case, column: Column) -> Iterator[tuple[Term, str, Term]]:
    """What each pattern says, and what says the same backward."""
    for subject, property_, value in filter(None, map(ends, column.triples)):
        yield subject, property_, value
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
    """The column named as the least there can be."""
    name = column.item.variable
    if name is None or column.item.expression is not column.aggregate:
        return None
    fresh = case.fresh(f"{name.value}AtLeast")
    used = (v for each in (*column.query.order, *column.query.having) for v in variables(each))
    edits = (case.replaced(term, fresh) for term in used if term.value == name.value)
    return instead(name, fresh, *edits)


def repeated_things(case: Case, column: Column) -> Finding | None:
    """COUNT of a variable that is the same in several solutions."""
    name, argument = column.variable, column.aggregate.argument
    if column.aggregate.is_distinct:
        return None
    inferred = _inferred_rows(case, column)
    if inferred is not None or not name:
        return inferred or _by_language(case, column)
    rows = case.rows(
        f"(COUNT(?{name}) AS ?__n) (COUNT(DISTINCT ?{name}) AS ?__d)",
        column.pattern,
        f"{column.grouping} HAVING (COUNT(?{name}) > COUNT(DISTINCT ?{name})) LIMIT 1",
    )
    if not rows:
        return None
    has_several = any(
        each.subject.value == name
        and each.object.is_free
        and isinstance(each.path, Term)
        and each.path.kind == "iri"
        for each in column.triples
    )
    text = f"DISTINCT ?{name}"
    edits = (case.replaced(argument, text),) if argument is not None else ()
    return column.finding(
        "rows-multiplied",
        f"COUNT(?{name}) counts solutions: {rows[0][0].value} where ?{name} has {rows[0][1].value} "
        "values, since other parts of the pattern have several matches for one of them.",
        Repair(f"COUNT({text})", edits),
        "warning" if has_several else "info",
    )


def repeated_values(case: Case, column: Column) -> Finding | None:
    """The join has the same value of the same thing several times."""
    things = None if column.aggregate.is_distinct else measured(case, column)
    if things is None:
        return None
    keys = " ".join(f"?{key}" for key in column.keys)
    inner = f"SELECT DISTINCT {keys} {things.node} ?{column.variable}"
    rows = case.rows("(COUNT(*) AS ?__n)", things.pattern)
    once = case.rows("(COUNT(*) AS ?__n)", f"{{ {inner} {{ {things.pattern} }} }}")
    if not rows or not once or rows[0][0] == once[0][0]:
        return None
    start, end = column.query.where.start, column.query.where.end
    change = (Edit(start, start, f"{{ {inner} WHERE "), Edit(end, end, " }"))
    return column.finding(
        "rows-multiplied",
        f"The pattern has {rows[0][0].value} solutions for {once[0][0].value} values: other parts of it "
        f"have several matches for one thing, so {column.aggregate.name} takes some values repeatedly.",
        Repair("a SELECT DISTINCT inside", (*things.edits, *change)),
    )


def _by_language(case: Case, column: Column) -> Finding | None:
    """COUNT(*) of a thing with a name that is nowhere asked for, and is there in several languages."""
    for triple in column.triples:
        subject, value, property_ = triple.subject, triple.object, last_property(triple)
        is_idle = len(re.findall(rf"[?$]{value.value}\b", case.query.text)) == 1
        are_variables = subject.kind == value.kind == "variable"
        if not are_variables or not is_idle or property_ is None:
            continue
        if len(case.schema.use(property_).languages) < 2:
            continue
        distinct = f"COUNT(DISTINCT {subject.text})"
        rows = case.rows(f"(COUNT(*) AS ?__n) ({distinct} AS ?__d)", column.pattern)
        if rows and rows[0][0] != rows[0][1]:
            return column.finding(
                "rows-multiplied",
                f"COUNT(*) counts solutions: {rows[0][0].value} where {subject.text} has "
                f"{rows[0][1].value} values, since {value.text} has one in each language.",
                instead(column.aggregate, distinct),
            )
    return None


def _inferred_rows(case: Case, column: Column) -> Finding | None:
    """With a variable property, what follows from a triple is counted beside it."""
    for triple in column.triples:
        path = triple.path
        if not isinstance(path, Term) or path.kind != "variable":
            continue
        if column.variable not in ("", path.value, triple.object.value):
            continue
        inferred = f"GRAPH <{INFERRED.value}> {{ {case.of_element(triple)} }}"
        rows = case.rows("(COUNT(*) AS ?__n)", f"{column.pattern} {inferred}")
        if rows and int(rows[0][0].value) > 0:
            condition = f"FILTER NOT EXISTS {{ {inferred} }}"
            return column.finding(
                "inferred-counted",
                f"{rows[0][0].value} of the solutions follow by the ontology from others that are "
                "counted, too. Leave them out with infer=false, or with the condition below.",
                Repair(condition, (case.appended(column.query.where, condition),)),
            )
    return None


def planned_counted(case: Case, column: Column) -> Finding | None:
    """Some of what is counted or added up has not happened yet."""
    properties = filter(None, map(last_property, column.triples))
    if any(case.schema.has_role(each, "status") for each in properties):
        return None
    for variable in _things(column):
        distinct = f"DISTINCT ?{variable}"
        things = Measured(f"?{variable}", column.pattern, (), distinct)
        found = told_apart(case, column, things, "status", FUTURE)
        if found is not None:
            _, planned, repair = found
            rows = case.rows(f"(COUNT({distinct}) AS ?__n)", column.pattern)
            return column.finding(
                "planned-counted",
                f"{total(planned)} of {rows[0][0].value} ?{variable} in {column.aggregate.name} are "
                f"{names_shown(case, planned)} and may not exist yet.",
                repair,
            )
    return None


def _things(column: Column) -> list[str]:
    """The variables that are things: what is counted first, then subjects."""
    kinds = ((t.subject.kind, t.subject.value) for t in column.triples)
    subjects = [name for kind, name in kinds if kind == "variable" and name not in column.keys]
    if column.aggregate.name == "COUNT":
        chosen = set(map(_chosen, column.triples))
        counted = [column.variable] if column.variable else subjects[:1]
        return [name for name in counted if name in chosen]
    return list(dict.fromkeys(subjects))


def _chosen(triple: Triple) -> str | None:
    """The variable of which a pattern says that it has a certain value, such as a class."""
    is_so = triple.object.kind == "iri" and isinstance(triple.path, Term)
    return triple.subject.value if is_so else None
