"""Literals that match nothing: of another kind, otherwise written, or near to one that the data has."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import (
    Finding,
    Repair,
    Spot,
    as_term,
    first_property,
    instead,
    properties_of,
)
from gbagraph.features.diagnostics.mentions import given, links_of, listed, objects, with_label
from gbagraph.features.diagnostics.rules.ranges import of_axes
from gbagraph.features.diagnostics.rules.searches import wild_value
from gbagraph.features.diagnostics.schema import DATES, STRING, TEXTS
from gbagraph.features.diagnostics.suggestions import (
    FORMS,
    few_values,
    formed,
    is_iri,
    is_name,
    near_values,
    step_onward,
    things_called,
    values_of_thing,
    well_formed,
)
from gbagraph.features.diagnostics.synonyms import nearness
from gbagraph.names.texts import local_name, plain, words
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import Term, Triple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.schema import Place, Use


_FEW: Final = 8
"""Different values of a property up to which they are shown."""
_EXAMPLES: Final = 4
"""Values that are shown where there are more."""


def literals(case: Case) -> Iterator[Finding]:
    """Literals that no triple of their property has, and what it has instead."""
    for spot in case.spots:
        if first_property(spot.triple):
            literals_ = (t for t in given(spot, spot.triple.subject) if t.kind == "literal")
            yield from (_as_subject(case, each) for each in literals_)
        for literal, property_ in objects(spot):
            finding = _of_literal(case, spot, literal, property_)
            if finding is not None:
                yield finding


def ill_formed(case: Case) -> Iterator[Finding]:
    """Literals that are not written as their datatype wants it, and that the data does not have."""
    asks_data = any(isinstance(e, Triple) for each in case.scopes for e in each.group.elements)
    left: list[Any] = [case.tree] * asks_data
    while left:
        part = left.pop()
        if isinstance(part, Term) and part.kind == "literal" and part.datatype in FORMS:
            is_known = re.fullmatch(r"[+-]?\d+", part.value) and part.datatype not in DATES
            if not (
                is_known or formed(case, part.datatype, [part.value]) or _has(case, as_term(part))
            ):
                yield _ill_formed(case, part)
        left += part if isinstance(part, tuple) else ()
        left += [getattr(part, each.name) for each in fields(part)] if is_dataclass(part) else ()


def _ill_formed(case: Case, literal: Term) -> Finding:
    kind, things = literal.datatype, well_formed(case, literal.datatype, literal.value)
    terms = [case.term(ox.Literal(each, datatype=ox.NamedNode(kind))) for each in things]
    message = say(_ILL_FORMED, literal=literal.text, kind=case.named(kind), form=FORMS[kind])
    message += say(_MAY_BE, things=", ".join(terms)) if terms else Message()
    is_sure = len(terms) == 1 and not _has(case, ox.Literal(literal.value))
    repair = instead(literal, terms[0]) if is_sure else None
    return Finding("literal-datatype", "error", message, literal.start, repair)


def _has(case: Case, value: ox.Literal) -> bool:
    return any(True for _ in case.schema.store.quads_for_pattern(None, None, value))


def _as_subject(case: Case, literal: Term) -> Finding:
    """A literal has no properties: the thing with that name is meant."""
    message = say("%(literal)s is a literal, which has no properties.", literal=literal.text)
    return _thing_meant(case, literal, message, things_called(case, literal.value))


def _thing_meant(case: Case, literal: Term, message: Message, things: list[str]) -> Finding:
    """A text in place of a thing, which is meant if it is the only one with that name."""
    repair = None
    prefix, _, local = literal.value.partition(":")
    full = case.query.prefixes.get(prefix, "") + local
    if prefix in case.query.prefixes and is_iri(case, full):
        message += say(_PREFIXED, thing=literal.value)
        repair = instead(literal, literal.value)
    elif len(things) == 1:
        named = _ITS_NAME if is_name(case, things[0], literal.value) else _NEAR_NAME
        sentence = _IN_QUOTES if literal.value == things[0] else named
        message += say(sentence, literal=literal.text, thing=with_label(case, things[0]))
        repair = instead(literal, case.short(things[0]))
    elif things:
        message += say(_MAY_BE, things=listed(case, things[:_FEW]))
    return Finding("literal-for-thing", "error", message, literal.start, repair)


def _of_literal(case: Case, spot: Spot, literal: Term, property_: str) -> Finding | None:
    places = case.places(spot.scope)
    use = case.schema.use(property_, places)
    if not use.triples:
        return None
    if literal.kind == "iri":
        return _iri_for_literal(case, spot, literal, property_) if use.is_of_literals else None
    term = as_term(literal)
    if case.schema.occurs(None, property_, term, places):
        return _finer_dates(case, spot, literal, property_)
    if use.is_of_things or _is_mostly_called(case, use, literal.value):
        return _text_for_thing(case, spot, literal, property_)
    same = [
        value
        for value in case.schema.same_literals(literal.value, property_, places)
        if value != term
    ]
    same = same or _finer(case, literal, property_, places)
    if same:
        return _otherwise_written(case, spot, literal, property_, same)
    return (
        of_axes(case, literal, property_, places)
        or wild_value(case, spot, literal)
        or _near_text(case, spot, literal, property_)
        or _not_there(case, spot, literal, property_)
    )


def _finer(
    case: Case, literal: Term, property_: str, places: tuple[Place, ...]
) -> list[ox.Literal]:
    """The days with a time that are the day of a literal."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", literal.value):
        return []
    values = case.schema.literals_of(property_, places)
    return [v for v in values if v.value.startswith(f"{literal.value}T00:00:00")]


