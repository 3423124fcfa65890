"""The nursery process: loads the dataset once, then forks a worker on each request.

Run as ``python -m gbagraph.engine.nursery CONTROL-FD JSON``. It has one thread, so forking is safe;
it is the workers' parent, so a process id it knows cannot have been given to another process. When
the control socket closes (the server ended, however it ended) it exits, and its workers with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import tempfile
import traceback
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, NoReturn

from gbagraph.dataset import load
from gbagraph.engine import priorities
from gbagraph.engine.frames import ORDER, SPAWN
from gbagraph.engine.worker import work
from gbagraph.errors import DatasetError

if TYPE_CHECKING:
    import pyoxigraph as ox

_PR_SET_PDEATHSIG: Final = 1
_MOST_AT_ONCE: Final = 32
_LAST_WORDS: Final = 2000


class Nursery:
    """Parent of the workers: forks, kills and reaps them as the server orders."""

    def __init__(self, control: socket.socket, store: ox.Store, memory: int, result: int) -> None:
        self._control = control
        self._store = store
        self._memory = memory
        self._result = result
        self._workers: dict[int, tuple[int, IO[bytes]]] = {}

    def run(self) -> None:
        """Obey orders until the control socket closes."""
        wake, woken = os.pipe()
        for end in (wake, woken):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        while True:
            watched: list[socket.socket | int] = [self._control, wake]
            ready, _, _ = select.select(watched, [], [])
            if wake in ready:
                os.read(wake, 4096)
                self._reap()
            if self._control in ready and not self._obey():
                return

    def _obey(self) -> bool:
        try:
            data, fds, _, _ = socket.recv_fds(
                self._control, ORDER.size * _MOST_AT_ONCE, _MOST_AT_ONCE
            )
        except ConnectionResetError:
            return False
        if not data:
            return False
        while len(data) % ORDER.size:
            data += self._control.recv(ORDER.size - len(data) % ORDER.size)
        for order, number in ORDER.iter_unpack(data):
            if order == SPAWN:
                self._spawn(number, socket.socket(fileno=fds.pop(0)), fds)
            else:
                self._kill(number)
        return True

    def _spawn(self, number: int, connection: socket.socket, others: list[int]) -> None:
        parent = os.getpid()
        last_words = _unnamed_file()
        pid = os.fork()
        if pid == 0:
            # A socket of another worker left open here would hide that worker's end.
            for other in others:
                os.close(other)
            self._become_worker(connection, parent, last_words)
        connection.close()
        self._workers[pid] = (number, last_words)
        self._tell({"born": number, "pid": pid})

    def _become_worker(
        self, connection: socket.socket, parent: int, last_words: IO[bytes]
    ) -> NoReturn:
        status = 1
        try:
            os.dup2(last_words.fileno(), sys.stderr.fileno())
            die_with(parent)
            self._control.close()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            priorities.begin()
            _limit_memory(self._memory)
            _shut_off()
            connection.setblocking(True)
            work(self._store, connection, self._result)
            status = 0
        except BaseException:  # noqa: BLE001  nothing is above: a fork must not return
            traceback.print_exc()
        finally:
            os._exit(status)

    def _kill(self, number: int) -> None:
        for pid, (known, _) in self._workers.items():
            if known == number:
                os.kill(pid, signal.SIGKILL)

    def _reap(self) -> None:
        """Collect the ended workers and tell the server how each ended."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                number, last_words = self._workers.pop(pid)
                with last_words:
                    last_words.seek(0)
                    said = last_words.read(_LAST_WORDS).decode(errors="replace")
                code = os.waitstatus_to_exitcode(status)
                self._tell({"ended": number, "code": code, "said": said})

    def _tell(self, message: dict[str, object]) -> None:
        tell(self._control, message)


def tell(control: socket.socket, message: dict[str, object]) -> None:
    """Send one message to the server: a line of JSON."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        control.sendall(json.dumps(message).encode() + b"\n")


def _unnamed_file() -> IO[bytes]:
    """A file for what a worker prints before it dies: the engine says there why."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("last-words"), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


def die_with(parent: int) -> None:
    """Have the kernel kill this process when *parent*, its parent, ends (on Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _limit_memory(megabytes: int) -> None:
    """Bound the data segment to its present size and *megabytes*; more aborts this process alone."""
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[5])
        limit = pages * resource.getpagesize() + megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _shut_off() -> None:
    """Let this worker open nothing more, neither file nor socket.

    The engine's SERVICE would reach any address, loopback included, and text can be disguised; a
    process that cannot open a socket calls nobody.
    """
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def main(control_fd: str, encoded: str) -> int:
    """Load, report what was loaded, and serve orders; 1 when the dataset cannot be loaded."""
    control = socket.socket(fileno=int(control_fd))
    options = json.loads(encoded)
    try:
        files = [Path(name) for name in options["files"]]
        store, description = load(files, inference=options["inference"])
    except DatasetError as problem:
        tell(control, {"failed": problem.message, "details": problem.details})
        return 1
    # What is alive now is shared with every worker: the collector must not touch its pages.
    gc.collect()
    gc.freeze()
    tell(control, {"ready": description.as_json()})
    Nursery(control, store, options["memory"], options["result_size"]).run()
    return 0


if __name__ == "__main__":
    # Its end of the control socket tells the nursery that the server is gone; this holds even if the
    # nursery itself is stopped.
    die_with(os.getppid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(main(*sys.argv[1:]))
