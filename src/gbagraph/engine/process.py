"""System calls for processes: end with the parent, limit memory, open no files or sockets, measure."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Final

from gbagraph.errors import DatasetError

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_SECCOMP: Final = 22
_PR_SET_NO_NEW_PRIVS: Final = 38
_MODE_FILTER: Final = 2

_SOCKET: Final = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""For a kind of processor, its number in <linux/audit.h> and that of the system call socket(2)."""
_OTHER_NUMBERS: Final = 0x40000000
"""From here on system calls have the numbers of another kind (x32)."""
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000


class _Instruction(ctypes.Structure):
    """An instruction of BPF, struct sock_filter in <linux/filter.h>."""

    _fields_ = (
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    """A filter, struct sock_fprog in <linux/filter.h>."""

    _fields_ = (("length", ctypes.c_uint16), ("rows", ctypes.POINTER(_Instruction)))


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


def limit_memory(megabytes: int) -> None:
    """Limit the data segment to its present size plus *megabytes*; beyond that the process aborts."""
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[5])
        limit = pages * resource.getpagesize() + megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def forbid_opening_files() -> None:
    """Forbid this process to open any further file or socket.

    The SPARQL engine would follow a SERVICE to any address, loopback included, and a query text could
    hide one from our check. A process that cannot open a socket cannot call anything.
    """
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def require_open_files(number: int) -> None:
    """Raise DatasetError if this process may have fewer than *number* files open at once."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < number:
        raise DatasetError(
            f"This process may have only {soft} files open at once, and needs {number} to evaluate "
            "queries. Allow more: ulimit -n, or LimitNOFILE of systemd."
        )


def limit_open_files(number: int) -> None:
    """Have this process open at most *number* files at once, or fewer where that is so already."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limits = [each for each in (soft, hard) if each != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min([number, *limits]), hard))


def forbid_sockets() -> None:
    """Forbid this process and its threads to make a socket, by a filter of system calls (seccomp(2)).

    A store on disk opens its files when a query needs them, so to open files cannot be forbidden.

    Raises:
        OSError: this system has no such filter, or not for this kind of processor.
    """
    if sys.platform != "linux" or os.uname().machine not in _SOCKET:
        raise OSError(errno.ENOSYS, "This system cannot forbid sockets to a process")
    architecture, socket = _SOCKET[os.uname().machine]
    # Each row is an instruction of BPF: load, jumps, return. What is not of this kind is refused, too.
    program = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 0, 4, architecture),
        (_LOAD, 0, 0, 0),
        (_AT_LEAST, 2, 0, _OTHER_NUMBERS),
        (_EQUAL, 1, 0, socket),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE | errno.EACCES),
    ]
    rows = (_Instruction * len(program))(*(_Instruction(*row) for row in program))
    library = ctypes.CDLL(None, use_errno=True)
    filtered = ctypes.byref(_Program(len(program), rows))
    if library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or library.prctl(
        _PR_SET_SECCOMP, _MODE_FILTER, filtered, 0, 0
    ):
        raise OSError(ctypes.get_errno(), "The system refuses to forbid sockets to a process")


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
    """Return free memory to the system (malloc_trim(3), where the C library is GNU's).

    Many large answers at once fragment the heap, which would otherwise not shrink again.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
