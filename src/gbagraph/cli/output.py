"""Standard output that takes no more: a full disk ends a command in one line, a closed pipe in none."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import Any, Final

from typer.core import TyperGroup

from gbagraph.errors import scarcity

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})
_FORBIDDEN: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


class Commands(TyperGroup):
    """A group of commands that end so."""

    def main(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  as typer declares it
        """Run a command, and write what it has printed."""
        try:
            try:
                return super().main(*args, **options)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            _abandon_output()
            sys.exit(1)
        except (OSError, MemoryError, RuntimeError) as problem:
            _end_for(problem, 1)


def write(text: str, *, if_full: int) -> None:
    """Write *text* at once, and end with the exit code *if_full* if it cannot be written."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as problem:
        _end_for(problem, if_full)


def _end_for(problem: Exception, code: int) -> None:
    """Tell of a full disk and the like, and end with this exit code; raise *problem* if it is none."""
    said = scarcity(problem) or _of_disk(problem)
    if not said:
        raise problem
    _abandon_output()
    with suppress(OSError):  # standard error may be on the same disk
        print(said, file=sys.stderr)  # noqa: T201
    sys.exit(code)


def _of_disk(problem: Exception) -> str:
    if not isinstance(problem, OSError):
        return ""
    if problem.errno in _FULL:
        return f"{problem.filename or 'The output'} cannot be written: {problem.strerror}."
    if problem.filename and problem.errno in _FORBIDDEN:
        return f"{problem.filename} cannot be used: {problem.strerror}."
    return ""


def _abandon_output() -> None:
    """Drop what is not written yet: Python would try again when it ends, and complain again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
