"""The endpoints that hold the data, where it is not this server: replicas, asked in turns.

The operator of the server has named them, wherever they are. A question goes to the replica that
has the fewest, and to another one if that fails before an answer is well under way. Whether a replica is
there is asked every few seconds; one that keeps failing is left alone for a while. Of several, and of
servers behind a proxy that names them, those answer that hold the version that is described.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Final

import httpx

from gbagraph import tracing
from gbagraph._version import user_agent
from gbagraph.breaker import CircuitBreaker
from gbagraph.engine.connection import Figure
from gbagraph.errors import EngineFailed, GbaGraphError, QuerySyntaxError, QueryTimeout
from gbagraph.features.remote import access
from gbagraph.features.remote.access import limit_parameter
from gbagraph.features.remote.contents import VERSION, server_in, version_in
from gbagraph.features.remote.questions import (
    ASK,
    BlockAnswer,
    Feed,
    Question,
    excerpt,
)
from gbagraph.text import public

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from gbagraph.engine import Engine
    from gbagraph.engine.connection import Context
    from gbagraph.tracing import Span


log = logging.getLogger("gbagraph.engine")

_HELD: Final = 256 * 1024
"""Bytes of an answer that are read before any is passed on: until then another replica can give it."""
_CONNECT: Final = 2.0
_CHECK_EVERY: Final = 5.0
_CHECK: Final = Question("ASK {}")
_FRESH: Final = 1.0
"""Seconds for which is relied on what a server said of its version."""
_TURNS: Final = 8
"""Questions until one of them has reached a certain server behind a proxy."""
_CONNECTIONS: Final = 256
_ELSEWHERE: Final = frozenset({429, 502, 503, 504})
"""Statuses of a replica that cannot answer now, while another one may."""
_PARTIAL: Final = "x-sql-state"
"""The header field by which Virtuoso says that it stopped at its limit and sent a part of it."""
_FIGURES: Final = (
    ("up", "is_up", "Whether the engine answers.", False),
    ("running", "running", "Questions that it is answering.", False),
    ("asked", "asked", "Questions that it was asked.", True),
    ("failures", "failures", "Questions that it did not answer.", True),
)
"""What there is to say of each replica: name, field, meaning, and whether it only grows."""


class _Unable(Exception):
    """A replica cannot answer, while another one may."""


@dataclass(slots=True)
class Replica:
    """One endpoint: its connections, how many questions it has, and how those before it ended."""

    url: str
    client: httpx.AsyncClient
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    running: int = 0
    asked: int = 0
    failures: int = 0
    is_up: bool = True
    last: int = 0
    versions: dict[str, tuple[str, float]] = field(default_factory=dict)
    """What each server behind it, "" if it is one, said of its version, and when."""

    @property
    def shown(self) -> str:
        """Its address as others may see it: a parameter may be a key."""
        return public(self.url)

    def said(self, server: str) -> str:
        """Return what *server* said lately of its version; empty if it did not."""
        said, when = self.versions.get(server, ("", 0.0))
        return said if monotonic() - when < _FRESH else ""

    def note(self, *, is_up: bool, why: str = "") -> None:
        """Note whether it is there, and log a change."""
        if is_up != self.is_up:
            level = logging.INFO if is_up else logging.WARNING
            log.log(
                level, "engine %s %s", self.shown, "is there again" if is_up else f"fails: {why}"
            )
        self.is_up = is_up


class Replicas:
    """The endpoints *urls*, which get time limits in the parameter *timeout*, as ``timeout={ms}``.

    They are asked in the name of an operator with this *contact*.

    Raises:
        SettingError: *timeout* is no such parameter, or the environment has no whole credentials.
    """

    kind = ASK
    counted_as = "engine_questions"
    is_evaluator = True

    def __init__(self, urls: Sequence[str], timeout: str = "", contact: str = "") -> None:
        self._parameter, self._limit = limit_parameter(timeout)
        self.replicas = tuple(Replica(url, _client(contact)) for url in urls)
        self._turns = count(1)
        self._version = ""
        self._task: asyncio.Task[None] | None = None

    async def start(self, engine: Engine) -> None:  # noqa: ARG002  any has the same replicas
        """Begin to ask whether the replicas are there."""
        self._task = asyncio.create_task(self._keep_checking())

    async def stop(self) -> None:
        """Close all connections."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for replica in self.replicas:
            await replica.client.aclose()

    def figures(self) -> Iterator[Figure]:
        """Return the figures of each replica."""
        for name, attribute, meaning, is_counted in _FIGURES:
            values = [(each.shown, int(getattr(each, attribute))) for each in self.replicas]
            yield Figure(f"engine_{name}", meaning, "engine", values, is_counted)

    def open(self, payload: bytes, context: Context) -> Feed:
        """Begin to answer the question of a worker."""
        return Feed(self.ask, payload, context)

    @asynccontextmanager
    async def ask(self, question: Question, seconds: float) -> AsyncIterator[BlockAnswer]:
        """Give the answer to *question*, which begins within *seconds*.

        Raises:
            QuerySyntaxError: the engine says that it is no query.
            QueryTimeout: it did not begin to answer in time, or stopped at its own limit.
            EngineFailed: no replica gave an answer. So does the iteration of an answer that breaks off.
        """
        async with contextlib.AsyncExitStack() as held:
            try:
                async with asyncio.timeout(seconds):
                    answer = await self._first(question, seconds, held)
            except TimeoutError:
                raise QueryTimeout(
                    f"The engine did not begin to answer within {seconds:g} seconds. Ask for less: bind "
                    "more terms, join patterns on shared variables, and use LIMIT inside subselects.",
                    limit=seconds,
                ) from None
            yield answer

    async def version(self, seconds: float) -> str:
        """Return the version to ask for: that of the first to answer; empty of a single server."""
        if len(self.replicas) == 1:
            async with self.ask(_CHECK, seconds) as answer:
                if not answer.server:
                    return ""
        async with self.ask(VERSION, seconds) as answer:
            return await version_in(answer)

    async def _first(
        self, question: Question, seconds: float, held: contextlib.AsyncExitStack
    ) -> BlockAnswer:
        """The answer of the first replica that gives one; *held* is to close it."""
        fields, end, why = _fields(question), monotonic() + seconds, ""
        # One more than there are: a connection that was kept may have been closed meanwhile.
        tried: list[Replica] = []
        servers = max(len(self.replicas), *(len(each.versions) for each in self.replicas))
        for _ in range(servers + 1):
            replica = self._chosen(tried)
            if replica is None:
                break
            tried.append(replica)
            try:
                sent = fields | self._time_limit(end - monotonic())
                async with contextlib.AsyncExitStack() as one:
                    answer = await one.enter_async_context(_asked(replica, sent, question.accept))
                    await self._require(replica, answer.server, question.version)
                    replica.breaker.succeeded()
                    replica.note(is_up=True)
                    held.push_async_exit(one.pop_all())
                    return answer
            except _Unable as problem:
                why = str(problem)
                replica.failures += 1
                replica.breaker.failed()
                replica.note(is_up=False, why=why)
        raise EngineFailed(f"No engine behind this server answers now. {why}".strip())

    def _chosen(self, tried: Sequence[Replica]) -> Replica | None:
        """The replica to ask next: one that was not *tried*, is there, and has the fewest questions."""
        order = sorted(
            self.replicas,
            key=lambda each: (tried.count(each), not each.is_up, each.running, each.last),
        )
        for replica in order:
            if not replica.breaker.refused_for():
                replica.last = next(self._turns)
                return replica
        return None

    async def _require(self, replica: Replica, server: str, version: str) -> None:
        """Raise _Unable unless *server* of *replica* holds *version*, if that is not empty."""
        self._version = version or self._version
        for _ in range(_TURNS if version else 0):
            if replica.said(server):
                break
            await _learn(replica)
        if version and (said := replica.said(server)) != version:
            named = " by way of ".join(filter(None, (replica.shown, server)))
            raise _Unable(
                f"{named} holds version {said or 'unknown'}, and this server describes {version}. "
                "Publish the same data to all engines, then restart this server."
            )

    async def _check(self, replica: Replica) -> None:
        """Ask *replica* for next to nothing, and note whether it is there."""
        try:
            async with asyncio.timeout(_CONNECT):
                if not self._version:
                    async with _asked(replica, _fields(_CHECK), _CHECK.accept):
                        pass
                else:
                    server = await _learn(replica)
                    await self._require(replica, server, self._version)
                replica.breaker.succeeded()
                replica.note(is_up=True)
        except (_Unable, GbaGraphError, TimeoutError) as problem:
            replica.note(is_up=False, why=str(problem) or "no answer within two seconds")

    def _time_limit(self, left: float) -> dict[str, str]:
        """The field that says to the engine how many seconds are *left*."""
        if not self._parameter:
            return {}
        whole = {"ms": max(1, int(left * 1000)), "s": max(1, int(left))}
        return {self._parameter: self._limit.format(**whole)}

    async def _keep_checking(self) -> None:
        while True:
            await asyncio.gather(*map(self._check, self.replicas))
            await asyncio.sleep(_CHECK_EVERY)


