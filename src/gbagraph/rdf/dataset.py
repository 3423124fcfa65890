"""The interface between evaluation and data: an RDF dataset (RDF 1.1 Concepts, section 4) to ask.

It is the part of :class:`pyoxigraph.Store` that reads. Whoever evaluates a job asks nothing else of the
data, and does not know where they are: a store in memory or on disk has it, and so has what stands for
a dataset of another process. How the one or the other is best asked, its :func:`access` says.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import IO, TYPE_CHECKING, Final, Protocol

import pyoxigraph as ox

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from gbagraph.rdf.native import Term

    Node = ox.NamedNode | ox.BlankNode
    Place = Node | ox.DefaultGraph
    Triples = Iterator[ox.Triple]
    Answer = ox.QuerySolutions | ox.QueryBoolean | Triples
    Functions = dict[ox.NamedNode, Callable[..., Term | None]]
    Form = tuple[Term | None, Term | None, Term | None]


class Dataset(Protocol):
    """A default graph and named graphs.

    Where the data are elsewhere, all methods but ``__len__`` raise GbaGraphError if nobody answers.
    """

    def __len__(self) -> int:
        """How many quads there are."""

    def __hash__(self) -> int:
        """A dataset is itself alone, whatever another one holds."""

    def __contains__(self, quad: ox.Quad, /) -> bool:
        """Whether there is *quad*."""

    def query(
        self,
        query: str,
        /,
        *,
        base_iri: str | None = None,
        default_graph: list[Place] | None = None,
        named_graphs: list[Node] | None = None,
        custom_functions: Functions | None = None,
    ) -> Answer:
        """The answer to *query*, of which nothing has been read: solutions, a boolean or triples.

        *default_graph* and *named_graphs* take the place of its own graphs; *custom_functions* are what
        the query may call beside the functions of SPARQL.

        Raises:
            SyntaxError: it is no query.
            OSError: what is read of the answer cannot be had, as any time while it is read.
        """

    def quads_for_pattern(
        self,
        subject: Node | ox.Triple | None,
        predicate: ox.NamedNode | None,
        object: Term | None,  # noqa: A002  as the engine calls it
        graph_name: Place | None = None,
        /,
    ) -> Iterator[ox.Quad]:
        """The quads of this form; None stands for anything."""

    def named_graphs(self) -> Iterator[Node]:
        """The names of the graphs."""

    def contains_named_graph(self, graph_name: Place, /) -> bool:
        """Whether there is the graph *graph_name*."""

    def dump(
        self,
        output: IO[bytes],
        format: ox.RdfFormat,  # noqa: A002  as the engine calls it
        /,
        *,
        from_graph: Place | None = None,
        prefixes: dict[str, str] | None = None,
    ) -> bytes | None:
        """Write one graph, or without *from_graph* all of them, to *output*."""

    def update(self, update: str, /) -> None:
        """Change what the default graph holds for as long as one job takes."""


_UNCHANGED: Final = nullcontext()


class Access:
    """How a dataset is asked, beside :class:`Dataset`: as here where it is in this process.

    One that is elsewhere has an attribute ``access`` of a class derived from this.
    """

    is_far = False
    """Whether each question takes a message to another process, so that many are best put as one."""

    def open(self, connection: socket.socket) -> None:
        """Prepare to answer the jobs that come over *connection*."""

    def warm_up(self, store: Dataset) -> None:
        """Touch the memory that every query writes to: then the first one need not copy those pages."""
        answer = store.query("SELECT ?s { ?s ?p ?o } LIMIT 1")
        if isinstance(answer, ox.QuerySolutions):
            answer.serialize(format=ox.QueryResultsFormat.JSON)

    def begin_job(self) -> None:
        """Drop what was kept for the job before."""

    def reading(self) -> AbstractContextManager[None]:
        """Within this, what is wrong with the form of an answer is raised as GbaGraphError."""
        return _UNCHANGED

    def rewritten(self, query: str) -> str:
        """Return *query* as it can be passed on."""
        return query

    def require_query(self, query: str) -> None:
        """Raise QuerySyntaxError unless *query* is one: in this process, its evaluation does."""

    def prefetch(self, subjects: Iterable[object], predicates: Sequence[ox.NamedNode]) -> None:
        """Read at once what *subjects* have of *predicates*, where each would be a question."""

    def prefetch_forms(self, forms: Iterable[Form]) -> None:
        """Read at once the quads of *forms* (subject, predicate and object, None for any)."""

    def merges(self, graphs: Iterable[str]) -> bool:  # noqa: ARG002  depends on the dataset
        """Whether a default graph of several *graphs* is their merge; else the caller merges them.

        Raises:
            EngineUnsupported: it is not, and they are too large to merge.
        """
        return False

    def clock(self) -> float:
        """Return the processor time that work on the dataset took so far, in seconds."""
        return time.process_time()


_HERE = Access()


def access(store: Dataset) -> Access:
    """Return how *store* is asked."""
    return getattr(store, "access", _HERE)
