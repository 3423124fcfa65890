"""Admission control: which queries run at once, and which wait for their turn.

The rules:

1. A query starts in a *fast* slot. There are few.
2. A query that has used 3 ms of processor time moves to a *background* slot: it runs after the fast
   queries, and its fast slot is free.
3. A query that has used 50 ms and is older than 100 ms is *slow*. There are few slow slots, so a storm
   of expensive queries occupies these until the time limit, and all other queries find free slots.
4. A query whose answer outgrows the buffer is *large*. Large answers have slots of their own.
5. A query that is known to be expensive, or of a form of which four in a row just were, starts in
   a slow slot.
6. Pages, dumps and canned queries have *reserved* slots, where they are not moved.
7. A query that calls other endpoints has a *remote* slot, to its end: it waits more than it works, and
   one that waits for an endpoint that does not answer must not keep others waiting.
8. A query for which no slot is free waits until its time limit: *queued* before it has a process, and
   *suspended* with one, which stands still. Clients take turns. Only when too many wait is one refused,
   or when those that are suspended hold more memory together than one query may use.
9. A client holds at most three quarters of the slots of a class, so that there is one for another
   client. So it is for those that wait, and for the memory that they hold.
"""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec

from gbagraph.errors import ServerBusy

if TYPE_CHECKING:
    from collections.abc import Callable

    from gbagraph.engine.process import SlotClass

CHEAP: Final = 0.003
"""Seconds of processor time that a query may use in a fast slot."""

EXPENSIVE: Final = 0.05
"""Seconds of processor time after which a query counts as expensive."""

SLOW_AGE: Final = 0.1
"""Seconds after which an expensive query counts as slow."""

_BACKGROUND: Final = 16
_RESERVED: Final = 16
_REMOTE: Final = 16
_QUEUED: Final = 512
_SUSPENDED: Final = 96
"""Each has a process, with what it has read by then. One client may have 72, for 64 requests at once."""
_WAITING: Final = frozenset({"queued", "suspended"})
_LEFT: Final = frozenset({"fast", "background"})
"""Classes that a query leaves when it turns out to be slow or large."""
_KINDS: Final[dict[SlotClass, str]] = {
    "background": "longer queries",
    "fast": "new queries",
    "slow": f"slow queries (over {EXPENSIVE:g} seconds of a processor)",
    "large": "large answers",
    "remote": "queries that call other endpoints",
}


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


class Slot(msgspec.Struct, eq=False):
    """The right of a client's query to run, or to wait for a slot of the class *wanted*.

    Its query ends at *until* at the latest, by the monotonic clock, and *held* that number of bytes when
    it was suspended. Each slot must be released.
    """

    client: str
    slot_class: SlotClass = "queued"
    wanted: SlotClass = "fast"
    until: float = 0.0
    held: int = 0


Turn = asyncio.Future[bool]
"""What a query that waits has: done when its turn has come, or, with False, when it is over."""


