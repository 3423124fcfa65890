"""The fork server: loads the dataset once, then forks a worker on each command.

Run as ``python -m gbagraph.engine.forkserver CONTROL-FD``. It has one thread, so forking is safe. It is
the parent of the workers, so the system cannot give the process id of a worker to another process before
the fork server has collected it. When the control socket closes, because the server has ended in
whatever way, the fork server exits, and its workers with it.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import select
import signal
import socket
import sqlite3
import struct
import sys
import tempfile
import traceback
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, NoReturn

import msgspec
import pyoxigraph as ox

from gbagraph import publication
from gbagraph.dataset.elsewhere import Elsewhere
from gbagraph.dataset.loader import load
from gbagraph.dataset.stores.serving import OpenStore
from gbagraph.engine import loading, priorities, process, wire
from gbagraph.engine.confinement import Confinement, confine
from gbagraph.engine.confinement import prepare as prepare_to_confine
from gbagraph.engine.worker import prepare, work
from gbagraph.errors import DatasetError, GbaGraphError
from gbagraph.explain import indexed, indexing

if TYPE_CHECKING:
    from gbagraph.dataset.identity import Description
    from gbagraph.rdf.dataset import Dataset

_COMMAND: Final = struct.Struct("!cII")
"""A command as a frame: its header and the number of a worker."""
_OUTPUT: Final = 2000
"""Bytes of a worker's last error output that are reported."""
_NICEST: Final = 19
_INDEXING: Final = 256
"""Megabytes that making the index may use."""
_OPEN_FILES: Final = 256
"""Files that a worker of a store has open at once.

The engine keeps so many open, less 48, and the index of each in memory. Without a limit, that would grow
with the database.
"""

Source = ox.Store | OpenStore | Elsewhere
"""What workers evaluate on: a store in memory, which they share, one on disk, which each opens, or an
engine, which each asks."""


class ForkServer:
    """The parent of the workers: forks and kills them on command, and reaps those that have ended."""

    def __init__(
        self, control: socket.socket, source: Source, options: wire.ForkServerOptions
    ) -> None:
        self._control = control
        self._source = source
        self._options = options
        self._workers: dict[int, tuple[int, IO[bytes]]] = {}

    def run(self) -> None:
        """Execute commands until the control socket closes."""
        self._make_index()
        self._wakers = wake, woken = os.pipe()
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
            if self._control in ready and not self._execute_command():
                return

    def _execute_command(self) -> bool:
        """Execute one command; False once the control socket is closed."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, _COMMAND.size, 1)
        except ConnectionResetError:
            return False
        if len(data) < _COMMAND.size:
            return False
        command, _, number = _COMMAND.unpack(data)
        if command == wire.FORK:
            self._fork(number, socket.socket(fileno=descriptors[0]))
        else:
            self._kill(number)
        return True

    def _fork(self, number: int, connection: socket.socket) -> None:
        parent = os.getpid()
        with connection, contextlib.ExitStack() as undo:
            try:
                output = undo.enter_context(_unnamed_file())
                pid = os.fork()
            except OSError as problem:
                self._report(wire.FORK_FAILED, (number, str(problem)))
                return
            if pid == 0:
                self._become_worker(connection, parent, output)
            undo.pop_all()
        self._workers[pid] = (number, output)
        self._report(wire.FORKED, (number, pid))

    def _become_worker(self, connection: socket.socket, parent: int, output: IO[bytes]) -> NoReturn:
        status = 1
        try:
            # Standard output may be the terminal or the log of the operator.
            for stream in (sys.stdout, sys.stderr):
                os.dup2(output.fileno(), stream.fileno())
            process.die_with_parent(parent)
            signal.set_wakeup_fd(-1)
            self._leave_behind()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            priorities.set_initial()
            store, _ = _confined(self._source, self._options.memory)
            connection.setblocking(True)
            work(store, connection, self._options)
            status = 0
        except BaseException:  # noqa: BLE001  nothing is above this: a fork must not return
            traceback.print_exc()
        finally:
            os._exit(status)

    def _leave_behind(self) -> None:
        """Close, in a worker, what is its parent's: commands, signals, the output of other workers."""
        self._control.close()
        for end in self._wakers:
            os.close(end)
        for _, output in self._workers.values():
            output.close()

    def _make_index(self) -> None:
        """Have a process of the lowest priority make the index of names of a store that has none."""
        source, parent = self._source, os.getpid()
        if not isinstance(source, OpenStore) or not self._options.has_index:
            return
        if source.index is None or source.index.exists() or os.fork():
            return
        try:
            process.die_with_parent(parent)
            self._control.close()
            os.nice(_NICEST)
            store, _ = _confined(source.as_loaded(), _INDEXING, may_write=True)
            indexing.build(store, source.index)
        except (OSError, sqlite3.Error, DatasetError) as problem:
            sys.stderr.write(f"The index of names cannot be made: {problem}.\n")
        except BaseException:  # noqa: BLE001  nothing is above this: a fork must not return
            traceback.print_exc()
        finally:
            os._exit(0)

    def _kill(self, number: int) -> None:
        for pid, (known, _) in self._workers.items():
            if known == number:
                os.kill(pid, signal.SIGKILL)

    def _reap(self) -> None:
        """Collect the workers that have ended, and report to the server how each of them ended."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid not in self._workers:
                    _tell_of_index(os.waitstatus_to_exitcode(status))
                    continue
                number, output = self._workers.pop(pid)
                with output:
                    output.seek(0)
                    text = output.read(_OUTPUT).decode(errors="replace")
                code = os.waitstatus_to_exitcode(status)
                self._report(wire.EXITED, wire.WorkerExit(number, code, text))

    def _report(self, kind: bytes, message: object) -> None:
        report(self._control, kind, message)


def _tell_of_index(code: int) -> None:
    """Tell if the process that makes the index of names was killed; of other faults it tells itself."""
    if code < 0:
        sys.stderr.write(
            f"The index of names was not made to its end: its process ended by signal {-code}, such as "
            "for its limit of memory. The next start tries again.\n"
        )


def report(control: socket.socket, kind: bytes, message: object) -> None:
    """Send one message to the server, as JSON; if the server is gone, nothing is sent."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        control.sendall(wire.pack(kind, msgspec.json.encode(message)))


