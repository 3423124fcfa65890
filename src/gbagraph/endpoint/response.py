"""A response before it is written to a connection: its result, its content coding, its blocks.

Content codings are those of RFC 9110, sections 8.4 and 12.5.3.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import zlib
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Final, Literal, NamedTuple, Self

import brotli
import msgspec
import zstandard

from gbagraph.errors import EvaluationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from gbagraph.engine.jobs import Answer, Timing
    from gbagraph.rdf.formats import Format
    from gbagraph.sparql.sources import Source

SMALLEST: Final = 500
"""Bytes of the smallest body that is encoded."""

_LEVEL: Final = 1
"""The level of all codings: results shrink to a ninth, in half of the time of the default level."""

_MEMORY: Final = 6
"""zlib's memLevel: less memory to clear for each body than by default, for the same size."""


class Encoder(NamedTuple):
    """Encodes a body block by block: into what can be sent so far, and at the end into what remains."""

    encode: Callable[[bytes], bytes]
    finish: Callable[[], bytes]


def _gzip() -> Encoder:
    """Return an encoder without a timestamp in its header: the same body gives the same bytes."""
    made = zlib.compressobj(_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS, _MEMORY)
    return Encoder(made.compress, made.flush)


def _brotli() -> Encoder:
    made = brotli.Compressor(quality=_LEVEL)
    return Encoder(made.process, made.finish)


def _zstandard() -> Encoder:
    made = zstandard.ZstdCompressor(level=_LEVEL).compressobj()
    return Encoder(made.compress, made.flush)


ENCODERS: Final[dict[str, Callable[[], Encoder]]] = {
    "zstd": _zstandard,
    "br": _brotli,
    "gzip": _gzip,
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


def encode_content(coding: str, body: bytes) -> bytes:
    """The whole *body* in a *coding*."""
    encoder = ENCODERS[coding]()
    return encoder.encode(body) + encoder.finish()


_TAG = re.compile(r'(?:W/)?"([^"]*)"')


def http_date(seconds: float) -> str:
    """Seconds since 1970 as an HTTP date."""
    return formatdate(seconds, usegmt=True)


def none_match(if_none_match: str, etag: str) -> bool:
    """Whether *etag* is among the tags of the header (weak comparison). ``*`` is not a tag."""
    wanted = _TAG.match(etag)
    return wanted is not None and wanted[1] in _TAG.findall(if_none_match)


def not_modified_since(if_modified_since: str, modified: float) -> bool:
    """Whether the date in the header is not before *modified*; False if it is not a date."""
    try:
        return parsedate_to_datetime(if_modified_since).timestamp() >= int(modified)
    except (TypeError, ValueError, OverflowError):
        return False


Origin = Literal["evaluated", "shared", "result-cache"]
"""How a result was come by: evaluated for this request or with another one, or kept."""
_ENCODED_AT_ONCE: Final = 256 * 1024
"""Bytes of the largest body that is encoded on the event loop, in half a millisecond: to wake a thread
takes as long. A larger one would delay others."""


class Result(msgspec.Struct):
    """A result with its entity tag, which is empty if the result may differ the next time.

    A large result has no body but the engine's ``answer``, which streams it and must be closed. One that
    has no rows, or may have lost some, ``calls_for_help``. ``sources`` are the other endpoints that were
    called for it. *origin* says how it was come by, *timing* how long an evaluation took, and *counted*
    how many rows or triples a whole one has, if they were counted.
    """

    format: Format
    body: bytes
    etag: str
    answer: Answer | None = None
    calls_for_help: bool = False
    sources: tuple[Source, ...] = ()
    origin: Origin = "evaluated"
    timing: Timing | None = None
    counted: int | None = None
    _encoded: dict[str, bytes] = {}

    async def encoded(self, name: str) -> bytes:
        """The whole body in a content coding; encoded once."""
        if name not in self._encoded:
            if len(self.body) > _ENCODED_AT_ONCE:
                self._encoded[name] = await asyncio.to_thread(encode_content, name, self.body)
            else:
                self._encoded[name] = encode_content(name, self.body)
        return self._encoded[name]

    @property
    def rows(self) -> int | None:
        """Its rows or triples, as far as they are known by now."""
        return self.counted if self.answer is None else self.answer.rows

    def close(self) -> None:
        """Release what a large result holds; does nothing for other results."""
        if self.answer is not None:
            self.answer.close()


Headers = list[tuple[bytes, bytes]]

_BLOCK: Final = 64 * 1024
_IN_MEMORY: Final = 1024 * 1024
"""Bytes up to which a spooled body stays in memory."""


class Response(msgspec.Struct):
    """Status, header fields, and the body: all of it in *body*, or blocks in *stream*.

    The caller that gets a response must close it. *is_shared*: every request with the same target and
    the same relevant header fields gets this response for as long as the dataset does not change. *vary*
    names header fields of the request that chose it, beside those that choose any response.

    It *is_begun* once its head was sent by ASGI, and *is_finished* if it has all of its header fields.
    The rest is for the access log: the *result*, how it was come by (*origin*) and how long that took
    (*timing*), the name of the *problem* of an error, and the bytes of the body that were *sent*.
    """

    status: int
    headers: Headers = []
    body: bytes = b""
    stream: BodyStream | None = None
    is_shared: bool = False
    vary: tuple[str, ...] = ()
    is_begun: bool = False
    is_finished: bool = False
    result: Result | None = None
    origin: str = ""
    timing: Timing | None = None
    problem: str = ""
    sent: int = 0

    def add(self, name: str, value: str) -> None:
        """Add a header field."""
        self.headers.append((name.encode(), value.encode("latin-1")))

    def close(self) -> None:
        """Release what the stream holds."""
        if self.stream is not None:
            self.stream.close()


class BodyStream:
    """The blocks of a body, and what to close when they are no longer needed."""

    def __init__(self, blocks: AsyncIterator[bytes], close: Callable[[], None]) -> None:
        self._blocks = blocks
        self.close = close

    def __aiter__(self) -> Self:
        """The blocks."""
        return self

    async def __anext__(self) -> bytes:
        """The next block."""
        return await anext(self._blocks)


async def encoded_blocks(blocks: AsyncIterator[bytes], encoder: Encoder) -> AsyncIterator[bytes]:
    """The blocks, encoded by *encoder*."""
    async for block in blocks:
        if encoded := encoder.encode(block):
            yield encoded
    yield encoder.finish()


async def spooled(body: bytes, stream: BodyStream) -> tuple[BodyStream, int]:
    """Return *body* and the blocks of *stream*, which is closed, as one stream, and its length.

    For clients that recognize a truncated answer only by its length (HTTP/1.0). What is spooled is in
    memory, or in an unnamed file once it is large, which is deleted when the stream is closed.

    Raises:
        EvaluationError: the disk is full, or the evaluation failed.
    """
    file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  closed with the stream
    try:
        file.write(body)
        async for block in stream:
            file.write(block)
        length = file.tell()
        file.seek(0)
    except OSError as problem:
        file.close()
        raise EvaluationError(
            f"The answer cannot be stored until its length is known: {problem.strerror}. Use "
            "HTTP/1.1, which needs no length."
        ) from None
    except BaseException:
        file.close()
        raise
    finally:
        stream.close()
    return file_stream(file), length


def file_stream(file: IO[bytes]) -> BodyStream:
    """Return the blocks of *file*, which is closed with the stream."""
    return BodyStream(_blocks(file), file.close)


async def _blocks(file: IO[bytes]) -> AsyncIterator[bytes]:
    while block := file.read(_BLOCK):
        yield block
