"""What follows from the data by the ontology, and where the two contradict each other.

The rules are those of OWL 2 RL (OWL 2 Profiles, section 4.3), applied by owlrl. Identity is not
reasoned with: two IRIs of ours are two things, so what would make them one is a contradiction.
Run this at release time and on the command line; a server only reads the file that comes of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyoxigraph as ox
from owlrl import OWLRL_Semantics
from rdflib import OWL, RDF, RDFS, Graph, Literal, URIRef

from gbagraph.dataset.identity import BUILT_IN, NOT_REASONED, VOCABULARIES
from gbagraph.errors import DatasetError
from gbagraph.features.curation.findings import Fault, checked, checks, ill_typed
from gbagraph.paths import resource
from gbagraph.rdf.namespaces import BASE, PREFIXES, expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib.term import Node

    Triple = tuple[Node, Node, Node]


_READ: Final = tuple(
    name for name in BUILT_IN if name not in (*NOT_REASONED, "evidence", "inferred")
)

_HEADER: Final = """\
# SPDX-License-Identifier: CC-BY-4.0
# What follows from ontology/gba.ttl, ontology/evidence.ttl, data/gba.ttl and data/context.ttl by the
# rules of OWL 2 RL and is asserted nowhere: only about our own things (claims are left to the evidence
# that is computed at load), with our own properties and classes and those that these are mapped to.
# Made by `make infer`: do not edit.
"""

_AXIOMS: Final = frozenset(
    {
        *(RDF.type, RDF.first, RDF.rest),
        *(RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range),
    }
)
_CLAIM: Final = URIRef(expand("ev:Claim"))
_LEFT_OUT: Final = URIRef(expand("gba:inferencesLeftOut"))
_ABOVE: Final = frozenset({RDFS.subClassOf, RDFS.subPropertyOf})
_PROPERTIES: Final = frozenset({OWL.ObjectProperty, OWL.DatatypeProperty})
_IDENTITY: Final = frozenset({OWL.sameAs, OWL.differentFrom})
_NOT_READ: Final = frozenset(
    {
        # Declarations, from which nothing follows about a thing.
        *(_PROPERTIES | {OWL.AnnotationProperty, OWL.Class, OWL.NamedIndividual, OWL.Ontology}),
        # What makes two things one.
        *(OWL.FunctionalProperty, OWL.InverseFunctionalProperty),
    }
)


def inferred() -> str:
    """Return the text of ``data/inferred.ttl``, which is a function of the published files alone.

    Raises:
        DatasetError: the published files contradict each other, so that nothing can be concluded.
    """
    premises = _parsed(_READ)
    expanded, complaints = _closure(premises)
    contradictions = _contradictions(premises, expanded, complaints)
    if contradictions:
        raise DatasetError(
            f"The data contradict the ontology: {contradictions[0].node}: {contradictions[0].message}"
        )
    asserted = _parsed(name for name in BUILT_IN if name != "inferred")
    kept = _kept_terms(_parsed(VOCABULARIES))
    claims = set(asserted.subjects(RDF.type, _CLAIM))
    return _HEADER + _turtle(
        triple for triple in expanded if triple not in asserted and _is_kept(triple, kept, claims)
    )


def contradictions(graph: Graph) -> list[Fault]:
    """Return where *graph*, which holds the ontology and data, contradicts itself; empty when nowhere.

    The checks of ``ontology/contradictions`` are asked of the graph and of what follows from it.
    What only the reasoner finds is reported in its words, as rule ``owl-rl``.
    """
    return _contradictions(graph, *_closure(graph))


def _parsed(names: Iterable[str]) -> Graph:
    graph = Graph()
    for name in names:
        graph.parse(resource(*BUILT_IN[name]))
    return graph


class _Rules(OWLRL_Semantics):  # type: ignore[misc]  # owlrl has no types
    """OWL 2 RL without saying of each term that it is itself, which takes half of the time."""

    def _equality(self, triple: Triple, cycle: int) -> None:
        if triple[1] in _IDENTITY:
            super()._equality(triple, cycle)


def _closure(graph: Graph) -> tuple[Graph, list[str]]:
    """Return *graph* with what follows from it, and what the reasoner finds wrong with it."""
    expanded = Graph()
    expanded += _premises(graph)
    reasoner = _Rules(expanded, axioms=False, daxioms=False)
    reasoner.closure()
    return expanded, list(reasoner.error_messages)


def _premises(graph: Graph) -> Iterator[Triple]:
    """Yield what the rules can use: less than half of the triples, in less than half of the time.

    Left out are annotations, reified triples, declarations, and what makes two things one.
    """
    properties = {term for kind in _PROPERTIES for term in graph.subjects(RDF.type, kind)}
    # An annotation, of which one thing follows: that it is a name for others too.
    properties.add(RDFS.label)
    for subject, predicate, value in graph:
        is_axiom = predicate in _AXIOMS or (
            str(predicate).startswith(PREFIXES["owl"]) and predicate != OWL.sameAs
        )
        if (is_axiom or predicate in properties) and value not in _NOT_READ:
            yield subject, predicate, value


def _kept_terms(ontology: Graph) -> set[Node]:
    """Return our terms, and those of other vocabularies that axioms join to ours or to each other.

    What the ontology leaves out of the closure is not among them.
    """
    own = {subject for subject in ontology.subjects() if _is_ours(subject)}
    joined = {
        term
        for axiom in (*_ABOVE, OWL.inverseOf)
        for ends in ontology.subject_objects(axiom)
        for term in ends
    }
    return (own | joined) - set(ontology.subjects(_LEFT_OUT))


def _is_ours(term: Node) -> bool:
    return isinstance(term, URIRef) and term.startswith(BASE)


def _is_kept(triple: Triple, kept: set[Node], claims: set[Node]) -> bool:
    subject, predicate, value = triple
    kind = value if predicate == RDF.type else predicate
    return _is_ours(subject) and subject not in claims and subject not in kept and kind in kept


def _turtle(triples: Iterable[Triple]) -> str:
    ordered = sorted(_terms(triples), key=str)
    # Only what is in use: a prefix more in the vocabulary does not change the file.
    prefixes = {
        name: iri for name, iri in PREFIXES.items() if any(f"<{iri}" in str(row) for row in ordered)
    }
    written = ox.serialize(ordered, format=ox.RdfFormat.TURTLE, prefixes=prefixes)
    return (written or b"").decode()


def _terms(triples: Iterable[Triple]) -> Iterator[ox.Triple]:
    """Yield the triples as the engine's; owlrl also types literals, which no RDF 1.1 triple can do."""
    graph = Graph()
    graph += (triple for triple in triples if not isinstance(triple[0], Literal))
    for quad in ox.parse(graph.serialize(format="nt"), format=ox.RdfFormat.N_TRIPLES):
        yield quad.triple


