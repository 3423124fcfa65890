"""The canned queries: their list, and the answer of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from gbagraph.endpoint import evaluation
from gbagraph.engine import canned_query
from gbagraph.queries.catalog import all_queries, find
from gbagraph.rdf.formats import HTML, JSON
from gbagraph.web import templating
from gbagraph.web.context import READABLE, Context, choose, content, formatted

if TYPE_CHECKING:
    from gbagraph.endpoint.evaluation import Evaluation
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response


async def listing(context: Context, request: Request) -> Response:
    """All canned queries with their parameters, as JSON or as a page."""
    queries = all_queries().values()
    if choose(request, (JSON, HTML), "the list of queries") is HTML:
        return context.page(request, "queries.html", queries=queries)
    return formatted(templating.queries_json(queries), JSON)


async def answer(context: Context, request: Request, name: str) -> Evaluation | Response:
    """The answer of one canned query, or its text at ``/queries/NAME.rq``."""
    if name.endswith(".rq"):
        text = find(name.removesuffix(".rq")).text
        return content(text, "application/sparql-query")
    return evaluation.for_canned_query(name, request) or await _page(context, request, name)


async def _page(context: Context, request: Request, name: str) -> Response:
    query = find(name)
    parsed = evaluation.canned(request)
    values = dict(parsed.given or query.examples.items())
    job = canned_query(query, values.items(), READABLE)
    result = await context.result(replace(job, infer=parsed.infer, evidence=parsed.evidence))
    table = templating.table(result)
    return context.page(
        request, "query.html", query=query, values=values, table=table, parsed=parsed
    )
