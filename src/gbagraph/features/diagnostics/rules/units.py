"""Units, currencies and ranks that stand beside numbers, and that one sum, or one order, mixes."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import compress
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.case import ROWS, Case
from gbagraph.features.diagnostics.finding import Finding, last_property
from gbagraph.features.diagnostics.glosses import gloss
from gbagraph.features.diagnostics.rules.candidates import bare
from gbagraph.features.diagnostics.rules.measured import FAR, inside, is_constant, true
from gbagraph.features.diagnostics.rules.samples import (
    COMPARED,
    Column,
    family,
    is_node,
    short,
    stepwise,
)
from gbagraph.names.texts import local_name, words
from gbagraph.sparql.message import say
from gbagraph.sparql.nodes import Bind, Triple, variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.finding import Scope
    from gbagraph.features.diagnostics.rules.measured import Solutions
    from gbagraph.features.diagnostics.rules.samples import Beside
    from gbagraph.features.diagnostics.schema import Role
    from gbagraph.sparql.nodes import Call, Expression

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
            is_of_graphs = any(scope.graph for scope in column.case.scopes)
            for row, beside in compress(zip(sample.rows, found, strict=True), numbers):
                own = {unit_of(column.case, value) for iri, value in beside if iri in by}
                if not own and is_of_graphs:
                    continue  # its unit may be in its graph alone
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


def magnitude(solutions: Solutions, call: Call) -> Iterator[Finding]:
    """A number by which none of the values is chosen, and which would be one of them in another unit."""
    one, other = sorted(call.arguments, key=is_constant)
    (wanted, *_) = map(_number, solutions.values(other) or [None])
    chosen = [*map(true, solutions.values(call) or ())]
    met = [*zip(map(_number, solutions.values(one) or ()), chosen, strict=False)]
    numbers = sorted(number for number, _ in met if number) or [0.0]
    fitting = [wanted * n for n in TIMES if numbers[0] <= wanted * n <= numbers[-1]]
    is_far = not numbers[0] / 20 <= wanted <= numbers[-1] * 20 and not is_constant(one)
    if fitting and is_far and not solutions.is_sample and not any(n and way for n, way in met):
        has_0 = any(bare(v) and not _number(v) for v in solutions.values(one) or ())
        least, most, number, other_number = (
            f"{n:,.10g}" for n in (numbers[0], numbers[-1], wanted, fitting[0])
        )
        said = say(
            _FAR_BUT_FOR_0 if has_0 else _FAR_FROM_ALL, most=most, least=least,
            part=solutions.case.written(one), number=number, fitting=other_number,
        )  # fmt: skip
        for unit in _units_of(solutions, one)[:1]:
            said += say("Here the unit is %(unit)s.", unit=unit)
        code = "comparison-drops-values" if any(chosen) else "filter-removes-all"
        yield Finding(code, "info", said, solutions.start(call))


_FAR_FROM_ALL: Final = (
    "%(part)s is %(least)s to %(most)s, and %(number)s is far from that; in another unit it may be "
    "%(fitting)s."
)
_FAR_BUT_FOR_0: Final = (
    "%(part)s is %(least)s to %(most)s, where it is not 0, and %(number)s is far from that; in "
    "another unit it may be %(fitting)s."
)
TIMES: Final = (1_000, 0.001, 10_000, 0.0001, 100, 0.01, 1_000_000, 0.000001)
"""How many of one unit another is, as those of lengths, areas, powers and counts (万) are."""


def _number(value: Any) -> float:  # noqa: ANN401  a term
    """The number that a value is; 0 for none, and for what is ill-formed."""
    return float(bare(value) or 0) if family(value) == "number" else 0.0


def _units_of(solutions: Solutions, part: Expression) -> list[str]:
    """The unit of a number: with which a function is called, which stands beside it, or in a comment."""
    given = (a for each in inside(part) for a in getattr(each, "arguments", ())[2:])
    found = [local_name(each.value) for each in given if getattr(each, "kind", "") == "iri"]
    names = {term.value for term in variables(part)}
    beside = (asks_unit(solutions.case, solutions.scope, name)[1] for name in names)
    return found + [unit for units in beside for unit in units]


def asks_unit(case: Case, scope: Scope, name: str) -> tuple[str, list[str]]:
    """What asks for the units beside the values of a variable if they are several, else the one.

    Those of a BIND have that of what it takes them from; some are named in a comment.
    """
    given = {e.variable.value: e.expression for e in scope.group.elements if isinstance(e, Bind)}
    if found := _PLAIN.fullmatch(case.written(given[name]) if name in given else ""):
        name = found[1]
    by = "|".join(f"<{iri}>" for iri in case.schema.with_role("unit"))
    triples = [e for e in stepwise(scope.group.elements) if isinstance(e, Triple)]
    for triple in (each for each in triples if each.object.value == name):
        beside = f"{triple.subject.text} {by} ?__u"
        pattern = scope.around(f"{case.rendered(triples)} {beside}")
        rows = case.rows("DISTINCT ?__u", pattern, "LIMIT 2") if by else []
        units = [unit_of(case, row[0]) for row in rows if len(rows) == 1]
        units += _UNITS.findall(case.names.snippet_of(last_property(triple) or ""))
        return beside * (len(rows) > 1), units
    return "", []


_PLAIN: Final = re.compile(r"(?:(?:xsd:\w+|STR)\()*\?(\w+)\)*")
"""A variable, or its value as one of another datatype."""
_UNITS: Final = re.compile(
    r"\b(?:[kMG][WVA]h?|[ckm]?m[²³]|[ck]m|(?:square |cubic )?(?:kilo|centi|milli)?met(?:re|er)s?"
    r"|(?:kilo|mega|giga)?(?:watts?|volts?|amperes?|grams?)|hectares?|tonnes?|litres?|percent)\b"
)
"""Units in the sentence that says what a property is."""


def unit_of(case: Case, value: Any) -> str:  # noqa: ANN401  a term
    """How a unit is called."""
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
        groups[tuple(key)].add(unit_of(case, value))
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
