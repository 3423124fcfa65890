"""A variable or a function compared with a constant, and what to compare instead."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import Edit, Finding, Repair
from gbagraph.features.diagnostics.rules.literals import (
    DATES,
    STRING,
    near_values,
    same_value,
    written,
)
from gbagraph.features.diagnostics.scopes import Scope, Spot, last_property
from gbagraph.names.texts import plain
from gbagraph.rdf.namespaces import PREFIXES, expand
from gbagraph.sparql.nodes import Call, Expression, Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.case import Case


XSD: Final = PREFIXES["xsd"]

_INTEGERS: Final = frozenset(
    XSD + name
    for name in (
        "integer",
        "int",
        "long",
        "short",
        "byte",
        "nonNegativeInteger",
        "positiveInteger",
        "unsignedInt",
        "unsignedLong",
        "unsignedShort",
        "unsignedByte",
        "negativeInteger",
        "nonPositiveInteger",
    )
)

NUMBERS: Final = _INTEGERS | {XSD + name for name in ("decimal", "double", "float")}

ORDERS: Final = ("<", ">", "<=", ">=")

_YEARS: Final = range(1000, 3000)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A variable compared with a constant, the variable first."""

    call: Call
    variable: Term
    constant: Term
    sign: str
    scope: Scope


def family_of(constant: Term) -> frozenset[str]:
    """The datatypes whose values can be compared with those of a constant, or turned into such."""
    return next(
        (f for f in (NUMBERS, DATES) if constant.datatype in f), frozenset({constant.datatype})
    )


def binding_spot(case: Case, this: Comparison) -> Spot | None:
    """The pattern whose object is the variable."""
    found = (
        s
        for s in case.spots
        if s.triple.object.value == this.variable.value and s.triple.object.kind == "variable"
    )
    return next(found, None)


def steps_onward(case: Case, this: Comparison) -> Iterator[Repair]:
    """The path that binds the variable, a step longer, to where the literals are."""
    spot = binding_spot(case, this)
    if spot is None:
        return
    family = " ".join(f"<{datatype}>" for datatype in sorted(family_of(this.constant)))
    near = case.neighbours(spot.triple, spot.scope)
    pattern = (
        f"{{ SELECT DISTINCT ?__n {{ {case.rendered([spot.triple, *near], spot.scope)} "
        f"BIND({spot.triple.object.text} AS ?__n) }} LIMIT 200 }} ?__n ?__q ?__v . "
        f"FILTER(DATATYPE(?__v) IN ({family.replace(' ', ', ')}))"
    )
    rows = case.rows(
        "?__q (COUNT(*) AS ?__k)", pattern, "GROUP BY ?__q ORDER BY DESC(?__k) LIMIT 5"
    )
    for row in rows:
        text = f"{case.written(spot.triple.path)}/{case.short(row[0].value)}"
        yield Repair(text, (case.replaced(spot.triple.path, text),))


def kinds_shown(case: Case, kinds: Counter[str]) -> str:
    """The commonest kinds of value for a reader."""

    def name(kind: str) -> str:
        if kind[0] == "@":
            return f"text in {kind[1:]}"
        return {"iri": "IRI", "blank": "blank node"}.get(kind) or case.named(kind)

    return ", ".join(name(kind) for kind, _ in kinds.most_common(4))


