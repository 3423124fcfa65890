"""Canned queries by what they answer: a question in words, and those that answer it best.

No model is asked: a query is as good as the words of the question that stand in what is said of it, in
any language. Rare words count more, and its own question more than what explains it.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from math import log
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph import publication
from gbagraph.names.asking import ASKING, CHINESE, FILLERS, PART, pieces
from gbagraph.names.texts import local_name, spaced, stem
from gbagraph.names.texts import words as words_of_name
from gbagraph.queries.catalog import all_queries
from gbagraph.queries.texts import said_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.queries.canned import CannedQuery

_ASKS, _TAGGED, _TOLD, _NAMED = 3.0, 2.0, 1.0, 0.7
"""How much a word counts in a question, in a tag, in what explains it, and in a name that it uses."""
_OF_ASKING: Final = 0.25
"""How much of that counts a word such as who, which many questions have."""
_SHORTEST: Final = 4
"""Letters from which on the beginning of a word stands for the word."""
_LISTED: Final = 10
_LONGEST: Final = 200
"""Letters of a question that are read."""


class Candidate(NamedTuple):
    """A query that may answer a question, and how well: 1 if it is the same question."""

    query: CannedQuery
    score: float


def find_queries(text: str, limit: int = 5, folder: str | None = None) -> list[Candidate]:
    """Return at most *limit* canned queries that may answer *text*, the best first.

    *text* is a question, or words, in a language in which queries are described. There are none where
    no word of it is known. They are those of *folder*, by default of what is published.
    """
    place = publication.current().queries if folder is None else folder
    known, scores = all_queries(place), _index(place).scores(_words(text[:_LONGEST]))
    ranked = sorted(scores.items(), key=lambda row: (-row[1], row[0]))[:limit]
    return [Candidate(known[name], round(score, 2)) for name, score in ranked]


def listed(text: str, folder: str | None = None) -> list[CannedQuery]:
    """Return the canned queries that may answer *text*, the best first; all where it is empty."""
    if not text:
        return list(all_queries(folder).values())
    return [each.query for each in find_queries(text, _LISTED, folder)]


class _Index:
    """The words of *queries*, each with the queries that have it and how much it says of them."""

    def __init__(self, queries: Iterable[CannedQuery]) -> None:
        self._having: dict[str, dict[str, float]] = {}
        self._titles: list[tuple[str, set[str]]] = []
        self._number = 0
        for self._number, query in enumerate(queries, 1):
            for text, weight in _texts(query):
                words = _words(text)
                self._titles += [(query.name, words)] if words and weight == _ASKS else []
                for word in words:
                    having = self._having.setdefault(word, {})
                    having[query.name] = max(having.get(query.name, 0.0), weight)
        self._rarity = {word: self._rarity_of(word, len(n)) for word, n in self._having.items()}

    def _rarity_of(self, word: str, number: int) -> float:
        asks = word in ASKING or (CHINESE.fullmatch(word) and word.strip("有")[0] not in "多几幾")
        return (_OF_ASKING if asks else 1.0) * log(1 + self._number / (number or 1))

    def scores(self, wanted: set[str]) -> dict[str, float]:
        """Return the queries that have some of the words *wanted*, with how well they fit."""
        scores: Counter[str] = Counter()
        whole = 0.0
        for word in wanted:
            having = self._with(word)
            rarity = self._rarity_of(word, len(having))
            whole += _ASKS * rarity
            scores.update({name: weight * rarity for name, weight in having.items()})
        same: dict[str, float] = {}
        for name, title in self._titles:
            same[name] = max(same.get(name, 0.0), self._share(title, wanted))
        return {name: (score / whole + same[name]) / 2 for name, score in scores.items()}

    def _share(self, title: set[str], wanted: set[str]) -> float:
        """How much of a question the words *wanted* are."""
        known = sum(self._rarity[w] for w in title if any(_is_form(w, each) for each in wanted))
        return known / sum(map(self._rarity.__getitem__, title))

    def _with(self, word: str) -> dict[str, float]:
        """The queries that have a form of *word*, each with what that counts."""
        weights: dict[str, float] = {}
        for other, queries in self._having.items():
            if _is_form(word, other):
                for name, weight in queries.items():
                    weights[name] = max(weights.get(name, 0.0), weight)
        return weights


@cache
def _index(folder: str) -> _Index:
    """Return the words of the queries of a folder."""
    return _Index(all_queries(folder).values())


def _is_form(word: str, other: str) -> bool:
    short, long = sorted((word, other), key=len)
    return word == other or (len(short) >= _SHORTEST and long.startswith(short))


def _words(text: str) -> set[str]:
    """The stems of the words of *text* that mean something, and those that only ask."""
    written = spaced(text)
    meant = [word for part in PART.findall(CHINESE.sub(" ", written)) for word in pieces(part)]
    words = {stem(word) for word in meant if word not in FILLERS and not _is_verb(word)}
    return {*words, *CHINESE.findall(written)} or set(meant)


def _is_verb(word: str) -> bool:
    """Whether a word only makes a question of a text, and unlike who does not say after what it asks."""
    return word in ASKING and word[:2] not in ("wh", "ho")


def _texts(query: CannedQuery) -> Iterator[tuple[str, float]]:
    yield query.summary, _ASKS
    for said in said_of(query).values():
        yield said.summary, _ASKS
        yield " ".join((said.description, *said.params.values(), *said.columns.values())), _TOLD
    yield " ".join((query.name, *query.tags)), _TAGGED
    columns = (word for name in query.columns for word in words_of_name(name))
    explained = (query.description, *(row.description for row in query.parameters), *columns)
    yield " ".join(explained), _TOLD
    names = (word for iri in query.iris for word in words_of_name(local_name(iri)))
    yield " ".join((*names, *query.examples.values())), _NAMED
