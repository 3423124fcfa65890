"""The commands that run canned queries, list, show and check them; help and completion for these."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer import Context
from typer.core import TyperCommand

from gbagraph.cli import project
from gbagraph.cli.answering import (
    DEFAULTS,
    DataOption,
    EvidenceOption,
    FormatOption,
    InferOption,
    LabelsOption,
    StatusOption,
    TimeoutOption,
    ask,
    engine,
    pair,
)
from gbagraph.cli.output import chosen
from gbagraph.engine import canned_query
from gbagraph.errors import GbaGraphError
from gbagraph.feature import needed
from gbagraph.queries.canned import left_out, without_server
from gbagraph.queries.catalog import all_queries, find, local_queries, queries_json
from gbagraph.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gbagraph.queries.canned import CannedQuery
    from gbagraph.queries.parameters import Parameter


def query_names(incomplete: str) -> list[tuple[str, str]]:
    """Return the canned queries whose names begin so, with what they answer."""
    return [
        (name, query.summary) for name, query in _queries().items() if name.startswith(incomplete)
    ]


def _parameters(ctx: Context, incomplete: str) -> list[tuple[str, str]]:
    """``PARAMETER=`` for each parameter of the query that the line names, with values where known."""
    try:
        project.use_folder()
        query = find(str(ctx.params.get("name", "")))
    except GbaGraphError:
        return []
    return [row for row in _completed(query) if row[0].startswith(incomplete)]


def _queries() -> Mapping[str, CannedQuery]:
    """The canned queries; none where a file has a fault, since a shell has no place for its message."""
    try:
        project.use_folder()
        return all_queries()
    except GbaGraphError:
        return {}


def _completed(query: CannedQuery) -> Iterator[tuple[str, str]]:
    for row in query.parameters:
        # With the bare name as well: without it, a shell would fill in the one example.
        yield f"{row.name}=", row.description
        for value, label in row.choices or [(row.example or row.default, row.description)]:
            if value:
                yield f"{row.name}={value}", label


app = typer.Typer(invoke_without_command=True, add_completion=False)


@app.callback()
def queries(
    ctx: typer.Context,
    output: Annotated[
        str | None,
        typer.Option("--format", "-f", help="table, tsv or json. By default table in a terminal."),
    ] = None,
) -> None:
    """List the canned queries, show one, or check their answers."""
    if ctx.invoked_subcommand is not None:
        return
    write = chosen(
        output or ("table" if sys.stdout.isatty() else "tsv"),
        {"table": _print_table, "tsv": _print_lines, "json": _print_json},
    )
    write(all_queries().values())


def _print_table(rows: Iterable[CannedQuery]) -> None:
    table = Table()
    # A name is to be typed, so it is never cut, however narrow the terminal.
    table.add_column(
        "Name", no_wrap=True, min_width=max((len(row.name) for row in rows), default=0)
    )
    table.add_column("Question", overflow="fold")
    table.add_column("Parameters", overflow="fold")
    for row in rows:
        said = "\n".join([row.summary, *(f"Calls {iri}" for iri in row.services)])
        table.add_row(row.name, escape(said), "\n".join(map(_parameter, row.parameters)))
    Console().print(table)


def _parameter(row: Parameter) -> str:
    value = row.default or row.example
    said = row.name if value is None else f"{row.name}={value}"
    return escape(said if row.required and row.default is None else f"[{said}]")


def _print_lines(rows: Iterable[CannedQuery]) -> None:
    for row in rows:
        names = " ".join(f"{p.name}={p.default or p.example or ''}" for p in row.parameters)
        print(row.name, row.summary, names, sep="\t")  # noqa: T201


def _print_json(rows: Iterable[CannedQuery]) -> None:
    print(queries_json(rows))  # noqa: T201


QueryName = Annotated[
    str, typer.Argument(help="Name of a canned query.", autocompletion=query_names)
]


@app.command()
def show(name: QueryName) -> None:
    """Print the text of a canned query as it stands."""
    print(find(name).text, end="")  # noqa: T201


@app.command()
def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Names of canned queries; by default all.",
            autocompletion=query_names,
        ),
    ] = None,
    *,
    update: Annotated[
        bool,
        typer.Option(
            "--update-answers", "--update", help="Write expected answers instead of comparing them."
        ),
    ] = False,
    output: Annotated[
        str, typer.Option("--format", "-f", help="text, tap, junit, json or earl.")
    ] = "text",
) -> None:
    """Compare the answers of canned queries, with their example values, with the expected ones."""
    paths = [find(name).path for name in names or ()]
    needed("queries tested")(paths, output=output, update=update)


@app.command()
def manifest(
    folder: Annotated[Path, typer.Argument(help="A folder, made if it is not there.")],
) -> None:
    """Write the canned queries as tests of the W3C's form: manifest.ttl, queries, data, results."""
    # Imported here: no other command writes one.
    from gbagraph.features.canned.manifest import write

    count = write(folder, local_queries().values(), project.data())
    skipped = left_out(all_queries().values())
    written = f"{counted(count, 'test')} in {folder / 'manifest.ttl'}"
    print("\n".join(filter(None, (written, skipped))))  # noqa: T201


