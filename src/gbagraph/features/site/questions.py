"""The canned queries as a browser answers them: the texts as evaluated, and their parameters."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec

from gbagraph.errors import EngineUnsupported
from gbagraph.queries import texts
from gbagraph.queries.catalog import all_queries
from gbagraph.sparql.binding import pieces
from gbagraph.sparql.message import TRANSLATED
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from gbagraph.queries.canned import CannedQuery
    from gbagraph.queries.parameters import Parameter
    from gbagraph.sparql.binding import Piece


def described() -> list[dict[str, Any]]:
    """Return all canned queries of what is published, in the order of their names."""
    return [_query(query) for query in all_queries().values()]


def _query(query: CannedQuery) -> dict[str, Any]:
    """Return what a query is; ``lacks`` is why no browser answers it, and nothing where one does."""
    return {
        "name": query.name,
        "kind": query.kind,
        "summary": query.summary,
        "pieces": list(map(_piece, query.pieces)),
        "evaluated": list(map(_piece, _evaluated(query))),
        "page_size": query.page_size,
        "columns": query.variables,
        "parameters": [_parameter(row) for row in query.parameters],
        "examples": query.examples,
        "begins": {tag: _begins(texts.told(query, tag)) for tag in TRANSLATED},
        "titles": {tag: _titles(query, tag) for tag in TRANSLATED},
        "lacks": _lacks(query),
    }


def _evaluated(query: CannedQuery) -> tuple[Piece, ...]:
    """Return the pieces where the text is rewritten before the engine reads it; none where it is not.

    Values are bound in what is rewritten: it is the same as the other way round, for a value is a term.
    """
    text = ParsedQuery(query.text)
    rewritten = text if query.refused_services(()) else text.normalized
    if rewritten.text == text.text:
        return ()
    return pieces(rewritten.text, (row.variable for row in query.parameters))


def _piece(piece: Piece) -> str | dict[str, Any]:
    return piece if isinstance(piece, str) else asdict(piece)


def _lacks(query: CannedQuery) -> dict[str, Any] | None:
    """Return the problem that answers a query that calls other endpoints, as it stands on a server."""
    called = query.refused_services(())
    if not called:
        return None
    names = ", ".join(f"<{iri}>" for iri in called)
    error = EngineUnsupported(
        f"The query {query.name} calls {names} with SERVICE. This site has no server that could call "
        "another endpoint: ask a server of this dataset, or run one with gbagraph serve."
    )
    return {"problem": error.name, "detail": error.message, "services": called}


def _parameter(row: Parameter) -> dict[str, Any]:
    """Return a parameter with its type, and the values that it can have."""
    return {
        "name": row.name,
        "variable": row.variable,
        "type": row.type.name,
        "expects": row.expects,
        "required": row.required,
        "list": row.is_list,
        "is_reference": row.is_reference,
        "description": row.description,
        "default": row.default,
        "example": row.example,
        "choices": [choice.value for choice in row.choices],
        "drawn": None if row.drawn is None else row.drawn._asdict(),
    }


def _begins(query: CannedQuery) -> dict[str, str]:
    """Return the values with which the page of a query begins, as it is put in a language."""
    return {row.name: row.default for row in query.parameters if row.default is not None}


def _titles(query: CannedQuery, tag: str) -> dict[str, str]:
    titles = texts.current(tag).columns_of(query.name)
    return {name: titles[name] for name in query.variables if name in titles}


def encoded(content: object) -> bytes:
    """Return *content* as JSON, which is the same whenever it is written."""
    return msgspec.json.encode(content, order="deterministic")
