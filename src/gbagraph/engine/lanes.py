"""Admission: who may evaluate now.

Cheap and dear queries are told apart by their age alone. Each starts in the young lane; one that
lives longer than :data:`YOUNG_AGE`, or whose answer outgrows the buffer, moves to the old lane,
which is small. When that is full the newcomer is refused. So a storm of runaway queries holds the
few old places until their time limit, and everybody else meets an open door.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass
from typing import Final

from gbagraph.errors import ServerBusy

YOUNG_AGE: Final = 0.1
"""Seconds after which a query is old."""

_QUEUE: Final = 512


@dataclass(slots=True)
class Place:
    """A query's place in a lane."""

    client: str
    reserved: bool
    old: bool = False


class Lanes:
    """The young and the old lane, shared fairly among clients.

    Args:
        young: places in the young lane.
        old: places in the old lane.
        reserved: places beside the young lane for what is the server's own: pages and canned
            queries, which so keep answering while the lanes are full of ad-hoc queries.

    One client can hold three quarters of a lane, so that another always finds room, and those who
    wait for the young lane are let in in turn, client by client.
    """

    def __init__(self, *, young: int = 256, old: int = 8, reserved: int = 16) -> None:
        self._size = {False: young, True: old}
        self._free_reserved = reserved
        self._taken = {False: 0, True: 0}
        self._held: Counter[tuple[bool, str]] = Counter()
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    async def enter(self, client: str, patience: float, *, reserved: bool = False) -> Place:
        """Take a young place for *client*, waiting at most *patience* seconds for one.

        Raises:
            ServerBusy: too many wait already, or none became free in time.
        """
        if reserved and self._free_reserved:
            self._free_reserved -= 1
            return Place(client, reserved=True)
        place = Place(client, reserved=False)
        if self._fits(client, old=False) and client not in self._waiting:
            self._take(client, old=False)
        else:
            await self._queue(place, patience)
        return place

    def _fits(self, client: str, *, old: bool) -> bool:
        size = self._size[old]
        return self._taken[old] < size and self._held[old, client] < max(1, size * 3 // 4)

    def _take(self, client: str, *, old: bool) -> None:
        self._taken[old] += 1
        self._held[old, client] += 1

    async def _queue(self, place: Place, patience: float) -> None:
        """Wait until :meth:`_let_in` has taken a place for this client."""
        if sum(map(len, self._waiting.values())) >= _QUEUE:
            raise ServerBusy(
                f"{_QUEUE} queries wait to be evaluated. Ask again later.", limit=_QUEUE
            )
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(place.client, deque()).append(turn)
        try:
            async with asyncio.timeout(patience):
                await turn
        except TimeoutError:
            raise ServerBusy(
                f"The query waited {patience:g} seconds to be evaluated. Ask again later.",
                limit=patience,
            ) from None
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(place)
            raise

    def _let_in(self) -> None:
        """Take a free young place for the client whose turn it is."""
        for client in [client for client in self._waiting if self._fits(client, old=False)]:
            turn = self._next_turn(client)
            if turn is not None:
                self._take(client, old=False)
                turn.set_result(None)
                return

    def _next_turn(self, client: str) -> asyncio.Future[None] | None:
        """The longest waiting turn of *client*, who then goes behind the other clients."""
        turns = self._waiting.pop(client)
        while turns:
            turn = turns.popleft()
            if not turn.done():
                if turns:
                    self._waiting[client] = turns
                return turn
        return None

    def grow_old(self, place: Place) -> bool:
        """Move *place* to the old lane; False, and nothing is moved, when there is no room."""
        if place.old:
            return True
        if not self._fits(place.client, old=True):
            return False
        self._give_back(place)
        place.old = True
        self._take(place.client, old=True)
        return True

    def leave(self, place: Place) -> None:
        """Give *place* back."""
        self._give_back(place)

    def _give_back(self, place: Place) -> None:
        if place.reserved and not place.old:
            self._free_reserved += 1
            return
        self._taken[place.old] -= 1
        self._held[place.old, place.client] -= 1
        if not self._held[place.old, place.client]:
            del self._held[place.old, place.client]
        if not place.old:
            self._let_in()

    @property
    def young_queries(self) -> int:
        """Queries in the young lane now."""
        return self._taken[False]

    @property
    def old_places(self) -> int:
        """Places in the old lane."""
        return self._size[True]
