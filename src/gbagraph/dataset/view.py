"""What a query sees of a store: its default graph, and the graphs that it can name.

The default graph is what a query without GRAPH and FROM sees, decided by trust. It holds what the
article says, what completes it, by whom it is said, and what follows by the ontology. Outside stand
what contradicts the article or would be added up with its figures (``graph/differing``; only
``gba:differsFrom`` is in, which leads there), the shapes, the selectors of words, the canned queries,
and most of what the dataset says of itself: of that only its own node, the figures of each class and
property, and the prefixes are in, for which tools ask without GRAPH. Types of all these and declarations
of terms are left out, for they would drown the kinds of things in ``?s a ?kind``. The composition is the
same for every query, whatever its text.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

import pyoxigraph as ox

from gbagraph.dataset.identity import INFERRED
from gbagraph.errors import BadParameter, MalformedRequest
from gbagraph.rdf.dataset import Answer, Dataset, Functions, Node, access, named_node
from gbagraph.rdf.namespaces import DATASET, PREFIXES, base_iri, expand, graph_iri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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
        matches = self.triples(triple.subject, triple.predicate, triple.object, graph)
        return next(matches, None) is not None


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
    if not given and not ((default or named) and all(map(named_node, (*default, *named)))):
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


def _merged(store: Dataset, default: Sequence[str], named: Sequence[str]) -> ox.Store:
    """A store whose default graph is the merge of *default*, with the graphs *named* as they are."""
    merged = ox.Store()
    for iri in default:
        quads = store.quads_for_pattern(None, None, None, graph_node(iri))
        merged.extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    for iri in named:
        merged.extend(store.quads_for_pattern(None, None, None, graph_node(iri)))
    return merged


_FOR_TOOLS: Final = ", ".join(
    f"<{expand(term)}>"
    for term in (
        *("void:class", "void:entities", "void:property", "void:triples"),
        *("sh:declare", "sh:prefix", "sh:namespace", "owl:deprecated", "dcterms:isReplacedBy"),
    )
)
"""What is read of the metadata without GRAPH: figures, prefixes, and what replaces a retired IRI."""


_PARTLY: Final = {
    # Of what differs, only that it does, and from what.
    "differing": f"?p = <{expand('gba:differsFrom')}>",
    "selectors": "false",
    "shapes": "false",
    # What is said of the terms, but not that each is a class or a property.
    "ontology": f"?p != <{expand('rdf:type')}> || "
    f'!REGEX(STR(?o), "^({"|".join(PREFIXES[name] for name in ("owl", "rdf", "rdfs"))})")',
    "queries": "false",
    # The dataset itself, and what tools ask for, but not of what is below a class or a graph of it.
    "meta": f"?s = <{DATASET}> || "
    f'?p IN ({_FOR_TOOLS}) && !REGEX(STR(?s), "^{DATASET}/[^/]+/[^/]+/")',
}
"""Graphs that are not merged whole, and which of their quads are merged, as SPARQL says it."""


def fill(
    store: ox.Store, *, infer: bool, whole: bool = False, without: ox.NamedNode | None = None
) -> bool:
    """Merge the named graphs of *store* into its default graph (RDF 1.1 Semantics, section 4.1).

    What follows comes with it if *infer*. With *whole*, no graph but that one is left out or merged in
    part: so it is with files that are not this dataset. The graph *without* is to be merged later.

    Returns:
        whether the default graph is now the merge of all named graphs, and there are any.
    """
    own = next(store.quads_for_pattern(None, None, None, ox.DefaultGraph()), None)
    is_merge = whole and own is None and (infer or not store.contains_named_graph(INFERRED))
    # In order: the engine answers in the order of insertion, so answers are the same at every load.
    for graph in sorted(store.named_graphs(), key=str):
        if graph not in (INFERRED, without):
            fill_from(store, graph, whole=whole)
    if infer:
        include_inferred(store)
    return is_merge and len(store) > 0


def fill_from(store: ox.Store, graph: ox.NamedNode | ox.BlankNode, *, whole: bool = False) -> None:
    """Merge one named graph into the default graph, *whole* or what of it belongs there."""
    condition = None if whole else _PARTLY.get(graph.value.removeprefix(graph_iri("")))
    if condition:
        pattern = f"GRAPH {graph} {{ ?s ?p ?o }} FILTER ({condition})"
        store.update(f"INSERT {{ ?s ?p ?o }} WHERE {{ {pattern} }}")
    elif isinstance(graph, ox.NamedNode):
        store.update(f"ADD {graph} TO DEFAULT")  # the engine's own loop is the fastest
    else:
        quads = store.quads_for_pattern(None, None, None, graph)
        store.extend([ox.Quad(*quad.triple) for quad in quads])


@contextmanager
def inferring(store: Dataset, wanted: bool | None) -> Iterator[None]:
    """Have the default graph hold what follows, or not, as *wanted*; None leaves it as it is.

    Afterwards it is as before, in the same order: the engine keeps the place of a quad that was
    removed.

    Raises:
        BadParameter: the store is one on disk, which no query changes.
    """
    if wanted is None or holds_inferred(store) in (wanted, None):
        yield
        return
    change, undo = (
        (include_inferred, exclude_inferred) if wanted else (exclude_inferred, include_inferred)
    )
    try:
        change(store)
    except RuntimeError:
        raise BadParameter(
            "What follows is in a graph of its own here, and its default graph is as it was loaded: the "
            "parameter infer cannot change it. Ask with GRAPH.",
            parameter="infer",
        ) from None
    try:
        yield
    finally:
        undo(store)


def holds_inferred(store: Dataset) -> bool | None:
    """Whether the default graph holds what follows; None if there is nothing that does."""
    # With a limit, where an engine elsewhere would send all of them.
    first = f"SELECT ?s ?p ?o {{ GRAPH {INFERRED} {{ ?s ?p ?o }} }} LIMIT 1"
    for row in cast("Iterable[Any]", store.query(first)):
        return ox.Quad(row["s"], row["p"], row["o"]) in store
    return None


def include_inferred(store: Dataset) -> None:
    """Have the default graph hold what follows by the ontology."""
    store.update(f"ADD {INFERRED} TO DEFAULT")


def exclude_inferred(store: Dataset) -> None:
    """Have the default graph hold explicit statements only.

    No triple of graph/inferred is asserted in another graph, so what goes was only inferred.
    """
    store.update(f"DELETE {{ ?s ?p ?o }} WHERE {{ GRAPH {INFERRED} {{ ?s ?p ?o }} }}")


def own_default_quads(store: Dataset) -> Iterator[ox.Quad]:
    """Quads of the default graph that came from no named graph."""
    for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph()):
        everywhere = store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
        if all(each.graph_name == ox.DefaultGraph() for each in everywhere):
            yield quad
