"""The application in this process, without a socket: what a site asks for each of its addresses."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

from gbagraph import feature, publication
from gbagraph.composition import check_queries, engine_of, published
from gbagraph.endpoint.request import Addresses
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.web.app import Application

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from gbagraph.engine import Engine
    from gbagraph.settings import Settings

NEEDS_SERVER: Final = ("answers", "causes", "federation", "operations", "reconcile")
"""The features that only a server can have; without them, no page names what they bring."""

AT_ONCE: Final = 6
"""Requests at once, which keep two processors busy."""
_PEER: Final = ("127.0.0.1", 1)


class Answer(NamedTuple):
    """A response: its status, its header fields by their names in lower case, and its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Asking:
    """Answers requests as a server at *base* does; *engine* evaluates what they ask."""

    def __init__(self, engine: Engine, settings: Settings, base: str) -> None:
        self.engine, self.base = engine, base.rstrip("/")
        self._addresses = Addresses(self.base)
        self._responder = Application(
            ResultCache(engine, settings.cache_size), self._addresses, settings
        ).responder

    async def ask(self, path: str, accept: str = "*/*", language: str = "en") -> Answer:
        """Return the answer to GET of a *path* below the base, which may have a query string."""
        target, _, query = path.partition("?")
        prefix = self._addresses.prefix  # in front: what is below may begin with the same words
        headers = [(b"accept", accept.encode()), (b"accept-language", language.encode())]
        request = self._addresses.request(
            "GET", prefix + unquote(target), query.encode(), headers, peer=_PEER, local=None
        )
        response = await self._responder.respond(request)
        try:
            body = bytearray(response.body)
            if response.stream is not None:
                async for block in response.stream:
                    body += block
        finally:
            response.close()
        return Answer(response.status, _joined(response.headers), bytes(body))


def _joined(fields: list[tuple[bytes, bytes]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in fields:
        key, text = name.decode(), value.decode("latin-1")
        joined[key] = f"{joined[key]}, {text}" if key in joined else text
    return joined


@asynccontextmanager
async def asking(settings: Settings, base: str) -> AsyncIterator[Asking]:
    """Publish what *settings* say, without what needs a server, and give what answers as at *base*.

    Raises:
        SettingError: a setting is wrong.
        DatasetError: there is no such release or file.
    """
    feature.leave_out((*settings.without, *NEEDS_SERVER))
    publication.use(published(settings))
    async with engine_of(settings) as engine:
        await check_queries(engine)
        yield Asking(engine, settings, base)
