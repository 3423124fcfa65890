"""What is wrong or misleading in a query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph.endpoint.evaluation import Evaluation, sparql_request
from gbagraph.errors import BadParameter
from gbagraph.explain.diagnostic_jobs import Explain
from gbagraph.rdf.formats import HTML, JSON, TEXT
from gbagraph.web.context import Context, choose
from gbagraph.web.views import asking

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response


async def diagnostics(context: Context, request: Request) -> Evaluation | Response:
    """The diagnostics of a query, sent as to the endpoint; a browser that sends none gets a form."""
    chosen = choose(request, (JSON, TEXT, HTML), "diagnostics")
    if chosen is HTML:
        return await asking.explained(context, request)
    parsed = sparql_request(request)
    if parsed is None:
        raise BadParameter(
            "The parameter query is missing. Ask like this: /sparql/explain?query=SELECT%20...",
            parameter="query",
        )
    job = Explain(parsed.query, parsed.infer, chosen.media_type, parsed.calls)
    return Evaluation(job, "diagnostics", timeout=parsed.timeout, is_reserved=False)
