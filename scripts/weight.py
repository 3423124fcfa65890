"""Print what the software weighs, beside what it may and what the last release weighed.

``budgets.toml`` holds the limits of statements, modules, imports, calls and memory, and
tests/test_weight.py fails where one is exceeded. The kernel and each feature have a budget of their own.
To raise one needs a reason in the commit message.
"""

from __future__ import annotations

import ast
import re
import socket
import statistics
import subprocess
import sys
import time
import tomllib
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

import calls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGE: Final = "gbagraph"
_FEATURES: Final = f"{PACKAGE}.features."
_LOADS: Final = {
    "connect": "import gbagraph; gbagraph.connect",
    "command line": (
        "import contextlib, sys; sys.argv = ['gbagraph', '--help']\n"
        "from gbagraph.__main__ import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(None): main()"
    ),
    "server process": (
        "import gbagraph.server.serving, gbagraph.web.app\n"
        "from gbagraph.web import addresses\n"
        "for owner, view in addresses.views(): owner.load(view.code)"
    ),
    "fork server": (
        "import gbagraph.engine.forkserver\n"
        "from gbagraph.engine.jobs import Decoder\n"
        "from gbagraph.engine.source import ForkServerOptions\n"
        "Decoder(ForkServerOptions().jobs).prepare(None)"
    ),
}
"""What each kind of process does before it answers, as code that loads what it loads."""
_LIST: Final = "\nimport sys; print(*sys.modules, sep='\\n', file=sys.stderr)"


_MARGIN: Final = 1.1
"""For what differs a little from one machine or Python to another: memory, and modules of others."""


class Row(NamedTuple):
    """One figure: what, how much, its budget, and the factor by which that may be exceeded."""

    name: str
    value: int
    budget: int
    margin: float = 1.0

    @property
    def is_exceeded(self) -> bool:
        """Whether the figure is above its budget and the margin."""
        return self.value > self.margin * self.budget

    @property
    def is_far_below(self) -> bool:
        """Whether the budget would let a whole feature in unseen."""
        return self.value < 0.85 * self.budget


class Module(NamedTuple):
    """A module of the package: its syntax tree, its lines, and the modules that it imports anywhere."""

    tree: ast.Module
    lines: int
    imports: frozenset[str]


def modules() -> dict[str, Module]:
    """All modules of the package by their dotted names."""
    source = ROOT / "src"
    paths = {_name(path, source): path for path in sorted(source.rglob("*.py"))}
    texts = {name: path.read_text(encoding="utf-8") for name, path in paths.items()}
    trees = {name: ast.parse(text) for name, text in texts.items()}
    return {
        name: Module(tree, texts[name].count("\n"), frozenset(_imports(tree, paths)) - {name})
        for name, tree in trees.items()
    }


def _name(path: Path, source: Path) -> str:
    return ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")


