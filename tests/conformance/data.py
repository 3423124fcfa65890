"""The dataset of a test as N-Quads that any server can load, and as the requests that select it.

Files are read once, with the suite's base, and written again term by term, so every server gets the
same IRIs and lexical forms wherever it runs. Two ways to give a dataset to a server:

* *natural*: the default graph is the server's own default graph, and no request names a graph;
* *named*: all graphs are named, the default graph too, and each request selects its dataset by
  ``default-graph-uri`` and ``named-graph-uri``. A server whose default graph is the merge of its
  named graphs needs this where there are any.
"""

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from conformance import rdf
from conformance.suite import BASE, Data

Parameters = tuple[tuple[str, str], ...]

NO_GRAPH: Final = "urn:w3c:no-graph"
"""The name of a graph that no dataset has: selects an empty default graph."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A dataset as N-Quads, and the parameters that select it."""

    quads: frozenset[ox.Quad]
    parameters: Parameters = ()
    rewrite: Callable[[str], str] = str

    @property
    def text(self) -> str:
        """The N-Quads document."""
        return "".join(sorted(line for lines in self.by_graph().values() for line in lines))

    def by_graph(self) -> dict[str, frozenset[str]]:
        """The lines of N-Quads of each graph."""
        graphs: dict[str, set[str]] = defaultdict(set)
        for quad in self.quads:
            graphs[str(quad.graph_name)].add(self.rewrite(_line(quad)))
        return {name: frozenset(lines) for name, lines in graphs.items()}

    @property
    def has_named_graphs(self) -> bool:
        """Does it have more than a default graph?"""
        return any(quad.graph_name != ox.DefaultGraph() for quad in self.quads)


def natural(data: Data, folder: Path, rewrite: Callable[[str], str] = str) -> Loaded:
    """The dataset with its default graph as the server's default graph."""
    quads = set(_quads(data.default, None, folder))
    for name, path in data.named:
        quads |= _quads((path,), name, folder)
    return Loaded(frozenset(quads), (), rewrite)


def named(data: Data, folder: Path, rewrite: Callable[[str], str] = str) -> Loaded:
    """The dataset with all graphs named, and the parameters that select them."""
    quads: set[ox.Quad] = set()
    parameters: list[tuple[str, str]] = []
    for path in data.default:
        name = BASE + path.relative_to(folder).as_posix()
        found = _quads((path,), name, folder)
        quads |= found
        names = {quad.graph_name for quad in found} - {ox.NamedNode(name)}
        graphs = sorted(graph.value for graph in names if isinstance(graph, ox.NamedNode))
        parameters.append(("default-graph-uri", name))
        parameters += [("named-graph-uri", graph) for graph in graphs]
    for name, path in data.named:
        quads |= _quads((path,), name, folder)
        parameters.append(("named-graph-uri", name))
    if not parameters:
        parameters = [("default-graph-uri", NO_GRAPH)]
    return Loaded(frozenset(quads), tuple(parameters), rewrite)


def _quads(paths: Iterable[Path], graph: str | None, folder: Path) -> set[ox.Quad]:
    """The quads of some files; those of the default graph go to *graph* if it is given."""
    target = ox.DefaultGraph() if graph is None else ox.NamedNode(graph)
    return {
        ox.Quad(quad.subject, quad.predicate, quad.object, target)
        if quad.graph_name == ox.DefaultGraph()
        else quad
        for path in paths
        for quad in rdf.read(path, BASE + path.relative_to(folder).as_posix())
    }


@functools.cache
def _line(quad: ox.Quad) -> str:
    return (ox.serialize([quad], format=ox.RdfFormat.N_QUADS) or b"").decode()
