"""The words on which claims rest, as the operator's text has them: those that it proves, no others."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final

from gbagraph.engine.jobs import JsonJob
from gbagraph.errors import SettingError
from gbagraph.feature import resolve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from gbagraph.engine import Engine
    from gbagraph.engine.worker import Work
    from gbagraph.features.verify.verification import Words
    from gbagraph.publication import Publication
    from gbagraph.rdf.dataset import Dataset
    from gbagraph.settings import Settings

_LARGEST: Final = 1024 * 1024
"""Bytes of the largest file that is read."""
_FOUND: Final = "gbagraph.features.verify.verification:words"
"""What finds them; no process imports it that has no text."""


def _text() -> str:
    """Return the name of the file with the text of the source; empty for none."""
    from gbagraph.publication import current  # noqa: PLC0415  a declaration imports no logic

    return current().source_text


def read(path: Path | None) -> str:
    """Return the text in a file, without the markup of Markdown or HTML; empty without a file.

    Raises:
        SettingError: it cannot be read, is too large or is no text.
    """
    if path is None:
        return ""
    text = decoded(path)
    from gbagraph.features.verify.texts import MARKED_UP, passages_of  # noqa: PLC0415  few have it

    suffix = path.suffix.lower()
    return "\n".join(e.text for e in passages_of(text, suffix)) if suffix in MARKED_UP else text


def decoded(path: Path) -> str:
    """Return what a file of text holds.

    Raises:
        SettingError: as :func:`read`.
    """
    try:
        return content(path, "Give the text of the document alone.").decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingError(f"{path} is no text in UTF-8. Save it as one.", file=str(path)) from None


def content(path: Path, otherwise: str) -> bytes:
    """Return what a small file holds; *otherwise* says what to do where it is not small.

    Raises:
        SettingError: it cannot be read, or is too large.
    """
    try:
        with path.open("rb") as file:
            found = file.read(_LARGEST + 1)
    except OSError as problem:
        raise SettingError(f"{path} cannot be read: {problem.strerror}.", file=str(path)) from None
    if len(found) > _LARGEST:
        raise SettingError(f"{path} has more than {_LARGEST} bytes. {otherwise}", file=str(path))
    return found


def with_source(settings: Settings, found: Publication) -> Publication:
    """Return what is published with the text of the source and its address, as *settings* give them.

    Raises:
        SettingError: as :func:`read`.
    """
    text, address = read(settings.value("source_text")), settings.value("source_address")
    return replace(found, source_text=text, source_address=address)


@lru_cache(maxsize=1)
def _found(store: Dataset) -> tuple[Mapping[str, Words], int]:
    found: tuple[Mapping[str, Words], int] = resolve(_FOUND)(store, _text())
    return found


def words_of(store: Dataset) -> Mapping[str, Words]:
    """Return the words of the selectors in *store*, which must not change, by their IRIs."""
    return _found(store)[0] if _text() else {}


class AllWords(JsonJob, frozen=True):
    """Give the words by the IRIs of their selectors, and how many selectors the text does not prove."""

    evaluator: ClassVar[str] = f"{__name__}:send"

    @classmethod
    def prepare(cls, store: Dataset | None) -> None:
        """Find the words, once for all workers, if there is a text."""
        super().prepare(store)
        if _text():
            resolve(_FOUND)
            _ = store and words_of(store)


def send(job: AllWords, work: Work) -> None:
    """Send what is found."""
    found, lacking = _found(work.store) if _text() else ({}, 0)
    work.send(job, json.dumps({"words": found, "lacking": lacking}, ensure_ascii=False).encode())


@asynccontextmanager
async def counted(engine: Engine, port: int) -> AsyncIterator[None]:  # noqa: ARG001  as others
    """Log how many selectors the text of the source does not prove, if it is given."""
    if _text():
        import logging  # noqa: PLC0415  the fork server, which reads the jobs here, needs none

        found = json.loads((await engine.answer(AllWords())).body)
        logging.getLogger("gbagraph").log(
            logging.WARNING if found["lacking"] else logging.INFO,
            "the words of %d selectors stand in the text of the source; those of %d do not and are "
            "not shown",
            len(found["words"]),
            found["lacking"],
        )
    yield