def _otherwise_written(
    case: Case, spot: Spot, literal: Term, property_: str, same: list[ox.Literal]
) -> Finding:
    told = {
        "literal": literal.text,
        "kind": say("a text in %(tag)s", tag=literal.language)
        if literal.language
        else case.named(literal.datatype),
        "property": case.named(property_),
        "values": ", ".join(case.term(value) for value in same[:3]),
    }
    whole_year = _in_year(case, spot, literal, property_)
    if whole_year is not None:
        message = say(
            "%(literal)s is %(kind)s. The dates of %(property)s are of several datatypes, and a pattern "
            "matches only the very same literal. Compare their year.",
            **told,
        )
        return Finding("literal-datatype", "error", message, literal.start, whole_year)
    repair = instead(literal, case.term(same[0]))
    is_tagged = literal.language or any(value.language for value in same)
    if is_tagged and literal.datatype in TEXTS:
        code = "language-tag-wrong" if literal.language else "language-tag-missing"
        message = say(
            "%(literal)s is another literal than what %(property)s has: %(values)s. The language tag "
            "is part of a literal.",
            **told,
        )
        return Finding(code, "error", message, literal.start, repair)
    if same[0].value != literal.value and same[0].value.lstrip("0") == literal.value.lstrip("0"):
        said = "%(property)s has %(values)s: zeros in front are a part of it."
        return Finding("unknown-text", "error", say(said, **told), literal.start, repair)
    message = say(
        "%(literal)s is %(kind)s. A pattern matches only the very same literal, and %(property)s has "
        "%(values)s.",
        **told,
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
        say(
            "%(literal)s matches only dates that give the year alone. Other values of %(property)s are "
            "more exact dates of this year.",
            literal=literal.text,
            property=case.named(property_),
        ),
        literal.start,
        repair,
    )


def _near_text(case: Case, spot: Spot, literal: Term, property_: str) -> Finding | None:
    """A text that is nearly one of the property's values."""
    if literal.datatype not in TEXTS or not plain(literal.value):
        return None
    message = _no_value(case, literal, property_)
    near = near_values(case, literal.value, property_, spot.scope)
    things = [] if near else things_called(case, literal.value)
    if len(things) == 1:
        near = values_of_thing(case, things[0], property_, spot.scope)
        near.sort(key=lambda value: value.language != literal.language)
        sentence = _ANOTHER if is_name(case, things[0], literal.value) else _NEAR_NAME
        message += say(sentence, thing=case.named(things[0]))
    if not near:
        return None
    head = f"{spot.triple.subject.text} {case.written(spot.triple.path)}"
    # The nearest first: of the same text in several languages, the one that fits best.
    alike = [value for value in near if plain(value.value) == plain(near[0].value)]
    nearest = min(
        alike,
        key=lambda value: (
            -case.fits(spot, f"{head} {value} ."),
            bool(literal.language) and value.language != literal.language,
        ),
    )
    text = case.term(nearest)
    message += (
        say("The nearest is %(value)s.", value=text)
        if not things
        else say("Its %(property)s is %(value)s.", property=case.named(property_), value=text)
    )
    return Finding("unknown-text", "error", message, literal.start, instead(literal, text))


def _no_value(case: Case, literal: Term, property_: str) -> Message:
    return say(
        "No value of %(property)s is %(literal)s.",
        property=case.named(property_),
        literal=literal.text,
    )


def _not_there(case: Case, spot: Spot, literal: Term, property_: str) -> Finding | None:
    """No value is the same: of which kinds they are, or which they are."""
    places = case.places(spot.scope)
    use = case.schema.use(property_, places)
    kind = f"@{literal.language}" if literal.language else literal.datatype
    values = case.schema.literals_of(property_, places)
    if kind in use.values and (len(values) > _FEW or literal.datatype not in TEXTS):
        return None
    message = _no_value(case, literal, property_)
    if len(values) + len(use.things) <= _FEW:
        shown = ", ".join((*map(case.term, values), *map(case.named, use.things)))
        message += say("Its values are: %(values)s.", values=shown)
    elif use.languages and literal.datatype in TEXTS:
        tags = ", ".join(use.languages[:5])
        message += say("Its values have the language tags: %(tags)s.", tags=tags)
        first = sorted(values, key=lambda v: -nearness(words(literal.value), words(v.value)))
        shown = ", ".join(case.term(value) for value in first[:_EXAMPLES])
        message += say("Some values are: %(values)s.", values=shown)
    else:
        kinds = [*map(case.named, use.datatypes), *(f"@{tag}" for tag in use.languages)]
        message += say("Its values are of: %(kinds)s.", kinds=", ".join(kinds[:4]))
        near = [case.term(value) for value in values if literal.value in value.value]
        shown = ", ".join(near[:_EXAMPLES]) + " …" * (len(near) > _EXAMPLES)
        message += say("Those that contain it: %(values)s.", values=shown) if near else Message()
    is_text = literal.datatype in TEXTS and (use.languages or STRING in use.values)
    code = "unknown-text" if is_text else "literal-datatype"
    return Finding(code, "error", message, literal.start)


