"""Admission control: which queries run at once, and what happens to one that turns out expensive.

The rules:

1. A query starts in a *fast* slot. There are few; the other queries wait, and clients take turns.
2. A query that has used 3 ms of processor time moves to a *background* slot: it runs after the fast
   queries, and its fast slot is free.
3. A query that has used 50 ms and is older than 100 ms is *slow*: it runs only when the processors are
   otherwise idle. If all slow slots are in use, it is refused. So a storm of expensive queries occupies
   the few slow slots until the time limit, and all other queries find free slots.
4. A query whose answer outgrows the buffer is *large*. Large answers have slots of their own; when all
   are in use, the query is refused.
5. A query that is known to be expensive, or of a form of which four in a row just were, starts in
   a slow slot.
6. Pages, dumps and canned queries have *reserved* slots, where they are neither moved nor refused.
7. A query that calls other endpoints has a *remote* slot, to its end: it waits more than it works, and
   one that waits for an endpoint that does not answer must not keep others waiting.
8. A client holds at most three quarters of the slots of a class, so that there is one for another
   client.

Which queries are expensive is remembered, for the dataset does not change while it is served. A client
that is refused often sends the same query again, and a storm of requests consists of such queries; or of
queries of one form, which a program fills with values.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeGuard

import msgspec

from gbagraph.engine.jobs import Query
from gbagraph.errors import ServerBusy
from gbagraph.lru import LruCache
from gbagraph.sparql.tokens import without_comments, without_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from gbagraph.engine.jobs import Job
    from gbagraph.engine.process import SlotClass

CHEAP: Final = 0.003
"""Seconds of processor time that a query may use in a fast slot."""

EXPENSIVE: Final = 0.05
"""Seconds of processor time after which a query counts as expensive."""

SLOW_AGE: Final = 0.1
"""Seconds after which an expensive query counts as slow."""

_BACKGROUND: Final = 64
_RESERVED: Final = 16
_REMOTE: Final = 16
_QUEUE: Final = 512
"""Queries that may wait for a fast slot."""


class JobOptions(msgspec.Struct, frozen=True):
    """How a job is run: for which *client*, with which time limit, and whether in a reserved slot.

    *timeout* is in seconds; it can lower the engine's own limit, but not raise it. *via* is the Via
    header of the request (RFC 9110, section 7.6.3), *request* what it is called in logs.
    """

    client: str = ""
    timeout: float | None = None
    is_reserved: bool = False
    via: str = ""
    request: str = ""


class Slot(msgspec.Struct):
    """The right of a client's query to run. Each slot that is acquired must be released."""

    client: str
    slot_class: SlotClass


