"""Sentences that cross processes as English text, as those of errors do, in the language of a page."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LOCALE: Final = Path(__file__).parent / "locale" / "sentences"
_LONGEST: Final = 2000
"""Characters of a message that is looked at, in time that grows with their cube."""
_LIST: Final = re.compile(r"[^\s,]+(?:, [^\s,]+)+")
_NONE: Final[Mapping[str, str]] = {}
_VALUE: Final = re.compile(r"\{(\w+)\}")


def told(message: str, language: str, words: Mapping[str, str] = _NONE) -> str:
    """Return *message* in *language*; empty if one of its sentences is not translated.

    Values in it are in *words*, where these have them.
    """
    said, rest = "", message.strip()
    while rest:
        beginning = next(_beginning(rest, language, words), None)
        if beginning is None:
            return ""
        said, rest = said + beginning[0], beginning[1]
    return said


def _beginning(text: str, language: str, words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield translations of the beginning of *text*, each with the rest."""
    for pattern, translation in _catalogue(language) if len(text) <= _LONGEST else ():
        if match := pattern.match(text):
            yield _filled(translation, match, words), text[match.end() :].strip()


def _filled(translation: str, match: re.Match[str], words: Mapping[str, str]) -> str:
    return _VALUE.sub(lambda value: _written(match[value[1]], words), translation)


def _written(value: str, words: Mapping[str, str]) -> str:
    """Return a value with the quotation marks and the separators of the language of *words*."""
    if len(value) > 1 and value[0] == value[-1] == "'":
        return words.get("“%(text)s”", value) % {"text": value[1:-1]}
    if _LIST.fullmatch(value):
        return value.replace(", ", words.get(", ", ", "))
    return words.get(value, value)


@cache
def _catalogue(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return what sentences match, and their translations; those of the most sentences first."""
    path = _LOCALE / f"{language}.json"
    texts: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    ordered = sorted(texts.items(), key=lambda pair: -len(pair[0]))
    return tuple((_pattern(text), translation) for text, translation in ordered)


def _pattern(text: str) -> re.Pattern[str]:
    parts = _VALUE.split(text.strip())
    values = (f"(?P<{part}>.+?)" if n % 2 else re.escape(part) for n, part in enumerate(parts))
    # A value at the end is all of the rest.
    ends = r"\Z" if not parts[-1] else r"(?=\s|\Z)"
    return re.compile("".join(values) + ends, re.DOTALL)
