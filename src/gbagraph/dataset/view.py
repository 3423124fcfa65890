"""What a query sees of a store: its default graph, and the graphs that it can name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gbagraph.errors import MalformedRequest
from gbagraph.rdf.dataset import access
from gbagraph.rdf.namespaces import base_iri

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gbagraph.rdf.dataset import Answer, Dataset, Functions, Node
    from gbagraph.rdf.results import Term
    from gbagraph.sparql.parsed import ParsedQuery
    from gbagraph.sparql.sources import Source


class View:
    """A dataset (SPARQL 1.1, section 13): *default* and *named* are graphs of *store*, None for all."""

    def __init__(
        self,
        store: Dataset,
        default: Sequence[Node | ox.DefaultGraph] | None = None,
        named: Sequence[Node] | None = None,
    ) -> None:
        self.store = store
        self.default, self.named = default, named

    def query(self, text: str, functions: Functions | None = None) -> Answer:
        """Evaluate a query; one that has FROM must be asked of the view that these clauses give.

        *functions* are those that it may call beside the functions of SPARQL, by their IRIs.
        """
        if self.default is None:
            return self.store.query(text, base_iri=base_iri(), custom_functions=functions)
        return self.store.query(
            text,
            base_iri=base_iri(),
            default_graph=list(self.default),
            named_graphs=list(self.named or ()),
            custom_functions=functions,
        )

    def sources(self, endpoint: str, row: Mapping[str, Term]) -> tuple[Source, ...]:  # noqa: ARG002
        """The endpoints that were called for the SERVICE clause naming *endpoint*, for this *row*."""
        return ()

    def triples(
        self,
        subject: Term | None,
        predicate: Term | None,
        value: Term | None,
        graph: Node | None = None,
    ) -> Iterator[ox.Triple]:
        """The triples of this form in *graph*, by default in the default graph."""
        if isinstance(subject, ox.Literal | ox.Triple) or not isinstance(
            predicate, ox.NamedNode | None
        ):
            return
        default = (ox.DefaultGraph(),) if self.default is None else self.default
        for place in (graph,) if graph is not None else default:
            for quad in self.store.quads_for_pattern(subject, predicate, value, place):
                yield quad.triple

    def holds(self, triple: ox.Triple, graph: Node | None = None) -> bool:
        """Whether *triple* is in *graph*, by default in the default graph."""
        found = self.triples(triple.subject, triple.predicate, triple.object, graph)
        return next(found, None) is not None


def view(
    store: Dataset,
    query: ParsedQuery,
    default_graphs: Sequence[str] | None = None,
    named_graphs: Sequence[str] | None = None,
) -> View:
    """The protocol's dataset where it is given, else the query's own, else all.

    Given at all, the protocol's dataset is the whole dataset: what it leaves out is empty. A
    default graph of several graphs is their merge (SPARQL 1.1, section 13.2); the engine would
    return a triple once for each graph, so the merge is made first.

    Raises:
        MalformedRequest: a graph is named by what is no IRI.
    """
    given = default_graphs is not None or named_graphs is not None
    default, named = (default_graphs or (), named_graphs or ()) if given else query.dataset
    if not given and not ((default or named) and all(map(_is_iri, (*default, *named)))):
        return View(store)  # of what is no IRI the engine says that it is none
    default = tuple(dict.fromkeys(default))
    names = list(map(graph_node, named))
    if len(default) > 1 and not access(store).merges(default):
        return View(_merged(store, default, named), [ox.DefaultGraph()], names)
    return View(store, list(map(graph_node, default)), names)


def graph_node(iri: str) -> ox.NamedNode:
    """The node of a graph that a request names; raises MalformedRequest for what is no IRI."""
    try:
        return ox.NamedNode(iri)
    except ValueError as problem:
        raise MalformedRequest(
            f"The dataset of the query names the graph {iri!r}, which is not an IRI: {problem}."
        ) from None


def _is_iri(text: str) -> bool:
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True


def _merged(store: Dataset, default: Sequence[str], named: Sequence[str]) -> ox.Store:
    """A store whose default graph is the merge of *default*, with the graphs *named* as they are."""
    merged = ox.Store()
    for iri in default:
        quads = store.quads_for_pattern(None, None, None, graph_node(iri))
        merged.extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    for iri in named:
        merged.extend(store.quads_for_pattern(None, None, None, graph_node(iri)))
    return merged
