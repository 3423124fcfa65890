"""IRIs that a query mentions: whether the data has them, and which others may be meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import (
    TYPE,
    Finding,
    Repair,
    Scope,
    Spot,
    first_property,
    instead,
    last_property,
    properties_of,
)
from gbagraph.names.texts import local_name
from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.nodes import InGraph, Term, Triple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.names.matching import Kind


Role = Literal["property", "class", "thing", "graph"]


SUBCLASS: Final = expand("rdfs:subClassOf")


_SAME: Final = frozenset({"sameas", "exactmatch", "closematch", "sameasentity"})


_OTHER_FORMS: Final = (
    ("http://", "https://"),
    ("/wiki/", "/entity/"),
    ("/page/", "/resource/"),
    ("://www.", "://"),
    ("://www.geonames.org/", "://sws.geonames.org/"),
    ("https://www.wikidata.org/wiki/", "http://www.wikidata.org/entity/"),
    ("https://en.wikipedia.org/wiki/", "http://dbpedia.org/resource/"),
)
"""How one thing's IRI is written on the web and in data."""


@dataclass(frozen=True, slots=True)
class Mention:
    """An IRI in the query, what it is used as, and where."""

    term: Term
    role: Role
    spot: Spot | None = None
    scope: Scope | None = None


def is_there(case: Case, mention: Mention) -> bool:
    """Whether the data has what is named, used as it is used here."""
    iri, places, spot = mention.term.value, case.places(mention.scope), mention.spot
    node = ox.NamedNode(iri)
    if mention.role == "graph":
        return case.schema.occurs(places=(node,))
    if mention.role == "thing":
        is_said = case.schema.mentions(node, places) or case.schema.occurs(None, iri, None, places)
        return is_said and not _is_elsewhere(case, mention)
    ends = (first_property(spot.triple), last_property(spot.triple)) if spot else ()
    if mention.role == "class" and SUBCLASS in ends:
        return case.schema.mentions(node, places)
    return is_used(case, mention, iri)


def is_used(case: Case, mention: Mention, iri: str) -> bool:
    """Whether the data has *iri* as the property or class that is mentioned."""
    return case.schema.occurs(*as_used(mention.role, iri), case.places(mention.scope))


def as_used(role: Role, iri: str) -> tuple[None, str | None, ox.NamedNode | None]:
    """The subject, property and object of the triples of a property or a class."""
    return (None, iri, None) if role == "property" else (None, TYPE, ox.NamedNode(iri))


def _is_elsewhere(case: Case, mention: Mention) -> bool:
    """Whether a thing is only what something of ours is the same as, and that is not asked."""
    node, spot = ox.NamedNode(mention.term.value), mention.spot
    if case.schema.occurs(node, places=case.places(mention.scope)):
        return False
    if (spot is not None and _asks_identity(spot)) or not same_things(case, node.value):
        return False
    return spot is None or not case.holds(case.rendered([spot.triple], spot.scope))


def _asks_identity(spot: Spot) -> bool:
    return any(local_name(term.value).lower() in _SAME for term in properties_of(spot.triple))


def same_things(case: Case, iri: str) -> list[str]:
    """The things of which the data says that they are *iri*, as it is written here or elsewhere."""
    iris: list[str] = []
    for form in forms_of(iri):
        for quad in case.schema.store.quads_for_pattern(None, None, ox.NamedNode(form), None):
            is_link = local_name(quad.predicate.value).lower() in _SAME
            if (
                is_link
                and isinstance(quad.subject, ox.NamedNode)
                and quad.subject.value not in iris
            ):
                iris.append(quad.subject.value)
    return iris


def forms_of(iri: str) -> Iterator[str]:
    """*iri*, and how else the same is written on the web and in data."""
    forms = [iri]
    for one, other in (*_OTHER_FORMS, *((b, a) for a, b in _OTHER_FORMS)):
        forms += [form.replace(one, other, 1) for form in forms if one in form]
    forms += [form.removesuffix("/") if form.endswith("/") else f"{form}/" for form in list(forms)]
    for form in dict.fromkeys(forms):
        try:
            ox.NamedNode(form)
        except ValueError:
            continue
        yield form


def about_term(
    case: Case, mention: Mention, code: str, message: str, others: Iterable[str] = ()
) -> Finding:
    """A finding about a term, with IRIs (or paths) of which the first is to stand there instead."""
    first = next(iter(others), None)
    repair = None
    if first is not None:
        backward, iri = "^" * first.startswith("^"), first.removeprefix("^")
        is_full = mention.term.text.startswith("<")
        text, declared = (case.short(iri), ()) if is_full else case.prefix(iri)
        repair = instead(mention.term, backward + text, *declared)
    return Finding(code, "error", message, mention.term.start, repair)


