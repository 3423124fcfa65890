"""Sentences of diagnostics in the reader's language: English templates, and a catalogue for Chinese."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LANGUAGES: Final = {"en": "English", "zh-Hans": "简体", "zh-Hant": "繁體"}
"""The languages of what people read, by their tags, each with its name in itself."""
TRANSLATED: Final = tuple(tag for tag in LANGUAGES if tag != "en")

_LOCALE: Final = Path(__file__).parent / "locale"


@dataclass(frozen=True, slots=True)
class Message:
    """Sentences in order, each a template with the values of its ``%(name)s``."""

    sentences: tuple[tuple[str, Mapping[str, object]], ...] = ()

    def __add__(self, more: Message) -> Message:
        """Return these sentences and then *more*."""
        return Message(self.sentences + more.sentences)

    def joined(self, more: Iterable[Message]) -> Message:
        """Return these sentences and then all of *more*."""
        return Message(self.sentences + tuple(each for one in more for each in one.sentences))

    def __str__(self) -> str:
        return self.text("en")

    def text(self, language: str) -> str:
        """Return the sentences in *language*: ``en``, or one that has a catalogue."""
        words = catalogue(language)
        said = (
            words.get(template, template)
            % {key: _in_language(value, language) for key, value in values.items()}
            for template, values in self.sentences
        )
        return ("" if words else " ").join(said)


def _in_language(value: object, language: str) -> object:
    """Return a value of a template in *language*."""
    if isinstance(value, tuple):
        return between(language).join(str(_in_language(each, language)) for each in value)
    return value.text(language) if isinstance(value, Message) else value


def between(language: str) -> str:
    """Return what stands between the members of a list."""
    return "、" if catalogue(language) else ", "


def say(template: str, /, **values: object) -> Message:
    """Return the sentence that *template* makes of *values*.

    A message among these is translated, too, and the members of a tuple are listed.
    """
    return Message(((template, values),))


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return the translations of templates into *language*; none where there is no catalogue."""
    if language not in TRANSLATED:
        return {}
    words: dict[str, str] = json.loads(_LOCALE.joinpath(f"{language}.json").read_text("utf-8"))
    return words
