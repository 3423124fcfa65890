"""A server process and its parent: how it is started, and what the two say to each other.

The process is a fork of its parent, which has imported little more than the command line. Over a pair of
sockets it says that it could serve, or why it cannot; the parent says when it is to begin, and when it
is to let its connections run out. When the parent ends in whatever way, the process ends, too.
"""

from __future__ import annotations

import errno
import gc
import logging
import os
import signal
import socket
import sys
import time
import traceback
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol, cast

import msgspec

from gbagraph.engine.process import die_with_parent
from gbagraph.errors import (
    AddressError,
    DatasetError,
    GbaGraphError,
    LoadFailed,
    QueryFileError,
    SettingError,
    scarcity,
)
from gbagraph.feature import first
from gbagraph.text import without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gbagraph.settings import Settings


SERVE: Final = b"s"
DRAIN: Final = b"d"
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


class _Word(msgspec.Struct, omit_defaults=True):
    """What a process says, as a line of JSON: that it is ready, is closed to others, or has failed."""

    ready: bool = False
    closed: bool = False
    failure: str = ""
    kind: str = ""


_FAILURES: Final = {each.name: each for each in (SettingError, DatasetError, QueryFileError)}
"""What can be corrected; whatever else a process has failed by cannot be."""


class ServerProcess:
    """A server process, as its parent sees it.

    ``is_ready`` once it could serve, ``failure`` if it has said why it cannot, ``code`` how it has ended
    (negative for a signal). ``is_serving`` once it was let, ``is_open`` from then until it has said
    that it takes no more connections.
    """

    def __init__(self, pid: int, channel: socket.socket) -> None:
        self.pid = pid
        self.is_ready = self.is_serving = self.is_open = False
        self.failure: GbaGraphError | None = None
        self.code: int | None = None
        self.channel = channel
        self._said = b""

    @property
    def is_heard(self) -> bool:
        """Whether it may still say something."""
        return self.channel.fileno() >= 0

    def update(self) -> None:
        """Take note of what it has said, and whether it has ended."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if pid else None
        self._listen()

    def _listen(self) -> None:
        try:
            while self.is_heard:
                self._hear(self.channel.recv(1 << 16))
        except BlockingIOError:
            if self.code is not None:
                self.channel.close()
        except ConnectionResetError:
            self.channel.close()

    def _hear(self, part: bytes) -> None:
        if not part:
            self.channel.close()
        *lines, self._said = (self._said + part).split(b"\n")
        for line in lines:
            word = msgspec.json.decode(line, type=_Word)
            self.is_ready |= word.ready
            self.is_open &= not word.closed
            if word.failure:
                self.failure = _FAILURES.get(word.kind, LoadFailed)(word.failure)

    def say(self, word: bytes) -> None:
        """Have it SERVE or DRAIN; one that has ended hears nothing."""
        if word == SERVE:
            self.is_serving = self.is_open = True
        with suppress(OSError):
            self.channel.sendall(word)

    def send(self, number: int) -> None:
        """Send it a signal."""
        if self.code is None:
            os.kill(self.pid, number)


class _Closable(Protocol):
    def close(self) -> None: ...


def start(run: Callable[[Parent], None], inherited: Iterable[_Closable]) -> ServerProcess:
    """Fork a process that calls *run*, and closes what it has *inherited* and is its parent's.

    Raises:
        OSError: the system allows no further process.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        parent = os.getpid()
        gc.freeze()  # what both have is shared for as long as neither's garbage collector writes to it
        # A signal for the new process would be taken for one of its parent's, until it has settled.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            pid = os.fork()
            if pid == 0:
                _become(run, parent, theirs, [ours, *inherited])
        except OSError:
            ours.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    ours.setblocking(False)
    return ServerProcess(pid, ours)


def _become(
    run: Callable[[Parent], None],
    parent: int,
    channel: socket.socket,
    inherited: Iterable[_Closable],
) -> NoReturn:
    code = 1
    try:
        _settle(parent, inherited)
        run(Parent(channel))
        code = 0
    except GbaGraphError as problem:
        _say(channel, _Word(failure=problem.message, kind=problem.name))
    except BaseException as problem:  # noqa: BLE001  nothing is above this: a fork must not return
        if said := scarcity(problem):
            _say(channel, _Word(failure=said))
        else:
            traceback.print_exc()
    finally:
        logging.shutdown()
        sys.stdout.flush()
        os._exit(code)


def _settle(parent: int, inherited: Iterable[_Closable]) -> None:
    """Leave behind what is the parent's: its signals, its terminal, its other processes."""
    die_with_parent(parent)
    # Ctrl-C is for the parent, which then ends all in order.
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    for each in inherited:
        each.close()


def _say(channel: socket.socket, word: _Word) -> None:
    with suppress(OSError):
        channel.sendall(msgspec.json.encode(word) + b"\n")


