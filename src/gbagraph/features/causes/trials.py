"""Two versions of the data, and what each answers with some of the differences between them undone."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, cast

import pyoxigraph as ox

from gbagraph.dataset.view import view
from gbagraph.errors import RequestError, ServiceNotAllowed
from gbagraph.features.causes.blank_nodes import relabelled
from gbagraph.lru import LruCache
from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.failures import translated_errors
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gbagraph.dataset.view import View
    from gbagraph.rdf.dataset import Dataset, Place
    from gbagraph.rdf.formats import Kind
    from gbagraph.rdf.results import Term

    Chosen = frozenset[int]
    """Differences by their number."""


NOTHING: Final[Chosen] = frozenset()
_BOOLEAN: Final = ox.NamedNode(expand("xsd:boolean"))


class Difference(NamedTuple):
    """A triple, the graphs in which only the first version has it, and those where the second does."""

    triple: ox.Triple
    removed: tuple[Place, ...]
    added: tuple[Place, ...]

    def quads(self, *, added: bool) -> Iterable[ox.Quad]:
        """Return its quads that are added, or removed."""
        triple = self.triple
        graphs = self.added if added else self.removed
        return [ox.Quad(triple.subject, triple.predicate, triple.object, each) for each in graphs]


class Question:
    """A query whose answer the data alone decide.

    Raises:
        ServiceNotAllowed: it calls other endpoints.
        RequestError: its answer is another each time.
        QuerySyntaxError: it is no query.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        parsed = ParsedQuery(text)
        if parsed.calls_services:
            raise ServiceNotAllowed(
                "What another endpoint answers is no version of the data: the causes of a change are "
                "found for queries without SERVICE."
            )
        if not parsed.is_deterministic or parsed.may_make_blank_nodes:
            raise RequestError(
                "The answer to this query is another each time, by NOW, RAND, UUID, STRUUID or new "
                "blank nodes: no change of the data causes that. Ask without them."
            )
        with translated_errors(text):
            self.query = parsed.normalized


