"""How many requests a client may send: a token bucket for each client."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.errors import RateExceeded
from gbagraph.lru import LruCache
from gbagraph.setting import per_second

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gbagraph.settings import Settings

CLIENTS: Final = 65_536
"""Clients of whom a process keeps a number, in some fifteen megabytes; of more, those that were longest
silent are forgotten, and have their whole allowance again."""

_NAME: Final = '"client"'
"""What the only policy is called in header fields."""


class Allowance(NamedTuple):
    """What a client may still ask: how many requests are *left*, and the *seconds* until all are.

    If it has asked too much, it is to *wait* for some seconds. *limit* says in words what it may ask.
    """

    left: int
    seconds: float
    policy: str
    limit: str
    wait: int = 0

    def fields(self) -> Iterator[tuple[str, str]]:
        """The header fields that say so (draft-ietf-httpapi-ratelimit-headers-11)."""
        yield "ratelimit", f"{_NAME};r={self.left};t={math.ceil(self.seconds)}"
        yield "ratelimit-policy", self.policy

    def require(self) -> None:
        """Raise RateExceeded if the client has asked too much."""
        if self.wait:
            raise RateExceeded(
                f"From your address came too many requests: it may send {self.limit}. Try again in "
                f"{self.wait} s, and ask for more with one query rather than with many.",
                limit=self.limit,
                retry_after=self.wait,
            )


class RateLimiter:
    """Lets each client send *rate* requests in a second on average, and up to *burst* of them at once.

    It is a token bucket, kept as one number for each client (generic cell rate algorithm): the time at
    which the client has its whole allowance again. Each request moves that time on by the interval
    between two requests; one that would move it further ahead than a whole allowance is refused, and
    moves nothing.
    """

    def __init__(
        self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._interval = 1 / rate
        self._whole = burst * self._interval
        self._clock = clock
        self._full_at: LruCache[str, float] = LruCache(CLIENTS)
        self._policy = f"{_NAME};q={burst};w={math.ceil(self._whole)}"
        self._limit = f"{burst} at once and one each {self._interval:.3g} s"

    @classmethod
    def of(cls, settings: Settings) -> RateLimiter | None:
        """The limiter of one of the server processes, which each have a share; None for no limit."""
        if not settings.rate_limit:
            return None
        burst = math.ceil(settings.rate_burst / settings.workers)
        return cls(per_second(settings.rate_limit) / settings.workers, burst)

    def __len__(self) -> int:
        """Of how many clients a number is kept."""
        return len(self._full_at.entries)

    def take(self, client: str) -> Allowance:
        """Count a request of *client*, unless it has asked too much; what it may ask."""
        now = self._clock()
        used = max((self._full_at.get(client) or now) - now, 0.0)
        early = used + self._interval - self._whole
        # A nanosecond, so that rounding refuses no client that comes at the very time that it was given.
        if early > 1e-9:
            return self._allowance(used, max(1, math.ceil(early)))
        self._full_at.put(client, now + used + self._interval)
        return self._allowance(used + self._interval, 0)

    def _allowance(self, used: float, wait: int) -> Allowance:
        left = int((self._whole - used) / self._interval + 1e-6)
        return Allowance(left, used, self._policy, self._limit, wait)
