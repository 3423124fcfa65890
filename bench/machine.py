"""What the numbers were measured on."""

# ruff: noqa: S603  the commands are our own

from __future__ import annotations

import contextlib
import datetime as dt
import os
import platform
import subprocess
import threading
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import gbagraph
from bench import CannotRunError, former
from bench.graphs import FOLDER
from bench.servers import FORMER, program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.records import Record

Sample = TypeVar("Sample")

_QUIET: Final = 0.7
_RDFLIB_VERSION: Final = """
from importlib.metadata import version
print(version("rdflib-endpoint"), "with rdflib", version("rdflib"))
"""


def wait_until_quiet(seconds: float, log: Callable[[str], None]) -> float:
    """Wait until the load average is low, at most so many seconds; the load then."""
    end = time.monotonic() + seconds
    while (load := os.getloadavg()[0]) >= _QUIET and time.monotonic() < end:
        log(f"waiting: load {load:.2f}")
        time.sleep(10)
    return load


def description(load: float) -> Record:
    """Machine, versions, date."""
    return {
        "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "load": load,
        "processors": os.cpu_count(),
        "model": _line("/proc/cpuinfo", "model name"),
        "memory": _line("/proc/meminfo", "MemTotal"),
        "system": f"{platform.system()} {platform.release()}",
        "versions": _versions(),
    }


def available() -> float:
    """Megabytes that the machine has left."""
    return int(_line("/proc/meminfo", "MemAvailable").split()[0]) / 1024


@contextlib.contextmanager
def watching(read: Callable[[], Sample], every: float) -> Iterator[list[Sample]]:
    """Samples of what *read* gives, taken *every* so many seconds."""
    seen: list[Sample] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(every):
            seen.append(read())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def _line(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return "unknown"


def _versions() -> dict[str, str]:
    found = former.built()
    return {
        "Python": platform.python_version(),
        "gbagraph": gbagraph.__version__,
        FORMER: f"left out: {found.why}" if found.why else f"commit {found.commit[:8]}",
        **{name: version(name) for name in ("pyoxigraph", "uvicorn")},
        "oxigraph server": _said("oxigraph", "--version"),
        "rdflib-endpoint": _said(
            str(FOLDER / "bin" / "python"),
            "-c",
            _RDFLIB_VERSION,
        ),
        "wrk": _said("wrk", "--version"),
    }


def _said(name: str, *arguments: str) -> str:
    try:
        done = subprocess.run(
            [program(name), *arguments], capture_output=True, text=True, check=False, timeout=20
        )
    except CannotRunError:
        return "not installed"
    lines = (done.stdout + done.stderr).strip().splitlines()
    found = [line for line in lines if "Version" in line] or lines or ["unknown"]
    return found[0].strip()
