"""A graph of a hundred million triples in files, with texts in three languages; the same each time.

    python -m bench.large 100000000 FOLDER

It is that of :mod:`bench.generate`, where each label has one in Chinese and one in German beside it, and
each thing a sentence.
"""

from __future__ import annotations

import argparse
import random
from itertools import chain, count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench import generate

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
    """Write the graph into files in *folder*, unless it has them."""
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


def main() -> None:
    """Write a graph from the command line."""
    parser = argparse.ArgumentParser(description="Generate a large graph, in files.")
    parser.add_argument("triples", type=int)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    write(given.folder, given.triples)


if __name__ == "__main__":
    main()
