"""Admission control: which queries run at once, and what happens to one that turns out expensive.

The rules, whole:

1. A query starts *fast*. Few are at once; the others wait their turn, client by client.
2. One that has used 3 ms of processor time goes to the *background*: it runs after the fast ones, and
   its fast slot is free.
3. One that has used 50 ms and is older than 100 ms is *slow*: it runs when nobody else wants to.
   When all slow slots are taken it is refused. So a storm of runaways holds the few slow slots until
   their time limit, and everybody else meets an open door.
4. One whose answer outgrows the buffer is *large*, with slots of its own; else as 3.
5. One that is known to be expensive starts slow.
6. Pages, dumps and canned queries have reserved slots, and are neither moved nor refused there.
7. A client holds at most three quarters of the slots of a class, so another always finds one.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from dataclasses import dataclass
from typing import Final, Literal

from gbagraph.errors import ServerBusy

SlotClass = Literal["fast", "background", "slow", "large", "reserved"]

CHEAP: Final = 0.003
"""Seconds of processor time that a query may use in a fast slot."""

EXPENSIVE: Final = 0.05
"""Seconds of processor time after which a query is expensive."""

SLOW_AGE: Final = 0.1
"""Seconds after which an expensive query is slow."""

_BACKGROUND: Final = 64
_RESERVED: Final = 16
_QUEUE: Final = 512
"""Queries that may wait for a fast slot."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a job is evaluated: for which *client*, how long at most, by rule 6 or not.

    *timeout* is in seconds and can only lower the engine's own limit.
    """

    client: str = ""
    timeout: float | None = None
    is_reserved: bool = False


@dataclass(slots=True)
class Slot:
    """The right of a client's query to run; whoever enters must leave."""

    client: str
    slot_class: SlotClass


class Admission:
    """The slots: *fast* ones, and *slow* ones, of which there are as many for large answers."""

    def __init__(self, *, fast: int, slow: int) -> None:
        self._size: dict[SlotClass, int] = {
            "fast": fast,
            "background": _BACKGROUND,
            "slow": slow,
            "large": slow,
            "reserved": _RESERVED,
        }
        self._taken: Counter[SlotClass] = Counter()
        self._held: Counter[tuple[SlotClass, str]] = Counter()
        self._turns: dict[str, deque[asyncio.Future[None]]] = {}
        """Who waits for a fast slot: by client, the one whose turn is next first."""

    async def enter(self, terms: Terms, patience: float, *, is_expensive: bool = False) -> Slot:
        """A slot for a query on these *terms*, waited for *patience* seconds at most.

        Raises:
            ServerBusy: none became free in time, too many wait already, or the query is known to be
                expensive and no slow slot is free.
        """
        slot_class: SlotClass = "slow" if is_expensive else "fast"
        if terms.is_reserved and self._has_room("reserved", terms.client):
            slot_class = "reserved"
        if self._has_room(slot_class, terms.client):
            return self._take(Slot(terms.client, slot_class))
        if is_expensive:
            raise self._refusal("slow")
        return await self._wait(Slot(terms.client, "fast"), patience)

    def review(self, slot: Slot, used: float, age: float) -> None:
        """Move a query on by rules 2 and 3: seconds of processor time it has *used*, and its *age*.

        Raises:
            ServerBusy: it is slow, and no slow slot is free.
        """
        if slot.slot_class == "fast" and used >= CHEAP:
            self._move(slot, "background")
        is_slow = used >= EXPENSIVE and age >= SLOW_AGE
        if is_slow and slot.slot_class in ("fast", "background") and not self._move(slot, "slow"):
            raise self._refusal("slow")

    def enlarge(self, slot: Slot) -> None:
        """Move a query on by rule 4.

        Raises:
            ServerBusy: no slot for a large answer is free.
        """
        if slot.slot_class in ("fast", "background") and not self._move(slot, "large"):
            raise self._refusal("large")

    def leave(self, slot: Slot) -> None:
        """Give *slot* back."""
        self._taken[slot.slot_class] -= 1
        self._held[slot.slot_class, slot.client] -= 1
        if not self._held[slot.slot_class, slot.client]:
            del self._held[slot.slot_class, slot.client]
        if slot.slot_class == "fast":
            self._admit()

    def taken(self) -> dict[SlotClass, int]:
        """How many slots of each class are taken."""
        return {slot_class: self._taken[slot_class] for slot_class in self._size}

    def _has_room(self, slot_class: SlotClass, client: str) -> bool:
        size = self._size[slot_class]
        share = max(1, size * 3 // 4)
        return self._taken[slot_class] < size and self._held[slot_class, client] < share

    def _take(self, slot: Slot) -> Slot:
        self._taken[slot.slot_class] += 1
        self._held[slot.slot_class, slot.client] += 1
        return slot

    def _move(self, slot: Slot, slot_class: SlotClass) -> bool:
        """Give *slot* another class; False, and nothing is moved, when there is no room."""
        if not self._has_room(slot_class, slot.client):
            return False
        self.leave(slot)
        slot.slot_class = slot_class
        self._take(slot)
        return True

    async def _wait(self, slot: Slot, patience: float) -> Slot:
        """Wait until :meth:`_admit` has taken *slot*."""
        if sum(map(len, self._turns.values())) >= _QUEUE:
            raise ServerBusy(f"{_QUEUE} queries wait already. Ask again later.", limit=_QUEUE)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._turns.setdefault(slot.client, deque()).append(turn)
        is_admitted = False
        try:
            async with asyncio.timeout(patience):
                await turn
            is_admitted = True
        except TimeoutError:
            raise ServerBusy(
                f"The query waited {patience:g} seconds to be evaluated. Ask again later.",
                limit=patience,
            ) from None
        finally:
            if not is_admitted:
                self._give_up(slot, turn)
        return slot

    def _give_up(self, slot: Slot, turn: asyncio.Future[None]) -> None:
        """Wait no longer; a slot that was taken at this very moment is given back."""
        turns = self._turns.get(slot.client, deque())
        if turn in turns:
            turns.remove(turn)
        elif turn.done() and not turn.cancelled():
            self.leave(slot)

    def _admit(self) -> None:
        """Take a free fast slot for the client who has waited longest for a turn."""
        for client in list(self._turns):
            turns = self._turns.pop(client)
            while turns and turns[0].done():
                turns.popleft()  # about to be given up
            if turns and self._has_room("fast", client):
                self._take(Slot(client, "fast"))
                turns.popleft().set_result(None)
                if turns:
                    self._turns[client] = turns  # behind the other clients
                return
            if turns:
                self._turns[client] = turns

    def _refusal(self, slot_class: SlotClass) -> ServerBusy:
        size = self._size[slot_class]
        what = "The answer is large"
        if slot_class == "slow":
            what = f"The query is slow: it needs more than {EXPENSIVE:g} seconds of a processor"
        return ServerBusy(
            f"{what}, and as many of that kind run as may: {size}, and {max(1, size * 3 // 4)} for "
            "one client. Ask again later, or ask for less: bind more terms, use LIMIT in subselects.",
            limit=size,
        )
