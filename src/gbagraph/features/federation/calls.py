"""Calls of other endpoints over HTTP, within the limits of each: what the gateway does.

Only allowed endpoints are called, at addresses of which
:mod:`gbagraph.features.federation.endpoints` decides. No redirect is followed, no cookie and no
credential is sent, no proxy of the environment is used. What an endpoint says of its failure, and
addresses, are notes of errors, which go to the log and not to clients.
"""

from __future__ import annotations

import asyncio
import random
import re
import ssl
import zlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from math import ceil
from time import monotonic
from traceback import format_exc
from typing import TYPE_CHECKING, Final, NoReturn

import certifi
import httpx
from msgspec.structs import replace

from gbagraph.breaker import CircuitBreaker
from gbagraph.errors import GbaGraphError, ServiceFailed, ServiceNotAllowed, ServiceTimeout
from gbagraph.features.federation.endpoints import NotPublic, lifetime, literal, pause_of, resolve
from gbagraph.features.federation.messages import Reply, Sender, failure
from gbagraph.lru import LruCache
from gbagraph.paths import in_one_line
from gbagraph.settings import MEGABYTE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from gbagraph.features.federation.messages import Call
    from gbagraph.setting import AllowedService

    _Fields = Mapping[str, str]
    """Header fields."""


_CACHE: Final = 32 * MEGABYTE
"""Bytes of answers that are kept, of all endpoints together."""
_LONGEST_TARGET: Final = 2000
"""Characters of the longest address: a longer query is sent by POST."""
_ATTEMPTS: Final = 3
_PAUSE: Final = 0.2
"""Seconds before a second attempt, at least; before a third, twice as many."""
_AGAIN: Final = frozenset({429, 502, 503, 504})
"""Statuses after which the same request may succeed (RFC 9110, section 15.6; RFC 6585, section 4)."""
_HEADERS: Final = {
    "accept": "application/sparql-results+json, application/sparql-results+xml;q=0.9",
    "accept-encoding": "gzip",
}
_RESULTS: Final = {
    "application/sparql-results+json": "json",
    "application/json": "json",
    "application/sparql-results+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
}
_NAME: Final = re.compile(r"[\w.+/-]{1,60}")
"""A media type or a content coding that may be named."""
_EXCERPT: Final = 200
"""Characters of what an endpoint says of its failure that are logged."""


class _Fault(Exception):
    """An attempt failed by the fault of the endpoint; if it *passes*, another attempt may not."""

    def __init__(self, why: ServiceFailed, *, passes: bool = False) -> None:
        super().__init__(why.message)
        self.why, self.passes = why, passes


class Caller:
    """Calls the endpoints *services*, in the name of *sender*.

    Answers are kept as long as they themselves say. :meth:`close` closes all connections.
    """

    def __init__(self, services: Sequence[AllowedService], sender: Sender) -> None:
        self._cache: LruCache[tuple[str, str], tuple[float, Reply]] = LruCache(
            _CACHE, lambda entry: len(entry[1].body) + _LONGEST_TARGET
        )
        context = ssl.create_default_context()
        context.load_verify_locations(certifi.where())
        self._endpoints = {each.iri: _Endpoint(each, context, sender) for each in services}

    async def call(self, call: Call, number: int = 0) -> Reply:
        """Return the reply to the query of a *call* with this *number*.

        It is there in the time of the call, or less if the endpoint's own limit is shorter. What goes
        wrong is in the reply.
        """
        iri, query = call.endpoint, call.queries[number]
        endpoint = self._endpoints.get(iri)
        if endpoint is None:
            return failure(number, ServiceNotAllowed(f"<{iri}> is not called by this server."))
        kept = self._cache.get((iri, query))
        if kept is not None and kept[0] > monotonic():
            return replace(kept[1], number=number, is_cached=True)
        started = monotonic()
        endpoint.until = max(endpoint.until, call.until)
        passed = {**call.trace, "via": call.via}
        try:
            reply, seconds_kept = await endpoint.call(query, call.seconds, passed)
        except GbaGraphError as problem:
            failed = failure(number, problem)
            return replace(failed, seconds=monotonic() - started, until=endpoint.until)
        except Exception:  # what waits needs an answer, whatever it was  # noqa: BLE001
            unexpected = ServiceFailed(f"The call of <{iri}> failed.", endpoint=iri)
            unexpected.add_note(format_exc())
            return failure(number, unexpected)
        if seconds_kept:
            self._cache.put((iri, query), (monotonic() + seconds_kept, reply))
        return replace(reply, number=number, seconds=monotonic() - started)

    async def close(self) -> None:
        """Close all connections."""
        for endpoint in self._endpoints.values():
            await endpoint.client.aclose()


