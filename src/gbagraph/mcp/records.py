"""Answers as tools give them: plain records, with what each rests on where that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gbagraph.api import answer as reading
from gbagraph.api.solutions import ExplainedRow, Solutions
from gbagraph.errors import ResultTooLarge
from gbagraph.explain.terms import sentence
from gbagraph.rdf.namespaces import compact
from gbagraph.rdf.results import json_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.explain.explanations import RowEvidence, RowTriple
    from gbagraph.rdf.format import Format
    from gbagraph.rdf.formats import Kind
    from gbagraph.sparql.sources import Source

    Record = dict[str, Any]

_MOST_FACTS: Final = 20
"""Facts that are told of a row."""
_MOST_TEXT: Final = 200_000
"""Characters of a graph that is given."""

_OBJECTS: Final = {"type": "array", "items": {"type": "object"}}
_ROWS: Final = {
    "columns": {"type": "array", "items": {"type": "string"}},
    "rows": _OBJECTS,
    "total": {"type": "integer"},
    "more": {"type": "boolean"},
    "evidence": _OBJECTS,
}
SCHEMAS: Final[dict[Kind, Record]] = {
    "solutions": {"type": "object", "properties": _ROWS, "required": ["columns", "rows", "more"]},
    "boolean": {
        "type": "object",
        "properties": {"boolean": {"type": "boolean"}},
        "required": ["boolean"],
    },
    "graph": {
        "type": "object",
        "properties": {"turtle": {"type": "string"}},
        "required": ["turtle"],
    },
}
"""JSON Schemas of what :func:`record` gives, by the kind of the answer.

They are short: every tool repeats one of them in the list that an assistant reads.
"""

ANY_SCHEMA: Final[Record] = {
    "type": "object",
    "properties": {
        **_ROWS,
        "sources": _OBJECTS,
        **{k: v for s in SCHEMAS.values() for k, v in s["properties"].items()},
    },
}
"""The JSON Schema of an answer whose kind is known only when it is there."""


def record(  # noqa: PLR0913  what is there, and what is wanted of it
    body: bytes,
    written_in: Format,
    *,
    limit: int,
    offset: int,
    evidence: bool,
    sources: Sequence[Source] = (),
) -> Record:
    """An answer as a JSON object: ``columns`` and ``rows``, or ``boolean``, or ``turtle``.

    Args:
        body: the whole answer, in one of the formats of :mod:`gbagraph.mcp.asking`.
        written_in: its format.
        limit: how many rows are given at most.
        offset: how many rows are left out before them.
        evidence: whether *body* has what each row rests on, to be given as ``evidence``.
        sources: the other endpoints that were called for it, to be given as ``sources``.

    Raises:
        ResultTooLarge: it is a graph that is too large to be read.
    """
    called = {"sources": list(map(_source, sources))} if sources else {}
    if written_in.extension == "ttl":
        return {"turtle": _readable(body.decode()), **called}
    found = reading.explained(body) if evidence else reading.answer(body, written_in.media_type)
    if isinstance(found, Solutions):
        return {**_rows(found, limit, offset), **called}
    return {"boolean": bool(found), **called}


def _source(found: Source) -> Record:
    """An endpoint, and how many rows it gave when; or why it failed, which SILENT passes over."""
    name = {"name": found.name} if found.name else {}
    told = {"failure": found.failure} if found.failure else {"rows": found.rows}
    when = {"retrieved": found.retrieved} if found.retrieved else {}
    return {"endpoint": found.endpoint, **name, **told, **when}


def _readable(text: str) -> str:
    if len(text) > _MOST_TEXT:
        raise ResultTooLarge(
            f"The graph has {len(text)} characters of Turtle, and a tool gives {_MOST_TEXT} at most. "
            "Ask for less, with LIMIT or with more bound terms.",
            limit=_MOST_TEXT,
        )
    return text


def _rows(found: Solutions, limit: int, offset: int) -> Record:
    """The rows from *offset* on, each with its values by name."""
    names = list(found.variables)
    chosen = [found[number] for number in range(offset, min(offset + limit, len(found)))]
    rows = [dict(zip(names, map(json_value, row), strict=True)) for row in chosen]
    more = len(found) > offset + limit
    given = {"columns": names, "rows": rows, "total": len(found), "more": more}
    explained = [_evidence(row.evidence) for row in chosen if isinstance(row, ExplainedRow)]
    return {**given, "evidence": explained} if explained else given


def _evidence(found: RowEvidence) -> Record:
    """What a row rests on: the paragraphs, and each fact as a sentence with its own paragraphs."""
    left_out = len(found.triples) - _MOST_FACTS
    notes = [found.note] if found.note else []
    if left_out > 0:
        notes.append(f"It rests on {left_out} more facts.")
    return {
        "paragraphs": list(found.paragraphs),
        "facts": list(map(_fact, found.triples[:_MOST_FACTS])),
        "complete": found.complete,
        **({"services": [each.endpoint for each in found.services]} if found.services else {}),
        **({"note": " ".join(notes)} if notes else {}),
    }


def _fact(row: RowTriple) -> Record:
    names = list(map(compact, row.paragraphs))
    return {"fact": sentence(row.triple), "basis": row.basis, "paragraphs": names}
