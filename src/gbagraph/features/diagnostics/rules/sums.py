"""What an aggregate takes: values of kinds that it cannot take, or that have no common order.

And what stands beside these values: units, ranks, bounds, plans, parts and doubts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from gbagraph.features.diagnostics.case import ROWS, Case
from gbagraph.features.diagnostics.finding import Advice, Finding, Repair, ends, instead
from gbagraph.features.diagnostics.rules.candidates import bare, numeric
from gbagraph.features.diagnostics.rules.measured import kind_named
from gbagraph.features.diagnostics.rules.samples import (
    COMPARED,
    FUTURE,
    OUTDATED,
    SAID,
    Column,
    family,
    is_node,
    shown,
)
from gbagraph.features.diagnostics.schema import STRING, XSD, kind_of
from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import Call, Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.api.explanations import Severity
    from gbagraph.features.diagnostics.schema import Role
    from gbagraph.sparql.nodes import Expression


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
        OUTDATED,
        (*_NUMBERS, "MIN", "MAX", COMPARED),
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


_UNBOUND: Final = "?%(name)s has no value in %(n)s of %(all)s solutions, and one such is enough."
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
    advice = [*_onward(column)] if code == "aggregate-of-things" else []
    if code == "aggregate-of-texts" and wanted == "number" and repair is None:
        advice = [_kept(column, f"isNumeric({values['argument']})", "%(text)s leaves them out.")]
    if code == "aggregate-of-unbound":
        advice = [_kept(column, f"BOUND(?{column.variable})", "%(text)s leaves them out.")]
    severity: Severity = "error" if len(lost) == len({*groups}) else "warning"
    yield column.finding(code, said + say(template, **values), severity, repair, None, *advice)


def _kept(column: Column, test: str, template: str) -> Advice:
    """A FILTER with *test* at the end of the pattern of an aggregate."""
    text = f"FILTER({test})"
    edit = column.case.appended(column.sample.scope.group, text)
    return Advice(say(template, text=text), (edit,))


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


def _onward(column: Column) -> Iterator[Advice]:
    """Where things have their numbers."""
    found = column.path
    number = f"?{column.variable} ?__q ?__v FILTER(ISNUMERIC(?__v))"
    if not found:
        return
    case, after = column.case, "GROUP BY ?__q ORDER BY DESC(?__k)"
    rows = case.rows("?__q (COUNT(*) AS ?__k)", f"{case.rendered([found])} {number}", after)
    steps = case.schema.special(row[0].value for row in rows if row[1] == rows[0][1])
    for step in steps[:1]:
        path = f"{case.written(found.path)}/{case.short(step)}"
        edits = (case.replaced(found.path, path),)
        yield Advice(say("Its number is that of %(path)s.", path=path), edits)


def _cast(column: Column) -> Repair | None:
    """The argument as numbers, if each value is one though it is a text; for a cell as texts."""
    argument, case = column.aggregate.argument, column.case
    values = column.nodes(column.variable)
    is_cast = isinstance(argument, Call) and argument.name.startswith(XSD)
    if argument and column.aggregate.name == "GROUP_CONCAT" and None not in column.values:
        return instead(argument, f"STR({case.written(argument)})")
    if argument is None or not (is_cast or isinstance(argument, Term)):
        return None
    if not all(map(bare, values)):
        return _with_points(column, argument)
    cast, declared = case.prefix(numeric(values)[1:-1])
    return instead(argument, f"{cast}(?{column.variable})", *declared)


def _with_points(column: Column, argument: Expression) -> Repair | None:
    """The argument as numbers, where some of its values have a comma before their decimals."""
    values = [str(getattr(each, "value", "")) for each in column.nodes(column.variable)]
    if all(re.fullmatch(r"[+-]?\d+([.,]\d{1,2})?", each) for each in values):
        cast, declared = column.case.prefix(f"{XSD}decimal")
        text = f'{cast}(REPLACE(STR(?{column.variable}), ",", "."))'
        return instead(argument, text, *declared)
    return None


def _as_float(text: str) -> float:
    """A number as it is written, with a point or a comma before its decimals."""
    return float(text.replace(",", "."))


def _order(column: Column) -> Iterator[Finding]:
    """The least or the greatest of values that have no common order, or another than that of numbers."""
    case, sample, is_most = column.case, column.sample, column.aggregate.name == "MAX"
    repair = _cast(column) if is_most or column.aggregate.name == "MIN" else None
    groups, advice = defaultdict[Any, list[Any]](list), list[Advice]()
    for row, value in zip(sample.rows, column.values, strict=True):
        groups[sample.group(row)].append(value)
    for values in groups.values() if is_most or column.aggregate.name == "MIN" else ():
        found = {kind_of(v) if family(v) == "date" else family(v): v for v in values if v}
        texts = sorted(value.value for value in values if value and kind_of(value) == STRING)
        numbers = sorted(texts, key=_as_float) if repair else texts
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
                test = f"isNumeric(?{column.variable})"
                advice = [_kept(column, test, "%(text)s keeps the numbers.")]
        elif texts[-is_most:][:1] != numbers[-is_most:][:1]:
            said = say(
                '%(column)s compares texts letter by letter, and gives "%(text)s"; of numbers it is '
                "%(number)s.", column=column.text, text=texts[-is_most], number=numbers[-is_most],
            )  # fmt: skip
        else:
            continue
        start = column.aggregate.argument.start if column.aggregate.argument else None
        yield column.finding("order-of-mixed-kinds", said, "warning", repair, start, *advice)
        return


def marks(column: Column) -> Iterator[Finding]:
    """Values that are limits, plans or outdated, taken as if they were not."""
    for role, called, names, code, template in _MARKS:
        owners = [name for name in column.own_owners() if name not in column.sample.keys]
        for owner in owners if column.aggregate.name in names else ():
            found = column.sample.marked(role, called, column.nodes(owner))
            if found:
                # Of what is all so, the result is, too; what is but put in order is not taken as exact.
                is_partial = (found["n"] < found["all"] or role == "rank") and column.is_chosen
                said = say(template, column=column.text, **found)
                is_grave = is_partial and column.aggregate.name not in ("COUNT", COMPARED)
                if column.aggregate.name == "COUNT" and column.case.findings:
                    return  # beside what else there is to say, it is a distraction
                # Of a list, where the others are to be left out.
                place = column.path if column.aggregate.name == COMPARED else None
                start = place.path.start if place else None
                yield column.finding(code, said, "warning" if is_grave else "info", None, start)
                break


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
