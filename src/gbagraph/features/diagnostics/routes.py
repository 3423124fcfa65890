"""What is wrong or misleading in a query."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gbagraph.endpoint.evaluation import Evaluation, sparql_request
from gbagraph.engine import JobOptions
from gbagraph.errors import BadParameter, GbaGraphError
from gbagraph.features.diagnostics.jobs import Explain
from gbagraph.rdf.formats import HTML, JSON, TEXT
from gbagraph.sparql import protocol
from gbagraph.sparql.binding import bound
from gbagraph.sparql.tokens import offset, token_at
from gbagraph.web import sparql
from gbagraph.web.answer import Explained, Shown
from gbagraph.web.context import CHOOSE_LANGUAGE, Context, choose, language_of

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.web.table import Address


async def answer(context: Context, request: Request) -> Evaluation | Response:
    """The diagnostics of a query, sent as to the endpoint, in English or Chinese (`Accept-Language`).

    A browser that sends none gets a form.
    """
    chosen = choose(request, (JSON, TEXT, HTML), "diagnostics")
    if chosen is HTML:
        fields = protocol.fields(request.parameters, request.body)
        return await sparql.page(context, request, fields, sparql.EXPLAIN)
    parsed = sparql_request(request)
    if parsed is None:
        raise BadParameter(
            "The parameter query is missing. Ask like this: /sparql/explain?query=SELECT%20...",
            parameter="query",
        )
    job = _job(request, parsed, chosen.media_type)
    return Evaluation(
        job, "diagnostics", timeout=parsed.timeout, is_reserved=False, vary=CHOOSE_LANGUAGE
    )


async def of_page(
    context: Context, request: Request, asked: protocol.SparqlRequest, address: Address
) -> Explained:
    """Return the diagnostics and steps that a page shows of a query; none where they cannot be had now.

    Raises nothing: what the page has to say of the query itself comes first.
    """
    try:
        job = _job(request, asked)
        result = await context.result(
            job, JobOptions(request.who, asked.timeout, via=request.via, request=request.id)
        )
    except GbaGraphError:
        return Explained()
    content: dict[str, Any] = json.loads(result.body)
    rows = (_shown(row, job.text, address) for row in content["diagnostics"])
    return Explained(tuple(rows), tuple(content["steps"]))


def _job(
    request: Request, asked: protocol.SparqlRequest, media_type: str = JSON.media_type
) -> Explain:
    text, graphs = bound(asked.query, asked.bindings), (asked.default_graphs, asked.named_graphs)
    return Explain(
        text, asked.infer, media_type, asked.calls, *graphs, language=language_of(request)
    )


def _shown(row: dict[str, Any], query: str, address: Address) -> Shown:
    token = token_at(query, offset(query, row["line"], row["column"]))
    length = len(token.text) if token and token.kind not in ("space", "comment") else 0
    can_link = row["query"] and address.is_linkable
    repaired = address.link(query=row["query"]) if can_link else ""
    return Shown(**row, length=length, address=repaired)
