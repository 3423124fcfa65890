"""The command why: the proof of a triple."""

from __future__ import annotations

from typing import Annotated

import typer

from gbagraph.cli.answering import (
    DEFAULTS,
    DataOption,
    TextOption,
    TimeoutOption,
    answer,
    engine,
    text_or_json,
)
from gbagraph.features.why.jobs import Why
from gbagraph.sparql.terms import fact_of, read


def why(  # noqa: PLR0913  one option each
    subject: Annotated[
        str, typer.Argument(metavar="S", help="An IRI in full or with a prefix, such as rdf:type.")
    ],
    predicate: Annotated[str, typer.Argument(metavar="P", help="The same; a is rdf:type.")],
    value: Annotated[
        str, typer.Argument(metavar="O", help="The same, or a literal such as '\"bridge\"@en'.")
    ],
    *,
    lang: Annotated[str, typer.Option(help="The language, where O is the text of a literal.")] = "",
    datatype: Annotated[
        str, typer.Option(help="The datatype, where O is the text of a literal.")
    ] = "",
    output: TextOption = None,
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    data: DataOption = None,
) -> None:
    """Prove a triple: by which rules it follows, and from which passages."""
    written_in = text_or_json(output)
    over = engine(data, None, query_timeout)
    triple = read(subject, predicate, value.strip(), language=lang, datatype=datatype)
    job = Why(*fact_of(triple), written_in.media_type)
    answer(job, over)
