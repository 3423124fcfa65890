"""The files in which the dataset can be taken away: what each holds and in which formats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gbagraph import publication
from gbagraph.paths import own_query
from gbagraph.rdf.formats import GRAPHS
from gbagraph.rdf.namespaces import graph_iri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.rdf.format import GraphFormat

WHOLE: Final = "gbagraph"
"""The name of the files of the whole built-in dataset."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file: its name without and with extension, its format, what it holds.

    It is a graph by its IRI (empty for the default graph, None for all graphs apart), or the
    solutions of *query* as quads.
    """

    name: str
    format: GraphFormat
    title: str
    graph: str | None = None
    query: str = ""

    @property
    def file(self) -> str:
        """Name of the file, such as ``article.ttl``."""
        return f"{self.name}.{self.format.extension}"


def whole() -> str:
    """The name of the files of the whole dataset that is published."""
    return WHOLE if publication.current().is_own else "dataset"


def downloads(graphs: Iterable[str]) -> dict[str, Download]:
    """Every file of a dataset with these named graphs (IRIs) by its name."""
    names = list(graphs)
    evidence = _evidence() if graph_iri("article") in names else ()
    found = [*whole_files(), *evidence, *_graphs(names)]
    return {download.file: download for download in found}


def whole_files() -> Iterator[Download]:
    """The files with the whole dataset that is published, one in each format."""
    for offer in GRAPHS:
        if offer.datasets:
            yield Download(whole(), offer, "All graphs, each under its name")
        else:
            yield Download(whole(), offer, "The default graph: each triple of all graphs once", "")


def _evidence() -> Iterator[Download]:
    for offer in GRAPHS:
        if offer.extension in ("ttl", "nt", "trig", "nq"):
            title = "Facts with their claims as RDF 1.2 reifiers"
            yield Download(
                f"{WHOLE}-rdf12",
                offer,
                title,
                query=own_query("dataset/description", "facts-with-reifiers"),
            )
        if offer.extension in ("trig", "nq"):
            title = "Facts in one graph for each paragraph or other source"
            yield Download(
                f"{WHOLE}-sources",
                offer,
                title,
                query=own_query("dataset/description", "facts-by-source"),
            )


def _graphs(graphs: Iterable[str]) -> Iterator[Download]:
    for graph in graphs:
        if graph.startswith(graph_iri("")):
            name = graph.removeprefix(graph_iri(""))
            for offer in GRAPHS:
                yield Download(name, offer, f"The graph {name}", graph)