def repairs_of(case: Case, this: Comparison, kinds: Counter[str]) -> Iterator[Repair]:
    """What to compare instead, where the values are of these kinds."""
    constant, variable = this.constant, this.variable
    spot = binding_spot(case, this)
    property_ = last_property(spot.triple) if spot else None
    if constant.datatype in (STRING, expand("rdf:langString")) and any(
        kind[0] == "@" for kind in kinds
    ):
        same = same_value(case, constant, property_, this.scope) if property_ else []
        near = (
            []
            if same or not property_
            else near_values(case, constant.value, property_, this.scope)
        )
        for value in same or near:
            yield Repair(written(case, value), (case.replaced(constant, written(case, value)),))
        if this.call.name != "IN":
            text = f"STR({variable.text})"
            plain_text = str(ox.Literal(constant.value))
            yield Repair(
                f"{text} {this.sign} {plain_text}",
                (case.replaced(variable, text), case.replaced(constant, plain_text)),
            )
        return
    dates = [kind for kind in kinds if kind in DATES]
    if dates:
        yield from _of_dates(case, this, dates, property_)
        return
    only = kinds.most_common(1)[0][0]
    if only in NUMBERS and _is_number(constant.value):
        yield Repair(constant.value, (case.replaced(constant, constant.value),))
    elif only == STRING and constant.datatype in NUMBERS:
        text = str(ox.Literal(constant.value))
        if this.sign == "=":
            yield Repair(text, (case.replaced(constant, text),))
        cast, declared = case.prefix(XSD + "decimal", "xsd")
        yield Repair(
            f"{cast}({variable.text})",
            (case.replaced(variable, f"{cast}({variable.text})"), *declared),
        )
    elif only == STRING:
        text = str(ox.Literal(constant.value))
        yield Repair(text, (case.replaced(constant, text),))


def _of_dates(
    case: Case, this: Comparison, dates: list[str], property_: str | None
) -> Iterator[Repair]:
    """Dates compared with what is none, or is of another precision."""
    constant, year = this.constant, _year(this.constant.value)
    if constant.value == "NOW()":
        text = f"YEAR({this.variable.text})"
        now = (case.replaced(this.variable, text), case.replaced(constant, "YEAR(NOW())"))
        yield Repair(f"{text} {this.sign} YEAR(NOW())", now)
    if year is None:
        return
    whole_year = constant.datatype in (*_INTEGERS, XSD + "gYear") or constant.value.isdigit()
    if constant.datatype in DATES and not whole_year:
        yield from _by_bounds(case, this, property_)
    if len(dates) == 1 and whole_year and dates[0] == XSD + "gYear":
        text, declared = _typed(case, str(year), "gYear")
        yield Repair(text, (case.replaced(constant, text), *declared))
    if len(dates) == 1 and constant.datatype == STRING and not whole_year:
        text, declared = _typed(case, constant.value, dates[0].removeprefix(XSD))
        yield Repair(text, (case.replaced(constant, text), *declared))
    if dates == [XSD + "dateTime"] and constant.datatype == XSD + "date":
        text, declared = _typed(case, f"{constant.value}T00:00:00Z", "dateTime")
        yield Repair(text, (case.replaced(constant, text), *declared))
    if constant.datatype == XSD + "gYearMonth":
        text, name = str(ox.Literal(constant.value)), f"STR({this.variable.text})"
        as_texts = (case.replaced(this.variable, name), case.replaced(constant, text))
        yield Repair(f"{name} {this.sign} {text}", as_texts)
    edits = (
        case.replaced(this.variable, f"YEAR({this.variable.text})"),
        case.replaced(constant, str(year)),
    )
    if this.variable.start > constant.start or this.call.name != "IN":
        yield Repair(f"YEAR({this.variable.text}) {this.sign} {year}", edits)


def _typed(case: Case, text: str, name: str) -> tuple[str, tuple[Edit, ...]]:
    datatype, declared = case.prefix(XSD + name, "xsd")
    return f'"{text}"^^{datatype}', declared


