"""The former release of this server, built once from git, to be measured beside the current one."""

# ruff: noqa: S603  the commands are our own

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import gbagraph
from bench import CannotRunError
from bench.graphs import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

_ROOT: Final = FOLDER.parent
_KEPT: Final = "data/releases/{}.nq.gz"
_RELEASED: Final = {"0.3.0": "378419ba4ead2b1e8ec812e47ea232a0e9bc7db8"}
"""Releases that have no tag, and the last commit of each."""
ENVIRONMENT: Final = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
"""Without a path to the current sources, which would run in place of the former ones."""


def _newest() -> str:
    kept = [path.name.removesuffix(".nq.gz") for path in _ROOT.glob(_KEPT.format("*"))]
    others = [version for version in kept if version != gbagraph.__version__]
    return max(others, key=lambda version: [*map(int, version.split("."))], default="none")


VERSION: Final = _newest()
"""The newest release that is kept and is not the current version."""


@dataclass(frozen=True, slots=True)
class Former:
    """The program of the former release and its commit; or why there is none."""

    program: Path | None = None
    commit: str = ""
    why: str = ""


@functools.cache
def built() -> Former:
    """The former release, built if it was not yet; a failure is not tried again."""
    try:
        commit = _commit()
        return Former(_build(commit), commit)
    except subprocess.CalledProcessError as problem:
        said = (problem.stderr or problem.stdout).strip().splitlines() or ["it failed"]
        return Former(why=f"`{' '.join(map(str, problem.cmd[:2]))}`: {said[-1]}")
    except (CannotRunError, OSError) as problem:
        return Former(why=str(problem))


def _commit() -> str:
    """The commit that is tagged as that release, or that is known to be it."""
    tag = f"v{VERSION}"
    name = tag if _run("git", "tag", "--list", tag) else _RELEASED.get(VERSION, tag)
    if not (commit := _run("git", "log", "-1", "--format=%H", name, "--")):
        raise CannotRunError(f"git knows no commit of {VERSION}")
    if f'"{VERSION}"' not in _run("git", "show", f"{commit}:src/gbagraph/_version.py"):
        raise CannotRunError(f"{commit[:8]}, which is taken for {VERSION}, has another version")
    return commit


def _build(commit: str) -> Path:
    """Install it, as its own constraints have it, into an environment of its own.

    The front end is built where its build finds npm, and left out where not: no script runs here.
    """
    folder = FOLDER / f"former-{VERSION}"
    program, python, made = (folder / name for name in ("bin/gbagraph", "bin/python", "commit"))
    if made.is_file() and made.read_text() == commit:
        return program
    shutil.rmtree(folder, ignore_errors=True)
    _run(sys.executable, "-m", "venv", str(folder))
    source, archive = folder / "source", folder / "source.tar"
    _run("git", "archive", f"--output={archive}", commit)
    shutil.unpack_archive(archive, source, filter="data")
    pip = (str(python), "-m", "pip", "install", "--quiet", "--constraint")
    _run(*pip, str(source / "constraints.txt"), str(source))
    if (prepare := source / "scripts" / "prepare.py").is_file():
        _run(str(python), str(prepare))
    if VERSION not in (said := _run(str(program), "--version")):
        raise CannotRunError(f"what was built of {commit[:8]} says that it is {said}")
    shutil.rmtree(source)
    archive.unlink()
    made.write_text(commit)
    return program


def _run(*command: str) -> str:
    done = subprocess.run(
        command, cwd=_ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
