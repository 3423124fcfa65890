"""Write the score of the baseline into the datasheet: ``python scripts/benchmark_score.py``.

A test compares the table with what the baseline answers (``make matrix``).
"""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING

from gbagraph.engine import Engine
from gbagraph.features.benchmark.baseline import Baseline
from gbagraph.features.benchmark.graphs import Graphs
from gbagraph.features.benchmark.questions import LANGUAGES, load, own
from gbagraph.features.benchmark.scoring import GROUPS, score
from gbagraph.features.benchmark.systems import own_tools

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.features.benchmark.questions import Question

BEGIN, END = "<!-- baseline -->\n", "<!-- /baseline -->"


def was_seen(question: Question) -> bool:
    """Return whether it is in the third on which the thresholds of the baseline were chosen."""
    return zlib.crc32(question.id.encode()) % 3 == 0


async def _table(questions: Sequence[Question]) -> str:
    async with Graphs(Engine(), (), own()) as graphs:
        baseline, gold = Baseline(own_tools(graphs.engine)), await graphs.gold(questions)
        answers = [await baseline(each, name) for each in questions for name in LANGUAGES]
        whole = await score(graphs, questions, gold, answers)
        unseen = [each for each in questions if not was_seen(each)]
        part = await score(graphs, unseen, gold, answers)
    rows = {"all": whole, "not seen when thresholds were chosen": part}
    rows |= {name: row for group in GROUPS for name, row in whole[group].items()}
    lines = [f"| {name} | {row['right']} of {row['of']} |" for name, row in rows.items()]
    lines += [f"| *{name}* | {count} |" for name, count in whole["outcomes"].items()]
    cited = whole["citations"]
    lines += [
        f"| *precision, recall of passages* | {cited['precision']:.2f}, {cited['recall']:.2f} |",
        f"| *passages made up* | {len(cited['fabricated'])} |",
    ]
    return "\n".join(["| Questions | Right |", "| --- | ---: |", *lines, ""])


def table() -> str:
    """Return the score of the baseline as the README has it."""
    return asyncio.run(_table(load(own())))


def main() -> None:
    """Write it."""
    path = own() / "README.md"
    head, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    path.write_text(head + BEGIN + table() + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
