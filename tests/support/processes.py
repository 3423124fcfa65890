"""Start processes for tests: with the default signals, and ended with the test whatever happens."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from types import TracebackType
from typing import Any

_MAY_BE_IGNORED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
_ENDING = [shutil.which("setpriv") or "", "--pdeathsig", "KILL", "--"]
"""Ends what follows when this process ends, even by ``kill -9``; of util-linux, so on every Linux."""
_started: "list[Popen]" = []


def give_default_signals() -> None:
    """Handle the signals that a shell in the background, or nohup, has made this process ignore.

    What is ignored stays so in all that a process starts, but what it handles is the default there.
    """
    for number in _MAY_BE_IGNORED:
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


class Popen(subprocess.Popen[Any]):
    """A command as a process, in a session of its own that ends with it, and with this process."""

    kept = False

    def __init__(self, command: Any, **options: Any) -> None:
        wrapped = [*_ENDING, *map(os.fspath, command)] if _ENDING[0] else command
        super().__init__(wrapped, **{"start_new_session": True, **options})
        _started.append(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind:
                end(self)
            super().__exit__(kind, problem, trace)
        finally:
            end(self)


def end(process: Popen) -> None:
    """Kill *process* and all of its session that is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    with contextlib.suppress(ValueError):  # it was ended before
        _started.remove(process)


def started() -> set[int]:
    """The ids of the processes that were started and not ended."""
    return {each.pid for each in _started}


def end_started(*, kept: bool = False) -> None:
    """End what was started, and what fixtures have *kept* too."""
    for process in [each for each in _started if kept or not each.kept]:
        end(process)


@contextlib.contextmanager
def keeping() -> Iterator[None]:
    """Keep what is started in the ``with`` beyond the end of a test."""
    before = list(_started)
    try:
        yield
    finally:
        for process in _started:
            process.kept |= process not in before


def run(
    command: Any, *, timeout: float = 600, check: bool = False, **options: Any
) -> subprocess.CompletedProcess[Any]:
    """Run *command* to its end as :func:`subprocess.run` does, within *timeout* seconds."""
    given = options.pop("input", None)
    if given is not None:
        options["stdin"] = subprocess.PIPE
    if options.pop("capture_output", False):
        options.update(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with Popen(command, **options) as process:
        out, err = process.communicate(given, timeout)
    done = subprocess.CompletedProcess(command, process.returncode, out, err)
    if check:
        done.check_returncode()
    return done
