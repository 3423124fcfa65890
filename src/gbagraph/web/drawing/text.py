"""How broad a text is drawn, and how it is broken and shortened to fit.

The server does not know the reader's font, so the widths are those of a broad one: what fits by them
fits in most others.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

WIDE: Final = 800
"""Width of a drawing for desks, in units of the drawing."""

NARROW: Final = 328
"""Width of a drawing for phones: a screen of 360 pixels less the margins of the page."""

SIZE: Final = 14.0
"""Height of the letters of names."""

SMALL: Final = 12.5
"""Height of the letters of axes, details and names of links."""

LINE: Final = 1.3
"""Distance of lines, in heights of letters."""

_SLIM: Final = frozenset("iIjlftr.,:;'|!()[]{}/-·° ")
_BROAD: Final = frozenset("mwMW@%&—…")


@lru_cache(maxsize=4096)
def _ems(character: str) -> float:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Cf", "Mn", "Me"}:
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.2
    if character in _SLIM:
        return 0.4
    if character in _BROAD:
        return 1.0
    return 0.72 if character.isupper() else 0.62


@lru_cache(maxsize=4096)
def width(text: str, size: float = SIZE) -> float:
    """How broad *text* is, in the unit of *size*; Chinese characters count double."""
    return sum(map(_ems, text)) * size


def shortened(text: str, room: float, size: float = SIZE) -> str:
    """*text* on one line, cut with an ellipsis where it is broader than *room*."""
    line = " ".join(text.split())
    if width(line, size) <= room:
        return line
    rest = room - width("…", size)
    for end, character in enumerate(line):
        rest -= _ems(character) * size
        if rest < 0:
            return f"{line[:end].rstrip()}…"
    return line


@lru_cache(maxsize=4096)
def wrapped(text: str, room: float, size: float = SIZE, most: int = 2) -> tuple[str, ...]:
    """*text* in at most *most* lines, none broader than *room*; the last one is cut if need be."""
    rest = " ".join(text.split())
    lines: list[str] = []
    while rest and len(lines) < most - 1 and width(rest, size) > room:
        end = _break(rest, room, size)
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return (*lines, shortened(rest, room, size)) if rest or not lines else tuple(lines)


def _break(text: str, room: float, size: float) -> int:
    """Where a line ends: after its last space or ideograph that fits, else within a word."""
    best = last = 0
    taken = 0.0
    for end, character in enumerate(text, 1):
        taken += _ems(character) * size
        if taken > room and character != " ":
            break
        last = end
        if character in " -" or unicodedata.east_asian_width(character) in "WF":
            best = end
    return best or max(last, 1)
