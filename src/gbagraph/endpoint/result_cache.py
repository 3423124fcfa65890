"""Content codings: which one a client gets, and the encoders (RFC 9110, sections 8.4 and 12.5.3)."""

from __future__ import annotations

import asyncio
import re
import zlib
from dataclasses import dataclass, field, replace
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, Literal, Protocol

import brotli
import zstandard

from gbagraph._version import __version__
from gbagraph.engine import Answer, Engine, Job, JobOptions, Query, Timing, encode
from gbagraph.errors import GbaGraphError, ServerBusy
from gbagraph.lru import LruCache
from gbagraph.paths import package_modified
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from collections.abc import Callable

    from gbagraph.rdf.formats import Format
    from gbagraph.sparql.sources import Source

    _FlightKey = tuple[bytes, float | None]
    """The key of a job, and its time limit: requests that share both can share an evaluation."""


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

_OVERHEAD: Final = 512
"""Bytes that an entry needs beside its body."""
_ENCODED_AT_ONCE: Final = 256 * 1024
"""Bytes of the largest body that is encoded on the event loop, in half a millisecond: to wake a thread
takes as long. A larger one would delay others."""


@dataclass(slots=True)
class Result:
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
    _encoded: dict[str, bytes] = field(default_factory=dict)

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


class ResultCache:
    """The engine, with a cache of *megabytes* for its results."""

    def __init__(self, engine: Engine, megabytes: int) -> None:
        self.engine = engine
        self._results: LruCache[bytes, Result] = LruCache(megabytes * 1024 * 1024, _size)
        self._running: dict[_FlightKey, asyncio.Future[Result | GbaGraphError | None]] = {}
        self._digest = ""
        self._refresh()

    def _refresh(self) -> None:
        """Clear the cache if the engine has another dataset than before."""
        dataset = self.engine.description
        if dataset.digest != self._digest:
            self._digest = dataset.digest
            self._identity = f"{dataset.digest} {__version__} ".encode()
            self._results.clear()
            self.modified = max(dataset.modified, package_modified())
            self.last_modified = http_date(self.modified)

    def etag(self, job: Job) -> str:
        """The entity tag of the result of *job*, without evaluating it; empty if it has none.

        The tag is strong (RFC 9110, section 8.8.3) if the same job always gives the same bytes, and weak
        if the result can contain blank nodes, whose labels change each time the dataset is loaded.
        """
        self._refresh()
        return self._etag(job, self._key(job)) if self._is_deterministic(job) else ""

    def _is_deterministic(self, job: Job) -> bool:
        if self.engine.data_may_change or self.engine.is_waiting_for_names(job):
            return False
        is_fixed = not isinstance(job, Query) or ParsedQuery(job.text).is_deterministic
        return is_fixed and not self.engine.calls_others(job)

    def _key(self, job: Job) -> bytes:
        return blake2b(self._identity + encode(job), digest_size=16).digest()

    def _etag(self, job: Job, key: bytes) -> str:
        is_weak = self.engine.description.blank_nodes or (
            isinstance(job, Query) and ParsedQuery(job.text).may_make_blank_nodes
        )
        return f'{"W/" if is_weak else ""}"{key.hex()}"'

    async def get(self, job: Job, options: JobOptions) -> Result:
        """The result of *job*: from the cache, from an evaluation that is running, or from a new one.

        Requests for the same job share one evaluation (single flight): they wait for its result, or for
        its error. A streamed result has only one reader, and a client that disconnects cancels its
        evaluation; in these cases each of the waiting requests starts an evaluation of its own.
        """
        self._refresh()
        if not self._is_deterministic(job):
            return _result(await self.engine.answer(job, options), "")
        key = self._key(job)
        kept = self._results.get(key)
        if kept is not None:
            self.engine.counts["results_from_cache"] += 1
            return kept
        flight = key, options.timeout
        while (running := self._running.get(flight)) is not None:
            self.engine.counts["evaluations_shared"] += 1
            outcome = await asyncio.shield(running)
            if isinstance(outcome, GbaGraphError):
                raise _without_traceback(outcome)
            if outcome is not None and outcome.answer is None:
                return replace(outcome, origin="shared")
            if outcome is not None:
                break
        return await self._evaluate(flight, job, options)

    async def _evaluate(self, flight: _FlightKey, job: Job, options: JobOptions) -> Result:
        """Evaluate *job*; until that is done, other requests find the evaluation under *flight*."""
        running: asyncio.Future[Result | GbaGraphError | None]
        running = asyncio.get_running_loop().create_future()
        outcome: Result | GbaGraphError | None = None
        self._running.setdefault(flight, running)
        try:
            answer = await self.engine.answer(job, options)
            outcome = _result(answer, self._etag(job, flight[0]))
        except ServerBusy:
            raise  # another client may get a slot
        except GbaGraphError as problem:
            outcome = _without_traceback(problem)
            raise
        finally:
            running.set_result(outcome)
            if self._running.get(flight) is running:
                del self._running[flight]
        if answer.is_whole:
            self._results.put(flight[0], replace(outcome, origin="result-cache", timing=None))
        return outcome


def _without_traceback(problem: GbaGraphError) -> GbaGraphError:
    """The same error without its traceback, which would keep the blocks of the answer alive."""
    return type(problem)(problem.message, **problem.details)


def _result(answer: Answer, etag: str) -> Result:
    streamed = None if answer.is_whole else answer
    help_, sources = answer.calls_for_help, answer.sources
    return Result(
        answer.format,
        answer.body,
        etag,
        streamed,
        help_,
        sources,
        timing=answer.timing,
        counted=answer.rows,
    )


def _size(result: Result) -> int:
    return len(result.body) + _OVERHEAD
