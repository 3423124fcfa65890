"""The fork server: loads the dataset once, then forks a worker on each order.

Run as ``python -m gbagraph.engine.forkserver CONTROL-FD``. It has one thread, so forking is safe;
it is the workers' parent, so a process id it knows cannot have been given to another process. When
the control socket closes (the server ended, however it ended) it exits, and its workers with it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import struct
import sys
import tempfile
import traceback
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, NoReturn

import msgspec

from gbagraph.dataset.loader import load
from gbagraph.engine import priorities, process, wire
from gbagraph.engine.worker import prepare, work
from gbagraph.errors import DatasetError

if TYPE_CHECKING:
    import pyoxigraph as ox

_ORDER: Final = struct.Struct("!cII")
"""An order as it comes: a frame's header and the number of a worker."""
_LAST_WORDS: Final = 2000


class ForkServer:
    """Parent of the workers: forks, kills and reaps them as the server orders."""

    def __init__(self, control: socket.socket, store: ox.Store, options: wire.Options) -> None:
        self._control = control
        self._store = store
        self._options = options
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
        """Take one order; False when there will be none any more."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, _ORDER.size, 1)
        except ConnectionResetError:
            return False
        if len(data) < _ORDER.size:
            return False
        order, _, number = _ORDER.unpack(data)
        if order == wire.FORK:
            self._fork(number, socket.socket(fileno=descriptors[0]))
        else:
            self._kill(number)
        return True

    def _fork(self, number: int, connection: socket.socket) -> None:
        parent = os.getpid()
        with connection, contextlib.ExitStack() as undo:
            try:
                last_words = undo.enter_context(_unnamed_file())
                pid = os.fork()
            except OSError as problem:
                self._tell(wire.NOT_BORN, (number, str(problem)))
                return
            if pid == 0:
                self._become_worker(connection, parent, last_words)
            undo.pop_all()
        self._workers[pid] = (number, last_words)
        self._tell(wire.BORN, (number, pid))

    def _become_worker(
        self, connection: socket.socket, parent: int, last_words: IO[bytes]
    ) -> NoReturn:
        status = 1
        try:
            os.dup2(last_words.fileno(), sys.stderr.fileno())
            process.die_with(parent)
            self._control.close()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            priorities.begin()
            process.limit_memory(self._options.memory)
            process.shut_off()
            connection.setblocking(True)
            work(self._store, connection, self._options.result_size)
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
                self._tell(wire.ENDED, wire.Ended(number, os.waitstatus_to_exitcode(status), said))

    def _tell(self, kind: bytes, message: object) -> None:
        tell(self._control, kind, message)


def tell(control: socket.socket, kind: bytes, message: object) -> None:
    """Send one message to the server, as JSON; one that is gone hears nothing."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        control.sendall(wire.pack(kind, msgspec.json.encode(message)))


def _unnamed_file() -> IO[bytes]:
    """A file for what a worker prints before it dies: the engine says there why."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("last-words"), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


def main(control_fd: str) -> int:
    """Load, report what was loaded, and serve orders; 1 when the dataset cannot be loaded."""
    control = socket.socket(fileno=int(control_fd))
    frame = wire.receive(control)
    if frame is None:
        return 0
    options = msgspec.json.decode(frame[1], type=wire.Options)
    try:
        store, description = load(list(map(Path, options.files)), infer=options.infer)
    except DatasetError as problem:
        tell(control, wire.NOT_LOADED, (problem.message, problem.details))
        return 1
    prepare()
    _load_certificates(store)
    # What is alive now is shared with every worker: the collector must not touch its pages.
    gc.collect()
    gc.freeze()
    tell(control, wire.LOADED, description)
    ForkServer(control, store, options).run()
    return 0


def _load_certificates(store: ox.Store) -> None:
    """Have the engine read what it needs for HTTPS, which a worker that opens nothing cannot do.

    Without it a SERVICE that got past our reading of the query would end the worker, not just fail.
    Nothing is called: nobody listens on port 1.
    """
    store.query("ASK { SERVICE SILENT <https://127.0.0.1:1/> { ?s ?p ?o } }")


if __name__ == "__main__":
    # Its end of the control socket tells the fork server that the server is gone; this holds even if
    # the fork server itself is stopped.
    process.die_with(os.getppid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(main(*sys.argv[1:]))
