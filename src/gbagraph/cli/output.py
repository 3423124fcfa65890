"""Standard output that takes no more: a full disk ends a command in one line, a closed pipe in none."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any, Final

from typer.core import TyperGroup

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


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
        except OSError as problem:
            if problem.errno not in _FULL:
                raise
            _abandon_output()
            print(f"The output cannot be written: {problem.strerror}.", file=sys.stderr)  # noqa: T201
            sys.exit(1)


def _abandon_output() -> None:
    """Drop what is not written yet: Python would try again when it ends, and complain again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
