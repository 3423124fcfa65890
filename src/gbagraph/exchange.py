"""What every handler needs of a request: the engine, the Accept header, addresses, pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response

from gbagraph import negotiation, pages
from gbagraph.engine import Query
from gbagraph.errors import ResultTooLarge
from gbagraph.formats import HTML, Format, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from gbagraph.answers import Answers, Named
    from gbagraph.dataset import Description

TO_READ: Final[dict[Kind, tuple[str, str]]] = {
    "solutions": ("application/sparql-results+json", "srj"),
    "boolean": ("application/sparql-results+json", "srj"),
    "graph": ("text/turtle; charset=utf-8", "ttl"),
}


def answers(request: Request) -> Answers:
    """The engine with its memory."""
    found: Answers = request.app.state.answers
    return found


def description(request: Request) -> Description:
    """What the dataset is."""
    return answers(request).engine.description


async def own(request: Request, query: str) -> Named:
    """The answer to a query for a page, whole."""
    found = await answers(request).get(Query(query, TO_READ), reserved=True)
    if found.rest is not None:
        await found.rest.aclose()
        raise ResultTooLarge("The result is too large for a page. Ask for JSON, CSV or Turtle.")
    return found


def accept(request: Request) -> list[str]:
    """The lines of the Accept header."""
    return request.headers.getlist("accept")


def wants_page(request: Request, offers: Sequence[Format]) -> Format:
    """HTML is offered last: it wins when it is asked for by name, as browsers do."""
    return negotiation.choose(accept(request), [*offers, HTML])


def public_url(request: Request, path: str) -> str:
    """The address of *path* as the client knows it: its host, and the proxy's prefix."""
    root = request.scope.get("root_path", "")
    return f"{request.url.scheme}://{request.url.netloc}{root}{path}"


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401
    """A page from its template."""
    text = pages.render(
        template,
        root=request.scope.get("root_path", ""),
        dataset=description(request),
        **values,
    )
    return Response(text, status, media_type="text/html; charset=utf-8")