class Admission:
    """The slots of all classes: *fast* ones, *slow* ones, and as many for large answers as slow ones."""

    def __init__(self, *, fast: int, slow: int) -> None:
        self._size: dict[SlotClass, int] = {
            "fast": fast,
            "background": _BACKGROUND,
            "slow": slow,
            "large": slow,
            "reserved": _RESERVED,
            "remote": _REMOTE,
        }
        self._in_use: dict[SlotClass, int] = dict.fromkeys(self._size, 0)
        self._held: dict[tuple[SlotClass, str], int] = {}
        self._waiters: dict[str, deque[asyncio.Future[bool]]] = {}
        """Who waits for a fast slot, by client; the client whose turn is next comes first."""

    async def acquire(
        self,
        options: JobOptions,
        timeout: float,
        *,
        is_expensive: bool = False,
        is_remote: bool = False,
    ) -> Slot:
        """Acquire a slot for a query, waiting for *timeout* seconds at most.

        Raises:
            ServerBusy: no slot became free in time, too many queries wait already, or the query is known
                to be expensive, or calls other endpoints, and no slot of its kind is free.
        """
        slot = Slot(options.client, "fast")
        if is_remote:
            if self._occupied(slot, "remote"):
                return slot
            raise self._refusal("remote")
        if options.is_reserved and self._occupied(slot, "reserved"):
            return slot
        if self._occupied(slot, "slow" if is_expensive else "fast"):
            return slot
        if is_expensive:
            raise self._refusal("slow")
        return await self._wait(slot, timeout)

    def reclassify(self, slot: Slot, used: float, age: float) -> None:
        """Apply rules 2 and 3 to a query that has *used* that number of seconds of processor time.

        Raises:
            ServerBusy: the query is slow, and no slow slot is free.
        """
        if slot.slot_class == "fast" and used >= CHEAP:
            self._move(slot, "background")
        is_slow = used >= EXPENSIVE and age >= SLOW_AGE
        if is_slow and slot.slot_class in ("fast", "background") and not self._move(slot, "slow"):
            raise self._refusal("slow")

    def reclassify_as_large(self, slot: Slot) -> None:
        """Apply rule 4 to a query whose answer has outgrown the buffer.

        Raises:
            ServerBusy: no slot for a large answer is free.
        """
        if slot.slot_class in ("fast", "background") and not self._move(slot, "large"):
            raise self._refusal("large")

    def release(self, slot: Slot) -> None:
        """Release *slot*."""
        share = slot.slot_class, slot.client
        self._in_use[slot.slot_class] -= 1
        self._held[share] -= 1
        if not self._held[share]:
            del self._held[share]
        if self._waiters and slot.slot_class == "fast":
            self._admit_next()

    def in_use(self) -> dict[SlotClass, int]:
        """How many slots of each class are in use."""
        return dict(self._in_use)

    def sizes(self) -> dict[SlotClass, int]:
        """How many slots of each class there are."""
        return dict(self._size)

    def waiting(self) -> int:
        """How many queries wait for a fast slot."""
        return sum(map(len, self._waiters.values()))

    def _occupied(self, slot: Slot, slot_class: SlotClass) -> bool:
        """Occupy a slot of a class for *slot*; False, with nothing changed, if none is free for it."""
        in_use, size = self._in_use[slot_class], self._size[slot_class]
        held = self._held.get((slot_class, slot.client), 0)
        if in_use >= size or held >= max(1, size * 3 // 4):
            return False
        self._in_use[slot_class] = in_use + 1
        self._held[slot_class, slot.client] = held + 1
        slot.slot_class = slot_class
        return True

    def _move(self, slot: Slot, slot_class: SlotClass) -> bool:
        """Give *slot* another class; False, with nothing changed, if that class has no free slot."""
        before = Slot(slot.client, slot.slot_class)
        if not self._occupied(slot, slot_class):
            return False
        self.release(before)
        return True

    async def _wait(self, slot: Slot, timeout: float) -> Slot:
        """Wait until :meth:`_admit_next` has occupied *slot*."""
        if self.waiting() >= _QUEUE:
            raise ServerBusy(
                f"{_QUEUE} queries are already waiting. Try again later.", limit=_QUEUE
            )
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[bool] = loop.create_future()
        self._waiters.setdefault(slot.client, deque()).append(waiter)
        timer = loop.call_later(timeout, _give_up, waiter)
        is_admitted = False
        try:
            is_admitted = await waiter
        finally:
            timer.cancel()
            if not is_admitted:
                self._stop_waiting(slot, waiter)
        if not is_admitted:
            raise ServerBusy(
                f"The query waited {timeout:g} seconds for its turn. Try again later.",
                limit=timeout,
            )
        return slot

    def _stop_waiting(self, slot: Slot, waiter: asyncio.Future[bool]) -> None:
        """Leave the queue; if the slot was occupied at this very moment, release it."""
        waiters = self._waiters.get(slot.client, deque())
        if waiter in waiters:
            waiters.remove(waiter)
        elif waiter.done() and not waiter.cancelled() and waiter.result():
            self.release(slot)

    def _admit_next(self) -> None:
        """Occupy a free fast slot for the client whose turn it is."""
        for client in list(self._waiters):
            waiters = self._waiters.pop(client)
            while waiters and waiters[0].done():
                waiters.popleft()  # it timed out or was cancelled
            if waiters and self._occupied(Slot(client, "fast"), "fast"):
                waiters.popleft().set_result(True)
                if waiters:
                    self._waiters[client] = waiters  # behind the other clients
                return
            if waiters:
                self._waiters[client] = waiters

    def _refusal(self, slot_class: SlotClass) -> ServerBusy:
        size = self._size[slot_class]
        what = "The answer is large"
        if slot_class == "remote":
            what = "The query calls other endpoints"
        if slot_class == "slow":
            what = f"The query is slow: it needs more than {EXPENSIVE:g} seconds of a processor"
        return ServerBusy(
            f"{what}, and at most {size} of that kind run at once, {max(1, size * 3 // 4)} for one "
            "client. Try again later, or ask for less: bind more terms, use LIMIT in subselects.",
            limit=size,
        )


def _give_up(waiter: asyncio.Future[bool]) -> None:
    """Have a query wait no longer."""
    if not waiter.done():
        waiter.set_result(False)


_LONGEST: Final = 16 * 1024
"""Characters of the longest query that is remembered; reading it takes the server's own time."""
_IN_A_ROW: Final = 4
"""So many queries of one form must have been expensive, and none cheap since, to expect it of others."""
_RECENT: Final = 10.0
"""Seconds between two of them. What is taken for expensive is tried again as often."""


class CostHistory:
    """Remembers the *capacity* most recent expensive queries, and as many forms.

    Comments make no difference; of one form are queries that differ in numbers and strings alone.
    """

    def __init__(self, capacity: int = 10_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._expensive: LruCache[int, float] = LruCache(capacity)
        """When each query was expensive last, or was tried."""
        self._rows: LruCache[int, tuple[int, float]] = LruCache(capacity)
        """For each form how many were expensive in a row, and when the last one was, or was tried."""
        self._clock = clock
        self._last = -_RECENT
        """When a query was expensive last, or expected to be: forms are looked at for a while after."""
        self.knows_any = False
        """Whether any query was expensive."""

    def remember(self, job: Job) -> None:
        """Record that *job* was expensive."""
        if not _is_read(job):
            return
        key = _key(job, _text(job.text))
        is_known = self._expensive.get(key) is not None
        self._expensive.put(key, self._clock())
        self.knows_any = True
        if is_known:
            return
        form = _key(job, _form(job.text))
        count, last = self._row(form)
        goes_on = count >= _IN_A_ROW or self._is_recent(last)
        self._last = self._clock()
        self._rows.put(form, (count + 1 if goes_on else 1, self._last))

    def remember_cheap(self, job: Job) -> None:
        """Record that *job* was cheap, which is of interest if it was not before, or others of its form.

        Beside what else a processor does, any query may be expensive once.
        """
        if not self.knows_any or not _is_read(job):
            return
        self._expensive.drop(_key(job, _text(job.text)))
        if self._is_recent(self._last):
            form = _key(job, _form(job.text))
            if self._row(form)[0]:
                self._rows.put(form, (0, self._last))

    def is_expensive(self, job: Job) -> bool:
        """Whether *job* is known to be expensive, or expected to be, as others of its form were.

        One in ten seconds is said not to be, and so is tried: in a storm it would be refused each time,
        and never be found to be cheap.
        """
        if not self.knows_any or not _is_read(job):
            return False
        key = _key(job, _text(job.text))
        last = self._expensive.get(key)
        if last is not None:
            is_tried = not self._is_recent(last)
            if is_tried:
                self._expensive.put(key, self._clock())
            return not is_tried
        if not self._is_recent(self._last):
            return False
        return self._is_expected(_key(job, _form(job.text)))

    def _is_expected(self, form: int) -> bool:
        count, last = self._row(form)
        if count < _IN_A_ROW:
            return False
        self._last = self._clock()
        if self._is_recent(last):
            return True
        self._rows.put(form, (count, self._last))  # this one is tried
        return False

    def _row(self, form: int) -> tuple[int, float]:
        return self._rows.get(form) or (0, -_RECENT)

    def _is_recent(self, when: float) -> bool:
        return self._clock() - when < _RECENT


def _is_read(job: Job) -> TypeGuard[Query]:
    return isinstance(job, Query) and len(job.text) <= _LONGEST


def _key(query: Query, text: str) -> int:
    return hash((text, query.default_graphs, query.named_graphs))


# Kept, because each query is looked up when it comes and when it has ended.
_text = lru_cache(maxsize=256)(without_comments)
_form = lru_cache(maxsize=256)(without_values)
