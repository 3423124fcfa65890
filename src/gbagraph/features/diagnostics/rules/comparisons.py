"""Conditions that compare what cannot be compared: such a FILTER drops solutions without a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import (
    Finding,
    Repair,
    Scope,
    Spot,
    instead,
    last_property,
)
from gbagraph.features.diagnostics.rules.literals import (
    as_term,
    kinds_shown,
    near_values,
    number,
    same_value,
    things_called,
    written,
)
from gbagraph.features.diagnostics.schema import (
    DATES,
    INTEGERS,
    NUMBERS,
    STRING,
    TEXTS,
    XSD,
    kind_of,
)
from gbagraph.sparql.nodes import Call, Expression, Term

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from gbagraph.api.explanations import Severity
    from gbagraph.features.diagnostics.case import Case


ORDERS: Final = ("<", ">", "<=", ">=")
COMPARING: Final = ("=", "!=", *ORDERS)
_YEARS: Final = range(1000, 3000)


_TURNED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


_ENOUGH: Final = 6
"""From so many values on, it is a habit of the data that they are of several datatypes."""


def membership(case: Case, call: Call, scope: Scope) -> Iterator[Finding]:
    """IN with a constant that no value of the variable equals."""
    first, *others = call.arguments
    if not isinstance(first, Term) or first.kind != "variable":
        return
    for other in others:
        if isinstance(other, Term) and other.kind != "variable":
            yield from _explained(case, Comparison(call, first, other, "=", scope))


def comparison(case: Case, call: Call, scope: Scope) -> Iterator[Finding]:
    """A comparison that is in error for some or all values of a variable."""
    one, other = map(as_constant, call.arguments)
    if not isinstance(one, Term) or not isinstance(other, Term):
        return
    if one.kind == "variable" and other.kind == "variable":
        yield from _two_variables(case, call, one, other, scope)
    elif one.kind == "variable":
        yield from _explained(case, Comparison(call, one, other, call.name, scope))
    elif other.kind == "variable":
        yield from _explained(
            case, Comparison(call, other, one, _TURNED.get(call.name, call.name), scope)
        )


def _explained(case: Case, this: Comparison) -> Iterator[Finding]:
    kinds = case.kinds(this.variable.value, this.scope)
    if not kinds or this.sign == "!=":
        return
    if this.constant.kind == "iri":
        yield from _with_iri(case, this, kinds)
        return
    things = kinds["iri"] + kinds["blank"]
    if things == kinds.total():
        yield _thing_with_literal(case, this)
        return
    good = sum(n for kind, n in kinds.items() if _comparable(kind, this.constant, this.sign))
    others = kinds.total() - good - things
    if this.sign == "=" and this.constant.datatype in DATES:
        yield from _finer(case, this, kinds)
    if not others or (
        this.sign == "=" and as_term(this.constant) in case.values(this.variable.value, this.scope)
    ):
        return
    if this.sign == "=" and good and family_of(this.constant) not in (DATES, NUMBERS):
        return
    if good and this.sign == "=" and not _would_add(case, this):
        return
    yield _incomparable(case, this, kinds, good)


def _finer(case: Case, this: Comparison, kinds: Counter[str]) -> Iterator[Finding]:
    """A year that is equal to some values, beside dates of that year that are told more exactly."""
    year = this.constant.value
    values = case.values(this.variable.value, this.scope)
    within = {kind_of(v) for v in values if getattr(v, "value", "").startswith(year)}
    if len(year) == 4 and len(within & DATES) > 1 and this.call.name == "=":
        text = f"YEAR({this.variable.text})"
        edits = (case.replaced(this.variable, text), case.replaced(this.constant, year))
        yield Finding(
            "comparison-drops-values",
            "warning",
            f"{this.constant.text} is only equal to dates that are told as this year alone; "
            f"{this.variable.text} has others of the year ({kinds_shown(case, kinds)}).",
            this.constant.start,
            Repair(f"{text} = {year}", edits),
        )


def _comparable(kind: str, constant: Term, sign: str) -> bool:
    """Whether an operator of the standard (section 17.3) compares values of *kind* with *constant*."""
    if kind[0] == "@":
        return sign == "=" and kind[1:] == constant.language
    if constant.language or kind in ("iri", "blank"):
        return False
    if kind in NUMBERS and constant.datatype in NUMBERS:
        return True
    return kind == constant.datatype


def _would_add(case: Case, this: Comparison) -> bool:
    return this.constant.value in {
        getattr(v, "value", "") for v in case.values(this.variable.value, this.scope)
    }


def _with_iri(case: Case, this: Comparison, kinds: Counter[str]) -> Iterator[Finding]:
    if kinds["iri"] or kinds["blank"]:
        return
    yield Finding(
        "literal-compared-with-iri",
        "error",
        f"{this.variable.text} is a literal ({kinds_shown(case, kinds)}), and never equal to the IRI "
        f"{this.constant.text}.",
        this.constant.start,
        _as_its_label(case, this),
    )


def _as_its_label(case: Case, this: Comparison) -> Repair | None:
    spot = binding_spot(case, this)
    property_ = last_property(spot.triple) if spot else None
    label = case.names.label_of(this.constant.value)
    values = near_values(case, label, property_, this.scope) if property_ else []
    return instead(this.constant, written(case, values[0])) if values else None


def _thing_with_literal(case: Case, this: Comparison) -> Finding:
    """The variable is a thing: its name is compared, or a property of it left out."""
    constant, name = this.constant, this.variable.text
    if constant.datatype in TEXTS:
        iris = things_called(case, constant.value)
        values = {
            v.value
            for v in case.values(this.variable.value, this.scope)
            if isinstance(v, ox.NamedNode)
        }
        iris = [iri for iri in iris if iri in values] or iris
        repair = instead(constant, case.short(iris[0])) if iris else None
        what = f" {constant.text} is the name of {case.named(iris[0])}." if iris else ""
        message = f"{name} is an IRI, and never equal to the text {constant.text}.{what}"
        return Finding("literal-compared-with-iri", "error", message, constant.start, repair)
    repair = step_onward(case, this)
    message = f"{name} is a thing with an IRI, no number or date to compare with {constant.text}."
    if repair:
        message += f" Its value is that of {repair.suggestion}."
    return Finding("literal-compared-with-iri", "error", message, this.variable.start, repair)


def _incomparable(case: Case, this: Comparison, kinds: Counter[str], good: int) -> Finding:
    constant, name = this.constant, this.variable.text
    languages = [kind[1:] for kind in kinds if kind[0] == "@"]
    repair = repair_of(case, this, kinds)
    shown = kinds_shown(case, kinds)
    if languages and constant.datatype in TEXTS:
        code = "language-tag-wrong" if constant.language else "language-tag-missing"
        message = (
            f"{constant.text} is never equal to {name}, whose values are {shown}: a text with a "
            "language tag is another literal."
        )
        return Finding(code, "error", message, constant.start, repair)
    if good:
        message = (
            f"{name} has values of several datatypes ({shown}), and only {good} of {kinds.total()} can "
            f"be compared with {constant.text}: the others are dropped without a word."
        )
        severity: Severity = "warning" if kinds.total() >= _ENOUGH else "info"
        return Finding("comparison-drops-values", severity, message, constant.start, repair)
    what = f"a text in {constant.language}" if constant.language else case.named(constant.datatype)
    message = (
        f"{constant.text} is {what}, and {name} is {shown}: they cannot be compared, so no solution "
        "is left."
    )
    return Finding("comparison-of-datatypes", "error", message, constant.start, repair)


def _two_variables(
    case: Case, call: Call, one: Term, other: Term, scope: Scope
) -> Iterator[Finding]:
    if call.name not in ("=", *ORDERS):
        return
    first, second = case.kinds(one.value, scope), case.kinds(other.value, scope)
    if not first or not second:
        return
    literal_kinds = [k for k in (*first, *second) if k not in ("iri", "blank")]
    is_thing = [set(kinds) <= {"iri", "blank"} for kinds in (first, second)]
    if is_thing[0] != is_thing[1] and all(
        set(k) <= {"iri", "blank"} or not set(k) & {"iri", "blank"} for k in (first, second)
    ):
        thing, literal = (one, other) if is_thing[0] else (other, one)
        yield Finding(
            "literal-compared-with-iri",
            "error",
            f"{thing.text} is an IRI and {literal.text} a literal: never equal, and without an order.",
            call.start,
        )
    elif call.name in ORDERS and set(literal_kinds) <= DATES and len(set(literal_kinds)) > 1:
        text = f"YEAR({one.text}) {call.name} YEAR({other.text})"
        yield Finding(
            "comparison-drops-values",
            "warning",
            f"{one.text} and {other.text} have values of several datatypes "
            f"({kinds_shown(case, first + second)}); pairs of different ones cannot be compared and are "
            "dropped without a word.",
            call.start,
            instead(call, text),
        )


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
    spots = (
        s
        for s in case.spots
        if s.triple.object.value == this.variable.value and s.triple.object.kind == "variable"
    )
    return next(spots, None)


def step_onward(case: Case, this: Comparison) -> Repair | None:
    """The path that binds the variable, a step longer, to where the literals are."""
    spot = binding_spot(case, this)
    if spot is None:
        return None
    family = " ".join(f"<{datatype}>" for datatype in sorted(family_of(this.constant)))
    near = case.neighbours(spot.triple, spot.scope)
    pattern = (
        f"{{ SELECT DISTINCT ?__n {{ {case.rendered([spot.triple, *near], spot.scope)} "
        f"BIND({spot.triple.object.text} AS ?__n) }} LIMIT 200 }} ?__n ?__q ?__v . "
        f"FILTER(DATATYPE(?__v) IN ({family.replace(' ', ', ')}))"
    )
    return case.onward(spot.triple, pattern)


def repair_of(case: Case, this: Comparison, kinds: Counter[str]) -> Repair | None:
    """What to compare instead, where the values are of these kinds."""
    constant, variable = this.constant, this.variable
    spot = binding_spot(case, this)
    property_ = last_property(spot.triple) if spot else None
    text = str(ox.Literal(constant.value))
    if constant.datatype in TEXTS and any(kind[0] == "@" for kind in kinds):
        values: list[ox.Literal] = []
        if property_:
            values = same_value(case, constant, property_, this.scope) or near_values(
                case, constant.value, property_, this.scope
            )
        if values:
            return instead(constant, written(case, values[0]))
        return None if this.call.name == "IN" else _compared(this, "STR", text)
    dates = [kind for kind in kinds if kind in DATES]
    if dates:
        return _of_dates(case, this, dates, property_)
    only = kinds.most_common(1)[0][0]
    if only in NUMBERS and number(constant.value) is not None:
        return instead(constant, constant.value)
    if only == STRING and constant.datatype in NUMBERS and this.sign != "=":
        cast, declared = case.prefix(XSD + "decimal")
        return instead(variable, f"{cast}({variable.text})", *declared)
    return instead(constant, text) if only == STRING else None


def _compared(this: Comparison, function: str, text: str) -> Repair:
    """What a function makes of the variable, compared with *text*."""
    called = instead(this.variable, f"{function}({this.variable.text})")
    edits = (*called.edits, *instead(this.constant, text).edits)
    return Repair(f"{called.suggestion} {this.sign} {text}", edits)


def _of_dates(
    case: Case, this: Comparison, dates: list[str], property_: str | None
) -> Repair | None:
    """Dates compared with what is none, or is of another precision."""
    constant, year = this.constant, _year(this.constant.value)
    if constant.value == "NOW()":
        return _compared(this, "YEAR", "YEAR(NOW())")
    if year is None:
        return None
    whole_year = constant.datatype in (*INTEGERS, XSD + "gYear") or constant.value.isdigit()
    is_finer = constant.datatype in DATES and not whole_year
    bounds = _by_bounds(case, this, property_) if is_finer else None
    if bounds is not None:
        return bounds
    text = _in_datatype(constant, dates, whole_year=whole_year)
    if text is not None:
        name, declared = case.prefix(dates[0])
        return instead(constant, f'"{text}"^^{name}', *declared)
    if constant.datatype == XSD + "gYearMonth":
        return _compared(this, "STR", str(ox.Literal(constant.value)))
    is_replaceable = this.variable.start > constant.start or this.call.name != "IN"
    return _compared(this, "YEAR", str(year)) if is_replaceable else None


def _in_datatype(constant: Term, dates: list[str], *, whole_year: bool) -> str | None:
    """The text of a constant in the datatype of all *dates*, where it can have that."""
    if whole_year:
        return constant.value.strip()[:4] if dates == [XSD + "gYear"] else None
    if len(dates) == 1 and constant.datatype == STRING:
        return constant.value
    is_day = dates == [XSD + "dateTime"] and constant.datatype == XSD + "date"
    return f"{constant.value}T00:00:00Z" if is_day else None


def _year(text: str) -> int | None:
    first = text.strip()[:4]
    return int(first) if len(first) == 4 and first.isdigit() and int(first) in _YEARS else None


def _by_bounds(case: Case, this: Comparison, property_: str | None) -> Repair | None:
    """Another property of the same things whose values are all of the constant's datatype."""
    spot = binding_spot(case, this)
    if spot is None or property_ is None or not isinstance(spot.triple.path, Term):
        return None
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
    if not names:
        return None
    wanted = names[0] if this.sign in (">", ">=") else names[-1]
    return instead(spot.triple.path, case.short(wanted))


def as_constant(expression: Expression) -> Expression:
    """Return the literal that a cast of a literal gives, and NOW(), as a term in its place."""
    if not isinstance(expression, Call):
        return expression
    first = expression.arguments[0] if expression.arguments else None
    place = expression.start, expression.end
    if expression.name == "NOW":
        return Term(*place, "literal", "NOW()", "NOW()", "", XSD + "dateTime")
    if expression.name.startswith(XSD) and isinstance(first, Term) and first.kind == "literal":
        return Term(*place, "literal", first.value, first.text, "", expression.name)
    return expression