def as_text(case: Case, iri: str) -> str:
    """An IRI as it may stand in the query; one that begins with ^ is a path backward."""
    return f"{'^' * iri.startswith('^')}{case.prefix(iri.removeprefix('^'))[0]}"


def in_full(mention: Mention) -> str:
    """The whole IRI in parentheses, where the query has it with a prefix."""
    text = mention.term.text
    return "" if text == f"<{mention.term.value}>" else f" (<{mention.term.value}>)"


def with_label(case: Case, iri: str) -> str:
    """The label of an IRI in parentheses, where it says more than the IRI."""
    label = case.names.label_of(iri)
    return "" if label == local_name(iri) else f" ({label})"


def nearest(case: Case, mention: Mention, *kinds: Kind, least: float = 0.6) -> list[str]:
    """Names that are there and like that of the term, the best fitting first."""
    wanted = mention.term.value
    iris = []
    for match in case.names.nearest(wanted, kinds, 6, least):
        iri = match.entry.iri
        if iri != wanted and (len(local_name(wanted)) > 3 or match.score >= 0.99):
            iris.append(iri)
    if mention.role in ("property", "class"):
        iris = [iri for iri in iris if is_used(case, mention, iri)] or iris
    return best_fitting(case, mention, iris)[:3]


def best_fitting(case: Case, mention: Mention, iris: Iterable[str]) -> list[str]:
    """*iris* in the order in which they fit where the term stands."""
    spot = mention.spot
    if spot is None:
        return list(iris)
    triple, start = spot.triple, mention.term.start

    def score(iri: str) -> int:
        texts = []
        for part in (triple.subject, triple.path, triple.object):
            text = part.text if isinstance(part, Term) else case.written(part)
            if part.start <= start < part.end:
                at = start - part.start
                new = f"^<{iri[1:]}>" if iri.startswith("^") else f"<{iri}>"
                text = f"{text[:at]}{new}{text[at + len(mention.term.text) :]}"
            texts.append(text)
        return case.fits(spot, " ".join(texts) + " .")

    return sorted(iris, key=score, reverse=True)


def property_in_other_graph(case: Case, spot: Spot) -> Finding | None:
    """The subject has the property, in another graph than the one that is asked."""
    triple, property_ = spot.triple, first_property(spot.triple)
    if triple.subject.kind != "iri" or property_ is None:
        return None
    graphs = case.schema.graphs_with(ox.NamedNode(triple.subject.value), property_)
    graphs = outside(case, spot.scope, graphs)
    if not graphs:
        return None
    return Finding(
        "only-in-another-graph",
        "error",
        f"{triple.subject.text} has {case.named(property_)} only in "
        f"{', '.join(map(case.named, graphs[:3]))}.",
        triple.path.start,
        moved(case, spot, graphs, in_default=False),
    )


def outside(case: Case, scope: Scope | None, graphs: list[str]) -> list[str]:
    """Return those of *graphs* that a pattern in *scope* is not matched in."""
    matched = {place.value for place in case.places(scope) if isinstance(place, ox.NamedNode)}
    return [graph for graph in graphs if graph not in matched]


def moved(case: Case, spot: Spot, graphs: list[str], *, in_default: bool) -> Repair | None:
    """Return the pattern put in a graph that has it: that pattern alone, or the whole group."""
    group, triple = spot.scope.group, spot.triple
    if spot.scope.graph is not None:
        element = spot.scope.above[-1][1]
        if not isinstance(element, InGraph):
            return None
        if in_default:
            body = case.written(group)[1:-1].strip()
            return Repair("no GRAPH", (case.replaced(element, body),))
        name = case.short(graphs[0])
        return Repair(f"GRAPH {name}", (case.replaced(element.name, name),))
    if not graphs:
        return None
    text = f"GRAPH {case.short(graphs[0])}"
    alone = {group.elements.index(triple): f"{text} {{ {case.of_element(triple)} }}"}
    whole = {i: "" for i, e in enumerate(group.elements) if isinstance(e, Triple)}
    inside = " ".join(case.of_element(e) for e in spot.scope.triples)
    of_one = case.rewritten(group, alone)
    of_all = case.rewritten(group, whole, first=[f"{text} {{ {inside} }}"])
    is_better = case.holds(of_all.text[1:-1]) and not case.holds(of_one.text[1:-1])
    return Repair(f"{text} {{ … }}", (of_all if is_better else of_one,))
