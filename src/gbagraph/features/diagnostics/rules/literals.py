"""Literals that match nothing: of another kind, otherwise written, or near to one that the data has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import (
    Edit,
    Finding,
    Repair,
    Scope,
    Spot,
    instead,
    last_property,
)
from gbagraph.features.diagnostics.schema import DATES, SAMPLE, STRING, TEXTS
from gbagraph.names.texts import likeness, plain
from gbagraph.rdf.labels import LABELS
from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.nodes import Bind, Term, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.case import Case


_NEAR: Final = 0.75


def literals(case: Case) -> Iterator[Finding]:
    """Literals that no triple of their property has, and what it has instead."""
    for spot in case.spots:
        for literal, property_ in _objects(spot):
            finding = _of_literal(case, spot, literal, property_)
            if finding is not None:
                yield finding


def _objects(spot: Spot) -> Iterator[tuple[Term, str]]:
    """The terms that must be an object of the pattern, and the property whose value they are."""
    property_ = last_property(spot.triple)
    if property_ is None:
        return
    target = spot.triple.object
    if target.kind in ("literal", "iri"):
        yield target, property_
    elif target.kind == "variable":
        for element in spot.scope.group.elements:
            if isinstance(element, Bind) and element.variable.value == target.value:
                if isinstance(element.expression, Term) and element.expression.kind == "literal":
                    yield element.expression, property_
            elif isinstance(element, Values):
                for name, column in zip(
                    element.variables, zip(*element.rows, strict=False), strict=False
                ):
                    if name.value == target.value:
                        yield from ((cell, property_) for cell in column if cell is not None)


def _of_literal(case: Case, spot: Spot, literal: Term, property_: str) -> Finding | None:
    places = case.places(spot.scope)
    use = case.schema.use(property_, places)
    if not use.triples:
        return None
    if literal.kind == "iri":
        return _iri_for_literal(case, literal, property_) if use.is_of_literals else None
    term = as_term(literal)
    if case.schema.occurs(None, property_, term, places):
        return _finer_dates(case, spot, literal, property_)
    if use.is_of_things:
        return _text_for_thing(case, spot, literal, property_)
    same = [value for value in same_value(case, literal, property_, spot.scope) if value != term]
    if same:
        return _otherwise_written(case, spot, literal, property_, same)
    return _near_text(case, spot, literal, property_) or _of_another_kind(
        case, literal, property_, spot.scope
    )


def _otherwise_written(
    case: Case, spot: Spot, literal: Term, property_: str, same: list[ox.Literal]
) -> Finding:
    texts = [written(case, value) for value in same]
    named = case.named(property_)
    whole_year = _in_year(case, spot, literal, property_)
    if whole_year is not None:
        message = (
            f"{literal.text} is {kind_named(case, literal)}; the dates of {named} are of several "
            "datatypes, and a pattern wants the very same literal. Compare their year."
        )
        return Finding("literal-datatype", "error", message, literal.start, whole_year)
    repair = instead(literal, texts[0])
    is_tagged = literal.language or any(value.language for value in same)
    if is_tagged and literal.datatype in TEXTS:
        code = "language-tag-wrong" if literal.language else "language-tag-missing"
        has = "has another language tag" if literal.language else "has no language tag"
        has = has if any(value.language for value in same) else "has a language tag"
        message = (
            f"{literal.text} {has}, and is another literal than those of {named}: "
            f"{', '.join(texts[:3])}."
        )
        return Finding(code, "error", message, literal.start, repair)
    message = (
        f"{literal.text} is {kind_named(case, literal)}; values of {named} are "
        f"{kinds_named(case, same)}, and a pattern wants the very same literal: {texts[0]}."
    )
    return Finding("literal-datatype", "error", message, literal.start, repair)


def _in_year(case: Case, spot: Spot, literal: Term, property_: str) -> Repair | None:
    """A comparison of the year, where dates of several datatypes fall into the year that is given."""
    year = literal.value
    use = case.schema.use(property_, case.places(spot.scope))
    dates = [kind for kind in use.datatypes if kind in DATES]
    if (
        literal is not spot.triple.object
        or not re.fullmatch(r"[12][0-9]{3}", year)
        or len(dates) < 2
    ):
        return None
    name = case.fresh("date")
    said = f"{spot.triple.subject.text} {case.written(spot.triple.path)} {name} ."
    near = case.rendered(case.neighbours(spot.triple, spot.scope))
    condition = f"FILTER(YEAR({name}) = {year})"
    kinds = case.rows(f"DISTINCT (DATATYPE({name}) AS ?__k)", f"{said} {near} {condition}")
    if len(kinds) < 2:
        return None
    edits = (case.replaced(literal, name), case.appended(spot.scope.group, condition))
    return Repair(condition, edits)


def _finer_dates(case: Case, spot: Spot, literal: Term, property_: str) -> Finding | None:
    """A year that is a value, beside dates of that year that are told more exactly."""
    repair = _in_year(case, spot, literal, property_) if literal.datatype in DATES else None
    if repair is None:
        return None
    return Finding(
        "comparison-drops-values",
        "warning",
        f"{literal.text} is only the same as dates that are told as this year alone; of "
        f"{case.named(property_)} there are some of the year that are told more exactly.",
        literal.start,
        repair,
    )


def _near_text(case: Case, spot: Spot, literal: Term, property_: str) -> Finding | None:
    """A text that is nearly one of the property's values."""
    if literal.datatype not in TEXTS or not plain(literal.value):
        return None
    near = near_values(case, literal.value, property_, spot.scope)
    near += (value for value in _of_the_same(case, spot, literal, property_) if value not in near)
    if not near:
        return None
    head = f"{spot.triple.subject.text} {case.written(spot.triple.path)}"
    nearest = min(
        near,
        key=lambda value: (
            -case.fits(spot, f"{head} {value} ."),
            bool(literal.language) and value.language != literal.language,
        ),
    )
    text = written(case, nearest)
    return Finding(
        "unknown-text",
        "error",
        f"No value of {case.named(property_)} is {literal.text}; the nearest is {text}.",
        literal.start,
        instead(literal, text),
    )


