"""Who gets the processor first: the server, then new queries, then those that have used much of it.

All priorities are relative to the server's own. Any process may lower a priority, but not every process
may raise it again: a worker whose priority was lowered is reused only where the system allows that.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gbagraph.engine.admission import SlotClass

_NICE: Final[dict[SlotClass, int]] = {
    "fast": 2,
    "reserved": 2,
    "background": 10,
    "remote": 10,
    "slow": 19,
    "large": 19,
}
_IDLE: Final = frozenset({"slow", "large"})
"""Classes that run only on an idle processor (SCHED_IDLE, sched(7)), else at the lowest priority."""


def set_initial() -> None:
    """Put this process, a worker, behind the server and the fork server, which must stay responsive."""
    os.nice(_NICE["fast"])


def lower(pid: int, slot_class: SlotClass) -> None:
    """Lower a process to the priority of a class below fast."""
    with contextlib.suppress(OSError):
        _set(pid, _NICE[slot_class])
        if slot_class in _IDLE and sys.platform == "linux":
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))


def restore(pid: int) -> bool:
    """Give a process the priority of a new worker; False where the system does not allow it."""
    try:
        if sys.platform == "linux":
            os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))
        _set(pid, _NICE["fast"])
    except OSError:
        return False
    return True


def _set(pid: int, steps: int) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, pid, min(own + steps, 19))
