"""What changed between two versions of the dataset, or two files: quads by their canonical lines.

What only follows is left out unless it is asked for: it changes with what it follows from. So is what
the dataset says of itself. A release is kept in data/releases, so it can be compared for ever.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.dataset import evidence, loader
from gbagraph.dataset.description.catalog import META
from gbagraph.dataset.description.queries import QUERIES
from gbagraph.errors import DatasetError
from gbagraph.rdf import canonical
from gbagraph.rdf.namespaces import PREFIXES, compact, graph_iri

if TYPE_CHECKING:
    from collections.abc import Iterable

    GraphName = ox.NamedNode | ox.BlankNode | ox.DefaultGraph

CURRENT: Final = "current"
"""The name of the built-in data."""

DEFAULT: Final = "default"
"""The name of the default graph."""

_FOLLOWS: Final = frozenset({evidence.INFERRED, evidence.EVIDENCE})


@dataclass(frozen=True, slots=True)
class Side:
    """One of two datasets: its name, and each quad by its canonical N-Quads line, in order."""

    name: str
    quads: dict[str, ox.Quad] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Difference:
    """What only one of two datasets has, in *graph* or in all: canonical lines, in order."""

    before: Side
    after: Side
    graph: GraphName | None = None

    @property
    def removed(self) -> list[str]:
        """The lines that only the first has."""
        return self._only(self.before, self.after)

    @property
    def added(self) -> list[str]:
        """The lines that only the second has."""
        return self._only(self.after, self.before)

    def __bool__(self) -> bool:
        return bool(self.removed or self.added)

    def _only(self, one: Side, other: Side) -> list[str]:
        return [
            line
            for line, quad in one.quads.items()
            if line not in other.quads and self.graph in (None, quad.graph_name)
        ]


def compare(
    before: str, after: str = CURRENT, *, graph: str = "", inferred: bool = False
) -> Difference:
    """What changed from *before* to *after*: names of releases, of files, or ``current``.

    Args:
        before: what is compared.
        after: with what.
        graph: compare this graph alone: ``article``, an IRI, or ``default`` for the default graph.
        inferred: compare what follows, too: the graphs ``inferred`` and ``evidence``, and the claims
            that are computed.

    Raises:
        DatasetError: there is no such release, file or graph, or a file does not parse.
    """
    chosen = _graph(graph)
    inferred = inferred or chosen in _FOLLOWS
    sides = read(before, inferred=inferred), read(after, inferred=inferred)
    if chosen is not None:
        _require(chosen, {quad.graph_name for side in sides for quad in side.quads.values()})
    return Difference(*sides, chosen)


def read(name: str, *, inferred: bool = False) -> Side:
    """A release (``0.1.0``), the built-in data (``current``), or a file; *inferred* as in compare().

    Raises:
        DatasetError: there is no such release or file, or it does not parse.
    """
    apart = {META, QUERIES} if inferred else {META, QUERIES, *_FOLLOWS}
    quads = (quad for quad in _quads(name, inferred) if quad.graph_name not in apart)
    lines = canonical.lines(quads)
    # Each line is one quad, and the parser keeps their order and the labels of blank nodes.
    parsed = ox.parse("".join(lines), format=ox.RdfFormat.N_QUADS)
    return Side(name, dict(zip(lines, parsed, strict=True)))


def _quads(name: str, inferred: bool) -> Iterable[ox.Quad]:
    if name == CURRENT:
        return _current(inferred)
    path = Path(name)
    release = loader.find_release([path])
    if release is not None:
        return loader.read_release(release, followed=inferred)
    store = ox.Store()
    loader.read_into(store, path, ox.DefaultGraph())
    return store


def _current(inferred: bool) -> ox.Store:
    store = loader.read_built_in()
    if inferred:
        evidence.add(store)
    return store


def _graph(name: str) -> GraphName | None:
    if not name:
        return None
    if name == DEFAULT:
        return ox.DefaultGraph()
    prefix, colon, local = name.partition(":")
    iri = name if colon and prefix not in PREFIXES else PREFIXES.get(prefix, "") + local
    try:
        return ox.NamedNode(iri if colon else graph_iri(name))
    except ValueError:
        raise DatasetError(f"{name!r} is not the name of a graph.") from None


def _require(chosen: GraphName, there: set[GraphName]) -> None:
    if chosen not in there:
        listed = ", ".join(sorted(map(graph_label, there)))
        raise DatasetError(
            f"There is no graph {graph_label(chosen)} to compare. There are: {listed}."
        )


def graph_label(graph: GraphName) -> str:
    """The name of a graph as a reader knows it: the last part of the IRI of one of ours."""
    if isinstance(graph, ox.DefaultGraph):
        return DEFAULT
    return compact(str(graph.value)).removeprefix("graph:")