def _fields(question: Question) -> dict[str, str | list[str]]:
    return {
        "query": question.text,
        "default-graph-uri": list(question.default_graphs or ()),
        "named-graph-uri": list(question.named_graphs or ()),
    }


async def _learn(replica: Replica) -> str:
    """Ask a server of *replica* for its version, note it, and return which server it was."""
    async with _asked(replica, _fields(VERSION), VERSION.accept) as answer:
        replica.versions[answer.server] = await version_in(answer), monotonic()
        return answer.server


def _client(contact: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(None, connect=_CONNECT),
        limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=64),
        headers={"user-agent": user_agent(contact)},
        auth=access.of_environment(),
    )


@asynccontextmanager
async def _asked(
    replica: Replica, fields: dict[str, str | list[str]], accept: str
) -> AsyncIterator[BlockAnswer]:
    """The answer of *replica* once it is well under way; raises _Unable if another one may give it."""
    replica.running += 1
    replica.asked += 1
    try:
        async with _response(replica, fields, accept) as response:
            if response.status_code != httpx.codes.OK:
                raise await _refusal(replica, response)
            if _PARTIAL in response.headers:
                raise QueryTimeout(
                    "The engine stopped at its limit and sent a part of the answer, which is not "
                    "passed on. Ask for less: bind more terms, and use LIMIT inside subselects."
                )
            blocks = response.aiter_bytes()
            first = await _begun(replica, blocks)
            named = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            server = server_in(response.headers)
            yield BlockAnswer(named, _all(replica, first, blocks), server)
    finally:
        replica.running -= 1


