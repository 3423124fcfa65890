"""What every view needs: the results, the dataset, the canned queries, and pages from templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gbagraph.endpoint.response import Response
from gbagraph.engine import Query, Terms
from gbagraph.errors import ResultTooLarge
from gbagraph.sparql import negotiation, protocol
from gbagraph.web import templating

if TYPE_CHECKING:
    from gbagraph.dataset.identity import Description
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.result_cache import Result, ResultCache
    from gbagraph.engine import Engine, Job
    from gbagraph.rdf.formats import Format, Kind

TO_READ: Final[dict[Kind, str]] = {
    "solutions": "application/sparql-results+json",
    "boolean": "application/sparql-results+json",
    "graph": "text/turtle",
}
"""The formats in which a view reads results."""


class Context:
    """The results of *cache* for views."""

    def __init__(self, cache: ResultCache) -> None:
        self._cache = cache

    @property
    def engine(self) -> Engine:
        """The engine behind the results."""
        return self._cache.engine

    @property
    def dataset(self) -> Description:
        """What the dataset is."""
        return self.engine.description

    async def query(self, text: str) -> Result:
        """The result of a query for a view, whole; SELECT and ASK as JSON, graphs as Turtle."""
        return await self.result(Query(text, TO_READ))

    async def result(self, job: Job) -> Result:
        """The result of a job for a view, whole."""
        found = await self._cache.get(job, Terms(is_reserved=True))
        if found.answer is not None:
            found.close()
            raise ResultTooLarge("The result is too large for a page. Ask for JSON, CSV or Turtle.")
        return found

    def page(
        self,
        request: Request,
        template: str,
        status: int = 200,
        **values: Any,  # noqa: ANN401  what a template shows
    ) -> Response:
        """A page from its template."""
        text = templating.render(template, root=request.prefix, dataset=self.dataset, **values)
        return content(text, "text/html; charset=utf-8", status)


def choose(request: Request, offers: tuple[Format, ...], what: str) -> Format:
    """The format of *offers* that the request asks for, by parameter or Accept header.

    Raises:
        MalformedRequest, NotAcceptable: it asks for none that there is.
    """
    pairs = protocol.parameters(request.query_string, "query string")
    return negotiation.choose(request.accept, offers, protocol.wishes(pairs), what)


def content(body: str | bytes, content_type: str, status: int = 200) -> Response:
    """A response with this body."""
    octets = body.encode() if isinstance(body, str) else body
    return Response(status, [(b"content-type", content_type.encode())], octets)


def written(body: str | bytes, chosen: Format) -> Response:
    """A response with this body, in a format."""
    return content(body, chosen.content_type)


def redirect(request: Request, path: str) -> Response:
    """See other (303): *path* below the server's prefix."""
    return Response(303, [(b"location", f"{request.prefix}{path}".encode())])
