"""One timer for all executions: each is checked when it is due."""

from __future__ import annotations

import asyncio
import math
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Watched(Protocol):
    """What is checked: at *due*, by the monotonic clock."""

    due: float

    def check(self) -> None:
        """Check it; it is due again later, or has ended."""


class Watch:
    """Checks whatever *runs*, by number. Most executions end before they are due, and need no timer."""

    def __init__(self, runs: Mapping[int, Watched]) -> None:
        self._runs = runs
        self.next = math.inf
        """When the timer fires, by the monotonic clock."""

    def expect(self, due: float) -> None:
        """Look at what runs at *due*, or before."""
        if due < self.next:
            self.next = due
            asyncio.get_running_loop().call_later(max(0.0, due - time.monotonic()), self._look, due)

    def _look(self, at: float) -> None:
        if at != self.next:
            return  # an earlier timer has looked meanwhile, and set another
        now, self.next = time.monotonic(), math.inf
        for each in list(self._runs.values()):
            if each.due <= now:
                each.check()
        if self._runs:
            self.expect(min(each.due for each in self._runs.values()))
