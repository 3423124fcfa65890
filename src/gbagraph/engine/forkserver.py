"""The fork server: loads the dataset once, then forks a worker on each command, or one like itself.

Run as ``python -m gbagraph.engine.forkserver FD``, where it gets the control socket once it is needed.
It has one thread, so forking is safe. It is the parent of the workers, so the system cannot give the
process id of a worker to another process before the fork server has collected it. When the control
socket closes, because the server has ended in whatever way, the fork server exits, and its workers
with it.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import select
import signal
import socket
import struct
import sys
import tempfile
import traceback
from typing import IO, TYPE_CHECKING, Final, NoReturn

import msgspec
import pyoxigraph as ox

from gbagraph import publication
from gbagraph.engine import process, wire
from gbagraph.engine.confinement import Confinement, confine
from gbagraph.engine.confinement import prepare as prepare_to_confine
from gbagraph.engine.jobs import Decoder
from gbagraph.engine.source import ForkServerOptions, from_fields
from gbagraph.engine.worker import work
from gbagraph.errors import DatasetError, GbaGraphError, LoadFailed
from gbagraph.feature import job_modules, resolve

if TYPE_CHECKING:
    from gbagraph.engine.source import Loaded
    from gbagraph.rdf.dataset import Dataset

_COMMAND: Final = struct.Struct("!cII")
"""A command as a frame: its header and the number of a worker."""
_OUTPUT: Final = 2000
"""Bytes of a worker's last error output that are reported."""
_NICEST: Final = 19
_BESIDE: Final = 256
"""Megabytes that work beside may use."""
_OPEN_FILES: Final = 256
"""Files that a worker of a store has open at once.

The engine keeps that number open, less 48, and the index of each in memory. Without a limit, that
would grow with the database.
"""


