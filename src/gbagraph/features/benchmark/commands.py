"""The commands of the benchmark: ask a system, score its answers, export the questions."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import msgspec
import typer

from gbagraph.cli import project
from gbagraph.cli.answering import (
    DEFAULTS,
    DataOption,
    TimeoutOption,
    engine,
)
from gbagraph.cli.output import USAGE, chosen, fail
from gbagraph.features.benchmark import answers, formats, scoring, systems
from gbagraph.features.benchmark.baseline import Baseline
from gbagraph.features.benchmark.graphs import Graphs
from gbagraph.features.benchmark.questions import LANGUAGES, load, own
from gbagraph.paths import display, write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

app = typer.Typer(
    help="Score systems by reference questions.",
    add_completion=False,
    no_args_is_help=True,
)

QuestionsOption = Annotated[
    Path | None,
    typer.Option("--questions", metavar="FOLDER", help="Questions of your own, YAML files."),
]


@app.command()
def run(  # noqa: PLR0913  one option each
    *,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Ask our baseline, which calls no model.")
    ] = False,
    mcp: Annotated[
        str,
        typer.Option(
            metavar="URL|COMMAND", help="Ask the baseline by the tools of this server (MCP)."
        ),
    ] = "",
    text2sparql: Annotated[
        str, typer.Option(metavar="URL", help="Ask this service of the TEXT2SPARQL challenge.")
    ] = "",
    endpoint: Annotated[
        str, typer.Option(metavar="URL", help="Ask this SPARQL endpoint the accepted queries.")
    ] = "",
    companion: Annotated[
        str, typer.Option(metavar="URL", help="Endpoint that serves the companion graph to it.")
    ] = "",
    language: Annotated[
        list[str] | None, typer.Option(help=f"{', '.join(LANGUAGES)}; can be given several times.")
    ] = None,
    questions: QuestionsOption = None,
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    data: DataOption = None,
) -> None:
    """Print the answers of one system."""
    if sum(map(bool, (baseline, mcp, text2sparql, endpoint))) != 1:
        fail("Name one system: --baseline, --mcp, --text2sparql or --endpoint.", USAGE)
    if unknown := set(language or ()) - {*LANGUAGES}:
        fail(f"--language {min(unknown)}: it is one of {', '.join(LANGUAGES)}.", USAGE)
    over = engine(data, None, query_timeout)
    asked = load(questions or own())

    async def ask() -> None:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(httpx.AsyncClient(timeout=query_timeout))
            if baseline:
                tools = systems.own_tools(await stack.enter_async_context(over))
                system: systems.System = Baseline(tools)
            elif mcp:
                system = Baseline(await stack.enter_async_context(systems.tool_server(mcp)))
            elif text2sparql:
                system = systems.text2sparql(client, text2sparql)
            else:
                system = systems.endpoint(client, endpoint, companion)
            for question in asked:
                for each in language or ["en"]:
                    if each in question.texts and (answer := await system(question, each)):
                        print(msgspec.json.encode(answer).decode())  # noqa: T201

    asyncio.run(ask())


@app.command()
def score(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Answers as run prints them, a line of JSON each."),
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the score as JSON.")] = False,
    questions: QuestionsOption = None,
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    data: DataOption = None,
) -> None:
    """Score answers, lines of JSON."""
    over = _graphs(data, questions, query_timeout)
    asked = load(questions or own())
    given = answers.read(file, {each.id: each for each in asked})

    async def scored() -> dict[str, Any]:
        async with over as graphs:
            return await scoring.score(graphs, asked, await graphs.gold(asked), given)

    print((formats.as_json if as_json else scoring.text)(asyncio.run(scored())), end="")  # noqa: T201


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder to write to.")],
    *,
    output: Annotated[
        str, typer.Option("--format", "-f", help=f"One of {', '.join(formats.FORMATS)}.")
    ],
    questions: QuestionsOption = None,
    data: DataOption = None,
) -> None:
    """Write the questions for other tools."""
    over = _graphs(data, questions, DEFAULTS.query_timeout)
    asked, form = load(questions or own()), chosen(output, formats.FORMATS)

    async def written() -> str:
        async with over as graphs:
            return form.write(asked, await graphs.gold(asked))

    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / form.file, asyncio.run(written()).encode())
    print(display(folder / form.file))  # noqa: T201


def _graphs(data: Sequence[Path] | None, questions: Path | None, timeout: float) -> Graphs:
    """Return the graph of *data*, whose prefixes are known from now on."""
    over = engine(data, None, timeout)
    return Graphs(over, project.data() if data is None else data, questions or own())
