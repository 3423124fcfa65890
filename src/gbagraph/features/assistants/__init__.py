"""Tools for assistants (Model Context Protocol)."""

from __future__ import annotations

from dataclasses import dataclass

from gbagraph.feature import Command, Feature
from gbagraph.setting import setting

CURATION = "curation"
"""The few tools, and one that proposes claims."""

FEATURE = Feature(
    name="assistants",
    summary=__doc__,
    package=__name__,
    hooks={"schema": ".schema:schema"},
    settings=(".:ToolSettings",),
    commands=(
        Command(
            "mcp",
            ".commands:mcp",
            "Serve the graph to assistants as tools (MCP).",
            after="top",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSettings:
    """The settings of ``gbagraph mcp`` over HTTP; ``token`` is secret, so the environment has it."""

    allowed_host: tuple[str, ...] = setting(
        (),
        "Names by which clients may call a server of tools, beside localhost, --host and --public-url.",
        kind="names",
        after="trusted_proxies",
        command="mcp",
    )
    allowed_origin: tuple[str, ...] = setting(
        (),
        "Origins of other pages that may call a server of tools, such as https://chat.example.org.",
        kind="addresses",
        command="mcp",
    )
    tools: str = setting(
        "few",
        "Which tools there are: few; all, one for each canned query too; or the few and those of a tag, "
        "or of curation, which propose claims.",
        command="mcp",
    )
    token: str = ""
