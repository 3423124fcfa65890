"""The command line: serve, query, queries, run, why, explain, validate, infer, diff, release, info."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn, TypeVar

import typer
from msgspec.structs import replace
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gbagraph import __version__
from gbagraph.engine import Engine, Explain, Query, Why, canned_query
from gbagraph.errors import BadParameter, GbaGraphError
from gbagraph.explain.terms import fact_of, read
from gbagraph.queries.catalog import all_queries, find
from gbagraph.rdf.formats import JSON, OFFERS, TEXT, Format, Kind, by_extension
from gbagraph.rdf.namespaces import compact
from gbagraph.rdf.results import has_no_rows
from gbagraph.settings import HELP, Settings, environment_variable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.dataset.identity import Description
    from gbagraph.engine import Answer, Job

app = typer.Typer(
    help="Guangzhou's innovation mega projects as a knowledge graph with a SPARQL endpoint.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_FORMATS: Final = {
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
_HINTS: Final = 3
"""Diagnostics of an answer without rows that are shown at most."""
_DEFAULTS: Final = Settings()
_Form = TypeVar("_Form")

DataOption = Annotated[
    list[Path] | None,
    typer.Option("--data", help=HELP["data"], envvar=environment_variable("data")),
]
FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        help=f"One of {', '.join(_FORMATS)}. By default table in a terminal, else json or turtle.",
    ),
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


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)  # noqa: T201
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Guangzhou's innovation mega projects as a knowledge graph with a SPARQL endpoint."""


@app.command()
def serve(  # noqa: PLR0913  one option a setting
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="More files for --data.")
    ] = None,
    *,
    host: Annotated[
        str, typer.Option(help=HELP["host"], envvar=environment_variable("host"))
    ] = _DEFAULTS.host,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help=HELP["port"], envvar=environment_variable("port")),
    ] = _DEFAULTS.port,
    query_timeout: TimeoutOption = _DEFAULTS.query_timeout,
    query_memory: Annotated[
        int,
        typer.Option(
            min=16, help=HELP["query_memory"], envvar=environment_variable("query_memory")
        ),
    ] = _DEFAULTS.query_memory,
    result_size: Annotated[
        int,
        typer.Option(min=1, help=HELP["result_size"], envvar=environment_variable("result_size")),
    ] = _DEFAULTS.result_size,
    max_slow_queries: Annotated[
        int,
        typer.Option(
            "--max-slow-queries",
            "--old-queries",
            min=1,
            help=HELP["max_slow_queries"],
            envvar=[environment_variable("max_slow_queries"), "GBAGRAPH_OLD_QUERIES"],
        ),
    ] = _DEFAULTS.max_slow_queries,
    cache_size: Annotated[
        int,
        typer.Option(min=0, help=HELP["cache_size"], envvar=environment_variable("cache_size")),
    ] = _DEFAULTS.cache_size,
    workers: Annotated[
        int, typer.Option(min=1, help=HELP["workers"], envvar=environment_variable("workers"))
    ] = _DEFAULTS.workers,
    root_path: Annotated[
        str, typer.Option(help=HELP["root_path"], envvar=environment_variable("root_path"))
    ] = _DEFAULTS.root_path,
    public_url: Annotated[
        str, typer.Option(help=HELP["public_url"], envvar=environment_variable("public_url"))
    ] = _DEFAULTS.public_url,
    trusted_proxies: Annotated[
        str,
        typer.Option(
            help=HELP["trusted_proxies"] + " Separated by commas; * for all.",
            envvar=environment_variable("trusted_proxies"),
        ),
    ] = ",".join(_DEFAULTS.trusted_proxies),
    head_timeout: Annotated[
        float,
        typer.Option(
            min=0.1, help=HELP["head_timeout"], envvar=environment_variable("head_timeout")
        ),
    ] = _DEFAULTS.head_timeout,
    transfer_timeout: Annotated[
        float,
        typer.Option(
            min=0.1, help=HELP["transfer_timeout"], envvar=environment_variable("transfer_timeout")
        ),
    ] = _DEFAULTS.transfer_timeout,
    infer: InferOption = _DEFAULTS.infer,
    data: DataOption = None,
) -> None:
    """Serve the graph as a SPARQL endpoint with pages."""
    if more and not data:
        raise typer.BadParameter("files are given with --data FILE...")
    settings = Settings(
        host=host,
        port=port,
        query_timeout=query_timeout,
        query_memory=query_memory,
        result_size=result_size,
        max_slow_queries=max_slow_queries,
        cache_size=cache_size,
        workers=workers,
        root_path=root_path,
        public_url=public_url,
        trusted_proxies=tuple(filter(None, map(str.strip, trusted_proxies.split(",")))),
        head_timeout=head_timeout,
        transfer_timeout=transfer_timeout,
        infer=infer,
        data=(*(data or ()), *(more or ())),
    )
    _serve(settings)