class Parent:
    """The parent, as a server process sees it."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel

    async def lets_serve(self) -> bool:
        """Say that this process could serve, and wait; whether it is wanted."""
        self._channel.setblocking(False)
        _say(self._channel, _Word(ready=True))
        return await self._next_word() == SERVE

    async def until_dismissed(self) -> None:
        """Wait until this process is to let its connections run out, or the parent is gone."""
        await self._next_word()

    def report_closed(self) -> None:
        """Say that this process takes no more connections."""
        _say(self._channel, _Word(closed=True))

    async def _next_word(self) -> bytes:
        import asyncio  # noqa: PLC0415  the parent, which starts processes, does without

        with suppress(ConnectionResetError):
            return await asyncio.get_running_loop().sock_recv(self._channel, 1)
        return b""


_COLORS: Final = {"INFO": 32, "WARNING": 33, "ERROR": 31}


def as_text(level: str, message: str) -> str:
    """A line as uvicorn writes it, with the *level* in colour where that is a terminal."""
    message = without_secrets(message)
    head = f"\x1b[{_COLORS[level]}m{level}\x1b[0m" if sys.stderr.isatty() else level
    return f"{head}:{' ' * (9 - len(level))}{message}"


def as_json(
    when: float, level: str, logger: str, message: str, more: Mapping[str, Any] | None = None
) -> str:
    """An object: time (UTC), level, logger, message, and what there is *more*. *when* is since 1970."""
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(when))
    fields = {
        "time": f"{seconds}.{int(when % 1 * 1000):03d}Z",
        "level": level.lower(),
        "logger": logger,
        "message": message,
        **(more or {}),
    }
    return without_secrets(msgspec.json.encode(fields).decode())


@dataclass(frozen=True, slots=True)
class Source:
    """What a generation serves: settings in which a store is a version of it, and the name of that."""

    settings: Settings
    version: str = ""


class Followed:
    """What a server with these *settings* serves: the same for as long as it runs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def is_watched(self) -> bool:
        """Whether another version may come into service."""
        return False

    def source(self) -> Source:
        """Return what is in service now."""
        return Source(self._settings)

    def newest(self) -> Source:
        """Return the newest version, or else the same again; raises DatasetError."""
        return self.source()

    def has_changed(self) -> bool:
        """Return whether another version has come into service since this was last looked at."""
        return False

    def serves(self, source: Source) -> None:
        """Put the version of *source*, which serves now, into service, unless others have chosen one.

        Raises:
            GbaGraphError: the folder cannot be written.
        """


def followed(settings: Settings) -> Followed:
    """Return what a server with these *settings* serves."""
    return cast("Followed", first("versions", settings) or Followed(settings))


_BACKLOG: Final = 2048
"""Connections that may wait until a process accepts them."""
_NOT_HERE: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
"""Of one address of several: a machine may have no IPv6."""


@contextmanager
def listening(host: str, port: int) -> Iterator[list[socket.socket]]:
    """Bind sockets to all addresses of *host*; no connection is taken before :func:`open_for_all`.

    Raises:
        AddressError: there is no such address, or another server has it.
    """
    with ExitStack() as held:
        try:
            sockets = _bound(host, port, held)
        except OSError as problem:
            raise _taken(host, port, problem) from None
        yield sockets


def _bound(host: str, port: int, held: ExitStack) -> list[socket.socket]:
    addresses = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    sockets: list[socket.socket] = []
    fault: OSError | None = None
    for family, kind, protocol, _, address in dict.fromkeys(addresses):
        try:
            bound = held.enter_context(socket.socket(family, kind, protocol))
            _bind(bound, (address[0], port, *address[2:]))
        except OSError as problem:
            if problem.errno not in _NOT_HERE:
                raise
            fault = problem
            continue
        port = port or bound.getsockname()[1]
        sockets.append(bound)
    if not sockets and fault is not None:
        raise fault
    return sockets


def _bind(bound: socket.socket, address: tuple[object, ...]) -> None:
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if bound.family == socket.AF_INET6:
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    bound.bind(address)


def open_for_all(sockets: Sequence[socket.socket]) -> None:
    """Have the system take connections, which wait until a process accepts them.

    Raises:
        AddressError: another server has taken the address meanwhile.
    """
    for each in sockets:
        try:
            each.listen(_BACKLOG)
        except OSError as problem:
            host, port, *_ = each.getsockname()
            raise _taken(host, port, problem) from None


def shown(host: str, sockets: Sequence[socket.socket]) -> str:
    """The address as people read it."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{sockets[0].getsockname()[1]}"


def _taken(host: str, port: int, problem: OSError) -> AddressError:
    reason = problem.strerror or str(problem)
    return AddressError(
        f"The server cannot listen on {host}, port {port}: {reason}. Choose another with --host or "
        "--port; port 0 takes a free one."
    )
