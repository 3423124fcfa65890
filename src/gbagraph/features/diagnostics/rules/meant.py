"""Numbers that are right and mean something else: what is counted, added or averaged, and what is not.

What comes twice, and what has no row, is told here, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.finding import TYPE, Finding, first_property, instead
from gbagraph.features.diagnostics.rules.measured import FAR
from gbagraph.features.diagnostics.rules.samples import shown
from gbagraph.features.diagnostics.schema import kind_of
from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import (
    NAMES,
    Triple,
    Union,
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


def united(case: Case) -> Iterator[Finding]:
    """Branches of a UNION that give none of the columns a value."""
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
