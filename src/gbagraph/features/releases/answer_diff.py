"""What the canned queries answer of two versions of the data, compared row by row.

A release is asked its own query files, and what is no release today's; their parameters have the values
of their examples. Queries that call other endpoints are left out: what these answer is no version of the
data. Each version is asked as it answers when it is opened, so its default graph is the one that it had.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from gbagraph.dataset.loader import queries_of
from gbagraph.engine import Engine, Query
from gbagraph.errors import GbaGraphError
from gbagraph.features.releases.diff import CURRENT
from gbagraph.queries.catalog import local_queries
from gbagraph.rdf.namespaces import compact
from gbagraph.text import counted

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from gbagraph.engine import Answer
    from gbagraph.queries.canned import CannedQuery
    from gbagraph.rdf.formats import Kind

    Row = dict[str, dict[str, Any]]


_SHOWN: Final = 5
"""Rows of each side that are shown of a query."""

_WIDTH: Final = 160
"""Characters that are shown of a row."""

_ABOUT: Final = 2
"""Columns that say what a changed row is about."""

_FORMATS: Final[dict[Kind, str]] = {
    "solutions": "application/sparql-results+json",
    "boolean": "application/sparql-results+json",
    "graph": "application/n-triples",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The answers of one query: the rows that only one version gives, or why there is no answer.

    ``problems`` has what went wrong by the name of the version. ``columns`` and ``parameters`` are those
    that only one version has, after ``-`` or ``+``; then rows are compared by the columns of both.
    ``only_in`` says in which version there is such a query at all: ``before`` or ``after``.
    """

    query: str
    removed: tuple[Row, ...] = ()
    added: tuple[Row, ...] = ()
    is_reordered: bool = False
    problems: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    only_in: Literal["", "before", "after"] = ""

    @property
    def status(self) -> Status:
        """Whether the query is new or gone, or its answers failed, changed or are the same.

        It is ``reshaped`` if its columns or parameters are others, whatever its rows are.
        """
        if self.only_in:
            return "gone" if self.only_in == "before" else "new"
        if self.problems:
            return "failed"
        if self.columns or self.parameters:
            return "reshaped"
        return "changed" if self.removed or self.added or self.is_reordered else "same"


Status = Literal["same", "changed", "reshaped", "new", "gone", "failed"]


@dataclass(frozen=True, slots=True)
class _Answered:
    """A query of a version, its columns and its rows, or the error that it ends in."""

    query: CannedQuery
    rows: Sequence[Row] | GbaGraphError
    columns: Sequence[str] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """Its parameters, each with its type, and an asterisk if it is required."""
        rows = self.query.parameters
        return tuple(f"{row.name} ({row.type.name}){'*' * row.required}" for row in rows)

    def by(self, columns: Container[str] | None) -> Sequence[Row] | GbaGraphError:
        """Its rows with these columns alone; None: with all."""
        if columns is None or isinstance(self.rows, GbaGraphError):
            return self.rows
        return [{name: row[name] for name in row if name in columns} for row in self.rows]


def compare(before: str, after: str = CURRENT, folder: str | None = None) -> list[Comparison]:
    """Return the answers of each canned query that calls no other endpoint, in the order of names.

    With a *folder*, its queries are asked of both versions.

    Raises:
        DatasetError: there is no such release or file, or it does not parse.
        SettingError: there is no such folder.
        QueryFileError: one of its files has a fault.
    """
    return asyncio.run(_compare(before, after, folder))


async def _compare(before: str, after: str, folder: str | None) -> list[Comparison]:
    earlier, later = await _answers(before, folder), await _answers(after, folder)
    return [
        _compared(name, (before, after), earlier.get(name), later.get(name))
        for name in sorted(earlier.keys() | later.keys())
    ]


async def _answers(version: str, folder: str | None) -> dict[str, _Answered]:
    """Return what each canned query answers, by its name."""
    answers = {}
    files = () if version == CURRENT else (Path(version),)
    own = folder if folder is not None else queries_of(files) or None
    async with Engine(files) as engine:
        for query in local_queries(own).values():
            try:
                answers[query.name] = _Answered(query, *await _rows(engine, query))
            except GbaGraphError as problem:
                answers[query.name] = _Answered(query, problem)
    return answers


