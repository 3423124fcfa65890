"""Whole responses by the bytes of the request: the same question gets the same bytes at once.

A response that is a function of the dataset (it has an ETag) and of the request alone can be given
again without reading the request. Nothing is looked up twice, so a repeated request costs about as
much as reading and writing a socket.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

RAW_REQUEST: Final = "gbagraph.raw_request"
"""Key of the request's bytes in the ASGI scope, where the server gives them."""

_LARGEST: Final = 256 * 1024
_REMEMBERED: Final = 10_000
_OVERHEAD: Final = 512
STATUS: Final = {200: b"HTTP/1.1 200 OK\r\n", 304: b"HTTP/1.1 304 Not Modified\r\n"}


class HotResponses:
    """A memory of *megabytes* for responses, the least recently used dropped first."""

    def __init__(self, megabytes: int) -> None:
        self._room = megabytes * 1024 * 1024
        self._size = 0
        self._kept: OrderedDict[bytes, tuple[bytes, bytes]] = OrderedDict()
        self._seen: OrderedDict[int, None] = OrderedDict()

    def get(self, request: bytes) -> tuple[bytes, bytes] | None:
        """The response to these bytes as (status line, the rest); a Date header goes between."""
        found = self._kept.get(request)
        if found is not None:
            self._kept.move_to_end(request)
        return found

    def keep(self, request: bytes, status: int, rest: bytes) -> None:
        """Keep a response that will be the same as long as the dataset is: headers and body in *rest*.

        What is asked for the first time is only noted: what is asked once is not worth the room.
        """
        size = _size(request, rest)
        if size > min(_LARGEST, self._room) or request in self._kept:
            return
        if self._is_new(request):
            return
        self._kept[request] = (STATUS[status], rest)
        self._size += size
        while self._size > self._room:
            key, (_, dropped) = self._kept.popitem(last=False)
            self._size -= _size(key, dropped)

    def _is_new(self, request: bytes) -> bool:
        """Whether the request was not seen lately."""
        name = hash(request)
        new = name not in self._seen
        self._seen[name] = None
        self._seen.move_to_end(name)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return new

    def watch(
        self, request: bytes, send: Callable[[MutableMapping[str, Any]], Awaitable[None]]
    ) -> Callable[[MutableMapping[str, Any]], Awaitable[None]]:
        """A *send* that keeps the response to *request* when it is one that can be kept."""
        start: MutableMapping[str, Any] = {}

        async def send_and_keep(message: MutableMapping[str, Any]) -> None:
            nonlocal start
            await send(message)
            if message["type"] == "http.response.start":
                start = message
            elif start and not message.get("more_body") and _keepable(start):
                lines = b"".join([b"%b: %b\r\n" % pair for pair in start["headers"]])
                rest = b"%b\r\n%b" % (lines, message.get("body", b""))
                self.keep(request, start["status"], rest)
            else:
                start = {}

        return send_and_keep


def _size(*parts: bytes) -> int:
    """Bytes that an entry takes, with what Python adds to them."""
    return _OVERHEAD + sum(map(len, parts))


def _keepable(start: MutableMapping[str, Any]) -> bool:
    """Whether a response with this start is whole in one message and has an entity tag."""
    names = {name for name, _ in start["headers"]}
    whole = start["status"] == 304 or (start["status"] == 200 and b"content-length" in names)
    return whole and b"etag" in names
