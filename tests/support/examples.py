"""The examples of the manual, and a reader who does what a page says, from top to bottom.

A comment above a block of code says what is not to be seen in it:

- ``<!-- file: NAME -->``: the reader saves it
- ``<!-- exits: 2 -->``: the command ends with this code
- ``<!-- silent: REASON -->``: the command prints nothing
- ``<!-- needs: PROGRAM -->``: it is followed where that is installed
- ``<!-- not run: REASON -->``

In what a command prints, … stands for any text, and on a line by itself for any lines.
"""

import configparser
import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pyoxigraph as ox
import yaml

from gbagraph.cli import project
from gbagraph.queries.parse import parse
from support import ROOT, RunningServer, eventually, free_port, processes
from support.installed import needs, output

ADDRESS = "127.0.0.1:8000"
"""The address of the server in the manual; the reader's has another port."""

_BLOCK = re.compile(
    r"^(?:<!-- (?P<note>[\w ]+): (?P<value>.*?) -->\n)?"
    r"```(?P<language>[\w-]*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_PATH = os.pathsep.join(
    [str(Path(sys.executable).parent), str(ROOT / ".clients" / "bin"), os.environ["PATH"]]
)


@dataclass(frozen=True)
class Example:
    """A block of code on a page: its language, its text, and the note above it."""

    page: Path
    line: int
    language: str
    text: str
    note: str = ""
    value: str = ""

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}, line {self.line}"


def examples(page: Path) -> list[Example]:
    """The blocks of code on a page."""
    text = page.read_text(encoding="utf-8")
    return [
        Example(
            page,
            text.count("\n", 0, found.start("language")) + 1,
            found["language"],
            found["text"],
            found["note"] or "",
            found["value"] or "",
        )
        for found in _BLOCK.finditer(text)
    ]


