"""Who gets the processor first: the server, then new queries, then those that cost something.

All are relative to the server's own priority. Lowering a priority is everybody's right; raising it
again is not, so a worker that was lowered is used again only where the system allows it.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gbagraph.engine.admission import SlotClass

_STEPS: Final[dict[SlotClass, int]] = {
    "fast": 2,
    "reserved": 2,
    "background": 10,
    "slow": 19,
    "large": 19,
}
_IDLE: Final = frozenset({"slow", "large"})
"""Classes that run when nobody else wants to (SCHED_IDLE, sched(7)), or at the lowest priority."""


def begin() -> None:
    """Stand back behind the server and the fork server, which must stay quick; a worker calls this."""
    os.nice(_STEPS["fast"])


def lower(pid: int, slot_class: SlotClass) -> None:
    """Give the process the priority of a class below fast."""
    with contextlib.suppress(OSError):
        _set(pid, _STEPS[slot_class])
        if slot_class in _IDLE and sys.platform == "linux":
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))


def restore(pid: int) -> bool:
    """Give the process the priority of a new worker; False where that is not allowed."""
    try:
        if sys.platform == "linux":
            os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))
        _set(pid, _STEPS["fast"])
    except OSError:
        return False
    return True


def _set(pid: int, steps: int) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, pid, min(own + steps, 19))
