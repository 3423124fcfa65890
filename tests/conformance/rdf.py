"""Read RDF files, and walk small graphs such as manifests and result sets."""

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pyoxigraph as ox

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

NAMESPACES: Final = {
    "cnt": "http://www.w3.org/2011/content#",
    "ht": "http://www.w3.org/2011/http#",
    "mf": "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#",
    "qt": "http://www.w3.org/2001/sw/DataAccess/tests/test-query#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "rs": "http://www.w3.org/2001/sw/DataAccess/tests/result-set#",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "ut": "http://www.w3.org/2009/sparql/tests/test-update#",
}

_NIL: Final = NAMESPACES["rdf"] + "nil"


def iri(curie: str) -> str:
    """The IRI that a prefixed name stands for."""
    prefix, _, local = curie.partition(":")
    return NAMESPACES[prefix] + local


@functools.cache
def read(path: Path, base: str) -> tuple[ox.Quad, ...]:
    """All quads of a file, with blank nodes of its own; its extension names the format.

    Read once only, so that a file has the same blank nodes wherever it is used.
    """
    found = ox.RdfFormat.from_extension(path.suffix.lstrip("."))
    if found is None:
        raise ValueError(f"{path}: unknown format")
    return tuple(ox.parse(path.read_bytes(), format=found, base_iri=base, rename_blank_nodes=True))


class Graph:
    """Triples by subject and predicate, to follow paths in."""

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        self.quads = list(quads)
        self._by_subject: dict[Term, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        for quad in self.quads:
            self._by_subject[quad.subject][quad.predicate.value].append(quad.object)

    def all(self, subject: Term, curie: str) -> list[Term]:
        """The objects of a property, in the order of the file."""
        return self._by_subject[subject][iri(curie)] if subject in self._by_subject else []

    def one(self, subject: Term, curie: str) -> Term | None:
        """The first object of a property."""
        return next(iter(self.all(subject, curie)), None)

    def text(self, subject: Term | None, curie: str) -> str | None:
        """The first object's value (of a literal) or IRI."""
        found = self.one(subject, curie) if subject is not None else None
        return None if found is None else value(found)

    def subjects(self, curie: str) -> Iterator[Term]:
        """The nodes that have a property."""
        wanted = iri(curie)
        return (subject for subject, found in self._by_subject.items() if wanted in found)

    def items(self, start: Term | None) -> Iterator[Term]:
        """The members of an RDF list."""
        while start is not None and value(start) != _NIL:
            first = self.one(start, "rdf:first")
            if first is None:
                raise ValueError(f"{start} is not a list")
            yield first
            start = self.one(start, "rdf:rest")


def value(term: Term) -> str:
    """A term as a plain string: IRI, label or lexical form."""
    return str(term) if isinstance(term, ox.Triple) else term.value
