"""Commands that answer: their options, how an answer reaches terminal, pipe or file; query and info."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from gbagraph import __version__
from gbagraph.cli import project
from gbagraph.cli.output import FOUND, USAGE, chosen, fail, show
from gbagraph.composition import engine_of
from gbagraph.engine import Engine, Query
from gbagraph.errors import BadParameter
from gbagraph.feature import hook
from gbagraph.rdf.formats import BRIEF, JSON, TEXT, Explained, Kind
from gbagraph.rdf.namespaces import compact
from gbagraph.rdf.result_formats import ALL
from gbagraph.setting import environment_variable
from gbagraph.settings import Settings, table
from gbagraph.sparql.binding import bind
from gbagraph.sparql.negotiation import by_name, languages
from gbagraph.sparql.terms import term

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyoxigraph as ox

    from gbagraph.dataset.identity import Description
    from gbagraph.engine import Answer, Job
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


def _beginning(incomplete: str) -> list[str]:
    """Return the formats that begin so, for the completion of a shell."""
    return [name for name in FORMATS if name.startswith(incomplete)]


QueryArgument = Annotated[
    str,
    typer.Argument(
        metavar="QUERY",
        help="The query, @FILE to read it from a file, or - for standard input.",
    ),
]
DataOption = Annotated[
    list[Path] | None,
    typer.Option("--data", "--at", help=_ROWS["data"].help, envvar=environment_variable("data")),
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
    bool | None,
    typer.Option(
        "--evidence/--brief-evidence",
        help="With each row of a SELECT query what it rests on, as JSON with the triples; or that in "
        "brief, without kinds and labels.",
    ),
]
StatusOption = Annotated[
    bool,
    typer.Option("--exit-status", help="Exit with 1 if the answer is false or has no rows."),
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
    """Return the media type for each kind of result that the format *output* has; None: the usual ones.

    An unknown format ends the command.
    """
    if output in (None, "table"):
        return {kind: offers[0].media_type for kind, offers in ALL.items()}
    name = FORMATS.get(output or "", output or "")
    rows = {kind: by_name(name, offers) for kind, offers in ALL.items()}
    if not any(rows.values()):
        fail(f"There is no format {output!r}. There are: {', '.join(FORMATS)}.", code=USAGE)
    return {kind: row.media_type for kind, row in rows.items() if row}


def text_or_json(output: str | None) -> Format:
    """Return the format that :data:`TextOption` names."""
    return chosen(
        output or ("text" if sys.stdout.isatty() else "json"), {"text": TEXT, "json": JSON}
    )


def engine(
    data: Sequence[Path] | None, infer: bool | None, timeout: float = DEFAULTS.query_timeout
) -> Engine:
    """Return the engine over *data*, or over the data of this folder."""
    project.publish(data or ())
    here = project.settings()
    if data is not None:
        return Engine(data, infer=infer, timeout=timeout)
    if here.value("engine") and infer is None:
        return engine_of(here.having(query_timeout=timeout))
    # A command is too short to make an index.
    files = project.data()
    return engine_of(here.having(data=files, infer=infer, query_timeout=timeout, index="off"))


def ask(  # noqa: PLR0913  one option each
    query: Query,
    output: str | None,
    over: Engine,
    *,
    evidence: bool | None,
    labels: str,
    exit_status: bool,
    is_canned: bool = False,
) -> None:
    """Answer *query* in the format *output*, as a table where a terminal is asked for none.

    With *evidence*, each row comes with what it rests on, if it is False in brief; with *labels*, a list
    of languages, each IRI with its label. With *exit_status*, an answer that is false or has no rows
    ends the command with 1. Standard error says why it is so, but for a query that *is_canned*: that
    one is right.
    """
    wanted = output or ("table" if sys.stdout.isatty() else None)
    formats = wanted_formats(wanted)
    takes_evidence = wanted in (None, "table", "json", "csv", "tsv", "csv-bom", "csv-spreadsheet")
    if evidence is not None and not takes_evidence:
        fail("Only table, json, csv and tsv have room for the evidence of rows.", code=USAGE)
    if evidence is not None and labels:
        fail("Rows come with evidence or with labels, not with both.", code=USAGE)
    tags = languages(labels)
    explained: Explained = BRIEF if evidence is False else evidence is True
    job = replace(query, formats=formats, evidence=explained, labels=tags)
    as_table = wanted == "table"
    answered = asyncio.run(_answered(job, over, as_table=as_table, explains=not is_canned))
    if as_table and answered.is_whole:
        show(answered)
    if exit_status and _is_silent(answered):
        raise typer.Exit(FOUND)


def answer(job: Job, over: Engine) -> Answer:
    """Write the answer to *job* to standard output, whatever its format, and return it."""
    return asyncio.run(_answered(job, over))


async def _answered(
    job: Job, over: Engine, *, as_table: bool = False, explains: bool = False
) -> Answer:
    """Write the answer to standard output as it arrives, but not for a table, which needs all rows."""
    async with over:
        answered = await over.answer(job)
        if explains and isinstance(job, Query) and _is_silent(answered):
            await _explain_silence(job, over)
        if not (as_table and answered.is_whole):
            await _write(answered)
    return answered


def _is_silent(answered: Answer) -> bool:
    return answered.is_whole and answered.format.has_no_rows(answered.body)


async def _write(answered: Answer) -> None:
    """Write the bytes of an answer as they arrive, and an end of line if it has none."""
    last = answered.body
    sys.stdout.buffer.write(last)
    async for last in answered:
        sys.stdout.buffer.write(last)
    if last and not last.endswith(b"\n"):
        sys.stdout.buffer.write(b"\n")
    sys.stdout.flush()


async def _explain_silence(job: Query, over: Engine) -> None:
    """Say on standard error why an answer has no rows, as far as that is known."""
    # Imported then: nothing else needs it, and it takes a while.
    if (hints := hook("hints")) is None:
        return

    async def read(explained: Job) -> bytes:
        return await (await over.answer(explained)).read()

    for each in await hints(job, read):
        print(each, file=sys.stderr)  # noqa: T201


def query(  # noqa: PLR0913  one option each
    sparql: QueryArgument,
    *,
    output: FormatOption = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter",
            "-p",
            metavar="NAME=TERM",
            help="Bind the variable ?NAME to a term: an IRI in full or with a prefix, such as rdf:type, "
            "an item of Wikidata, such as Q16572, or a literal, such as 2020 or '\"bridge\"@en'. Can be "
            "given several times.",
        ),
    ] = None,
    evidence: EvidenceOption = None,
    labels: LabelsOption = "",
    exit_status: StatusOption = False,
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    infer: InferOption = DEFAULTS.infer,
    data: DataOption = None,
) -> None:
    """Answer a SPARQL query."""
    text = query_text(sparql)
    over = engine(data, infer, query_timeout)
    text = bind(text, _terms(parameters or ()))
    ask(Query(text, {}), output, over, evidence=evidence, labels=labels, exit_status=exit_status)


def _terms(arguments: Iterable[str]) -> dict[str, ox.NamedNode | ox.Literal]:
    """Return the terms by the variables in whose places they stand, as ``-p`` gives them."""
    terms: dict[str, ox.NamedNode | ox.Literal] = {}
    for name, text in map(pair, arguments):
        variable = name.removeprefix("?").removeprefix("$")
        if variable in terms:
            raise BadParameter(f"The parameter {variable} is given twice.", parameter=variable)
        terms[variable] = term(variable, text)
    return terms


def query_text(argument: str) -> str:
    """Return the query that an argument gives: itself, a file (``@FILE``), or standard input (``-``)."""
    if argument == "-":
        return sys.stdin.read()
    if argument.startswith("@"):
        try:
            return Path(argument[1:]).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            fail(f"{argument[1:]} cannot be read: it is no text in UTF-8.", code=USAGE)
    if argument.endswith((".rq", ".sparql")) and Path(argument).is_file():
        fail(f"{argument} is a file, and no query: write @{argument}.", code=USAGE)
    return argument


def pair(argument: str) -> tuple[str, str]:
    """Split ``NAME=VALUE``; raises BadParameter for what has no equals sign."""
    name, equals, value = argument.partition("=")
    if not equals:
        raise BadParameter(f"{argument!r} is not of the form PARAMETER=VALUE.")
    return name, value


def info(
    *,
    output: Annotated[
        str | None,
        typer.Option("--format", "-f", help="table or json. By default table in a terminal."),
    ] = None,
    infer: InferOption = DEFAULTS.infer,
    data: DataOption = None,
) -> None:
    """Show versions and the size of each graph."""
    name = output or ("table" if sys.stdout.isatty() else "json")
    as_json = chosen(name, {"table": False, "json": True})
    description = asyncio.run(_describe(engine(data, infer)))
    if as_json:
        print(json.dumps(_as_json(description), indent=1))  # noqa: T201
        return
    table = Table(
        "Graph",
        "Triples",
        title=f"{description.title}\ndataset {description.version}, software {__version__}",
    )
    for graph, size in description.graphs.items():
        table.add_row(compact(graph), str(size))
    table.add_row("default graph", str(description.default_graph))
    Console().print(table)
    # In one piece, so that it can be copied from a terminal of any width.
    print(description.hash, end="\n" if description.hash else "")  # noqa: T201


def _as_json(description: Description) -> dict[str, Any]:
    """What is known of the data; null for what is not."""
    names = ("title", "version", "release", "hash", "infer", "default_graph", "graphs")
    known = {name: getattr(description, name) for name in names}
    return {"software": __version__, **{n: None if v == "" else v for n, v in known.items()}}


async def _describe(over: Engine) -> Description:
    async with over:
        return over.description
