"""Literals of a query beside those of the data: the same otherwise written, and those that are near."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.explain.schema import SAMPLE
from gbagraph.explain.spelling import likeness, plain
from gbagraph.rdf.namespaces import expand

if TYPE_CHECKING:
    from gbagraph.explain.diagnostics.case import Case
    from gbagraph.explain.diagnostics.scopes import Scope
    from gbagraph.sparql.nodes import Term

STRING: Final = expand("xsd:string")

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
        found = case.schema.store.quads_for_pattern(None, ox.NamedNode(property_), None, place)
        for quad, _ in zip(found, range(SAMPLE), strict=False):
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
    found = [e.iri for e in case.names.labelled(text, None) if e.kind in kinds]
    return found or [match.entry.iri for match in case.names.nearest(text, "thing", 3, _NEAR)]
