"""The command explain: what is wrong or misleading in a query."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from msgspec.structs import replace

from gbagraph.cli.answering import (
    DEFAULTS,
    DataOption,
    InferOption,
    QueryArgument,
    TextOption,
    TimeoutOption,
    engine,
    query_text,
    text_or_json,
)
from gbagraph.cli.output import FOUND
from gbagraph.features.diagnostics.jobs import Explain
from gbagraph.rdf.formats import JSON

if TYPE_CHECKING:
    from gbagraph.engine import Engine

LanguageOption = Annotated[
    Literal["en", "zh-Hans", "zh-Hant"], typer.Option("--lang", help="Language of the sentences.")
]


def explain(  # noqa: PLR0913  one option each
    sparql: QueryArgument,
    *,
    output: TextOption = None,
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    infer: InferOption = DEFAULTS.infer,
    data: DataOption = None,
    lang: LanguageOption = "en",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if there is an error.")
    ] = False,
) -> None:
    """Say what is wrong or misleading in a query, and what is right."""
    job = Explain(query_text(sparql), None, text_or_json(output).media_type, language=lang)
    if asyncio.run(_has_error(job, engine(data, infer, query_timeout), strict=strict)):
        raise typer.Exit(FOUND)


async def _has_error(job: Explain, over: Engine, *, strict: bool) -> bool:
    """Write what is found, and return whether there is an error, if it is *strict*."""
    async with over:
        print((await (await over.answer(job)).read()).decode(), end="")  # noqa: T201
        if not strict:
            return False
        as_json = replace(job, media_type=JSON.media_type)
        found = json.loads(await (await over.answer(as_json)).read())
    return any(each["severity"] == "error" for each in found["diagnostics"])
