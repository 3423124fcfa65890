"""The command ``gbagraph``, also as ``python -m gbagraph``: it can be ended by Ctrl-C from the start."""

from __future__ import annotations

import os
import signal
import sys

_STREAMS = {"stdin": os.O_RDONLY, "stdout": os.O_RDONLY, "stderr": os.O_WRONLY}
"""How closed streams are opened: standard output so that writing to it still fails."""


def main() -> None:
    """Run the command."""
    _open_standard_streams()
    # Until all is imported, which takes some tenths of a second, SIGINT ends the process as such.
    handler = signal.getsignal(signal.SIGINT)
    if handler == signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from gbagraph.cli import command  # noqa: PLC0415

    run = command()
    signal.signal(signal.SIGINT, handler)
    run()


def _open_standard_streams() -> None:
    """Open what is closed of standard input, output and error, for child processes as well.

    Otherwise the next files or sockets that are opened would take their places.
    """
    for number, (name, mode) in enumerate(_STREAMS.items()):
        if getattr(sys, name) is None:
            os.set_inheritable(os.open(os.devnull, mode), True)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))


if __name__ == "__main__":
    main()
