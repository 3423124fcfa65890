"""The differences that bring a row back: hypotheses, their trial, and what of one is needed."""

from __future__ import annotations

from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.dataset.identity import EVIDENCE, INFERRED
from gbagraph.sparql.expressions import NotRead
from gbagraph.sparql.relevance import joined

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from gbagraph.features.causes.trials import Answer, Chosen, Question, Trial, Versions
    from gbagraph.rdf.results import Term
    from gbagraph.sparql.relevance import Pattern


MOST_TRIALS: Final = 500
"""Questions that are asked for one row, until what is proven so far is taken."""


class Hypothesis(NamedTuple):
    """Sets of differences that may bring a row back, the likeliest first; and terms *near* it."""

    sets: tuple[Chosen, ...] = ()
    near: frozenset[Term] = frozenset()


class Found(NamedTuple):
    """Differences that bring a row back if they are undone; none can be spared if it *is_minimal*."""

    undone: Chosen
    is_minimal: bool


class Line(NamedTuple):
    """That a line comes so many times."""

    text: str
    times: int

    def is_met(self, answer: Answer) -> bool:
        """Whether it does in *answer*."""
        return answer.counts[self.text] == self.times


class Order(NamedTuple):
    """That all lines come in this order."""

    lines: tuple[str, ...]

    def is_met(self, answer: Answer) -> bool:
        """Whether they do in *answer*."""
        return tuple(answer.lines) == self.lines


class Search:
    """The search for what brings rows of *question* back in *trial*, the version that lacks them."""

    def __init__(self, versions: Versions, trial: Trial, question: Question) -> None:
        self._versions, self._trial, self._question = versions, trial, question
        self._left = MOST_TRIALS

    def cause(self, wanted: Line | Order, given: Hypothesis) -> Found | None:
        """Return the cause: of the first set that proves sufficient, what cannot be spared.

        After those *given* come the differences that a pattern of the query can match: those with a
        term that is near, then all; at last the whole difference. None if even that is not
        sufficient.
        """
        self._left = MOST_TRIALS
        for undone in self._sets(wanted, given):
            if undone and self._brings(wanted, undone):
                return self.minimal(wanted, undone)
        return None

    def _sets(self, wanted: Line | Order, given: Hypothesis) -> Iterator[Chosen]:
        yield from self._answered(wanted)
        yield from given.sets
        yield frozenset(number for number in self._matching if self._is_near(number, given.near))
        yield self._matching
        yield frozenset(range(len(self._versions.differences)))

    def _answered(self, wanted: Line | Order) -> Iterator[Chosen]:
        """What was asked for other rows, and brings this one back too: the smallest."""
        met = [
            undone
            for undone, answer in self._trial.answers(self._question).items()
            if undone and wanted.is_met(answer)
        ]
        if met:
            yield min(met, key=lambda undone: (len(undone), sorted(undone)))

    def _is_near(self, number: int, terms: Collection[Term]) -> bool:
        triple = self._versions.differences[number].triple
        return triple.subject in terms or triple.object in terms

    @cached_property
    def _matching(self) -> Chosen:
        """The differences that a pattern of the query can match; all where its patterns do not tell."""
        patterns = self._patterns()
        if patterns is None:
            return frozenset(range(len(self._versions.differences)))
        return frozenset(number for each in patterns for number in self._matched(each))

    def _patterns(self) -> frozenset[Pattern] | None:
        """The patterns of the query; None if it describes, has FROM, or is not read."""
        try:
            tree = self._question.query.tree
        except NotRead:
            return None
        if tree.form == "DESCRIBE" or tree.dataset:
            return None
        return frozenset(each for row in joined(tree) for each in row.patterns)

    def _matched(self, pattern: Pattern) -> Iterator[int]:
        some: Iterable[int] = range(len(self._versions.differences))
        if pattern.properties is not None:
            by_predicate = self._versions.by_predicate
            some = (n for name in pattern.properties for n in by_predicate.get(name, ()))
        for number in some:
            difference = self._versions.differences[number]
            both = (*difference.quads(added=True), *difference.quads(added=False))
            if any(map(pattern.matches, both)):
                yield number

    def _brings(self, wanted: Line | Order, undone: Chosen) -> bool:
        self._left -= 1
        return wanted.is_met(self._trial.ask(self._question, undone))

    def minimal(self, wanted: Line | Order, undone: Chosen) -> Found:
        """Leave out what can be spared, in ever smaller parts, until no single one can (ddmin).

        What brings a row back need not do so in a larger set, as with NOT EXISTS or a count: so
        each single one is tried once more after the last that was left out.
        """
        kept = self._in_order(undone)
        size = 1 << max(0, len(kept).bit_length() - 1)
        while True:
            before = len(kept)
            at = 0
            while at < len(kept):
                if self._left <= 0:
                    return Found(frozenset(kept), is_minimal=False)
                rest = kept[:at] + kept[at + size :]
                if rest and self._brings(wanted, frozenset(rest)):
                    kept = rest
                else:
                    at += size
            if size == 1 and len(kept) == before:
                return Found(frozenset(kept), is_minimal=True)
            size = max(1, size // 2)

    def _in_order(self, undone: Chosen) -> list[int]:
        """What is left out first: what only follows, then claims; of each gone and new ones by turns.

        So a part of a list has as many of both, and leaving it out changes no count.
        """
        by_sign: dict[bool, list[int]] = {True: [], False: []}
        for number in sorted(undone, key=self._rank):
            by_sign[bool(self._versions.differences[number].removed)].append(number)
        pairs = zip_longest(by_sign[True], by_sign[False])
        return [number for pair in pairs for number in pair if number is not None]

    def _rank(self, number: int) -> tuple[int, int]:
        difference = self._versions.differences[number]
        graphs = {*difference.removed, *difference.added}
        return (0 if INFERRED in graphs else 1 if EVIDENCE in graphs else 2), number
