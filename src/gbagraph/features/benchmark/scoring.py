"""Scores: whether answers have the rows of a gold answer, refuse and cite rightly, and why not.

A column is of things, of values (numbers, dates, truth values) or of texts. The answer has to have as
many of each kind as the gold, which are compared in this order, or by name where it has all names.
Of other kinds it may have up to three more, such as labels of things. Rows are a set, a multiset where
gold rows are repeated, or a sequence where the question asks for an order.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gbagraph.errors import GbaGraphError, NotAcceptable
from gbagraph.features.benchmark.answers import Number, columns, number, table
from gbagraph.features.benchmark.questions import passage
from gbagraph.rdf.namespaces import EVIDENCE, compact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gbagraph.features.benchmark.answers import Answer, Row
    from gbagraph.features.benchmark.graphs import Gold, Graphs, Results
    from gbagraph.features.benchmark.questions import Question

_MORE: Final = 3
"""Columns of other kinds that an answer may have beside those that are asked for."""
_TEXTS: Final = "texts"
_SHOWN: Final = 3
"""Rows that are shown of those missing, and of those too many."""
GROUPS: Final = ("kinds", "traps", "languages")
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_VALUE: Final = re.compile(r"\d{4}-\d\d(-\d\d(T\S+)?)?|true|false")
_TRUTH: Final = {"yes": "true", "no": "false", "是": "true", "否": "false"}
_LAST: Final = f"""SELECT ?it (MAX(?n) AS ?last) {{
  {{ ?it a <{EVIDENCE}#Passage> }} UNION {{ ?any <{EVIDENCE}#restsOn> ?it }}
  OPTIONAL {{ ?words <{EVIDENCE}#inPassage> ?it ; <{EVIDENCE}#sentence> ?n }} }} GROUP BY ?it"""
_CITED: Final = re.compile(r"(\S+)(?:: ([0-9]+))?")


class Outcome(NamedTuple):
    """What became of a question: right, or another outcome and *why*; and its *citations*."""

    question: Question
    language: str
    outcome: str
    why: Sequence[str] = ()
    citations: tuple[str, ...] = ()

    @property
    def cited(self) -> frozenset[str]:
        """The passages that are cited."""
        return frozenset(map(passage, self.citations))

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
    outcomes = [
        Outcome(
            question,
            language,
            *await _judged(graphs, question, answer, accepted.get(question.id, ())),
            answer.citations if answer else (),
        )
        for question in questions
        for language in sorted({language for _, language in given} & question.texts.keys())
        for answer in [given.get((question.id, language))]
    ]
    return {
        "version": graphs.engine.description.version,
        "hash": graphs.engine.description.hash,
        **_part(outcomes),
        "answered": sum(each.outcome != "unanswered" for each in outcomes),
        "outcomes": dict(sorted(Counter(each.outcome for each in outcomes).items())),
        "citations": await _citations(graphs, outcomes),
        "kinds": _parts(outcomes, lambda each: each.question.kind),
        "traps": _parts(outcomes, lambda each: each.question.trap),
        "languages": _parts(outcomes, lambda each: each.language),
        "misses": [
            {
                "id": each.question.id,
                "language": each.language,
                "outcome": each.outcome,
                "why": each.why,
            }
            for each in outcomes
            if not each.is_right
        ],
    }


def _part(outcomes: Sequence[Outcome]) -> dict[str, int]:
    return {"right": sum(each.is_right for each in outcomes), "of": len(outcomes)}


def _parts(
    outcomes: Sequence[Outcome], name: Callable[[Outcome], str | None]
) -> dict[str, dict[str, int]]:
    names = sorted({one for each in outcomes if (one := name(each))})
    return {one: _part([each for each in outcomes if name(each) == one]) for one in names}


async def _citations(graphs: Graphs, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Precision and recall of passages, of answers to what rests on any; and what of them is made up."""
    last = await _passages(graphs, (each.question for each in outcomes))
    rows = [each for each in outcomes if each.question.passages and each.outcome != "unanswered"]
    cited, wanted = (
        sum(map(len, sets)) for sets in ([e.cited for e in rows], [e.wanted for e in rows])
    )
    made_up = {each for row in outcomes for each in row.citations if not _is_there(each, last)}
    right = sum(len(row.wanted & set(map(passage, set(row.citations) - made_up))) for row in rows)
    return {
        "cited": cited,
        "wanted": wanted,
        "right": right,
        "precision": round(right / cited, 4) if cited else None,
        "recall": round(right / wanted, 4) if wanted else None,
        "fabricated": sorted(made_up),
    }


async def _passages(graphs: Graphs, questions: Iterable[Question]) -> dict[str, int]:
    """Return the last sentence of each passage, as far as the data or the questions say."""
    results = await graphs.answer(_LAST)
    last = {
        row["it"]["value"]: int(row["last"]["value"]) if "last" in row else 1
        for row in results["results"]["bindings"]
    }
    for text in (each for question in questions for each in question.passages):
        last[passage(text)] = max(last.get(passage(text), 1), _sentence(text))
    return last


def _sentence(citation: str) -> int:
    found = _CITED.fullmatch(citation)
    return int(found[2] or 1) if found else 0


def _is_there(citation: str, last: Mapping[str, int]) -> bool:
    return 1 <= _sentence(citation) <= last.get(passage(citation), 0)


async def _judged(
    graphs: Graphs, question: Question, answer: Answer | None, accepted: Sequence[Results]
) -> tuple[str, Sequence[str]]:
    """Return the outcome of an answer, and why it is not right."""
    if answer is None:
        return "unanswered", ()
    if answer.refused and question.refuse:
        return "refused rightly", ()
    if answer.refused:
        rests = f"it rests on {', '.join(question.passages) or 'no passage'}"
        return "refused wrongly", [_said("asked for", Counter(table(accepted[0]))), rests]
    why, given = answer.error, answer.rows or []
    try:
        given = await graphs.answer(answer.query) if answer.query else given
    except GbaGraphError as problem:  # its message is that of the diagnostics
        no_rows = isinstance(problem, NotAcceptable)
        why = "ask with SELECT or ASK" if no_rows else problem.message
    if why:
        return "failed", [why]
    said, whys = await _compared(graphs, question, given, accepted)
    more = await graphs.explain(answer.query) if said in ("wrong", "empty") else []
    return said, [*whys, *more]


async def _compared(
    graphs: Graphs, question: Question, given: Results | list[Any], accepted: Sequence[Results]
) -> tuple[str, Sequence[str]]:
    tables = [(table(each), table(given, columns(each))) for each in accepted]
    if _is_right(tables, order=question.order):
        return "right", ()
    if not table(given):
        return "empty", ["the answer has no rows"]
    if question.refuse:
        return "answered wrongly", [question.because]
    gold, rows = tables[0]
    return "wrong", [*_differences(gold, rows), *await _label(graphs, gold, rows)]


async def _label(graphs: Graphs, gold: Sequence[Row], rows: Sequence[Row]) -> list[str]:
    """Return of which thing *rows* give the label where a thing is asked for, if they do."""
    texts = [cell for row in rows for cell in row if cell and _kind(cell) == "3 texts"]
    if not texts or "things" not in _kinds(gold) or "things" in _kinds(rows):
        return []
    found = await graphs.answer(
        f"""SELECT ?it {{ ?it rdfs:label|skos:altLabel ?name
        FILTER (STR(?name) = {json.dumps(texts[0], ensure_ascii=False)}) }} ORDER BY ?it LIMIT 1"""
    )
    return [
        f"{texts[0]!r} is the label of {compact(row['it']['value'])}: give the IRI or prefixed name"
        for row in found["results"]["bindings"]
    ]


def _is_right(tables: Iterable[tuple[list[Row], list[Row]]], *, order: bool) -> bool:
    """Whether the rows fit a gold, and miss none of other kinds that they have columns for."""
    given = [each for each in tables if _mapped(*each) is not None]
    fits = [(set(_kinds(gold)), agree(gold, rows, order=order)) for gold, rows in given]
    asked = set().union(*(kinds for kinds, is_right in fits if is_right))
    missed = (kinds - {_TEXTS} for kinds, is_right in fits if not is_right)
    return bool(asked) and not any(kinds and asked.isdisjoint(kinds) for kinds in missed)


def agree(gold: list[Row], rows: list[Row], *, order: bool) -> bool:
    """Whether *rows* are those of *gold*, in the columns of its kinds."""
    got = _mapped(gold, rows)
    if got is None or len(set(gold)) < len(gold):
        return got is not None and (got == gold if order else Counter(got) == Counter(gold))
    return [row for row, _ in groupby(got)] == gold if order else set(got) == set(gold)


def _mapped(gold: list[Row], rows: list[Row]) -> list[Row] | None:
    """Return *rows* with the columns of *gold* and its form of cells; None if they have others."""
    if gold in ([("true",)], [("false",)]):
        rows = [tuple(_TRUTH.get(cell.casefold(), cell) for cell in row) for row in rows]
    wanted, given = _kinds(gold), _kinds(rows)
    asked = [each for each in given if each in wanted]
    if sorted(asked) != sorted(wanted) or len(given) > len(wanted) + _MORE:
        return None
    left = {kind: [n for n, each in enumerate(given) if each == kind] for kind in wanted}
    places = [left[kind].pop(0) for kind in wanted]
    numbers = [any(isinstance(cell, Number) for cell in cells) for cells in zip(*gold, strict=True)]
    reads = [
        (n, number if is_number else str) for n, is_number in zip(places, numbers, strict=True)
    ]
    return [tuple(read(row[n]) for n, read in reads) for row in rows]


def _kinds(rows: Sequence[Row]) -> list[str]:
    """Return the kind of each column; that of a thing wins over a value, and a value over a text."""
    given = (map(_kind, filter(None, cells)) for cells in zip(*rows, strict=True))
    return [min(kinds, default="4 nothing")[2:] for kinds in given]


def _kind(cell: str) -> str:
    if _IRI.fullmatch(cell):
        return "1 things"
    is_value = isinstance(number(cell), Number) or _VALUE.fullmatch(cell)
    return "2 values" if is_value else f"3 {_TEXTS}"


def _differences(gold: list[Row], rows: list[Row]) -> list[str]:
    """Return which rows are missing and which too many, or which columns."""
    mapped = _mapped(gold, rows)
    if mapped is None:
        given, asked = (
            ", ".join(f"{n} of {kind}" for kind, n in Counter(_kinds(each)).items())
            for each in (rows, gold)
        )
        kinds = f"columns of the answer: {given or 'none'}; asked for: {asked}"
        return [kinds, _said("missing", Counter(gold))]
    got = Counter(mapped if len(set(gold)) < len(gold) else set(mapped))
    both = {"missing": Counter(gold) - got, "too many": got - Counter(gold)}
    if set(gold) == set(got):
        return [
            f"the same rows, {'some more than once' if any(both.values()) else 'in another order'}"
        ]
    return [_said(what, some) for what, some in both.items() if some]


def _said(what: str, rows: Counter[Row]) -> str:
    shown = "; ".join(
        " ".join(compact(cell) or "(unbound)" for cell in row) for row in sorted(rows)[:_SHOWN]
    )
    return f"{what} {rows.total()}: {shown}{' …' if len(rows) > _SHOWN else ''}"


def text(score: Mapping[str, Any]) -> str:
    """Write a score for people: right answers by kind, trap and language, citations, and the misses."""
    rows = {"all": score, **{n: row for group in GROUPS for n, row in score[group].items()}}
    cited = score["citations"]
    lines = [
        f"Dataset {score['version']}, {score['hash']}\n",
        *(f"{name.ljust(20)} {_share(row['right'], row['of'])}" for name, row in rows.items()),
        "",
        f"{score['answered']} of {score['of']} answered, of which right: "
        + _share(score["right"], score["answered"]),
        ", ".join(f"{count} {name}" for name, count in score["outcomes"].items()),
        f"passages cited that decide: {_share(cited['right'], cited['cited'])}",
        f"passages that decide, cited: {_share(cited['right'], cited['wanted'])}",
        f"passages made up: {len(cited['fabricated'])}",
    ]
    lines += [
        "\n  ".join((f"\n{each['id']} ({each['language']}): {each['outcome']}", *each["why"]))
        for each in score["misses"]
        if each["outcome"] != "unanswered"
    ]
    return "\n".join(lines) + "\n"


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole}" + (f" ({part / whole:.0%})" if whole else "")
