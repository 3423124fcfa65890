"""Query files and the files with their expected answers: where they are, and how they are written."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.errors import QueryFileError
from gbagraph.features.testing.cells import NUMBER, Loose, written
from gbagraph.features.testing.reading import EXTENSIONS, TERM
from gbagraph.paths import display, write_whole
from gbagraph.queries.modifiers import is_ordered
from gbagraph.queries.parse import fault, header, parse
from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.rdf.results import as_json
from gbagraph.sparql.tokens import declared_prefixes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from gbagraph.features.testing.cells import Cell, Prefixes, Table
    from gbagraph.features.testing.comparison import Difference, Order


SUFFIXES: Final = (".rq", ".sparql")
EXPECTED: Final = "expected"
TEST: Final = ("data", "order", "abs_tol", "rel_tol", "exclude", "severity")
"""The keys of ``test`` in a header."""


class Inapplicable(Exception):
    """A test says nothing here; the message says why."""


@dataclass(frozen=True)
class QueryFile:
    """A query file, asked with the default values of its parameters where it has any."""

    path: Path

    @property
    def name(self) -> str:
        """Its name without the extension."""
        return self.path.stem

    @cached_property
    def _content(self) -> str:
        try:
            return self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise fault(self.path, 0, f"it cannot be read: {problem}") from None

    @cached_property
    def text(self) -> str:
        """The query as it is asked.

        Raises:
            QueryFileError: it cannot be read, or its header has a fault.
        """
        if not any(line.startswith("#+") for line in self._content.splitlines()):
            return self._content
        query = parse(self.path)
        bound = query.bind(query.examples.items())
        # Where the header was are empty lines, so that a line of the query is that of the file.
        return "\n" * (self._content.count("\n") - bound.count("\n")) + bound

    @cached_property
    def test(self) -> dict[str, Any]:
        """How it is tested: the key ``test`` of its header.

        Raises:
            QueryFileError: it cannot be read, or its header has a fault.
        """
        given = header(self.path, self._content).get("test", {})
        if unknown := [
            str(key) for key in (given if isinstance(given, dict) else [given]) if key not in TEST
        ]:
            line = self._content.count("\n", 0, self._content.find("#+ test"))
            hint = "".join(
                f"; {unknown[0]} is none of them: did you mean {near}?"
                for near in difflib.get_close_matches(unknown[0], TEST, n=1)
            )
            raise fault(
                self.path,
                line + 1,
                f"test has to have keys of {', '.join(TEST)}, with values{hint}",
            )
        return dict(given)

    @property
    def data(self) -> tuple[str, ...]:
        """The files, or the release, that it asks; none if it asks those of the run."""
        given = self.test.get("data", [])
        names = given if isinstance(given, list) else [given]
        return tuple(located(str(name), self.path.parent) for name in names)

    @property
    def options(self) -> dict[str, Any]:
        """With which arguments of ``compare`` its answer is compared."""
        given = {name: self.test[name] for name in self.test if name not in ("data", "severity")}
        given |= {  # YAML takes 1e-1 for a text
            name: float(given[name])
            for name in given.keys() & {"abs_tol", "rel_tol"}
            if NUMBER.match(str(given[name]))
        }
        return {"order": self.order, "prefixes": self.prefixes, **given}

    @property
    def prefixes(self) -> dict[str, str]:
        """By which people's texts are read: ours, and those that the query declares."""
        return {**PREFIXES, **declared_prefixes(self.text)}

    @property
    def order(self) -> Order:
        """Rows are compared in order if the query orders them."""
        return "ordered" if is_ordered(self.text) else "bag"

    def expected(self) -> Path | None:
        """Return the file with the expected answer; None if there is none.

        Raises:
            QueryFileError: there are several.
        """
        paths = [path for path in self._candidates() if path.is_file()]
        if len(paths) > 1:
            listed = " and ".join(map(display, paths))
            raise QueryFileError(
                f"{display(self.path)} has several expected answers: {listed}. Keep one of them.",
                file=display(self.path),
                line=0,
            )
        return paths[0] if paths else None

    def _candidates(self) -> Iterable[Path]:
        for extension in EXTENSIONS:
            yield self.path.parent / EXPECTED / f"{self.name}{extension}"
            yield self.path.parent / f"{self.name}.expected{extension}"

    def new_expected(self, kind: str) -> Path:
        """Return where an expected answer of this kind is written if there is none yet."""
        extension = ".ttl" if kind == "graph" else ".srj"
        return self.path.parent / EXPECTED / f"{self.name}{extension}"


def located(name: str, base: Path) -> str:
    """Return the path of a file, relative to *base*; what is no file may be a release."""
    path = base / name
    return str(path) if path.exists() or path.suffix in (".ttl", ".nq", ".trig", ".nt") else name


def query_files(folders: Iterable[Path]) -> list[QueryFile]:
    """The query files in *folders*, at any depth, in the order of their paths; a file is itself.

    Those in a folder ``pages`` are for parts of pages.
    """
    paths = [
        path
        for folder in folders
        for path in ([folder] if folder.is_file() else sorted(folder.rglob("*")))
        if path.suffix in SUFFIXES and path.is_file() and path.parent.name != "pages"
    ]
    return [QueryFile(path) for path in dict.fromkeys(paths)]


def without_query(folders: Sequence[Path]) -> list[Path]:
    """Expected answers whose query is not there any more."""
    queries = {(query.path.parent, query.name) for query in query_files(folders)}
    return [
        path
        for folder in folders
        if folder.is_dir()
        for path in sorted(folder.rglob(f"{EXPECTED}/*"))
        if path.suffix in EXTENSIONS and (path.parent.parent, path.stem) not in queries
    ]


