"""Scores: whether answers have the rows of a gold answer, whether they refuse and cite rightly, and why not.

Rows are compared under each mapping of the gold columns to columns of the answer; others are ignored.
They are a multiset, or a sequence where the question asks for an order.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import islice, product
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gbagraph.errors import GbaGraphError
from gbagraph.features.benchmark import gold
from gbagraph.features.benchmark.answers import table
from gbagraph.features.benchmark.questions import passage
from gbagraph.rdf.namespaces import compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gbagraph.features.benchmark.answers import Answer, Row
    from gbagraph.features.benchmark.gold import Gold
    from gbagraph.features.benchmark.graphs import Graphs
    from gbagraph.features.benchmark.questions import Question

_MAPPINGS: Final = 10_000
"""Mappings of columns that are tried at most."""
_SHOWN: Final = 3
_GROUPS: Final = ("kinds", "traps", "languages")
"""Rows that are shown of those missing, and of those too many."""
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*")


class Outcome(NamedTuple):
    """What became of a question: right, or another outcome and *why*; and the passages *cited*."""

    question: Question
    language: str
    outcome: str
    why: tuple[str, ...] = ()
    cited: frozenset[str] = frozenset()

    @property
    def is_right(self) -> bool:
        """Whether it is answered rightly, or refused rightly."""
        return self.outcome in ("right", "refused rightly")


async def score(
    graphs: Graphs, questions: Iterable[Question], accepted: Gold, answers: Iterable[Answer]
) -> dict[str, Any]:
    """Return the score of *answers*, of all *questions* in each language of which there are any."""
    given = {(each.id, each.language): each for each in answers}
    languages = sorted({language for _, language in given})
    found = [
        await _outcome(graphs, question, language, given.get((question.id, language)), accepted)
        for question in questions
        for language in languages
        if language in question.texts
    ]
    known = await gold.existing(graphs, filter(_IRI.fullmatch, _union(each.cited for each in found)))
    return {
        "version": graphs.dataset.version,
        "hash": graphs.dataset.hash,
        **_part(found),
        "outcomes": dict(sorted(Counter(each.outcome for each in found).items())),
        "citations": _citations(found, known),
        "kinds": _parts(found, lambda each: each.question.kind),
        "traps": _parts(found, lambda each: each.question.trap),
        "languages": _parts(found, lambda each: each.language),
        "misses": [
            {"id": each.question.id, "language": each.language, "outcome": each.outcome, "why": each.why}
            for each in found
            if not each.is_right
        ],
    }


def _part(found: Sequence[Outcome]) -> dict[str, int]:
    return {"right": sum(each.is_right for each in found), "of": len(found)}


def _parts(found: Iterable[Outcome], name: Any) -> dict[str, dict[str, int]]:  # noqa: ANN401
    rows = list(found)
    names = sorted({name(each) for each in rows} - {None})
    return {one: _part([each for each in rows if name(each) == one]) for one in names}


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _citations(found: Iterable[Outcome], known: frozenset[str]) -> dict[str, Any]:
    """Precision and recall over the passages of all answers to what rests on any; and what is made up."""
    rows = [each for each in found if each.question.passages and each.outcome != "unanswered"]
    cited = sum(len(each.cited) for each in rows)
    wanted = sum(len(each.question.paragraphs) for each in rows)
    right = sum(len(each.cited & each.question.paragraphs) for each in rows)
    return {
        "cited": cited,
        "wanted": wanted,
        "right": right,
        "precision": round(right / cited, 4) if cited else None,
        "recall": round(right / wanted, 4) if wanted else None,
        "fabricated": sorted(_union(each.cited for each in found) - known),
    }


async def _outcome(
    graphs: Graphs, question: Question, language: str, answer: Answer | None, accepted: Gold
) -> Outcome:
    if answer is None:
        return Outcome(question, language, "unanswered")
    cited = frozenset(map(passage, answer.citations))
    if answer.refused or question.refuse:
        said = "refused" if answer.refused else "answered"
        is_right = answer.refused and question.refuse
        why = () if is_right or not question.refuse else (question.because,)
        return Outcome(question, language, f"{said} {'rightly' if is_right else 'wrongly'}", why, cited)
    outcome, why = await _compared(graphs, question, answer, accepted[question.id])
    return Outcome(question, language, outcome, why, cited)


async def _compared(
    graphs: Graphs, question: Question, answer: Answer, accepted: Sequence[dict[str, Any]]
) -> tuple[str, tuple[str, ...]]:
    """Return the outcome of an answer that is no refusal, and why it is not right."""
    if answer.error:
        return "failed", (answer.error,)
    try:
        found = await graphs.answer(answer.query) if answer.query else answer.rows or []
        rows = table(found)
    except GbaGraphError as problem:
        return "failed", (problem.message, *await _explained(graphs, answer))
    golds = list(map(table, accepted))
    if any(agree(each, rows, order=question.order) for each in golds):
        return "right", ()
    return "wrong", (*_differences(golds[0], rows), *await _explained(graphs, answer))


async def _explained(graphs: Graphs, answer: Answer) -> list[str]:
    """Return what the diagnostics find in the query of an answer; nothing where they find it no query."""
    try:
        return await graphs.explain(answer.query) if answer.query else []
    except GbaGraphError:
        return []


def agree(gold_rows: list[Row], rows: list[Row], *, order: bool) -> bool:
    """Whether *rows*, under some mapping of columns, are *gold_rows*."""
    if len(gold_rows) != len(rows):
        return False
    seen = (lambda sequence: list(sequence)) if order else Counter
    wanted = seen(gold_rows)
    return any(seen(projected) == wanted for projected in _projections(gold_rows, rows, seen))


def _projections(gold_rows: list[Row], rows: list[Row], seen: Any) -> Any:  # noqa: ANN401
    """Yield *rows* with as many columns as *gold_rows*, each equal, as *seen*, to the gold one."""
    columns = [seen(column) for column in zip(*rows, strict=False)]
    wanted = [seen(column) for column in zip(*gold_rows, strict=False)]
    fitting = [[n for n, column in enumerate(columns) if column == each] for each in wanted]
    for places in islice(product(*fitting), _MAPPINGS):
        if len(set(places)) == len(places):
            yield [tuple(row[place] for place in places) for row in rows]


def _differences(gold_rows: list[Row], rows: list[Row]) -> list[str]:
    """Return which rows are missing and which too many, under the mapping by which most are the same."""
    columns = list(zip(*rows, strict=False))
    wanted = list(zip(*gold_rows, strict=False))
    places = [
        max(
            range(len(columns)),
            key=lambda place: (Counter(columns[place]) & Counter(each)).total(),
            default=None,
        )
        for each in wanted
    ]
    got = Counter(tuple("" if n is None else row[n] for n in places) if places else row for row in rows)
    gone, more = Counter(gold_rows) - got, got - Counter(gold_rows)
    said = [_said("missing", gone), _said("too many", more)]
    return [each for each in said if each] or ["the same rows in another order"]


def _said(what: str, rows: Mapping[Row, int]) -> str:
    some = "; ".join(" ".join(map(compact, row)) for row in islice(sorted(rows), _SHOWN))
    count = sum(rows.values())
    return f"{what} {count}: {some}{' …' if len(rows) > _SHOWN else ''}" if rows else ""


def as_json(found: dict[str, Any]) -> str:
    """Write a score as JSON."""
    return f"{json.dumps(found, ensure_ascii=False, indent=1)}\n"


def text(found: dict[str, Any]) -> str:
    """Write a score for people: right answers by kind, trap and language, citations, and the misses."""
    rows = [("all", found), *(row for name in _GROUPS for row in found[name].items())]
    parts = [f"{name.ljust(20)} {_share(row['right'], row['of'])}" for name, row in rows]
    outcomes = ", ".join(f"{count} {name}" for name, count in found["outcomes"].items())
    cited = found["citations"]
    parts += [
        f"\nOutcomes: {outcomes}.",
        f"Passages: {_share(cited['right'], cited['cited'])} cited are right, "
        f"{_share(cited['right'], cited['wanted'])} are cited; made up: {len(cited['fabricated'])}.",
        *(f"\n{each['id']} ({each['language']}): {each['outcome']}" + _lines(each) for each in found["misses"]),
    ]
    return f"Dataset {found['version']}, {found['hash']}\n\n" + "\n".join(parts) + "\n"


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole}" + (f" ({part / whole:.0%})" if whole else "")


def _lines(miss: Mapping[str, Any]) -> str:
    return "".join(f"\n  {line}" for line in miss["why"])
