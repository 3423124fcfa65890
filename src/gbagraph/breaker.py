"""The circuit breaker: an endpoint that keeps failing is not called for a while."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable


_MOST_FAILURES: Final = 5
_FIRST_PAUSE: Final = 5.0
_LONGEST_PAUSE: Final = 60.0


class CircuitBreaker:
    """Whether an endpoint may be called, by how its last calls ended.

    After five failures in a row the circuit is open for five seconds, and no call is made. Then one call
    is let through: if it succeeds, the circuit is closed; if not, it is open for twice as long.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._pause = _FIRST_PAUSE
        self._open_until: float | None = None

    def refused_for(self) -> float:
        """Seconds for which no call may be made; 0 if one may be made now, and then it is made."""
        if self._open_until is None:
            return 0.0
        left = self._open_until - self._clock()
        if left > 0:
            return left
        # This call is the trial: until it has ended, the next ones are refused.
        self._open_until = self._clock() + self._pause
        return 0.0

    def succeeded(self) -> None:
        """Note that a call got an answer."""
        self._failures, self._pause, self._open_until = 0, _FIRST_PAUSE, None

    def failed(self) -> None:
        """Note that a call failed, in a way that is not the fault of the query."""
        self._failures += 1
        if self._open_until is not None:
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        if self._failures >= _MOST_FAILURES:
            self._open_until = self._clock() + self._pause
