"""The folder of a site: made beside, and exchanged when it is whole."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.errors import SettingError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

MARKER: Final = ".gbagraph-site"
"""The file by which a folder is known as one that this made."""


class Written(NamedTuple):
    """A file of the site: how many bytes it has, and their SHA-256."""

    size: int
    sha256: str


class Folder:
    """A new site in place of that at *path*, if there is one, when the context ends without an error.

    Raises:
        SettingError: there is something else at the path.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        is_free = not self.path.exists() or (self.path.is_dir() and not any(self.path.iterdir()))
        if not is_free and not (self.path / MARKER).is_file():
            raise SettingError(
                f"{path} holds something else than a site that was made by this command. Name a new or "
                "an empty folder.",
                setting="dir",
            )
        self.files: dict[str, Written] = {}

    def __enter__(self) -> Self:
        """Begin in a folder beside."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._made = Path(tempfile.mkdtemp(prefix=f".{self.path.name}-", dir=self.path.parent))
        self._made.chmod(0o755)
        (self._made / MARKER).touch()
        return self

    def write(self, name: str, content: bytes) -> None:
        """Write a file of the site."""
        place = self._made / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        self.files[name] = Written(len(content), hashlib.sha256(content).hexdigest())

    @property
    def size(self) -> int:
        """How many bytes they have."""
        return sum(each.size for each in self.files.values())

    @property
    def digest(self) -> bytes:
        """A hash of all that was written."""
        return hashlib.sha256(repr(self.files).encode()).digest()

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        """Exchange the folders; after an error, leave that before as it was."""
        old = self._made.with_name(f"{self._made.name}-old")
        if kind is None:
            if self.path.exists():
                self.path.rename(old)
            self._made.rename(self.path)
        shutil.rmtree(old if kind is None else self._made, ignore_errors=True)
