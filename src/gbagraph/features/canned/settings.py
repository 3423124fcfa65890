"""The settings of the canned queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gbagraph.setting import setting

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySettings:
    """The settings of the canned queries."""

    queries: Path | None = setting(  # noqa: RUF009  as those above and below
        None,
        "Folder of the canned queries; by default, the built-in ones for the built-in dataset.",
        kind="path",
        after="data",
    )
