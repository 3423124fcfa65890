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
from collections import Counter, OrderedDict, deque
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
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    async def enter(self, terms: Terms, patience: float, *, is_expensive: bool = False) -> Slot:
        """A slot for a query on these *terms*, waited for *patience* seconds at most.

        Raises:
            ServerBusy: none became free in time, too many wait already, or the query is known to be
                expensive and no slow slot is free.
        """
        client = terms.client
        if terms.is_reserved and self._has_room("reserved", client):
            return self._take("reserved", client)
        if is_expensive:
            if not self._has_room("slow", client):
                raise self._refusal("slow")
            return self._take("slow", client)
        if client in self._queues or not self._has_room("fast", client):
            await self._wait(client, patience)
        else:
            self._take("fast", client)
        return Slot(client, "fast")

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
        held = slot.slot_class, slot.client
        self._held[held] -= 1
        if not self._held[held]:
            del self._held[held]
        if slot.slot_class == "fast":
            self._admit_next()

    def taken(self) -> dict[SlotClass, int]:
        """How many slots of each class are taken."""
        return {slot_class: self._taken[slot_class] for slot_class in self._size}

    @property
    def fast_queries(self) -> int:
        """How many queries are in fast slots."""
        return self._taken["fast"]

    def _has_room(self, slot_class: SlotClass, client: str) -> bool:
        size = self._size[slot_class]
        share = max(1, size * 3 // 4)
        return self._taken[slot_class] < size and self._held[slot_class, client] < share

    def _take(self, slot_class: SlotClass, client: str) -> Slot:
        self._taken[slot_class] += 1
        self._held[slot_class, client] += 1
        return Slot(client, slot_class)

    def _move(self, slot: Slot, slot_class: SlotClass) -> bool:
        """Give *slot* another class; False, and nothing is moved, when there is no room."""
        if not self._has_room(slot_class, slot.client):
            return False
        self.leave(slot)
        slot.slot_class = slot_class
        self._take(slot_class, slot.client)
        return True

    async def _wait(self, client: str, patience: float) -> None:
        """Wait until :meth:`_admit_next` has taken a fast slot for *client*."""
        if sum(map(len, self._queues.values())) >= _QUEUE:
            raise ServerBusy(f"{_QUEUE} queries wait already. Ask again later.", limit=_QUEUE)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue = self._queues.setdefault(client, deque())
        queue.append(turn)
        admitted = False
        try:
            async with asyncio.timeout(patience):
                await turn
            admitted = True
        except TimeoutError:
            raise ServerBusy(
                f"The query waited {patience:g} seconds to be evaluated. Ask again later.",
                limit=patience,
            ) from None
        finally:
            if not admitted:
                self._give_up(client, turn)

    def _give_up(self, client: str, turn: asyncio.Future[None]) -> None:
        """Take *turn* out of the queue; if the slot has been taken for it already, leave that."""
        queue = self._queues.get(client)
        if queue is not None and turn in queue:
            queue.remove(turn)
            if not queue:
                del self._queues[client]
        elif turn.done() and not turn.cancelled():
            self.leave(Slot(client, "fast"))

    def _admit_next(self) -> None:
        """Take the free fast slot for the client whose turn it is."""
        for client in [client for client in self._queues if self._has_room("fast", client)]:
            turn = self._next_turn(client)
            if turn is not None:
                self._take("fast", client)
                turn.set_result(None)
                return

    def _next_turn(self, client: str) -> asyncio.Future[None] | None:
        """The longest waiting turn of *client*, who then goes behind the other clients."""
        turns = self._queues.pop(client)
        while turns:
            turn = turns.popleft()
            if not turn.done():
                if turns:
                    self._queues[client] = turns
                return turn
        return None

    def _refusal(self, slot_class: SlotClass) -> ServerBusy:
        size = self._size[slot_class]
        what = (
            f"The query is slow: it needs more than {EXPENSIVE:g} seconds of a processor"
            if slot_class == "slow"
            else "The answer is large"
        )
        return ServerBusy(
            f"{what}, and as many of that kind run as may: {size}, and {max(1, size * 3 // 4)} for "
            "one client. Ask again later, or ask for less: bind more terms, use LIMIT in subselects.",
            limit=size,
        )