def _contradictions(graph: Graph, expanded: Graph, complaints: list[str]) -> list[Fault]:
    store = ox.Store()
    store.extend(ox.Quad(*triple) for triple in {*_terms(graph), *_terms(expanded)})
    contradictions = {*checked(checks("contradictions"), store), *_ill_typed(graph)}
    return sorted(contradictions) + sorted(
        _reported(complaints, _things(graph), {row.node for row in contradictions})
    )


def _ill_typed(graph: Graph) -> Iterator[Fault]:
    """Literals that no value belongs to, which SPARQL cannot tell from others."""
    for subject, predicate, value in graph:
        if isinstance(value, Literal) and value.ill_typed:
            yield ill_typed(str(subject), str(predicate), str(value), str(value.datatype))


def _things(graph: Graph) -> set[str]:
    terms = {term for kind in _NOT_READ for term in graph.subjects(RDF.type, kind)}
    return {str(subject) for subject in graph.subjects() if subject not in terms}


def _reported(complaints: Iterable[str], things: set[str], known: set[str]) -> Iterator[Fault]:
    """Complaints of the reasoner, which are sentences, about things of which nothing is known yet."""
    for text in complaints:
        nodes = sorted(things & {word.strip("'(),") for word in text.split()})
        if known.isdisjoint(nodes) and (nodes or not known):
            message = f"{text}. Remove one of the facts that lead to it."
            yield Fault(nodes[0] if nodes else "", "owl-rl", message)
