"""Processes: end with the parent, limit memory and open files, measure; a worker from outside.

The processor is first for the server, then for new queries, then for those that have used much of it.
All priorities are relative to the server's own. Any process may lower a priority, but not every process
may raise it again: a worker whose priority was lowered is reused only where the system allows that.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Final, Literal

from gbagraph import feature
from gbagraph.errors import LoadFailed
from gbagraph.settings import CREDENTIALS

SlotClass = Literal[
    "fast", "background", "slow", "large", "reserved", "remote", "queued", "suspended"
]

_PR_SET_PDEATHSIG: Final = 1

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

HAS_PROCESSOR_CLOCKS: Final = sys.platform == "linux"
"""Whether :func:`processor_clock` has a clock for each process that runs."""


def environment(*, with_credentials: bool) -> dict[str, str]:
    """The environment of a process that this one starts, without what might be a secret to it.

    That are keys of collectors of traces, and credentials for an engine, unless it asks that.
    """
    secret = () if with_credentials else CREDENTIALS
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in secret and not name.startswith("OTEL_")
    }
    return {**kept, feature.VARIABLE: ",".join(feature.left_out())}


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its *parent* ends (on Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def how_ended(code: int) -> str:
    """How a process with this exit code has ended; it is negative for a signal."""
    if code >= 0:
        return f"with exit code {code}"
    name = signal.Signals(-code).name
    is_killed = code == -signal.SIGKILL
    return f"by {name}{', which the system sends when it has too little memory' * is_killed}"


def open_figures() -> int | None:
    """The descriptor of the figures from which :func:`limit_memory` reads, where there are any."""
    return os.open("/proc/self/statm", os.O_RDONLY) if sys.platform == "linux" else None


def limit_memory(megabytes: int, figures: int | None) -> None:
    """Limit the data segment to its present size plus *megabytes*; beyond that the process aborts.

    *figures* are opened before by :func:`open_figures`: a worker may open nothing, and are closed.
    """
    if figures is not None:
        pages = int(os.pread(figures, 256, 0).split()[5])
        os.close(figures)
        limit = pages * resource.getpagesize() + megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def forbid_opening_files() -> None:
    """Forbid this process to open any further file or socket, on any system.

    The SPARQL engine would follow a SERVICE to any address, loopback included, and a query text could
    hide one from our check. A process that cannot open a socket cannot call anything.
    """
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def require_open_files(number: int) -> None:
    """Raise LoadFailed if this process may have fewer than *number* files open at once."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < number:
        raise LoadFailed(
            f"This process may have only {soft} files open at once, and needs {number} to evaluate "
            "queries. Allow more: ulimit -n, or LimitNOFILE of systemd."
        )


def limit_open_files(number: int) -> None:
    """Have this process open at most *number* files at once, or fewer where that is so already."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limits = [each for each in (soft, hard) if each != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min([number, *limits]), hard))


def processor_clock(pid: int) -> int:
    """The clock of a process's processor time (clock_getcpuclockid(3)).

    Raises:
        ProcessLookupError: the process has ended.
    """
    clock = ctypes.c_int()
    if ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock)):
        raise ProcessLookupError(pid)
    return clock.value


def return_free_memory() -> None:
    """Return free memory to the system (malloc_trim(3), where the C library is GNU's).

    Many large answers at once fragment the heap, which would otherwise not shrink again.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def set_initial_priority(slot_class: SlotClass = "fast") -> None:
    """Put this process, a worker, behind the server and the fork server, which must stay responsive."""
    os.nice(_NICE[slot_class])


def lower_priority(pid: int, slot_class: SlotClass) -> None:
    """Lower a process to the priority of a class below fast."""
    with contextlib.suppress(OSError):
        _set_priority(pid, _NICE[slot_class])
        if slot_class in _IDLE and sys.platform == "linux":
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))


def send(pid: int, number: signal.Signals) -> None:
    """Send a process a signal; it may have ended."""
    # One that has ended a moment ago still has its id: others get it after a round of all ids.
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def held(pid: int) -> int:
    """Bytes of memory of a process, but for files, shared or not; 0 where nothing tells."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/statm").read_text().split()
        return (int(fields[1]) - int(fields[2])) * resource.getpagesize()
    return 0


def restore_priority(pid: int) -> bool:
    """Give a process the priority of a new worker; False where the system does not allow it."""
    try:
        if sys.platform == "linux":
            os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))
        _set_priority(pid, _NICE["fast"])
    except OSError:
        return False
    return True


def work_when_idle(*, only: bool) -> None:
    """Have this process work only while processors have nothing else to do, or as others again."""
    if sys.platform == "linux":
        policy = os.SCHED_IDLE if only else os.SCHED_OTHER
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, policy, os.sched_param(0))


def _set_priority(pid: int, steps: int) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, pid, min(own + steps, 19))
