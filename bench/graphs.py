"""The graphs that are measured on: this repository's own, and generated ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from bench import generate
from gbagraph.dataset import loader

FOLDER: Final = Path(__file__).resolve().parent.parent / ".bench"
"""Where data, results and the peers are kept."""

TRIPLES: Final = {"10k": 10_000, "1m": 1_000_000, "10m": 10_000_000}
SIZES: Final = ("own", *TRIPLES)
OWN: Final = "own"


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph as a file; ``built_in`` when our server has it without the file."""

    size: str
    path: Path
    built_in: bool = False

    @property
    def triples(self) -> int:
        """Statements in the file (the own graph's stand in a named and in the default graph)."""
        return TRIPLES.get(self.size, 0)


def graph(size: str) -> Graph:
    """The graph of that size, written if it is not there yet."""
    FOLDER.mkdir(exist_ok=True)
    if size == OWN:
        return Graph(size, _own(), built_in=True)
    path = generate.write(FOLDER / f"{size}.nt", TRIPLES[size])
    return Graph(size, path)


def _own() -> Path:
    """The own graph as our server holds it, the merged default graph among it, as N-Quads."""
    path = FOLDER / "own.nq"
    store, _ = loader.load(())
    with path.open("wb") as file:
        store.dump(file, ox.RdfFormat.N_QUADS)
    return path


def in_process(size: Graph) -> ox.Store:
    """The graph in this process: the floor."""
    store = ox.Store()
    kind = ox.RdfFormat.N_QUADS if size.path.suffix == ".nq" else ox.RdfFormat.N_TRIPLES
    store.bulk_load(path=str(size.path), format=kind)
    return store
