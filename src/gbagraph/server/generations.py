"""The parent of server processes: the signals that it gets, and generations, one after the other."""

from __future__ import annotations

import dataclasses
import logging
import mmap
import os
import secrets
import select
import signal
import sys
import time
from collections import deque
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Self

from gbagraph.engine.process import how_ended
from gbagraph.errors import DatasetError, GbaGraphError, LoadFailed
from gbagraph.feature import resolve
from gbagraph.server import processes
from gbagraph.server.processes import as_json, as_text, followed, listening, open_for_all, shown

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable, Iterator, Sequence

    from gbagraph.server.processes import Parent, ServerProcess, Source
    from gbagraph.settings import Settings


_TAKEN: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


class Signals:
    """A context manager in which signals are kept until :meth:`wait` returns them."""

    def __enter__(self) -> Self:
        self._reading, self._writing = os.pipe()
        for end in (self._reading, self._writing):
            os.set_blocking(end, False)
        self._before: dict[int, Any] = {
            number: signal.signal(number, lambda *_: None) for number in _TAKEN
        }
        signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        self._terminal = _has_terminal()
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self.close()

    def close(self) -> None:
        """Close the pipe, in which a fork has no part."""
        os.close(self._reading)
        os.close(self._writing)

    def wait(self, others: Iterable[Any], seconds: float | None) -> list[int]:
        """Wait for a signal, or for *others* to have something to read; the signals that came."""
        select.select([self._reading, *others], [], [], seconds)
        with suppress(BlockingIOError):
            return [self._meant(number) for number in os.read(self._reading, 4096)]
        return []

    def _meant(self, number: int) -> int:
        """SIGHUP asks for a reload, but if the terminal was closed, it is the end, unless by nohup."""
        is_hangup = number == signal.SIGHUP and self._terminal and not _has_terminal()
        if not is_hangup:
            return number
        ignored = self._before[signal.SIGHUP] == signal.SIG_IGN
        return signal.SIGCHLD if ignored else signal.SIGTERM


