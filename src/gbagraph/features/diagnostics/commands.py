"""The command explain: what is wrong or misleading in a query."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from gbagraph.cli.answering import (
    DEFAULTS,
    DataOption,
    InferOption,
    QueryArgument,
    TextOption,
    TimeoutOption,
    answer,
    engine,
    query_text,
    text_or_json,
)
from gbagraph.features.diagnostics.jobs import Explain

LanguageOption = Annotated[
    Literal["en", "zh-Hans"], typer.Option("--lang", help="Language of the sentences.")
]


def explain(  # noqa: PLR0913  one option each
    sparql: QueryArgument,
    *,
    output: TextOption = None,
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    infer: InferOption = DEFAULTS.infer,
    data: DataOption = None,
    lang: LanguageOption = "en",
) -> None:
    """Say what is wrong or misleading in a SPARQL query, and what would be right."""
    job = Explain(query_text(sparql), None, text_or_json(output).media_type, language=lang)
    answer(job, engine(data, infer, query_timeout))