def _serve(settings: Settings) -> None:
    # Imported here: the other commands need no web server.
    from gbagraph.server import serve as run_server  # noqa: PLC0415

    try:
        run_server(settings)
    except GbaGraphError as problem:
        _fail(problem.message)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


@app.command()
def query(  # noqa: PLR0913  one option each
    sparql: Annotated[
        str,
        typer.Argument(help="The query, @FILE to read it from a file, or - for standard input."),
    ],
    *,
    output: FormatOption = None,
    evidence: EvidenceOption = False,
    query_timeout: TimeoutOption = _DEFAULTS.query_timeout,
    infer: InferOption = _DEFAULTS.infer,
    data: DataOption = None,
) -> None:
    """Answer a SPARQL query."""
    _ask(
        Query(_query_text(sparql), {}),
        output,
        _engine(data, infer, query_timeout),
        evidence=evidence,
    )


def _query_text(argument: str) -> str:
    if argument == "-":
        return sys.stdin.read()
    if argument.startswith("@"):
        try:
            return Path(argument[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            _fail(f"{argument[1:]} cannot be read: {problem}")
    return argument


@app.command()
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
    query_timeout: TimeoutOption = _DEFAULTS.query_timeout,
    infer: InferOption = _DEFAULTS.infer,
    data: DataOption = None,
) -> None:
    """Answer a canned query."""
    try:
        job = canned_query(find(name), map(_pair, parameters or ()), {})
    except GbaGraphError as problem:
        _fail(problem.message)
    _ask(job, output, _engine(data, infer, query_timeout), evidence=evidence)


def _pair(argument: str) -> tuple[str, str]:
    name, equals, value = argument.partition("=")
    if not equals:
        raise BadParameter(f"{argument!r} is not of the form PARAMETER=VALUE.")
    return name, value


@app.command()
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
    output: Annotated[
        str | None,
        typer.Option(
            "--format", "-f", help="text or json. By default text in a terminal, else json."
        ),
    ] = None,
    query_timeout: TimeoutOption = _DEFAULTS.query_timeout,
    data: DataOption = None,
) -> None:
    """Prove a triple: by which rules it follows, and from which passages."""
    written_in = _text_or_json(output)
    try:
        triple = read(subject, predicate, value, language=lang, datatype=datatype)
    except GbaGraphError as problem:
        _fail(problem.message, code=2)
    job = Why(*fact_of(triple), written_in.media_type)
    asyncio.run(_answered(job, _engine(data, None, query_timeout), as_table=False))


@app.command()
def explain(
    sparql: Annotated[
        str,
        typer.Argument(help="The query, @FILE to read it from a file, or - for standard input."),
    ],
    *,
    output: Annotated[
        str | None,
        typer.Option(
            "--format", "-f", help="text or json. By default text in a terminal, else json."
        ),
    ] = None,
    query_timeout: TimeoutOption = _DEFAULTS.query_timeout,
    infer: InferOption = _DEFAULTS.infer,
    data: DataOption = None,
) -> None:
    """Say what is wrong or misleading in a SPARQL query, and what would be right."""
    job = Explain(_query_text(sparql), None, _text_or_json(output).media_type)
    asyncio.run(_answered(job, _engine(data, infer, query_timeout), as_table=False))


def _text_or_json(output: str | None) -> Format:
    forms = {"text": TEXT, "json": JSON}
    wanted = output or ("text" if sys.stdout.isatty() else "json")
    if wanted not in forms:
        _fail(f"There is no format {wanted!r}. There are: {', '.join(forms)}.", code=2)
    return forms[wanted]


@app.command()
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


@app.command()
def validate(
    files: Annotated[
        list[Path] | None, typer.Argument(help="RDF files; without any, the built-in dataset.")
    ] = None,
    *,
    reasoning: Annotated[bool, typer.Option(help="Look for contradictions, too.")] = True,
) -> None:
    """Check data against shapes, checks and ontology; exit code 1 if something is wrong."""
    with _curation_extra():
        from gbagraph.curation.validation import validate as find_faults  # noqa: PLC0415

    try:
        findings = find_faults(files or (), reasoning=reasoning)
    except GbaGraphError as problem:
        _fail(problem.message)
    for finding in findings:
        print(finding)  # noqa: T201
    if findings:
        _fail(f"{len(findings)} findings.")
    rules = "shapes, checks and ontology" if reasoning else "shapes and checks"
    print(f"Valid: syntax, {rules} find no fault.")  # noqa: T201


