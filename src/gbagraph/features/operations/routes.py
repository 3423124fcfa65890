"""What the operator asks: whether the server lives, whether it is ready, and its figures."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

from gbagraph.engine import JobOptions, Query
from gbagraph.errors import GbaGraphError
from gbagraph.web.context import Context, content

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response

_SECONDS: Final = 2.0
"""Seconds in which a server that is ready answers a query."""
_QUERY: Final = Query("ASK {}", {"boolean": "application/sparql-results+json"})


async def live(context: Context, request: Request) -> Response:
    """Whether the server process answers at all; if not, it is to be restarted."""
    return _told({"status": "live"}, 200)


async def ready(context: Context, request: Request) -> Response:
    """Whether a query is answered; if not, requests are to be sent elsewhere for now."""
    engine, dataset = context.engine, context.engine.description
    try:
        async with asyncio.timeout(_SECONDS):
            answer = await engine.answer(_QUERY, JobOptions(timeout=_SECONDS, is_reserved=True))
            await answer.read()
    except (GbaGraphError, TimeoutError) as problem:
        why = str(problem) or f"no answer within {_SECONDS:g} seconds"
        state = {"status": "not ready", "detail": why, **engine.status()}
        return _told({**state, "version": dataset.version}, 503)
    state = {"status": "ready", "engine": engine.state, "version": dataset.version}
    return _told(state | ({"lost": dataset.lost} if dataset.lost else {}), 200)


def _told(state: dict[str, Any], status: int) -> Response:
    response = content(json.dumps(state) + "\n", "application/json", status)
    response.add("cache-control", "no-store")
    return response


async def metrics(context: Context, request: Request) -> Response:
    """Counters and gauges, in the text format of Prometheus or, if the client wants it, OpenMetrics."""
    # Imported here: it takes a while, and few servers are asked for it.
    from gbagraph.features.operations import metrics as of_server  # noqa: PLC0415

    text, kind = of_server.written(context, request.accept)
    return content(text, kind)
