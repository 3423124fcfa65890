"""An answer on its way over HTTP.

It is not sent again when the client has it, it is stopped when the client leaves, and it is never
cut in a way that looks whole. Speaks ASGI itself, so that the endpoint needs no web framework around it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, Self

from gbagraph.conditional import none_match, not_modified_since
from gbagraph.errors import GbaGraphError, HttpVersionTooOld
from gbagraph.formats import OFFERS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping

    from gbagraph.answers import Answers, Named
    from gbagraph.dataset import Description
    from gbagraph.engine import Job

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

log = logging.getLogger("gbagraph")

_WATCH_AFTER: Final = 0.05
"""Seconds after which it is worth the effort to watch whether the client is still there."""

_EXTENSIONS: Final = {
    offer.content_type: offer.extension for offers in OFFERS.values() for offer in offers
}
_KEEP: Final = b"public, max-age=300"
_DO_NOT_KEEP: Final = b"no-store"

_CODINGS: Final = ("zstd", "br", "gzip", "*")

SMALLEST_ENCODED: Final = 500
"""Bytes of the smallest answer that is compressed."""

EXPOSED: Final = ("Dataset-Hash", "Dataset-Version", "ETag", "Link", "Location", "Retry-After")
"""Headers that scripts from elsewhere may read (Fetch Standard, section 3.3)."""

FOR_SCRIPTS: Final = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", ", ".join(EXPOSED).encode()),
]


def answer_headers(  # noqa: PLR0913  one for each header
    answer: Named,
    etag: str,
    last_modified: str,
    *,
    name: str = "",
    links: str = "",
    length: int | None = None,
) -> list[tuple[bytes, bytes]]:
    """The headers that belong to an answer; *name* is what to save it by, *length* its bytes."""
    headers = [(b"content-type", answer.content_type.encode()), *_validators(etag, last_modified)]
    if name:
        file = f"{name}.{_EXTENSIONS.get(answer.content_type, 'txt')}"
        headers.append((b"content-disposition", f'inline; filename="{file}"'.encode()))
    if links:
        headers.append((b"link", links.encode()))
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    return headers


def _validators(etag: str, last_modified: str) -> list[tuple[bytes, bytes]]:
    if not etag:
        return [(b"cache-control", _DO_NOT_KEEP)]
    return [
        (b"etag", etag.encode()),
        (b"cache-control", _KEEP),
        (b"last-modified", last_modified.encode()),
    ]


def dataset_headers(dataset: Description) -> list[tuple[bytes, bytes]]:
    """The headers of every response: the dataset's version and hash, and what it varies by."""
    hashed = [(b"dataset-hash", dataset.hash.encode())] if dataset.hash else []
    return [
        (b"dataset-version", dataset.version.encode()),
        *hashed,
        (b"vary", b"Accept"),
        (b"x-content-type-options", b"nosniff"),
    ]


class CutAnswer(Exception):
    """Raised out of the application so that the server closes the connection mid-answer.

    The chunked body then has no last chunk, and every HTTP client reports that it is incomplete
    (RFC 9112, section 8).
    """


