"""Texts for terminals and logs: numbers, columns, where Chinese characters are two wide; no secrets."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]], *, right: bool = False) -> list[str]:
    """Return a line for each of *rows*, columns below each other; *right* aligns all but the first."""
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            padded(cell, width, right=right and place > 0)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def counted(number: int, one: str, many: str = "") -> str:
    """Return *number* and what it counts: "1 query", "2,000 queries"; *many* is by default with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def padded(text: str, width: int, *, right: bool = False) -> str:
    """Return *text* filled with spaces to *width* columns, before it if it stands *right*."""
    spaces = " " * (width - columns(text))
    return spaces + text if right else text + spaces


def columns(text: str) -> int:
    """Return how many columns of a terminal *text* takes (Unicode Standard Annex 11)."""
    return sum(map(_of_character, text))


def _of_character(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


_MASK: Final = "…"
_USER: Final = re.compile(r"""(//|%2f%2f)(?:(?!%2f|%3e)[^/\s@<>"'?#&\\]){1,512}(@|%40)""", re.I)
"""User and password in an address (RFC 3986, section 3.2.1), which may be part of a query string."""
_PARAMETER: Final = re.compile(
    r"""((?:[?&;]|%3f|%26)
    (?:(?:access|auth|client|refresh)[_-]?)?(?:token|secret|api[_-]?key|password|passwd|pwd|signature)
    (?:=|%3d))(?:(?!%26|%3e|%23)[^&\s#<>"'\\])+""",
    re.I | re.X,
)
"""A parameter of an address with a name that those of secrets have."""


def without_secrets(text: str) -> str:
    """*text* with a mark for user and password in addresses, and for parameters that hold secrets."""
    if "//" in text or "%2" in text:
        text = _USER.sub(rf"\1{_MASK}\2", text)
    return _PARAMETER.sub(rf"\1{_MASK}", text)


def public(address: str) -> str:
    """What of the *address* of an engine or a file others may see: no user, and no parameters."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query="", fragment="").geturl()
