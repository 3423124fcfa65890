"""The OpenAPI document of the canned queries, and a page of it."""

from __future__ import annotations

import asyncio
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gbagraph.queries.catalog import all_queries
from gbagraph.queries.parameters import Choice
from gbagraph.rdf.formats import JSON
from gbagraph.rdf.namespaces import compact
from gbagraph.web.context import formatted

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.queries.parameters import Drawn
    from gbagraph.web.context import Context

    _Drawn = tuple[tuple[tuple[str, str], tuple[Choice, ...]], ...]


async def document(context: Context, request: Request) -> Response:
    """The OpenAPI document, as JSON."""
    return formatted(await _text(context, request), JSON)


async def page(context: Context, request: Request) -> Response:
    """The OpenAPI document, as a page."""
    found: dict[str, Any] = json.loads(await _text(context, request))
    return context.page(request, "openapi.html", document=found)


async def _text(context: Context, request: Request) -> str:
    drawn = [
        ((query.name, row.name), await drawn_choices(context, row.drawn))
        for query in all_queries().values()
        for row in query.parameters
        if row.drawn is not None
    ]
    dataset = context.dataset
    # In a thread: it takes some tenths of a second, in which others are to be answered.
    return await asyncio.to_thread(
        _written,
        dataset.title,
        dataset.version,
        request.base,
        tuple(drawn),
        context.allowed_services,
    )


@lru_cache(maxsize=4)
def _written(title: str, version: str, server: str, drawn: _Drawn, allowed: frozenset[str]) -> str:
    # Imported here: most servers are never asked for it, and FastAPI's part for it takes a while.
    from gbagraph.web import openapi  # noqa: PLC0415

    found = openapi.document(
        title, version, server, all_queries().values(), drawn=dict(drawn), allowed=allowed
    )
    return json.dumps(found, ensure_ascii=False, indent=1)


async def drawn_choices(context: Context, drawn: Drawn) -> tuple[Choice, ...]:
    """The values that another query finds, each once, with their labels."""
    result = await context.query(drawn.text)
    rows = json.loads(result.body)["results"]["bindings"]
    found = {
        compact(row[drawn.value]["value"]).removeprefix("id:"): row.get(drawn.label, {}).get(
            "value", ""
        )
        for row in rows
        if drawn.value in row
    }
    return tuple(Choice(value, label) for value, label in found.items())