class Answer:
    """An answer as lines, by the columns *shown*: rows in TSV, triples in N-Triples, or a boolean."""

    def __init__(self, columns: Sequence[str], rows: Sequence[str], form: Kind) -> None:
        self.columns, self.rows, self.form = columns, rows, form
        self.shown, self.lines = columns, rows

    def keep(self, columns: Sequence[str]) -> Self:
        """Have the lines show these *columns* alone, in this order."""
        places = [self.columns.index(name) for name in columns]
        self.shown = columns
        self.lines = ["\t".join([row.split("\t")[at] for at in places]) for row in self.rows]
        return self

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each line comes."""
        return Counter(self.lines)

    def parsed(self, row: str) -> Sequence[Term | None]:
        """Return the terms of one of the rows."""
        return _parsed(self.columns, row)


def _parsed(columns: Sequence[str], line: str) -> Sequence[Term | None]:
    if not columns:
        return ()
    text = "\t".join(f"?{name}" for name in columns) + f"\n{line}\n"
    (row,) = cast("Any", ox.parse_query_results(text, ox.QueryResultsFormat.TSV))
    return tuple(row)


def terms(answer: Answer, line: str) -> dict[str, Term]:
    """Return the terms of one of the lines of *answer*, by column; those that are bound."""
    if answer.form == "boolean":
        return {"answer": ox.Literal(line, datatype=_BOOLEAN)}
    if answer.form == "graph":
        (quad,) = ox.parse(line, format=ox.RdfFormat.N_TRIPLES)
        return {"triple": quad.triple}
    pairs = zip(answer.shown, _parsed(answer.shown, line), strict=True)
    return {name: term for name, term in pairs if term is not None}


def _read(found: Any) -> Answer:  # noqa: ANN401  an answer of pyoxigraph
    if isinstance(found, ox.QueryBoolean):
        return Answer(("answer",), (str(bool(found)).lower(),), "boolean")
    if isinstance(found, ox.QuerySolutions):
        written = cast("bytes", found.serialize(format=ox.QueryResultsFormat.TSV)).decode()
        head, *rows = written.split("\n")[:-1]
        return Answer([name[1:] for name in head.split("\t") if name], rows, "solutions")
    text = found.serialize(format=ox.RdfFormat.N_TRIPLES).decode()
    return Answer(("triple",), sorted(filter(None, text.split("\n"))), "graph")


_KEPT: Final = 300_000
"""Lines of answers that are remembered."""


class Trial:
    """A version in a store of its own, where differences from the other are undone and made again."""

    def __init__(
        self, store: ox.Store, differences: Sequence[Difference], *, is_after: bool
    ) -> None:
        self._store, self._differences, self._is_after = store, differences, is_after
        self._undone: Chosen = NOTHING
        self.begin(None)

    @property
    def store(self) -> ox.Store:
        """The data as they are in this version."""
        self._undo(NOTHING)
        return self._store

    def view(self, question: Question) -> View:
        """What a query sees of the data as they are in this version."""
        return view(self.store, question.query)

    def begin(self, kept: Sequence[str] | None) -> None:
        """Forget what was asked; compare answers by the columns *kept* from now on, None for all."""
        self._answers: LruCache[tuple[Question, Chosen], Answer] = LruCache(
            _KEPT, lambda answer: len(answer.lines) + 1
        )
        self.kept = kept

    def ask(self, question: Question, undone: Chosen = NOTHING) -> Answer:
        """Return the answer with these differences *undone*.

        Raises:
            EvaluationError: the engine fails.
        """
        known = self._answers.get((question, undone))
        if known is None:
            self._undo(undone)
            with translated_errors(question.text):
                found = _read(view(self._store, question.query).query(question.query.text))
            known = found if self.kept is None else found.keep(self.kept)
            self._answers.put((question, undone), known)
        return known

    def answers(self, question: Question) -> dict[Chosen, Answer]:
        """What was answered so far, by what was undone."""
        known = self._answers.entries.items()
        return {undone: answer for (asked, undone), answer in known if asked is question}

    def _undo(self, undone: Chosen) -> None:
        """Have exactly these differences undone."""
        for number in (*(self._undone - undone), *(undone - self._undone)):
            difference = self._differences[number]
            to_after = self._is_after != (number in undone)
            for quad in difference.quads(added=not to_after):
                self._store.remove(quad)
            self._store.extend(difference.quads(added=to_after))
        self._undone = undone


class Versions:
    """Two datasets, copied once for any number of queries; the *differences* between them, in order."""

    def __init__(self, before: Dataset, after: Dataset) -> None:
        stores = [_copied(before), _copied(after)]
        quads = [set(store) for store in stores]
        self.differences = _differences(quads[0] - quads[1], quads[1] - quads[0])
        self.numbers = {each.triple: number for number, each in enumerate(self.differences)}
        self.before = Trial(stores[0], self.differences, is_after=False)
        self.after = Trial(stores[1], self.differences, is_after=True)

    @cached_property
    def by_predicate(self) -> dict[str, list[int]]:
        """The numbers of the differences by the predicate of the triple, in N-Triples syntax."""
        found: dict[str, list[int]] = defaultdict(list)
        for number, each in enumerate(self.differences):
            found[str(each.triple.predicate)].append(number)
        return found


def _copied(store: Dataset) -> ox.Store:
    """Return a copy in the same order, with blank nodes labelled by what is said with them."""
    copy = ox.Store()
    copy.extend(relabelled(store.quads_for_pattern(None, None, None, None)))
    return copy


def _differences(removed: Iterable[ox.Quad], added: Iterable[ox.Quad]) -> list[Difference]:
    by_triple: dict[ox.Triple, tuple[list[Place], list[Place]]] = defaultdict(lambda: ([], []))
    for place, quads in enumerate((removed, added)):
        for quad in quads:
            by_triple[quad.triple][place].append(quad.graph_name)
    return [
        Difference(triple, *(tuple(sorted(graphs, key=str)) for graphs in both))
        for triple, both in sorted(by_triple.items(), key=lambda row: str(row[0]))
    ]
