"""How alike two names are, whatever their case, accents, separators and small slips.

Own code, for what it needs is little: names are found by the grams that they share, and the few that
share most are compared letter by letter.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections import Counter, defaultdict
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_COMPARED: Final = 40
"""So many of the names that share most grams are compared letter by letter."""

_LONGEST: Final = 80
"""Names are compared up to here."""

_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\W\d_a-zA-Z]+")
_FILLERS: Final = frozenset({"has", "is", "of", "the", "a", "an", "by", "in", "to"})


@lru_cache(maxsize=8192)
def plain(name: str) -> str:
    """*name* without case, accents and separators."""
    letters = unicodedata.normalize("NFKD", name)[:_LONGEST].casefold()
    return "".join(filter(str.isalnum, letters))


def words(name: str) -> tuple[str, ...]:
    """The words of *name*, in lower case: those of ``hasUnitCode`` are has, unit, code."""
    return tuple(word.lower() for word in _WORD.findall(name))


def local_name(iri: str) -> str:
    """What stands after the last ``#``, ``/`` or ``:`` of *iri*."""
    return re.split(r"[/#:]", iri.rstrip("/#"))[-1]


def grams(text: str) -> list[str]:
    """Pieces of *text*, which is plain: of three letters, and of one where a sign is a word."""
    padded = f"  {text} "
    pieces = [padded[start : start + 3] for start in range(len(text) + 1)]
    return pieces if text.isascii() else pieces + [sign for sign in text if sign > "\u2e7f"]


def likeness(one: str, other: str) -> float:
    """How alike two names are: 1 for the same but for case and separators, 0 for nothing in common."""
    first, second = plain(one), plain(other)
    if not first or not second:
        return 0.0
    if first == second:
        return 1.0
    longest = max(len(first), len(second))
    spelt = 1 - distance(first, second) / longest
    return max(spelt, 0.9 * _shared(first, second), _worded(one, other)) * 0.99


def _shared(first: str, second: str) -> float:
    """Dice's coefficient of the grams."""
    counted = Counter(grams(first)), Counter(grams(second))
    both = (counted[0] & counted[1]).total()
    return 2 * both / (counted[0].total() + counted[1].total())


def _worded(one: str, other: str) -> float:
    """Names of which one has all the words of the other are rather alike."""
    first, second = (set(words(name)) - _FILLERS for name in (one, other))
    if not first or not second or not (first <= second or second <= first):
        return 0.0
    return 0.7 + 0.2 * min(len(first), len(second)) / max(len(first), len(second))


