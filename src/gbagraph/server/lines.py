"""A line of the log, for people or for programs: the parent and the server processes write the same."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from gbagraph.redaction import without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

_COLORS: Final = {"INFO": 32, "WARNING": 33, "ERROR": 31}


def as_text(level: str, message: str) -> str:
    """A line as uvicorn writes it, with the *level* in colour where that is a terminal."""
    message = without_secrets(message)
    head = f"\x1b[{_COLORS[level]}m{level}\x1b[0m" if sys.stderr.isatty() else level
    return f"{head}:{' ' * (9 - len(level))}{message}"


def as_json(
    when: float, level: str, logger: str, message: str, more: Mapping[str, Any] | None = None
) -> str:
    """An object: time (UTC), level, logger, message, and what there is *more*. *when* is since 1970."""
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(when))
    fields = {
        "time": f"{seconds}.{int(when % 1 * 1000):03d}Z",
        "level": level.lower(),
        "logger": logger,
        "message": message,
        **(more or {}),
    }
    return without_secrets(msgspec.json.encode(fields).decode())
