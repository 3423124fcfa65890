"""The commands of the benchmark: write gold answers, export, ask a system, score its answers."""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from gbagraph.api.export import needed
from gbagraph.cli import project
from gbagraph.cli.answering import (
    DEFAULTS,
    DataOption,
    TextOption,
    TimeoutOption,
    engine,
    text_or_json,
)
from gbagraph.cli.output import USAGE, Commands, chosen, fail
from gbagraph.features.benchmark import answers, formats, gold, scoring
from gbagraph.features.benchmark.graphs import Graphs
from gbagraph.features.benchmark.questions import load, own
from gbagraph.paths import display, write_whole
from gbagraph.rdf.formats import TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.features.benchmark.questions import Question

app = typer.Typer(add_completion=False, no_args_is_help=True, cls=Commands)

QuestionsOption = Annotated[
    Path | None,
    typer.Option("--questions", metavar="DIR", help="Your own questions; by default ours."),
]


@app.command("gold")
def write_gold(
    *,
    questions: QuestionsOption = None,
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    data: DataOption = None,
) -> None:
    """Check the questions, and write what their queries answer to DIR/gold/VERSION.json."""
    folder = questions or own()
    asked = load(folder)

    async def make() -> tuple[str, bytes]:
        async with _graphs(data, folder, query_timeout) as graphs:
            return graphs.dataset.version, await gold.make(graphs, asked)

    version, written = asyncio.run(make())
    path = gold.path_of(folder, version)
    path.parent.mkdir(exist_ok=True)
    write_whole(path, written)
    print(display(path))  # noqa: T201


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to.")],
    *,
    output: Annotated[
        str, typer.Option("--format", "-f", help=f"One of {', '.join(formats.FORMATS)}.")
    ],
    questions: QuestionsOption = None,
    data: DataOption = None,
) -> None:
    """Write the questions in a format that others read."""
    name, write = chosen(output, formats.FORMATS)
    asked = load(questions or own())
    accepted = gold.read(questions or own(), asyncio.run(_version(data)))
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / name, write(asked, accepted).encode())
    print(display(folder / name))  # noqa: T201


@app.command()
def score(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Answers, a line of JSON each.")],
    *,
    output: TextOption = None,
    questions: QuestionsOption = None,
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    data: DataOption = None,
) -> None:
    """Score the answers of a system, and say for each miss why."""
    write = scoring.text if text_or_json(output) is TEXT else scoring.as_json
    folder = questions or own()
    asked, given = load(folder), answers.read(file)

    async def scored() -> dict[str, Any]:
        async with _graphs(data, folder, query_timeout) as graphs:
            accepted = gold.read(folder, graphs.dataset.version)
            return await scoring.score(graphs, asked, accepted, given)

    print(write(asyncio.run(scored())), end="")  # noqa: T201


def _graphs(data: Sequence[Path] | None, folder: Path, timeout: float) -> Graphs:
    over = engine(data, None, timeout)
    return Graphs(over, project.data() if data is None else data, folder)


async def _version(data: Sequence[Path] | None) -> str:
    async with engine(data, None) as over:
        return over.description.version