def _imports(tree: ast.Module, known: Iterable[str]) -> Iterator[str]:
    """The *known* modules that a module imports: at its top, for types only, or in a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                yield from [name for name in (submodule, node.module) if name in known][:1]


def statements(tree: ast.AST) -> int:
    """The number of statements, docstrings and other bare strings not counted."""
    return sum(isinstance(node, ast.stmt) and not _is_text(node) for node in ast.walk(tree))


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def test_statements() -> int:
    """The number of statements in the tests."""
    paths = (ROOT / "tests").rglob("*.py")
    return sum(statements(ast.parse(path.read_text(encoding="utf-8"))) for path in paths)


def chain(known: dict[str, Module]) -> list[str]:
    """The longest chain of imports, from the module at its top."""
    longest: dict[str, list[str]] = {}

    def below(name: str, seen: tuple[str, ...]) -> list[str]:
        if name in seen:
            return []
        if name not in longest:
            chains = (below(each, (*seen, name)) for each in sorted(known[name].imports))
            longest[name] = [name, *max(chains, key=len, default=[])]
        return longest[name]

    return max((below(name, ()) for name in known), key=len)


def part(name: str) -> str:
    """The part of the software that has a budget of its own: a feature, or the kernel."""
    return name.removeprefix(_FEATURES).split(".")[0] if name.startswith(_FEATURES) else "kernel"


def loaded(code: str) -> tuple[int, int]:
    """How many modules a program with this *code* loads: of the package, and of others."""
    command = [sys.executable, "-c", code + _LIST]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stderr.split()
    ours = sum(name == PACKAGE or name.startswith(f"{PACKAGE}.") for name in listed)
    return ours, len(listed) - ours


def memory(starts: int = 1) -> int:
    """Megabytes that all processes of an idle server hold, what they share counted once.

    It is the median of so many *starts*.
    """
    return round(statistics.median(_memory() for _ in range(starts)))


def _memory() -> float:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", PACKAGE, "serve", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            return _settled(process, f"http://127.0.0.1:{port}/sparql?query=ASK%7B%7D")
        finally:
            process.terminate()


def _settled(process: subprocess.Popen[bytes], address: str) -> float:
    """What a server holds once it has answered, and holds the same a second later."""
    answered, last, now = False, 0.0, 0.0
    while not answered or abs(now - last) > 1:
        time.sleep(1 if answered else 0.1)
        if process.poll() is not None:
            raise ChildProcessError(f"the server ended with {process.returncode}")
        with suppress(URLError):
            answered = answered or urlopen(address).status == HTTPStatus.OK  # noqa: S310  it is HTTP
        last, now = now, _held(process.pid)
    return now


def _held(pid: int) -> float:
    """Megabytes (proportional set size) of a process and of its descendants; of one that ends now, 0."""
    try:
        children = [
            child
            for listed in Path(f"/proc/{pid}/task").glob("*/children")
            for child in map(int, listed.read_text().split())
        ]
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^Pss: +(\d+)", text, re.MULTILINE)
    return (int(found[1]) / 1024 if found else 0) + sum(map(_held, children))


def budgets() -> dict[str, dict[str, Any]]:
    """The limits that ``budgets.toml`` holds."""
    return tomllib.loads((ROOT / "budgets.toml").read_text(encoding="utf-8"))


def rows() -> list[Row]:
    """The figures that are the same on every Python, with their budgets.

    Raises:
        KeyError: a feature has no budget yet.
    """
    budget, found = budgets(), modules()
    weights: dict[str, int] = dict.fromkeys(budget["statements"], 0)
    for name, module in found.items():
        weights[part(name)] = weights.get(part(name), 0) + statements(module.tree)
    uses = {
        name
        for name, module in found.items()
        if name.startswith(f"{PACKAGE}.engine") and any(map(_is_of_feature, module.imports))
    }
    return [
        *(Row(f"statements: {name}", n, budget["statements"][name]) for name, n in weights.items()),
        Row("statements: all", sum(weights.values()), budget["all"]["statements"]),
        Row("statements: tests", test_statements(), budget["all"]["tests"]),
        Row("modules", len(found), budget["all"]["modules"]),
        Row("lines of the longest", max(m.lines for m in found.values()), budget["all"]["lines"]),
        Row("longest chain of imports", len(chain(found)), budget["all"]["chain"]),
        Row("modules of engine that import a feature", len(uses), budget["all"]["engine"]),
        *(
            Row(f"modules loaded: {kind}", loaded(code)[0], budget["loaded"][kind])
            for kind, code in _LOADS.items()
        ),
        *(
            Row(f"calls: {request}", len(made), budget["calls"][request])
            for request, made in calls.counted().items()
        ),
    ]


def rows_of_this_machine(starts: int = 1) -> list[Row]:
    """The figures that differ a little with the Python: modules of others, and memory in megabytes."""
    budget = budgets()
    others = {kind: loaded(code)[1] for kind, code in _LOADS.items()}
    return [
        *(
            Row(f"modules of others: {kind}", n, budget["others"][kind], _MARGIN)
            for kind, n in others.items()
        ),
        Row("memory: idle server, MB", memory(starts), budget["memory"]["idle server"], _MARGIN),
    ]


def _is_of_feature(name: str) -> bool:
    return name.startswith(_FEATURES)


def main() -> int:
    """Print the table, and the longest chain; 1 if a budget is exceeded."""
    figures, last = [*rows(), *rows_of_this_machine()], budgets()["last release"]
    print(f"{'':<42}{'now':>8}{'budget':>11}{last['version']:>9}")
    for row in figures:
        mark = "  EXCEEDED" if row.is_exceeded else ""
        before = f"{last[row.name]:,}" if row.name in last else ""
        print(f"{row.name:<42}{row.value:>8,} of {row.budget:>7,}{before:>9}{mark}")
    print("chain:", " > ".join(name.removeprefix(f"{PACKAGE}.") for name in chain(modules())))
    return int(any(row.is_exceeded for row in figures))


if __name__ == "__main__":
    sys.exit(main())
