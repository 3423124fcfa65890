"""The command that serves assistants: mcp."""

from __future__ import annotations

import inspect
from typing import Annotated, Any, Final, Literal

import typer

from gbagraph import publication
from gbagraph.api.export import MissingPackage, needed
from gbagraph.cli.output import fail
from gbagraph.cli.serving import settings_of, with_settings
from gbagraph.composition import published
from gbagraph.errors import GbaGraphError, SettingError
from gbagraph.settings import table

_OF_PAGES: Final = frozenset(
    {"workers", "root_path", "public_url", "trusted_proxies", "head_timeout", "transfer_timeout"}
)
"""Settings of ``gbagraph serve`` that say nothing about tools."""


def _mcp(transport: str, **given: Any) -> None:  # noqa: ANN401  the values of all options
    """Serve the graph to assistants as tools (Model Context Protocol); needs the extra mcp."""
    settings = settings_of(given)
    try:
        publication.use(published(settings))
        needed("mcp", "gbagraph mcp", "gbagraph[mcp]")
        # Imported here: only the extra has what it needs.
        from gbagraph.features.assistants import tool_server

        (tool_server.serve_stdio if transport == "stdio" else tool_server.serve_http)(settings)
    except (MissingPackage, SettingError) as problem:
        fail(problem.message, code=2)
    except GbaGraphError as problem:
        fail(problem.message)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


_transport = inspect.Parameter(
    "transport",
    inspect.Parameter.KEYWORD_ONLY,
    default="stdio",
    annotation=Annotated[
        Literal["stdio", "http"],
        typer.Option(
            help="stdio for an assistant that starts this command; http for several, at /mcp."
        ),
    ],
)

mcp = with_settings(_mcp, _transport, only=table().keys() - _OF_PAGES)
