"""A store whose default graph is the union of all its graphs, made when it is asked.

It has the interface :class:`gbagraph.rdf.dataset.Dataset`. A dataset
that a request or a query names (SPARQL 1.1, section 13.2) is not changed by it.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.rdf.dataset import Answer, Functions, Node, Place
    from gbagraph.rdf.results import Term


class United:
    """*store* with another default graph: its own and all named ones.

    A query finds a triple once for each graph that has it, as the engine does it; what is asked for by
    :meth:`quads_for_pattern` comes once.
    """

    def __init__(self, store: ox.Store) -> None:
        self._store = store

    def __len__(self) -> int:
        return len(self._store)

    def __contains__(self, quad: ox.Quad, /) -> bool:
        found = self._found(quad.subject, quad.predicate, quad.object, quad.graph_name)
        return next(found, None) is not None

    def query(
        self,
        query: str,
        /,
        *,
        base_iri: str | None = None,
        default_graph: Sequence[Place] | None = None,
        named_graphs: Sequence[Node] | None = None,
        custom_functions: Functions | None = None,
    ) -> Answer:
        """The answer to *query*; raises what the engine does."""
        if default_graph is None and named_graphs is None:
            return self._store.query(
                query,
                base_iri=base_iri,
                use_default_graph_as_union=True,
                custom_functions=custom_functions,
            )
        return self._store.query(
            query,
            base_iri=base_iri,
            default_graph=list(default_graph or ()),
            named_graphs=list(named_graphs or ()),
            custom_functions=custom_functions,
        )

    def quads_for_pattern(
        self,
        subject: Term | None,
        predicate: Term | None,
        value: Term | None,
        graph: Place | None = None,
        /,
    ) -> Iterator[ox.Quad]:
        """The quads of this form; those of the default graph once each."""
        found = self._found(subject, predicate, value, graph)
        return _once(found) if isinstance(graph, ox.DefaultGraph) else found

    def _found(
        self,
        subject: Term | None,
        predicate: Term | None,
        value: Term | None,
        graph: Place | None,
    ) -> Iterator[ox.Quad]:
        place = None if isinstance(graph, ox.DefaultGraph) else graph
        return self._store.quads_for_pattern(subject, predicate, value, place)  # type: ignore[arg-type]

    def named_graphs(self) -> Iterator[Node]:
        """The names of the graphs."""
        return self._store.named_graphs()

    def contains_named_graph(self, graph: Place, /) -> bool:
        """Whether there is this graph."""
        return self._store.contains_named_graph(graph)

    def dump(
        self,
        output: IO[bytes],
        rdf_format: ox.RdfFormat,
        /,
        *,
        from_graph: Place | None = None,
        prefixes: dict[str, str] | None = None,
    ) -> None:
        """Write a graph to *output*, or all as it was loaded.

        In the default graph, a triple may stand several times, which means the same: to know each would
        need memory for all.
        """
        if isinstance(from_graph, ox.DefaultGraph):
            triples = (quad.triple for quad in self._found(None, None, None, from_graph))
            ox.serialize(triples, output, rdf_format, prefixes=prefixes)
        else:
            self._store.dump(output, rdf_format, from_graph=from_graph, prefixes=prefixes)

    def update(self, text: str, /) -> None:
        """Raise RuntimeError, as the store does: nothing is written to it."""
        self._store.update(text)


def _once(quads: Iterator[ox.Quad]) -> Iterator[ox.Quad]:
    seen: set[ox.Triple] = set()
    for quad in quads:
        if quad.triple not in seen:
            seen.add(quad.triple)
            yield ox.Quad(*quad.triple)