class Admission:
    """The slots of all classes: *fast* ones, *slow* ones, and as many for large answers as slow ones.

    Suspended queries hold at most *memory* bytes together.
    """

    def __init__(self, *, fast: int, slow: int, memory: int) -> None:
        self._memory = memory
        self._size: dict[SlotClass, int] = {
            "fast": fast,
            "background": _BACKGROUND,
            "slow": slow,
            "large": slow,
            "reserved": _RESERVED,
            "remote": _REMOTE,
            "queued": _QUEUED,
            "suspended": _SUSPENDED,
        }
        self._share = {name: max(1, size * 3 // 4) for name, size in self._size.items()}
        self._in_use: dict[SlotClass, set[Slot]] = {name: set() for name in self._size}
        self._held: dict[tuple[SlotClass, str], int] = {}
        self._turns: dict[SlotClass, dict[str, dict[Slot, Turn]]] = {}
        """Who waits for which class, by client; the client whose turn is next comes first."""

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
            ServerBusy: no slot became free in time, or too many queries wait already.
        """
        slot = Slot(options.client)
        wanted: SlotClass = "remote" if is_remote else "slow" if is_expensive else "fast"
        if options.is_reserved and not is_remote and self._occupied(slot, "reserved"):
            return slot
        if self._occupied(slot, wanted):
            return slot
        turn = self._line_up(slot, wanted, "queued")
        timer = asyncio.get_running_loop().call_later(timeout, _give_up, turn)
        is_admitted = False
        try:
            is_admitted = await turn
        finally:
            timer.cancel()
            if not is_admitted:
                self.release(slot)
        if not is_admitted:
            raise self.refusal(slot, timeout)
        return slot

    def reclassify(
        self, slot: Slot, used: float, age: float, held: Callable[[], int] = int
    ) -> Turn | None:
        """Apply rules 2 and 3 to a query that has *used* that number of seconds of processor time.

        The query is to be suspended until its turn comes, if it has to wait for one. Then *held* is
        asked how many bytes of memory it holds.

        Raises:
            ServerBusy: it has to wait, and too many are suspended already, or hold too much.
        """
        if used >= EXPENSIVE and age >= SLOW_AGE:
            return self._moved(slot, "slow", held)
        if slot.slot_class == "fast" and used >= CHEAP:
            with suppress(ServerBusy):  # it stays where it is
                return self._moved(slot, "background", held)
        return None

    def reclassify_as_large(self, slot: Slot, held: Callable[[], int] = int) -> Turn | None:
        """Apply rule 4 to a query whose answer has outgrown the buffer, as :meth:`reclassify` does."""
        return self._moved(slot, "large", held)

    def release(self, slot: Slot, before: SlotClass | None = None) -> None:
        """Release *slot*, or what it was *before*. If its query waits, it does so no longer."""
        slot_class = before or slot.slot_class
        key = slot_class, slot.client
        self._in_use[slot_class].remove(slot)
        self._held[key] -= 1
        if not self._held[key]:
            del self._held[key]
        if slot_class in _WAITING:
            self._leave(slot)
        elif slot_class in self._turns:
            self._admit_next(slot_class)

    def in_use(self) -> dict[SlotClass, int]:
        """How many slots of each class are in use."""
        return {name: len(slots) for name, slots in self._in_use.items()}

    def sizes(self) -> dict[SlotClass, int]:
        """How many slots of each class there are."""
        return dict(self._size)

    def refusal(self, slot: Slot, limit: float | None = None) -> ServerBusy:
        """The error for a query that has waited until its *limit* in seconds, or that may not wait."""
        kind, size, share = _KINDS[slot.wanted], self._size[slot.wanted], self._share[slot.wanted]
        # Others leave the classes that may be left within milliseconds.
        seconds = 5 if slot.wanted in _LEFT else math.ceil(self._seconds_until_free(slot))
        why = (
            f"{_QUEUED} queries are already waiting, or {_SUSPENDED}, or those with too much memory, "
            "stand still"
            if limit is None
            else f"The query waited for its turn in most of its {limit:g} seconds"
        )
        return ServerBusy(
            f"{why}: at most {size} {kind} run at once, {share} for one client. Try again in {seconds} "
            "seconds, or ask for less: bind more terms, use LIMIT in subselects.",
            limit=size,
            retry_after=seconds,
        )

    def _seconds_until_free(self, slot: Slot) -> float:
        """When one of the slots that *slot* waited for is free at the latest, at least a second."""
        is_own = self._held.get((slot.wanted, slot.client), 0) >= self._share[slot.wanted]
        ends = [
            each.until
            for each in self._in_use[slot.wanted]
            if each.client == slot.client or not is_own
        ]
        return max(1.0, min(ends, default=0.0) - time.monotonic())

    def _occupied(self, slot: Slot, slot_class: SlotClass) -> bool:
        """Occupy a slot of a class for *slot*; False, with nothing changed, if none is free for it."""
        in_use, key = self._in_use[slot_class], (slot_class, slot.client)
        held = self._held.get(key, 0)
        if len(in_use) >= self._size[slot_class] or held >= self._share[slot_class]:
            return False
        in_use.add(slot)
        self._held[key] = held + 1
        slot.slot_class = slot_class
        return True

    def _move(self, slot: Slot, slot_class: SlotClass) -> bool:
        """Give *slot* another class; False, with nothing changed, if that class has no free slot."""
        before = slot.slot_class
        is_moved = self._occupied(slot, slot_class)
        if is_moved:
            self.release(slot, before)
        return is_moved

    def _moved(self, slot: Slot, slot_class: SlotClass, held: Callable[[], int]) -> Turn | None:
        """Give *slot* another class, from one that may be left; its turn, if it has to wait for that."""
        if slot.slot_class not in _LEFT or self._move(slot, slot_class):
            return None
        before, slot.held = slot.slot_class, held()
        if not self._has_room(slot):
            slot.wanted = slot_class
            raise self.refusal(slot)
        turn = self._line_up(slot, slot_class, "suspended")
        self.release(slot, before)
        return turn

    def _has_room(self, slot: Slot) -> bool:
        """Whether *slot* may be suspended, by the memory that it and others hold."""
        all_of_them = [slot, *self._in_use["suspended"]]
        of_client = sum(each.held for each in all_of_them if each.client == slot.client)
        return (
            sum(each.held for each in all_of_them) <= self._memory
            and of_client <= self._memory * 3 / 4
        )

    def _line_up(self, slot: Slot, wanted: SlotClass, slot_class: SlotClass) -> Turn:
        """Have *slot* wait, in one of the classes of those that wait."""
        slot.wanted = wanted
        if not self._occupied(slot, slot_class):
            raise self.refusal(slot)
        turn: Turn = asyncio.get_running_loop().create_future()
        self._turns.setdefault(wanted, {}).setdefault(slot.client, {})[slot] = turn
        return turn

    def _leave(self, slot: Slot) -> None:
        """Wait no longer: what was wanted is occupied, or not wanted any more."""
        clients = self._turns[slot.wanted]
        turn = clients[slot.client].pop(slot)
        if not turn.done():
            turn.set_result(slot.slot_class == slot.wanted)
        if not clients[slot.client]:
            del clients[slot.client]

    def _admit_next(self, slot_class: SlotClass) -> None:
        """Give a free slot to the client whose turn it is."""
        clients = self._turns[slot_class]
        for client in clients:
            if self._move(next(iter(clients[client])), slot_class):
                if client in clients:
                    clients[client] = clients.pop(client)  # behind the other clients
                return


def _give_up(turn: Turn) -> None:
    """Have a query wait no longer."""
    if not turn.done():
        turn.set_result(False)
