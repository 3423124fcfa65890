"""What stands beside the values of an aggregate: units, ranks, bounds, plans, parts and doubts."""

from __future__ import annotations

from collections import defaultdict
from itertools import compress
from typing import TYPE_CHECKING, Any, Final

from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.finding import (
    Finding,
    ends,
    last_property,
)
from gbagraph.features.diagnostics.rules.samples import (
    FUTURE,
    SAID,
    Column,
    family,
    is_node,
    short,
    shown,
)
from gbagraph.names.texts import local_name, words
from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.message import Message, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gbagraph.features.diagnostics.schema import Role

    ColumnRule = Callable[["Column"], Iterator[Finding]]
    Beside = list[tuple[str, Any]]

_NUMBERS: Final = ("SUM", "AVG")
_LIMITS: Final = frozenset(
    {"more", "over", "least", "less", "most", "above", "below", "under", "up", "about", "around",
     "approximately", "min", "minimum", "max", "maximum", "lower", "upper", "estimate", "estimated"}
)  # fmt: skip
"""Words in the name of a bound that is not exact."""


_MARKS: Final[tuple[tuple[Role, frozenset[str], tuple[str, ...], str, str], ...]] = (
    (
        "bound",
        _LIMITS,
        _NUMBERS,
        "bounds-as-exact",
        (
            "%(column)s includes limits (%(n)s of %(all)s values): their %(property)s is %(values)s. So "
            "the result is a limit, too."
        ),
    ),
    (
        "rank",
        frozenset({"deprecated", "superseded"}),
        (*_NUMBERS, "MIN", "MAX"),
        "mixed-ranks",
        (
            "%(n)s of %(all)s statements in %(column)s are %(values)s: the data holds them for outdated "
            "or wrong; %(property)s tells them apart."
        ),
    ),
    (
        "status",
        FUTURE,
        (*_NUMBERS, "COUNT"),
        "planned-counted",
        (
            "%(column)s includes what is not yet fact (%(n)s of %(all)s things): its %(property)s is "
            "%(values)s."
        ),
    ),
)
"""Properties whose values make a number another, the words that do, where, and what is said."""

_MIXED: Final[tuple[tuple[Role, tuple[str, ...], int, str, str], ...]] = (
    (
        "unit",
        (*_NUMBERS, "MIN", "MAX"),
        0,
        "mixed-units",
        (
            "%(column)s is taken over values of different units: %(values)s. The unit is the value of "
            "%(property)s: choose one, or GROUP BY it."
        ),
    ),
    (
        "rank",
        _NUMBERS,
        1,
        "mixed-ranks",
        (
            "%(column)s takes several values of one thing, of different ranks: %(values)s; %(property)s "
            "tells them apart."
        ),
    ),
)
"""Properties of which the values in a group, or of one thing (1), should be the same."""

_DOUBTS: Final = (
    (
        (
            f"VALUES ?__by {{ %(by)s }} ?__c <{expand('rdf:subject')}> %(subject)s ; ?__by ?__from ; "
            f"<{expand('rdf:predicate')}> %(property)s ; <{expand('rdf:object')}> %(value)s ."
        ),
        "%(property)s of %(things)s is inferred from the source, which does not say it.",
    ),
    (
        (
            "GRAPH ?__g { %(subject)s %(property)s ?__o } "
            "FILTER NOT EXISTS { %(subject)s %(property)s ?__o }"
        ),
        "Another graph has another %(property)s of %(things)s.",
    ),
)
"""Patterns of values that are doubtful, and what is said of them."""


def marks(column: Column) -> Iterator[Finding]:
    """Values that are limits, plans or outdated, taken as if they were not."""
    for role, called, names, code, template in _MARKS:
        owners = [name for name in column.owners if name not in column.sample.keys]
        for owner in owners if column.aggregate.name in names else ():
            found = column.sample.marked(role, called, column.nodes(owner))
            if found:
                is_partial = found["n"] < found["all"] or role != "status"
                said = say(template, column=column.text, **found)
                yield column.finding(code, said, "warning" if is_partial else "info")
                break


