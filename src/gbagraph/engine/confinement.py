"""What a process may do that evaluates queries, by the means of the Linux kernel.

A worker parses and evaluates what a stranger wrote, in a library that is not written for that. Whoever
takes it over is to find nothing: no network, no file but those of the store, no other process, nothing
to execute, no privilege. Three means, each for what the others leave open:

- *Landlock* (landlock(7)): nothing can be opened, made, removed or executed by its path but below one
  folder; no signal and no ptrace reaches a process outside. By its version (ABI), it does more or less.
- *seccomp* (seccomp(2)): system calls that a worker never needs are refused. What has no path is refused
  here, and what Landlock refuses too, for kernels without it.
- *Capabilities* (capabilities(7)): a server that was started by root has workers without its rights.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from functools import cache
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_SECCOMP: Final = 22
_PR_SET_NO_NEW_PRIVS: Final = 38
_MODE_FILTER: Final = 2

_REFUSED: Final = """
# Connections. A ring of io_uring(7) makes them without any call of its own.
socket 41 198, socketpair 53 199, io_uring_setup 425 425, io_uring_enter 426 426
io_uring_register 427 427
# Other programs and processes: a child would outlive the time limit.
execve 59 221, execveat 322 281, fork 57 -, vfork 58 -
# The memory and the descriptors of other processes.
ptrace 101 117, kcmp 312 272, pidfd_open 434 434, pidfd_getfd 438 438
process_vm_readv 310 270, process_vm_writev 311 271, process_madvise 440 440
# Signals to others; kill and tgkill are below.
tkill 200 130, rt_sigqueueinfo 129 138, rt_tgsigqueueinfo 297 240, pidfd_send_signal 424 424
# The priorities of others.
setpriority 141 140, sched_setscheduler 144 119, sched_setparam 142 118
sched_setaffinity 203 122, sched_setattr 314 274, ioprio_set 251 30
# Other namespaces and roots, and large parts of the kernel that a query has no use for.
unshare 272 97, setns 308 268, chroot 161 51, pivot_root 155 41, mount 165 40, umount2 166 39
bpf 321 280, userfaultfd 323 282, perf_event_open 298 241, keyctl 250 219, add_key 248 217
request_key 249 218, syslog 103 116, open_by_handle_at 304 265
"""
"""System calls with their numbers on x86_64 and aarch64."""

_REFUSED_TO_READERS: Final = """
unlink 87 -, unlinkat 263 35, rmdir 84 -, creat 85 -, rename 82 -, renameat 264 38
renameat2 316 276, link 86 -, linkat 265 37, symlink 88 -, symlinkat 266 36, mkdir 83 -
mkdirat 258 34, mknod 133 -, mknodat 259 33, truncate 76 45, utime 132 -, utimes 235 -
utimensat 280 88, futimesat 261 -, chmod 90 -, fchmod 91 52, fchmodat 268 53
fchmodat2 452 452, chown 92 -, fchown 93 55, lchown 94 -, fchownat 260 54, setxattr 188 5
lsetxattr 189 6, fsetxattr 190 7, removexattr 197 14, lremovexattr 198 15, fremovexattr 199 16
setxattrat 463 463, removexattrat 466 466, file_setattr 469 469
"""
"""What changes files by their path, and needs no descriptor."""

_KILL: Final = {"kill": (62, 129), "tgkill": (234, 131)}
_OPEN: Final = {"open": (2, None), "openat": (257, 56)}
_MISSING: Final = {"clone3": (435, 435), "openat2": (437, 437)}
"""Calls whose arguments a filter cannot see: as on an older kernel, there is none, but one before it."""
_CLONE, _PRLIMIT, _PRCTL = (56, 220), (302, 261), (157, 167)
_CAPGET, _CAPSET = (125, 90), (126, 91)
_LANDLOCK: Final = (444, 445, 446)
"""To make a set of rules, to add a rule, and to apply the set; the same on each kind of processor."""

_MACHINES: Final = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""For a kind of processor, which of the numbers are its own, and its number in <linux/audit.h>."""
_OTHER_NUMBERS: Final = 0x40000000
"""From here on system calls have the numbers of another kind (x32)."""
_CLONE_THREAD: Final = 0x10000
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