def commands(block: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with what it prints."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.splitlines(keepends=True)
        command = ""
        for number, line in enumerate(lines, start=1):
            command += line
            # It ends where its quotes are closed, unless the line says that it goes on.
            if command.count("'") % 2 == 0 and not line.endswith("\\\n"):
                yield command, "".join(lines[number:])
                break
        else:
            raise AssertionError(f"the quotes of this command are not closed: {part}")


def is_like(printed: str, shown: str) -> bool:
    """Whether *printed* is what is *shown*: … stands for any text of a line, alone for any lines."""
    parts = shown.splitlines(keepends=True)
    pattern = "".join("(?:.*\n)*" if part.strip() == "…" else _line(part) for part in parts)
    return re.fullmatch(pattern, f"{printed.rstrip(chr(10))}\n") is not None


def _line(shown: str) -> str:
    return ".*".join(map(re.escape, shown.split("…")))


class Reader:
    """Does what a page says, in *folder*; asks *server* if the page starts none."""

    def __init__(self, folder: Path, server: RunningServer) -> None:
        self._folder = folder
        self._address = server.url.removeprefix("http://")
        self._server = server
        self._names: dict[str, Any] = {}
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._started:
            process.terminate()
            process.wait(60)

    def follow(self, example: Example) -> None:
        """Do what the block is about; an AssertionError says what is not as it says."""
        if example.note == "not run":
            assert example.value, f"{example}: say why it is not run"
            return
        if example.note == "needs":
            needs(example.value)
        if example.note == "file":
            path = self._folder / example.value
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self._here(example.text), encoding="utf-8")
        reads: dict[str, Callable[[Example], object]] = {
            "console": self._console,
            "python": self._python,
            "toml": self._toml,
            "sparql": self._sparql,
            "turtle": lambda each: list(ox.parse(each.text, format=ox.RdfFormat.TURTLE)),
            "json": lambda each: json.loads(each.text),
            "yaml": lambda each: yaml.safe_load(each.text),
            "ini": self._ini,
            "apache": self._apache,
            # What a command prints, a file of no syntax, or a program that a command of the page runs.
            **dict.fromkeys(("text", "csv", "", "bash", "javascript", "r"), lambda _: None),
        }
        assert example.language in reads, f"{example}: nothing reads {example.language!r}"
        reads[example.language](example)

    def _console(self, example: Example) -> None:
        for command, shown in commands(example.text):
            if re.match(r"gbagraph serve\b|python3 -m http.server\b", command):
                self._serve(command)
                continue
            if moved := re.fullmatch(r"cd (\S+)\n", command):
                self._folder /= moved[1]
                continue
            code, printed = self._run(command)
            wanted = int(example.value) if example.note == "exits" else 0
            assert code == wanted, f"{example}: {command}ended with {code}: {printed}"
            if shown:
                assert is_like(printed, shown), f"{example}: {command}printed\n{printed}"
            else:
                assert printed or example.note == "silent", f"{example}: {command}printed nothing"

    def _here(self, text: str) -> str:
        return text.replace(ADDRESS, self._address)

    def _run(self, command: str) -> tuple[int, str]:
        done = processes.run(
            ["bash", "-c", self._here(command)],
            cwd=self._folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
        )
        printed = done.stdout.decode().replace("\r\n", "\n")
        return done.returncode, printed.replace(self._address, ADDRESS)

    def _environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if "GBAGRAPH" not in name}
        own.pop("FORCE_COLOR", None)
        return {
            **own,
            "PATH": _PATH,
            "GBAGRAPH_PORT": self._address.rpartition(":")[2],
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def _serve(self, command: str) -> None:
        """Start the server of the page, in the place of one that it started before."""
        self.__exit__()
        self._started.clear()
        self._address = f"127.0.0.1:{free_port()}"
        here = command.replace(" 8000", f" {self._address.rpartition(':')[2]}")
        process = processes.Popen(
            ["bash", "-c", f"exec {here}"], cwd=self._folder, env=self._environment()
        )
        self._started.append(process)
        assert eventually(self._answers), f"{command}did not answer"

    def _answers(self) -> bool:
        assert self._started[0].poll() is None, "the server of the page ended at its start"
        code, _ = self._run(f"curl -s http://{ADDRESS}/sparql?query=ASK%7B%7D")
        return code == 0

    def _python(self, example: Example) -> None:
        if "def test_" in example.text:
            path = self._folder / "test_example.py"
            path.write_text(self._here(example.text), encoding="utf-8")
            code, printed = self._run("python -m pytest -q -p no:cacheprovider test_example.py")
            assert code == 0, f"{example}: {printed}"
            return
        source = compile(self._here(example.text), str(example), "exec")
        with contextlib.chdir(self._folder), contextlib.redirect_stdout(io.StringIO()):
            exec(source, self._names)

    def _toml(self, example: Example) -> None:
        found = tomllib.loads(example.text)
        if "tool" not in found:
            project.checked(found, str(example))

    def _sparql(self, example: Example) -> None:
        if example.note == "file":
            return
        text = example.text
        if text.startswith("#+"):
            path = self._folder / "example.rq"
            path.write_text(text, encoding="utf-8")
            query = parse(path)
            text = query.bind(query.examples.items())
        response = self._server.ask(text, "*/*")
        assert response.status_code == 200, f"{example}: {response.text}"

    def _ini(self, example: Example) -> None:
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        parser.read_string(example.text)
        assert parser.sections(), f"{example}: it has no section"

    def _apache(self, example: Example) -> None:
        """Apache itself says whether it is right; the port is one that anyone may listen on."""
        needs("apache2")
        modules = ("mpm_event", "authz_core", "proxy", "proxy_http", "headers")
        loaded = "".join(
            f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in modules
        )
        own = f"ErrorLog {self._folder}/error.log\nServerName x.example\nListen 8443\n"
        path = self._folder / "apache.conf"
        path.write_text(f"{own}{loaded}{example.text}", encoding="utf-8")
        output("apache2", "-t", "-f", path)
