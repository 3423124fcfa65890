"""Oxigraph's own server as an engine that holds the data; ``make clients`` installs it."""

import subprocess
import time
from pathlib import Path
from typing import Self

import httpx

from support import ROOT, free_port, processes

PROGRAM = ROOT / ".clients" / "bin" / "oxigraph"


class Oxigraph:
    """A server of the quads in *file*, on a port that it keeps when it is killed and started again.

    Without a *file* it is empty, and what it holds can be changed.
    """

    def __init__(self, folder: Path, file: Path | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/query"
        self.store = f"http://127.0.0.1:{self.port}/store"
        self.update = f"http://127.0.0.1:{self.port}/update"
        self._folder = folder
        self._command = "serve-read-only" if file else "serve"
        if file:
            load = [PROGRAM, "load", "--location", folder, "--file", file]
            processes.run(load, check=True, capture_output=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        where = ["--location", self._folder, "--bind", f"127.0.0.1:{self.port}"]
        self._process = processes.Popen(
            [PROGRAM, self._command, *where],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                httpx.get(self.url, params={"query": "ASK {}"})
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("Oxigraph did not start within 20 seconds")

    def kill(self) -> None:
        """End it at once, as ``kill -9`` does; does nothing the second time."""
        self._process.kill()
        self._process.wait()
