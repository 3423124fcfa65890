"""What is added up or ranked though it should not be: mixed units, limits, parts with their wholes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from gbagraph.features.diagnostics.case import ROWS, Case
from gbagraph.features.diagnostics.finding import (
    Edit,
    Finding,
    Repair,
    Scope,
    instead,
    last_property,
)
from gbagraph.features.diagnostics.schema import LIMITS, STRING, XSD, Role
from gbagraph.names.texts import local_name, words
from gbagraph.sparql.nodes import (
    NAMES,
    Aggregate,
    Item,
    Query,
    Sequence,
    SubSelect,
    Term,
    Triple,
    parts,
)

if TYPE_CHECKING:
    from gbagraph.api.explanations import Severity

ColumnRule = Callable[[Case, "Column"], Finding | None]


@dataclass(frozen=True, slots=True)
class Column:
    """An aggregate of a variable in a query, its pattern, and the keys of its groups."""

    query: Query
    item: Item
    aggregate: Aggregate
    variable: str
    pattern: str
    keys: tuple[str, ...]
    scope: Scope

    @property
    def triples(self) -> list[Triple]:
        """The triple patterns of its query."""
        return self.scope.triples

    @property
    def measuring(self) -> Triple | None:
        """The pattern whose object is what is aggregated."""
        objects = ((triple, triple.object) for triple in self.triples)
        having = (t for t, o in objects if o.kind == "variable" and o.value == self.variable)
        return next(having, None)

    @property
    def grouping(self) -> str:
        """The GROUP BY of the query."""
        return "GROUP BY " + " ".join(f"?{key}" for key in self.keys) if self.keys else ""

    def finding(
        self, code: str, message: str, repair: Repair | None, severity: Severity = "warning"
    ) -> Finding:
        """Return what is wrong with it, told where the aggregate begins."""
        return Finding(code, severity, message, self.aggregate.start, repair)


@dataclass(frozen=True, slots=True)
class Measured:
    """What has the number: its variable, the pattern with it, edits that name it, what is counted."""

    node: str
    pattern: str
    edits: tuple[Edit, ...] = ()
    counted: str = "*"


def aggregates(case: Case, rules: Mapping[str, tuple[ColumnRule, ...]]) -> Iterator[Finding]:
    """Yield what *rules*, by the name of an aggregate, have to say of each column."""
    scopes = () if case.is_heavy else case.scopes
    for scope in scopes:
        elements, query = scope.group.elements, scope.query
        is_whole = scope.group is query.where and query.is_aggregated
        if is_whole and not any(isinstance(each, SubSelect) for each in elements):
            for column in _columns(case, scope):
                yield from _of_column(case, column, rules.get(column.aggregate.name, ()))


def _of_column(case: Case, column: Column, rules: tuple[ColumnRule, ...]) -> Iterator[Finding]:
    """Yield the findings of *rules* up to the first error: what it says of the values hides the rest."""
    for rule in rules:
        finding = rule(case, column)
        if finding is not None:
            yield finding
            if finding.severity == "error":
                return


def _columns(case: Case, scope: Scope) -> Iterator[Column]:
    """The aggregates of variables among the columns of a query; none for keys that are expressions."""
    query = scope.query
    keys = tuple(
        item.variable.value
        for item in query.keys
        if item.variable is not None and item.expression is item.variable
    )
    items = query.items or () if len(keys) == len(query.keys) else ()
    for item in items:
        for part in parts(item.expression):
            argument = part.argument if isinstance(part, Aggregate) else part
            is_variable = isinstance(argument, Term) and argument.kind == "variable"
            if isinstance(part, Aggregate) and (argument is None or is_variable):
                name = argument.value if isinstance(argument, Term) else ""
                yield Column(query, item, part, name, case.whole(query), keys, scope)


def measured(case: Case, column: Column) -> Measured | None:
    """Return the thing that has the number, if the pattern has one."""
    triple = column.measuring
    if triple is None or last_property(triple) is None:
        return None
    if not isinstance(triple.path, Sequence):
        return Measured(triple.subject.text, column.pattern)
    node = case.fresh("quantity")
    before = case.query.text[triple.path.start : triple.path.parts[-2].end]
    after = f"{node} {case.written(triple.path.parts[-1])} {triple.object.text} ."
    pattern = column.pattern.replace(
        case.of_element(triple), f"{triple.subject.text} {before} {node} . {after}"
    )
    named = Edit(triple.path.start, triple.object.end, f"{before} {node}")
    return Measured(node, pattern, (named, case.appended(column.query.where, after)))


def split_by(
    case: Case, column: Column, names: list[str], optional: str, edits: Iterable[Edit] = ()
) -> Repair:
    """The groups split by more variables, which *optional* binds."""
    text, start = " ".join(names), column.item.start
    end = column.query.keys[-1].end if column.query.keys else column.query.where.end
    by = "" if column.query.keys else "GROUP BY "
    added = (
        case.appended(column.query.where, optional),
        Edit(start, start, f"{text} "),
        Edit(end, end, f" {by}{text}"),
    )
    return Repair(f"GROUP BY {text}", (*edits, *added))


def told_apart(
    case: Case, column: Column, things: Measured, role: Role, called: frozenset[str]
) -> tuple[list[Any], list[Any], Repair] | None:
    """Return the number of each value of a *role*, those of values so *called*, and the groups split."""
    for property_ in case.schema.special(case.schema.with_role(role)):
        spots = (s.triple for s in case.spots if s.triple.object.value in column.keys)
        if any(last_property(triple) == property_ for triple in spots):
            return None
        name = case.fresh(local_name(property_))
        rows = case.rows(
            f"{name} (COUNT({things.counted}) AS ?__n)",
            f"{things.pattern} {things.node} <{property_}> {name} .",
            f"GROUP BY {name}",
        )
        chosen = [row for row in rows if row[0] is not None and is_called(row[0], called)]
        if chosen:
            optional = f"OPTIONAL {{ {things.node} {case.short(property_)} {name} . }}"
            return rows, chosen, split_by(case, column, [name], optional, things.edits)
    return None


def total(rows: Iterable[Any]) -> int:
    """The sum of the numbers in the second column."""
    return sum(int(row[1].value) for row in rows)


def names_shown(case: Case, rows: Iterable[Any]) -> str:
    """The values of some rows for a reader."""
    values = [row[0] for row in rows]
    shown = [case.named(v.value) if isinstance(v, ox.NamedNode) else str(v.value) for v in values]
    return ", ".join(shown[:6])


def is_called(term: Any, called: frozenset[str]) -> bool:  # noqa: ANN401  a term
    """Whether one of these words stands in the name of a thing, or in a text."""
    name = (
        local_name(term.value)
        if isinstance(term, ox.NamedNode)
        else str(getattr(term, "value", ""))
    )
    return bool(set(words(name)) & called)


def not_numbers(case: Case, column: Column) -> Finding | None:
    """Numbers are wanted, and the variable is a text, or a thing that has one."""
    kinds = set(case.kinds(column.variable, column.scope))
    triple, argument = column.measuring, column.aggregate.argument
    said = f"{column.aggregate.name} adds numbers, and ?{column.variable} is"
    if kinds and all(kind == STRING or kind.startswith("@") for kind in kinds):
        cast, declared = case.prefix(XSD + "decimal")
        text = f"{cast}(?{column.variable})"
        repair = instead(argument, text, *declared) if argument and kinds == {STRING} else None
        return column.finding("aggregate-of-texts", f"{said} a text.", repair, "error")
    if not kinds or kinds - {"iri", "blank"}:
        return None
    onward = None
    if triple is not None:
        value = f"{triple.object.text} ?__q ?__v FILTER(ISNUMERIC(?__v))"
        onward = case.onward(triple, f"{case.rendered([triple])} {value}")
    number = f"; its number is that of {onward.suggestion}" if onward else ""
    return column.finding("aggregate-of-things", f"{said} a thing{number}.", onward, "error")


def mixed_units(case: Case, column: Column) -> Finding | None:
    """Values of different units or currencies in one group."""
    things = measured(case, column)
    if things is None:
        return None
    node, pattern = things.node, things.pattern
    units = [
        each
        for each in case.schema.special(case.schema.with_role("unit"))
        if case.holds(f"{pattern} {node} <{each}> ?__u .")
    ]
    if not units:
        return None
    names = [case.fresh(local_name(unit)) for unit in units]
    optional = " ".join(
        f"OPTIONAL {{ {node} {case.short(unit)} {name} . }}"
        for unit, name in zip(units, names, strict=True)
    )
    together = "CONCAT(" + ", ".join(f'COALESCE(STR({name}), "")' for name in names) + ', "")'
    mixed = _mixed(case, column, f"{pattern} {optional} BIND({together} AS ?__unit)")
    if len(mixed) < 2:
        return None
    shown = ", ".join(local_name(value.value) or "none" for value in mixed[:8])
    return column.finding(
        "mixed-units",
        f"{column.aggregate.name}(?{column.variable}) is taken over values with different units or "
        f"currencies: {shown}. Take it for each unit by itself.",
        split_by(case, column, names, optional, things.edits),
    )


def _mixed(case: Case, column: Column, pattern: str) -> list[Any]:
    """Units in a group that has several; none if no group has."""
    having = "HAVING (COUNT(DISTINCT ?__unit) > 1) LIMIT 1"
    if not case.rows("(COUNT(DISTINCT ?__unit) AS ?__n)", pattern, f"{column.grouping} {having}"):
        return []
    rows = case.rows("DISTINCT ?__unit", pattern, "ORDER BY STR(?__unit) LIMIT 10")
    return [row[0] for row in rows]


def limits_as_exact(case: Case, column: Column) -> Finding | None:
    """Values that are limits, added to others as if they were exact."""
    things = measured(case, column)
    found = told_apart(case, column, things, "bound", LIMITS) if things else None
    if found is None:
        return None
    rows, limits, repair = found
    return column.finding(
        "bounds-as-exact",
        f"{total(limits)} of {total(rows)} values in {column.aggregate.name}(?{column.variable}) are "
        f"limits and not exact ({names_shown(case, limits)}), so the result is one, too.",
        repair,
    )


def parts_and_wholes(case: Case, column: Column) -> Finding | None:
    """A thing and a part of it are both in one sum."""
    for owner in _owners(column):
        keys = [f"?{key}" for key in column.keys]
        if f"?{owner[1:]}" in keys:
            continue
        rows = case.rows("DISTINCT " + " ".join([owner, *keys]), column.pattern, f"LIMIT {ROWS}")
        pair = _part_in(case, {row[0] for row in rows if isinstance(row[0], ox.NamedNode)})
        if pair is None:
            continue
        part, property_, whole = pair
        other = case.fresh("whole")
        inner = (
            f"{owner} {case.short(property_)} {other} . {_same_kind(case, column, owner, other)}"
        )
        condition = f"FILTER NOT EXISTS {{ {inner} }}"
        return column.finding(
            "parts-and-wholes",
            f"{case.named(part.value)} is a part of {case.named(whole.value)} "
            f"({case.named(property_)}), and "
            f"{column.aggregate.name}(?{column.variable}) takes both: the part is counted twice.",
            Repair(condition, (case.appended(column.query.where, condition),)),
        )
    return None


def _owners(column: Column) -> Iterator[str]:
    """What has the quantity, and the quantity's owner one step before."""
    subject = column.measuring.subject if column.measuring else None
    if subject is not None and subject.kind == "variable":
        yield subject.text
        for triple in column.triples:
            if triple.object.value == subject.value and triple.subject.kind == "variable":
                yield triple.subject.text


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
    own = [triple for triple in column.triples if triple.subject.text == owner]
    alone = [triple for triple in own if not NAMES.mentioned(triple) - {owner[1:]}]
    about = [case.of_element(each).replace(f"{owner} ", f"{other} ", 1) for each in alone]
    for triple in [each for each in own if each not in alone][:1]:
        path = triple.path.parts[0] if isinstance(triple.path, Sequence) else triple.path
        about.append(f"{other} {case.written(path)} [] .")
    return " ".join(about)
