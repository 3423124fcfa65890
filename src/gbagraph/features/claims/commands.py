"""The commands ``gbagraph claims …``."""

from __future__ import annotations

import typer

app = typer.Typer(
    help="Write a graph from a text: claims, and whether its words carry them.",
    add_completion=False,
    no_args_is_help=True,
)
