"""What is added up or ranked though it should not be: mixed units, limits, parts with their wholes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.columns import (
    Column,
    is_called,
    is_grouped_by,
    measured_by,
    measuring_node,
    mixed_values,
    names_shown,
    place_of,
    split_by,
)
from gbagraph.features.diagnostics.comparable import STRING
from gbagraph.features.diagnostics.finding import Edit, Finding, Repair, instead
from gbagraph.features.diagnostics.schema import LIMITS
from gbagraph.names.texts import local_name
from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.sparql.nodes import NAMES, Sequence, Term, Triple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.case import Case


_NUMBERS: Final = frozenset(
    PREFIXES["xsd"] + name for name in ("integer", "decimal", "double", "float", "int", "long")
)


def not_numbers(case: Case, column: Column) -> Iterator[Finding]:
    """Numbers are wanted, and the variable is a text, or a thing that has one."""
    scope = next(s for s in case.scopes if s.group is column.query.where)
    kinds = case.kinds(column.variable, scope)
    if kinds and all(kind == STRING or kind.startswith("@") for kind in kinds):
        yield _of_texts(case, column, is_plain=set(kinds) == {STRING})
    if not kinds or set(kinds) - {"iri", "blank"}:
        return
    triple = measured_by(column, column.variable)
    repair: Repair | None = None
    if triple is not None:
        value = f"{triple.object.text} ?__q ?__v FILTER(ISNUMERIC(?__v))"
        repair = case.onward(triple, f"{case.rendered([triple])} {value}")
    yield Finding(
        "aggregate-of-things",
        "error",
        f"{column.aggregate.name} adds numbers, and ?{column.variable} is a thing"
        + (f"; its number is that of {repair.suggestion}." if repair else "."),
        place_of(column),
        repair,
    )


def _of_texts(case: Case, column: Column, *, is_plain: bool) -> Finding:
    message = f"{column.aggregate.name} adds numbers, and ?{column.variable} is a text."
    argument = column.aggregate.argument if is_plain else None
    cast, declared = case.prefix(PREFIXES["xsd"] + "decimal", "xsd")
    text = f"{cast}(?{column.variable})"
    repair = instead(argument, text, *declared) if argument is not None else None
    return Finding("aggregate-of-texts", "error", message, place_of(column), repair)


def mixed_units(case: Case, column: Column) -> Iterator[Finding]:
    """Values of different units or currencies in one group."""
    measured = measuring_node(case, column)
    if measured is None:
        return
    node, pattern, edits, _ = measured
    units = [
        u
        for u in case.schema.special(case.schema.with_role("unit"))
        if case.holds(f"{pattern} {node} <{u}> ?__u .")
    ]
    if not units:
        return
    names = [case.fresh(local_name(unit)) for unit in units]
    optional = " ".join(
        f"OPTIONAL {{ {node} {case.short(unit)} {name} . }}"
        for unit, name in zip(units, names, strict=True)
    )
    together = "CONCAT(" + ", ".join(f'COALESCE(STR({name}), "")' for name in names) + ', "")'
    mixed = mixed_values(
        case, column, f"{pattern} {optional} BIND({together} AS ?__unit)", "?__unit"
    )
    if len(mixed) < 2:
        return
    shown = ", ".join(local_name(value.value) or "none" for value in mixed[:8])
    yield Finding(
        "mixed-units",
        "warning",
        f"{column.aggregate.name}(?{column.variable}) is taken over values with different units or "
        f"currencies: {shown}. Take it for each unit by itself.",
        place_of(column),
        split_by(case, column, names, optional, edits),
    )


def limits_as_exact(case: Case, column: Column) -> Iterator[Finding]:
    """Values that are limits, added to others as if they were exact."""
    measured = measuring_node(case, column)
    if measured is None:
        return
    node, pattern, edits, _ = measured
    for role in case.schema.special(case.schema.with_role("bound")):
        if is_grouped_by(case, column, role):
            return
        name = case.fresh(local_name(role))
        rows = case.rows(
            f"{name} (COUNT(*) AS ?__n)", f"{pattern} {node} <{role}> {name} .", f"GROUP BY {name}"
        )
        limits = [row for row in rows if row[0] is not None and is_called(row[0], LIMITS)]
        if not limits:
            continue
        total = sum(int(row[1].value) for row in rows)
        count = sum(int(row[1].value) for row in limits)
        optional = f"OPTIONAL {{ {node} {case.short(role)} {name} . }}"
        yield Finding(
            "bounds-as-exact",
            "warning",
            f"{count} of {total} values in {column.aggregate.name}(?{column.variable}) are limits and "
            f"not exact ({names_shown(case, (row[0] for row in limits))}), so the result is one, too.",
            place_of(column),
            split_by(case, column, [name], optional, edits),
        )
        return


def parts_and_wholes(case: Case, column: Column) -> Iterator[Finding]:
    """A thing and a part of it are both in one sum."""
    triple = measured_by(column, column.variable)
    if triple is None or not isinstance(triple.subject, Term):
        return
    for owner in _owners(column, triple):
        wanted = [owner, *(f"?{key}" for key in column.keys)]
        rows = case.rows(
            "DISTINCT " + " ".join(dict.fromkeys(wanted)), column.pattern, f"LIMIT {ROWS}"
        )
        things = {row[0] for row in rows if isinstance(row[0], ox.NamedNode)}
        if f"?{owner[1:]}" in wanted[1:] or len(things) < 2:
            continue
        pair = _part_in(case, things)
        if pair is None:
            continue
        part, property_, whole = pair
        text = case.short(property_)
        other = case.fresh("whole")
        inner = f"{owner} {text} {other} . {_same_kind(case, column, owner, other)}"
        condition = f"FILTER NOT EXISTS {{ {inner} }}"
        yield Finding(
            "parts-and-wholes",
            "warning",
            f"{case.named(part.value)} is a part of {case.named(whole.value)} "
            f"({case.named(property_)}), and "
            f"{column.aggregate.name}(?{column.variable}) takes both: the part is counted twice.",
            place_of(column),
            Repair(condition, (case.appended(column.query.where, condition),)),
        )
        return


def _owners(column: Column, triple: Triple) -> Iterator[str]:
    """What has the quantity, and the quantity's owner one step before."""
    if triple.subject.kind == "variable":
        yield triple.subject.text
        for element in column.query.where.elements:
            if (
                isinstance(element, Triple)
                and element.object.value == triple.subject.value
                and element.subject.kind == "variable"
            ):
                yield element.subject.text


