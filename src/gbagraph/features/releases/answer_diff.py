"""What the canned queries answer of two versions of the data, compared row by row.

The texts are today's, and their parameters have the values of their examples. Queries that call other
endpoints are left out: what these answer is no version of the data. Each version is asked as
it answers when it is opened, so its default graph is the one that it had.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gbagraph.engine import Engine, Query
from gbagraph.errors import GbaGraphError
from gbagraph.features.releases.diff import CURRENT
from gbagraph.queries.catalog import local_queries
from gbagraph.rdf.namespaces import compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gbagraph.engine import Answer
    from gbagraph.queries.canned import CannedQuery
    from gbagraph.rdf.formats import Kind

    Row = dict[str, dict[str, Any]]


_SHOWN: Final = 5
"""Rows of each side that are shown of a query."""

_WIDTH: Final = 160
"""Characters that are shown of a row."""

_ABOUT: Final = 2
"""Columns that tell what a changed row is about."""

_FORMATS: Final[dict[Kind, str]] = {
    "solutions": "application/sparql-results+json",
    "boolean": "application/sparql-results+json",
    "graph": "application/n-triples",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The answers of one query: the rows that only one version gives, or why there is no answer.

    ``problems`` has what went wrong by the name of the version.
    """

    query: str
    removed: tuple[Row, ...] = ()
    added: tuple[Row, ...] = ()
    is_reordered: bool = False
    problems: tuple[tuple[str, str], ...] = ()

    @property
    def status(self) -> str:
        """Whether the answers are the ``same``, ``changed``, or one of them ``failed``."""
        if self.problems:
            return "failed"
        return "changed" if self.removed or self.added or self.is_reordered else "same"


def compare(before: str, after: str = CURRENT) -> list[Comparison]:
    """Return the answers of each canned query that calls no other endpoint, in the order of names.

    Raises:
        DatasetError: there is no such release or file, or it does not parse.
    """
    return asyncio.run(_compare(before, after))


async def _compare(before: str, after: str) -> list[Comparison]:
    earlier, later = await _answers(before), await _answers(after)
    return [_comparison(name, {before: earlier[name], after: later[name]}) for name in earlier]


async def _answers(version: str) -> dict[str, Sequence[Row] | GbaGraphError]:
    """Return the rows of each canned query by its name, or the error that it ends in."""
    answers: dict[str, Sequence[Row] | GbaGraphError] = {}
    async with Engine(() if version == CURRENT else (Path(version),)) as engine:
        for query in local_queries().values():
            try:
                answers[query.name] = await _rows(engine, query)
            except GbaGraphError as problem:
                answers[query.name] = problem
    return answers


async def _rows(engine: Engine, query: CannedQuery) -> Sequence[Row]:
    answer = await engine.answer(Query(query.bind(query.examples.items()), _FORMATS))
    return _read(answer, await answer.read())


def _read(answer: Answer, body: bytes) -> Sequence[Row]:
    """Return the rows of an answer; a boolean is one row, and each triple of a graph is one."""
    if answer.format.extension == "nt":
        return [{"triple": _literal(line)} for line in sorted(body.decode().split("\n")) if line]
    results = json.loads(body)
    if "boolean" in results:
        return [{"answer": _literal(str(results["boolean"]).lower())}]
    rows: list[Row] = results["results"]["bindings"]
    return rows


def _literal(value: str) -> dict[str, Any]:
    return {"type": "literal", "value": value}


def _comparison(name: str, answers: dict[str, Sequence[Row] | GbaGraphError]) -> Comparison:
    problems = [
        (version, answer.message)
        for version, answer in answers.items()
        if isinstance(answer, GbaGraphError)
    ]
    if problems:
        return Comparison(name, problems=tuple(problems))
    rows = [answer for answer in answers.values() if not isinstance(answer, GbaGraphError)]
    before, after = rows[0], rows[-1]
    removed, added = _only(before, after), _only(after, before)
    is_reordered = not (removed or added) and list(before) != list(after)
    return Comparison(name, removed, added, is_reordered)


