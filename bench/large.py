"""A graph of a hundred million triples in files, loaded once, and a server of it.

    python -m bench.large 100000000 FOLDER

The graph is that of :mod:`bench.generate`, where each label has one in Chinese and one in German beside
it, and each thing a sentence; it is the same each time. It takes hours and 25 GB, and prints what it
measures.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import time
from itertools import chain, count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from bench import generate
from bench.graphs import Graph
from bench.servers import Ours

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE: Final = 5_000_000
"""Triples of one file: what is read again of a load that was interrupted."""
_LABEL: Final = f"<{generate.RDFS}label>"
_COMMENT: Final = f"<{generate.RDFS}comment>"
_WORDS: Final = (
    *("bay", "port", "bridge", "road", "rail", "river", "plan", "fund", "park", "school", "market"),
    *("energy", "data", "water", "chip", "drug", "film", "law", "bank", "tower", "harbour"),
    *("airport", "clinic", "museum", "garden", "district", "cluster", "laboratory"),
)
_SAID_IN: Final = {"zh": "第{}号{}", "de": "{1} Nr. {0}"}


def lines(triples: int, seed: int = 1) -> Iterator[str]:
    """Exactly *triples* lines of N-Triples."""
    chance = random.Random(seed)  # noqa: S311  not for secrets
    told = chain.from_iterable(_told(line, chance) for line in generate.lines(triples, seed))
    return islice(told, triples)


def _told(line: str, chance: random.Random) -> Iterator[str]:
    yield line
    subject, predicate, value = line.split(" ", 2)
    if predicate != _LABEL:
        return
    name, _, number = value.partition('"@')[0].strip('"').rpartition(" ")
    for language, form in _SAID_IN.items():
        yield f'{subject} {_LABEL} "{form.format(number, name)}"@{language} .\n'
    words = " ".join(chance.choices(_WORDS, k=9))
    yield f'{subject} {_COMMENT} "{name} {number}: {words}." .\n'


def write(folder: Path, triples: int, seed: int = 1) -> list[Path]:
    """Write the graph into files in *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    left, written = lines(triples, seed), []
    for number in count():
        part = islice(left, FILE)
        first = next(part, None)
        if first is None:
            return written
        path = folder / f"part-{number:03}.nt"
        with path.open("w", encoding="utf-8") as file:
            file.write(first)
            file.writelines(part)
        written.append(path)
    return written


_ID: Final = f"{generate.BASE}id/"
_HEAD: Final = f"PREFIX : <{generate.GBA}> "
QUERIES: Final = {
    "point": f"SELECT * {{{{ <{_ID}project-{{}}> ?p ?o }}}}",
    "star": f"SELECT * {{{{ ?x :locatedIn <{_ID}zone-{{}}> ; :focusesOn ?t ; :status ?s }}}}",
    "path": f"SELECT * {{{{ <{_ID}project-{{}}> :directlyIn+ ?place }}}}",
    "count": "SELECT (COUNT(*) AS ?n) {{ ?x a :Zone }}",
}
"""Queries of a kind each, for which a number is filled in."""
_TIMES: Final = 50


class Stored(Ours):
    """``gbagraph serve --store`` of one folder."""

    def __init__(self, store: Path) -> None:
        super().__init__(Graph("large", store))

    def command(self) -> list[str]:
        """With the store."""
        return [*_GBAGRAPH, "serve", "--port", str(self.port), "--store", str(self.graph.path)]


_GBAGRAPH: Final = (sys.executable, "-m", "gbagraph")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def load(store: Path, files: list[Path]) -> None:
    """Load *files*, and print seconds on the clock and of the processor."""
    started, before = time.monotonic(), os.times()
    subprocess.run([*_GBAGRAPH, "load", str(store), *map(str, files)], check=True)  # noqa: S603
    used = os.times()
    processor = used.children_user + used.children_system
    processor -= before.children_user + before.children_system
    _say(f"load: {time.monotonic() - started:.0f} s, of the processor {processor:.0f} s")


def serve(store: Path) -> None:
    """Serve *store*, and print how long its start takes, each query, and how much memory is used."""
    with Stored(store) as server:
        _say(f"start: {server.start_seconds:.2f} s, {server.settled_memory():.0f} MB")
        with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=600) as client:
            for name, text in QUERIES.items():
                paths = [{"query": _HEAD + text.format(n * 37)} for n in range(_TIMES)]
                _say(_line(name, [_seconds(client, "/sparql", path) for path in paths]))
            _say(f"index of names: {_until_names(client):.0f} s after the queries")
            names = [{"q": f"Project {n * 37}"} for n in range(_TIMES)]
            _say(_line("search", [_seconds(client, "/search", name) for name in names]))
        _say(f"memory afterwards: {server.settled_memory():.0f} MB")


def _until_names(client: httpx.Client) -> float:
    """Wait until search is by the index."""
    started = time.monotonic()
    while True:
        answer = client.get("/search", params={"q": "Project 1", "format": "json"})
        if answer.is_success and "index" not in answer.json():
            return time.monotonic() - started
        time.sleep(5)


def _seconds(client: httpx.Client, path: str, parameters: dict[str, str]) -> float:
    started = time.monotonic()
    client.get(path, params={**parameters, "format": "json"}).raise_for_status()
    return time.monotonic() - started


def _line(name: str, seconds: list[float]) -> str:
    first, *others = (1000 * each for each in seconds)
    return f"{name}: the first {first:.0f} ms, then {statistics.median(others):.1f} ms (median)"


def main() -> None:
    """Make the graph, load it and serve it, each if it is not done."""
    parser = argparse.ArgumentParser(description="Measure a store of a large graph.")
    parser.add_argument("triples", type=int)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    store, files = given.folder / "store", given.folder / "files"
    if not store.exists():
        load(store, write(files, given.triples))
    serve(store)


if __name__ == "__main__":
    main()