class _Endpoint:
    """One endpoint: its connections, its limits, how its last calls ended, and its pause.

    It is not called *until* the time for which it has asked, by the clock of :func:`monotonic`. It has
    a client of its own, since connections are kept by address, and two endpoints that share one must not
    share connections, for which one certificate was checked.
    """

    def __init__(self, service: AllowedService, context: ssl.SSLContext, sender: Sender) -> None:
        self._service = service
        self._sender = sender
        self._room = asyncio.Semaphore(service.parallel)
        self._breaker = CircuitBreaker()
        self.until = 0.0
        self._largest = service.size * MEGABYTE
        self.client = httpx.AsyncClient(
            verify=context,
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=None,  # noqa: S113  one limit for all of it, in call()
            limits=httpx.Limits(max_connections=service.parallel),
        )

    async def call(self, query: str, seconds: float, passed: _Fields) -> tuple[Reply, float]:
        """The answer, and for how many seconds it may be kept. Raises ServiceFailed.

        The header fields that are *passed* on are sent with it.
        """
        limit = min(seconds, self._service.timeout)
        turn = deadline = monotonic() + limit
        try:
            async with asyncio.timeout(limit), self._room:
                await self._may_call(deadline)
                if pause := self._breaker.refused_for():
                    raise self._failed(
                        "was not called: its last calls failed. It is tried again in "
                        f"{ceil(pause)} seconds.",
                        retry_after=ceil(pause),
                    )
                turn = monotonic()
                reply = await self._attempts(query, passed, deadline)
        except TimeoutError:
            late = ServiceTimeout(
                f"{self._service.shown} did not answer within {limit:g} seconds. Ask it for less: bind "
                "more terms, or use LIMIT in a subselect inside of SERVICE.",
                endpoint=self._service.iri,
                limit=limit,
            )
            # A query with little time left says nothing of the endpoint, nor does one that waited.
            is_fault = monotonic() - turn >= self._service.timeout / 2
            raise (self._counted(late) if is_fault else late) from None
        except _Fault as problem:
            raise self._counted(problem.why) from None
        self._breaker.succeeded()
        return reply

    def _counted(self, why: ServiceFailed) -> ServiceFailed:
        """Count a failure of the endpoint; return *why*, with the pause that begins with it."""
        self._breaker.failed()
        if pause := self._breaker.refused_for():
            why.details["retry_after"] = max(why.details.get("retry_after", 0), ceil(pause))
        return why

    async def _may_call(self, deadline: float) -> None:
        """Wait for the end of the pause; raises ServiceFailed if that is not before *deadline*."""
        while (pause := self.until - monotonic()) > 0:
            if self.until >= deadline:
                raise self._failed(f"was not called. {self._pause()}", retry_after=ceil(pause))
            await asyncio.sleep(pause)

    def _pause(self) -> str:
        """A sentence that says for how long the endpoint has asked not to be called."""
        pause = timedelta(seconds=ceil(self.until - monotonic()))
        end = (datetime.now(UTC) + pause).isoformat(" ", "seconds").replace("+00:00", " UTC")
        left = f"{pause.total_seconds():.0f} seconds"
        return f"It asked not to be called until {end}: ask again in {left}."

    async def _attempts(self, query: str, passed: _Fields, deadline: float) -> tuple[Reply, float]:
        """The answer of the first attempt that gets one: a query changes nothing, so it is repeated.

        There is no further attempt where its pause would take longer than until *deadline*.
        """
        for attempt in range(1, _ATTEMPTS):
            try:
                return await self._attempt(query, passed, attempt)
            except _Fault as problem:
                spread = random.uniform(1, 2)  # noqa: S311  many callers, not all at once
                again = max(self.until, monotonic() + _PAUSE * attempt * spread)
                if not problem.passes or again >= deadline:
                    raise
                await asyncio.sleep(again - monotonic())
                await self._may_call(deadline)
        return await self._attempt(query, passed, _ATTEMPTS)

    async def _attempt(self, query: str, passed: _Fields, attempt: int) -> tuple[Reply, float]:
        request = await self._request(query, passed, attempt)
        try:
            response = await self.client.send(request, stream=True)
            try:
                return await self._read(response)
            except ServiceFailed:
                self._breaker.succeeded()  # it answers, if not as this query wants
                raise
            finally:
                await response.aclose()
        except httpx.TransportError as problem:
            is_refused = "certificate" in str(problem).lower()
            what = "its certificate is not accepted" if is_refused else "the connection failed"
            why = f"cannot be reached: {what}."
            raise self._fault(why, str(problem), passes=True) from None

    async def _request(self, query: str, passed: _Fields, attempt: int) -> httpx.Request:
        """The request, to an address that was checked, with the name for which it stands.

        Each attempt takes the next address of the name.
        """
        try:
            url = httpx.URL(self._service.target)
            addresses = await resolve(url.host, url.port or (443 if url.scheme == "https" else 80))
        except httpx.InvalidURL as problem:
            raise self._failed("has no address that can be called.", str(problem)) from None
        except NotPublic as problem:
            raise self._failed(
                "was not called: its name resolves to what is no address of the public internet. An "
                "endpoint inside has to be allowed by its address.",
                f"It resolves to {problem}",
            ) from None
        except OSError as problem:
            why = "cannot be reached: its name is not known."
            raise self._fault(why, str(problem), passes=True) from None
        via = passed.get("via", "")
        headers = {
            **_HEADERS,
            **passed,
            "user-agent": self._sender.user_agent,
            "host": url.netloc.decode(),
            "via": ", ".join(filter(None, (via, f"1.1 {self._sender.pseudonym}"))),
        }
        extensions = {} if literal(url.host) else {"sni_hostname": url.host}
        target = url.copy_with(host=addresses[(attempt - 1) % len(addresses)])
        short = target.copy_merge_params({"query": query})
        if len(str(short)) <= _LONGEST_TARGET:
            return self.client.build_request("GET", short, headers=headers, extensions=extensions)
        return self.client.build_request(
            "POST", target, data={"query": query}, headers=headers, extensions=extensions
        )

    async def _read(self, response: httpx.Response) -> tuple[Reply, float]:
        if response.status_code != httpx.codes.OK:
            await self._refuse(response)
        named = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        kind = _RESULTS.get(named)
        if kind is None:
            what = named if _NAME.fullmatch(named) else "no media type"
            raise self._fault(f"answered with {what}, which is no format of SPARQL results.")
        body = b"".join([block async for block in self._body(response)])
        retrieved = datetime.now(UTC).isoformat(timespec="seconds")
        return Reply(0, body, kind, retrieved), lifetime(response.headers)

    async def _refuse(self, response: httpx.Response) -> NoReturn:
        """Raise the error for a response that is no success, and take note of the pause it asks for.

        Raises:
            ServiceFailed: by the status the fault is the query's or this server's (4xx, but not 429).
            _Fault: it is the endpoint's.
        """
        code = response.status_code
        said = f"answered {code} {httpx.codes.get_reason_phrase(code)}".strip() + "."
        if response.is_redirect:
            raise self._fault(
                f"{said} Redirects are not followed: it is the other address that has to be allowed, "
                "which is in the log of this server.",
                re.split("[?#]", response.headers.get("location", ""))[0],
            )
        details: dict[str, int] = {}
        if response.is_error and (pause := pause_of(response.headers)):
            self.until = max(self.until, monotonic() + pause)
            said, details = f"{said} {self._pause()}", {"retry_after": ceil(pause)}
        note = await self._said(response)
        if response.is_client_error and code not in _AGAIN:
            raise self._failed(said, note, **details)
        raise self._fault(said, note, passes=code in _AGAIN, **details)

    async def _said(self, response: httpx.Response) -> str:
        """The beginning of what an endpoint says of its failure."""
        own = b""
        with suppress(_Fault, ServiceFailed, httpx.TransportError):
            async for block in self._body(response):
                own += block
                if len(own) > _EXCERPT * 4:
                    break
        return " ".join(own.decode(errors="replace").split())

    async def _body(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """The body as it was before its content coding, until it is too large."""
        coding = response.headers.get("content-encoding", "identity").lower()
        if coding not in ("identity", "gzip"):
            what = coding if _NAME.fullmatch(coding) else "of several"
            raise self._fault(f"answered in the content coding {what}.")
        decoder = zlib.decompressobj(16 + zlib.MAX_WBITS) if coding == "gzip" else None
        left = self._largest
        async for raw in response.aiter_raw():
            try:
                # One more byte than there is room for: a small body can stand for gigabytes.
                block = raw if decoder is None else decoder.decompress(raw, left + 1)
            except zlib.error:
                raise self._fault("answered with what is no gzip.") from None
            left -= len(block)
            if left < 0:
                raise self._failed(
                    f"answered with more than {self._service.size} megabytes, the most that is taken. "
                    "Ask it for less: bind more terms, or use LIMIT in a subselect inside of SERVICE."
                )
            yield block
        if decoder is not None and not decoder.eof:
            raise self._fault("answered with gzip that ends too early.")

    def _failed(self, said: str, note: str = "", **details: int) -> ServiceFailed:
        """The error that says *said* to clients, with a *note* for the log alone."""
        failed = ServiceFailed(
            f"{self._service.shown} {said}", endpoint=self._service.iri, **details
        )
        failed.add_note(in_one_line(note, _EXCERPT))
        return failed

    def _fault(self, said: str, note: str = "", *, passes: bool = False, **details: int) -> _Fault:
        return _Fault(self._failed(said, note, **details), passes=passes)
