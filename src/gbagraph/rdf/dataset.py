"""An RDF dataset (RDF 1.1 Concepts, section 4): the interface to query it, and its canonical form.

The interface is the part of :class:`pyoxigraph.Store` that reads. What evaluates a job calls nothing
else of the data, and does not know where they are: a store in memory or on disk has it, and so has
what stands for a dataset of another process (see :func:`access`).

Two datasets are isomorphic (RDF 1.1 Concepts, section 3.6) exactly if their canonical lines are equal.
RDFC-1.0 does not cover triple terms; they are written here as in RDF 1.2 N-Quads.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

import pyoxigraph as ox

from gbagraph.rdf.results import Term

if TYPE_CHECKING:
    import socket

Node = ox.NamedNode | ox.BlankNode
Place = Node | ox.DefaultGraph
Triples = Iterator[ox.Triple]
Answer = ox.QuerySolutions | ox.QueryBoolean | Triples
Form = tuple[Term | None, Term | None, Term | None]
Functions = dict[ox.NamedNode, Callable[..., Term | None]]


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


def named_node(iri: str) -> ox.NamedNode | None:
    """Return the node of *iri*; None for a text that is no IRI."""
    try:
        return ox.NamedNode(iri)
    except ValueError:
        return None


_UNCHANGED: Final = nullcontext()


class Access:
    """How a dataset is asked, beside :class:`Dataset`: as here where it is in this process.

    One that is elsewhere has an attribute ``access`` of a class derived from this.
    """

    is_far = False
    """Whether each question takes a message to another process, so that many are best put as one."""

    def open(self, connection: socket.socket, frames: Any) -> None:  # noqa: ANN401  a wire.Reader
        """Prepare to answer the jobs that come over *connection*, of which *frames* are read."""

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

    def rewritten(self, query: Any) -> Any:  # noqa: ANN401  a ParsedQuery, which is not known here
        """Return *query* as it can be passed on."""
        return query

    def require_query(self, query: Any) -> None:  # noqa: ANN401  a ParsedQuery
        """Raise QuerySyntaxError unless *query* is one: in this process, its evaluation does."""

    def prefetch(self, subjects: Iterable[object], predicates: Sequence[ox.NamedNode]) -> None:
        """Read at once what *subjects* have of *predicates*, where each would be a question."""

    def prefetch_forms(self, forms: Iterable[Form]) -> None:
        """Read at once the quads of *forms* (subject, predicate and object, None for any)."""

    def prefetch_about(self, predicate: ox.NamedNode, values: Iterable[object]) -> None:
        """Read at once which nodes have one of *values* of *predicate*, and all that these say."""

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


def canonical_lines(quads: Iterable[ox.Quad]) -> list[str]:
    """The canonical N-Quads lines of *quads*, each with its line ending, in code point order.

    Blank nodes are labelled as in RDFC-1.0, section 4.4. On malicious data that takes exponential time,
    so a server must not do it with files from strangers.
    """
    distinct = set(quads)
    written = ox.serialize(distinct, format=ox.RdfFormat.N_QUADS) or b""
    # Most data have none, which the text shows sooner than the terms.
    if b"_:" in written and any(map(has_blank_node, distinct)):
        dataset = ox.Dataset(distinct)
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        written = ox.serialize(set(dataset), format=ox.RdfFormat.N_QUADS) or b""
    # Not splitlines(): literals may contain U+2028 and similar characters unescaped.
    return sorted(f"{line}\n" for line in written.decode().split("\n") if line)


def digest(lines: Iterable[str]) -> str:
    """The hash of a dataset by its canonical lines: ``sha256:`` and 64 hexadecimal digits."""
    hashed = hashlib.sha256()
    for line in lines:
        hashed.update(line.encode())
    return f"sha256:{hashed.hexdigest()}"


def has_blank_node(quad: ox.Quad) -> bool:
    """Whether *quad* contains a blank node, possibly in a triple term."""
    return any(map(is_blank, (quad.subject, quad.object, quad.graph_name)))


def is_blank(term: object) -> bool:
    """Whether *term* is a blank node, or a triple term that contains one."""
    if isinstance(term, ox.Triple):
        return is_blank(term.subject) or is_blank(term.object)
    return isinstance(term, ox.BlankNode)
