"""Write the gold answers of the reference questions of what the data are now.

``python scripts/gold.py`` writes ``bench/questions/gold/VERSION.json``; with the version of a release, its
file. A test fails while the file of the present version is another.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from gbagraph.engine import Engine
from gbagraph.features.benchmark.graphs import Graphs, written
from gbagraph.features.benchmark.questions import load, own


async def gold(*release: str) -> tuple[str, str]:
    """Return the version that is asked, by default the present one, and its gold answers as written."""
    files = list(map(Path, release))
    async with Graphs(Engine(files), files, own()) as graphs:
        asked = graphs.engine.description
        return asked.version, written(asked.version, asked.hash, await graphs.gold(load(own())))


def main() -> None:
    """Write the file."""
    version, text = asyncio.run(gold(*sys.argv[1:2]))
    path = own() / "gold" / f"{version}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
