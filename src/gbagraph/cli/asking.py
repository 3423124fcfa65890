"""The commands that ask something of the graph: query, run, lookup, why, explain."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gbagraph import publication
from gbagraph.cli.answering import answer, ask, engine
from gbagraph.cli.completion import parameters as complete_parameters
from gbagraph.cli.completion import query_names
from gbagraph.cli.options import (
    DEFAULTS,
    DataOption,
    EvidenceOption,
    FormatOption,
    InferOption,
    LabelsOption,
    QueryArgument,
    TextOption,
    TimeoutOption,
    text_or_json,
)
from gbagraph.cli.output import fail
from gbagraph.engine import Query, canned_query
from gbagraph.errors import BadParameter, GbaGraphError
from gbagraph.features.canned.commands import RunCommand
from gbagraph.features.diagnostics.jobs import Explain
from gbagraph.features.reconcile.jobs import Lookup
from gbagraph.features.why.jobs import Why
from gbagraph.queries.catalog import find
from gbagraph.sparql.binding import bind
from gbagraph.sparql.terms import fact_of, read, term

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyoxigraph as ox


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
            help="Bind the variable ?NAME to a term: an IRI in full or with a prefix, such as id:baidu, "
            "or a literal, such as 2020 or '\"China\"@en'. Can be given several times.",
        ),
    ] = None,
    evidence: EvidenceOption = False,
    labels: LabelsOption = "",
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    infer: InferOption = DEFAULTS.infer,
    data: DataOption = None,
) -> None:
    """Answer a SPARQL query."""
    text = _query_text(sparql)
    over = engine(data, infer, query_timeout)
    try:
        text = bind(text, _terms(parameters or ()))
    except GbaGraphError as problem:
        fail(problem.message)
    ask(Query(text, {}), output, over, evidence=evidence, labels=labels)


def _terms(arguments: Iterable[str]) -> dict[str, ox.NamedNode | ox.Literal]:
    """Variables and the terms in their places, as ``-p`` gives them."""
    found: dict[str, ox.NamedNode | ox.Literal] = {}
    for name, text in map(_pair, arguments):
        variable = name.removeprefix("?").removeprefix("$")
        if variable in found:
            raise BadParameter(f"The parameter {variable} is given twice.", parameter=variable)
        found[variable] = term(variable, text)
    return found


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
        str,
        typer.Argument(
            help="Name of a canned query; `gbagraph queries` lists them.",
            autocompletion=query_names,
        ),
    ],
    parameters: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PARAMETER=VALUE]...",
            help="Its parameters.",
            autocompletion=complete_parameters,
        ),
    ] = None,
    *,
    output: FormatOption = None,
    evidence: EvidenceOption = False,
    labels: LabelsOption = "",
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    infer: InferOption = DEFAULTS.infer,
    data: DataOption = None,
) -> None:
    """Answer a canned query; `gbagraph run NAME --help` shows what it takes."""
    over = engine(data, infer, query_timeout)
    try:
        job = canned_query(find(name), map(_pair, parameters or ()), {})
    except GbaGraphError as problem:
        fail(problem.message)
    ask(job, output, over, evidence=evidence, labels=labels)


def _pair(argument: str) -> tuple[str, str]:
    name, equals, value = argument.partition("=")
    if not equals:
        raise BadParameter(f"{argument!r} is not of the form PARAMETER=VALUE.")
    return name, value


run_app = typer.Typer(add_completion=False)
run_app.command(cls=RunCommand)(run)


def lookup(
    iris: Annotated[
        list[str], typer.Argument(metavar="IRI…", help="Identifiers of other sites, in full.")
    ],
    *,
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    data: DataOption = None,
) -> None:
    """Say which things identifiers of other sites are, with the links that say so, as JSON."""
    over = engine(data, None, query_timeout)
    languages = dict.fromkeys((publication.current().language, "en"))
    answer(Lookup(tuple(iris), tuple(languages)), over)


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
    over = engine(data, None, query_timeout)
    try:
        triple = read(subject, predicate, value, language=lang, datatype=datatype)
    except GbaGraphError as problem:
        fail(problem.message, code=2)
    job = Why(*fact_of(triple), written_in.media_type)
    answer(job, over)


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
