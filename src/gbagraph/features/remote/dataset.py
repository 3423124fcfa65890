"""A dataset that another SPARQL endpoint holds: what is asked of a store, asked over the protocol.

It has the interface :class:`gbagraph.rdf.dataset.Dataset`, and stands where a store does. A worker asks
it over the socket of its job.
"""

from __future__ import annotations

import time
from collections import defaultdict
from typing import IO, TYPE_CHECKING, Any, Final, NoReturn, cast

import pyoxigraph as ox

from gbagraph.dataset.identity import META
from gbagraph.errors import EngineUnsupported
from gbagraph.features.remote.questions import Question, Questions, answer_of, readable
from gbagraph.rdf.dataset import Access, is_blank
from gbagraph.rdf.namespaces import DATASET
from gbagraph.sparql.failures import syntax_error

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from gbagraph.engine.wire import Reader
    from gbagraph.features.remote.dialects import Idiom
    from gbagraph.features.remote.questions import Reply
    from gbagraph.rdf.dataset import Answer, Dataset, Form, Functions, Node, Place
    from gbagraph.rdf.results import Term
    from gbagraph.sparql.parsed import ParsedQuery

    Ask = Callable[[Question], Reply]


_MERGED: Final = 200_000
"""Triples of graphs that are merged in a worker, where the engine does not."""
_KEPT: Final = 1000
"""Quads of one form that are kept until the end of a job, which often asks for the same again."""
_BATCH: Final = 500
"""Things of which one question asks."""
_EVERYTHING: Final = (None, None, None)
IS_OWN: Final = f"ASK {{ GRAPH {META} {{ <{DATASET}> ?p ?o }} }}"
"""Whether the built-in dataset is there, which describes itself."""


