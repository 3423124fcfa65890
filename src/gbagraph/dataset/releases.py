"""Which releases of the dataset are kept, and where.

``data/releases/0.3.0.nq.gz`` holds the asserted quads of a release, and its hash is that of the
release; ``data/releases/inferred/0.3.0.nq.gz`` what was computed from them then: what follows by the
ontology, and the claims. The first two releases have the one file only.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gbagraph.paths import exists, resource

SUFFIX: Final = ".nq.gz"

_BUILDS: Final = {"": None, "explicit": False, "inference": True}
"""What a version's build metadata say of the default graph: whether what follows belongs to it."""


@dataclass(frozen=True, slots=True)
class Release:
    """A kept release: its version, the file of what it asserts, and that of what followed then.

    ``infer`` is what its name said of the default graph: False for ``0.3.0+explicit``, None for
    ``0.3.0``.
    """

    version: str
    asserted: Path
    followed: Path | None
    infer: bool | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """Its files."""
        return (self.asserted,) if self.followed is None else (self.asserted, self.followed)

    def version_with(self, *, infer: bool) -> str:
        """Its version, with build metadata where the default graph is not the usual one.

        Until 0.2.0 the default graph was usually without what follows.
        """
        usual = self.followed is not None
        build = "" if infer == usual else "+inference" if infer else "+explicit"
        return self.version + build


def releases() -> dict[str, Path]:
    """The file of each release by its version, the oldest first."""
    found = resource("data", "releases").glob(f"*{SUFFIX}")
    versions = {path.name.removesuffix(SUFFIX): path for path in found}
    return dict(sorted(versions.items(), key=lambda row: _order(row[0])))


def named(path: Path) -> Release | None:
    """The release that *path* names by its version; None for what is there, or lies in a folder."""
    version, _, build = path.name.partition("+")
    known = releases()
    is_bare = path.parent in (Path(), Path.cwd())
    if not is_bare or exists(path) or version not in known or build not in _BUILDS:
        return None
    followed = inferred_file(version)
    return Release(
        version, known[version], followed if followed.is_file() else None, _BUILDS[build]
    )


def asserted_file(version: str) -> Path:
    """The file for what a release asserts, whether there is one or not."""
    return resource("data", "releases", f"{version}{SUFFIX}")


def inferred_file(version: str) -> Path:
    """The file for what followed from a release, whether there is one or not."""
    return resource("data", "releases", "inferred", f"{version}{SUFFIX}")


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
