"""The options and arguments that several commands take."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer

from gbagraph.cli.failure import fail
from gbagraph.rdf.formats import JSON, TEXT, Format
from gbagraph.settings import HELP, Settings, environment_variable

DEFAULTS: Final = Settings()

FORMATS: Final = {
    "table": "for people",
    "json": "srj",
    "xml": "srx",
    "csv": "csv",
    "tsv": "tsv",
    "turtle": "ttl",
    "ntriples": "nt",
    "rdfxml": "rdf",
    "jsonld": "jsonld",
}
"""The names for ``--format``, with the file extension of each in the table of formats."""

_Form = TypeVar("_Form")

QueryArgument = Annotated[
    str,
    typer.Argument(help="The query, @FILE to read it from a file, or - for standard input."),
]
DataOption = Annotated[
    list[Path] | None,
    typer.Option("--data", help=HELP["data"], envvar=environment_variable("data")),
]
FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        help=f"One of {', '.join(FORMATS)}. By default table in a terminal, else json or turtle.",
    ),
]
TextOption = Annotated[
    str | None,
    typer.Option("--format", "-f", help="text or json. By default text in a terminal, else json."),
]
TimeoutOption = Annotated[
    float,
    typer.Option(
        min=0.01, help=HELP["query_timeout"], envvar=environment_variable("query_timeout")
    ),
]
EvidenceOption = Annotated[
    bool,
    typer.Option(
        "--evidence",
        help="With each row of a SELECT query what it rests on; as JSON with the triples.",
    ),
]
InferOption = Annotated[
    bool | None,
    typer.Option(
        "--infer/--no-infer",
        "--inference/--no-inference",  # the older name
        help=HELP["infer"],
        envvar=[environment_variable("infer"), "GBAGRAPH_INFERENCE"],
    ),
]


def text_or_json(output: str | None) -> Format:
    """The format that :data:`TextOption` names."""
    return chosen(
        output or ("text" if sys.stdout.isatty() else "json"), {"text": TEXT, "json": JSON}
    )


def chosen(name: str, forms: dict[str, _Form]) -> _Form:
    """The one of *forms* with this name; another name ends the command."""
    if name not in forms:
        fail(f"There is no format {name!r}. There are: {', '.join(forms)}.", code=2)
    return forms[name]
