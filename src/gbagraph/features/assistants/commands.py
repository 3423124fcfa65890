"""The command that serves assistants: mcp."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from gbagraph import publication
from gbagraph.api.export import needed
from gbagraph.cli.output import USAGE, fail
from gbagraph.cli.serving import settings_of, with_settings
from gbagraph.composition import published
from gbagraph.errors import SettingError
from gbagraph.feature import resolve
from gbagraph.features.assistants import CURATION, ToolSettings
from gbagraph.settings import rows

if TYPE_CHECKING:
    from gbagraph.settings import Settings

_OF_HTTP: Final = (
    *("host", "port", "workers", "root_path", "trusted_proxies", "allowed_host", "allowed_origin"),
    *("body_size", "head_timeout", "transfer_timeout", "rate_limit", "rate_burst"),
    *("access_log", "slow_query", "log_format", "log_level"),
)
"""Settings that say nothing about a server whose one client has started it."""

TOKEN: Final = "GBAGRAPH_MCP_TOKEN"  # noqa: S105  its name
"""The variable of the environment with the token that clients have to send; it is no setting."""


def _mcp(
    *,
    transport: Annotated[
        Literal["stdio", "http"],
        typer.Option(
            help="stdio for an assistant that starts this command; http for several, at /mcp."
        ),
    ] = "stdio",
    **given: Any,  # noqa: ANN401  the values of all settings
) -> None:
    """Serve the graph to assistants as tools (MCP).

    This needs the extra mcp.
    """
    # It is not for the processes in which queries run.
    token = os.environ.pop(TOKEN, None)
    settings = settings_of(given)
    needed("mcp", "gbagraph mcp", "gbagraph[mcp]")
    # Each imported here: only the extra has what they need, and one transport is enough.
    if transport == "http":
        check_writing(settings, token)
        from gbagraph.server import generations

        generations.serve(_with_token(settings, token), f"{__package__}.over_http:Application")
        return
    for name in _OF_HTTP:
        if str(given["ctx"].get_parameter_source(name)).endswith("COMMANDLINE"):
            option = name.replace("_", "-")
            fail(f"--{option} says nothing over stdio. Add --transport http.", code=USAGE)
    publication.use(published(settings))
    resolve("gbagraph.engine.launching:start_ahead")()
    resolve(f"{__package__}.over_stdio:serve")(settings)


def check_writing(settings: Settings, token: str | None) -> None:
    """Look whether strangers are kept out, over HTTP, of tools that write.

    Raises:
        SettingError: there is no *token*.
    """
    if settings.of(ToolSettings).tools == CURATION and token is None:
        raise SettingError(
            f"The tools curation write, so over HTTP a token has to keep strangers out. Set {TOKEN}.",
            setting="tools",
        )


def _with_token(settings: Settings, token: str | None) -> Settings:
    if token is None:
        return settings
    if not token.isascii() or not token.isprintable() or token.split() != [token]:
        raise SettingError(
            f"{TOKEN} is empty, or has signs that a token cannot have. Give it letters and digits, or "
            "remove it.",
            setting=TOKEN,
        )
    of_tools = replace(settings.of(ToolSettings), token=token)
    return replace(settings, more={**settings.more, ToolSettings: of_tools})


mcp = with_settings(_mcp, (row for row in rows() if row.command in ("", "mcp")))
