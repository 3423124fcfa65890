"""Query files with expected answers: where these are, and what is compared how."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from gbagraph.errors import QueryFileError
from gbagraph.paths import display
from gbagraph.queries.parse import parse
from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.sparql.tokens import declared_prefixes, words
from gbagraph.testing.reading import EXTENSIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from gbagraph.testing.comparison import Order

SUFFIXES: Final = (".rq", ".sparql")
EXPECTED: Final = "expected"


@dataclass(frozen=True)
class QueryFile:
    """A query file, asked with the default values of its parameters where it has any."""

    path: Path

    @property
    def name(self) -> str:
        """Its name without the extension."""
        return self.path.stem

    @cached_property
    def text(self) -> str:
        """The query as it is asked.

        Raises:
            QueryFileError: it cannot be read, or its header has a fault.
        """
        try:
            text = self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise QueryFileError(
                f"{display(self.path)} cannot be read: {problem}", file=display(self.path), line=0
            ) from None
        if not any(line.startswith("#+") for line in text.splitlines()):
            return text
        query = parse(self.path)
        return query.bind(_pairs(query.examples))

    @property
    def prefixes(self) -> dict[str, str]:
        """By which people's texts are read: ours, and those that the query declares."""
        return {**PREFIXES, **declared_prefixes(self.text)}

    @property
    def order(self) -> Order:
        """Rows are compared in order if the query orders them."""
        tokens = [token.text.upper() for token in words(self.text)]
        last = max((place for place, word in enumerate(tokens) if word == "}"), default=0)
        tail = tokens[last:]
        return "ordered" if "ORDER" in tail else "bag"

    def expected(self) -> Path | None:
        """The file with the expected answer; None if there is none.

        Raises:
            QueryFileError: there are several.
        """
        found = [path for path in self._candidates() if path.is_file()]
        if len(found) > 1:
            listed = " and ".join(map(display, found))
            raise QueryFileError(
                f"{display(self.path)} has several expected answers: {listed}. Keep one of them.",
                file=display(self.path),
                line=0,
            )
        return found[0] if found else None

    def _candidates(self) -> Iterable[Path]:
        for extension in EXTENSIONS:
            yield self.path.parent / EXPECTED / f"{self.name}{extension}"
            yield self.path.parent / f"{self.name}.expected{extension}"

    def new_expected(self, kind: str) -> Path:
        """Where an expected answer of this kind is written if there is none yet."""
        extension = ".ttl" if kind == "graph" else ".srj"
        return self.path.parent / EXPECTED / f"{self.name}{extension}"


def _pairs(defaults: Any) -> list[tuple[str, Any]]:  # noqa: ANN401  by name, or pairs
    return list(defaults.items()) if hasattr(defaults, "items") else list(defaults)


def query_files(folders: Iterable[Path]) -> list[QueryFile]:
    """The query files in *folders*, at any depth, in the order of their paths; a file is itself."""
    found = [
        path
        for folder in folders
        for path in ([folder] if folder.is_file() else sorted(folder.rglob("*")))
        if path.suffix in SUFFIXES and path.is_file()
    ]
    return [QueryFile(path) for path in dict.fromkeys(found)]


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
