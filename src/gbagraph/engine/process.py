"""What the system does for a process: it dies with its parent, is bounded, and is measured."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def die_with(parent: int) -> None:
    """Have the kernel kill this process when *parent*, its parent, ends (on Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def limit_memory(megabytes: int) -> None:
    """Bound the data segment to its present size and *megabytes*; more aborts this process alone."""
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[5])
        limit = pages * resource.getpagesize() + megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def shut_off() -> None:
    """Let this process open nothing more, neither file nor socket.

    The engine's SERVICE would reach any address, loopback included, and text can be disguised; a
    process that cannot open a socket calls nobody.
    """
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def processor_clock(pid: int) -> int:
    """The clock of a process's processor time (clock_getcpuclockid(3)); raises OSError without one."""
    clock = ctypes.c_int()
    library = ctypes.CDLL(None)
    if not hasattr(library, "clock_getcpuclockid") or library.clock_getcpuclockid(
        pid, ctypes.byref(clock)
    ):
        raise ProcessLookupError(pid)
    return clock.value


def return_free_memory() -> None:
    """Give free memory back to the system (malloc_trim(3), where the C library is GNU's).

    Large answers pass through the server in pieces; without this a storm of them leaves holes.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