def _has_terminal() -> bool:
    """Whether this process has a terminal that is not closed."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


_TICK: Final = 0.5
"""Seconds between two looks at the store, and at processes that should have ended."""
_END: Final = 8.0
"""Seconds after which a process that is to end is killed; it gives running requests three."""
_LEAVE: Final = 60.0
"""Seconds beyond the time of two queries after which one is killed that should have left by itself."""
_MOST_LOSSES: Final = 10
_WITHIN: Final = 60.0
_LONGEST_PAUSE: Final = 5.0
_CLOSE: Final = 2.0
"""Seconds after which a generation serves even if one before it has not closed itself to others."""


class Generation:
    """Processes that serve the same version; *ends* is when those that are left of it are killed."""

    def __init__(self, number: int, source: Source) -> None:
        self.number = number
        self.source = source
        self.processes: list[ServerProcess] = []
        self.ends = float("inf")

    def __str__(self) -> str:
        version = f" (version {self.source.version})" if self.source.version else ""
        return f"Generation {self.number}{version}"

    def update(self) -> list[ServerProcess]:
        """Take note of what its processes did; those that have ended are returned and forgotten."""
        for each in self.processes:
            each.update()
            if time.monotonic() > self.ends:
                each.send(signal.SIGKILL)
        ended = [each for each in self.processes if each.code is not None]
        self.processes = [each for each in self.processes if each.code is None]
        return ended

    def say(self, word: bytes) -> None:
        """Say this to all of its processes."""
        for each in self.processes:
            each.say(word)

    def end(self, number: int, seconds: float) -> None:
        """Send all of its processes a signal, and kill those that are there *seconds* later."""
        for each in self.processes:
            if not each.is_serving:  # it waits for a word, and a signal does not end that
                each.say(processes.DRAIN)
            each.send(number)
        self.ends = time.monotonic() + seconds


class Generations:
    """The parent: serves *application* by *settings* on *sockets*, one generation after the other."""

    def __init__(
        self, settings: Settings, sockets: Sequence[socket.socket], application: str
    ) -> None:
        self._settings, self._sockets, self._application = settings, sockets, application
        # What its processes share, as forks: a number for each endpoint that queries may call.
        pauses = mmap.mmap(-1, 8 * (1 + len(settings.value("allow_service") or ())))
        self._own = secrets.token_hex(4), memoryview(pauses).cast("d")
        self._followed = followed(_share(settings))
        self._signals = Signals()
        self._coming: Generation | None = None
        self._serving: Generation | None = None
        self._leaving: list[Generation] = []
        self._number = 0
        self._is_asked = False
        self._losses: deque[float] = deque(maxlen=_MOST_LOSSES)
        self._next_start = self._opening = 0.0
        self._is_new = True

    def run(self) -> int:
        """Serve until a signal ends the server: its number.

        Raises:
            GbaGraphError: the first generation cannot start, or the one that serves cannot go on.
        """
        with self._signals:
            try:
                self._begin(self._followed.source())
                while (number := self._wait()) is None:
                    self._step()
            finally:
                self._end()
        return number

    def _wait(self) -> int | None:
        """Wait until there is something to do; the signal that ends the server, if one has come."""
        channels = [each.channel for each in self._processes() if each.is_heard]
        is_idle = not (self._leaving or self._is_short or self._followed.is_watched)
        came = self._signals.wait(channels, None if is_idle else _TICK)
        self._is_asked |= signal.SIGHUP in came
        return next((each for each in came if each in (signal.SIGTERM, signal.SIGINT)), None)

    def _all(self) -> list[Generation]:
        return [*filter(None, (self._coming, self._serving)), *self._leaving]

    def _processes(self) -> Iterator[ServerProcess]:
        return chain.from_iterable(each.processes for each in self._all())

    def _step(self) -> None:
        if self._coming is not None:
            self._look_at_coming(self._coming)
        if self._serving is not None:
            self._look_at_serving(self._serving)
        for each in self._leaving:
            each.update()
        self._leaving = [each for each in self._leaving if each.processes]
        if self._coming is None:
            self._begin_if_wanted()

    def _end(self) -> None:
        """End all processes in order; a second SIGINT kills them."""
        for each in self._sockets:
            each.close()
        for generation in self._all():
            generation.end(signal.SIGTERM, _END)
        while any(self._processes()):
            if signal.SIGINT in self._signals.wait((), _TICK):
                for generation in self._all():
                    generation.end(signal.SIGKILL, _END)
            for generation in self._all():
                generation.update()

    # --- The generation that comes ---------------------------------------------------------------

    def _begin_if_wanted(self) -> None:
        is_asked, self._is_asked = self._is_asked, False
        try:
            if is_asked:
                self._begin(self._followed.newest())
            elif self._followed.has_changed():
                self._begin(self._followed.source())
        except GbaGraphError as problem:
            self._tell_failure(problem)

    def _begin(self, source: Source) -> None:
        self._number += 1
        self._coming = coming = Generation(self._number, source)
        try:
            for _ in range(self._settings.workers):
                self._start_process(coming)
        except GbaGraphError as problem:
            self._drop(coming, problem)

    def _start_process(self, generation: Generation) -> None:
        others = (each.channel for each in self._processes())

        def run(parent: Parent) -> None:
            # Imported in the process alone: its parent needs neither framework nor views.
            resolve("gbagraph.engine.launching:start_ahead")()
            resolve("gbagraph.server.serving:run")(
                generation.source.settings,
                generation.number,
                self._own,
                self._sockets,
                parent,
                self._application,
            )

        try:
            generation.processes.append(processes.start(run, (self._signals, *others)))
        except OSError as problem:
            raise LoadFailed(f"The system allows no further process: {problem}.") from None

    def _look_at_coming(self, coming: Generation) -> None:
        ended = coming.update()
        failure = next(filter(None, (each.failure for each in [*ended, *coming.processes])), None)
        if ended or failure:
            self._drop(coming, failure or _ended_at_start(ended))
        elif all(each.is_ready for each in coming.processes):
            self._change_to(coming)

    def _drop(self, coming: Generation, failure: GbaGraphError) -> None:
        self._coming = None
        coming.end(signal.SIGTERM, _END)
        self._leaving.append(coming)
        if self._serving is None:
            raise failure
        self._tell_failure(failure)

    def _tell_failure(self, failure: GbaGraphError) -> None:
        self._log(
            "ERROR", f"What is new cannot be served: {failure.message} {self._serving} goes on."
        )

    def _change_to(self, coming: Generation) -> None:
        """Make it the one that serves, as soon as that before takes no more connections."""
        now = time.monotonic()
        before, self._serving, self._coming = self._serving, coming, None
        self._is_new, self._opening = True, now + _CLOSE
        if before is not None:
            before.say(processes.DRAIN)
            before.ends = now + 2 * self._settings.query_timeout + _LEAVE
            self._leaving.append(before)

    # --- The generation that serves --------------------------------------------------------------

    def _open(self, serving: Generation) -> None:
        """Let its processes take connections: from then on, no new one gets an earlier version."""
        is_closed = not any(p.is_open for each in self._leaving for p in each.processes)
        ready = [each for each in serving.processes if each.is_ready and not each.is_serving]
        if not ready or not (is_closed or time.monotonic() > self._opening):
            return
        open_for_all(self._sockets)
        for each in ready:
            each.say(processes.SERVE)
        if self._is_new:
            self._is_new = False
            self._announce(serving)

    def _announce(self, serving: Generation) -> None:
        if serving.number == 1:
            address = shown(self._settings.host, self._sockets)
            self._log("INFO", f"Uvicorn running on {address} (Press CTRL+C to quit)")
            return
        self._log("INFO", f"{serving} serves now. Those before end with their connections.")
        try:
            self._followed.serves(serving.source)
        except GbaGraphError as problem:
            self._log(
                "WARNING", f"{problem.message} It is served, but not what the store has in service."
            )

    def _log(self, level: str, message: str) -> None:
        """Write a line as the processes do."""
        if logging.getLevelName(level) < logging.getLevelName(self._settings.log_level.upper()):
            return
        if self._settings.log_format == "json":
            line = as_json(time.time(), level, "gbagraph.server", message)
        else:
            line = as_text(level, message)
        with suppress(OSError):  # a terminal may be gone
            sys.stderr.write(f"{line}\n")

    @property
    def _is_short(self) -> bool:
        """Whether the serving generation has lost processes."""
        serving = self._serving
        return serving is not None and len(serving.processes) < self._settings.workers

    def _look_at_serving(self, serving: Generation) -> None:
        for lost in serving.update():
            self._lose(lost)
        for each in serving.processes:
            if each.failure and each.is_serving:
                raise each.failure
        self._open(serving)
        if self._is_short and time.monotonic() >= self._next_start:
            try:
                self._start_process(serving)
            except DatasetError as problem:
                self._count_loss(problem.message)

    def _lose(self, lost: ServerProcess) -> None:
        """Take note that a process has ended, after which another is to start, sooner or later."""
        if lost.failure and lost.is_serving:
            raise lost.failure
        self._count_loss(
            lost.failure.message if lost.failure else f"it ended {how_ended(lost.code or 0)}."
        )

    def _count_loss(self, why: str) -> None:
        self._log("WARNING", f"A server process has ended, another takes its place: {why}")
        now = time.monotonic()
        self._losses.append(now)
        recent = [each for each in self._losses if now - each < _WITHIN]
        if len(recent) == _MOST_LOSSES:
            raise LoadFailed("The server could not be kept running.")
        self._next_start = now + min(_LONGEST_PAUSE, 0.1 * 2 ** (len(recent) - 1))


def _ended_at_start(ended: Sequence[ServerProcess]) -> LoadFailed:
    how = ", ".join(how_ended(each.code or 0) for each in ended)
    return LoadFailed(f"A server process ended at its start {how}.")


def _share(settings: Settings) -> Settings:
    """The settings of each process: slow queries and cache are those of the server as a whole."""
    return dataclasses.replace(
        settings,
        max_slow_queries=max(1, settings.max_slow_queries // settings.workers),
        cache_size=settings.cache_size // settings.workers,
    )


def serve(settings: Settings, application: str = "gbagraph.web.app:Application") -> None:
    """Serve *application* until a signal stops the server, in as many processes as the settings say.

    It is made of what :class:`gbagraph.web.app.Application` is made of, and has what that has.

    Raises:
        DatasetError: the dataset cannot be loaded, now or on a restart of the fork server.
        QueryFileError: a canned query has a fault.
        SettingError: there is no such folder of queries.
        AddressError: nothing can listen on the address.
    """
    with listening(settings.host, settings.port) as sockets:
        number = Generations(settings, sockets, application).run()
    signal.raise_signal(number)
