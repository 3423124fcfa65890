"""Tools for assistants (Model Context Protocol)."""

from gbagraph.feature import Command, Feature

FEATURE = Feature(
    name="assistants",
    summary=__doc__,
    package=__name__,
    hooks={"schema": ".schema:schema"},
    commands=(
        Command(
            "mcp",
            ".commands:mcp",
            "Serve the graph to assistants as tools (MCP).",
            after="top",
        ),
    ),
)
