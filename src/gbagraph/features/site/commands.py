"""The command that writes a site: what is published as a folder of files."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gbagraph.cli import project
from gbagraph.cli.output import FOUND, fail
from gbagraph.cli.serving import settings_of, with_settings
from gbagraph.settings import FILE, rows

_THEMES: Final = ("Data", "Features")
"""Settings that are options; what describes the data is taken from their file and the environment."""

_SERVED: Final = ("index", "engine_version")
"""Settings of data that change nothing of a site: what is made and kept for requests."""


def _site(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New, empty, or made by this.")],
    *,
    at: Annotated[str, typer.Option("--base", metavar="URL", help="Where the site will be.")] = "",
    tags: Annotated[
        str,
        typer.Option(
            "--languages", metavar="TAGS", help="Languages of the pages, such as en,zh-Hans."
        ),
    ] = "all",
    named: Annotated[
        str,
        typer.Option(
            "--versions",
            metavar="NAMES",
            help="Earlier versions that get pages: none, all, or names.",
        ),
    ] = "none",
    **given: Any,  # noqa: ANN401  the values of settings
) -> None:
    """Write a folder for any file host: pages, data, endpoint."""
    # Imported here: the other commands need no web server.
    from gbagraph.features.site.building import build

    settings = settings_of(given).having(**_described(given))
    said, dead = asyncio.run(build(folder, settings, at, tags, named))
    print(said)  # noqa: T201
    if dead:
        fail(dead, FOUND)


def _described(given: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that are no options, from their file and the environment."""
    file = given["config"]
    named = project.named() if file in (None, Path(FILE)) else project.read(file)
    return {name: value for name, value in named.items() if name not in given}


site = with_settings(
    _site,
    (
        row
        for row in rows()
        if row.command in ("", "serve") and row.theme in _THEMES and row.name not in _SERVED
    ),
)
