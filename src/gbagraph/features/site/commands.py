"""The command that writes a site: what is published as a folder of files."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gbagraph.cli.serving import settings_of, with_settings
from gbagraph.settings import rows

_THEMES: Final = ("Data", "Description", "Features")


def _site(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of the site: new, empty, or made by this.")
    ],
    *,
    at: Annotated[
        str, typer.Option("--base", metavar="URL", help="Where it will be: for sitemap and feeds.")
    ] = "",
    languages: Annotated[
        str, typer.Option(metavar="TAGS", help="Languages of the pages, such as en,zh-Hans.")
    ] = "",
    versions: Annotated[
        str,
        typer.Option(metavar="NAMES", help="Earlier versions that get pages: none, all, or names."),
    ] = "none",
    **given: Any,  # noqa: ANN401  the values of settings
) -> None:
    """Write all pages, files and the endpoint into a folder that any file host serves."""
    # Imported here: the other commands need no web server.
    from gbagraph.features.site.building import build  # noqa: PLC0415

    asyncio.run(build(folder, settings_of(given), at, languages, versions))


site = with_settings(
    _site,
    (row for row in rows() if row.command in ("", "serve") and row.theme in _THEMES),
)