def _unnamed_file() -> IO[bytes]:
    """A file for the error output of a worker: before it aborts, the SPARQL engine prints the reason."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("stderr"), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


def main(control_fd: str) -> int:
    """Load the dataset, report it, and execute commands; 1 if the dataset cannot be loaded."""
    control = socket.socket(fileno=int(control_fd))
    frame = wire.receive(control)
    if frame is None:
        return 0
    options = msgspec.json.decode(frame[1], type=wire.ForkServerOptions)
    publication.use(options.publication)
    try:
        source, description = _loaded(options)
        prepare_to_confine()
        confinement = _tried(source, options.memory)
    except GbaGraphError as problem:
        report(control, wire.LOAD_FAILED, (problem.message, problem.details))
        return 1
    _load_certificates()
    # All present objects are shared with every worker: the garbage collector must not write to them.
    gc.collect()
    gc.freeze()
    report(control, wire.CONFINED, confinement)
    report(control, wire.LOADED, description)
    ForkServer(control, source, options).run()
    return 0


def _loaded(options: wire.ForkServerOptions) -> tuple[Source, Description]:
    """What is to be served, with what workers read of it; raises DatasetError if it cannot be served."""
    if options.engines:
        return _asked(options)
    if options.store:
        return _opened(options)
    store, description = load(list(map(Path, options.files)), infer=options.infer)
    prepare(store)
    return store, description


def _asked(options: wire.ForkServerOptions) -> tuple[Source, Description]:
    with loading.directly(options.engines) as elsewhere:
        description = loading.described(
            elsewhere, options.engines, options.engine_version, options.engine_default_graph
        )
        prepare(elsewhere)
    return elsewhere, description


def _opened(options: wire.ForkServerOptions) -> tuple[Source, Description]:
    if options.infer:
        raise DatasetError("A store is served as it was loaded: leave out --infer.")
    store = OpenStore(Path(options.store), is_union=options.is_union)
    indexed.use(store.index, is_wanted=options.has_index)
    prepare(None)
    return store, store.description


def _tried(source: Source, memory: int) -> Confinement:
    """What holds for a worker of *source*: found out by a process that becomes one.

    This one must not open a store, which starts threads, and could then not fork safely.

    Raises:
        DatasetError: the store cannot be opened.
    """
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as found, os.fdopen(writing, "wb") as told:
        if os.fork() == 0:
            try:
                _, confinement = _confined(source, memory)
                told.write(msgspec.json.encode(confinement))
            except (DatasetError, OSError) as problem:
                told.write(msgspec.json.encode(str(problem)))
            finally:
                told.flush()
                os._exit(0)
        told.close()
        said = msgspec.json.decode(found.read() or b'"It ended."', type=Confinement | str)
    os.wait()
    if isinstance(said, str):
        raise DatasetError(said)
    return said


def _confined(
    source: Source, memory: int, *, may_write: bool = False
) -> tuple[Dataset, Confinement]:
    """The store of a worker, which from now on can call nobody and has a limit of memory.

    Raises:
        DatasetError: the engine cannot open it.
        OSError: workers of a store could not be kept from making sockets.
    """
    figures = process.open_figures()
    if not isinstance(source, OpenStore):
        held = confine()
        process.limit_memory(memory, figures)
        process.forbid_opening_files()
        return source, held
    held = confine(source.entry, may_write=may_write)
    if not held.filter:
        raise OSError(errno.ENOSYS, "This system cannot forbid sockets to a process")
    process.limit_open_files(_OPEN_FILES)
    store = source.open()
    process.limit_memory(memory, figures)
    return store, held


def _load_certificates() -> None:
    """Make the SPARQL engine load its certificates now: a worker cannot open their files.

    Without this, a SERVICE that our check of the query missed would crash the worker rather than fail.
    No other endpoint is called: nothing listens on port 1.
    """
    ox.Store().query("ASK { SERVICE SILENT <https://127.0.0.1:1/> { ?s ?p ?o } }")


if __name__ == "__main__":
    # The closed control socket tells the fork server that the server is gone; this works even if the
    # fork server itself is suspended.
    process.die_with_parent(os.getppid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(main(*sys.argv[1:]))
