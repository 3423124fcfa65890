"""Admission: who may evaluate now.

Cheap and dear queries are told apart by their age alone. Each starts in the fast lane, where few
run at once and the others wait a moment, so that cheap ones do not crowd each other. One that has
used some processor time stands aside, and its fast place is free: it runs on after the fast ones, or,
where many stand aside, after all. One that lives longer than :data:`YOUNG_AGE`, or whose answer
outgrows the buffer, moves to the old lane, which is small. When that is full the newcomer is refused.
So a storm of runaway queries holds the few old places until their time limit, and everybody else
meets an open door.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass
from typing import Final, Literal

from gbagraph.errors import ServerBusy

Lane = Literal["fast", "aside", "last", "old", "reserved"]

YOUNG_AGE: Final = 0.1
"""Seconds after which a query is old."""

_QUEUE: Final = 512


@dataclass(slots=True)
class Place:
    """A query's place in a lane."""

    client: str
    lane: Lane = "fast"

    @property
    def old(self) -> bool:
        """Whether the query has grown old."""
        return self.lane == "old"


class Lanes:
    """The lanes, shared fairly among clients.

    Args:
        fast: places in the fast lane.
        aside: places for young queries that have left the fast lane and run after it.
        last: places for those that find no room there.
        old: places in the old lane.
        reserved: places beside the fast lane for what is the server's own: pages and canned
            queries, which so keep answering while the lanes are full of ad-hoc queries.

    One client can hold three quarters of a lane, so that another always finds room, and those who
    wait for the fast lane are let in in turn, client by client.
    """

    def __init__(
        self,
        *,
        fast: int,
        aside: int = 4,
        last: int = 64,
        old: int = 8,
        reserved: int = 16,
    ) -> None:
        self._size: dict[Lane, int] = {
            "fast": fast,
            "aside": aside,
            "last": last,
            "old": old,
            "reserved": reserved,
        }
        self._taken: Counter[Lane] = Counter()
        self._held: Counter[tuple[Lane, str]] = Counter()
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    async def enter(self, client: str, patience: float, *, reserved: bool = False) -> Place:
        """Take a fast place for *client*, waiting at most *patience* seconds for one.

        Raises:
            ServerBusy: too many wait already, or none became free in time.
        """
        if reserved and self._taken["reserved"] < self._size["reserved"]:
            self._taken["reserved"] += 1
            return Place(client, "reserved")
        place = Place(client)
        if self._fits(client, "fast") and client not in self._waiting:
            self._take(client, "fast")
        else:
            await self._queue(place, patience)
        return place

    def enter_old(self, client: str) -> Place | None:
        """Take an old place for *client*, whose query is known to grow old; None when there is none."""
        if not self._fits(client, "old"):
            return None
        self._take(client, "old")
        return Place(client, "old")

    def _fits(self, client: str, lane: Lane) -> bool:
        size = self._size[lane]
        return self._taken[lane] < size and self._held[lane, client] < max(1, size * 3 // 4)

    def _take(self, client: str, lane: Lane) -> None:
        self._taken[lane] += 1
        self._held[lane, client] += 1

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
        """Take a free fast place for the client whose turn it is."""
        for client in [client for client in self._waiting if self._fits(client, "fast")]:
            turn = self._next_turn(client)
            if turn is not None:
                self._take(client, "fast")
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

    def stand_aside(self, place: Place) -> bool:
        """Move *place* out of the fast lane; False, and nothing is moved, when there is no room.

        A reserved place stays what it is.
        """
        if place.lane == "reserved":
            return True
        return self._move(place, "aside") or self._move(place, "last")

    def grow_old(self, place: Place) -> bool:
        """Move *place* to the old lane; False, and nothing is moved, when there is no room."""
        return place.old or self._move(place, "old")

    def _move(self, place: Place, lane: Lane) -> bool:
        if not self._fits(place.client, lane):
            return False
        self.leave(place)
        place.lane = lane
        self._take(place.client, lane)
        return True

    def leave(self, place: Place) -> None:
        """Give *place* back."""
        lane, client = place.lane, place.client
        self._taken[lane] -= 1
        if lane == "reserved":
            return
        self._held[lane, client] -= 1
        if not self._held[lane, client]:
            del self._held[lane, client]
        if lane == "fast":
            self._let_in()

    @property
    def fast_queries(self) -> int:
        """Queries in the fast lane now, and reserved ones."""
        return self._taken["fast"] + self._taken["reserved"]

    @property
    def old_places(self) -> int:
        """Places in the old lane."""
        return self._size["old"]
