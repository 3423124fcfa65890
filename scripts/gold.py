"""Write the gold answers of the reference questions of what the data are now.

``python scripts/gold.py`` writes ``bench/questions/gold/VERSION.json``; with the version of a release,
its file. A test fails while the file of the present version is another.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from gbagraph.engine import Engine
from gbagraph.features.benchmark.graphs import Graphs
from gbagraph.features.benchmark.questions import load, own


async def gold(*release: str) -> tuple[str, str]:
    """Return the version that is asked, by default the present one, and its gold answers as written."""
    files = list(map(Path, release))
    async with Graphs(Engine(files), files, own()) as graphs:
        asked = graphs.engine.description
        answers = await graphs.gold(load(own()))
    rows = (f"  {_json(name)}: {_json(each)}" for name, each in sorted(answers.items()))
    head = (
        f'{{\n "version": {_json(asked.version)},\n "hash": {_json(asked.hash)},\n "answers": {{\n'
    )
    return asked.version, head + ",\n".join(rows) + "\n }\n}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def main() -> None:
    """Write the file."""
    version, text = asyncio.run(gold(*sys.argv[1:2]))
    path = own() / "gold" / f"{version}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
