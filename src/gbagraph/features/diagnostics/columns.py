"""An aggregate in a query: its pattern and its groups, and what more may group it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import Edit, Repair, last_property
from gbagraph.names.texts import local_name, words
from gbagraph.sparql.nodes import Aggregate, Item, Query, Sequence, SubSelect, Term, Triple, parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.finding import Finding

    ColumnRule = Callable[[Case, "Column"], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Column:
    """An aggregate of a variable in a query, its pattern, and the keys of its groups."""

    query: Query
    item: Item | None
    aggregate: Aggregate
    variable: str
    pattern: str
    keys: tuple[str, ...]


def columns_of(case: Case, query: Query) -> Iterator[Column]:
    """The aggregates of variables among the columns of a query; none for keys that are expressions."""
    values = case.written(query.values) if query.values else ""
    pattern = f"{case.rendered(query.where.elements)} {values}"
    keys = tuple(
        item.variable.value
        for item in query.keys
        if item.variable is not None and item.expression is item.variable
    )
    if len(keys) != len(query.keys):
        return
    for item in query.items or ():
        for part in parts(item.expression):
            if isinstance(part, Aggregate):
                argument = part.argument
                if argument is None or (isinstance(argument, Term) and argument.kind == "variable"):
                    yield Column(
                        query, item, part, argument.value if argument else "", pattern, keys
                    )


def measured_by(column: Column, variable: str) -> Triple | None:
    """The pattern whose object is what is aggregated."""
    for element in column.query.where.elements:
        if (
            isinstance(element, Triple)
            and element.object.kind == "variable"
            and element.object.value == variable
        ):
            return element
    return None


def measuring_node(case: Case, column: Column) -> tuple[str, str, tuple[Edit, ...], str] | None:
    """The thing that has the number: its variable, the pattern with it, the edits that name it."""
    triple = measured_by(column, column.variable)
    if triple is None or not isinstance(triple.path, Term | Sequence):
        return None
    if isinstance(triple.path, Term):
        if triple.path.kind != "iri":
            return None
        return triple.subject.text, column.pattern, (), triple.path.value
    last = last_property(triple)
    if last is None:
        return None
    node = case.fresh("quantity")
    before = case.query.text[triple.path.start : triple.path.parts[-2].end]
    after = f"{node} {case.written(triple.path.parts[-1])} {triple.object.text} ."
    pattern = column.pattern.replace(
        case.of_element(triple), f"{triple.subject.text} {before} {node} . {after}"
    )
    edits = (
        Edit(triple.path.start, triple.object.end, f"{before} {node}"),
        case.appended(column.query.where, after),
    )
    return node, pattern, edits, last


def grouping(column: Column) -> str:
    """The GROUP BY of the query."""
    return "GROUP BY " + " ".join(f"?{key}" for key in column.keys) if column.keys else ""


def mixed_values(case: Case, column: Column, pattern: str, variable: str) -> list[Any]:
    """Values of *variable* in a group that has several; none if no group has."""
    grouped = grouping(column)
    having = f"HAVING (COUNT(DISTINCT {variable}) > 1)"
    rows = case.rows(
        f"(COUNT(DISTINCT {variable}) AS ?__n)", pattern, f"{grouped} {having} LIMIT 1"
    )
    if not rows:
        return []
    return [
        row[0]
        for row in case.rows(f"DISTINCT {variable}", pattern, f"ORDER BY STR({variable}) LIMIT 10")
    ]


def with_columns(column: Column, names: Iterable[str]) -> tuple[Edit, ...]:
    """The variables as more columns, and keys of the groups."""
    text = " ".join(names)
    item = column.item
    if item is None:
        return ()
    edits = [Edit(item.start, item.start, f"{text} ")]
    if column.query.keys:
        end = column.query.keys[-1].end
        edits.append(Edit(end, end, f" {text}"))
    else:
        end = column.query.where.end
        edits.append(Edit(end, end, f" GROUP BY {text}"))
    return tuple(edits)


def split_by(
    case: Case, column: Column, names: list[str], optional: str, edits: Iterable[Edit] = ()
) -> Repair:
    """The groups split by more variables, which *optional* binds."""
    added = case.appended(column.query.where, optional)
    text = f"GROUP BY {' '.join(names)}"
    return Repair(text, (*edits, added, *with_columns(column, names)))


def names_shown(case: Case, values: Iterable[Any]) -> str:
    """Some values for a reader."""
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


def place_of(column: Column) -> int:
    """Where the aggregate begins."""
    return column.aggregate.start


def is_grouped_by(case: Case, column: Column, property_: str) -> bool:
    """Whether the groups are already those of this property."""
    return any(
        last_property(spot.triple) == property_ and spot.triple.object.value in column.keys
        for spot in case.spots
    )


def aggregates(case: Case, rules: Mapping[str, tuple[ColumnRule, ...]]) -> Iterator[Finding]:
    """Yield what *rules*, by the name of an aggregate, have to say of each column."""
    if case.is_heavy:
        return
    for query in case.queries:
        if query.is_aggregated and not any(isinstance(e, SubSelect) for e in query.where.elements):
            for column in columns_of(case, query):
                yield from _of_column(case, column, rules.get(column.aggregate.name, ()))


def _of_column(case: Case, column: Column, rules: tuple[ColumnRule, ...]) -> Iterator[Finding]:
    """Yield the findings of *rules* up to the first error: what it says of the values hides the rest."""
    for rule in rules:
        some = [*rule(case, column)]
        yield from some
        if any(finding.severity == "error" for finding in some):
            return
