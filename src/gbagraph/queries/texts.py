"""What canned queries say in other languages: the files ``texts/LANGUAGE.json`` beside the query files.

Such a file has ``queries`` (by name, each with ``summary``, ``description``, ``params``, ``columns``,
and ``defaults``, what a page asks for), and what queries share: ``tags``, ``columns``, and ``values``,
texts that queries write into their rows.
"""

from __future__ import annotations

import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from gbagraph import publication
from gbagraph.sparql.message import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gbagraph.queries.canned import CannedQuery


FOLDER: Final = "texts"


class Said(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """What is said of one query."""

    summary: str = ""
    description: str = ""
    params: dict[str, str] = {}
    defaults: dict[str, str] = {}
    columns: dict[str, str] = {}


class Texts(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The texts of a folder of canned queries in one language."""

    queries: dict[str, Said] = {}
    tags: dict[str, str] = {}
    columns: dict[str, str] = {}
    values: dict[str, str] = {}

    def columns_of(self, name: str) -> dict[str, str]:
        """Return what the columns of the query *name* are called."""
        return self.columns | self.queries.get(name, Said()).columns


def told(query: CannedQuery, language: str) -> CannedQuery:
    """Return *query* as readers of *language* see it."""
    script, said = _in_script(language)
    texts = said.queries.get(query.name)
    if texts is None:
        return query
    return replace(
        query,
        summary=texts.summary or query.summary,
        description=texts.description or query.description,
        parameters=tuple(
            replace(
                row,
                description=texts.params.get(row.name, row.description),
                default=texts.defaults.get(row.name, row.default),
                choices=tuple(
                    choice._replace(label=said.values.get(choice.value, choice.label))
                    for choice in row.choices
                ),
            )
            for row in query.parameters
        ),
        language=script,
    )


def current(language: str) -> Texts:
    """Return the texts of what is published in *language*, else in another of its scripts, or none."""
    return _in_script(language)[1]


def _in_script(language: str) -> tuple[str, Texts]:
    known = of_folder(publication.current().queries)
    main = language.partition("-")[0]
    wanted = (language, *(tag for tag in LANGUAGES if tag.partition("-")[0] == main))
    return next(((tag, known[tag]) for tag in wanted if tag in known), ("", Texts()))


def said_of(query: CannedQuery) -> dict[str, Said]:
    """Return what is said of *query* in other languages than its own, by these."""
    known = of_folder(str(query.path.parent)).items()
    return {tag: texts.queries[query.name] for tag, texts in known if query.name in texts.queries}


@cache
def of_folder(folder: str) -> Mapping[str, Texts]:
    """Return the texts beside the query files of *folder*, or of an archive, by their language."""
    files = _files(Path(folder)) if folder else ()
    return {path.stem: _read(content) for path, content in files}


_read: Final = msgspec.json.Decoder(Texts).decode


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
            yield path, f"{path.stem!r} is no language of pages; these are {', '.join(LANGUAGES)}"
            continue
        try:
            texts = _read(content)
        except msgspec.MsgspecError as problem:
            yield path, str(problem)[:1].lower() + str(problem)[1:]
            continue
        for name, said in texts.queries.items():
            if name not in queries:
                yield path, f"there is no query {name!r}"
            else:
                unknown = sorted({*said.params, *said.defaults} - queries[name].names)
                yield from ((path, f"the query {name} has no parameter {row!r}") for row in unknown)
