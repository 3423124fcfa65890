"""What all views need: results, the dataset, pages from templates, and the choice of a format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gbagraph.endpoint.response import Response
from gbagraph.engine import JobOptions, Query
from gbagraph.errors import ResultTooLarge
from gbagraph.rdf.formats import GRAPH, HTML, by_extension
from gbagraph.sparql import negotiation, protocol
from gbagraph.web import templating

if TYPE_CHECKING:
    from gbagraph.dataset.identity import Description
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.result_cache import Result, ResultCache
    from gbagraph.engine import Engine, Job
    from gbagraph.rdf.formats import Format, Kind

READABLE: Final[dict[Kind, str]] = {
    "solutions": "application/sparql-results+json",
    "boolean": "application/sparql-results+json",
    "graph": "text/turtle",
}
"""The formats in which views read results."""


class Context:
    """What views need of the server: the results in *cache*, and pages."""

    def __init__(self, cache: ResultCache) -> None:
        self._cache = cache

    @property
    def engine(self) -> Engine:
        """The engine behind the cache."""
        return self._cache.engine

    @property
    def dataset(self) -> Description:
        """What the served dataset is."""
        return self.engine.description

    def what_is_not_kept(self) -> str:
        """A sentence on what a kept release lacks; nothing for data that are none."""
        version = self.dataset.release
        if not version:
            return ""
        return f" This is release {version}: what the dataset said of itself then is not kept."

    async def query(self, text: str) -> Result:
        """The whole result of a query; of SELECT and ASK as JSON, of CONSTRUCT as Turtle."""
        return await self.result(Query(text, READABLE))

    async def result(self, job: Job) -> Result:
        """The whole result of a job."""
        found = await self._cache.get(job, JobOptions(is_reserved=True))
        if found.answer is not None:
            found.close()
            raise ResultTooLarge("The result is too large for a page. Ask for JSON, CSV or Turtle.")
        return found

    def page(
        self,
        request: Request,
        template: str,
        status: int = 200,
        **values: Any,  # noqa: ANN401  any value that a template shows
    ) -> Response:
        """A page from a template."""
        text = templating.render(template, root=request.prefix, dataset=self.dataset, **values)
        return content(text, "text/html; charset=utf-8", status)


def choose(request: Request, offers: tuple[Format, ...], what: str) -> Format:
    """The format of *offers* that the request asks for, by parameter or by Accept header.

    Raises:
        MalformedRequest, NotAcceptable: the requested format is not among the offers.
    """
    pairs = protocol.parameters(request.query_string, "query string")
    return negotiation.choose(request.accept, offers, protocol.requested_formats(pairs), what)


def format_for_path(request: Request, path: str) -> tuple[str, Format]:
    """*path* without a suffix such as .ttl, and the format by suffix, parameter or Accept header."""
    stem, dot, extension = path.rpartition(".")
    chosen = by_extension((*GRAPH, HTML), extension) if dot else None
    if chosen is not None:
        return stem, chosen
    return path, choose(request, (*GRAPH, HTML), "a document")


def content(body: str | bytes, content_type: str, status: int = 200) -> Response:
    """A response with this body and type."""
    octets = body.encode() if isinstance(body, str) else body
    return Response(status, [(b"content-type", content_type.encode())], octets)


def formatted(body: str | bytes, chosen: Format) -> Response:
    """A response with this body, which is in the format *chosen*."""
    return content(body, chosen.content_type)


def redirect(request: Request, path: str) -> Response:
    """A redirect (303, See Other) to *path* below the server's prefix."""
    return Response(303, [(b"location", f"{request.prefix}{path}".encode())])