class Delivery:
    """The response to a request for the answer of *job*; an ASGI application.

    A failure before the first byte raises one of our errors. A failure after it raises CutAnswer.
    *name* becomes the file name to save it by (RFC 6266), *links* its Link header.
    """

    def __init__(  # noqa: PLR0913  keyword-only, each with a plain default
        self,
        answers: Answers,
        job: Job,
        *,
        timeout: float | None = None,
        reserved: bool = False,
        name: str = "",
        links: str = "",
    ) -> None:
        self._answers = answers
        self._job = job
        self._timeout = timeout
        self._reserved = reserved
        self._name = name
        self._links = links

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or leave quietly when the client does."""
        with _Watch(receive) as watch:
            try:
                await self._respond(scope, send)
            except asyncio.CancelledError:
                if not watch.client_left():
                    raise

    async def _respond(self, scope: Scope, send: Send) -> None:
        conditions = _headers(scope, (b"if-none-match", b"if-modified-since", b"accept-encoding"))
        encoding = encodings(conditions.get("accept-encoding", ""))
        if_none_match = conditions.get("if-none-match", "")
        if if_none_match:
            etag = variant(self._answers.etag(self._job), encoding)
            if etag and none_match(if_none_match, etag):
                await self._not_modified(send, etag)
                return
        client = scope["client"][0] if scope.get("client") else ""
        answer = await self._answers.get(
            self._job, timeout=self._timeout, client=client, reserved=self._reserved
        )
        etag = variant(answer.etag, encoding)
        if etag and self._unchanged(if_none_match, conditions.get("if-modified-since", "")):
            await self._not_modified(send, etag)
        elif answer.rest is None:
            await send(self._start(answer, etag, len(answer.body)))
            await send({"type": "http.response.body", "body": answer.body})
        else:
            async with contextlib.aclosing(answer.rest):
                await self._stream(scope, send, answer, etag, answer.rest)

    def _unchanged(self, if_none_match: str, if_modified_since: str) -> bool:
        """The conditions that hold only for an answer that exists, so it was evaluated first."""
        if if_none_match:
            return if_none_match.strip() == "*"
        return bool(if_modified_since) and not_modified_since(
            if_modified_since, self._answers.modified
        )

    async def _not_modified(self, send: Send, etag: str) -> None:
        headers = _validators(etag, self._answers.last_modified)
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body"})

    def _start(self, answer: Named, etag: str, length: int | None) -> Message:
        headers = answer_headers(
            answer,
            etag,
            self._answers.last_modified,
            name=self._name,
            links=self._links,
            length=length,
        )
        return {"type": "http.response.start", "status": 200, "headers": headers}

    async def _stream(
        self, scope: Scope, send: Send, answer: Named, etag: str, rest: AsyncGenerator[bytes]
    ) -> None:
        if scope["http_version"] < "1.1":
            raise HttpVersionTooOld(
                "The answer is too large to be sent to an HTTP/1.0 client, which could not tell a "
                "cut answer from a whole one. Use HTTP/1.1."
            )
        await send(self._start(answer, etag, None))
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body"})
            return
        await send({"type": "http.response.body", "body": answer.body, "more_body": True})
        try:
            async for chunk in rest:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except GbaGraphError as problem:
            log.warning("answer cut: %s", problem.message)
            raise CutAnswer(problem.message) from None
        await send({"type": "http.response.body"})


class _Watch:
    """Cancels the task it was made in when the client leaves."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._watcher: asyncio.Task[None] | None = None
        self._left = False

    def __enter__(self) -> Self:
        self._task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(_WATCH_AFTER, self._begin)
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()

    def _begin(self) -> None:
        self._watcher = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._left = True
        if self._task is not None:
            self._task.cancel()

    def client_left(self) -> bool:
        """Whether the cancellation was this watch's; then it is over with."""
        if self._left and self._task is not None:
            self._task.uncancel()
        return self._left


def _headers(scope: Scope, names: tuple[bytes, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name in names:
            key = name.decode()
            found[key] = (
                f"{found[key]}, {value.decode('latin-1')}"
                if key in found
                else value.decode("latin-1")
            )
    return found


def encodings(accept_encoding: str) -> str:
    """*accept_encoding* where it names a coding that we make, else empty, as without the header."""
    lower = accept_encoding.lower()
    return accept_encoding if any(map(lower.__contains__, _CODINGS)) else ""


def variant(etag: str, encoding: str) -> str:
    """The tag of the answer in one of the *encodings* of this client: other bytes, so another tag."""
    if not etag or not encoding:
        return etag
    return f'{etag[:-1]}-{blake2b(encoding.encode(), digest_size=4).hexdigest()}"'
