"""Oxigraph's own server as an engine that holds the data; ``make clients`` installs it."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, Self

import httpx

from support import ROOT, free_port

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = ROOT / ".clients" / "bin" / "oxigraph"


class Oxigraph:
    """A server of the quads in *file*, on a port that it keeps when it is killed and started again."""

    def __init__(self, folder: Path, file: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/query"
        self._folder = folder
        load = [PROGRAM, "load", "--location", folder, "--file", file]
        subprocess.run(load, check=True, capture_output=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        where = ["--location", self._folder, "--bind", f"127.0.0.1:{self.port}"]
        self._process = subprocess.Popen(
            [PROGRAM, "serve-read-only", *where],
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
