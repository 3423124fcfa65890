"""Scores: whether answers have the rows of a gold answer, refuse and cite rightly, and why not.

Rows are compared under each mapping of the gold columns to columns of the answer; others are ignored.
They are a multiset, or a sequence where the question asks for an order.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice, product
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gbagraph.errors import GbaGraphError
from gbagraph.features.benchmark.answers import table
from gbagraph.features.benchmark.questions import passage
from gbagraph.rdf.namespaces import compact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gbagraph.features.benchmark.answers import Answer, Row
    from gbagraph.features.benchmark.graphs import Gold, Graphs, Results
    from gbagraph.features.benchmark.questions import Question

_MAPPINGS: Final = 10_000
"""Mappings of columns that are tried at most."""
_SHOWN: Final = 3
_GROUPS: Final = ("kinds", "traps", "languages")
"""Rows that are shown of those missing, and of those too many."""
_FAILED: Final = "failed: "
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*")


class Outcome(NamedTuple):
    """What became of a question: right, or another outcome and *why*; and the passages *cited*."""

    question: Question
    language: str
    outcome: str
    why: tuple[str, ...] = ()
    cited: frozenset[str] = frozenset()

    @property
    def wanted(self) -> frozenset[str]:
        """The passages that decide the answer."""
        return frozenset(map(passage, self.question.passages))

    @property
    def is_right(self) -> bool:
        """Whether it is answered rightly, or refused rightly."""
        return self.outcome in ("right", "refused rightly")


async def score(
    graphs: Graphs, questions: Sequence[Question], accepted: Gold, answers: Iterable[Answer]
) -> dict[str, Any]:
    """Return the score of *answers*, of all *questions* in each language of which there are any."""
    given = {(each.id, each.language): each for each in answers}
    found = [
        await _outcome(graphs, question, language, given.get((question.id, language)), accepted)
        for question in questions
        for language in sorted({language for _, language in given} & question.texts.keys())
    ]
    return {
        "version": graphs.engine.description.version,
        "hash": graphs.engine.description.hash,
        **_part(found),
        "outcomes": dict(sorted(Counter(each.outcome for each in found).items())),
        "citations": await _citations(graphs, found),
        "kinds": _parts(found, lambda each: each.question.kind),
        "traps": _parts(found, lambda each: each.question.trap),
        "languages": _parts(found, lambda each: each.language),
        "misses": [
            {
                "id": each.question.id,
                "language": each.language,
                "outcome": each.outcome,
                "why": each.why,
            }
            for each in found
            if not each.is_right
        ],
    }


def _part(found: Sequence[Outcome]) -> dict[str, int]:
    return {"right": sum(each.is_right for each in found), "of": len(found)}


def _parts(
    found: Sequence[Outcome], name: Callable[[Outcome], str | None]
) -> dict[str, dict[str, int]]:
    names = sorted({one for each in found if (one := name(each))})
    return {one: _part([each for each in found if name(each) == one]) for one in names}


async def _citations(graphs: Graphs, found: Sequence[Outcome]) -> dict[str, Any]:
    """Precision and recall of passages, of answers to what rests on any; and what of them is made up."""
    rows = [each for each in found if each.question.passages and each.outcome != "unanswered"]
    cited, wanted = (
        sum(map(len, sets)) for sets in ([e.cited for e in rows], [e.wanted for e in rows])
    )
    right = sum(len(each.cited & each.wanted) for each in rows)
    named = frozenset[str]().union(*(each.cited for each in found))
    return {
        "cited": cited,
        "wanted": wanted,
        "right": right,
        "precision": round(right / cited, 4) if cited else None,
        "recall": round(right / wanted, 4) if wanted else None,
        "fabricated": sorted(named - await existing(graphs, named)),
    }


async def existing(graphs: Graphs, iris: Iterable[str]) -> frozenset[str]:
    """Return those of *iris* of which the data say anything."""
    values = " ".join(f"<{iri}>" for iri in sorted(filter(_IRI.fullmatch, iris)))
    found = await graphs.answer(
        f"SELECT ?it {{ VALUES ?it {{ {values} }} FILTER EXISTS {{ ?it ?is ?what }} }}"
    )
    return frozenset(row["it"]["value"] for row in found["results"]["bindings"])


async def _outcome(
    graphs: Graphs, question: Question, language: str, answer: Answer | None, accepted: Gold
) -> Outcome:
    if answer is None:
        return Outcome(question, language, "unanswered")
    cited = frozenset(map(passage, answer.citations))
    if answer.refused or question.refuse:
        is_right = answer.refused and question.refuse
        said = (
            f"{'refused' if answer.refused else 'answered'} {'rightly' if is_right else 'wrongly'}"
        )
        because = () if is_right or answer.refused else (question.because,)
        return Outcome(question, language, said, because, cited)
    why = await _misses(graphs, question, answer, accepted[question.id])
    said = "right" if not why else "failed" if why[0].startswith(_FAILED) else "wrong"
    return Outcome(question, language, said, why, cited)


async def _misses(
    graphs: Graphs, question: Question, answer: Answer, accepted: Sequence[Results]
) -> tuple[str, ...]:
    """Return why an answer that is no refusal is not right; nothing if it is."""
    try:
        if answer.error:
            return (_FAILED + answer.error,)
        rows = table(await graphs.answer(answer.query) if answer.query else answer.rows or [])
        golds = list(map(table, accepted))
        if any(agree(each, rows, order=question.order) for each in golds):
            return ()
        said = _differences(golds[0], rows)
        return (*said, *await graphs.explain(answer.query))
    except GbaGraphError as problem:  # its message is that of the diagnostics
        return (_FAILED + problem.message,)


def agree(gold: list[Row], rows: list[Row], *, order: bool) -> bool:
    """Whether *rows*, under some mapping of columns, are those of *gold*."""
    seen: Callable[[Iterable[Any]], Any] = list if order else Counter
    columns, wanted = (list(map(seen, zip(*each, strict=False))) for each in (rows, gold))
    fitting = [[n for n, column in enumerate(columns) if column == each] for each in wanted]
    return len(gold) == len(rows) and any(
        seen(tuple(row[place] for place in places) for row in rows) == seen(gold)
        for places in islice(product(*fitting), _MAPPINGS)
        if len(set(places)) == len(places)
    )


def _differences(gold: list[Row], rows: list[Row]) -> list[str]:
    """Return which rows are missing and which too many, each gold column mapped to the most alike."""
    columns = [Counter(column) for column in zip(*rows, strict=False)]
    places = [
        max(range(len(columns)), key=lambda place: (columns[place] & Counter(each)).total())
        for each in zip(*gold, strict=False)
        if columns
    ]
    got = Counter(tuple(row[place] for place in places) if places else row for row in rows)
    both = {"missing": Counter(gold) - got, "too many": got - Counter(gold)}
    said = [_said(what, some) for what, some in both.items() if some]
    return said or ["the same rows in another order"]


def _said(what: str, rows: Counter[Row]) -> str:
    shown = "; ".join(" ".join(map(compact, row)) for row in sorted(rows)[:_SHOWN])
    return f"{what} {rows.total()}: {shown}{' …' if len(rows) > _SHOWN else ''}"


def text(found: Mapping[str, Any]) -> str:
    """Write a score for people: right answers by kind, trap and language, citations, and the misses."""
    rows = {"all": found, **{n: row for group in _GROUPS for n, row in found[group].items()}}
    cited = found["citations"]
    lines = [
        f"Dataset {found['version']}, {found['hash']}\n",
        *(f"{name.ljust(20)} {_share(row['right'], row['of'])}" for name, row in rows.items()),
        "",
        ", ".join(f"{count} {name}" for name, count in found["outcomes"].items()),
        f"passages cited that decide: {_share(cited['right'], cited['cited'])}",
        f"passages that decide, cited: {_share(cited['right'], cited['wanted'])}",
        f"passages made up: {len(cited['fabricated'])}",
    ]
    lines += [
        "\n  ".join((f"\n{each['id']} ({each['language']}): {each['outcome']}", *each["why"]))
        for each in found["misses"]
        if each["outcome"] != "unanswered"
    ]
    return "\n".join(lines) + "\n"


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole}" + (f" ({part / whole:.0%})" if whole else "")
