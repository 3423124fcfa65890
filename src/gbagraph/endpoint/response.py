"""A response, before it is written to a connection."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final, Self

from gbagraph.errors import EvaluationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from gbagraph.endpoint.coding import Encoder

Headers = list[tuple[bytes, bytes]]

_BLOCK: Final = 64 * 1024
_IN_MEMORY: Final = 1024 * 1024
"""Bytes of a spooled body up to which it needs no file."""


@dataclass(slots=True)
class Response:
    """Status, header fields and body: all of it in *body*, or a beginning, and the *rest* to come.

    Whoever has a response closes it. *is_shared* says that the same target and relevant headers give
    the same response as long as the dataset is the same, whoever asks by whatever address.
    """

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    rest: Rest | None = None
    is_shared: bool = False

    def add(self, name: str, value: str) -> None:
        """Add a header field."""
        self.headers.append((name.encode(), value.encode("latin-1")))

    def close(self) -> None:
        """Give back what the rest of the body holds."""
        if self.rest is not None:
            self.rest.close()


class Rest:
    """The blocks of a body after its beginning, and what is to be closed when nobody wants them."""

    def __init__(self, blocks: AsyncIterator[bytes], close: Callable[[], None]) -> None:
        self._blocks = blocks
        self.close = close

    def __aiter__(self) -> Self:
        """The blocks."""
        return self

    async def __anext__(self) -> bytes:
        """The next block."""
        return await anext(self._blocks)


async def coded(blocks: AsyncIterator[bytes], encoder: Encoder) -> AsyncIterator[bytes]:
    """The blocks in a content coding."""
    async for block in blocks:
        if found := encoder.encode(block):
            yield found
    yield encoder.finish()


class Spool:
    """A body in memory, or in a file without a name once it is large; closing removes it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    @classmethod
    async def of(cls, response: Response, rest: Rest) -> tuple[Spool, int]:
        """The body of *response* and its *rest*, which is closed; and its length.

        For a client that can only tell a whole answer from a cut one by its length (HTTP/1.0).

        Raises:
            EvaluationError: the disk is full, or whatever the rest of the body raises.
        """
        file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  closed by the spool
        try:
            file.write(response.body)
            async for block in rest:
                file.write(block)
            length = file.tell()
            file.seek(0)
        except OSError as problem:
            file.close()
            raise EvaluationError(
                f"The answer cannot be held until its length is known: {problem.strerror}. Use "
                "HTTP/1.1, which needs no length."
            ) from None
        except BaseException:
            file.close()
            raise
        finally:
            rest.close()
        return cls(file), length

    @classmethod
    def of_file(cls, path: Path) -> Spool:
        """A file as it is."""
        return cls(path.open("rb"))

    async def blocks(self) -> AsyncIterator[bytes]:
        """The body, block by block."""
        while block := self._file.read(_BLOCK):
            yield block

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
