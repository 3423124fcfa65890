"""The commands for tests: of queries, without pytest, and of what no query asks or guards."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gbagraph.api.answer import FORMATS as ANSWERS
from gbagraph.api.answer import answer
from gbagraph.cli import project
from gbagraph.cli.answering import (
    DEFAULTS,
    DataOption,
    InferOption,
    TimeoutOption,
    engine,
)
from gbagraph.cli.output import FOUND, USAGE, chosen, fail
from gbagraph.dataset.named_files import rdf_format
from gbagraph.engine import Query, canned_query
from gbagraph.features.testing import reports
from gbagraph.features.testing.assertion import RUN
from gbagraph.features.testing.endpoints import Endpoint, open_graph, reached, require_pinned
from gbagraph.features.testing.manifests import ManifestTest, read_manifest
from gbagraph.features.testing.query_files import QueryFile, query_files
from gbagraph.features.testing.running import FORMATS, as_written, own_graph, run
from gbagraph.queries.catalog import all_queries

if TYPE_CHECKING:
    from gbagraph.api.answer import Answer
    from gbagraph.engine import Engine
    from gbagraph.features.testing.endpoints import AnyGraph
    from gbagraph.features.testing.running import Outcome
    from gbagraph.queries.canned import CannedQuery

_QUERIES: Final = "Folders of query files, or query files; by default the canned queries."
QueriesArgument = Annotated[list[Path] | None, typer.Argument(metavar="FOLDER|FILE", help=_QUERIES)]
EndpointOption = Annotated[
    str, typer.Option("--endpoint", metavar="URL", help="Ask this SPARQL endpoint instead.")
]
ReportOption = Annotated[str, typer.Option("--format", "-f", help="text or json.")]
UnderOption = Annotated[
    float,
    typer.Option(
        "--fail-under",
        metavar="PERCENT",
        help="End with 1 if a smaller part is asked (terms) or guarded (mutants).",
        min=0,
        max=100,
    ),
]


def compare(  # noqa: PLR0913  one option each
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FOLDER|FILE|MANIFEST",
            help="Folders of query files, query files, or manifests of the W3C's form, whose tests have "
            "their own data; by default the canned queries.",
        ),
    ] = None,
    *,
    output: Annotated[
        str, typer.Option("--format", "-f", help=f"One of {', '.join(FORMATS)}.")
    ] = "text",
    update: Annotated[
        bool,
        typer.Option(
            "--update-answers", "--update", help="Write expected answers instead of comparing them."
        ),
    ] = False,
    endpoint: EndpointOption = "",
    pin: Annotated[
        str,
        typer.Option(
            metavar="VERSION|HASH", help="Test nothing unless the dataset has this version or hash."
        ),
    ] = "",
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    infer: InferOption = DEFAULTS.infer,
    data: DataOption = None,
) -> None:
    """Compare the answers of queries with the expected ones."""
    write = chosen(output, FORMATS)
    manifests = [path for path in paths or () if path.is_file() and rdf_format(path)]
    others = [path for path in paths or () if path not in manifests]
    if endpoint and manifests:
        fail("The tests of a manifest have data of their own: leave out --endpoint.", code=USAGE)
    over = (
        _reached(endpoint, data, query_timeout) if endpoint else engine(data, infer, query_timeout)
    )
    RUN.is_wanted = update
    try:
        outcomes = run(
            [each for path in manifests for each in read_manifest(path)], ManifestTest.answer
        )
        if others or not manifests:
            outcomes += _asked(_queries(others), over, infer, pin)
        print(write(outcomes))  # noqa: T201
    finally:  # one process may run it several times
        RUN.is_wanted = False
        RUN.files.clear()
    if any(each.status in ("failed", "errored") for each in outcomes):
        raise typer.Exit(FOUND)


def _reached(url: str, data: Sequence[Path] | None, timeout: float) -> Endpoint:
    if tuple(data or ()) not in ((), project.settings().data):  # what the folder says is no option
        fail("An endpoint has data of its own: leave out --data, or --endpoint.", USAGE)
    if not url.startswith(("http://", "https://")):
        fail(f"{url} is no address of an endpoint, such as http://127.0.0.1:8000.", USAGE)
    return reached(url, timeout=timeout)


def _asked(
    tests: Sequence[QueryFile], over: Endpoint | Engine, infer: bool | None, pin: str
) -> list[Outcome]:
    pinned = {"digest" if ":" in pin else "version": pin}
    if isinstance(over, Endpoint):
        require_pinned(over, **pinned)
        over.query("ASK {}")  # one error is better than one for each test
        url = over.sparql
        return run(tests, lambda each: as_written(own_graph(each, url, infer) or over, each.text))
    canned = {query.path.resolve(): query for query in all_queries().values()}
    with asyncio.Runner() as runner:
        runner.run(over.__aenter__())

        def ask(each: QueryFile) -> object:
            if own := own_graph(each, "", infer):
                return as_written(own, each.text)
            return runner.run(_answer(over, each, canned))

        try:
            require_pinned(over.description, **pinned)
            return run(tests, ask)
        finally:
            runner.run(over.__aexit__(None, None, None))


async def _answer(over: Engine, query: QueryFile, canned: Mapping[Path, CannedQuery]) -> Answer:
    """Return the answer to *query*; a canned one has its example values, as everywhere."""
    known = canned.get(query.path.resolve())
    job: Query = (
        canned_query(known, known.examples.items(), ANSWERS)
        if known
        else Query(query.text, ANSWERS)
    )
    sent = await over.answer(job)
    return answer(await sent.read(), sent.format.media_type)


def _queries(paths: Sequence[Path] | None) -> list[QueryFile]:
    """Return the query files at *paths*, by default the canned queries; a command with none ends."""
    # Those of a kept release are in an archive, without expected answers.
    named = paths or [each.path for each in all_queries().values() if each.path.exists()]
    for path in named:
        if not path.exists():
            fail(f"{path}: there is no such file or folder.", code=USAGE)
    files = query_files(named)
    if not files:
        fail(
            "There is no query file (.rq, .sparql) in "
            f"{', '.join(map(str, named)) or 'what is asked: name a folder'}.",
            code=USAGE,
        )
    return files


def mutants(  # noqa: PLR0913  one option each
    queries: QueriesArgument = None,
    *,
    graph: Annotated[
        list[str] | None, typer.Option(help="Take the facts of this graph only, such as article.")
    ] = None,
    most: Annotated[
        int | None, typer.Option(min=1, help="Take at most this many facts, spread evenly.")
    ] = None,
    changes: Annotated[
        bool, typer.Option(help="Change the object of each fact, too, or drop facts only.")
    ] = True,
    fail_under: UnderOption = 0,
    output: ReportOption = "text",
    infer: InferOption = DEFAULTS.infer,
    data: DataOption = None,
) -> None:
    """Drop and change each fact, and show which no expected answer guards."""
    over = _graph(data, infer)
    files = _queries(queries)
    report = reports.mutants(over, files, graphs=graph or (), changes=changes, most=most)
    _show(report, output, "facts are guarded", fail_under)
    if report.failing:
        fail(f"Queries that fail guard nothing: {', '.join(report.failing)}.", code=FOUND)


def terms(  # noqa: PLR0913  one option each
    queries: QueriesArgument = None,
    *,
    endpoint: EndpointOption = "",
    fail_under: UnderOption = 0,
    output: ReportOption = "text",
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    infer: InferOption = DEFAULTS.infer,
    data: DataOption = None,
) -> None:
    """Show the terms of the ontology that no query asks."""
    over = _reached(endpoint, data, query_timeout) if endpoint else _graph(data, infer)
    report = reports.unasked_terms(over, _queries(queries))
    _show(report, output, "terms are asked", fail_under)


def _graph(data: Sequence[Path] | None, infer: bool | None) -> AnyGraph:
    project.publish(data or ())
    return open_graph(project.data() if data is None else data, infer=infer)


def _show(report: reports.Mutants | reports.Unasked, output: str, what: str, least: float) -> None:
    print(chosen(output, {"text": report.text, "json": report.as_json})())  # noqa: T201
    if report.percent < least:
        fail(
            f"{report.percent:.2f} % of the {what}, less than {least:g} % (--fail-under).",
            code=FOUND,
        )
