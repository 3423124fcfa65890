"""The commands that ask something of the graph: query, run, queries, why, explain."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gbagraph.cli.answering import answer, ask, engine
from gbagraph.cli.failure import fail
from gbagraph.cli.options import (
    DEFAULTS,
    DataOption,
    EvidenceOption,
    FormatOption,
    InferOption,
    QueryArgument,
    TextOption,
    TimeoutOption,
    text_or_json,
)
from gbagraph.engine import Explain, Query, Why, canned_query
from gbagraph.errors import BadParameter, GbaGraphError
from gbagraph.explain.terms import fact_of, read
from gbagraph.queries.catalog import all_queries, find


def query(  # noqa: PLR0913  one option each
    sparql: QueryArgument,
    *,
    output: FormatOption = None,
    evidence: EvidenceOption = False,
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    infer: InferOption = DEFAULTS.infer,
    data: DataOption = None,
) -> None:
    """Answer a SPARQL query."""
    ask(
        Query(_query_text(sparql), {}),
        output,
        engine(data, infer, query_timeout),
        evidence=evidence,
    )


def _query_text(argument: str) -> str:
    if argument == "-":
        return sys.stdin.read()
    if argument.startswith("@"):
        try:
            return Path(argument[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            fail(f"{argument[1:]} cannot be read: {problem}")
    return argument


def run(  # noqa: PLR0913  one option each
    name: Annotated[
        str, typer.Argument(help="Name of a canned query; `gbagraph queries` lists them.")
    ],
    parameters: Annotated[
        list[str] | None, typer.Argument(metavar="[PARAMETER=VALUE]...", help="Its parameters.")
    ] = None,
    *,
    output: FormatOption = None,
    evidence: EvidenceOption = False,
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    infer: InferOption = DEFAULTS.infer,
    data: DataOption = None,
) -> None:
    """Answer a canned query."""
    try:
        job = canned_query(find(name), map(_pair, parameters or ()), {})
    except GbaGraphError as problem:
        fail(problem.message)
    ask(job, output, engine(data, infer, query_timeout), evidence=evidence)


def _pair(argument: str) -> tuple[str, str]:
    name, equals, value = argument.partition("=")
    if not equals:
        raise BadParameter(f"{argument!r} is not of the form PARAMETER=VALUE.")
    return name, value


def why(  # noqa: PLR0913  one option each
    subject: Annotated[
        str, typer.Argument(metavar="S", help="An IRI in full or with a prefix, such as id:baidu.")
    ],
    predicate: Annotated[str, typer.Argument(metavar="P", help="The same; a is rdf:type.")],
    value: Annotated[
        str, typer.Argument(metavar="O", help="The same, or a literal such as '\"China\"@en'.")
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
    try:
        triple = read(subject, predicate, value, language=lang, datatype=datatype)
    except GbaGraphError as problem:
        fail(problem.message, code=2)
    job = Why(*fact_of(triple), written_in.media_type)
    answer(job, engine(data, None, query_timeout))


def explain(
    sparql: QueryArgument,
    *,
    output: TextOption = None,
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    infer: InferOption = DEFAULTS.infer,
    data: DataOption = None,
) -> None:
    """Say what is wrong or misleading in a SPARQL query, and what would be right."""
    job = Explain(_query_text(sparql), None, text_or_json(output).media_type)
    answer(job, engine(data, infer, query_timeout))


def queries() -> None:
    """List the canned queries with their parameters."""
    found = all_queries().values()
    if not sys.stdout.isatty():
        for row in found:
            names = " ".join(f"{p.name}={p.default or ''}" for p in row.parameters)
            print(row.name, row.summary, names, sep="\t")  # noqa: T201
        return
    table = Table("Name", "Question", "Parameters")
    for row in found:
        table.add_row(row.name, row.summary, ", ".join(p.name for p in row.parameters))
    Console().print(table)
