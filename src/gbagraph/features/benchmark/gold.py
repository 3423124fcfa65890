"""Gold answers: what the accepted queries give of one version of the data, kept as JSON.

``answers`` has a list for each question, with the results of ``query`` and of each of ``also`` (SPARQL 1.1
Query Results JSON Format). Rows are sorted where their order is not asked for, so the bytes are a
function of questions and data.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gbagraph.errors import DatasetError
from gbagraph.paths import display

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from gbagraph.features.benchmark.graphs import Graphs, Results
    from gbagraph.features.benchmark.questions import Question

    Gold = dict[str, list[Results]]
    """The accepted answers by the id of the question."""


def path_of(folder: Path, version: str) -> Path:
    """Return the file with the gold answers of a version."""
    return folder / "gold" / f"{version}.json"


def read(folder: Path, version: str) -> Gold:
    """Return the gold answers of a version.

    Raises:
        DatasetError: none are kept.
    """
    path = path_of(folder, version)
    if not path.is_file():
        kept = ", ".join(sorted(each.stem for each in path.parent.glob("*.json"))) or "none"
        raise DatasetError(
            f"{display(path.parent)} has no gold answers of version {version}. There are those of: "
            f"{kept}. Write them: gbagraph benchmark gold."
        )
    answers: Gold = json.loads(path.read_bytes())["answers"]
    return answers


async def make(graphs: Graphs, questions: Iterable[Question]) -> bytes:
    """Return the file with the gold answers of what *graphs* hold.

    Raises:
        GbaGraphError: a query fails.
        DatasetError: a question rests on a passage that there is not.
    """
    asked = list(questions)
    await _require_passages(graphs, asked)
    lines = [
        f"  {_json(each.id)}: {_json([await _answer(graphs, query, each) for query in each.queries])}"
        for each in asked
        if not each.refuse
    ]
    head = f'{{\n "version": {_json(graphs.dataset.version)},\n "hash": {_json(graphs.dataset.hash)},\n'
    return (head + ' "answers": {\n' + ",\n".join(lines) + "\n }\n}\n").encode()


async def _answer(graphs: Graphs, query: str, question: Question) -> Results:
    found = await graphs.answer(query)
    if "results" in found and not question.order:
        found["results"]["bindings"].sort(key=_json)
    return found


async def _require_passages(graphs: Graphs, questions: Sequence[Question]) -> None:
    wanted = {each.id: each.paragraphs for each in questions}
    known = await existing(graphs, frozenset().union(*wanted.values()))
    for name, passages in wanted.items():
        if missing := passages - known:
            raise DatasetError(
                f"The question {name} rests on {', '.join(sorted(missing))}, which the data do not have."
            )


async def existing(graphs: Graphs, iris: Iterable[str]) -> frozenset[str]:
    """Return those of *iris* of which the data say anything."""
    values = " ".join(f"<{iri}>" for iri in sorted(iris))
    found = await graphs.answer(
        f"SELECT ?each {{ VALUES ?each {{ {values} }} FILTER EXISTS {{ ?each ?is ?what }} }}"
    )
    return frozenset(row["each"]["value"] for row in found["results"]["bindings"])


def _json(value: Any) -> str:  # noqa: ANN401  what JSON has
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
