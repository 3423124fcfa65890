"""Entities of RDF/XML: a file in which they grow beyond all measure is refused before it is parsed.

``<!ENTITY name "text">`` stands for a text wherever ``&name;`` is. Entities may be made of entities, so
a file of a kilobyte can grow to gigabytes in the parser, which has no limit of its own.
"""

from __future__ import annotations

import io
import re
from typing import IO, TYPE_CHECKING, Any, Final, cast

from gbagraph.dataset.packed import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST: Final = 100
"""How many times larger than the file its entities may make it."""
_FREE: Final = 16 * 1024 * 1024
"""Bytes to which the entities of any file may grow."""
_LONGEST: Final = 1024 * 1024
"""Bytes of a declaration."""
_BLOCK: Final = 64 * 1024
_BEGIN: Final = b"<!ENTITY"
_DECLARED: Final = re.compile(rb'<!ENTITY\s*%?\s*([^\s"]+)\s+"([^"<]*)"')


class _Guarded(io.RawIOBase):
    """A stream of RDF/XML, of which no block is given out that would grow too large."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = cast("io.RawIOBase", stream)
        self._lengths: dict[bytes, int] = {}
        self._kept = b""
        self._size = self._grown = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401  as io declares it
        size = self._stream.readinto(buffer) or 0
        self._size += size
        self._look_at(self._kept + bytes(buffer[:size]))
        return size

    def _look_at(self, text: bytes) -> None:
        """Count what the entities in *text* grow to, and keep what of it ends in the next block."""
        end = 0
        for found in _DECLARED.finditer(text) if _BEGIN in text else ():
            self._declare(found[1], found[2])
            end = found.end()
        done = min(self._unfinished_declaration(text, end), self._unfinished_reference(text))
        if self._lengths:
            self._grow(sum(self._referred(text[:done])))
        self._kept = text[done:]
        if len(self._kept) > _LONGEST:
            raise RefusedError(f"it declares an entity of more than {_LONGEST:,} bytes")

    def _declare(self, name: bytes, value: bytes) -> None:
        length = len(value) + sum(self._referred(value))
        self._lengths[name] = max(length, self._lengths.get(name, 0))
        self._grow(length)

    def _referred(self, text: bytes) -> Iterator[int]:
        """How long the entities are to which *text* refers."""
        pieces = (piece.partition(b";") for piece in text.split(b"&")[1:])
        return (self._lengths.get(name, 0) for name, semicolon, _ in pieces if semicolon)

    def _grow(self, size: int) -> None:
        self._grown += size
        if self._grown > _FREE + MOST * self._size:
            raise RefusedError(
                f'its entities (<!ENTITY name "text">) make it more than {MOST} times as large. Write '
                "out what they stand for, or convert it to Turtle or N-Triples"
            )

    @staticmethod
    def _unfinished_declaration(text: bytes, end: int) -> int:
        """Where a declaration begins that *text* has not all of; the end of *text* if there is none."""
        last = text.rfind(b"<", end)
        rest = text[last:] if last >= 0 else b""
        return last if rest and (rest.startswith(_BEGIN) or _BEGIN.startswith(rest)) else len(text)

    def _unfinished_reference(self, text: bytes) -> int:
        """Where a reference begins that *text* has not all of; the end of *text* if there is none."""
        last = text.rfind(b"&") if self._lengths else -1
        if last < 0 or b";" in text[last:]:
            return len(text)
        longest = max(map(len, self._lengths)) + 1
        return last if len(text) - last <= longest else len(text)


def guarded(stream: IO[bytes]) -> IO[bytes]:
    """*stream* of RDF/XML; to read from it raises OSError where its entities grow too large."""
    return cast("IO[bytes]", io.BufferedReader(_Guarded(stream), _BLOCK))