class Elsewhere(Access):
    """The dataset of the engine that *ask* asks.

    It has *size* quads, a number of them in each of *graphs*, as far as is known; it *merges_graphs*
    that are a query's default graph, as the standard demands. The graph *default* of the engine is
    the default graph here, and no named graph; if it is empty, the engine's own is. Whether it
    *takes_datasets* is whether it heeds the graphs that a request names, and *lost* are the idioms of
    SPARQL that it does not do right. Of several engines, only those that hold its *version* are asked.

    All methods raise GbaGraphError if the engine does not answer.
    """

    is_far = True

    def __init__(self, ask: Ask, size: int = 0) -> None:
        self.ask = ask
        self.size = size
        self.graphs: dict[str, int] = {}
        self.merges_graphs = True
        self.default = ""
        self.takes_datasets = True
        self.lost: tuple[Idiom, ...] = ()
        self.version = ""
        self._known: dict[tuple[Term | Place | None, ...], list[ox.Quad]] = {}

    @property
    def access(self) -> Elsewhere:
        """How it is asked, which it knows itself."""
        return self

    def __len__(self) -> int:
        return self.size

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
        """Return the answer to *query*, read as it comes: solutions, a boolean or triples.

        Raises:
            EngineUnsupported: the query needs a function of ours, graphs of which the engine takes no
                notice, or an idiom that it loses.
        """
        if custom_functions:
            raise EngineUnsupported(
                "A blank node of another endpoint cannot be passed on to the engine that holds the "
                "data. Inside of SERVICE, leave out the variables that stand for blank nodes."
            )
        text, most = f"BASE <{base_iri}> {query}" if base_iri else query, 0
        if self.lost:
            from gbagraph.features.remote.dialects import without  # noqa: PLC0415  few lose any

            text, most = without(self.lost, text)
        reply = self._reply(text, _iris(default_graph), _iris(named_graphs))
        return answer_of(reply, most)

    def _reply(
        self,
        text: str,
        default: tuple[str, ...] | None = None,
        named: tuple[str, ...] | None = None,
    ) -> Reply:
        if self.default and default is None and named is None:
            default, named = (self.default,), tuple(self.graphs)
        if (default or named) and not self.takes_datasets:
            raise EngineUnsupported(
                "The engine that holds the data passes over the graphs that a request names, as FROM "
                "does. Name one by GRAPH."
            )
        return self.ask(Question(text, default, named, self.version))

    def quads_for_pattern(
        self,
        subject: Term | None,
        predicate: Term | None,
        value: Term | None,
        graph: Place | None = None,
        /,
    ) -> Iterator[ox.Quad]:
        """Yield the quads of this form, in all graphs if *graph* is None.

        Raises:
            EngineUnsupported: a blank node is asked for, which SPARQL has no name for.
        """
        given = (subject, predicate, value)
        known = self._among_known(given, graph)
        if known is not None:
            yield from known
            return
        quads: list[ox.Quad] = []
        for quad in self._asked_quads(given, graph):
            yield quad
            if len(quads) <= _KEPT:
                quads.append(quad)
        if len(quads) <= _KEPT:
            self._known[*given, graph] = quads

    def _among_known(self, given: Form, graph: Place | None) -> Iterable[ox.Quad] | None:
        """The quads of this form, if they are known or among those of a wider form that are."""
        if (*given, graph) in self._known:
            return self._known[*given, graph]
        for wider in (given, (*given[:2], None), (given[0], None, None)):
            if wider != _EVERYTHING and (*wider, None) in self._known:
                return [quad for quad in self._known[*wider, None] if _is_of(quad, given, graph)]
        return None

    def _asked_quads(self, given: Form, graph: Place | None) -> Iterator[ox.Quad]:
        pattern = " ".join(
            f"?{name}" if term is None else _written(term)
            for name, term in zip("spo", given, strict=True)
        )
        if graph is None:
            pattern = f"{{ {pattern} }} UNION {{ GRAPH ?g {{ {pattern} }} }}"
        elif not isinstance(graph, ox.DefaultGraph):
            pattern = f"GRAPH {_written(graph)} {{ {pattern} }}"
        if graph is not None and None not in given:
            if self._holds(pattern):
                yield _quad(*given, graph)
            return
        names = [name for name, term in zip("spo", given, strict=True) if term is None]
        for row in self._rows(pattern, [*names, "g"] if graph is None else names):
            ends = (row[n] if t is None else t for n, t in zip("spo", given, strict=True))
            yield _quad(*ends, row["g"] if graph is None else graph)

    def prefetch(self, subjects: Iterable[object], predicates: Sequence[ox.NamedNode]) -> None:
        """Ask at once for what *subjects* have of *predicates*, which would be a question for each."""
        wanted = [
            each
            for each in dict.fromkeys(subjects)
            if isinstance(each, ox.NamedNode)
            and any(self._among_known((each, one, None), None) is None for one in predicates)
        ]
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            self._known |= {(s, p, None, None): [] for s in batch for p in predicates}
            lists = (" ".join(map(str, nodes)) for nodes in (batch, predicates))
            values = "VALUES ?s {{ {} }} VALUES ?p {{ {} }}".format(*lists)
            for quad in self._quads_of(values):
                self._known[quad.subject, quad.predicate, None, None].append(quad)

    def prefetch_forms(self, forms: Iterable[Form]) -> None:
        """Ask at once for all quads of each of *forms*; there is no question for blank nodes."""
        by_shape: dict[str, list[Form]] = defaultdict(list)
        for form in dict.fromkeys(forms):
            if self._among_known(form, None) is None and not any(map(is_blank, form)):
                shape = "".join(n for n, term in zip("spo", form, strict=True) if term is not None)
                by_shape[shape].append(form)
        for shape, wanted in by_shape.items():
            for start in range(0, len(wanted), _BATCH):
                self._read_forms(shape, wanted[start : start + _BATCH])

    def prefetch_about(self, predicate: ox.NamedNode, values: Iterable[object]) -> None:
        """Ask at once which nodes have one of *values* of *predicate*, and for all that these say.

        What a blank node says is known then, too, of which no question can ask.
        """
        wanted: list[Any] = [
            each
            for each in dict.fromkeys(values)
            if not is_blank(each) and (None, predicate, each, None) not in self._known
        ]
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            self._known |= {(None, predicate, each, None): [] for each in batch}
            about = f"?s {predicate} ?value"
            nodes = f"{{ {about} }} UNION {{ GRAPH ?where {{ {about} }} }}"
            terms = " ".join(map(_written, batch))
            quads = self._quads_of(f"{{ VALUES ?value {{ {terms} }} {nodes} }}")
            for quad in dict.fromkeys(quads):
                self._known.setdefault((quad.subject, None, None, None), []).append(quad)
                if quad.predicate == predicate:
                    self._known.setdefault((None, predicate, quad.object, None), []).append(quad)

    def _read_forms(self, shape: str, forms: Sequence[Form]) -> None:
        """Ask for *forms*, of which the terms that *shape* names are given."""
        self._known |= {(*form, None): [] for form in forms}
        terms = (" ".join(str(term) for term in form if term is not None) for form in forms)
        names = " ".join(f"?{name}" for name in shape)
        values = f"VALUES ({names}) {{ {' '.join(f'({row})' for row in terms)} }}"
        for quad in self._quads_of(values):
            given = zip("spo", (quad.subject, quad.predicate, quad.object), strict=True)
            form = (term if name in shape else None for name, term in given)
            self._known.setdefault((*form, None), []).append(quad)

    def _quads_of(self, values: str) -> Iterator[ox.Quad]:
        """The quads, in all graphs, that go with *values* of ?s, ?p and ?o."""
        pattern = f"{{ {values} ?s ?p ?o }} UNION {{ {values} GRAPH ?g {{ ?s ?p ?o }} }}"
        for row in self._rows(pattern, ["s", "p", "o", "g"]):
            yield _quad(row["s"], row["p"], row["o"], row["g"])

    def open(self, connection: socket.socket, frames: Reader) -> None:
        """Ask over *connection* from now on, of which *frames* are read."""
        self.ask = Questions(connection, frames)

    def warm_up(self, store: Dataset) -> None:
        """Do nothing: no memory is shared."""

    def begin_job(self) -> None:
        """Drop what is known from the job before: the data may have changed since."""
        self._known.clear()

    def reading(self) -> AbstractContextManager[None]:
        """Within this, an answer of the engine that is none raises EngineFailed."""
        return readable()

    def rewritten(self, query: ParsedQuery) -> ParsedQuery:
        """Return *query* without escapes of code points, in which an engine may read a SERVICE."""
        return query.without_code_points

    def require_query(self, query: ParsedQuery) -> None:
        """Raise QuerySyntaxError unless *query* is one: then an engine reads in it what we do."""
        try:
            query.require_valid()
        except SyntaxError as problem:
            raise syntax_error(query.text, str(problem)) from None
        except (OSError, RuntimeError, ValueError):
            return  # such as a function of that engine

    def merges(self, graphs: Iterable[str]) -> bool:
        """Return whether the engine merges *graphs*; else the caller does.

        Raises:
            EngineUnsupported: neither the engine does it, nor can it be done here.
        """
        if not self.merges_graphs and sum(self.graphs.get(each, 0) for each in graphs) > _MERGED:
            raise EngineUnsupported(
                "The engine that holds the data counts a triple once for each graph of a default graph "
                f"that has it, and these graphs have more than {_MERGED} triples, too many to merge "
                "here. Name one graph with FROM, or several with FROM NAMED, and ask with GRAPH."
            )
        return self.merges_graphs

    def clock(self) -> float:
        """Return a tenth of the time: a question to an engine is mostly waited for."""
        return time.monotonic() / 10

    def _own_quads(self) -> Iterator[ox.Quad]:
        """The quads of the default graph that are in no named graph, then those of the named graphs."""
        alone = "?s ?p ?o FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } }"
        for pattern, names in ((alone, "spo"), ("GRAPH ?g { ?s ?p ?o }", "spog")):
            for row in self._rows(pattern, names):
                yield ox.Quad(*(row[name] for name in names))

    def named_graphs(self) -> Iterator[Node]:
        """Return the names of the graphs that have a triple."""
        rows = self._rows("GRAPH ?g { ?s ?p ?o }", ["g"], "SELECT DISTINCT")
        return iter([row["g"] for row in rows])

    def contains_named_graph(self, graph: Place, /) -> bool:
        """Return whether *graph* has a triple; there is always a default graph."""
        if isinstance(graph, ox.DefaultGraph):
            return True
        return self._holds(f"GRAPH {_written(graph)} {{ ?s ?p ?o }}")

    def __contains__(self, quad: ox.Quad, /) -> bool:
        quads = self.quads_for_pattern(quad.subject, quad.predicate, quad.object, quad.graph_name)
        return next(quads, None) is not None

    def dump(
        self,
        output: IO[bytes],
        rdf_format: ox.RdfFormat,
        /,
        *,
        from_graph: Place | None = None,
        prefixes: dict[str, str] | None = None,
    ) -> None:
        """Write one graph to *output*; without *from_graph* all, a named graph's triples only there."""
        statements: Iterator[ox.Triple] | Iterator[ox.Quad] = self._own_quads()
        if from_graph is not None:
            quads = self.quads_for_pattern(None, None, None, from_graph)
            statements = (quad.triple for quad in quads)
        ox.serialize(statements, output, rdf_format, prefixes=prefixes)

    def update(self, _: str, /) -> NoReturn:
        """Raise EngineUnsupported: nothing is written to the engine."""
        raise EngineUnsupported(
            "The engine that holds the data decides what its default graph has in it: what follows "
            "cannot be added or left out here. Ask without infer, or name graphs with FROM."
        )

    def _holds(self, pattern: str) -> bool:
        with readable():
            return bool(answer_of(self._reply(f"ASK {{ {pattern} }}")))

    def _rows(self, pattern: str, names: Sequence[str], form: str = "SELECT") -> Iterator[Any]:
        columns = " ".join(f"?{name}" for name in names)
        with readable():
            yield from cast("Any", answer_of(self._reply(f"{form} {columns} {{ {pattern} }}")))


def _is_of(quad: ox.Quad, form: Form, graph: Place | None) -> bool:
    terms = (quad.subject, quad.predicate, quad.object)
    is_of_form = all(one in (None, other) for one, other in zip(form, terms, strict=True))
    return is_of_form and graph in (None, quad.graph_name)


def _iris(graphs: Sequence[Place] | None) -> tuple[str, ...] | None:
    """The IRIs of *graphs*; None for the engine's own, which has no name."""
    names = [graph.value for graph in graphs or () if not isinstance(graph, ox.DefaultGraph)]
    return None if graphs is None or len(names) < len(graphs) else tuple(names)


def _quad(*terms: Any) -> ox.Quad:  # noqa: ANN401  of an answer; None is the default graph
    subject, predicate, value, graph = terms
    return ox.Quad(subject, predicate, value, graph or ox.DefaultGraph())


def _written(term: Term) -> str:
    if isinstance(term, ox.BlankNode):
        raise EngineUnsupported(
            "This needs what the data say of a blank node, and an engine cannot be asked for one by its "
            "label. Give what it stands for an IRI."
        )
    return f"<<( {term} )>>" if isinstance(term, ox.Triple) else str(term)