def _year(text: str) -> int | None:
    first = text.strip()[:4]
    return int(first) if len(first) == 4 and first.isdigit() and int(first) in _YEARS else None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _by_bounds(case: Case, this: Comparison, property_: str | None) -> Iterator[Repair]:
    """Another property of the same things whose values are all of the constant's datatype."""
    spot = binding_spot(case, this)
    if spot is None or property_ is None or not isinstance(spot.triple.path, Term):
        return
    subject = spot.triple.subject.text
    said = case.rendered([spot.triple, *case.neighbours(spot.triple, spot.scope)], spot.scope)
    total = case.rows(f"(COUNT(DISTINCT {subject}) AS ?__k)", said)
    rows = case.rows(
        f"?__q (COUNT(DISTINCT {subject}) AS ?__k) (MIN(?__v) AS ?__least)",
        f"{said} {subject} ?__q ?__v "
        f"FILTER(DATATYPE(?__v) = <{this.constant.datatype}> && ?__q != <{property_}>)",
        "GROUP BY ?__q ORDER BY DESC(?__k) ?__least LIMIT 4",
    )
    names = [row[0].value for row in rows if row[1] == total[0][0]]
    wanted = names if this.sign in (">", ">=") else names[::-1]
    for iri in wanted:
        edit = case.replaced(spot.triple.path, case.short(iri))
        yield Repair(case.short(iri), (edit,))


OF_TEXTS: Final = frozenset(
    {
        "CONTAINS",
        "STRSTARTS",
        "STRENDS",
        "REGEX",
        "LCASE",
        "UCASE",
        "STRLEN",
        "SUBSTR",
        "REPLACE",
        "STRBEFORE",
        "STRAFTER",
    }
)

ARITHMETIC: Final = frozenset({"+", "-", "*", "/"})
_GIVING_NUMBERS: Final = frozenset(
    {"YEAR", "MONTH", "DAY", "HOURS", "MINUTES", "STRLEN", "ABS", "ROUND", "CEIL", "FLOOR"}
)
_GIVING_TEXTS: Final = frozenset(
    {"STR", "LCASE", "UCASE", "SUBSTR", "CONCAT", "STRBEFORE", "STRAFTER"}
)
_LENGTHS: Final = frozenset(
    XSD + name
    for name in ("duration", "dayTimeDuration", "yearMonthDuration", "date", "dateTime", "time")
)
OF_DATES: Final = frozenset({"YEAR", "MONTH", "DAY"})


def text_function(case: Case, call: Call, scope: Scope) -> Iterator[Finding]:
    """A function of texts that is given what is none."""
    first = call.arguments[0] if call.arguments else None
    if not isinstance(first, Term) or first.kind != "variable":
        return
    kinds = case.kinds(first.value, scope)
    bad = [kind for kind in kinds if kind[0] != "@" and kind != STRING]
    text = f"STR({first.text})"
    if kinds and bad:
        lost = sum(kinds[kind] for kind in bad)
        severity = "error" if lost == kinds.total() else "info"
        yield Finding(
            "text-function-of-other",
            severity,  # type: ignore[arg-type]
            f"{call.name} takes a text, and {lost} of {kinds.total()} values of {first.text} are none "
            f"({kinds_shown(case, Counter({k: kinds[k] for k in bad}))}): the condition fails for them.",
            first.start,
            tuple(_texts(case, call, first, text, scope)),
        )
    elif kinds and call.name in ("CONTAINS", "STRSTARTS", "STRENDS", "REGEX"):
        yield from _letter_case(case, call, first)


def _texts(case: Case, call: Call, first: Term, text: str, scope: Scope) -> Iterator[Repair]:
    """Its IRI as a text, or its name."""
    wanted = call.arguments[1] if len(call.arguments) > 1 else None
    values = [str(getattr(v, "value", "")) for v in case.values(first.value, scope)]
    is_inside = isinstance(wanted, Term) and any(wanted.value in value for value in values)
    own = Repair(text, (case.replaced(first, text),))
    lowered = Repair(
        f"LCASE({text})", (case.replaced(first, f"LCASE({text})"), *_lowered(case, wanted))
    )
    yield from (own, lowered) if is_inside else (lowered, own)


def _lowered(case: Case, wanted: Expression | None) -> tuple[Edit, ...]:
    if isinstance(wanted, Term) and wanted.kind == "literal":
        return (case.replaced(wanted, str(ox.Literal(wanted.value.lower()))),)
    return ()


