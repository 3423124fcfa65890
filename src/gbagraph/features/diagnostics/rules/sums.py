"""The values that an aggregate takes: of kinds that it cannot take, or that have no common order."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.finding import (
    Finding,
    Repair,
    instead,
)
from gbagraph.features.diagnostics.rules.candidates import bare, numeric
from gbagraph.features.diagnostics.rules.measured import (
    Solutions,
    kind_named,
    kinds_of,
    sampled,
    values_of,
)
from gbagraph.features.diagnostics.rules.samples import (
    Column,
    family,
    is_node,
    shown,
)
from gbagraph.features.diagnostics.schema import (
    DATES,
    NUMBERS,
    STRING,
    XSD,
    kind_of,
)
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import (
    Call,
    Expression,
    Term,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gbagraph.api.explanations import Severity
    from gbagraph.features.diagnostics.case import Case

    ColumnRule = Callable[["Column"], Iterator[Finding]]
    Beside = list[tuple[str, Any]]

_UNBOUND: Final = (
    "?%(name)s has no value in %(n)s of %(all)s solutions, and one such is enough; "
    "FILTER(BOUND(?%(name)s)) leaves them out."
)
_NO_NUMBERS: Final = (
    "%(n)s of %(all)s values of ?%(name)s are not numbers but %(kinds)s: %(values)s."
)
_NO_TEXTS: Final = "%(n)s of %(all)s values of ?%(name)s are not texts: %(values)s."
_THINGS: Final = "%(n)s of %(all)s values of ?%(name)s are things, not numbers: %(values)s."
_NO_VALUE: Final = (
    "%(argument)s has no value in %(n)s of %(all)s solutions, where ?%(name)s is %(values)s."
)


def kinds(column: Column) -> Iterator[Finding]:
    """Values that an aggregate cannot take: one is enough, and its group has no result."""
    sample, nodes = column.sample, column.nodes(column.variable)
    wanted = {"SUM": "number", "AVG": "number", "GROUP_CONCAT": "text"}.get(column.aggregate.name)
    families = [value is not None and family(value) for value in column.values]
    groups = [*map(sample.group, sample.rows)]
    alive = {group for group, family in zip(groups, families, strict=True) if family}
    bad = [
        i
        for i, (group, family) in enumerate(zip(groups, families, strict=True))
        if wanted not in (None, family or wanted)
        or (not family and (nodes[i] is not None or group in alive))
    ]
    if not bad or not column.variable or not _is_lost(column):
        yield from _order(column)
        return
    lost = {groups[i] for i in bad}
    given = [nodes[i] for i in bad if nodes[i] is not None]
    argument = column.aggregate.argument
    values: dict[str, object] = {
        "column": column.text,
        "name": column.variable,
        "all": len(nodes),
        "lost": len(lost),
        "n": len(given) or len(bad),
        "groups": len({*groups}),
        "kinds": _kinds(column.case, given),
        "values": shown(column.case, given),
        "argument": column.case.written(argument or column.aggregate),
    }
    template = "%(column)s has no result for %(lost)s of %(groups)s groups."
    if len(groups) == ROWS:
        template = "%(column)s has no result for at least %(lost)s groups."
    said = say(template, **values)
    said = said if len(lost) < len({*groups}) else say("%(column)s has no result.", **values)
    code = "aggregate-of-texts"
    if not given:
        code, template = "aggregate-of-unbound", _UNBOUND
    elif wanted == "number" and all(map(is_node, given)):
        code, template = "aggregate-of-things", _THINGS
    elif isinstance(argument, Term):
        template = _NO_NUMBERS if wanted == "number" else _NO_TEXTS
    else:
        template = _NO_VALUE
    repair = _cast(column) if code == "aggregate-of-texts" else None
    more = _onward(column) if code == "aggregate-of-things" else Message()
    severity: Severity = "error" if len(lost) == len({*groups}) else "warning"
    yield column.finding(code, said + say(template, **values) + more, severity, repair)


def _is_lost(column: Column) -> bool:
    """Whether the engine gives no result for one of the groups of these solutions."""
    sample = column.sample
    keys = " ".join(f"?{name}" for name in sample.groups)
    some = f"{{ SELECT * {{ {sample.taken} }} LIMIT {ROWS} }}"
    rows = column.case.rows(f"({column.text} AS ?__r)", some, f"GROUP BY {keys}" * bool(keys))
    return any(row[0] is None for row in rows)


def _kinds(case: Case, values: Iterable[Any]) -> tuple[Message | str, ...]:
    """The kinds of some values for a reader."""
    return tuple(kind_named(case, kind) for kind in dict.fromkeys(map(kind_of, values)))


def _onward(column: Column) -> Message:
    """Where things have their numbers."""
    found = column.path
    number = f"?{column.variable} ?__q ?__v FILTER(ISNUMERIC(?__v))"
    if not found:
        return Message()
    case, after = column.case, "GROUP BY ?__q ORDER BY DESC(?__k)"
    rows = case.rows("?__q (COUNT(*) AS ?__k)", f"{case.rendered([found])} {number}", after)
    steps = case.schema.special(row[0].value for row in rows if row[1] == rows[0][1])
    path = f"{case.written(found.path)}/{case.short(steps[0])}" if steps else ""
    return say("Its number is that of %(path)s.", path=path) if path else Message()


def _cast(column: Column) -> Repair | None:
    """The argument as numbers, if each value is one though it is a text; for a cell as texts."""
    argument, case = column.aggregate.argument, column.case
    values = column.nodes(column.variable)
    is_cast = isinstance(argument, Call) and argument.name.startswith(XSD)
    if argument and column.aggregate.name == "GROUP_CONCAT" and None not in column.values:
        return instead(argument, f"STR({case.written(argument)})")
    if argument is None or not (all(map(bare, values)) and (is_cast or isinstance(argument, Term))):
        return None
    cast, declared = case.prefix(numeric(values)[1:-1])
    return instead(argument, f"{cast}(?{column.variable})", *declared)


def _order(column: Column) -> Iterator[Finding]:
    """The least or the greatest of values that have no common order, or another than that of numbers."""
    case, sample, is_most = column.case, column.sample, column.aggregate.name == "MAX"
    repair = _cast(column) if is_most or column.aggregate.name == "MIN" else None
    groups = defaultdict[Any, list[Any]](list)
    for row, value in zip(sample.rows, column.values, strict=True):
        groups[sample.group(row)].append(value)
    for values in groups.values() if is_most or column.aggregate.name == "MIN" else ():
        found = {kind_of(v) if family(v) == "date" else family(v): v for v in values if v}
        texts = sorted(value.value for value in values if value and kind_of(value) == STRING)
        numbers = sorted(texts, key=float) if repair else texts
        if len(found) > 1:
            pairs = (
                say("%(kind)s (%(value)s)", kind=_kinds(case, [v]), value=shown(case, [v]))
                for v in found.values()
            )
            said = say(
                "%(column)s is taken over values of several kinds, which have no common order: "
                "%(kinds)s.", column=column.text, kinds=tuple(pairs),
            )  # fmt: skip
            if "number" in found and repair is None and column.variable:
                said += say("FILTER(isNumeric(?%(name)s)) keeps the numbers.", name=column.variable)
        elif texts[-is_most:][:1] != numbers[-is_most:][:1]:
            said = say(
                '%(column)s compares texts letter by letter, and gives "%(text)s"; of numbers it is '
                "%(number)s.", column=column.text, text=texts[-is_most], number=numbers[-is_most],
            )  # fmt: skip
        else:
            continue
        start = column.aggregate.argument.start if column.aggregate.argument else None
        yield column.finding("order-of-mixed-kinds", said, "warning", repair, start)
        return


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
                "%(values)s are the same number, and two groups; GROUP BY a number, such as that of "
                "xsd:decimal(…), makes them one.", values=", ".join(f'"{text}"' for text in several),
            )  # fmt: skip
            yield column.finding("equal-groups", said)


_CODE: Final = 4
"""Characters from which a whole number that is a text is a code, whose order is nobody's concern."""