def save(
    path: Path, actual: Table, difference: Difference | None, *, order: Order, prefixes: Prefixes
) -> bytes:
    """Write *actual* in the format of the file's extension; what was written.

    Rows that agree stay where they were, unless order counts; cells of CSV that agree keep their text.

    Raises:
        QueryFileError: there is no format of this extension for such an answer.
    """
    table = _merged(actual, difference, order)
    writer = _WRITERS.get((path.suffix.lower(), table.kind))
    if writer is None:
        known = ", ".join(extension for extension, kind in _WRITERS if kind == table.kind)
        raise QueryFileError(
            f"{display(path)}: an answer of this kind is not written with this extension. Known are: "
            f"{known}.",
            file=display(path),
            line=0,
        )
    content = writer(table, prefixes, order).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)
    return content


def _merged(actual: Table, difference: Difference | None, order: Order) -> Table:
    if difference is None or difference.expected.kind != difference.actual.kind:
        return actual
    if set(difference.expected.columns) != set(difference.actual.columns):
        return actual
    old, new = difference.expected, difference.actual
    kept = {there: _kept(old, here, new.rows[there], ()) for here, there in difference.same}
    kept |= {
        row.actual: _kept(old, row.expected, new.rows[row.actual], row.columns)
        for row in difference.changed
    }
    if order == "ordered":
        places: Sequence[int] = range(len(new.rows))
    else:
        former = dict(difference.same) | {row.expected: row.actual for row in difference.changed}
        places = [*(former[place] for place in sorted(former)), *difference.unexpected]
    return replace(new, rows=tuple(tuple(kept.get(place, new.rows[place])) for place in places))


class _AsWritten(Loose):
    """The text of a cell in a file of CSV, with its quotes."""


def _kept(old: Table, row: int, new: Sequence[Cell], changed: Sequence[int]) -> Iterable[Cell]:
    """Return the new cells, but those of CSV that agree as they were written."""
    if old.written is None:
        return new
    cells = enumerate(zip(old.written[row], old.rows[row], new, strict=True))
    return [
        _alike(before, after) if place in changed else _AsWritten(text)
        for place, (text, before, after) in cells
    ]


def _alike(before: Cell, after: Cell) -> Cell:
    """Return *after*, as an exact term of CSV if *before* was one."""
    is_exact = all(isinstance(cell, ox.NamedNode | ox.Literal) for cell in (before, after))
    return Loose(str(after)) if is_exact else after


def _terms(table: Table) -> Table:
    """Return a person's texts as literals, for formats that hold terms."""
    rows = tuple(
        tuple(ox.Literal(cell.text) if isinstance(cell, Loose) else cell for cell in row)
        for row in table.rows
    )
    return replace(table, rows=rows)


def _srj(table: Table, _: Prefixes, __: Order) -> str:
    if table.kind == "boolean":
        content: dict[str, Any] = {"head": {}, "boolean": _is_true(table)}
    else:
        rows = [
            {name: as_json(term) for name, term in zip(table.columns, row, strict=True) if term}  # type: ignore[arg-type]
            for row in _terms(table).rows
        ]
        content = {"head": {"vars": list(table.columns)}, "results": {"bindings": rows}}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _is_true(table: Table) -> bool:
    return str(getattr(table.rows[0][0], "value", "")) == "true"


def _csv(table: Table, prefixes: Prefixes, _: Order) -> str:
    if table.kind == "boolean":
        return "true\n" if _is_true(table) else "false\n"
    lines = [",".join(table.columns)]
    lines += [",".join(_csv_cell(cell, prefixes) for cell in row) for row in table.rows]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    is_safe = re.fullmatch(rf'{TERM}|[^",\r\n]*', text)
    return text if is_safe else '"{}"'.format(text.replace('"', '""'))


def _csv_cell(cell: Cell, prefixes: Prefixes) -> str:
    """As a person writes it: text without quotes, IRIs with a prefix."""
    if cell is None:
        return ""
    if isinstance(cell, Loose | ox.Literal):
        text = cell.text if isinstance(cell, Loose) else cell.value
        return text if isinstance(cell, _AsWritten) else _quoted(text)
    text = written(cell, prefixes)
    return text[1:-1] if isinstance(cell, ox.NamedNode) and text.startswith("<") else text


def _tsv(table: Table, _: Prefixes, __: Order) -> str:
    rows = [["" if cell is None else str(cell) for cell in row] for row in _terms(table).rows]
    lines = ["\t".join(f"?{name}" for name in table.columns), *("\t".join(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _graph_turtle(table: Table, prefixes: Prefixes, _: Order) -> str:
    rows = [ox.Triple(*row) for row in _terms(table).rows]  # type: ignore[arg-type]
    used = {name: base for name, base in prefixes.items() if any(base in str(row) for row in rows)}
    return ox.serialize(rows, format=ox.RdfFormat.TURTLE, prefixes=used).decode()  # type: ignore[union-attr]


_WRITERS: dict[tuple[str, str], Callable[[Table, Prefixes, Order], str]] = {
    (".srj", "solutions"): _srj,
    (".json", "solutions"): _srj,
    (".csv", "solutions"): _csv,
    (".tsv", "solutions"): _tsv,
    (".srj", "boolean"): _srj,
    (".json", "boolean"): _srj,
    (".csv", "boolean"): _csv,
    (".ttl", "graph"): _graph_turtle,
    (".nt", "graph"): _graph_turtle,
}
"""What writes an answer, by the extension of its file and its kind."""