def _iri_for_literal(case: Case, spot: Spot, term: Term, property_: str) -> Finding:
    """Literals stand where an IRI is asked for: of them, a name of what it means is the same."""
    names = {plain(name.text) for name in case.names.names_of(term.value)}
    names.add(plain(local_name(term.value)))
    values = case.schema.literals_of(property_, case.places(spot.scope))
    same = [v for v in values if v.value == term.value or plain(v.value) in names]
    message = say(
        "%(iri)s is an IRI, but the values of %(property)s are literals.",
        iri=term.text,
        property=case.named(property_),
    )
    # English first, as labels are.
    first = min(
        same, key=lambda value: ((value.language or "en") != "en", str(value)), default=None
    )
    if first is None:
        message, repair = _of_other_property(case, spot, term, property_, message)
    else:
        message += say("Of these, %(value)s is its name or address.", value=case.term(first))
        repair = instead(term, case.term(first))
    return Finding("iri-for-literal", "error", message, term.start, repair)


def _of_other_property(
    case: Case, spot: Spot, value: Term, property_: str, message: Message
) -> tuple[Message, Repair | None]:
    """Which other properties have this very value; the one of the same name is the one meant."""
    others = links_of(case, value.text, spot.scope)
    if not others:
        return message, None
    message += say(
        "%(value)s is a value of: %(properties)s.",
        value=value.text,
        properties=listed(case, others[:3]),
    )
    same = [iri for iri in others if local_name(iri) == local_name(property_)]
    terms = [term for term in properties_of(spot.triple) if term.value == property_]
    if len(same) != 1 or value is not spot.triple.object or not terms:
        return message, None
    text, declared = case.prefix(same[0])
    return message, instead(terms[-1], text, *declared)


def _text_for_thing(case: Case, spot: Spot, literal: Term, property_: str) -> Finding:
    """The values are things: the one with that name is meant."""
    told = {"literal": literal.text, "property": case.named(property_)}
    if literal.datatype not in TEXTS:
        message = say(
            "%(literal)s is no text, and the values of %(property)s are things, which have IRIs.",
            **told,
        )
        step = step_onward(case, property_, literal)
        if step:
            path = f"{case.written(spot.triple.path)}/{case.short(step)}"
            message += say("Their own values are those of %(path)s.", path=path)
        return Finding("literal-for-thing", "error", message, literal.start)
    use = case.schema.use(property_, case.places(spot.scope))
    message = say(_OF_THINGS if use.is_of_things else _OF_MOST, **told)
    called = things_called(case, literal.value)
    meant = [iri for iri in called if iri in use.things]
    meant = meant or [iri for iri in use.things if is_name(case, iri, literal.value)] or called
    if not meant and links_of(case, literal.text, spot.scope):
        message, repair = _of_other_property(case, spot, literal, property_, message)
        return Finding("literal-for-thing", "error", message, literal.start, repair)
    if not meant and (others := few_values(case, property_, spot.scope, literal.value)):
        message += say(_MAY_BE, things=listed(case, others))
    return _thing_meant(case, literal, message, meant)


def _is_mostly_called(case: Case, use: Use, text: str) -> bool:
    """Whether most values are things, of which one has this name."""
    is_most = 2 * use.values["iri"] > use.triples
    return is_most and any(is_name(case, iri, text) for iri in use.things)


_OF_THINGS: Final = (
    "%(literal)s is a text, but the values of %(property)s are things, which have IRIs."
)
_OF_MOST: Final = (
    "%(literal)s is a text, but most values of %(property)s are things, which have IRIs."
)
_ILL_FORMED: Final = '%(literal)s is ill-formed: %(kind)s is written as in "%(form)s".'
_MAY_BE: Final = "What may be meant is, for example: %(things)s."
_PREFIXED: Final = "A name with a prefix stands without quotation marks: %(thing)s."
_ANOTHER: Final = "It is another name of %(thing)s."
_IN_QUOTES: Final = "An IRI stands in angle brackets, not in quotation marks: %(thing)s."
_ITS_NAME: Final = "%(literal)s is the name of %(thing)s."
_NEAR_NAME: Final = "The nearest name is that of %(thing)s."
