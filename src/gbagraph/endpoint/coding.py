"""Content codings: which one a client gets, and the encoders (RFC 9110, sections 8.4 and 12.5.3)."""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

import brotli
import zstandard

if TYPE_CHECKING:
    from collections.abc import Callable

SMALLEST: Final = 500
"""Bytes of the smallest body that is encoded."""

_LEVEL: Final = 1
"""The level of all codings: results shrink to a ninth, in half of the time of the default level."""

_MEMORY: Final = 6
"""zlib's memLevel: less memory to clear for each body than by default, for the same size."""


class Encoder(Protocol):
    """Encodes a body block by block."""

    def encode(self, block: bytes) -> bytes:
        """The encoded bytes that can be sent so far."""

    def finish(self) -> bytes:
        """The remaining encoded bytes."""


class _Gzip:
    """gzip without a timestamp in its header, so that the same body gives the same bytes."""

    def __init__(self) -> None:
        self._zlib = zlib.compressobj(_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS, _MEMORY)
        self.encode = self._zlib.compress
        self.finish = self._zlib.flush


class _Brotli:
    def __init__(self) -> None:
        self._brotli = brotli.Compressor(quality=_LEVEL)
        self.encode = self._brotli.process
        self.finish = self._brotli.finish


class _Zstandard:
    def __init__(self) -> None:
        self._zstandard = zstandard.ZstdCompressor(level=_LEVEL).compressobj()
        self.encode = self._zstandard.compress
        self.finish = self._zstandard.flush


ENCODERS: Final[dict[str, Callable[[], Encoder]]] = {
    "zstd": _Zstandard,
    "br": _Brotli,
    "gzip": _Gzip,
}
"""The codings by name, in the order of preference among equals."""

_MEMBER: Final = re.compile(
    r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:;\s*q\s*=\s*([0-9.]+)\s*)?(?:,|$)"
)


@lru_cache(maxsize=256)
def choose(accept_encoding: str) -> str:
    """The coding for this header; empty for none, which is acceptable where nothing else is."""
    quality = {name.lower(): _quality(q) for name, q in _MEMBER.findall(accept_encoding[:1000])}
    rated = {name: quality.get(name, quality.get("*", 0.0)) for name in ENCODERS}
    best = max(rated, key=lambda name: rated[name])  # the first among equals
    return best if rated[best] > 0 and rated[best] >= quality.get("identity", 0.0) else ""


def _quality(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0


def encode(coding: str, body: bytes) -> bytes:
    """The whole *body* in a *coding*."""
    encoder = ENCODERS[coding]()
    return encoder.encode(body) + encoder.finish()
