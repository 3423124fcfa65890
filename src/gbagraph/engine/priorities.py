"""Who gets the processor first: the server, then queries that are new, then those that cost something.

All are relative to the server's own priority. Lowering a priority is everybody's right; raising it
again is not, so a worker that stood aside is used again only where the system allows it.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Final

_YOUNG: Final = 2
_ASIDE: Final = 10
_LOWEST: Final = 19


def begin() -> None:
    """Stand back behind the server and the nursery, which must stay quick; a worker calls this."""
    os.nice(_YOUNG)


def stand_aside(pid: int | None) -> None:
    """Let the process run after the workers that are new to their query."""
    with contextlib.suppress(OSError):
        _set(pid, _ASIDE)


def go_last(pid: int | None) -> None:
    """Let the process run when nobody else wants to (SCHED_IDLE, sched(7)), or at the lowest."""
    with contextlib.suppress(OSError):
        _set(pid, _LOWEST)
        if pid is not None and sys.platform == "linux":
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))


def begin_again(pid: int | None) -> bool:
    """Undo what the others did; False where that is not allowed."""
    try:
        if pid is not None and sys.platform == "linux":
            os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))
        _set(pid, _YOUNG)
    except OSError:
        return False
    return True


def _set(pid: int | None, steps: int) -> None:
    if pid is not None:
        own = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, pid, min(own + steps, _LOWEST))
