"""The causes of what changed in canned queries between releases, each proven again by another way."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

import gbagraph
from gbagraph.dataset.loader import queries_of
from gbagraph.queries.catalog import local_queries
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.answers import AnswerChange, ChangedRow, ChangedTriple

VERSIONS: Final = ("0.1.0", "0.2.0", "0.3.0", "current")
PAIRS: Final = tuple(combinations(VERSIONS, 2))
LARGEST: Final = 20
"""Triples of the largest cause that explains a row."""
_HARD: Final = frozenset(
    {"GROUP", "COUNT", "SUM", "AVG", "MIN", "MAX", "SAMPLE", "GROUP_CONCAT"}
    | {"LIMIT", "OFFSET", "OPTIONAL"}
)


@dataclass
class Measured:
    """What was found for a query of two versions: rows, what of them is proven again, what is missed."""

    pair: tuple[str, str]
    query: str
    is_plain: bool
    rows: int = 0
    sufficient: int = 0
    explained: int = 0
    minimal: int = 0
    by_query: int = 0
    sizes: list[int] = field(default_factory=list)
    milliseconds: float = 0
    misses: list[str] = field(default_factory=list)


@cache
def opened(version: str) -> gbagraph.Graph:
    """The graph of a version."""
    return gbagraph.open() if version == "current" else gbagraph.open(version)


@cache
def texts(version: str) -> dict[str, str]:
    """The canned queries of a version, as they are asked for their expected answers."""
    own = queries_of([] if version == "current" else [Path(version)]) or None
    return {name: each.bind(each.examples.items()) for name, each in local_queries(own).items()}


def measured(pair: tuple[str, str], names: Iterable[str] | None = None) -> Iterator[Measured]:
    """Yield what is found for each canned query that both versions have and whose answer changed."""
    before, after = map(opened, pair)
    before.compare(after, "ASK {}")  # what is made once for two versions
    scratch = {version: Scratch(opened(version)) for version in pair}
    for name in sorted(names or texts(pair[0]).keys() & texts(pair[1]).keys()):
        began = time.process_time()
        change = before.compare(after, name)
        took = time.process_time() - began
        if change.rows:
            asked = [texts(version)[name] for version in pair]
            is_plain = not any(_HARD & _words(text) for text in asked)
            found = Measured(pair, name, is_plain, len(change.rows))
            found.milliseconds = 1000 * took / found.rows
            for row in change.rows:
                _judge(found, row, change, scratch, asked)
            yield found


def _words(text: str) -> set[str]:
    return {word.text.upper() for word in ParsedQuery(text).words if word.kind == "word"}


def _judge(
    found: Measured,
    row: ChangedRow,
    change: AnswerChange,
    scratch: dict[str, Scratch],
    asked: list[str],
) -> None:
    has, lacks = found.pair if row.sign == "-" else found.pair[::-1]
    wanted = max(row.before, row.after)
    queries = dict(zip(found.pair, asked, strict=True))
    line = f"{row.sign} {', '.join(str(term) for term in row.row.values())}"[:120]
    if row.cause is None:
        found.misses.append(f"{line}: no cause")
        return
    text = queries[has if row.cause.by_query else lacks]
    trial, triples = scratch[lacks], list(row.cause.triples)
    apart = {name[1:] for name in change.columns}
    found.by_query += not triples
    found.sizes += [len(triples)] if triples else []

    def gives(some: Iterable[ChangedTriple], text: str = text) -> bool:
        with trial.changed(some, takes_removed=row.sign == "-") as graph:
            return _count(graph.query(text), row, apart) == wanted

    if not gives(triples):
        found.misses.append(f"{line}: not sufficient")
        return
    found.sufficient += 1
    found.explained += len(triples) <= LARGEST
    if len(triples) > LARGEST:
        said = "" if row.cause.is_minimal else ", not proven minimal"
        found.misses.append(f"{line}: {len(triples)} triples{said}")
    elif row.cause.by_query and gives(triples, queries[lacks]):
        found.misses.append(f"{line}: the text can be spared")
    elif any(gives([one for one in triples if one is not left]) for left in triples):
        found.misses.append(f"{line}: not minimal")
    else:
        found.minimal += 1


class Scratch:
    """A copy of a graph that is changed by hand, as what is told of triples says."""

    def __init__(self, graph: gbagraph.Graph) -> None:
        self._store = ox.Store()
        self._store.extend(iter(graph.store))
        self._graph = gbagraph.Graph(self._store, graph.description)

    @contextmanager
    def changed(
        self, triples: Iterable[ChangedTriple], *, takes_removed: bool
    ) -> Iterator[gbagraph.Graph]:
        """Yield the graph with the triples as the other version has them."""
        coming: list[ox.Quad] = []
        going: list[ox.Quad] = []
        for each in triples:
            pairs = (each.removed, each.added) if takes_removed else (each.added, each.removed)
            for quads, graphs in zip((coming, going), pairs, strict=True):
                quads += [_quad(each.triple, graph) for graph in graphs]
        for quad in going:
            self._store.remove(quad)
        self._store.extend(coming)
        try:
            yield self._graph
        finally:
            for quad in coming:
                self._store.remove(quad)
            self._store.extend(going)


def _quad(triple: ox.Triple, graph: str) -> ox.Quad:
    place = ox.NamedNode(graph) if graph else ox.DefaultGraph()
    return ox.Quad(triple.subject, triple.predicate, triple.object, place)


def _count(answer: Any, changed: ChangedRow, apart: set[str]) -> int:
    """How often a row comes, whatever it has in the columns that only one version has."""
    row: dict[str, Any] = dict(changed.row)
    if isinstance(answer, gbagraph.Boolean):
        return int(str(bool(answer)).lower() == row["answer"].value)
    if isinstance(answer, gbagraph.Triples):
        return list(answer).count(row["triple"])
    names = answer.variables
    rows = (zip(names, each, strict=True) for each in answer)
    shown = ({n: term for n, term in some if term is not None and n not in apart} for some in rows)
    return sum(terms == row for terms in shown)


def kind(found: Measured) -> str:
    """The class of a query: ``plain`` for SELECT without aggregate, LIMIT and OPTIONAL."""
    return "plain" if found.is_plain else "other"


def share(found: Iterable[Measured], what: str, of: str = "") -> float:
    """The percentage of the rows, of one class or of all, that are *what*: explained, for example."""
    some = [each for each in found if of in ("", kind(each))]
    rows = sum(each.rows for each in some)
    return 100 * sum(getattr(each, what) for each in some) / rows if rows else 100
