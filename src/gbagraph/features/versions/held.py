"""The releases that are held for requests: opened by the first, a few at a time, the least used goes."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from gbagraph import feature, publication
from gbagraph.dataset import identity as dataset
from gbagraph.dataset.loader import load_release
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.engine import JobOptions, Query
from gbagraph.engine.beside import ASK, REPLY, Question, Reply, decode_question, encode
from gbagraph.engine.source import Files, Held
from gbagraph.errors import GbaGraphError, ResultTooLarge, ServerBusy
from gbagraph.features.versions import VersionSettings
from gbagraph.features.versions.history import Version, find, history
from gbagraph.rdf.namespaces import BASE
from gbagraph.setting import LONGEST, OWN, SHORTEST, AllowedService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from gbagraph.engine import Engine
    from gbagraph.engine.connection import Context
    from gbagraph.engine.source import Prepare
    from gbagraph.publication import Publication
    from gbagraph.settings import Settings

_LOOK_EVERY: Final = 0.05
"""Seconds between two looks whether one can be given up, while all releases that are held are in use."""
_OPENING: Final = 30.0
"""Seconds in which a release is opened; usually it takes a tenth of one."""
_PART: Final = 8
"""The part of the memory for answers that each release has: an eighth."""
_LARGEST: Final = 64
"""Megabytes of an answer of a release to one clause."""
_JSON: Final = "application/sparql-results+json"
_EVERYWHERE: Final = ("", "0.0.0.0", "::")  # noqa: S104  nothing is bound by this
_LOCAL: Final = ("127.0.0.1", "localhost", "::1")
"""Names of the machine for itself, where all of its addresses are listened on, or one of these."""


class Kept(Files, frozen=True, tag="gbagraph.features.versions.held:Kept"):
    """A kept release, whatever files there are: its version is the only path."""

    def load(self, prepare: Prepare) -> Held:
        """Load the release."""
        store, description = load_release(cast("dataset.Release", dataset.kept(self.paths[0])))
        prepare(store)
        return Held(store, description)


class Release:
    """A version that is held: its *engine*, a cache for its answers, and what is *published* of it."""

    def __init__(self, engine: Engine, published: Publication, settings: Settings) -> None:
        self.engine, self.published = engine, published
        self.cache = ResultCache(engine, settings.cache_size // _PART)
        self.responder: Any = None
        self.users = 0

    @property
    def is_idle(self) -> bool:
        """Whether nobody uses it: no request, and no answer that is still being sent."""
        return not self.users and not self.engine.running


class Releases:
    """The releases beside an engine: at most as many as *settings* say are held at once.

    It provides them to queries, too: where one calls a release with SERVICE, its worker asks here.
    """

    kind = ASK
    counted_as = "release_questions"
    is_evaluator = False

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._most = settings.of(VersionSettings).releases_held
        self._held: OrderedDict[str, Release] = OrderedDict()
        """By name, the one that was used last at the end."""
        self._opening = asyncio.Lock()
        self._present: Release | None = None

    async def start(self, engine: Engine) -> None:
        """Begin to provide for *engine*."""
        self._engine = engine

    async def stop(self) -> None:
        """Give up all releases."""
        while self._held:
            await self._give_up(next(iter(self._held)))

    def figures(self) -> Iterator[Any]:
        """Return nothing: what releases are asked is counted with all else."""
        return iter(())

    async def versions(self) -> tuple[Version, ...]:
        """Return all versions that there are, the oldest first."""
        return await asyncio.to_thread(history, self._engine.description)

    @asynccontextmanager
    async def using(self, version: Version) -> AsyncIterator[Release]:
        """Hold a *version* for as long as the context is entered.

        Raises:
            ServerBusy: as many releases as may be held are in use, and none became free in time.
        """
        if version.is_present:
            yield self._served()
            return
        published = self.published(version)
        opened = partial(self._engine.beside, Kept((version.name,)), published)
        async with self.holding(version.name, opened, published) as release:
            yield release

    @asynccontextmanager
    async def holding(
        self, name: str, opened: Callable[[], Engine], published: Publication
    ) -> AsyncIterator[Release]:
        """Hold what has this *name*, for which *opened* makes the engine where it is not held yet.

        Raises:
            ServerBusy: as :meth:`using`.
        """
        release = self._held.get(name)
        if release is None or release.engine.failed.done():
            release = await self._opened(name, opened, published)
        self._held.move_to_end(name)
        release.users += 1
        try:
            yield release
        finally:
            release.users -= 1

    def published(self, version: Version) -> Publication:
        """Return what is published of a version: it has its own queries."""
        now = publication.current()
        if version.is_present:
            return now
        return replace(now, queries=str(dataset.queries_file(version.name)))

    def _served(self) -> Release:
        if self._present is None:
            self._present = Release(self._engine, publication.current(), self.settings)
        return self._present

    async def _opened(
        self, name: str, opened: Callable[[], Engine], published: Publication
    ) -> Release:
        async with self._opening:
            if (held := self._held.get(name)) is not None:
                if not held.engine.failed.done():
                    return held
                await self._give_up(name)
            await self._make_room()
            engine = opened()
            try:
                async with asyncio.timeout(_OPENING):
                    await engine.pool.start()
            except TimeoutError:
                raise _busy(f"{name} could not be opened", _OPENING) from None
            self._held[name] = release = Release(engine, published, self.settings)
            return release

    async def _make_room(self) -> None:
        limit = self.settings.query_timeout
        until = time.monotonic() + limit
        while len(self._held) >= self._most:
            if idle := [name for name, each in self._held.items() if each.is_idle]:
                await self._give_up(idle[0])
            elif time.monotonic() >= until:
                raise _busy(f"All {self._most} releases that are held are in use", limit)
            else:
                await asyncio.sleep(_LOOK_EVERY)

    async def _give_up(self, name: str) -> None:
        await self._held.pop(name).engine.pool.stop()

    def open(self, payload: bytes, context: Context) -> _Asked:
        """Begin to answer the queries that a worker has for a version."""
        return _Asked(self, decode_question(payload), context)

    async def answer(self, question: Question, query: str, seconds: float) -> bytes:
        """Return the answer of a version to a *query*, in SPARQL results JSON.

        Raises:
            GbaGraphError: there is none, or it takes too long or too much.
        """
        version = find(question.dataset, await self.versions())
        options = JobOptions("SERVICE", max(0.0, seconds), is_reserved=True)
        async with self.using(version) as release:
            answer = await release.engine.answer(Query(query, {"solutions": _JSON}), options)
            body = bytearray(answer.body)
            try:
                async for block in answer:
                    body += block
                    if len(body) > question.size:
                        break
            finally:
                answer.close()
        if len(body) > question.size:
            raise ResultTooLarge(
                f"Version {version.name} answered with more than {question.size} bytes, the most that "
                "is taken. Ask it for less: bind more terms, or use LIMIT inside of SERVICE.",
                limit=question.size,
            )
        return bytes(body)


class _Asked:
    """The queries of a worker for a version, which are answered one after another."""

    def __init__(self, releases: Releases, question: Question, context: Context) -> None:
        self._task = asyncio.create_task(self._answer(releases, question, context))

    async def _answer(self, releases: Releases, question: Question, context: Context) -> None:
        until = time.monotonic() + context.seconds
        for query in question.queries:
            try:
                body = await releases.answer(question, query, until - time.monotonic())
                reply = Reply(body)
            except GbaGraphError as problem:
                reply = Reply(b"", problem.name, problem.message, problem.details)
            context.connection.send(REPLY, encode(reply))

    def close(self) -> bool:
        """End it; whether it had ended."""
        is_done = self._task.done()
        self._task.cancel()
        return is_done


def _busy(what: str, limit: float) -> ServerBusy:
    return ServerBusy(f"{what} within {limit:g} seconds. Try again later.", limit=limit)


def providers(settings: Settings, _: object) -> Iterator[Releases]:
    """Provide the releases of what these *settings* serve."""
    yield Releases(settings)


def services(settings: Settings) -> Iterator[AllowedService]:
    """Yield the releases, each under all addresses that are this server's by its *settings*."""
    if "federation" not in feature.present() or not publication.current().is_own:
        return
    for base in _bases(settings):
        for version in dataset.releases():
            yield AllowedService(
                iri=f"{base}/versions/{version}/sparql",
                name=f"release {version}",
                address=f"{OWN}{version}",
                timeout=min(max(settings.query_timeout, SHORTEST), LONGEST),
                size=_LARGEST,
            )


def _bases(settings: Settings) -> Iterator[str]:
    """That which the operator sets, the permanent address, and that which is listened on."""
    if settings.public_url:
        yield settings.public_url.rstrip("/")
    yield BASE.rstrip("/")
    is_local = settings.host in (*_EVERYWHERE, *_LOCAL)
    for host in _LOCAL if is_local else (settings.host,):
        name = f"[{host}]" if ":" in host else host
        yield f"http://{name}:{settings.port}{settings.root_path}"


def of_engine(engine: Engine) -> Releases:
    """Return the releases beside *engine*."""
    return cast("Releases", engine.providers[ASK])


@asynccontextmanager
async def version(engine: Engine, name: str) -> AsyncIterator[ResultCache]:
    """Hold a version of what *engine* serves, and answer as if that was published; give its answers.

    Raises:
        UnknownResource: there is no such version.
    """
    releases = of_engine(engine)
    async with releases.using(find(name, await releases.versions())) as release:
        with publication.as_if(release.published):
            yield release.cache
