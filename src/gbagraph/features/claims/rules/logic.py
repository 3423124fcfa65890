"""Whether claims contradict each other by the ontology, and fit the domains and ranges of properties."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.dataset.identity import BUILT_IN, VOCABULARIES
from gbagraph.features.claims.model import Fault, Place
from gbagraph.features.curation.findings import checked, places
from gbagraph.paths import own_query, resource
from gbagraph.rdf.namespaces import expand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.claims.rules.case import Case

_CHECKS: Final = (
    "deprecated-terms-are-not-used",
    "hierarchies-of-things-have-no-circles",
    "nothing-is-linked-to-itself",
    "one-label-per-language",
    "texts-are-tidy",
    "values-have-a-unit",
)
"""The checks of the ontology that hold for any project, beside all contradictions."""
_ABOVE: Final = """\
PREFIX gba: <https://w3id.org/gbagraph/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
INSERT { ?term a owl:FunctionalProperty } WHERE {
  VALUES ?term { gba:date gba:start gba:end gba:deadline gba:published gba:earliest gba:latest }
} ;
INSERT { ?thing a ?class } WHERE { ?thing a/rdfs:subClassOf+ ?class } ;
INSERT { ?thing ?above ?value } WHERE { ?property rdfs:subPropertyOf+ ?above . ?thing ?property ?value }
"""
"""What follows by what is above a kind or a property; and that a thing has one date of each sort."""
_IRI: Final = re.compile(r"https?://[^\s,<>\"]*[^\s,<>\".]")
_BELOW: Final = ox.NamedNode(expand("rdfs:subClassOf"))


@cache
def _published() -> tuple[ox.Quad, ...]:
    store = ox.Store()
    for name in VOCABULARIES:
        store.load(path=str(resource(*BUILT_IN[name])), format=ox.RdfFormat.TURTLE)
    return tuple(store)


def vocabulary(case: Case) -> ox.Store:
    """Return the ontology of the package and those of the project, in one store."""
    store = ox.Store()
    store.extend(_published())
    for path in case.project.ontology:
        store.load(path=str(path), format=ox.RdfFormat.TURTLE)
    return store


def below(store: ox.Store, kinds: frozenset[str]) -> frozenset[str]:
    """Return *kinds* and all that are below them by the ontologies in *store*."""
    under = {
        quad.subject.value
        for kind in kinds
        for quad in store.quads_for_pattern(None, _BELOW, ox.NamedNode(kind))
        if isinstance(quad.subject, ox.NamedNode)
    }
    return below(store, kinds | under) if under - kinds else kinds


def contradictions(case: Case) -> Iterator[Fault]:
    """Yield where the claims contradict the ontology or each other, each once, at one of its claims."""
    store = vocabulary(case)
    store.extend([ox.Quad(each.subject, each.predicate, each.value) for each in case.project.claims])
    store.update(_ABOVE)
    found = [*checked("contradictions", store), *checked("checks", store, _CHECKS)]
    for node, rule, message in sorted({(each.node, each.rule, each.message) for each in found}):
        said = _IRI.sub(lambda match: case.label(match[0]), message)
        yield Fault(_place(case, node, message), rule, f"{case.label(node)}: {said}")
    yield from _misfits(case, store)


def _misfits(case: Case, store: ox.Store) -> Iterator[Fault]:
    """Yield the claims whose subject or value is not of the kind that the property is for."""
    rows = store.query(own_query("features/claims", "members-fit"))
    for node, prop, kind, member in sorted(tuple(row) for row in rows):  # type: ignore[union-attr]
        ...


def _place(case: Case, node: str, message: str) -> Place:
    """Return where a node is written: the last claim on it with a property or value of the message."""
    told = set(_IRI.findall(message))
    claims = case.of(ox.NamedNode(node)) or case.about(ox.NamedNode(node))
    fitting = [each for each in claims if {each.predicate.value, each.value.value} & told] or claims
    if fitting:
        return fitting[-1].place
    return Place(*places({node}, case.project.ontology).get(node, (str(case.project.ontology), 1)))
