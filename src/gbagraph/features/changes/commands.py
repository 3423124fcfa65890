"""The command mirror."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gbagraph.features.changes import mirror as following


def mirror(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="The address of the server's start page.")
    ],
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Where to: an N-Quads file, .nq or .nq.gz."),
    ] = Path("gbagraph.nq"),
    *,
    until: Annotated[
        str, typer.Option(metavar="VERSION", help="Stop at this release, not at the newest.")
    ] = "",
) -> None:
    """Follow the patches of a server into a file.

    Each state is verified by its hash. A file that is there is taken up where it stands, and stays as it
    was where something is wrong.
    """
    following.mirror(url, file, until, told=print)