def order(solutions: Solutions, root: Expression) -> Iterator[Finding]:
    """Values that are put in order though their kinds have none in common."""
    case, kinds = solutions.case, solutions.kinds(root)
    values = [v for v in solutions.values(root) or () if v is not None]
    text, texts = case.written(root), sorted({v.value for v in values if kind_of(v) == STRING})
    if len(set(kinds) & DATES) > 1:
        said = say(
            "%(part)s has dates of several datatypes (%(kinds)s), for which SPARQL has no order; here "
            "they are put in order as texts, so that 2020 comes before 2020-08.",
            part=text, kinds=kinds_of(case, kinds),
        )  # fmt: skip
        yield Finding("order-of-mixed-kinds", "info", said, root.start)
    elif set(kinds) & NUMBERS and STRING in kinds and not all(map(bare, values)):
        others = [v for v in values if kind_of(v) == STRING]
        said = say(
            "%(part)s has numbers, and texts that are put after all of them: %(values)s.",
            part=text, values=values_of(case, others),
        )  # fmt: skip
        yield Finding("order-of-mixed-kinds", "info", said + sampled(solutions), root.start)
    elif isinstance(root, Term) and texts and all(bare(v) for v in values):
        is_code = len(min(texts, key=len)) >= _CODE and not any("." in each for each in texts)
        if is_code or (texts == sorted(texts, key=float) and set(kinds) == {STRING}):
            return
        cast, declared = case.prefix(numeric(values)[1:-1])
        said = say(
            "%(part)s has numbers written as texts (%(values)s), which are put in order letter by "
            "letter: \"9\" comes after \"10\".",
            part=text, values=values_of(case, map(ox.Literal, texts)),
        )  # fmt: skip
        repair = instead(root, f"{cast}({text})", *declared)
        yield Finding("order-of-mixed-kinds", "warning", said, root.start, repair)
