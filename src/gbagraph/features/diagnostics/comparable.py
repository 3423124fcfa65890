"""Literals in a query beside the values of the data: what is alike, comparable, or to write instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import (
    Finding,
    Repair,
    Scope,
    Spot,
    instead,
    last_property,
)
from gbagraph.features.diagnostics.schema import SAMPLE
from gbagraph.names.texts import likeness, plain
from gbagraph.rdf.namespaces import PREFIXES, expand
from gbagraph.sparql.nodes import Bind, Call, Exists, Expression, Filter, Term, parts

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gbagraph.features.diagnostics.case import Case

    CallRule = Callable[[Case, Call, Scope], Iterator[Finding]]


STRING: Final = expand("xsd:string")
TEXTS: Final = (STRING, expand("rdf:langString"))


DATES: Final = frozenset(
    map(expand, ("xsd:gYear", "xsd:gYearMonth", "xsd:date", "xsd:dateTime", "xsd:dateTimeStamp"))
)


_NEAR: Final = 0.75


def as_term(literal: Term) -> ox.Literal:
    """A literal of the query as the store has it."""
    if literal.language:
        return ox.Literal(literal.value, language=literal.language)
    return ox.Literal(literal.value, datatype=ox.NamedNode(literal.datatype))


def same_value(case: Case, literal: Term, property_: str, scope: Scope) -> list[ox.Literal]:
    """Values of *property_* that are written with the same characters, or are the same number."""
    places = case.places(scope)
    use = case.schema.use(property_, places)
    candidates: list[ox.Literal] = [
        ox.Literal(literal.value, language=language) for language in use.languages
    ]
    for datatype in use.datatypes:
        candidates += (
            ox.Literal(text, datatype=ox.NamedNode(datatype)) for text in _forms(literal.value)
        )
    return [term for term in candidates if case.schema.occurs(None, property_, term, places)]


def _forms(text: str) -> list[str]:
    """A number with and without its decimal point."""
    forms = [text]
    try:
        number = float(text)
    except ValueError:
        return forms
    if number.is_integer() and abs(number) < 1e15:
        forms += [str(int(number)), f"{int(number)}.0"]
    return list(dict.fromkeys(forms))


def kind_named(case: Case, literal: Term) -> str:
    """What kind of literal it is, for a reader."""
    return f"a text in {literal.language}" if literal.language else case.named(literal.datatype)


def kinds_named(case: Case, values: list[ox.Literal]) -> str:
    """What kinds of literals they are, for a reader."""
    kinds = (
        f"texts in {v.language}" if v.language else case.named(v.datatype.value) for v in values
    )
    return ", ".join(dict.fromkeys(kinds))


def written(case: Case, value: Any) -> str:  # noqa: ANN401  a term
    """A term as it may stand in this query."""
    if isinstance(value, ox.NamedNode):
        return case.short(value.value)
    if isinstance(value, ox.Literal) and not value.language:
        datatype = value.datatype.value
        if datatype == expand("xsd:integer") or (
            datatype == expand("xsd:decimal") and "." in value.value
        ):
            return value.value
        if datatype != STRING:
            return f"{ox.Literal(value.value)}^^{case.short(datatype)}"
    return str(value)


def near_values(case: Case, text: str, property_: str, scope: Scope) -> list[ox.Literal]:
    """Values of *property_* that are like *text*, most like first; a bounded number is looked at."""
    ranked: list[tuple[float, ox.Literal]] = []
    for place in case.places(scope):
        quads = case.schema.store.quads_for_pattern(None, ox.NamedNode(property_), None, place)
        for quad, _ in zip(quads, range(SAMPLE), strict=False):
            if isinstance(quad.object, ox.Literal) and _may_be_like(text, quad.object.value):
                ranked.append((likeness(text, quad.object.value), quad.object))
    ranked = [pair for pair in ranked if pair[0] >= _NEAR]
    return [value for _, value in sorted(ranked, key=lambda pair: (-pair[0], str(pair[1])))][:3]


def _may_be_like(one: str, other: str) -> bool:
    """Whether comparing two texts letter by letter is worth its time."""
    first, second = plain(one), plain(other)
    if not first or not second or len(first) > 2 * len(second) or len(second) > 2 * len(first):
        return False
    return len(set(first) & set(second)) >= 0.6 * len(set(first) | set(second))


def things_called(case: Case, text: str) -> list[str]:
    """The things with this name, else those whose name is near."""
    kinds = ("thing", "class", "property")
    iris = [e.iri for e in case.names.labelled(text, None) if e.kind in kinds]
    return iris or [match.entry.iri for match in case.names.nearest(text, "thing", 3, _NEAR)]


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
COMPARING: Final = ("=", "!=", *ORDERS)


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


def kinds_shown(case: Case, kinds: Counter[str]) -> str:
    """The commonest kinds of value for a reader."""

    def name(kind: str) -> str:
        if kind[0] == "@":
            return f"text in {kind[1:]}"
        return {"iri": "IRI", "blank": "blank node"}.get(kind) or case.named(kind)

    return ", ".join(name(kind) for kind, _ in kinds.most_common(4))


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
    if only in NUMBERS and _is_number(constant.value):
        return instead(constant, constant.value)
    if only == STRING and constant.datatype in NUMBERS and this.sign != "=":
        cast, declared = case.prefix(XSD + "decimal", "xsd")
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
    whole_year = constant.datatype in (*_INTEGERS, XSD + "gYear") or constant.value.isdigit()
    is_finer = constant.datatype in DATES and not whole_year
    bounds = _by_bounds(case, this, property_) if is_finer else None
    if bounds is not None:
        return bounds
    text = _in_datatype(constant, dates, whole_year=whole_year)
    if text is not None:
        name, declared = case.prefix(dates[0], "xsd")
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


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


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


def conditions(case: Case, rules: Mapping[str, Sequence[CallRule]]) -> Iterator[Finding]:
    """Yield what *rules*, by the name of a function or an operator, have to say of each call."""
    for scope, expression in _conditions(case):
        for call in (part for part in parts(expression) if isinstance(part, Call)):
            for rule in rules.get(call.name, ()):
                yield from rule(case, call, scope)


def _conditions(case: Case) -> Iterator[tuple[Scope, Expression]]:
    for scope in case.scopes:
        for element in scope.group.elements:
            if isinstance(element, Filter | Bind) and not isinstance(element.expression, Exists):
                yield scope, element.expression
        if scope.group is scope.query.where:
            for item in scope.query.items or ():
                yield scope, item.expression
