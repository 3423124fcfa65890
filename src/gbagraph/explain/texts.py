"""Many short texts, searched by scanning one string that holds them all.

A search by the engine of strings reads a megabyte in less than a millisecond, and nothing has to be made
before it but the string: with tens of thousands of names, an index of words or of grams takes seconds.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from gbagraph.explain.spelling import distance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")
_ENDINGS: Final = ("ies", "ing", "ers", "ed", "es", "er", "s")
_STEM: Final = 3
"""Letters that a word keeps at least when its ending is taken off."""
_MOST: Final = 1000
"""Texts with one piece that are looked at: who writes one letter does not mean all that have it."""


def spaced(text: str) -> str:
    """*text* without case and accents, with one space between its words."""
    if not text.isascii():
        letters = unicodedata.normalize("NFKD", text)
        text = "".join(sign for sign in letters if not unicodedata.combining(sign))
    return _BETWEEN_WORDS.sub(" ", text.casefold()).strip()


def stem(word: str) -> str:
    """*word* without an English ending: with what is left, other forms of the word begin."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM and word.isascii():
            return word[: -len(ending)]
    return word


def needle(word: str) -> str:
    """What to scan for: the beginning of a word; of a script without spaces, the word anywhere."""
    return f" {word}" if _has_spaces(word) else word


def _has_spaces(word: str) -> bool:
    return word[0] < "\u2e80"


class Texts:
    """Texts by their number, in the order in which they come."""

    def __init__(self, texts: Iterable[str]) -> None:
        """*texts* are as :func:`spaced` gives them."""
        lines = [f" {text}\n" for text in texts]
        self._whole = "".join(lines)
        self._ends = array("L", accumulate(map(len, lines)))

    def having(self, piece: str) -> Iterator[int]:
        """The numbers of the texts that have *piece*, at most a thousand, in order.

        A text begins with a space and ends with a line feed, which *piece* may have.
        """
        start = self._whole.find(piece)
        for _ in range(_MOST):
            if start < 0:
                return
            number = bisect_right(self._ends, start)
            yield number
            start = self._whole.find(piece, self._ends[number])

    def __len__(self) -> int:
        """How many texts there are."""
        return len(self._ends)

    def length(self, number: int) -> int:
        """The letters of a text."""
        return self._ends[number] - (self._ends[number - 1] if number else 0) - 2

    def words(self) -> set[str]:
        """All words of all texts."""
        return set(self._whole.split())


class Vocabulary:
    """Words, any of which is found by what is nearly it."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_length: dict[int, list[tuple[int, str]]] = {}
        for word in words:
            if not word.isdecimal():
                self._by_length.setdefault(len(word), []).append((_letters(word), word))

    def near(self, word: str, slips: int, n: int = 3) -> list[str]:
        """At most *n* words that differ from *word* by the fewest slips, and by at most *slips*."""
        wanted = _letters(word)
        found = [
            (letters, other)
            for length in range(len(word) - slips, len(word) + slips + 1)
            for letters, other in self._by_length.get(length, ())
            # A slip changes at most two kinds of letters; to count kinds is far cheaper than slips.
            if (letters ^ wanted).bit_count() <= 2 * slips
        ]
        near = sorted((distance(word, other), other) for _, other in found)
        return [other for counted, other in near if counted <= min(slips, near[0][0])][:n]


def slips(word: str) -> int:
    """How many slips are to be expected in *word*."""
    return 0 if len(word) < 3 else 1 if len(word) < 6 else 2


def _letters(word: str) -> int:
    """A bit for each kind of letter in *word*."""
    found = 0
    for letter in word:
        found |= 1 << (ord(letter) & 63)
    return found