@app.command()
def diff(  # noqa: PLR0913  one option each
    before: Annotated[
        str, typer.Argument(metavar="A", help="A release such as 0.2.0, current, or an RDF file.")
    ],
    after: Annotated[str, typer.Argument(metavar="B", help="What to compare it with.")] = "current",
    *,
    output: Annotated[
        str, typer.Option("--format", "-f", help="text, json, or patch (RDF Patch).")
    ] = "text",
    full: Annotated[bool, typer.Option("--full", help="In text, each triple too.")] = False,
    graph: Annotated[
        str, typer.Option(help="Compare this graph alone: article, an IRI, or default.")
    ] = "",
    inferred: Annotated[
        bool,
        typer.Option("--inferred", help="Compare what only follows, and computed claims, too."),
    ] = False,
    queries: Annotated[
        bool, typer.Option("--queries", help="Compare the answers of the canned queries instead.")
    ] = False,
) -> None:
    """Summarize what changed from A to B; exit code 0 for nothing, 1 for something, 2 for trouble."""
    if queries and (full or graph or inferred):
        _fail("--queries compares answers: it takes no --full, --graph and --inferred.", code=2)
    try:
        written, code = (
            _compared_answers(before, after, output)
            if queries
            else _compared_data(before, after, output, full=full, graph=graph, inferred=inferred)
        )
    except GbaGraphError as problem:
        _fail(problem.message, code=2)
    sys.stdout.write(written)
    raise typer.Exit(code)


def _compared_data(  # noqa: PLR0913  one option each
    before: str, after: str, output: str, *, full: bool, graph: str, inferred: bool
) -> tuple[str, int]:
    # Imported here: no other command compares.
    from gbagraph.dataset.diff import compare  # noqa: PLC0415
    from gbagraph.dataset.diff_report import FORMS, full_text  # noqa: PLC0415

    form = _form(output, FORMS)
    found = compare(before, after, graph=graph, inferred=inferred)
    return (full_text if full and output == "text" else form)(found), int(bool(found))


def _compared_answers(before: str, after: str, output: str) -> tuple[str, int]:
    from gbagraph.curation.answers import FORMS, compare  # noqa: PLC0415

    form = _form(output, FORMS)
    found = compare(before, after)
    statuses = {row.status for row in found}
    return form(before, after, found), 2 if "failed" in statuses else int("changed" in statuses)


def _form(output: str, forms: dict[str, _Form]) -> _Form:
    if output not in forms:
        _fail(f"There is no format {output!r}. There are: {', '.join(forms)}.", code=2)
    return forms[output]


@app.command()
def release() -> None:
    """Keep the built-in data, and what follows from it, as the release of its version."""
    from gbagraph.dataset.publication import release as keep  # noqa: PLC0415

    try:
        print(*keep(), sep="\n")  # noqa: T201
    except GbaGraphError as problem:
        _fail(problem.message)


@app.command()
def infer() -> None:
    """Write what follows from the built-in dataset by its ontology (OWL 2 RL), as Turtle."""
    with _curation_extra():
        from gbagraph.curation.reasoning import inferred  # noqa: PLC0415

    try:
        print(inferred(), end="")  # noqa: T201
    except GbaGraphError as problem:
        _fail(problem.message)


@app.command()
def info(*, infer: InferOption = _DEFAULTS.infer, data: DataOption = None) -> None:
    """Show versions and the size of each graph."""
    description = asyncio.run(_describe(_engine(data, infer)))
    if not sys.stdout.isatty():
        print(json.dumps({"software": __version__, **description.as_json()}, indent=1))  # noqa: T201
        return
    table = Table(
        "Graph",
        "Triples",
        title=f"{description.title}\ndataset {description.version}, software {__version__}",
        caption=description.hash or None,
    )
    for graph, size in description.graphs.items():
        table.add_row(compact(graph), str(size))
    table.add_row("default graph", str(description.default_graph))
    Console().print(table)


def _engine(
    data: Sequence[Path] | None, infer: bool | None, timeout: float = _DEFAULTS.query_timeout
) -> Engine:
    return Engine(data or (), infer=infer, timeout=timeout)


async def _describe(engine: Engine) -> Description:
    try:
        async with engine:
            return engine.description
    except GbaGraphError as problem:
        _fail(problem.message)