def distance(first: str, second: str) -> int:
    """Letters to change, insert, drop or swap with the next (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(second) + 1))
    for row, letter in enumerate(first, start=1):
        new = [row]
        for column, sign in enumerate(second, start=1):
            cost = letter != sign
            best = min(last[column] + 1, new[column - 1] + 1, last[column - 1] + cost)
            swapped = (
                row > 1 and column > 1 and letter == second[column - 2] and first[row - 2] == sign
            )
            new.append(min(best, before[column - 2] + 1) if swapped else best)
        before, last = last, new
    return last[-1]


_DIGITS: Final = re.compile(r"\d+")
_PADDING: Final = re.compile(r"(?<=[^\W\d])0+(?=\d)")
"""Zeros before a number in a code: after a letter."""
_KIND: Final = re.compile(
    "(?<=..)(?:有限公司|股份公司|公司|集团|集團|广场|廣場|新区|新區|市|区|區|省|县|縣|镇|鎮)$"
)
"""What may be left out at the end of a Chinese name: city, district, company, square, ..."""
_VERBS: Final = ("has", "is")
"""With these the names of properties may begin, or not."""
_DOER: Final = frozenset(
    ("er", "ers", "or", "ors", "ity", "ment", "ion", "ions", "al", "able", "ist")
)
_DOING: Final = frozenset(("", "d", "e", "s", "ed", "es", "ing"))
"""Endings that make another word of one with those before: a developer is not what one develops."""
_WORDS: Final = frozenset(
    words(
        "abstract address area author band budget capital case category child cite city class "
        "code cost count country county created creator date deadline degree district doc "
        "document duration email employee employer end equipment event feed floor flow form "
        "founder frequency gender goal height host image industry isbn issn kind language leader "
        "length level license line link list location logo mayor meeting member model name node "
        "note number object order owner page paper parent park part partner person phone photo "
        "picture place plan plane planet plant point policy port position post power president "
        "price prize product project province publisher rank rating reference region result "
        "revenue review road role room route rule scale school scope score sector sensor series "
        "service sex site size source space speed sponsor stage start state station status stock "
        "street student subject summary target teacher term text theme thing time title topic "
        "town train type unit user value version village voltage volume weather weight width "
        "worker writer year zone latitude longitude altitude corporation cooperation operation "
    )
)
"""Words of vocabularies: of two of them that are alike, one is no slip of the other."""
_FURTHEST: Final = 4
"""Letters by which two names with one meaning differ in length at most."""
_SHORTEST: Final = 4
_PER_SLIP: Final = 5
"""Letters of a word for each slip in it; one with fewer than :data:`_SHORTEST` has none."""


def is_slip(one: str, other: str) -> bool:
    """Whether *one* is *other* but for typing: case, separators, a plural, an ending, a letter or two.

    Other digits are another name, and so is another word, however few letters it differs by.
    """
    first, second = plain(one), plain(other)
    is_far = abs(len(first) - len(second)) > _FURTHEST or not first or not second
    if is_far:
        return False
    if _DIGITS.findall(first) != _DIGITS.findall(second):
        return _PADDING.sub("", first) == _PADDING.sub("", second)
    if first == plain(_turned(other)) or second == plain(_turned(one)):
        return True
    if first == second or _KIND.sub("", first) == second or _KIND.sub("", second) == first:
        return True
    # Most names that are compared begin otherwise.
    if first[0] not in second[:2] and not (first.startswith(_VERBS) or second.startswith(_VERBS)):
        return False
    return _has_slips(one, other) if first.isascii() else _is_nearly(first, second)


def _turned(name: str) -> str:
    """A name in the order of a catalogue, as it is spoken: *Kessler, Marta*."""
    last, comma, first = name.partition(",")
    return f"{first} {last}" if comma else name


def _is_nearly(first: str, second: str) -> bool:
    """Whether two texts of six or more signs differ by one that is not the first."""
    return (
        min(len(first), len(second)) > _PER_SLIP
        and first[0] == second[0]
        and distance(first, second) == 1
    )


def _has_slips(one: str, other: str) -> bool:
    first, second = map(_own_words, (one, other))
    if len(first) != len(second):
        return _is_nearly(plain(one), plain(other))
    return all(
        a == b or _is_mistyped(a, b) or _is_mistyped(_singular(a), _singular(b))
        for a, b in zip(first, second, strict=True)
    )


def _own_words(name: str) -> tuple[str, ...]:
    """The words of a name, without the verb that properties begin with."""
    own = words(unicodedata.normalize("NFKC", name))
    return own[1:] if len(own) > 1 and own[0] in _VERBS else own


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > _SHORTEST:
        return f"{word[:-3]}y"
    if word.endswith(("ses", "xes", "zes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _is_mistyped(one: str, other: str) -> bool:
    """Whether two words are the same, or differ by so few letters that it is by chance."""
    shorter = min(len(one), len(other))
    if one == other or shorter < _SHORTEST or one[0] not in other[:2] or {one, other} <= _WORDS:
        return one == other
    same = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), shorter)
    for begin in (same, same - 1):
        ends = {one[begin:], other[begin:]}
        if ends & _DOER and ends & _DOING:
            return False
    # Two slips in a short word are rather one letter and a swap than another word.
    changed = max((Counter(a) - Counter(b)).total() for a, b in ((one, other), (other, one)))
    if shorter <= _PER_SLIP and len(one) == len(other) and changed:
        return False  # one letter for another makes another word: note and node
    most = max(1, shorter // _PER_SLIP) + (shorter > _PER_SLIP and changed == 1)
    most = most if one[0] == other[0] else 1
    return distance(one, other) <= most


class Spellings:
    """Names of things, any of which can be found by what is nearly its name."""

    def __init__(self, names: Iterable[tuple[str, int]]) -> None:
        """*names* with the number of the thing that each is a name of."""
        self._names = list(names)
        self._holding: defaultdict[str, list[int]] = defaultdict(list)
        for index, (name, _) in enumerate(self._names):
            for gram in set(grams(plain(name))):
                self._holding[gram].append(index)

    def near(self, name: str, least: float) -> list[tuple[float, int]]:
        """The things with a name that is like *name*, most like first, each once."""
        shared = Counter[int]()
        for gram in set(grams(plain(name))):
            shared.update(self._holding.get(gram, ()))
        scores: dict[int, float] = {}
        for index, _ in shared.most_common(_COMPARED):
            spelling, thing = self._names[index]
            scores[thing] = max(scores.get(thing, 0.0), likeness(name, spelling))
        ranked = [(score, thing) for thing, score in scores.items() if score >= least]
        return sorted(ranked, key=lambda pair: (-pair[0], pair[1]))


_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")
_ENDINGS: Final = (*("ments", "ment", "ions", "ion", "ies", "ing", "ers", "ed", "es", "er", "s"),)
_STEM: Final = 3
"""Letters that a word keeps at least when its ending is taken off; two more before a long ending."""
_DOUBLED: Final = re.compile(r"..([bdgmnpt])\1\Z")
"""A letter that is doubled before an ending: planned, planning."""
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
        least = _STEM if len(ending) <= _STEM and ending != "ion" else _STEM + 2
        if word.endswith(ending) and len(word) - len(ending) >= least and word.isascii():
            kept = word[: -len(ending)]
            return kept[:-1] if ending[0] in "ei" and _DOUBLED.search(kept) else kept
    return word


def needle(word: str) -> str:
    """What to scan for: the beginning of a word; of a script without spaces, the word anywhere."""
    return f" {word}" if word[0] < "\u2e80" else word


_SIGN: Final = re.compile("([\u2e80-\U0003ffff])")
"""A character of a script without spaces between words: each counts as a word."""


def as_indexed(text: str, *, is_of_iri: bool = False) -> str:
    """*text* as words for the index, in lower case, without accents."""
    if is_of_iri and text.isascii():
        text = " ".join(words(text)) or text
    return _SIGN.sub(r" \1 ", spaced(text))


def joined(text: str) -> str:
    """*text* without case, accents and spaces."""
    return spaced(text).replace(" ", "")


def as_asked(word: str) -> str:
    """A word as the index is asked for it: in any form; or the signs of a script without spaces."""
    signs = _SIGN.sub(r" \1 ", word).split()
    return f'"{stem(word)}"*' if len(signs) == 1 and signs[0] == word else f'"{" ".join(signs)}"'


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

    def __getitem__(self, number: int) -> str:
        """The text of a number."""
        return self._whole[self._ends[number - 1] + 1 if number else 1 : self._ends[number] - 1]

    def length(self, number: int) -> int:
        """The letters of a text."""
        return len(self[number])

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
        words = [
            (letters, other)
            for length in range(len(word) - slips, len(word) + slips + 1)
            for letters, other in self._by_length.get(length, ())
            # A slip changes at most two kinds of letters; to count kinds is far cheaper than slips.
            if (letters ^ wanted).bit_count() <= 2 * slips
        ]
        near = sorted((distance(word, other), other) for _, other in words)
        return [other for counted, other in near if counted <= min(slips, near[0][0])][:n]


def slips(word: str) -> int:
    """How many slips are to be expected in *word*."""
    return 0 if len(word) < 3 else 1 if len(word) < 6 else 2


def _letters(word: str) -> int:
    """A bit for each kind of letter in *word*."""
    letters = 0
    for letter in word:
        letters |= 1 << (ord(letter) & 63)
    return letters
