"""The words on which claims rest, as the operator's text has them: those that it proves, no others."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final

from gbagraph.engine.jobs import JsonJob
from gbagraph.feature import resolve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from gbagraph.engine import Engine
    from gbagraph.engine.worker import Work
    from gbagraph.features.verify.verification import Words
    from gbagraph.publication import Publication
    from gbagraph.rdf.dataset import Dataset
    from gbagraph.settings import Settings

_FOUND: Final = "gbagraph.features.verify.verification:words"
"""What finds them; no process imports it that has no text."""


def _text() -> str:
    """Return the name of the file with the text of the source; empty for none."""
    from gbagraph.publication import current  # noqa: PLC0415  a declaration imports no logic

    return current().source_text


def with_source(settings: Settings, public: Publication) -> Publication:
    """Return what is published with the text of the source and its address, as *settings* give them.

    Raises:
        SettingError: it cannot be read, is too large or is no text.
    """
    path, address = settings.value("source_text"), settings.value("source_address")
    if path is None:
        return replace(public, source_text="", source_address=address)
    from gbagraph.features.verify.texts import read  # noqa: PLC0415  few have it

    return replace(public, source_text=read(path), source_address=address)


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

        answer = json.loads((await engine.answer(AllWords())).body)
        logging.getLogger("gbagraph").log(
            logging.WARNING if answer["lacking"] else logging.INFO,
            "the words of %d selectors stand in the text of the source; those of %d do not and are "
            "not shown",
            len(answer["words"]),
            answer["lacking"],
        )
    yield