def _ask(query: Query, output: str | None, engine: Engine, *, evidence: bool) -> None:
    wanted = output or ("table" if sys.stdout.isatty() else None)
    if wanted is not None and wanted not in _FORMATS:
        _fail(f"There is no format {wanted!r}. There are: {', '.join(_FORMATS)}.", code=2)
    if evidence and wanted not in (None, "table", "json"):
        _fail("Only table and json have room for the evidence of rows.", code=2)
    job = replace(query, formats=_formats(wanted), evidence=evidence)
    answer = asyncio.run(_answered(job, engine, as_table=wanted == "table"))
    if answer is not None:
        _show(answer)


def _formats(wanted: str | None) -> dict[Kind, str]:
    extension = "" if wanted in (None, "table") else _FORMATS[wanted or ""]
    return {
        kind: (by_extension(offers, extension) or offers[0]).media_type
        for kind, offers in OFFERS.items()
    }


async def _answered(job: Job, engine: Engine, *, as_table: bool) -> Answer | None:
    """Write the answer to standard output as it arrives; for a table, return it: that needs all rows."""
    try:
        async with engine:
            answer = await engine.answer(job)
            await _explain_silence(job, answer, engine)
            if as_table and answer.is_whole:
                return answer
            last = answer.body
            sys.stdout.buffer.write(last)
            async for last in answer:
                sys.stdout.buffer.write(last)
            if not last.endswith(b"\n"):
                sys.stdout.buffer.write(b"\n")
            sys.stdout.flush()
    except BrokenPipeError:
        sys.stderr.close()
    except GbaGraphError as problem:
        _fail(
            "\n".join(
                [
                    problem.message,
                    *([problem.details["excerpt"]] if "excerpt" in problem.details else []),
                ]
            )
        )
    return None


async def _explain_silence(job: Job, answer: Answer, engine: Engine) -> None:
    """Say on standard error why an answer has no rows, as far as that can be told."""
    is_silent = answer.is_whole and has_no_rows(answer.body, answer.format.extension)
    if not isinstance(job, Query) or not is_silent:
        return
    # Imported here: nothing else needs it, and it takes a while.
    from gbagraph.explain.diagnosing import paragraph  # noqa: PLC0415
    from gbagraph.explain.diagnostics import Diagnostic  # noqa: PLC0415

    explained = await engine.answer(Explain(job.text, job.infer))
    found = [Diagnostic(**each) for each in json.loads(explained.body)["diagnostics"]]
    for each in found[:_HINTS]:
        print(paragraph(each), file=sys.stderr)  # noqa: T201


def _show(answer: Answer) -> None:
    results = json.loads(answer.body) if answer.format.extension == "srj" else None
    if not results:
        print(answer.body.decode())  # noqa: T201
    elif "boolean" in results:
        print(str(results["boolean"]).lower())  # noqa: T201
    else:
        _show_rows(results["head"]["vars"], **results["results"])


def _show_rows(
    names: list[str],
    bindings: list[dict[str, dict[str, str]]],
    evidence: list[dict[str, Any]] | None = None,
) -> None:
    """Print rows as a table; with *evidence* a column for the paragraphs on which each rests."""
    columns = [[_cell(row.get(name)) for row in bindings] for name in names]
    if evidence is not None:
        columns.append([_sources(row) for row in evidence])
    table = Table()
    for name in [*names, *(["rests on"] if evidence is not None else [])]:
        table.add_column(name, overflow="fold")
    for row in zip(*columns, strict=True):
        table.add_row(*map(escape, row))
    Console().print(table)


def _sources(evidence: dict[str, Any]) -> str:
    """The paragraphs on which a row rests, and the note, each on a line."""
    return "\n".join([*map(compact, evidence["paragraphs"]), *filter(None, [evidence.get("note")])])


def _cell(term: dict[str, str] | None) -> str:
    if term is None:
        return ""
    return compact(term["value"]) if term["type"] == "uri" else term["value"]


@contextmanager
def _curation_extra() -> Iterator[None]:
    """For an import that needs the extra: a missing package ends the command with what to install."""
    try:
        yield
    except ModuleNotFoundError as problem:
        if problem.name is None or problem.name.partition(".")[0] == "gbagraph":
            raise
        _fail(
            f"This command needs the package {problem.name}, which is not installed. "
            "Install it with: pip install 'gbagraph[curation]'",
            code=2,
        )


def _fail(message: str, code: int = 1) -> NoReturn:
    print(message, file=sys.stderr)  # noqa: T201
    raise typer.Exit(code)
