"""The graph that a canned query gives compared with the one that is kept as the expected one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gbagraph.rdf import namespaces
from gbagraph.rdf.dataset import canonical_lines
from gbagraph.rdf.results import turtle_term

if TYPE_CHECKING:
    from collections.abc import Iterable


def difference(expected: str, found: bytes) -> str:
    """How the N-Triples *found* are another graph than the Turtle *expected*; empty if they are not.

    Blank nodes are compared by isomorphism.

    Raises:
        SyntaxError: what is expected is not Turtle.
    """
    wanted = _triples(ox.parse(expected, ox.RdfFormat.TURTLE))
    got = _triples(ox.parse(found, ox.RdfFormat.N_TRIPLES))
    missing = [triple for triple in wanted if triple not in got]
    others = [triple for triple in got if triple not in wanted]
    counts = f"({len(wanted)} triples are expected, and there are {len(got)})"
    if missing:
        return f"expected {_shown(missing[0])}, which the answer does not have {counts}."
    return f"the answer has {_shown(others[0])}, which is not expected {counts}." if others else ""


def turtle(found: bytes) -> str:
    """N-Triples as Turtle, the same for the same graph."""
    triples = _triples(ox.parse(found, ox.RdfFormat.N_TRIPLES))
    prefixes = {
        name: iri for name, iri in namespaces.prefixes().items() if f"<{iri}".encode() in found
    }
    return (ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=prefixes) or b"").decode()


def _triples(quads: Iterable[ox.Quad]) -> dict[ox.Triple, None]:
    """The triples with canonical blank nodes, in the order of their canonical lines."""
    lines = "".join(canonical_lines(quads))
    return {quad.triple: None for quad in ox.parse(lines, ox.RdfFormat.N_QUADS)}


def _shown(triple: ox.Triple) -> str:
    """A triple on one line."""
    terms = (triple.subject, triple.predicate, triple.object)
    return " ".join(repr(turtle_term(term))[1:-1] for term in terms)