def _of_the_same(case: Case, spot: Spot, literal: Term, property_: str) -> list[ox.Literal]:
    """What *property_* says of the things that have the text as another of their names."""
    things = " ".join(f"<{iri}>" for iri in things_called(case, literal.value))
    pattern = f"VALUES ?__s {{ {things} }} ?__s <{property_}> ?__o FILTER(ISLITERAL(?__o))"
    rows = case.rows("DISTINCT ?__o", spot.scope.around(pattern), "ORDER BY ?__o LIMIT 9")
    return [row[0] for row in rows]


def _of_another_kind(case: Case, literal: Term, property_: str, scope: Scope) -> Finding | None:
    """No value is written so, and none could be: all are of other kinds."""
    use = case.schema.use(property_, case.places(scope))
    kind = f"@{literal.language}" if literal.language else literal.datatype
    if kind in use.values or not use.is_of_literals:
        return None
    tagged = literal.language or literal.datatype == STRING
    if tagged and use.languages and not literal.language:
        return (
            None if STRING in use.values else _no_such_text(case, literal, property_, use.languages)
        )
    if literal.language and use.languages:
        return _no_such_text(case, literal, property_, use.languages)
    kinds = ", ".join(map(case.named, use.datatypes[:3])) or "texts with a language tag"
    text = f"{ox.Literal(literal.value)}^^{case.short(use.datatypes[0])}" if use.datatypes else ""
    return Finding(
        "literal-datatype",
        "error",
        f"{literal.text} is {kind_named(case, literal)}, but the values of {case.named(property_)} are "
        f"{kinds}; none of them is the same.",
        literal.start,
        instead(literal, text) if text else None,
    )


def _no_such_text(case: Case, literal: Term, property_: str, languages: list[str]) -> Finding:
    return Finding(
        "unknown-text",
        "error",
        f"No value of {case.named(property_)} is {literal.text}; its values have the language tags "
        f"{', '.join(languages[:5])}.",
        literal.start,
    )


def _iri_for_literal(case: Case, term: Term, property_: str) -> Finding | None:
    label = case.names.label_of(term.value)
    values = near_values(case, label, property_, Scope(case.tree.where, case.tree))
    return Finding(
        "iri-for-literal",
        "error",
        f"{term.text} is an IRI, but the values of {case.named(property_)} are literals.",
        term.start,
        instead(term, written(case, values[0])) if values else None,
    )


def _text_for_thing(case: Case, spot: Spot, literal: Term, property_: str) -> Finding:
    """The values are things: the one with that name, or a property of it, is meant."""
    named = case.named(property_)
    if literal.datatype not in TEXTS:
        message = f"{literal.text} is a number or a date, but the values of {named} are things."
        repair = _onward(case, spot, property_, literal)
        return Finding("literal-for-thing", "error", message, literal.start, repair)
    message = f"{literal.text} is a text, but the values of {named} are things, which have IRIs."
    iris = things_called(case, literal.value)
    meant = next((iri for iri in iris if _is_value(case, iri, property_, spot)), None)
    meant = meant or next(iter(iris), None)
    if meant is None:
        repair = _by_label(case, spot, literal)
        return Finding("literal-for-thing", "error", message, literal.start, repair)
    message += f" {literal.text} is the name of {case.named(meant)}."
    repair = instead(literal, case.short(meant))
    return Finding("literal-for-thing", "error", message, literal.start, repair)


def _is_value(case: Case, iri: str, property_: str, spot: Spot) -> bool:
    return case.schema.occurs(None, property_, ox.NamedNode(iri), case.places(spot.scope))


def _by_label(case: Case, spot: Spot, literal: Term) -> Repair | None:
    """Ask for the label of the thing."""
    path = spot.triple.path
    if path.end > literal.start or not case.query.text[path.end : literal.start].isspace():
        return None
    for label in LABELS[:4]:
        terms = same_value(case, literal, label, spot.scope)
        if terms:
            text, declared = case.prefix(label)
            whole = f"{case.written(path)}/{text} {written(case, terms[0])}"
            return Repair(whole, (Edit(path.start, literal.end, whole), *declared))
    return None


def _onward(case: Case, spot: Spot, property_: str, literal: Term) -> Repair | None:
    """The path longer by a property of the values of *property_* that holds such literals."""
    rows = case.rows(
        "DISTINCT ?__q",
        f"{{ SELECT ?__o {{ ?__s <{property_}> ?__o }} LIMIT 200 }} ?__o ?__q ?__v "
        f"FILTER(DATATYPE(?__v) = <{literal.datatype}>)",
        "LIMIT 10",
    )
    steps = case.schema.special(row[0].value for row in rows)
    having = (iri for iri in steps if case.schema.occurs(None, iri, as_term(literal)))
    step = next(having, steps[0] if steps else None)
    path = spot.triple.path
    return instead(path, f"{case.written(path)}/{case.short(step)}") if step else None


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
    value = number(text)
    if value is None or not value.is_integer() or abs(value) >= 1e15:
        return [text]
    return list(dict.fromkeys([text, str(int(value)), f"{int(value)}.0"]))


def number(text: str) -> float | None:
    """The number that *text* writes, if it writes one."""
    try:
        return float(text)
    except ValueError:
        return None


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
    return iris or [match.entry.iri for match in case.names.nearest(text, ["thing"], 3, _NEAR)]
