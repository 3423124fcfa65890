"""What is wrong or misleading in a query, and which names there are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.engine import Explain, Search
from gbagraph.errors import BadParameter
from gbagraph.rdf.formats import HTML, JSON, TEXT
from gbagraph.sparql import protocol
from gbagraph.web.context import Context, choose

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response

_MOST: Final = 100
"""Results of a search that are given at most."""


async def diagnostics(context: Context, request: Request) -> Evaluation | Response:
    """The diagnostics of a query, sent as to the endpoint; a browser that sends none gets a form."""
    parsed = protocol.parse(
        request.method, request.query_string, request.headers.get("content-type"), request.body
    )
    chosen = choose(request, (JSON, TEXT, HTML), "diagnostics")
    if chosen is HTML:
        return await _page(context, request, parsed)
    if parsed is None:
        raise BadParameter(
            "The parameter query is missing. Ask like this: /sparql/explain?query=SELECT%20...",
            parameter="query",
        )
    job = Explain(parsed.query, parsed.infer, chosen.media_type)
    return Evaluation(job, "diagnostics", timeout=parsed.timeout, is_reserved=False)


async def _page(
    context: Context, request: Request, parsed: protocol.SparqlRequest | None
) -> Response:
    found = None
    if parsed is not None:
        result = await context.result(Explain(parsed.query, parsed.infer, JSON.media_type))
        found = json.loads(result.body)["diagnostics"]
    query = parsed.query if parsed else ""
    return context.page(request, "explain.html", query=query, diagnostics=found)


async def search(context: Context, request: Request) -> Evaluation:
    """What the text of ``?q=`` may mean: things, terms, queries, as JSON; at most ``limit``."""
    values = dict(protocol.parameters(request.query_string, "query string"))
    choose(request, (JSON,), "a search")
    if not values.get("q", "").strip():
        raise BadParameter(
            "The parameter q, the text to look for, is missing. Ask like this: /search?q=Nansha",
            parameter="q",
        )
    limit = values.get("limit", "10")
    if not limit.isdecimal() or not 1 <= int(limit) <= _MOST:
        raise BadParameter(
            f"The parameter limit has the value {limit!r}. Give a number from 1 to {_MOST}.",
            parameter="limit",
        )
    return Evaluation(Search(values["q"], int(limit)), "search")
