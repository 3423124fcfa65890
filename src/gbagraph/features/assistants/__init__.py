"""Tools for assistants (Model Context Protocol)."""

from gbagraph.feature import Command, Feature

FEATURE = Feature(
    name="assistants",
    summary=__doc__,
    package=__name__,
    commands=(
        Command(
            "mcp",
            ".commands:mcp",
            "Serve the graph to assistants as tools (MCP).",
            after="top",
        ),
    ),
)
