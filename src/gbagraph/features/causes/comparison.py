"""What changed in the answer of a query from one version to another, row by row, and why.

A cause is proven in the version that lacks the row, by asking it with differences undone
(``search``). A query may have another text in each version; then the data are the cause where the
row comes and goes with them by the text of the version that lacks it, and else the text is.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.api.changes import AnswerChange, Cause, ChangedRow
from gbagraph.features.causes.hypotheses import Hypotheses
from gbagraph.features.causes.search import Hypothesis, Line, Order, Search
from gbagraph.features.causes.telling import told
from gbagraph.features.causes.trials import NOTHING, Question, Versions, terms
from gbagraph.queries.modifiers import is_ordered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gbagraph.api.changes import ChangedTriple
    from gbagraph.features.causes.search import Found
    from gbagraph.features.causes.trials import Answer, Chosen, Trial
    from gbagraph.rdf.dataset import Dataset


MOST_ROWS: Final = 1000
"""Rows of a comparison whose causes are looked for."""


class Side(NamedTuple):
    """A version in a comparison: its *trial*, and the query as it is asked there."""

    trial: Trial
    question: Question

    def answer(self, question: Question | None = None) -> Answer:
        """The answer to its own query, or to that of the other version."""
        return self.trial.ask(question or self.question)


def compare(  # noqa: PLR0913  two versions, and what is asked of each
    before: Dataset,
    after: Dataset,
    names: tuple[str, str],
    query: str,
    texts: tuple[str, str],
    *,
    only_in: str = "",
) -> AnswerChange:
    """Return what changed in the answer of a query.

    Neither dataset may change from then on: copies of the last two are kept.

    Args:
        before: the first dataset.
        after: the second.
        names: their names.
        query: the name of the query, or its text.
        texts: the query as it is asked of each.
        only_in: the name of the one that alone has this canned query, whose text is asked of both.

    Raises:
        ServiceNotAllowed: the query calls other endpoints.
        RequestError: its answer is another each time.
        QuerySyntaxError: it is no query.
        EvaluationError: the engine fails.
    """
    first = Question(texts[0])
    second = first if texts[0] == texts[1] else Question(texts[1])
    versions = copied(before, after)
    sides = Side(versions.before, first), Side(versions.after, second)
    columns, kept = _columns(*sides)
    for side in sides:
        side.trial.begin(kept)
    changes = [] if kept == [] else _changes(versions, *sides)
    order = _order(versions, *sides) if not changes and kept is None else None
    causes = [cause for cause in (*(each.proven for each in changes), order) if cause]
    known = told(versions, [cause.undone for cause in causes])
    rows = tuple(change.row(known) for change in changes[:MOST_ROWS])
    left = len(changes) - len(rows)
    return AnswerChange(query, *names, rows, columns, only_in, order and order.cause(known), left)


@lru_cache(maxsize=1)
def copied(before: Dataset, after: Dataset) -> Versions:
    """Return copies of two datasets, kept: often many queries of the same two are compared."""
    return Versions(before, after)


def _columns(before: Side, after: Side) -> tuple[tuple[str, ...], list[str] | None]:
    """Return the columns that one alone has, with its sign; those of both, None where these are all."""
    for side in (before, after):
        side.trial.begin(None)
    gone, new = list(before.answer().columns), list(after.answer().columns)
    apart = [f"-{name}" for name in gone if name not in new]
    apart += [f"+{name}" for name in new if name not in gone]
    kept = [name for name in gone if name in new]
    return tuple(apart), None if gone == new else kept


def _order(versions: Versions, before: Side, after: Side) -> _Proven | None:
    """Return the cause of another order of the same rows; None if the query does not order them so."""
    wanted = Order(tuple(before.answer().lines))
    if wanted.is_met(after.answer()) or not is_ordered(after.question.text):
        return None
    return _Causes(versions, before, after).of([wanted])[0]


class _Proven(NamedTuple):
    """A cause, its differences by their numbers."""

    undone: Chosen = NOTHING
    by_query: bool = False
    is_minimal: bool = True
    is_mirrored: bool = True

    def cause(self, known: Mapping[int, ChangedTriple]) -> Cause:
        """The same with what is *known* of the differences."""
        triples = tuple(known[number] for number in sorted(self.undone))
        return Cause(triples, self.by_query, self.is_minimal, self.is_mirrored)


class _Change(NamedTuple):
    """A row that is gone or new: its line, of which version, how often it comes, and its cause."""

    line: str
    of: Side
    before: int
    after: int
    proven: _Proven | None = None

    def row(self, known: Mapping[int, ChangedTriple]) -> ChangedRow:
        """The same with its terms, and with its cause, by what is *known* of the differences."""
        row = terms(self.of.answer(), self.line)
        cause = self.proven.cause(known) if self.proven else None
        return ChangedRow(row, self.before, self.after, cause)


def _changes(versions: Versions, before: Side, after: Side) -> list[_Change]:
    """Return the rows that are gone, then the new ones, in their order; the first have causes."""
    was, is_now = before.answer().counts, after.answer().counts
    gone = [line for line in was if was[line] > is_now[line]]
    new = [line for line in is_now if is_now[line] > was[line]]
    causes = _Causes(versions, before, after).of_lines(gone[:MOST_ROWS])
    causes += _Causes(versions, after, before).of_lines(new[: MOST_ROWS - len(causes)])
    sides = [before] * len(gone) + [after] * len(new)
    return [
        _Change(line, side, was[line], is_now[line], cause)
        for line, side, cause in zip_longest((*gone, *new), sides, causes)
    ]


class _Causes:
    """The causes of what *has* gives and *lacks* does not."""

    def __init__(self, versions: Versions, has: Side, lacks: Side) -> None:
        self._versions, self._has, self._lacks = versions, has, lacks

    def of_lines(self, lines: Sequence[str]) -> list[_Proven | None]:
        """The cause of each line; None where no change gives it."""
        counts = self._has.answer().counts
        return self.of([Line(line, counts[line]) for line in lines])

    def of(self, wanted: Sequence[Line | Order]) -> list[_Proven | None]:
        """The cause of each."""
        ways = [self._question(each) for each in wanted]
        proven: dict[int, _Proven | None] = {}
        for question in dict.fromkeys(ways):
            places = [at for at, way in enumerate(ways) if way is question]
            some = [wanted[at] for at in places]
            proven |= zip(places, self._of(question, some), strict=True)
        return [proven[at] for at in range(len(wanted))]

    def _question(self, wanted: Line | Order) -> Question | None:
        """The query by which differences give it; None if the other text alone does."""
        own, other = self._lacks.question, self._has.question
        if own is other or wanted.is_met(self._has.answer(own)):
            return own
        return None if wanted.is_met(self._lacks.answer(other)) else other

    def _of(
        self, question: Question | None, wanted: Sequence[Line | Order]
    ) -> list[_Proven | None]:
        if question is None:
            return [_Proven(by_query=True)] * len(wanted)
        search = Search(self._versions, self._lacks.trial, question)
        known = Hypotheses(self._versions, self._has.trial, self._lacks.trial, question)
        lines = [each.text for each in wanted if isinstance(each, Line)]
        given = known.of(lines) if lines else [Hypothesis()] * len(wanted)
        found = [search.cause(each, some) for each, some in zip(wanted, given, strict=True)]
        pairs = zip(wanted, found, strict=True)
        return [self._proven(question, each, some) if some else None for each, some in pairs]

    def _proven(self, question: Question, wanted: Line | Order, found: Found) -> _Proven:
        own = self._lacks.question
        if question is not own and wanted.is_met(self._lacks.trial.ask(own, found.undone)):
            # What the whole difference does not give by its own text, a part of it may.
            question = own
            found = Search(self._versions, self._lacks.trial, own).minimal(wanted, found.undone)
        is_mirrored = not wanted.is_met(self._has.trial.ask(question, found.undone))
        return _Proven(found.undone, question is not own, found.is_minimal, is_mirrored)