def _letter_case(case: Case, call: Call, first: Term) -> Iterator[Finding]:
    """A text that is in no value as it is written, but is with other letters' case."""
    wanted = call.arguments[1] if len(call.arguments) > 1 else None
    if not isinstance(wanted, Term) or wanted.kind != "literal" or len(call.arguments) > 2:
        return
    spot = next((s for s in case.spots if s.triple.object.value == first.value), None)
    if spot is None or not plain(wanted.value):
        return
    said = case.rendered([spot.triple, *case.neighbours(spot.triple, spot.scope)], spot.scope)
    low = str(ox.Literal(wanted.value.lower()))
    lowered = f"{call.name}(LCASE(STR({first.text})), {low})"
    if case.holds(f"{said} FILTER({case.written(call)})"):
        return
    if case.holds(f"{said} FILTER({lowered})"):
        edits = (case.replaced(first, f"LCASE(STR({first.text}))"), *_lowered(case, wanted))
        yield Finding(
            "letter-case",
            "error",
            f"No value of {first.text} has {wanted.text} with these capitals and small letters; "
            "compared in lower case, some have.",
            wanted.start,
            (Repair(f"LCASE(STR({first.text}))", edits),),
        )


def result_compared(case: Case, call: Call, constant: Term) -> Iterator[Finding]:
    """The result of a function, which is a number or a text, compared with the other."""
    is_text = constant.datatype == STRING
    is_number = constant.datatype in NUMBERS
    if call.name in _GIVING_NUMBERS and is_text and constant.value.lstrip("+-").isdigit():
        right, what = constant.value, "a number"
    elif call.name in _GIVING_TEXTS and is_number:
        right, what = str(ox.Literal(constant.value)), "a text"
    else:
        return
    yield Finding(
        "comparison-of-datatypes",
        "error",
        f"{call.name} gives {what}, and {constant.text} is none: never equal, and without an order.",
        constant.start,
        (Repair(right, (case.replaced(constant, right),)),),
    )


def arithmetic(case: Case, call: Call, scope: Scope) -> Iterator[Finding]:
    """A sum or a product of what is no number."""
    for argument in call.arguments:
        if not isinstance(argument, Term) or argument.kind != "variable":
            continue
        kinds = case.kinds(argument.value, scope)
        if not kinds or set(kinds) & (NUMBERS | _LENGTHS):
            continue
        sample = Term(0, 0, "literal", "1", "1", "", XSD + "integer")
        this = Comparison(call, argument, sample, "=", scope)
        repairs = tuple(steps_onward(case, this)) if set(kinds) <= {"iri", "blank"} else ()
        if set(kinds) <= DATES:
            year = f"YEAR({argument.text})"
            repairs = (Repair(year, (case.replaced(argument, year),)),)
        message = f"{call.name} takes numbers, and {argument.text} is {kinds_shown(case, kinds)}"
        message += f"; its number is that of {repairs[0].suggestion}." if repairs else "."
        yield Finding("arithmetic-of-other", "error", message, argument.start, repairs)


def date_function(case: Case, call: Call, scope: Scope) -> Iterator[Finding]:
    """A function of dates that is given no date."""
    first = call.arguments[0] if call.arguments else None
    if not isinstance(first, Term) or first.kind != "variable":
        return
    kinds = case.kinds(first.value, scope)
    if not kinds or set(kinds) & DATES:
        return
    this = Comparison(call, first, Term(0, 0, "literal", "2000", "", "", XSD + "gYear"), ">", scope)
    repairs = tuple(steps_onward(case, this)) if set(kinds) <= {"iri", "blank"} else ()
    yield Finding(
        "date-function-of-other",
        "error",
        f"{call.name} takes a date, and {first.text} is {kinds_shown(case, kinds)}.",
        first.start,
        repairs,
    )