_WIDTH: Final = 88


class RunCommand(TyperCommand):
    """The command that runs a canned query: with the name of one, its help is that of the query."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Show the help of a canned query where it is asked for, else read the arguments."""
        if not {"--help", "-h"}.isdisjoint(args) and (name := _name(args)):
            print(text(find(name)))  # noqa: T201
            ctx.exit()
        return super().parse_args(ctx, args)


def _name(args: list[str]) -> str:
    """Return the canned query that a command line names; empty if it names none."""
    first = "" if args[0].startswith("-") else args[0]
    return first or next((arg for arg in args if arg in all_queries()), "")


def text(query: CannedQuery) -> str:
    """Return the help of *query*."""
    arguments = " ".join(map(_argument, query.parameters))
    parts = [
        f"Usage: gbagraph run {query.name} {arguments}".rstrip() + " [OPTIONS]",
        _indented(query.summary),
        _indented(query.description),
        _indented(without_server(query)),
        *(
            ["Parameters:\n" + "\n".join(map(_help_of, query.parameters))]
            if query.parameters
            else []
        ),
        f"Its text: gbagraph queries show {query.name}. The options: gbagraph run --help.",
    ]
    return "\n\n".join(filter(None, parts))


def _argument(row: Parameter) -> str:
    must = row.required and row.default is None
    return f"{row.name}=VALUE" if must else f"[{row.name}=VALUE]"


def _help_of(row: Parameter) -> str:
    return _indented(f"{row.name}: {' '.join(_said(row))}", "    ")


def _said(row: Parameter) -> Iterator[str]:
    yield row.description
    yield f"Expected: {row.expects}."
    if row.is_list:
        yield "Can be given several times."
    if row.default is not None:
        yield f"By default {row.default}."
    else:
        yield "Required." if row.required else "Optional."
    if row.example is not None:
        yield f"For example {row.name}={row.example}."


def _indented(said: str, later: str = "  ") -> str:
    return textwrap.fill(said, _WIDTH, initial_indent="  ", subsequent_indent=later)


def run(  # noqa: PLR0913  one option each
    name: Annotated[
        str,
        typer.Argument(
            help="Name of a canned query; `gbagraph queries` lists them.",
            autocompletion=query_names,
        ),
    ],
    parameters: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PARAMETER=VALUE",
            help="Its parameters.",
            autocompletion=_parameters,
        ),
    ] = None,
    *,
    output: FormatOption = None,
    evidence: EvidenceOption = None,
    labels: LabelsOption = "",
    exit_status: StatusOption = False,
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    infer: InferOption = DEFAULTS.infer,
    data: DataOption = None,
) -> None:
    """Answer a canned query.

    `gbagraph run NAME --help` says what it takes.
    """
    over = engine(data, infer, query_timeout)
    query, given = find(name), [pair(each) for each in parameters or ()]
    job = canned_query(query, given, {})
    filled = [
        f"{row.name}={row.default}"
        for row in query.parameters
        if row.default is not None and row.name not in dict(given)
    ]
    if filled:
        print(f"With the example value {', '.join(filled)}.", file=sys.stderr)  # noqa: T201
    ask(
        job,
        output,
        over,
        evidence=evidence,
        labels=labels,
        exit_status=exit_status,
        is_canned=True,
    )


run_app = typer.Typer(add_completion=False)
run_app.command(cls=RunCommand)(run)
