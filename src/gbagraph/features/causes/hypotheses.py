"""What a row may be gone or new by: the triples on which it rests, and what it may have become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gbagraph.feature import hook
from gbagraph.features.causes.search import Hypothesis
from gbagraph.features.causes.trials import terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyoxigraph as ox

    from gbagraph.features.causes.trials import Chosen, Question, Trial, Versions


_MOST_OTHERS: Final = 1000
"""Rows that only the other version has, and that are looked at."""
_ALIKE: Final = 3
"""Of these, those that are looked at as what a row has become."""


class Hypotheses:
    """Hypotheses for rows of *question* that *has* gives and *lacks* does not."""

    def __init__(self, versions: Versions, has: Trial, lacks: Trial, question: Question) -> None:
        self._versions, self._has, self._lacks, self._question = versions, has, lacks, question

    def of(self, lines: Sequence[str]) -> list[Hypothesis]:
        """The hypothesis for each of *lines*."""
        here, there = (trial.ask(self._question).counts for trial in (self._has, self._lacks))
        others = [line for line in there if there[line] > here[line]][:_MOST_OTHERS]
        behind, become = self._behind(self._has, lines), self._behind(self._lacks, others)
        found = []
        for line in lines:
            alike = [become[each] for each in _alike(line, others)]
            found.append(self._hypothesis(line, behind[line], alike))
        return found

    def _hypothesis(
        self, line: str, behind: set[ox.Triple], alike: Sequence[set[ox.Triple]]
    ) -> Hypothesis:
        """Its own triples alone, with those of a row that is like it, or the latter alone."""
        own, theirs = self._changed(behind), [self._changed(each) for each in alike]
        sets = own, *(own | each for each in theirs), *theirs
        near = {term for triple in behind.union(*alike) for term in (triple.subject, triple.object)}
        near |= set(terms(self._has.ask(self._question), line).values())
        return Hypothesis(tuple(dict.fromkeys(sets)), frozenset(near))

    def _behind(self, trial: Trial, lines: Iterable[str]) -> dict[str, set[ox.Triple]]:
        """The triples on which the rows with these lines rest; none where the query has no rows."""
        find, answer = hook("triples behind rows"), trial.ask(self._question)
        found: dict[str, set[ox.Triple]] = {line: set() for line in lines}
        if find is None or answer.form != "solutions" or not found:
            return found
        pairs = zip(answer.lines, answer.rows, strict=True)
        chosen = [(line, row) for line, row in pairs if line in found]
        rows = [answer.parsed(row) for _, row in chosen]
        each = find(trial.view(self._question), self._question.query, answer.columns, rows)
        for (line, _), triples in zip(chosen, each, strict=True):
            found[line] |= triples
        return found

    def _changed(self, triples: Iterable[ox.Triple]) -> Chosen:
        numbers = self._versions.numbers
        return frozenset(numbers[each] for each in triples if each in numbers)


def _alike(line: str, others: Sequence[str]) -> list[str]:
    """The *others* that have most cells in common with *line*, at least one; a few at most."""
    cells = line.split("\t")
    common: list[Any] = []
    for at, other in enumerate(others):
        pairs = zip(cells, other.split("\t"), strict=True)
        common.append((-sum(one == two for one, two in pairs if one), at))
    return [others[at] for score, at in sorted(common)[:_ALIKE] if score]
