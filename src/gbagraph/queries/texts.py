"""What canned queries say in other languages: the files ``texts/LANGUAGE.json`` beside the query files.

Such a file has ``queries`` (by name, each with ``summary``, ``description`` and ``params``), and what
queries share: ``tags``, ``columns``, and ``values``, texts that queries write into their rows.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gbagraph import publication
from gbagraph.sparql.message import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gbagraph.queries.canned import CannedQuery


FOLDER: Final = "texts"
_SHARED: Final = ("tags", "columns", "values")
_OF_QUERY: Final = ("summary", "description", "params")


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a folder of canned queries in one *language*."""

    language: str = ""
    queries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)

    def query(self, query: CannedQuery) -> CannedQuery:
        """Return *query* with what there is of it in this language."""
        said = self.queries.get(query.name)
        if not said:
            return query
        params = said.get("params", {})
        return replace(
            query,
            summary=said.get("summary", query.summary),
            description=said.get("description", query.description),
            parameters=tuple(
                replace(row, description=params.get(row.name, row.description))
                for row in query.parameters
            ),
            language=self.language,
        )


def current(language: str) -> Texts:
    """Return the texts of what is published in *language*, else in another of its scripts, or none."""
    known = of_folder(publication.current().queries)
    main = language.partition("-")[0]
    wanted = (language, *(tag for tag in LANGUAGES if tag.partition("-")[0] == main))
    return next((known[tag] for tag in wanted if tag in known), Texts())


def told(query: CannedQuery, language: str) -> CannedQuery:
    """Return *query* as readers of *language* are told of it."""
    return current(language).query(query)


def said_of(query: CannedQuery) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the languages in which something is said of *query* beside its own, each with that."""
    for language, known in of_folder(str(query.path.parent)).items():
        if query.name in known.queries:
            yield language, known.queries[query.name]


@cache
def of_folder(folder: str) -> Mapping[str, Texts]:
    """Return the texts beside the query files of *folder*, or of an archive, by their language."""
    files = _files(Path(folder)) if folder else ()
    return {path.stem: Texts(path.stem, **_read(content)) for path, content in files}


def _read(content: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(content)
    return found


def _files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    if folder.suffix != ".zip":
        for path in sorted((folder / FOLDER).glob("*.json")):
            yield path, path.read_bytes()
        return
    with zipfile.ZipFile(folder) as archive:
        for name in sorted(archive.namelist()):
            if name.startswith(f"{FOLDER}/") and name.endswith(".json"):
                yield folder / name, archive.read(name)


def faults(folder: Path, queries: Mapping[str, CannedQuery]) -> Iterator[tuple[Path, str]]:
    """Yield what is wrong with the texts beside *queries*: the file, and a part of a sentence."""
    for path, content in _files(folder):
        if path.stem not in LANGUAGES:
            known = ", ".join(LANGUAGES)
            yield path, f"{path.stem!r} is no language of the pages; these are {known}"
            continue
        try:
            read = _read(content)
        except ValueError as problem:
            yield path, f"it is not JSON: {problem}"
            continue
        yield from ((path, what) for what in _wrong(read, queries))


def _wrong(read: Any, queries: Mapping[str, CannedQuery]) -> Iterator[str]:  # noqa: ANN401  what JSON holds
    if not isinstance(read, dict) or not all(isinstance(part, dict) for part in read.values()):
        yield f"it has to be a mapping with queries, {', '.join(_SHARED)}, each a mapping"
        return
    yield from (
        f"{key!r} is none of queries, {', '.join(_SHARED)}"
        for key in read.keys() - {"queries", *_SHARED}
    )
    for key in _SHARED:
        yield from _not_texts(key, read.get(key, {}))
    for name, said in read.get("queries", {}).items():
        yield from _wrong_of_query(name, said, queries.get(name))


def _wrong_of_query(name: str, said: Any, query: CannedQuery | None) -> Iterator[str]:  # noqa: ANN401
    if query is None:
        yield f"there is no query {name!r}"
        return
    if not isinstance(said, dict) or not isinstance(said.get("params", {}), dict):
        yield f"{name} has to have {', '.join(_OF_QUERY)}, the last a mapping"
        return
    yield from (
        f"{name}: {key!r} is none of {', '.join(_OF_QUERY)}" for key in said.keys() - {*_OF_QUERY}
    )
    params = said.get("params", {})
    yield from (f"{name} has no parameter {key!r}" for key in params.keys() - query.names)
    yield from _not_texts(
        name, {key: text for key, text in said.items() if key != "params"} | params
    )


def _not_texts(where: str, mapping: Mapping[str, Any]) -> Iterator[str]:
    yield from (
        f"{where}: {key!r} has no text"
        for key, text in mapping.items()
        if not isinstance(text, str)
    )
