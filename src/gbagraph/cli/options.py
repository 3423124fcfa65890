"""The options and arguments that several commands take."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from gbagraph.cli.output import fail
from gbagraph.rdf.formats import JSON, TEXT, Kind
from gbagraph.rdf.result_formats import ALL
from gbagraph.setting import environment_variable
from gbagraph.settings import Settings, table
from gbagraph.sparql.negotiation import by_name

if TYPE_CHECKING:
    from gbagraph.rdf.formats import Format

_ROWS: Final = table()
DEFAULTS: Final = Settings()

FORMATS: Final = {
    "table": "for people",
    **{
        row.option: row.name if row.word else row.option
        for row in (*ALL["solutions"], *ALL["graph"])
        if row.standard
    },
}
"""The names for ``--format``, with the name of each in the table of formats.

One such as json is that of a format for each kind of result.
"""

_Form = TypeVar("_Form")


def _beginning(incomplete: str) -> list[str]:
    """Return the formats that begin so, for the completion of a shell."""
    return [name for name in FORMATS if name.startswith(incomplete)]


QueryArgument = Annotated[
    str,
    typer.Argument(help="The query, @FILE to read it from a file, or - for standard input."),
]
DataOption = Annotated[
    list[Path] | None,
    typer.Option("--data", help=_ROWS["data"].help, envvar=environment_variable("data")),
]
FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        help=f"One of {', '.join(FORMATS)}. By default table in a terminal, else json or turtle.",
        autocompletion=_beginning,
    ),
]
LabelsOption = Annotated[
    str,
    typer.Option(
        "--labels",
        metavar="LANGUAGE",
        help="Labels beside IRIs, in this language: en, zh-hans, or several, the preferred first.",
    ),
]
TextOption = Annotated[
    str | None,
    typer.Option("--format", "-f", help="text or json. By default text in a terminal, else json."),
]
TimeoutOption = Annotated[
    float,
    typer.Option(
        min=0.01, help=_ROWS["query_timeout"].help, envvar=environment_variable("query_timeout")
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
        help=_ROWS["infer"].help,
        envvar=[environment_variable("infer"), "GBAGRAPH_INFERENCE"],
    ),
]


def wanted_formats(output: str | None) -> dict[Kind, str]:
    """The media type for each kind of result that the format *output* can hold; None: the usual ones.

    An unknown format ends the command.
    """
    if output in (None, "table"):
        return {kind: offers[0].media_type for kind, offers in ALL.items()}
    name = FORMATS.get(output or "", output or "")
    rows = {kind: by_name(name, offers) for kind, offers in ALL.items()}
    if not any(rows.values()):
        fail(f"There is no format {output!r}. There are: {', '.join(FORMATS)}.", code=2)
    return {kind: row.media_type for kind, row in rows.items() if row}


def text_or_json(output: str | None) -> Format:
    """Return the format that :data:`TextOption` names."""
    return chosen(
        output or ("text" if sys.stdout.isatty() else "json"), {"text": TEXT, "json": JSON}
    )


def chosen(name: str, forms: dict[str, _Form]) -> _Form:
    """Return the one of *forms* with this name; another name ends the command."""
    if name not in forms:
        fail(f"There is no format {name!r}. There are: {', '.join(forms)}.", code=2)
    return forms[name]
