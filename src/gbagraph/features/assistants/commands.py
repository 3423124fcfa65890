"""The command that serves assistants: mcp."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import typer

from gbagraph import publication
from gbagraph.api.export import needed
from gbagraph.cli.serving import settings_of, with_settings
from gbagraph.composition import published
from gbagraph.settings import rows

_OF_PAGES: Final = frozenset(
    {"workers", "root_path", "public_url", "trusted_proxies", "head_timeout", "transfer_timeout"}
)
"""Settings of ``gbagraph serve`` that say nothing about tools."""


def _mcp(
    *,
    transport: Annotated[
        Literal["stdio", "http"],
        typer.Option(
            help="stdio for an assistant that starts this command; http for several, at /mcp."
        ),
    ] = "stdio",
    tools: Annotated[
        str,
        typer.Option(
            metavar="few|all|TAG",
            help="few tools; all, one for each canned query too; or the few and those of a tag.",
        ),
    ] = "few",
    **given: Any,  # noqa: ANN401  the values of all settings
) -> None:
    """Serve the graph to assistants as tools (MCP).

    This needs the extra mcp.
    """
    settings = settings_of(given)
    publication.use(published(settings))
    needed("mcp", "gbagraph mcp", "gbagraph[mcp]")
    # Imported here: only the extra has what it needs.
    from gbagraph.features.assistants import tool_server

    (tool_server.serve_stdio if transport == "stdio" else tool_server.serve_http)(settings, tools)


mcp = with_settings(_mcp, (each for each in rows() if each.name not in _OF_PAGES))
