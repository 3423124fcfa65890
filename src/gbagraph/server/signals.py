"""Signals as the parent of server processes takes them: one after the other, and none is lost."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

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
