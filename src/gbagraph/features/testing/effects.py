"""Truth maintenance: the quads that go and come when a fact is dropped, or gets another object."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.dataset.identity import EVIDENCE, INFERRED, NOT_REASONED
from gbagraph.feature import needed
from gbagraph.rdf.namespaces import BASES, expand, graph_iri, of_evidence
from gbagraph.sparql.terms import fact_of, triple_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    Fact = tuple[str, str, str]
    Graph = ox.NamedNode | ox.BlankNode | ox.DefaultGraph


_NOT_READ: Final = frozenset(
    {INFERRED, ox.DefaultGraph(), *(ox.NamedNode(graph_iri(name)) for name in NOT_REASONED)}
)


class Withdrawals:
    """All derivations of one step in *store*, made once."""

    def __init__(self, store: ox.Store) -> None:
        self._asserted: Final = {
            fact_of(quad.triple) for quad in store if quad.graph_name not in _NOT_READ
        }
        self._premises: dict[Fact, list[tuple[Fact, ...]]] = defaultdict(list)
        self._heads: dict[Fact, set[Fact]] = defaultdict(set)
        follows = store.contains_named_graph(INFERRED)
        for head, premises in needed("derivations")(self._asserted) if follows else ():
            if head not in premises:
                self._premises[head].append(premises)
                for premise in premises:
                    self._heads[premise].add(head)

    def without(self, fact: Fact) -> set[Fact]:
        """What does not hold without *fact*: it itself, unless it follows, and what rests on it."""
        gone = {fact}
        todo = list(gone)
        while todo:
            new = self._heads.get(todo.pop(), set()) - self._asserted - gone
            gone |= new
            todo += new
        while back := [fact for fact in gone if self._still_follows(fact, gone)]:
            gone.difference_update(back)
        return gone

    def _still_follows(self, fact: Fact, gone: set[Fact]) -> bool:
        return any(gone.isdisjoint(premises) for premises in self._premises.get(fact, ()))


_DEFAULT: Final = ox.DefaultGraph()
_COMPUTED: Final = frozenset({INFERRED, EVIDENCE, ox.NamedNode(graph_iri("meta")), _DEFAULT})
_SCHEMA: Final = frozenset(ox.NamedNode(graph_iri(name)) for name in ("ontology", "shapes"))
_FACTS: Final = frozenset(
    ox.NamedNode(graph_iri(name)) for name in ("article", "context", "differing", "links")
)
"""The graphs of this dataset that hold facts."""
_SUBJECT, _PREDICATE, _OBJECT, _TYPE = (
    ox.NamedNode(expand(name))
    for name in ("rdf:subject", "rdf:predicate", "rdf:object", "rdf:type")
)
_CLAIMS: Final = tuple(map(ox.NamedNode, of_evidence("Claim")))
_QUALIFIERS: Final = frozenset(
    map(ox.NamedNode, (*BASES, *of_evidence("note", "resolves", "relativeTo")))
)


class Effects(NamedTuple):
    """Quads that go, and quads that come."""

    removed: tuple[ox.Quad, ...]
    added: tuple[ox.Quad, ...]

    @contextmanager
    def made(self, store: ox.Store) -> Iterator[None]:
        """Yield *store* so changed. Afterwards it is as before: the engine keeps the place of a quad."""
        for quad in self.removed:
            store.remove(quad)
        store.extend(self.added)
        try:
            yield
        finally:
            for quad in self.added:
                store.remove(quad)
            store.extend(self.removed)


def facts(store: ox.Store, graphs: tuple[str, ...] = ()) -> list[ox.Triple]:
    """The asserted triples of *graphs*, sorted; by default all that is neither computed nor schema.

    What says on what a fact rests is none itself: claims, annotations, and their properties.
    """
    chosen = {ox.NamedNode(name if ":" in name else graph_iri(name)) for name in graphs}
    named: dict[bool, set[ox.Triple]] = {True: set(), False: set()}
    own = set()
    for quad in store:
        if quad.graph_name == _DEFAULT:
            own.add(quad.triple)
        else:
            is_fact = quad.graph_name in chosen if graphs else _holds_facts(quad.graph_name)
            named[is_fact].add(quad.triple)
    triples = named[True] if graphs else named[True] | (own - named[False])
    claims = {
        quad.subject
        for kind in _CLAIMS
        for quad in store.quads_for_pattern(None, _TYPE, kind, None)
    } | {row.subject for row in triples if isinstance(row.object, ox.Triple)}
    is_none = {row for row in triples if row.subject in claims or row.predicate in _QUALIFIERS}
    return sorted(triples - is_none, key=str)


def _holds_facts(graph: Graph) -> bool:
    """Any graph of other data does; of this dataset, those that are neither computed nor schema."""
    return graph in _FACTS or not str(graph).startswith(f"<{graph_iri('')}")


class Consequences:
    """What follows from a change to a fact of *store*."""

    def __init__(self, store: ox.Store) -> None:
        self._store = store
        self._withdrawals = Withdrawals(store)
        objects: dict[ox.NamedNode, set[Any]] = defaultdict(set)
        for quad in store:
            objects[quad.predicate].add(quad.object)
        self._objects = {predicate: sorted(terms, key=str) for predicate, terms in objects.items()}

    def of(self, fact: ox.Triple, instead: Any = None) -> Effects:  # noqa: ANN401  a term
        """Return what goes and comes if *fact* is dropped, or has the object *instead*.

        What follows from the new object is not derived.
        """
        places = self._places(fact)
        asserted = places - _COMPUTED - _SCHEMA
        removed = [ox.Quad(*_parts(fact), place) for place in asserted]
        if not places & _SCHEMA:
            removed += self._unfounded(fact)
        added = []
        if instead is not None:
            new = ox.Triple(fact.subject, fact.predicate, instead)
            added = [ox.Quad(*_parts(new), place) for place in asserted | (places & {_DEFAULT})]
        for quad in self._claims(fact):
            if instead is None or quad.predicate == _OBJECT:
                removed.append(quad)
            if instead is not None and quad.predicate == _OBJECT:
                added.append(ox.Quad(quad.subject, _OBJECT, instead, quad.graph_name))
        return Effects(
            tuple(quad for quad in dict.fromkeys(removed) if quad in self._store),
            tuple(quad for quad in dict.fromkeys(added) if quad not in self._store),
        )

    def _places(self, triple: ox.Triple) -> set[Graph]:
        quads = self._store.quads_for_pattern(*_parts(triple), None)
        return {quad.graph_name for quad in quads}

    def _unfounded(self, fact: ox.Triple) -> Iterator[ox.Quad]:
        """Yield what does not hold any more, unless a graph from which nothing is concluded has it."""
        for gone in self._withdrawals.without(fact_of(fact)):
            triple = triple_of(gone)
            if triple == fact or not self._places(triple) - {INFERRED, _DEFAULT}:
                yield ox.Quad(*_parts(triple), INFERRED)
                yield ox.Quad(*_parts(triple), _DEFAULT)

    def _claims(self, fact: ox.Triple) -> Iterator[ox.Quad]:
        """Yield what the computed claims about *fact* say, and not also what is written by hand."""
        for about in self._store.quads_for_pattern(None, _SUBJECT, fact.subject, EVIDENCE):
            claim = about.subject
            keys = ((_PREDICATE, fact.predicate), (_OBJECT, fact.object))
            if all(ox.Quad(claim, name, term, EVIDENCE) in self._store for name, term in keys):
                for quad in self._store.quads_for_pattern(claim, None, None, None):
                    if not self._places(quad.triple) - _COMPUTED:
                        yield quad

    def other_object(self, fact: ox.Triple) -> Any:  # noqa: ANN401  a term
        """Another object, as like the right one as may be: the next that the property has elsewhere."""
        terms = self._objects[fact.predicate]
        place = terms.index(fact.object)
        kind = _kind(fact.object)
        for term in (*terms[place + 1 :], *terms[:place]):
            new = (fact.subject, fact.predicate, term)
            if _kind(term) == kind and not self._places(ox.Triple(*new)):
                return term
        return _fresh(fact.object)


def _parts(triple: ox.Triple) -> tuple[Any, Any, Any]:
    return triple.subject, triple.predicate, triple.object


def _kind(term: Any) -> object:  # noqa: ANN401  a term
    return (term.datatype, term.language) if isinstance(term, ox.Literal) else type(term)


def _fresh(term: Any) -> Any:  # noqa: ANN401  a term
    """Return a term of the same kind that stands nowhere."""
    if not isinstance(term, ox.Literal):
        return ox.NamedNode("urn:x-gbagraph:changed")
    if term.value.lstrip("+-").isdigit():
        return ox.Literal(str(int(term.value) + 1), datatype=term.datatype)
    if term.language:
        return ox.Literal(f"{term.value} (changed)", language=term.language)
    return ox.Literal(f"{term.value} (changed)")
