"""The settings of a store: where it is, and how it is served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gbagraph.setting import setting

if TYPE_CHECKING:
    from pathlib import Path

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