@asynccontextmanager
async def _response(
    replica: Replica, fields: dict[str, str | list[str]], accept: str
) -> AsyncIterator[httpx.Response]:
    span = _span(replica)
    headers = {"accept": accept, **tracing.passed_on(span)}
    request = replica.client.build_request("POST", replica.url, data=fields, headers=headers)
    try:
        response = await replica.client.send(request, stream=True)
    except httpx.TransportError as problem:
        tracing.end(span, error=type(problem).__name__)
        raise _Unable(_reason(replica, problem)) from None
    except BaseException:  # the query ends
        tracing.end(span, error="cancelled")
        raise
    try:
        yield response
    finally:
        await response.aclose()
        code = response.status_code
        attributes = {"http.response.status_code": code}
        tracing.end(span, attributes, error=str(code) if response.is_error else "")


def _span(replica: Replica) -> Span | None:
    """The span of a question, by the conventions for clients of HTTP; checks of health have none."""
    if not tracing.is_part():
        return None
    url = httpx.URL(replica.url)
    attributes: dict[str, tracing.Value] = {
        "http.request.method": "POST",
        "url.full": replica.shown,
        "server.address": url.host,
        "server.port": url.port or (443 if url.scheme == "https" else 80),
    }
    return tracing.begin("POST", "client", attributes)


async def _begun(replica: Replica, blocks: AsyncIterator[bytes]) -> bytes:
    """The first bytes of an answer: all of a small one."""
    begun = bytearray()
    try:
        async for block in blocks:
            begun += block
            if len(begun) >= _HELD:
                break
    except httpx.TransportError as problem:
        raise _Unable(_reason(replica, problem)) from None
    return bytes(begun)


async def _all(
    replica: Replica, first: bytes, blocks: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    yield first
    try:
        async for block in blocks:
            yield block
    except httpx.TransportError as problem:
        replica.failures += 1
        raise EngineFailed(
            f"The answer of the engine broke off. {_reason(replica, problem)} Ask again."
        ) from None


async def _refusal(replica: Replica, response: httpx.Response) -> Exception:
    """The error for a response that is no success, with what the engine itself says."""
    status = f"{response.status_code} {response.reason_phrase}".strip()
    said = ""
    with contextlib.suppress(httpx.HTTPError):
        said = excerpt((await response.aread()).decode(errors="replace"))
    if response.status_code in _ELSEWHERE:
        return _Unable(f"{replica.shown} answered {status}. {said}".strip())
    if response.status_code == httpx.codes.BAD_REQUEST:
        return QuerySyntaxError(f"The engine does not take the query: {said or status}")
    return EngineFailed(f"The engine answered {status}. {said}".strip(), engine=replica.shown)


def _reason(replica: Replica, problem: httpx.TransportError) -> str:
    return f"{replica.shown}: {str(problem) or type(problem).__name__}."
