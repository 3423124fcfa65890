"""Words of a passage by their place and their hash: how they are made, checked and found.

A place is a range of Unicode code points in the *normalized text* of a passage, without its end. Text is
normalized in this order:

1. soft hyphens and characters without width go (U+00AD, U+200B to U+200D, U+2060, U+FEFF);
2. it is put into Unicode Normalization Form C;
3. typographic quote marks become ``'`` (U+2018 to U+201B) and ``"`` (U+201C to U+201F); dashes stay;
4. each run of white space (``str.isspace``, so line breaks and U+00A0 too) becomes one space;
5. bullets (U+2022) and spaces at its begin go, and spaces at its end.

A hash is the SHA-256 of exactly these characters in UTF-8, in hexadecimal digits.

A sentence ends with a full stop, exclamation or question mark before a space and a capital letter, a
digit or a quote mark. It also ends with the marks of Chinese (U+3002, U+FF01, U+FF1F), whatever follows;
the marks that close a quotation or a bracket and stand directly behind stay with it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.errors import BadParameter, RequestTooLarge

if TYPE_CHECKING:
    from collections.abc import Iterable

    Key = tuple[int, str]

MOST: Final = 2_000_000
"""Beginnings of words that are looked at, each once for each length of words: at worst three seconds."""

_REMOVED: Final = dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_QUOTES: Final = {
    **dict.fromkeys(range(0x2018, 0x201C), "'"),
    **dict.fromkeys(range(0x201C, 0x2020), '"'),
}
_CLOSING: Final = r"[\u300d\u300f\uff09']*"
_STOP: Final = re.compile(
    rf'[.!?] (?=(\S))|[\u3002\uff01\uff1f]+{_CLOSING}(?P<quote>"{_CLOSING})? ?'
)
_LETTER: Final = "0-9A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
_BOUND: Final = rf"(?:(?<![{_LETTER}])|(?![{_LETTER}]))"
_BEGIN, _END = re.compile(rf"(?=\S){_BOUND}"), re.compile(rf"(?<=\S){_BOUND}")
"""Where words may begin and end: not between two Latin letters or digits."""


class Selector(NamedTuple):
    """Words by the place where they *start* and *end*, their hash, and the number of their sentence."""

    start: int
    end: int
    sha256: str
    sentence: int

    @property
    def key(self) -> Key:
        """The length and the hash of the words, by which they are found elsewhere."""
        return self.end - self.start, self.sha256


def normalized(text: str) -> str:
    """Return *text* as places and hashes are of it; normalized once more, it stays as it is."""
    plain = unicodedata.normalize("NFC", text.translate(_REMOVED)).translate(_QUOTES)
    return " ".join(plain.split()).lstrip("\u2022 ")


def sha256(text: str) -> str:
    """Return the hash of *text*."""
    return hashlib.sha256(text.encode()).hexdigest()


def sentence(passage: str, place: int) -> int:
    """Return the number of the sentence at *place* of a normalized passage, from 1."""
    return bisect_right(sentences(passage), place)


def sentences(passage: str) -> list[int]:
    """Return where the sentences of a normalized passage begin."""
    quotes = [place for place, character in enumerate(passage) if character == '"']
    ends = (_end(stop, quotes) for stop in _STOP.finditer(passage) if _is_first(stop[1] or "'"))
    return [0, *(end for end in ends if end < len(passage))]


def _is_first(character: str) -> bool:
    return character.isupper() or character.isdigit() or character in "'\""


def _end(stop: re.Match[str], quotes: list[int]) -> int:
    """Return where the next sentence begins: with a quote mark only if all before it are in pairs."""
    quote = stop.start("quote")
    return quote if quote >= 0 and bisect_left(quotes, quote) % 2 == 0 else stop.end()


def select(passage: str, words: str) -> Selector:
    """Return the selector of *words* in a normalized passage.

    Raises:
        BadParameter: they do not stand there exactly once as whole words.
    """
    plain = normalized(words)
    starts = [
        place.start()
        for place in re.finditer(f"(?={re.escape(plain)})", passage)
        if _BEGIN.match(passage, place.start()) and _END.match(passage, place.start() + len(plain))
    ]
    if not plain or len(starts) != 1:
        raise BadParameter(
            f"{plain!r} stands {len(starts)} times in the passage. Give whole words that stand there "
            "once."
        )
    (start,) = starts
    return Selector(start, start + len(plain), sha256(plain), sentence(passage, start))


def stands(selector: Selector, passage: str) -> bool:
    """Whether the words stand at their place in a normalized passage, in their sentence."""
    start, end = selector.start, selector.end
    return (
        0 <= start < end <= len(passage)
        and sha256(passage[start:end]) == selector.sha256
        and sentence(passage, start) == selector.sentence
    )


def places(text: str, keys: Iterable[Key]) -> dict[Key, int]:
    """Return where words of these lengths and hashes first stand in a normalized text, as whole words.

    Raises:
        RequestTooLarge: that would take too long.
    """
    sought: dict[int, set[str]] = defaultdict(set)
    for length, digest in keys:
        if length > 0:
            sought[length].add(digest)
    begins = [begin.start() for begin in _BEGIN.finditer(text)]
    ends = {end.start() for end in _END.finditer(text)}
    if len(begins) * len(sought) > MOST:
        raise RequestTooLarge(
            f"The text has {len(text)} characters, too many to look for words of {len(sought)} lengths "
            "in it. Give the text of the document alone."
        )
    found: dict[Key, int] = {}
    for length, digests in sought.items():
        for begin in begins:
            if begin + length in ends:
                digest = sha256(text[begin : begin + length])
                if digest in digests:
                    found.setdefault((length, digest), begin)
    return found
