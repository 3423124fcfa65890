"""Where the files of this package are: in the checkout, or inside the wheel."""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_WHEEL = _PACKAGE / "_published"
_CHECKOUT = _PACKAGE.parent.parent
_NUMBER = re.compile(r"\[Errno -?\d+\] ")


def resource(*parts: str) -> Path:
    """Path of a published file or folder, such as ``resource("data", "gba.ttl")``."""
    root = _WHEEL if is_installed() else _CHECKOUT
    return root.joinpath(*parts)


def is_installed() -> bool:
    """Whether the published files are those inside of a wheel, which nobody changes."""
    return _WHEEL.is_dir()


def in_one_line(text: str, longest: int) -> str:
    """*text*, cut to so many characters, without any that end a line or control a terminal."""
    cut = text if len(text) <= longest else f"{text[:longest]}…"
    return cut if cut.isprintable() else ascii(cut)[1:-1]


def exists(path: Path) -> bool:
    """Whether there is a file or folder; what the system takes for no name is none."""
    try:
        return path.exists()
    except OSError:
        return False  # it is too long, for one


def display(path: Path) -> str:
    """*path* as messages show it: relative to the published files or to the working directory."""
    for root in (_WHEEL, _CHECKOUT, Path.cwd()):
        if path.resolve().is_relative_to(root):
            return str(path.resolve().relative_to(root))
    return str(path)


def reason(problem: Exception) -> str:
    """Why something failed, without the number, and the name of a file, that the system adds."""
    said = isinstance(problem, OSError) and problem.strerror
    return said or _NUMBER.sub("", str(problem)).removesuffix(".") or type(problem).__name__


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: what is there stays, and its mode, until the new one is whole.

    Other processes may read it, or write it too, meanwhile.

    Raises:
        OSError: it cannot be written; it names the file.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        with suppress(FileNotFoundError):  # there is none yet
            unfinished.chmod(stat.S_IMODE(path.stat().st_mode))
        unfinished.replace(path)
    except OSError as problem:
        with suppress(OSError):
            unfinished.unlink()
        raise OSError(problem.errno, problem.strerror, str(path)) from None


@cache
def package_modified() -> float:
    """Modification time of the newest module of this package, in seconds since 1970."""
    return max(path.stat().st_mtime for path in _PACKAGE.rglob("*.py"))


@cache
def own_query(package: str, name: str) -> str:
    """The text of one of our own queries: a file in the folder ``sparql`` of a subpackage."""
    return (_PACKAGE / package / "sparql" / f"{name}.rq").read_text(encoding="utf-8")
