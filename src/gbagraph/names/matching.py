"""What a text may mean, of everything that has a name: ranked by how it fits the name.

A name that is the text comes first, then one that begins with it (in a script without spaces, one that
ends with it, for there the end says what a thing is), one with words that begin with its words, one that
has it inside, one that has its words but for slips, and what has its words in a definition. Of a
question, and where nothing has all the words, what has the most of them: rare words count more than
others, names more than definitions, questions and things more than terms and sources.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from math import log
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from gbagraph.names.asking import asked, pieces
from gbagraph.names.texts import Texts, Vocabulary, needle, slips, spaced, stem
from gbagraph.names.texts import words as words_of_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


Kind = Literal["class", "property", "thing", "graph", "prefix", "query", "paragraph"]

KINDS: Final[tuple[Kind, ...]] = (
    *("thing", "class", "property", "query", "paragraph", "graph", "prefix"),
)
"""The kinds in the order in which a searcher wants them."""

_SAME, _ENDS, _BEGINS, _PHRASE, _WORDS, _INSIDE, _SLIPS, _DEFINED = (
    *(1.0, 0.95, 0.9, 0.85, 0.78, 0.7, 0.6, 0.45),
)
"""The scores of the ways to fit; the share of a name that is found adds up to :data:`_SHARE`."""
_SHARE: Final = 0.04
_OF_IRI: Final = 0.01
_BESIDE_LABELS: Final = 0.06
"""How much less the end of an IRI counts than a label: of what has labels, people know these."""
_OF_SOURCE: Final = 0.1
_OTHER_ENDING: Final = 2
"""Letters by which a name may be longer that is the text but for the endings of its words."""
_SHORTEST: Final = 3
"""Letters from which on a text is looked for inside words."""
_LEAST: Final = 0.4
"""The share of what is asked for that is worth telling where nothing has all of it."""
_FACTORS: Final = {"thing": 0.97, "query": 1.0}
"""How much a kind counts where words of a question are found; of the others less, as of sources."""
_OTHERS, _SOURCES = 0.7, 0.6
_IN_TEXT: Final = 0.5
"""How much a word counts that is in a definition only."""
_UNKNOWN: Final = 0.3
"""How much a word counts that is nowhere; signs that stand together by chance far less."""
_COVERED: Final = 0.2
"""How much of the score of a question is the share of the name that its words are."""
_LONGEST: Final = 80
_WORDS_AT_MOST: Final = 8


class Name(NamedTuple):
    """A name of something, and its language, empty if that is not said."""

    text: str
    language: str = ""


class Entry(NamedTuple):
    """Something with names: its kind, its IRI (a query's or prefix's name), a label and a sentence."""

    kind: Kind
    iri: str
    label: str
    snippet: str = ""


class Hit(NamedTuple):
    """An entry, how well it fits from 0 to 1, the name that does (None if its definition does)."""

    entry: Entry
    score: float
    name: Name | None
    names: tuple[Name, ...]


@dataclass(slots=True)
class Found:
    """What was found, the best first; *words* are those looked for, *slips* which for which."""

    hits: list[Hit] = field(default_factory=list)
    words: tuple[str, ...] = ()
    slips: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def counts(self) -> dict[Kind, int]:
        """How many there are of each kind."""
        counted = Counter(hit.entry.kind for hit in self.hits)
        return {kind: counted[kind] for kind in KINDS if counted[kind]}


class Finder:
    """Finds *entries* by their names; of each, the first name is the end of its IRI.

    *signs* is what to compare signs as, such as those of two scripts. What *is_source*, by its IRI, is
    wanted less than other things.
    """

    def __init__(
        self,
        entries: Iterable[tuple[Entry, tuple[Name, ...]]],
        signs: Mapping[int, int] | None = None,
        is_source: Callable[[str], bool] | None = None,
    ) -> None:
        self._entries, self._signs, self._is_source = list(entries), signs or {}, is_source
        self._owner = [number for number, (_, names) in enumerate(self._entries) for _ in names]
        self._names = [name for _, names in self._entries for name in names]
        self._first = [0]
        for _, names in self._entries:
            self._first.append(self._first[-1] + len(names))
        firsts = set(self._first)
        written = [
            self._plain(_split(name.text) if number in firsts else name.text)
            for number, name in enumerate(self._names)
        ]
        self._spaced = Texts(written)
        self._joined = Texts(text.replace(" ", "") for text in written)
        self._defined = Texts(self._plain(entry.snippet) for entry, _ in self._entries)

    def _plain(self, text: str) -> str:
        return spaced(text).translate(self._signs)

    def find(self, text: str) -> Found:
        """Everything that *text* may mean."""
        wanted = self._plain(text[:_LONGEST])
        if not wanted:
            return Found()
        scores, (words, is_question) = _Scores(self), asked(wanted)
        self._by_name(wanted, scores)
        if is_question:
            self._by_some(words, scores)
        else:
            self._by_words(words, scores)
        near: dict[str, tuple[str, ...]] = {}
        if not scores.best:
            near = self._near(words)
            scores.names(self._with_all(self._spaced, words, near), _SLIPS, wanted)
        if not scores.best:
            self._by_some(words, scores)
        if not is_question:
            defined = self._with_all(self._defined, words, {})
            scores.entries(dict.fromkeys(defined, (_DEFINED, None)))
        looked_for = [other for word in words for other in near.get(word, (word,))]
        return Found(scores.ranked(), tuple(looked_for), near)

    def _by_name(self, wanted: str, scores: _Scores) -> None:
        joined = wanted.replace(" ", "")
        scores.names(self._joined.having(f" {joined}\n"), _SAME, "")
        if needle(joined) == joined:
            scores.names(self._joined.having(f"{joined}\n"), _ENDS, wanted)
        scores.names(self._joined.having(f" {joined}"), _BEGINS, wanted)
        scores.names(self._spaced.having(needle(wanted)), _PHRASE, wanted)
        if len(joined) >= _SHORTEST or not joined.isascii():
            scores.names(self._joined.having(joined), _INSIDE, wanted)

    def _by_words(self, words: tuple[str, ...], scores: _Scores) -> None:
        """Names that have all words."""
        wanted = " ".join(words)
        of_all = self._with_all(self._spaced, words, {})
        whole = [n for n in of_all if self._spaced.length(n) <= len(wanted) + _OTHER_ENDING]
        scores.names(whole, _BEGINS, wanted)
        scores.names(of_all, _WORDS, wanted)

    def _by_some(self, words: tuple[str, ...], scores: _Scores) -> None:
        """What has most of the words; where some name a thing, queries with most of the rest."""
        found = self._with_some(words)
        scores.entries(found)
        things = (each for n, (_, each) in found.items() if self._entries[n][0].kind == "thing")
        names = [self._spaced[each] for each in things if each is not None]
        said = " ".join(name for name in names if _covered(name, words) == 1.0)
        rest = tuple(word for word in words if stem(word) not in said)
        if said and rest:
            about = self._with_some(rest).items()
            scores.entries({n: s for n, s in about if self._entries[n][0].kind == "query"})

    def nearest(self, text: str, n: int = 5) -> list[Hit]:
        """At most *n* entries with names that are somehow like *text*, which finds nothing."""
        scores = _Scores(self)
        for word in spaced(text[:_LONGEST]).split()[:_WORDS_AT_MOST]:
            for other in self._vocabulary.near(word, (len(word) + 2) // 3, 5):
                scores.names(self._spaced.having(needle(other)), _SLIPS, other)
        return scores.ranked()[:n]

    def listed(self) -> list[Hit]:
        """All that can be found, with their names, as nothing was asked for."""
        return [Hit(entry, 0.0, None, names) for entry, names in self._entries]

    def entries(self) -> Iterator[Entry]:
        """All that can be found."""
        return (entry for entry, _ in self._entries)

    def owner(self, number: int) -> int:
        """The entry of a name."""
        return self._owner[number]

    def share(self, number: int, wanted: str) -> float:
        """Return the part of a name that *wanted* is."""
        return min(len(wanted) / max(self._spaced.length(number), 1), 1.0)

    def less(self, number: int, *, is_same: bool) -> float:
        """How much less counts the end of an IRI, or a source; if it *is_same*, not much."""
        entry = self._owner[number]
        less = _OF_SOURCE if self.is_source(self._entries[entry][0]) else 0.0
        if number != self._first[entry]:
            return 0.0 if is_same else less
        has_labels = self._first[entry + 1] - number > 1
        return less + (_BESIDE_LABELS if has_labels and not is_same else _OF_IRI)

    def hit(self, number: int, score: float, name: int | None) -> Hit:
        """Return what is said of an entry that was found."""
        entry, names = self._entries[number]
        return Hit(entry, score, None if name is None else self._names[name], names)

    def _with_all(
        self, texts: Texts, wanted: tuple[str, ...], near: dict[str, tuple[str, ...]]
    ) -> list[int]:
        """The texts that have a form of each word, or of what is near it."""
        numbers: set[int] | None = None
        for word in wanted:
            having = {
                number
                for other in near.get(word, (stem(word),))
                for number in texts.having(needle(other))
            }
            numbers = having if numbers is None else numbers & having
            if not numbers:
                return []
        return sorted(numbers or ())

    def _with_some(self, words: tuple[str, ...]) -> dict[int, tuple[float, int | None]]:
        """The entries that have most of the words, each with its score and the name that fits best."""
        shares: defaultdict[int, float] = defaultdict(float)
        whole = 0.0
        for piece, unknown in (
            (p, _UNKNOWN / len(pieces(w)) ** 2) for w in words for p in pieces(w)
        ):
            named, told = self._with_word(piece)
            rarity = log(2 + len(self._entries) / (1 + len(named | told))) ** 2
            whole += rarity if named or told else unknown * rarity
            for number in named | told:
                shares[number] += rarity if number in named else _IN_TEXT * rarity
        return {
            number: self._scored(number, share / whole, words)
            for number, share in shares.items()
            if share >= _LEAST * whole
        }

    def _scored(
        self, number: int, share: float, words: tuple[str, ...]
    ) -> tuple[float, int | None]:
        """The score of an entry that has this *share* of the words, and its name with most of them."""
        entry, _ = self._entries[number]
        first, names = self._first[number], range(self._first[number], self._first[number + 1])
        covered, _, name = max(
            (_covered(self._spaced[each], words), each != first, -each) for each in names
        )
        factor = _SOURCES if self.is_source(entry) else _FACTORS.get(entry.kind, _OTHERS)
        score = _SLIPS * factor * share + _COVERED * covered
        return score, -name if covered else None

    def is_source(self, entry: Entry) -> bool:
        """Whether *entry* is a passage or a document on which facts rest."""
        is_source = self._is_source
        is_document = entry.kind == "thing" and is_source is not None and is_source(entry.iri)
        return entry.kind == "paragraph" or is_document

    def _with_word(self, word: str) -> tuple[set[int], set[int]]:
        """The entries that have a word in a name, and in a definition; one of few letters as a whole."""
        ends = ("",) if len(word) > _SHORTEST or needle(word) == word else (" ", "\n", "s ", "s\n")
        needles = [needle(stem(word)) + end for end in ends]
        named = {self._owner[number] for piece in needles for number in self._spaced.having(piece)}
        return named, {number for piece in needles for number in self._defined.having(piece)}

    def _near(self, wanted: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        """For each word that begins no word of a name, those that it may be a slip for."""
        unknown = [
            word for word in wanted if next(self._spaced.having(needle(stem(word))), None) is None
        ]
        near = {word: tuple(self._vocabulary.near(word, slips(word))) for word in unknown}
        return {word: others for word, others in near.items() if others}

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary(self._spaced.words())


class _Scores:
    """The best score of each entry, and by which name it has it."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self.best: dict[int, tuple[float, int | None]] = {}

    def names(self, numbers: Iterable[int], score: float, wanted: str) -> None:
        """These names fit, with that *score* and more for what is most of a name.

        What has a better score by more than that is left as it is.
        """
        best, finder = self.best, self._finder
        for number in numbers:
            entry = finder.owner(number)
            if entry in best and best[entry][0] >= score + _SHARE:
                continue
            more = _SHARE * finder.share(number, wanted) if wanted else 0.0
            less = finder.less(number, is_same=not wanted)
            self._note(entry, score + more - less, number)

    def entries(self, scored: Mapping[int, tuple[float, int | None]]) -> None:
        """These entries fit, each with its score and perhaps the name by which it does."""
        for number, (score, name) in scored.items():
            self._note(number, score, name)

    def _note(self, entry: int, score: float, name: int | None) -> None:
        if entry not in self.best or self.best[entry][0] < score:
            self.best[entry] = score, name

    def ranked(self) -> list[Hit]:
        """What fits, the best first."""
        hits = [self._finder.hit(number, *best) for number, best in self.best.items()]
        return sorted(hits, key=_order)


def _order(hit: Hit) -> tuple[float, int, str]:
    return -round(hit.score, 3), KINDS.index(hit.entry.kind), hit.entry.iri


def _split(name: str) -> str:
    """The end of an IRI with spaces between its words; as it is, where it is one word."""
    parts = words_of_name(name)
    return " ".join(parts) if name.isascii() and len(parts) > 1 else name


def _covered(name: str, words: tuple[str, ...]) -> float:
    """The share of *name* that forms of *words* are; of a script without spaces, its end says most."""
    begins = tuple(stem(word) for word in words if needle(word) != word)
    signs = tuple(word for word in words if needle(word) == word)
    letters = sum(len(word) for word in name.split() if word.startswith(begins))
    letters += sum(len(word) for word in signs if word in name)
    share = min(letters / max(len(name.replace(" ", "")), 1), 1.0)
    return max(share, _ENDS - 0.1) if name.endswith(signs) else share
