"""What the groups of a query are made by, and what is counted in them, where something else is meant."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.finding import (
    Advice,
    Edit,
    last_property,
)
from gbagraph.features.diagnostics.mentions import is_naming
from gbagraph.features.diagnostics.rules.candidates import bare, numeric
from gbagraph.features.diagnostics.rules.samples import is_node, shown
from gbagraph.names.texts import likeness, local_name
from gbagraph.sparql.message import say
from gbagraph.sparql.nodes import Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.finding import Finding
    from gbagraph.features.diagnostics.rules.samples import Column, Sample


def equal_keys(column: Column) -> Iterator[Finding]:
    """Groups whose keys are the same number, written in two ways."""
    for name in column.sample.groups if column is column.sample.columns[0] else ():
        forms = defaultdict[float, set[str]](set)
        for value in {row[name] for row in column.sample.rows}:
            if bare(value):
                forms[float(value.value)].add(value.value)
        several = next((sorted(each) for each in forms.values() if len(each) > 1), None)
        if several is not None:
            said = say(
                "%(values)s are the same number, and two groups.",
                values=", ".join(f'"{text}"' for text in several),
            )  # fmt: skip
            yield column.finding(
                "equal-groups", said, "warning", None, None, *_as_number(column, name)
            )


def _as_number(column: Column, name: str) -> Iterator[Advice]:
    """The number that a key is, as a key in its place, and as the columns that show it."""
    case, query = column.case, column.sample.scope.query
    key = query.keys[int(name.removeprefix("__k"))]
    values = [row[name] for row in column.sample.rows]
    cast, declared = case.prefix(numeric(values)[1:-1])
    shown = key.expression.text if isinstance(key.expression, Term) else ""
    fresh = case.fresh("number")
    text = f"({cast}({shown}) AS {fresh})"
    others = (
        Edit(word.start, word.end, fresh)
        for word in case.query.words
        if word.text == shown and not query.where.start <= word.start < query.where.end
        if word.start != key.start
    )
    said = say(
        "GROUP BY %(text)s, with %(name)s as a column in place of %(key)s, makes them one.",
        text=text, name=fresh, key=shown,
    )  # fmt: skip
    if shown:
        yield Advice(said, (case.replaced(key, text), *others, *declared), is_fewer=True)


def values_counted(column: Column) -> Iterator[Finding]:
    """Values are counted, and the column is called like what has them: titles, as books."""
    sample, case, path = column.sample, column.case, column.path
    if path is None or column.aggregate.is_distinct or not path.subject.is_free:
        return
    owner = path.subject.value
    called = _called(sample, column)
    nodes = filter(is_node, {*column.nodes(owner)})
    classes = {cls for node in nodes for cls in case.schema.classes_of(node)}
    is_owner = any(
        likeness(name, other) >= _ALIKE and likeness(name, column.variable) < _ALIKE
        for name in called for other in (owner, *map(local_name, classes))
    )  # fmt: skip
    taken = [row[owner] for row in sample.rows if row[column.name] is not None]
    tags = {getattr(value, "language", None) for value in column.values}
    is_owner = is_owner or len(tags) > 1  # a thing has a name in each language
    if is_owner and len({*taken}) < len(taken):
        said = say(
            "%(column)s counts the values of %(property)s: %(n)s, of %(things)s different ?%(owner)s, "
            "some of which have several.", column=column.text,
            property=case.written(path.path), n=len(taken), things=len({*taken}), owner=owner,
        )  # fmt: skip
        text = f"COUNT(DISTINCT ?{owner})"
        edits = (case.replaced(column.aggregate, text),)
        advice = Advice(say("%(text)s counts these.", text=text), edits)
        yield column.finding("rows-multiplied", said, "info", None, None, advice)


def _called(sample: Sample, column: Column) -> list[str]:
    """What the column is called that has an aggregate."""
    items = (i for i in sample.scope.query.items or () if i.expression is column.aggregate)
    return [item.variable.value for item in items if item.variable]


def repeated(column: Column) -> Iterator[Finding]:
    """A sum that takes the same number for each of several parts of one thing."""
    sample = column.sample
    owner = column.owners[0] if column.owners else ""
    wholes = [
        t.object.value for t in sample.triples if t.subject.value == owner and t.object.is_free
    ]
    is_each = not column.aggregate.is_distinct
    for whole in (name for name in wholes if is_each and name != column.variable):
        parts_of, numbers = defaultdict[Any, set[Any]](set), defaultdict[Any, set[Any]](set)
        for row, value in zip(sample.rows, column.values, strict=True):
            parts_of[row[whole]].add(row[owner])
            numbers[row[whole]].add(value)
        several = [each for each, some in parts_of.items() if len(some) > 1 and is_node(each)]
        if several and all(len(numbers[each]) == 1 for each in several):
            said = say(
                "%(n)s of %(all)s ?%(whole)s have several ?%(owner)s, all with the same value, which "
                "%(column)s takes for each of them.", column=column.text, n=len(several), owner=owner,
                all=len(parts_of), whole=whole,
            )  # fmt: skip
            yield column.finding("rows-multiplied", said, "info")


def alone(column: Column) -> Iterator[Finding]:
    """The least or greatest of one: each group has a single solution, for a key is what has it."""
    sample, keys = column.sample, column.sample.keys
    if len(keys) > 1 and 1 < len({*map(sample.group, sample.rows)}) == len(sample.rows) < ROWS:
        said = say(
            "Each group has one solution, so %(column)s is the value itself. To find what has the "
            "greatest or least in each of fewer groups, compute it in an inner SELECT that is grouped "
            "by those keys alone, and join that with the pattern.", column=column.text,
        )  # fmt: skip
        yield column.finding("equal-groups", said, "info")


def same_names(column: Column) -> Iterator[Finding]:
    """Groups by a name that several things have."""
    sample = column.sample
    first = column is sample.columns[0]
    for triple in sample.triples if first else ():
        iri, thing, name = last_property(triple), triple.subject.value, triple.object.value
        is_key = name in sample.keys and thing not in sample.keys and thing[:2] != "__"
        if iri is None or not is_key or not is_naming(iri):
            continue
        things = defaultdict[Any, set[Any]](set)
        for row in sample.rows:
            things[row[name], *sample.group(row)].add(row[thing])
        several = [each for (each, *_), some in things.items() if len(some) > 1]
        if several:
            said = say(
                "Several ?%(thing)s have the same ?%(name)s (%(values)s), and make one group.",
                thing=thing, name=name, values=shown(sample.case, several),
            )  # fmt: skip
            start = sample.scope.query.keys[0].start
            keys = say("GROUP BY ?%(thing)s ?%(name)s keeps them apart.", thing=thing, name=name)
            advice = Advice(keys, (Edit(start, start, f"?{thing} "),), is_more=True)
            yield column.finding("equal-groups", said, "info", None, None, advice)


_ALIKE: Final = 0.6
"""How like a name the name of a column is that is called so."""
