"""Which releases of the dataset are kept, and where.

``data/releases/0.3.0.nq.gz`` holds the asserted quads of a release, and its hash is that of the
release; ``data/releases/inferred/0.3.0.nq.gz`` what followed from them then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph.paths import resource

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SUFFIX: Final = ".nq.gz"


def releases() -> dict[str, Path]:
    """The file of each release by its version, the oldest first."""
    found = resource("data", "releases").glob(f"*{SUFFIX}")
    versions = {path.name.removesuffix(SUFFIX): path for path in found}
    return dict(sorted(versions.items(), key=lambda row: _order(row[0])))


def named_release(files: Sequence[Path]) -> str | None:
    """The version of the release that *files* name; None if they are files."""
    if len(files) == 1 and not files[0].exists():
        name = files[0].name.removesuffix("+inference").removesuffix("+explicit")
        return name if name in releases() else None
    return None


def what_followed(version: str) -> Path | None:
    """The file with what followed from a release; None for those that kept it among their graphs."""
    path = resource("data", "releases", "inferred", f"{version}{SUFFIX}")
    return path if path.is_file() else None


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