def _part_in(
    case: Case, things: set[ox.NamedNode]
) -> tuple[ox.NamedNode, str, ox.NamedNode] | None:
    for property_ in case.schema.with_role("part"):
        for thing in sorted(things, key=str):
            for whole in case.schema.values_of(thing, property_):
                if whole in things and whole != thing:
                    return thing, property_, whole
    return None


def _same_kind(case: Case, column: Column, owner: str, other: str) -> str:
    """What the query says of the thing, said of its whole."""
    about = [
        case.of_element(e).replace(f"{owner} ", f"{other} ", 1)
        for e in column.query.where.elements
        if isinstance(e, Triple)
        and e.subject.text == owner
        and not NAMES.mentioned(e) - {owner[1:]}
    ]
    triple = next(
        (
            e
            for e in column.query.where.elements
            if isinstance(e, Triple)
            and e.subject.text == owner
            and NAMES.mentioned(e) - {owner[1:]}
        ),
        None,
    )
    if triple is not None:
        path = triple.path.parts[0] if isinstance(triple.path, Sequence) else triple.path
        about.append(f"{other} {case.written(path)} [] .")
    return " ".join(about)


def repeated_values(case: Case, column: Column) -> Iterator[Finding]:
    """The join has the same value of the same thing several times."""
    triple = measured_by(column, column.variable)
    if triple is None or column.aggregate.is_distinct:
        return
    named = measuring_node(case, column)
    if named is None:
        return
    node, pattern, edits, _ = named
    keys = " ".join(f"?{key}" for key in column.keys)
    rows = case.rows("(COUNT(*) AS ?__n)", pattern)
    once = case.rows(
        "(COUNT(*) AS ?__n)",
        f"{{ SELECT DISTINCT {keys} {node} ?{column.variable} {{ {pattern} }} }}",
    )
    if not rows or not once or rows[0][0] == once[0][0]:
        return
    inner = f"SELECT DISTINCT {keys} {node} ?{column.variable} WHERE"
    where = column.query.where
    change = (Edit(where.start, where.start, f"{{ {inner} "), Edit(where.end, where.end, " }"))
    yield Finding(
        "rows-multiplied",
        "warning",
        f"The pattern has {rows[0][0].value} solutions for {once[0][0].value} values: other parts of it "
        f"have several matches for one thing, so {column.aggregate.name} takes some values repeatedly.",
        place_of(column),
        Repair("a SELECT DISTINCT inside", (*edits, *change)),
    )


def mixed_dates(case: Case, column: Column) -> Iterator[Finding]:
    """Dates of several datatypes, of which none is the least or the greatest."""
    scope = next(s for s in case.scopes if s.group is column.query.where)
    kinds = [
        k for k in case.kinds(column.variable, scope) if k[0] != "@" and k not in ("iri", "blank")
    ]
    if len([k for k in kinds if k not in _NUMBERS]) > 1:
        text = f"{column.aggregate.name}(YEAR(?{column.variable}))"
        yield Finding(
            "comparison-drops-values",
            "warning",
            f"?{column.variable} has values of several datatypes ({', '.join(map(case.named, kinds))}), "
            f"which have no common order: {column.aggregate.name} of them means nothing.",
            place_of(column),
            instead(column.aggregate, text),
        )