_LOAD, _EQUAL, _AT_LEAST, _ANY_OF, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
"""Where they are in struct seccomp_data; an argument begins with its lower half."""

_READ: Final = 1 << 2 | 1 << 3
_ALL_SINCE: Final = ((1, 1 << 13), (2, 1 << 14), (3, 1 << 15), (5, 1 << 16))
"""From which version of Landlock on it knows what lies below that bit of access to files."""
_MADE: Final = (1 << 16) - 1 & ~(1 << 0 | 1 << 6 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 15)
"""All but to execute, and to make devices, sockets, pipes and links."""
_NETWORK_SINCE, _NETWORK = 4, 0b11
_SCOPES_SINCE, _SCOPES = 6, 0b11
"""TCP, and abstract sockets and signals."""

_DAC_OVERRIDE, _DAC_READ_SEARCH = 1 << 1, 1 << 2
_CAPABILITIES_3: Final = 0x20080522

Row = tuple[int, int, int, int]
"""An instruction of BPF, struct sock_filter in <linux/filter.h>: code, two jumps, value."""


_ROW: Final = struct.Struct("=HBBI")
_PID: Final = b"\xfe\xfe\xfe\x7e"
"""Stands for the number of a process, and is larger than any."""


class Confinement(msgspec.Struct, frozen=True):
    """What holds for a process: the version of *landlock* (0: none), and whether it has a *filter*."""

    landlock: int = 0
    filter: bool = False

    def __str__(self) -> str:
        if self.filter and self.landlock:
            return f"shut in by seccomp and Landlock {self.landlock}"
        if self.filter:
            return "shut in by seccomp alone: this system has, or allows, no Landlock"
        return "not shut in: this system has neither seccomp nor Landlock"


class _Program(ctypes.Structure):
    """A filter, struct sock_fprog in <linux/filter.h>."""

    _fields_ = (("length", ctypes.c_uint16), ("rows", ctypes.c_char_p))


def confine(folder: int | None = None, *, may_write: bool = False) -> Confinement:
    """Confine this process, with the threads that it makes, to reading the files below *folder*.

    *folder* is a descriptor; without it, no file can be opened. With *may_write* files can be made and
    removed there, too. What the kernel cannot do is left out, and missing in what is returned.
    """
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return Confinement()
    library = _library()
    if library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return Confinement()
    own = 0 if folder is None else _DAC_READ_SEARCH | (_DAC_OVERRIDE if may_write else 0)
    _drop_capabilities(library, own)
    landlock = _restrict_paths(library, folder, may_write=may_write)
    return Confinement(landlock, _filter_calls(library, may_write=may_write))


def prepare() -> None:
    """Make what all processes need that are forked from now on: it takes as long as all the rest."""
    if sys.platform == "linux" and platform.machine() in _MACHINES:
        _library()
        _packed(may_write=False)


@cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


@cache
def _packed(*, may_write: bool) -> bytes:
    """The filter in the kernel's form, with a sign for the process that it is for."""
    (pid,) = struct.unpack("=I", _PID)
    rows = filter_of(platform.machine(), pid, may_write=may_write)
    return b"".join(_ROW.pack(*row) for row in rows)


def _drop_capabilities(library: ctypes.CDLL, kept: int) -> None:
    """Keep no capabilities but *kept*, of those that the process has."""
    of_machine, _ = _MACHINES[platform.machine()]
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITIES_3, 0))
    held = ctypes.create_string_buffer(24)
    if library.syscall(_CAPGET[of_machine], header, held):
        return
    _, permitted, *_ = struct.unpack("=6I", held.raw[:24])
    left = permitted & kept
    library.syscall(_CAPSET[of_machine], header, struct.pack("=6I", left, left, 0, 0, 0, 0))


