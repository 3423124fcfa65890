"""Oxigraph's own server as an engine that holds the data; ``make clients`` installs it."""

from pathlib import Path

from support import ROOT, free_port, processes
from support.installed import Program

PROGRAM = ROOT / ".clients" / "bin" / "oxigraph"


class Oxigraph(Program):
    """A server of the quads in *file*, on a port that it keeps when it is killed and started again.

    Without a *file* it is empty, and what it holds can be changed.
    """

    def __init__(self, folder: Path, file: Path | None = None) -> None:
        port = free_port()
        address = f"127.0.0.1:{port}"
        self.url, self.store, self.update = (
            f"http://{address}/{name}" for name in ("query", "store", "update")
        )
        command = "serve-read-only" if file else "serve"
        super().__init__(PROGRAM, command, "--location", folder, "--bind", address, port=port)
        if file:
            load = [PROGRAM, "load", "--location", folder, "--file", file]
            processes.run(load, check=True, capture_output=True)

    def start(self) -> None:
        """Start it again after it was killed."""
        self.__enter__()

    def kill(self) -> None:
        """End it at once, as ``kill -9`` does; does nothing the second time."""
        self.__exit__()
