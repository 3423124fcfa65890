"""Stores on disk: large data, loaded once, with versions that are switched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gbagraph.feature import Command, Feature
from gbagraph.setting import setting

if TYPE_CHECKING:
    from pathlib import Path


FEATURE = Feature(
    name="stores",
    summary=__doc__,
    package=__name__,
    hooks={
        "data checked": ".serving:check",
        "published": ".serving:published",
        "source": ".serving:of_settings",
        "versions": ".versions:follow",
    },
    settings=(".:StoreSettings",),
    commands=(
        Command(
            "load",
            ".commands:load",
            "Load files into a store on disk.",
            after="serve",
            theme="Publish",
        ),
        Command(
            "switch",
            ".commands:switch",
            "Put another version of a store into service.",
            after="load",
        ),
        Command(
            "rollback",
            ".commands:rollback",
            "Put the version before into service again.",
            after="switch",
        ),
    ),
)


STORED: Final = "stored"
"""The default graph of a store is that of its files."""
UNION: Final = "union"
"""The default graph of a store is all its graphs together."""

BACKGROUND, OFF = "background", "off"
"""How the index of a store is made, if it is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """The settings of a store: where it is, and how it is served."""

    store: Path | None = setting(  # noqa: RUF009  as those above and below
        None,
        "Folder of a store that gbagraph load has made, to serve instead of files.",
        kind="path",
        after="data",
        usual=True,
    )
    default_graph: str = setting(
        STORED,
        "Default graph of a store: stored, as in its files, or union, all its graphs together.",
        kind="choice",
        choices=(STORED, UNION),
    )
    index: str = setting(
        BACKGROUND,
        "Index of the names in a store: made in the background at its first serving, or off.",
        kind="choice",
        choices=(BACKGROUND, OFF),
    )
