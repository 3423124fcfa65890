"""The command that starts a server: serve."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  typer reads the annotations
from typing import Annotated

import typer

from gbagraph.cli.failure import fail
from gbagraph.cli.options import DEFAULTS, DataOption, InferOption, TimeoutOption
from gbagraph.errors import GbaGraphError
from gbagraph.settings import HELP, Settings, environment_variable


def serve(  # noqa: PLR0913  one option a setting
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="More files for --data.")
    ] = None,
    *,
    host: Annotated[
        str, typer.Option(help=HELP["host"], envvar=environment_variable("host"))
    ] = DEFAULTS.host,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help=HELP["port"], envvar=environment_variable("port")),
    ] = DEFAULTS.port,
    query_timeout: TimeoutOption = DEFAULTS.query_timeout,
    query_memory: Annotated[
        int,
        typer.Option(
            min=16, help=HELP["query_memory"], envvar=environment_variable("query_memory")
        ),
    ] = DEFAULTS.query_memory,
    result_size: Annotated[
        int,
        typer.Option(min=1, help=HELP["result_size"], envvar=environment_variable("result_size")),
    ] = DEFAULTS.result_size,
    max_slow_queries: Annotated[
        int,
        typer.Option(
            "--max-slow-queries",
            "--old-queries",
            min=1,
            help=HELP["max_slow_queries"],
            envvar=[environment_variable("max_slow_queries"), "GBAGRAPH_OLD_QUERIES"],
        ),
    ] = DEFAULTS.max_slow_queries,
    cache_size: Annotated[
        int,
        typer.Option(min=0, help=HELP["cache_size"], envvar=environment_variable("cache_size")),
    ] = DEFAULTS.cache_size,
    workers: Annotated[
        int, typer.Option(min=1, help=HELP["workers"], envvar=environment_variable("workers"))
    ] = DEFAULTS.workers,
    root_path: Annotated[
        str, typer.Option(help=HELP["root_path"], envvar=environment_variable("root_path"))
    ] = DEFAULTS.root_path,
    public_url: Annotated[
        str, typer.Option(help=HELP["public_url"], envvar=environment_variable("public_url"))
    ] = DEFAULTS.public_url,
    trusted_proxies: Annotated[
        str,
        typer.Option(
            help=HELP["trusted_proxies"] + " Separated by commas; * for all.",
            envvar=environment_variable("trusted_proxies"),
        ),
    ] = ",".join(DEFAULTS.trusted_proxies),
    head_timeout: Annotated[
        float,
        typer.Option(
            min=0.1, help=HELP["head_timeout"], envvar=environment_variable("head_timeout")
        ),
    ] = DEFAULTS.head_timeout,
    transfer_timeout: Annotated[
        float,
        typer.Option(
            min=0.1, help=HELP["transfer_timeout"], envvar=environment_variable("transfer_timeout")
        ),
    ] = DEFAULTS.transfer_timeout,
    infer: InferOption = DEFAULTS.infer,
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
        fail(problem.message)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
