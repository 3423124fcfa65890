"""The answer to a CONSTRUCT or DESCRIBE query."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, overload

import pyoxigraph as ox

from gbagraph.answers import serialization
from gbagraph.answers.solutions import Solutions
from gbagraph.answers.terms import to_rdflib

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import rdflib

    from gbagraph.answers.serialization import GraphFormat, Output
    from gbagraph.answers.sources import Source


class Triples(Sequence[ox.Triple]):
    """Triples as pyoxigraph has them, in the order of the answer: a sequence, false if there is none.

    Equal are answers with the same triples, in whatever order. A blank node is equal to one of the same
    label alone. *sources* are the other endpoints that were called for it.
    """

    __slots__ = ("_triples", "sources")

    def __init__(self, triples: Iterable[ox.Triple], sources: Iterable[Source] = ()) -> None:
        self.sources: Final = tuple(sources)
        self._triples: Final = tuple(triples)

    def __len__(self) -> int:
        return len(self._triples)

    @overload
    def __getitem__(self, place: int) -> ox.Triple: ...
    @overload
    def __getitem__(self, place: slice) -> Triples: ...
    def __getitem__(self, place: int | slice) -> ox.Triple | Triples:
        found = self._triples[place]
        return Triples(found, self.sources) if isinstance(found, tuple) else found

    def __iter__(self) -> Iterator[ox.Triple]:
        return iter(self._triples)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Triples):
            return NotImplemented
        return frozenset(self) == frozenset(other)

    def __hash__(self) -> int:
        return hash(frozenset(self))

    def __repr__(self) -> str:
        return f"<Triples: {len(self)}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Triples, (self._triples, self.sources)

    @overload
    def serialize(
        self,
        output: None = None,
        format: GraphFormat | None = None,
        *,
        prefixes: dict[str, str] | None = None,
    ) -> bytes: ...
    @overload
    def serialize(
        self,
        output: Output,
        format: GraphFormat | None = None,
        *,
        prefixes: dict[str, str] | None = None,
    ) -> None: ...
    def serialize(
        self,
        output: Output | None = None,
        format: GraphFormat | None = None,  # noqa: A002  as pyoxigraph has it
        *,
        prefixes: dict[str, str] | None = None,
    ) -> bytes | None:
        """Write the triples, as pyoxigraph's are written.

        Args:
            output: a file or its path; without one, the bytes are returned.
            format: pyoxigraph's, or the name of one, such as ``turtle``; by default that of the
                extension of the path.
            prefixes: to be declared, in formats that have prefixes.

        Raises:
            NotAcceptable: there is no such format for triples.
        """
        return serialization.triples(self, output, format, prefixes)

    def to_rdflib(self) -> rdflib.Graph:
        """The same as a graph of rdflib.

        Raises:
            NotAcceptable: a term is of RDF 1.2, which rdflib does not have.
        """
        import rdflib  # noqa: PLC0415  it takes longer to import than all of this package

        graph = rdflib.Graph()
        for subject, predicate, value in self._triples:
            graph.add((to_rdflib(subject), to_rdflib(predicate), to_rdflib(value)))
        return graph

    def _repr_html_(self) -> str:
        """The first triples as a table, which notebooks show."""
        rows = [tuple(triple) for triple in islice(self._triples, len(self))]
        return Solutions(("subject", "predicate", "object"), rows)._repr_html_()
