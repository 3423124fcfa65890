"""The canned queries: the list of them, and each with its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph import canned, negotiation, pages, protocol
from gbagraph.endpoint import evaluation
from gbagraph.formats import HTML, JSON
from gbagraph.web.context import Context, content, written

if TYPE_CHECKING:
    from gbagraph.endpoint.evaluation import Evaluation
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response


class QueryViews:
    """Views of the canned queries."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def listing(self, request: Request) -> Response:
        """All canned queries with their parameters, as JSON or as a page."""
        queries = canned.all_queries().values()
        wishes = protocol.wishes(protocol.parameters(request.query_string, "query string"))
        if negotiation.choose(request.accept, (JSON, HTML), wishes, "the list") is HTML:
            return self._context.page(request, "queries.html", queries=queries)
        return written(pages.queries_json(queries), JSON)

    async def answer(self, request: Request, name: str) -> Evaluation | Response:
        """The answer of one canned query; the text of it at ``/queries/NAME.rq``."""
        if name.endswith(".rq"):
            text = canned.find(name.removesuffix(".rq")).text
            return content(text, "application/sparql-query")
        return evaluation.of_canned(name, request) or await self._page(request, name)

    async def _page(self, request: Request, name: str) -> Response:
        query = canned.find(name)
        given, _ = evaluation.parameters(request)
        values = dict(given or query.defaults.items())
        result = await self._context.query(query.bind(values.items()))
        table = pages.table(result)
        return self._context.page(request, "query.html", query=query, values=values, table=table)
