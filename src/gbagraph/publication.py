"""What is published: the title, licence and base of the dataset, its prefixes, its canned queries.

A process publishes one dataset. :func:`use` says which, once and before anything is loaded; until then
it is the built-in one. A request to an earlier release is answered :func:`as_if` that was published.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gbagraph.errors import SettingError
from gbagraph.paths import display, resource
from gbagraph.rdf import namespaces
from gbagraph.settings import About

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from gbagraph.settings import Settings

_HEAD: Final = 64 * 1024
"""Bytes of a file in which prefixes and IRIs are looked for."""
_PREFIX: Final = re.compile(
    r"^\s*@?prefix\s+([\w.\-]+):\s*<([^<>\s]+)>", re.IGNORECASE | re.MULTILINE
)
_TERM: Final = re.compile("|".join(map(re.escape, namespaces.TERMS)))
_OURS: Final = tuple((name, namespaces.PREFIXES[name]) for name in ("gba", "ev"))
_WITH_PREFIXES: Final = (".ttl", ".trig", ".n3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What is said of the dataset that is served.

    ``queries`` is the folder of the canned queries, empty if there are none. ``report`` is the address
    at which readers say that a fact is wrong. ``source_text`` is the text of the source and
    ``source_address`` its address, where the operator gives them. ``is_own`` is true of the
    built-in dataset and of releases of it, of which more is known than is said here. ``about`` is what
    others say of their dataset for catalogues and citations.
    """

    title: str = ""
    description: str = ""
    license: str = ""
    publisher: str = ""
    home: str = ""
    base: str = ""
    language: str = "en"
    prefixes: tuple[tuple[str, str], ...] = ()
    queries: str = ""
    report: str = ""
    source_text: str = ""
    source_address: str = ""
    is_own: bool = False
    about: About = field(default_factory=About)


OWN: Final = Publication(
    license="https://creativecommons.org/licenses/by/4.0/",
    publisher="gbagraph team",
    base=namespaces.BASE,
    queries=str(resource("queries")),
    is_own=True,
)
"""The built-in dataset; its title and description are in its metadata."""


class _Current:
    publication = OWN


_as_if: ContextVar[Publication | None] = ContextVar("as_if", default=None)


def current() -> Publication:
    """What this process publishes, or is to answer as if it did."""
    return _as_if.get() or _Current.publication


@contextmanager
def as_if(publication: Publication) -> Iterator[None]:
    """Have what runs in this context answer as if this was published, with the base of the process."""
    token = _as_if.set(publication)
    try:
        yield
    finally:
        _as_if.reset(token)


def use(publication: Publication) -> None:
    """Publish this from now on."""
    _Current.publication = publication
    if publication.is_own and not publication.prefixes:
        namespaces.use_own()
    else:
        namespaces.use(publication.base, dict(publication.prefixes))


def of_settings(settings: Settings, files: Iterable[Path] | None) -> Publication:
    """What *settings* publish: *files* of others, or (None) the built-in dataset or a release of it.

    Raises:
        SettingError: there is no such folder of queries.
    """
    queries = "" if settings.queries is None else folder_of_queries(settings.queries)
    if files is None:
        return replace(OWN, queries=queries or OWN.queries, report=settings.report)
    paths = list(files)
    return Publication(
        title=settings.title or ", ".join(path.name for path in paths),
        description=settings.description,
        license=settings.license,
        publisher=settings.publisher,
        home=settings.home,
        base=settings.base or (namespaces.BASE if any(map(_has_our_iris, paths)) else ""),
        language=settings.language,
        prefixes=beside(settings.prefixes, _declared(paths)),
        queries=queries,
        report=settings.report,
        about=settings.of(About),
    )


def prefixes_with(files: Iterable[Path]) -> dict[str, str]:
    """The prefixes of *files*, before those that people write anyway; none if they declare none."""
    declared = dict(_declared(files))
    return {**declared, **namespaces.prefixes(), **declared} if declared else {}


def page_query(name: str) -> str:
    """The query of the dataset's own for a part of pages: a file in the folder ``pages`` of its queries.

    Empty if it has none. Kept releases have those of today.
    """
    folder = OWN.queries if current().is_own else current().queries
    return _page_query(folder, name) if folder else ""


@cache
def _page_query(folder: str, name: str) -> str:
    path = Path(folder, "pages", f"{name}.rq")
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def beside(
    said: Collection[tuple[str, str]], declared: Iterable[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """The prefixes that are *said*, and after them those *declared* that have other names."""
    return *said, *(pair for pair in dict(declared).items() if pair[0] not in dict(said))


def folder_of_queries(path: Path) -> str:
    """The folder *path* in full; raises SettingError if it is none."""
    if not path.is_dir():
        raise SettingError(
            f"queries is {display(path)}, but there is no such folder.", setting="queries"
        )
    return str(path.resolve())


def _has_our_iris(path: Path) -> bool:
    """Whether a file has IRIs of the built-in dataset, near its head: then these have their pages.

    The terms of its vocabularies are for everybody, and do not count.
    """
    return path.is_file() and namespaces.BASE in _TERM.sub("", _head(path))


def _head(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_HEAD).decode("utf-8", errors="replace")


def _declared(files: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """The prefixes of our vocabularies that *files* use, and those that they declare at their head."""
    known = set(namespaces.VOCABULARIES.values())
    for path in filter(Path.is_file, files):
        head = _head(path)
        yield from (pair for pair in _OURS if pair[1] in head)
        if path.suffix.lower() in _WITH_PREFIXES:
            yield from (pair for pair in _PREFIX.findall(head) if pair[1] not in known)