def _only(one: Sequence[Row], other: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows of *one* that *other* has not, or not as often, in their order."""
    left = Counter(map(_key, other))
    rows = []
    for row in one:
        if left[_key(row)]:
            left[_key(row)] -= 1
        else:
            rows.append(row)
    return tuple(rows)


def _key(row: Row) -> str:
    return json.dumps(row, sort_keys=True)


def text(before: str, after: str, comparisons: Iterable[Comparison]) -> str:
    """For people: a line for each query, below it some of the rows: changed (~), gone and new."""
    rows = list(comparisons)
    count = Counter(row.status for row in rows)
    head = ", ".join(f"{count[name]} {name}" for name in ("same", "changed", "failed"))
    parts = [f"From {before} to {after}, of {len(rows)} queries: {head}.\n", *map(_text, rows)]
    return "\n".join(parts) + "\n"


def _text(comparison: Comparison) -> str:
    lines = [f"{comparison.status.ljust(8)}{comparison.query}{_what(comparison)}"]
    lines += [f"  {version}: {message}" for version, message in comparison.problems]
    pairs, removed, added = _paired(comparison.removed, comparison.added)
    lines += _some("~", [_change(before, after) for before, after in pairs])
    lines += _some("-", list(map(_line, removed)))
    lines += _some("+", list(map(_line, added)))
    return "\n".join(lines)


def _paired(
    removed: Sequence[Row], added: Sequence[Row]
) -> tuple[list[tuple[Row, Row]], list[Row], list[Row]]:
    """Rows that are alike in half of their columns or more, as changes; and those that are left."""
    pairs, gone, left = [], [], list(added)
    for row in removed:
        nearest = max(left, key=lambda other: _likeness(row, other), default=None)
        if nearest is not None and 2 * _likeness(row, nearest) >= len(row.keys() | nearest.keys()):
            left.remove(nearest)
            pairs.append((row, nearest))
        else:
            gone.append(row)
    return pairs, gone, left


def _likeness(one: Row, other: Row) -> int:
    return sum(one[name] == other.get(name) for name in one)


def _change(before: Row, after: Row) -> str:
    """Return the first columns that both have, which tell what it is about, and what is otherwise."""
    names = dict.fromkeys([*before, *after])
    same = {name: term for name, term in before.items() if after.get(name) == term}
    changes = [
        f"{name} {_cell(before.get(name))} → {_cell(after.get(name))}"
        for name in names
        if name not in same
    ]
    about = _line(dict(islice(same.items(), _ABOUT)))
    return f"{about}: {', '.join(changes)}"


def _what(comparison: Comparison) -> str:
    if comparison.is_reordered:
        return ": the same rows in another order"
    if comparison.status != "changed":
        return ""
    return f": {len(comparison.removed)} rows removed, {len(comparison.added)} added"


def _some(sign: str, rows: Sequence[str]) -> list[str]:
    lines = [f"  {sign} {_cut(row)}" for row in rows[:_SHOWN]]
    if len(rows) > _SHOWN:
        lines.append(f"  {sign} and {len(rows) - _SHOWN} more: --format json has all")
    return lines


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH else f"{line[:_WIDTH]}…"


def _line(row: Row) -> str:
    return ", ".join(f"{name} {_cell(term)}" for name, term in row.items())


def _cell(term: dict[str, Any] | None) -> str:
    if term is None:
        return "nothing"
    if term["type"] == "uri":
        return compact(term["value"])
    return json.dumps(str(term["value"]), ensure_ascii=False)


def as_json(before: str, after: str, comparisons: Iterable[Comparison]) -> str:
    """All of it as JSON: each query with its status, and the rows as SPARQL results JSON has them."""
    rows = [
        {
            "query": row.query,
            "status": row.status,
            "reordered": row.is_reordered,
            "problems": dict(row.problems),
            "removed": row.removed,
            "added": row.added,
        }
        for row in comparisons
    ]
    content = {"before": before, "after": after, "queries": rows}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


FORMS: Final = {"text": text, "json": as_json}
"""How a comparison can be written."""
