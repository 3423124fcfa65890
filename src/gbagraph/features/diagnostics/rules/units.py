"""Units, currencies and ranks that stand beside numbers, and that one sum, or one order, mixes."""

from __future__ import annotations

from collections import defaultdict
from itertools import compress
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.case import ROWS, Case
from gbagraph.features.diagnostics.finding import Finding, last_property
from gbagraph.features.diagnostics.glosses import gloss
from gbagraph.features.diagnostics.rules.measured import FAR
from gbagraph.features.diagnostics.rules.samples import COMPARED, Column, family, is_node, short
from gbagraph.names.texts import local_name, words
from gbagraph.sparql.message import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.rules.samples import Beside
    from gbagraph.features.diagnostics.schema import Role

_NUMBERS: Final = ("SUM", "AVG")

_MIXED: Final[tuple[tuple[Role, tuple[str, ...], int, str, str], ...]] = (
    (
        "unit",
        (*_NUMBERS, "MIN", "MAX"),
        0,
        "mixed-units",
        (
            "%(column)s is taken over values of different units: %(values)s. The unit is the value of "
            "%(property)s: convert the values, choose one, or GROUP BY it."
        ),
    ),
    (
        "unit",
        (COMPARED,),
        0,
        "mixed-units",
        (
            "The numbers of %(column)s are compared as they stand, and they have different units: "
            "%(values)s. The unit is the value of %(property)s: convert the values, or choose one."
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
                own = {_unit(column.case, value) for iri, value in beside if iri in by}
                whole = row[column.owners[1]] if depth else None
                groups[*sample.group(row), whole].add(" ".join(sorted(own)))
            if len(sample.rows) == ROWS and len(by) == 1 and not depth:
                groups = _farther(column, role, by[0])
            several = next((sorted(labels) for labels in groups.values() if len(labels) > 1), None)
            every = sorted(set[str]().union(*groups.values()))
            if several is not None or (len(every) > 1 and not depth):
                values = ", ".join(each or "-" for each in several or every)
                listed = ", ".join(sorted(map(column.case.named, by)))
                said = say(
                    template if several else _OF_GROUPS,
                    column=column.text,
                    values=values,
                    property=listed,
                )
                yield column.finding(code, said, "warning" if several else "info")


_OF_GROUPS: Final = (
    "The groups of %(column)s have different units: %(values)s. "
    "The unit is the value of %(property)s."
)


def _unit(case: Case, value: Any) -> str:  # noqa: ANN401  a term
    return short(value) + (
        gloss(case.names, case.schema.store, value.value) if isinstance(value, ox.NamedNode) else ""
    )


def _farther(column: Column, role: Role, by: str) -> defaultdict[Any, set[str]]:
    """The values of the property *by* in each group, also beyond the solutions that were looked at."""
    sample, case = column.sample, column.case
    owner = next(o for o in column.owners if any(sample.beside(r[o], role) for r in sample.rows))
    groups, keys = defaultdict[Any, set[str]](set), " ".join(f"?{name}" for name in sample.groups)
    some = f"{{ SELECT * {{ {sample.taken} }} LIMIT {FAR} }} ?{owner} <{by}> ?__u"
    for *key, value in case.rows(f"DISTINCT {keys} ?__u", some, f"LIMIT {ROWS}"):
        groups[tuple(key)].add(_unit(case, value))
    return groups


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
            for thing in filter(is_node, [row[column.owners[0]]])
            for node in filter(is_node, schema.values_of(thing, one))
            for other in others
            for value in filter(is_node, schema.values_of(node, other))
            if len(others) > 1 and schema.occurs(value, None, row[column.variable])
            for pair in column.sample.beside(value, role)
        ]
        for row in column.sample.rows
    ]