class ForkServer:
    """The parent of the workers: forks them on command, and reaps those that have ended."""

    def __init__(
        self,
        control: socket.socket,
        source: Loaded,
        options: wire.WorkerOptions,
        jobs: Decoder,
    ) -> None:
        self._control = control
        self._source, self._decode = source, jobs.decode
        self._options = options
        self._workers: dict[int, tuple[int, IO[bytes]]] = {}
        self._beside = ""

    def run(self) -> None:
        """Execute commands until the control socket closes."""
        self._work_beside()
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
        self._fork(number, socket.socket(fileno=descriptors[0]), command)
        return True

    def _fork(self, number: int, connection: socket.socket, command: bytes) -> None:
        parent = os.getpid()
        with connection, contextlib.ExitStack() as undo:
            try:
                output = undo.enter_context(_unnamed_file())
                pid = os.fork()
            except OSError as problem:
                report(self._control, wire.FORK_FAILED, (number, str(problem)))
                return
            if pid == 0:
                self._become(command, connection, parent, output)
            undo.pop_all()
        self._workers[pid] = (number, output)
        report(self._control, wire.FORKED, (number, pid))

    def _become(
        self, command: bytes, connection: socket.socket, parent: int, output: IO[bytes]
    ) -> NoReturn:
        status = 1
        try:
            # Standard output may be the terminal or the log of the operator.
            for stream in (sys.stdout, sys.stderr):
                os.dup2(output.fileno(), stream.fileno())
            process.die_with_parent(parent)
            signal.set_wakeup_fd(-1)
            self._leave_behind()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            connection.setblocking(True)
            if command == wire.FORK_SERVER:
                # Other queries must not wait while another dataset is loaded.
                process.work_when_idle(only=True)
                status = serve(connection)
            else:
                self._work(connection, renders=command == wire.FORK_RENDERER)
                status = 0
        except BaseException:  # noqa: BLE001  nothing is above this: a fork must not return
            traceback.print_exc()
        finally:
            os._exit(status)

    def _work(self, connection: socket.socket, *, renders: bool) -> None:
        memory = self._options.memory
        if renders:
            process.set_initial_priority("background")
            store = _reading(memory)
        else:
            process.set_initial_priority()
            store, _ = _confined(self._source, memory)
        is_merged = self._source.is_merged
        work(store, connection, self._options, self._decode, is_merged=is_merged)

    def _leave_behind(self) -> None:
        """Close, in a worker, what is its parent's: commands, signals, the output of other workers."""
        self._control.close()
        for end in self._wakers:
            os.close(end)
        for _, output in self._workers.values():
            output.close()

    def _work_beside(self) -> None:
        """Have a process of the lowest priority do what is to be done with the data, if anything."""
        parent = os.getpid()
        beside = self._source.beside()
        if beside is None:
            return
        self._beside = beside.name
        if os.fork():
            return
        try:
            process.die_with_parent(parent)
            self._control.close()
            os.nice(_NICEST)
            store, _ = _confined(beside.source, _BESIDE, may_write=True)
            beside.run(store)
        except (OSError, DatasetError) as problem:
            sys.stderr.write(f"{beside.name} cannot be made: {problem}.\n")
        except BaseException:  # noqa: BLE001  nothing is above this: a fork must not return
            traceback.print_exc()
        finally:
            os._exit(0)

    def _reap(self) -> None:
        """Collect the workers that have ended, and report to the server how each of them ended."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid not in self._workers:
                    _report_beside(self._beside, os.waitstatus_to_exitcode(status))
                    continue
                number, output = self._workers.pop(pid)
                with output:
                    output.seek(max(0, output.seek(0, os.SEEK_END) - _OUTPUT))
                    text = output.read().decode(errors="replace")
                code = os.waitstatus_to_exitcode(status)
                report(self._control, wire.EXITED, wire.WorkerExit(number, code, text))


def _report_beside(name: str, code: int) -> None:
    """Report that the process that makes *name* was killed; other faults it reports itself."""
    if code < 0:
        sys.stderr.write(
            f"{name} was not made to its end: its process ended by signal {-code}, such as "
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


def serve(control: socket.socket) -> int:
    """Load what comes over *control*, report it, and execute commands; 1 if it cannot be loaded."""
    # Commands, which come with descriptors, are sent only after this has been answered.
    frame = wire.Reader(control).read()
    if frame is None:
        return 0
    options = msgspec.json.decode(frame[1], type=ForkServerOptions)
    publication.use(options.publication)
    try:
        jobs = Decoder(options.jobs)
        source = from_fields(options.source).load(jobs.prepare)
        prepare_to_confine()
        confinement = _tried(source, options.workers.memory)
    except GbaGraphError as problem:
        report(control, wire.LOAD_FAILED, (problem.name, problem.message, problem.details))
        return 1
    process.work_when_idle(only=False)
    report(control, wire.CONFINED, confinement)
    report(control, wire.LOADED, source.description)
    ForkServer(control, source, options.workers, jobs).run()
    return 0


def _tried(source: Loaded, memory: int) -> Confinement:
    """What holds for a worker of *source*: found out by a process that becomes one.

    This one must not open a store, which starts threads, and could then not fork safely.

    Raises:
        LoadFailed: the store cannot be opened.
    """
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as reader, os.fdopen(writing, "wb") as writer:
        if os.fork() == 0:
            try:
                _, confinement = _confined(source, memory)
                writer.write(msgspec.json.encode(confinement))
            except (DatasetError, OSError) as problem:
                writer.write(msgspec.json.encode(str(problem)))
            finally:
                writer.flush()
                os._exit(0)
        writer.close()
        _make_ready()  # meanwhile
        said = msgspec.json.decode(reader.read() or b'"It ended."', type=Confinement | str)
    os.wait()
    if isinstance(said, str):
        raise LoadFailed(said)
    return said


def _confined(
    source: Loaded, memory: int, *, may_write: bool = False
) -> tuple[Dataset, Confinement]:
    """The store of a worker, which from now on can call no other and has a limit of memory.

    Raises:
        DatasetError: the engine cannot open it.
        OSError: workers of a store could not be kept from making sockets.
    """
    figures = process.open_figures()
    if source.entry is None:
        held = confine()
        process.limit_memory(memory, figures)
        process.forbid_opening_files()
        return source.open(), held
    held = confine(source.entry, may_write=may_write)
    if not held.filter:
        raise OSError(errno.ENOSYS, "This system cannot forbid sockets to a process")
    process.limit_open_files(_OPEN_FILES)
    store = source.open()
    process.limit_memory(memory, figures)
    return store, held


def _reading(memory: int) -> Dataset:
    """What a renderer has for a store: nothing. From now on it can read files, and no more."""
    root = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    confine(root)
    os.close(root)
    process.limit_open_files(_OPEN_FILES)
    process.limit_memory(memory, process.open_figures())
    return ox.Store()


def _make_ready() -> None:
    """Share all present objects with every worker: the garbage collector must not write to them."""
    _load_certificates()
    gc.collect()
    gc.freeze()
    process.return_free_memory()


def _load_certificates() -> None:
    """Make the SPARQL engine load its certificates now: a worker cannot open their files.

    Without this, a SERVICE that our check of the query missed would crash the worker rather than fail.
    No other endpoint is called: nothing listens on port 1.
    """
    ox.Store().query("ASK { SERVICE SILENT <https://127.0.0.1:1/> { ?s ?p ?o } }")


def _main(channel: socket.socket) -> int:
    """Import what workers need, then serve what the control socket asks that comes over *channel*."""
    for job in Decoder(job_modules()).jobs:
        resolve(job.evaluator)
    with channel:
        _, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
    return serve(socket.socket(fileno=descriptors[0])) if descriptors else 0


if __name__ == "__main__":
    # The closed control socket tells the fork server that the server is gone; this works even if the
    # fork server itself is suspended.
    process.die_with_parent(os.getppid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(_main(socket.socket(fileno=int(sys.argv[1]))))
