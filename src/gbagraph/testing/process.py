"""A server as a process of its own, on a free port of loopback, with any data."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from gbagraph.errors import EngineUnavailable
from gbagraph.testing.asking import Endpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.api.answer import Answer

_START: Final = """
import sys
from gbagraph.engine.process import die_with_parent
if sys.argv[1] != "0":
    die_with_parent(int(sys.argv[1]))
del sys.argv[1]
from gbagraph.cli import app
app()
"""
"""What the process runs: the server ends with the tests, however these end."""

_RUNNING: Final = re.compile(r"running on (http://\S+)")
_SECONDS: Final = 60
"""Time to start in."""
_GRACE: Final = 10
"""Seconds to end in."""


class GraphServer:
    """``gbagraph serve`` as a process; a context manager, or ``start()`` and ``stop()``.

    Args:
        data: RDF files, or a release such as ``"0.2.0"``; by default the built-in dataset.
        infer: whether the default graph holds what follows, as of ``gbagraph.open()``.
        options: further options of ``gbagraph serve``.
    """

    def __init__(
        self,
        data: Sequence[str | Path] | str | Path = (),
        *,
        infer: bool | None = None,
        options: Sequence[str] = (),
    ) -> None:
        names = [data] if isinstance(data, str | Path) else data
        given = [part for name in names for part in ("--data", str(name))]
        if infer is not None:
            given.append("--infer" if infer else "--no-infer")
        self._arguments = ["serve", "--port", "0", *given, *options]
        self._process: subprocess.Popen[bytes] | None = None
        self._log: Path | None = None
        self.url = ""
        self._endpoint = Endpoint("")

    @property
    def sparql(self) -> str:
        """The address of the endpoint."""
        return self._endpoint.sparql

    @property
    def version(self) -> str:
        """The version of the dataset."""
        return self._endpoint.version

    @property
    def hash(self) -> str:
        """The hash of the dataset."""
        return self._endpoint.hash

    def query(self, sparql: str) -> Answer:
        """The answer to a query; raises EvaluationError if there is none."""
        return self._endpoint.query(sparql)

    @property
    def log(self) -> str:
        """What the server has written."""
        return self._log.read_text(errors="replace") if self._log and self._log.exists() else ""

    def start(self) -> Self:
        """Start the server, and wait until it answers.

        Raises:
            EngineUnavailable: it ends, or does not start in time; the message has its log.
        """
        number, name = tempfile.mkstemp(prefix="gbagraph-server-", suffix=".log")
        self._log = Path(name)
        # The kernel tells the death of a thread; only that of the main one is that of the process.
        parent = os.getpid() if threading.current_thread() is threading.main_thread() else 0
        command = [sys.executable, "-c", _START, str(parent), *self._arguments]
        with os.fdopen(number, "wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603
        try:
            self.url = self._wait(self._process)
        except BaseException:
            self.stop()
            raise
        self._endpoint = Endpoint(f"{self.url}/sparql")
        return self

    def _wait(self, process: subprocess.Popen[bytes]) -> str:
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            if (found := _RUNNING.search(self.log)) is not None:
                return found[1]
            if process.poll() is not None:
                raise EngineUnavailable(f"The server ended at start: {self.log.strip()}")
            time.sleep(0.02)
        raise EngineUnavailable(
            f"The server did not start within {_SECONDS} seconds: {self.log.strip()}"
        )

    def stop(self) -> None:
        """End the server; once more does no harm."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._log is not None:
            self._log.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