def _restrict_paths(library: ctypes.CDLL, folder: int | None, *, may_write: bool) -> int:
    """Apply Landlock; its version, or 0 if there is none."""
    make, add, apply = _LANDLOCK
    version = max(0, library.syscall(make, None, ctypes.c_size_t(0), 1))
    if not version:
        return 0
    known = max(bit for since, bit in _ALL_SINCE if version >= since) - 1
    network = _NETWORK if version >= _NETWORK_SINCE else 0
    scopes = _SCOPES if version >= _SCOPES_SINCE else 0
    size = 24 if scopes else 16 if network else 8
    handled = struct.pack("=QQQ", known, network, scopes)
    rules = library.syscall(make, handled, ctypes.c_size_t(size), 0)
    if rules < 0:
        return 0
    try:
        if folder is not None:
            allowed = known & (_MADE if may_write else _READ)
            library.syscall(add, rules, 1, struct.pack("=Qi", allowed, folder), 0)
        return version if library.syscall(apply, rules, 0) == 0 else 0
    finally:
        os.close(rules)


def _filter_calls(library: ctypes.CDLL, *, may_write: bool) -> bool:
    """Apply the filter of system calls; whether the kernel has any."""
    packed = _packed(may_write=may_write).replace(_PID, struct.pack("=I", os.getpid()))
    program = _Program(len(packed) // _ROW.size, packed)
    return not library.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0)


def filter_of(machine: str, pid: int, *, may_write: bool) -> list[Row]:
    """The filter for the process *pid*: what it does not refuse is allowed."""
    of_machine, architecture = _MACHINES[machine]
    refused = _RETURN, 0, 0, _REFUSE | errno.EACCES
    rows: list[Row] = [
        # What is not of this kind of processor is refused, too.
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        refused,
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _OTHER_NUMBERS),
        refused,
    ]
    for number in _numbers(_REFUSED if may_write else _REFUSED + _REFUSED_TO_READERS, of_machine):
        rows += _if(number, [refused])
    for numbers in _MISSING.values():
        rows += _if(numbers[of_machine], [(_RETURN, 0, 0, _REFUSE | errno.ENOSYS)])
    # Signals to itself, as abort(3) sends one; its own limits; threads; and it ends with its parent.
    for numbers in _KILL.values():
        rows += _unless(numbers[of_machine], 0, (_EQUAL, pid), refused)
    rows += _unless(_PRLIMIT[of_machine], 0, (_EQUAL, 0), refused)
    rows += _unless(_CLONE[of_machine], 0, (_ANY_OF, _CLONE_THREAD), refused)
    rows += _unless(_PRCTL[of_machine], 0, (_AT_LEAST, _PR_SET_PDEATHSIG + 1), refused)
    if not may_write:
        for name, opening in _OPEN.items():
            allowed = [(_RETURN, 0, 0, _ALLOW)]
            flags = _argument(2 if name == "openat" else 1)
            rows += _if(opening[of_machine], [flags, (_ANY_OF, 0, 1, _WRITING), refused, *allowed])
    return [*rows, (_RETURN, 0, 0, _ALLOW)]


def _numbers(listed: str, of_machine: int) -> Iterator[int]:
    """The numbers of the system calls that are *listed*, without those that a machine has not."""
    for line in listed.splitlines():
        for call in () if line.startswith("#") else filter(None, line.split(", ")):
            number = call.split()[1 + of_machine]
            if number != "-":
                yield int(number)


def _if(number: int | None, then: list[Row]) -> list[Row]:
    """What is done for the system call *number*; nothing where there is no such call."""
    return [] if number is None else [(_EQUAL, 0, len(then), number), *then]


def _unless(number: int, place: int, holds: tuple[int, int], refused: Row) -> list[Row]:
    """Refuse the system call *number*, unless that *holds* for the argument at *place*."""
    code, value = holds
    return _if(number, [_argument(place), (code, 1, 0, value), refused, (_RETURN, 0, 0, _ALLOW)])


def _argument(place: int) -> Row:
    return _LOAD, 0, 0, _ARGUMENTS + 8 * place
