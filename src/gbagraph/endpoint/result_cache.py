"""Results in front of the engine: kept, shared by those who ask at once, and named by an entity tag.

The dataset does not change while it is served, so a result is a function of the dataset, the software
and the job, unless the query asks for something else (the time, a random number). What is such a
function is evaluated once and given again.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from gbagraph._version import __version__
from gbagraph.endpoint import coding
from gbagraph.endpoint.conditional import http_date
from gbagraph.engine import Query, encode
from gbagraph.errors import GbaGraphError, ServerBusy
from gbagraph.lru import LruCache
from gbagraph.paths import package_modified
from gbagraph.sparql.tokens import tokens, words

if TYPE_CHECKING:
    from gbagraph.engine import Answer, Engine, Job, Terms
    from gbagraph.rdf.formats import Format

    _Name = tuple[bytes, float | None]
    """A job's key and its time limit: what has the same name is the same evaluation."""

_CHANGING: Final = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE"})
_SUSPECT: Final = re.compile(rf"\b(?:{'|'.join(_CHANGING)})\b")
_BLANK: Final = ("[", "(", "_:", "<<", "{|", "~")
"""How blank nodes are written, reifiers without a name among them (SPARQL 1.2)."""
_LONG: Final = 64 * 1024
"""Characters of a query that is too long to be read here: it takes the server's own time."""
_OVERHEAD: Final = 512
"""Bytes that an entry takes beside its body."""
_SHORT: Final = 64 * 1024
"""Bytes of the largest body that is coded on the event loop; a larger one would hold others up."""


@dataclass(slots=True)
class Result:
    """A result with its entity tag, which is empty when the result may differ the next time.

    A large result has no body but the engine's ``answer``, to be read on; whoever has it closes it.
    """

    format: Format
    body: bytes
    etag: str
    answer: Answer | None = None
    _coded: dict[str, bytes] = field(default_factory=dict)

    async def coded(self, name: str) -> bytes:
        """The whole body in a content coding, made once."""
        if name not in self._coded:
            if len(self.body) > _SHORT:
                self._coded[name] = await asyncio.to_thread(coding.encode, name, self.body)
            else:
                self._coded[name] = coding.encode(name, self.body)
        return self._coded[name]

    def close(self) -> None:
        """Give back what a large result holds; for another this does nothing."""
        if self.answer is not None:
            self.answer.close()


class ResultCache:
    """The engine with a memory of *megabytes* for its results."""

    def __init__(self, engine: Engine, megabytes: int) -> None:
        self.engine = engine
        self._results: LruCache[bytes, Result] = LruCache(megabytes * 1024 * 1024, _size)
        self._running: dict[_Name, asyncio.Future[Result | GbaGraphError | None]] = {}
        self._digest = ""
        self._renew()

    def _renew(self) -> None:
        """Forget all when the engine has another dataset than before."""
        dataset = self.engine.description
        if dataset.digest != self._digest:
            self._digest = dataset.digest
            self._identity = f"{dataset.digest} {__version__} ".encode()
            self._results.clear()
            self.modified = max(dataset.modified, package_modified())
            self.last_modified = http_date(self.modified)

    def etag(self, job: Job) -> str:
        """The entity tag of the result of *job*, known without evaluating it; empty if it has none.

        Strong (RFC 9110, section 8.8.3) when the same job always gives the same bytes; weak when
        blank nodes, whose labels change from load to load, can be in it.
        """
        self._renew()
        return self._etag(job, self._key(job)) if _is_lasting(job) else ""

    def _key(self, job: Job) -> bytes:
        return blake2b(self._identity + encode(job), digest_size=16).digest()

    def _etag(self, job: Job, key: bytes) -> str:
        is_weak = self.engine.description.blank_nodes or _makes_blank_nodes(job)
        return f'{"W/" if is_weak else ""}"{key.hex()}"'

    async def get(self, job: Job, terms: Terms) -> Result:
        """The result of *job*, as :meth:`Engine.answer` gives it, or as it gave it before.

        Who asks what another has asked and waits for waits with it (single flight): for a result that
        is whole, or for the error. A result that goes on has one reader, and one who leaves takes his
        evaluation along; then each evaluates for himself.
        """
        self._renew()
        if not _is_lasting(job):
            return _result(await self.engine.answer(job, terms), "")
        key = self._key(job)
        kept = self._results.get(key)
        if kept is not None:
            self.engine.counts["results_from_cache"] += 1
            return kept
        name = key, terms.timeout
        while (running := self._running.get(name)) is not None:
            self.engine.counts["evaluations_shared"] += 1
            outcome = await asyncio.shield(running)
            if isinstance(outcome, GbaGraphError):
                raise _again(outcome)
            if outcome is not None and outcome.answer is None:
                return outcome
            if outcome is not None:
                break
        return await self._evaluate(name, job, terms)

    async def _evaluate(self, name: _Name, job: Job, terms: Terms) -> Result:
        """Evaluate; whoever comes meanwhile finds the evaluation under its *name*."""
        running: asyncio.Future[Result | GbaGraphError | None]
        running = asyncio.get_running_loop().create_future()
        outcome: Result | GbaGraphError | None = None
        self._running.setdefault(name, running)
        try:
            answer = await self.engine.answer(job, terms)
            outcome = _result(answer, self._etag(job, name[0]))
        except ServerBusy:
            raise  # another client may find room
        except GbaGraphError as problem:
            outcome = _again(problem)
            raise
        finally:
            running.set_result(outcome)
            if self._running.get(name) is running:
                del self._running[name]
        if answer.is_whole:
            self._results.put(name[0], outcome)
        return outcome


def _again(problem: GbaGraphError) -> GbaGraphError:
    """The same error without its traceback, which would hold what was read of the answer."""
    return type(problem)(problem.message, **problem.details)


def _result(answer: Answer, etag: str) -> Result:
    return Result(answer.format, answer.body, etag, None if answer.is_whole else answer)


def _size(result: Result) -> int:
    return len(result.body) + _OVERHEAD


def _is_lasting(job: Job) -> bool:
    """Whether the result is a function of the dataset and the job alone."""
    if not isinstance(job, Query):
        return True
    upper = job.text.upper()
    if not any(map(upper.__contains__, _CHANGING)) or not _SUSPECT.search(upper):
        return True
    if len(upper) > _LONG:
        return False
    return not any(
        token.kind == "name" and token.text.upper() in _CHANGING for token in tokens(job.text)
    )


def _makes_blank_nodes(job: Job) -> bool:
    """Whether a CONSTRUCT template may hold blank nodes: named, anonymous, lists or reifiers."""
    if not isinstance(job, Query):
        return False
    if not any(map(job.text.__contains__, _BLANK)) or "construct" not in job.text.lower():
        return False
    if len(job.text) > _LONG:
        return True
    found = words(job.text)
    if not any(word.kind == "name" and word.text.upper() == "CONSTRUCT" for word in found):
        return False
    written = "".join(word.text if word.kind in ("other", "blank") else " " for word in found)
    return any(mark in written for mark in _BLANK)