def _compared(
    name: str, versions: Sequence[str], before: _Answered | None, after: _Answered | None
) -> Comparison:
    if before is None or after is None:
        return Comparison(name, only_in="before" if after is None else "after")
    columns = _apart(before.columns, after.columns)
    shared = {*before.columns} & {*after.columns} if columns else None
    answers = dict(zip(versions, (before.by(shared), after.by(shared)), strict=True))
    parameters = _apart(before.parameters, after.parameters)
    return replace(_comparison(name, answers), columns=columns, parameters=parameters)


def _apart(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """Return what only one of them has, with its sign."""
    gone = (f"-{each}" for each in before if each not in after)
    return (*gone, *(f"+{each}" for each in after if each not in before))


async def _rows(engine: Engine, query: CannedQuery) -> tuple[Sequence[Row], Sequence[str]]:
    answer = await engine.answer(Query(query.bind(query.examples.items()), _FORMATS))
    return _read(answer, await answer.read())


def _read(answer: Answer, body: bytes) -> tuple[Sequence[Row], Sequence[str]]:
    """Return the rows and columns of an answer; a boolean is a row, and so is each triple of a graph."""
    if answer.format.extension == "nt":
        lines = filter(None, sorted(body.decode().split("\n")))
        return [{"triple": _literal(line)} for line in lines], ()
    results = json.loads(body)
    if "boolean" in results:
        return [{"answer": _literal(str(results["boolean"]).lower())}], ()
    return results["results"]["bindings"], results["head"]["vars"]


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
    """Write for people: a line for each query, below it some of the rows: changed (~), gone and new."""
    rows = list(comparisons)
    count = Counter(row.status for row in rows)
    head = ", ".join(f"{count[name]} {name}" for name in get_args(Status) if count[name])
    of_all = counted(len(rows), "query", "queries")
    parts = [f"From {before} to {after}, of {of_all}: {head}.\n", *map(_text, rows)]
    tests = [
        f"  {row.query}: {_for_tests(row)}" for row in rows if row.status not in ("same", "new")
    ]
    if tests:
        parts += ["\nWhat tests that assert these answers must change:", *tests]
    return "\n".join(parts) + "\n"


def _for_tests(comparison: Comparison) -> str:
    """What a test must change that asserts the answer of a query."""
    if comparison.status == "gone":
        return "there is no such query any more"
    if comparison.status == "failed":
        return "; ".join(f"{version}: {message}" for version, message in comparison.problems)
    parts = [
        f"{'leave out' if each[0] == '-' else 'expect'} the {what} {each[1:]}"
        for what, some in (("column", comparison.columns), ("parameter", comparison.parameters))
        for each in some
    ]
    if comparison.is_reordered:
        parts.append("expect the rows in another order")
    elif comparison.removed or comparison.added:
        gone, new = len(comparison.removed), len(comparison.added)
        more = f"expect {new} rows more" if new else f"expect {gone} rows fewer"
        parts.append(f"expect {new} rows in place of {gone}" if gone and new else more)
    return "; ".join(parts)


def _text(comparison: Comparison) -> str:
    lines = [f"{comparison.status.ljust(9)}{comparison.query}{_what(comparison)}"]
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
    """Return the first columns that both have, which say what it is about, and what is otherwise."""
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
    parts = []
    if comparison.columns:
        parts.append(f"columns {' '.join(comparison.columns)}")
    if comparison.parameters:
        parts.append(f"parameters {' '.join(comparison.parameters)}")
    if comparison.is_reordered:
        parts.append("the same rows in another order")
    elif comparison.removed or comparison.added:
        of_both = " by the columns of both" * bool(comparison.columns)
        parts.append(
            f"{counted(len(comparison.removed), 'row')} removed, {len(comparison.added)} added{of_both}"
        )
    return f": {'; '.join(parts)}" * bool(parts)


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
    """Write it as JSON: each query with its status, and the rows as SPARQL results JSON has them."""
    rows = [
        {
            "query": row.query,
            "status": row.status,
            "reordered": row.is_reordered,
            "problems": dict(row.problems),
            "columns": row.columns,
            "parameters": row.parameters,
            "removed": row.removed,
            "added": row.added,
        }
        for row in comparisons
    ]
    content = {"before": before, "after": after, "queries": rows}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


FORMS: Final = {"text": text, "json": as_json}
"""How a comparison can be written."""