def mixed(column: Column) -> Iterator[Finding]:
    """Values of different units or currencies in one group, or of different ranks of one thing."""
    sample = column.sample
    for role, names, depth, code, template in _MIXED:
        if (
            column.aggregate.name in names
            and column.owners[depth:]
            and (depth or not sample.asks(role))
        ):
            groups, found = defaultdict[Any, set[str]](set), _nearest(column, role)
            by = column.case.schema.special({iri for beside in found for iri, _ in beside})
            numbers = map("number".__eq__, map(family, column.values))
            for row, beside in compress(zip(sample.rows, found, strict=True), numbers):
                own = {short(value) for iri, value in beside if iri in by}
                whole = row[column.owners[1]] if depth else None
                groups[*sample.group(row), whole].add(" ".join(sorted(own)))
            several = next((sorted(labels) for labels in groups.values() if len(labels) > 1), None)
            if several is not None:
                values = ", ".join(each or "-" for each in several)
                listed = ", ".join(sorted(map(column.case.named, by)))
                said = say(template, column=column.text, values=values, property=listed)
                yield column.finding(code, said)


def _nearest(column: Column, role: Role) -> list[Beside]:
    """For each solution the properties of *role* of the nearest owner of the value that has one."""
    if "number" not in map(family, column.values):
        return [[] for _ in column.values]
    each = (
        (
            column.sample.beside(row[owner], role)
            for owner in column.owners
            if _is_of(column, row[owner])
        )
        for row in column.sample.rows
    )
    found: list[Beside] = [next(filter(None, beside), []) for beside in each]
    return found if any(found) else _restated(column, role)


def _is_of(column: Column, node: Any) -> bool:  # noqa: ANN401  a term
    """Whether what *node* has of units is of the number: the only one that it has, or called like it."""
    property_ = column.path and last_property(column.path)
    own = column.sample.beside(node, "unit")
    called = {word for iri, _ in own for word in words(local_name(iri))}
    numbers = {v for _, v in column.sample.all_of(node) if family(v) == "number"}
    return len(numbers) < 2 or not called.isdisjoint(words(local_name(property_ or "")))


def _restated(column: Column, role: Role) -> list[Beside]:
    """The properties of *role* where a number stands again, two steps away by properties called alike.

    Wikibase has each number twice: by itself, and with its unit.
    """
    schema, path = column.case.schema, column.path
    name = local_name(last_property(path) or "") if path else ""
    others = [iri for iri in schema.properties if local_name(iri) == name]
    return [
        [
            pair
            for one in others
            for node in filter(is_node, schema.values_of(row[column.owners[0]], one))
            for other in others
            for value in filter(is_node, schema.values_of(node, other))
            if len(others) > 1 and schema.occurs(value, None, row[column.variable])
            for pair in column.sample.beside(value, role)
        ]
        for row in column.sample.rows
    ]


def parts_and_wholes(column: Column) -> Iterator[Finding]:
    """A thing and a part of it are both in one sum."""
    case, sample = column.case, column.sample
    for owner in column.owners:
        groups = defaultdict[Any, set[Any]](set)
        for row in sample.rows:
            groups[sample.group(row)].add(row[owner])
        found = [
            {
                "part": shown(case, [part]),
                "property": case.named(iri),
                "whole": shown(case, [whole]),
            }
            for things in groups.values()
            for part in things
            for iri, whole in sample.beside(part, "part")
            if whole in things - {part}
        ]
        if found:
            said = say(
                "%(part)s is a part of %(whole)s (%(property)s), and %(column)s takes both, so what "
                "the part has is taken twice.", column=column.text, **min(found, key=str),
            )  # fmt: skip
            yield column.finding("parts-and-wholes", said)


def doubts(column: Column) -> Iterator[Finding]:
    """Numbers that the data itself holds for inferred, or that another graph has otherwise."""
    case, names, said = column.case, {column.variable, *column.owners}, list[Message]()
    by = " ".join(f"<{iri}>" for iri in case.schema.with_role("inference"))
    for subject, iri, value in filter(None, map(ends, column.sample.triples)):
        for pattern, template in _DOUBTS if value.value in names and subject.is_free else ():
            asked = {"subject": subject.text, "property": f"<{iri}>", "value": value.text, "by": by}
            taken = f"{subject.text} {value.text} {{ {column.sample.pattern} }} LIMIT {ROWS}"
            whole = f"{{ SELECT {taken} }} {pattern % asked}"
            rows = case.rows(f"DISTINCT {subject.text}", whole, f"LIMIT {SAID}")
            if rows:
                things = shown(case, (row[0] for row in rows))
                said.append(say(template, property=case.named(iri), things=things))
    if said:
        yield column.finding("doubtful-number", Message().joined(said), "info")
