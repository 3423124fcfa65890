"""Which releases of the dataset are kept, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph.paths import resource

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIX = ".nq.gz"


def releases() -> dict[str, Path]:
    """The file of each release by its version, the oldest first."""
    found = resource("data", "releases").glob(f"*{_SUFFIX}")
    versions = {path.name.removesuffix(_SUFFIX): path for path in found}
    return dict(sorted(versions.items(), key=lambda row: _order(row[0])))


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
