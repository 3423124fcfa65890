"""A response before it is written to a connection, and the bodies that are streamed."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final, Self

from gbagraph.errors import EvaluationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from gbagraph.endpoint.result_cache import Encoder, Result
    from gbagraph.engine.answer import Timing

Headers = list[tuple[bytes, bytes]]

_BLOCK: Final = 64 * 1024
_IN_MEMORY: Final = 1024 * 1024
"""Bytes up to which a spooled body stays in memory."""


@dataclass(slots=True)
class Response:
    """Status, header fields, and the body: all of it in *body*, or blocks in *stream*.

    The caller that gets a response must close it. *is_shared*: every request with the same target and
    the same relevant header fields gets this response for as long as the dataset does not change. *vary*
    names header fields of the request that chose it, beside those that choose any response.

    It *is_begun* once its head was sent by ASGI. The rest is for the access log: the *result*, how it
    was come by (*origin*) and how long that took (*timing*), the name of the *problem* of an error, and
    the bytes of the body that were *sent*.
    """

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    stream: BodyStream | None = None
    is_shared: bool = False
    vary: tuple[str, ...] = ()
    is_begun: bool = False
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
        if found := encoder.encode(block):
            yield found
    yield encoder.finish()


class Spool:
    """A body in memory, or in an unnamed file once it is large; closing it deletes the file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    @classmethod
    async def of(cls, response: Response, stream: BodyStream) -> tuple[Spool, int]:
        """The body of *response* and its *stream*, which is closed, and the length of both.

        For clients that recognize a truncated answer only by its length (HTTP/1.0).

        Raises:
            EvaluationError: the disk is full, or the evaluation failed.
        """
        file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  closed with the spool
        try:
            file.write(response.body)
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
        return cls(file), length

    @classmethod
    def of_file(cls, path: Path) -> Spool:
        """A file, unchanged."""
        return cls(path.open("rb"))

    async def blocks(self) -> AsyncIterator[bytes]:
        """The body, block by block."""
        while block := self._file.read(_BLOCK):
            yield block

    def close(self) -> None:
        """Close the file."""
        self._file.close()
