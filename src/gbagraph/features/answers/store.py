"""The folder in which the questions behind short links are kept, by all processes of a server."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from gbagraph.errors import StorageFull, UnknownResource
from gbagraph.features.answers import AnswerSettings
from gbagraph.features.answers.permalink import Permalink, is_digest
from gbagraph.paths import write_whole
from gbagraph.settings import MEGABYTE

if TYPE_CHECKING:
    from pathlib import Path

    from gbagraph.settings import Settings

_DAY: Final = 24 * 3600
_BLOCK: Final = 4096
"""Bytes that a file takes at least."""


def keep(link: Permalink, settings: Settings) -> None:
    """Keep the question of *link*; nothing is written where it is kept already.

    Raises:
        StorageFull: there is no room, in the folder or on its disk.
    """
    folder, own = folder_of(settings), settings.of(AnswerSettings)
    path = folder / link.digest
    if _is_young(path, own.answers_days):
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        room = own.answers_size * MEGABYTE - _used(folder, own.answers_days)
        if room < max(_BLOCK, len(link.content)):
            raise StorageFull(
                f"The {own.answers_size} megabytes for short links are used. The long link works as "
                "well, and takes no room.",
                limit=own.answers_size,
            )
        write_whole(path, link.content)
    except OSError as problem:
        raise StorageFull(f"The short link cannot be kept: {problem.strerror}.") from None


def find(digest: str, settings: Settings) -> Permalink:
    """Return the link that is kept under *digest*.

    Raises:
        UnknownResource: there is none, or it is too old.
        MalformedRequest: what is kept there is not what was written.
    """
    folder, days = settings.of(AnswerSettings).answers, settings.of(AnswerSettings).answers_days
    if folder is not None and is_digest(digest) and _is_young(folder / digest, days):
        with suppress(FileNotFoundError):  # another process has taken it away just now
            return Permalink.read(digest, (folder / digest).read_bytes())
    raise UnknownResource(
        f"There is no short link {digest[:80]}"
        + (": this server keeps none. Long links have all in them." if folder is None else ".")
    )


def is_on(settings: Settings) -> bool:
    """Return whether short links are kept."""
    return settings.of(AnswerSettings).answers is not None


def folder_of(settings: Settings) -> Path:
    """Return the folder of short links; raises UnknownResource if none are kept."""
    folder = settings.of(AnswerSettings).answers
    if folder is None:
        raise UnknownResource("This server keeps no short links. Long links have all in them.")
    return folder


def _is_young(path: Path, days: int) -> bool:
    try:
        changed = path.stat().st_mtime
    except OSError:
        return False
    return not days or changed > time.time() - days * _DAY


def _used(folder: Path, days: int) -> int:
    """Return the bytes that the folder takes, once what is too old is taken away."""
    used = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                if is_digest(entry.name) and days and not _is_young(folder / entry.name, days):
                    os.unlink(entry.path)  # noqa: PTH108  there is no path of it
                    continue
                size = entry.stat().st_size
            except OSError:
                continue  # another process has taken it away just now
            used += -(-size // _BLOCK) * _BLOCK
    return used
