"""Answers in front of the engine: kept, shared, and named by an ETag.

The dataset does not change while it is served, so an answer is a function of the dataset, the
software, the job and its formats, unless the query asks for something else (the time, a random
number, another endpoint). What is such a function is evaluated once and given again.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gbagraph import __version__
from gbagraph.conditional import http_date
from gbagraph.engine import Answer, Engine, Query
from gbagraph.sparql_text import tokens

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from gbagraph.engine import Job

_CHANGING: Final = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE", "SERVICE"})
_TELLTALE: Final = ("\\U", *_CHANGING)
_SUSPECT: Final = re.compile(rf"\\U|\b(?:{'|'.join(_CHANGING)})\b")
_BLANK: Final = ("[", "(", "_:")
"""How blank nodes are written."""
_LONG: Final = 64 * 1024
"""Characters of a query that is too long to be read here: it takes the server's own time."""
_OVERHEAD: Final = 512


@dataclass(frozen=True, slots=True)
class Named:
    """An answer and its entity tag; the tag is empty when the answer may differ the next time."""

    content_type: str
    body: bytes
    etag: str
    rest: AsyncGenerator[bytes] | None = None


class Flight:
    """One evaluation that several requests wait for; it ends when none of them does any more.

    Whoever gets a flight from :meth:`Answers.begin` holds it, and must :meth:`leave` it.
    """

    def __init__(
        self,
        task: asyncio.Task[Answer],
        land: Callable[[Answer], Named],
        forget: Callable[[], None],
    ) -> None:
        self.task = task
        self._land = land
        self._forget = forget
        self._held = 0
        self._claimed = False
        self._named: Named | None = None

    def hold(self) -> Flight:
        """The same, held once more."""
        self._held += 1
        return self

    def leave(self) -> None:
        """Hold it no longer."""
        self._held -= 1
        if not self._held:
            self._forget()
            self.task.cancel()

    def landed(self) -> Named | None:
        """The answer; None when there is none yet, or none at all."""
        if not self.task.done() or self.task.cancelled() or self.task.exception():
            return None
        if self._named is None:
            self._named = self._land(self.task.result())
        return self._named

    async def wait(self) -> Named | None:
        """The answer; None when it is a stream that another reads. Raises what the evaluation raised."""
        await asyncio.shield(self.task)
        found = self.landed()
        if found is None or found.rest is None:
            return found
        claimed, self._claimed = self._claimed, True
        return None if claimed else found


class Answers:
    """The engine with a memory of *megabytes* for what it has answered."""

    def __init__(self, engine: Engine, megabytes: int) -> None:
        self.engine = engine
        self._room = megabytes * 1024 * 1024
        self._kept: OrderedDict[bytes, Named] = OrderedDict()
        self._size = 0
        self._flights: dict[bytes, Flight] = {}
        self.modified = max(engine.description.modified, Path(__file__).stat().st_mtime)
        self.last_modified = http_date(self.modified)
        self._identity = f"{engine.description.digest} {__version__} ".encode()

    def etag(self, job: Job) -> str:
        """The entity tag of the answer to *job*, known without evaluating it; empty if it has none.

        Strong (RFC 9110, section 8.8.3) when the same job always gives the same bytes; weak when
        blank nodes, whose labels change from load to load, can be in it.
        """
        return self._etag(job, self._key(job)) if _lasting(job) else ""

    def _key(self, job: Job) -> bytes:
        return blake2b(self._identity + job.encoded, digest_size=16).digest()

    def _etag(self, job: Job, key: bytes) -> str:
        weak = self.engine.description.blank_nodes or _makes_blank_nodes(job)
        return f'{"W/" if weak else ""}"{key.hex()}"'

    async def get(
        self,
        job: Job,
        *,
        timeout: float | None = None,
        client: str = "",
        reserved: bool = False,
    ) -> Named:
        """The answer to *job*, as :meth:`Engine.answer` gives it, or as it gave it before.

        Identical jobs that are asked at the same time are evaluated once.
        """
        begun = self.begin(job, timeout=timeout, client=client, reserved=reserved)
        if isinstance(begun, Named):
            return begun
        if begun is not None:
            try:
                found = await begun.wait()
            finally:
                begun.leave()
            if found is not None:
                return found
        # It has no name, or is a stream, which has one reader: evaluated for this request alone.
        own = await self.engine.answer(job, timeout=timeout, client=client, reserved=reserved)
        return Named(own.content_type, own.body, self.etag(job), own.rest)

    def begin(
        self, job: Job, *, timeout: float | None = None, client: str = "", reserved: bool = False
    ) -> Named | Flight | None:
        """The kept answer, else the evaluation that will give it; None for what is never shared."""
        if not _lasting(job):
            return None
        key = self._key(job)
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return kept
        name = key + repr(timeout).encode()
        flight = self._flights.get(name)
        if flight is None:
            work = self.engine.answer(job, timeout=timeout, client=client, reserved=reserved)
            flight = self._flights[name] = Flight(
                asyncio.create_task(work),
                lambda found: self._land(job, key, found),
                lambda: self._forget(name),
            )
        return flight.hold()

    def _land(self, job: Job, key: bytes, found: Answer) -> Named:
        named = Named(found.content_type, found.body, self._etag(job, key), found.rest)
        if found.rest is None:
            self._keep(key, named)
        return named

    def _forget(self, name: bytes) -> None:
        self._flights.pop(name, None)

    def _keep(self, key: bytes, named: Named) -> None:
        if key in self._kept or len(named.body) + _OVERHEAD > self._room:
            return
        self._kept[key] = named
        self._size += len(named.body) + _OVERHEAD
        while self._size > self._room:
            _, dropped = self._kept.popitem(last=False)
            self._size -= len(dropped.body) + _OVERHEAD


def _lasting(job: Job) -> bool:
    """Whether the answer is a function of the dataset and the job alone."""
    if not isinstance(job, Query):
        return True
    upper = job.text.upper()
    if not any(map(upper.__contains__, _TELLTALE)) or not _SUSPECT.search(upper):
        return True
    # An escape could spell a name that the tokens do not show.
    if "\\U" in upper or len(upper) > _LONG:
        return False
    return not any(
        token.kind == "name" and token.text.upper() in _CHANGING for token in tokens(job.text)
    )


def _makes_blank_nodes(job: Job) -> bool:
    """Whether a CONSTRUCT template may hold blank nodes: ``_:x``, ``[]`` or a list."""
    if not isinstance(job, Query):
        return False
    if not any(map(job.text.__contains__, _BLANK)) or "construct" not in job.text.lower():
        return False
    if len(job.text) > _LONG:
        return True
    words = [token for token in tokens(job.text) if token.kind not in ("space", "comment")]
    if not any(word.kind == "name" and word.text.upper() == "CONSTRUCT" for word in words):
        return False
    return any(word.kind == "blank" or word.text in "[(" for word in words)
