"""Numbers that are right and mean something else: what is counted, added or averaged, and what is not.

What comes twice, and what has no row, is told here, too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.finding import TYPE, Finding, first_property, instead
from gbagraph.features.diagnostics.rules.candidates import bare
from gbagraph.features.diagnostics.rules.measured import FAR
from gbagraph.features.diagnostics.rules.samples import shown
from gbagraph.features.diagnostics.schema import kind_of
from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import (
    NAMES,
    Aggregate,
    Bind,
    Item,
    SubSelect,
    Term,
    Triple,
    Union,
    parts,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.rules.samples import Column


def taken_once(column: Column) -> Iterator[Finding]:
    """Equal numbers of different things, which DISTINCT takes once."""
    sample, aggregate = column.sample, column.aggregate
    owner = next((name for name in column.owners if name[:2] != "__"), "")
    if not aggregate.is_distinct or aggregate.argument is None or not owner:
        return
    # In the first solutions, things may all be different by chance.
    value, keys = f"?{column.name}", " ".join(f"?{name}" for name in sample.groups)
    some = f"{{ SELECT * {{ {sample.taken} FILTER(BOUND({value})) }} LIMIT {FAR} }}"
    of = " ".join(f"?{name}" for name in column.owners)
    all_, things, values = (
        sum(int(row[0].value) for row in column.case.rows("(COUNT(*) AS ?__n)", pattern))
        for pattern in (
            some,
            f"{{ SELECT DISTINCT {keys} {of} {value} {{ {some} }} }}",
            f"{{ SELECT DISTINCT {keys} {value} {{ {some} }} }}",
        )
    )
    if things > values:
        text = f"{aggregate.name}({column.case.written(aggregate.argument)})"
        said = say(
            "DISTINCT in %(column)s is of values: what several ?%(owner)s have alike is taken once, so "
            "only %(values)s of %(n)s values are taken.", column=column.text, owner=owner,
            values=values, n=things,
        )  # fmt: skip
        is_plain = things == all_
        said += say("%(text)s takes each.", text=text) if is_plain else Message()
        repair = instead(aggregate, text) if is_plain else None
        yield Finding("rows-multiplied", "warning", said, aggregate.start, repair)


def truths_counted(column: Column) -> Iterator[Finding]:
    """What is true or false is counted, both alike."""
    values = [value.value for value in column.values if value is not None]
    if column.name[:3] != "__v" or {*map(kind_of, filter(None, column.values))} != {_BOOLEAN}:
        return
    argument = column.case.written(column.aggregate.argument or column.aggregate)
    false = sum(value in ("false", "0") for value in values)
    if false and not column.aggregate.is_distinct:
        said = say(
            "%(column)s counts what is false, too: %(false)s of %(n)s. SUM(IF(%(argument)s, 1, 0)) "
            "counts what is true.", column=column.text, false=false, n=len(values), argument=argument,
        )  # fmt: skip
        text = f"SUM(IF({argument}, 1, 0))"
        yield column.finding("rows-multiplied", said, "warning", instead(column.aggregate, text))


_BOOLEAN: Final = expand("xsd:boolean")


def zero_lost(column: Column) -> Iterator[Finding]:
    """Members of the class of a key that have nothing to count, and so no group."""
    sample, case = column.sample, column.case
    query, elements = sample.scope.query, sample.scope.group.elements
    if column is not sample.columns[0] or len(sample.keys) != 1 or len(query.keys) != 1:
        return
    (key,) = sample.keys
    typed = [
        e for e in elements
        if isinstance(e, Triple) and first_property(e) == TYPE and e.subject.value == key
    ]  # fmt: skip
    # What is said of the key alone chooses it; the rest is what is counted.
    reached, rest = {column.variable} - {key, ""}, [e for e in elements if e not in typed]
    for _ in rest:
        near = (NAMES.mentioned(e) - {key} for e in rest)
        reached = reached.union(*(names for names in near if names & reached))
    counted = [e for e in rest if NAMES.mentioned(e) & reached]
    others = [e for e in elements if e not in counted]
    if not typed or not counted or case.schema.is_large or query.values or case.is_explained:
        return
    whole, some = case.rendered(elements), case.rendered(others)
    missing = f"{some} FILTER NOT EXISTS {{ {case.rendered(counted)} }}"
    rows = case.rows(f"DISTINCT ?{key}", missing, f"LIMIT {ROWS}")
    optional = f"OPTIONAL {{ {case.rendered(counted)} }}"
    having = f"HAVING {' '.join(f'({case.written(each)})' for each in query.having)}"
    groups, more = (
        len(case.rows(f"?{key}", each, f"GROUP BY ?{key} {having * bool(query.having)}"))
        for each in (whole, f"{some} {optional}")
    )
    if rows and 0 < groups < more:
        said = say(
            "%(n)s more ?%(key)s have nothing to count, and so no group, as %(things)s. With "
            "%(optional)s each has one, in which COUNT(?%(name)s) is 0.", n=len(rows), key=key,
            optional=optional, things=shown(case, (row[0] for row in rows[:3])), name=column.variable,
        )  # fmt: skip
        yield column.finding("asked-in-part", said, "info")


def averaged_again(case: Case) -> Iterator[Finding]:
    """The mean of means of groups that are not of the same size."""
    inner = (
        (scope, each)
        for scope in (() if case.is_heavy else case.scopes)
        for each in scope.group.elements
        if isinstance(each, SubSelect)
    )
    for scope, element in inner:
        averages = {
            item.variable.value: item.expression.argument
            for item in element.query.items or ()
            if item.variable and isinstance(item.expression, Aggregate)
            and item.expression.name == "AVG" and item.expression.argument
        }  # fmt: skip
        roots = (item.expression for item in scope.query.items or ())
        means = (p for root in roots for p in parts(root) if isinstance(p, Aggregate))
        for mean in (each for each in means if each.name == "AVG" and each.argument):
            taken = averages.get(getattr(mean.argument, "value", ""))
            if taken is None or case.takes_many(element.query) or len(scope.group.elements) > 1:
                continue
            keys, whole = " ".join(map(case.written, element.query.keys)), case.whole(element.query)
            sizes = case.rows(f"(COUNT({case.written(taken)}) AS ?__n)", whole, f"GROUP BY {keys}")
            counts = sorted(int(row[0].value) for row in sizes)
            if keys and counts[:1] != counts[-1:]:
                said = say(
                    "%(column)s is the mean of means: each of %(n)s groups counts alike, though they "
                    "have %(least)s to %(most)s values. AVG(%(argument)s) without groups is the mean "
                    "of all values.", column=case.written(mean), n=len(counts), least=counts[0],
                    most=counts[-1], argument=case.written(taken),
                )  # fmt: skip
                yield Finding("inner-select", "info", said, mean.start)


def exchanged(case: Case) -> Iterator[Finding]:
    """A latitude that is the first number of a WKT point, or a longitude that is its second."""
    query, elements = case.tree, case.tree.where.elements
    points = {e.object.text for e in elements if isinstance(e, Triple) and e.object.is_free}
    made = [e for e in (*(query.items or ()), *elements) if isinstance(e, Item | Bind)]
    named = [(e, axis) for e in made if e.variable and (axis := _AXIS.search(e.variable.value))]
    if query.is_aggregated or case.is_heavy or not points:
        return
    for part, axis in ((e, axis) for e, axis in named if not isinstance(e.expression, Term)):
        bind, name = f"BIND{case.written(part)}" * isinstance(part, Item), f"?{axis.string}"
        some, place = f"{case.rendered(elements)} {bind}", 0 if axis["lat"] else 1
        for point in sorted(points):
            rows = case.rows(f"{name} {point}", some, "LIMIT 20")
            pairs = [(bare(row[0]), _POINT.match(getattr(row[1], "value", ""))) for row in rows]
            # Only what can be a latitude stands second.
            if pairs and all(
                number and found and float(number) == float(found[1 + place]) != float(found[2 - place])
                and abs(float(found[2])) <= _POLE for number, found in pairs
            ):  # fmt: skip
                said = say(
                    "%(name)s is number %(place)s of %(point)s: WKT has the longitude first, then the "
                    "latitude.", name=name, point=point, place=place + 1,
                )  # fmt: skip
                yield Finding("doubtful-number", "info", said, part.start)
                return


_AXIS: Final = re.compile(r"(?:(?P<lat>lat(itude)?)|lon(g(itude)?)?|lng)$", re.IGNORECASE)
_POINT: Final = re.compile(r"\s*POINT\s*Z?\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)", re.IGNORECASE)
_POLE: Final = 90.0


def united(case: Case) -> Iterator[Finding]:
    """Branches of a UNION that find the same, or that give none of the columns a value."""
    query = case.tree
    is_listed = query.form == "SELECT" and not query.is_aggregated and not case.is_heavy
    for scope in (s for s in case.scopes if is_listed and s.group is query.where):
        columns, elements = {*NAMES.columns(query)}, scope.group.elements
        for union in (each for each in elements if isinstance(each, Union)):
            rest = NAMES.mentioned(*(each for each in elements if each is not union))
            for group in union.groups:
                names = NAMES.mentioned(*group.elements)
                is_idle = columns.isdisjoint(rest | names) and columns <= NAMES.mentioned(union)
                if is_idle and case.holds(case.rendered(group.elements)):
                    said = say(
                        "This branch of UNION gives none of the columns (%(columns)s) a value, so its "
                        "rows are empty.", columns=", ".join(f"?{name}" for name in sorted(columns)),
                    )  # fmt: skip
                    yield Finding("unbound-variable", "warning", said, group.start)
            if len(union.groups) == 2 and not query.is_distinct and not case.schema.is_large:
                yield from _found_twice(case, union, columns)


def _found_twice(case: Case, union: Union, columns: set[str]) -> Iterator[Finding]:
    """What both branches find, if they bind the same variables, which the columns are of."""
    one, other = ({*NAMES.visible(*group.elements)} for group in union.groups)
    names = " ".join(f"?{name}" for name in sorted(one))
    if one != other or not one or not one <= columns:
        return
    both = " ".join(f"{{ SELECT DISTINCT {names} {case.written(g)} }}" for g in union.groups)
    rows = case.rows(f"DISTINCT {names}", both, f"LIMIT {ROWS}")
    if rows:
        said = say(
            "Both branches of this UNION find the same in %(n)s cases, which come twice, as %(things)s. "
            "SELECT DISTINCT gives each once.", n=len(rows), things=shown(case, (r[0] for r in rows)),
        )  # fmt: skip
        yield Finding("rows-multiplied", "info", said, union.start)
