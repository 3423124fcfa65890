"""Errors as responses: problem details (RFC 9457), text or a page."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Final

from gbagraph.errors import classes
from gbagraph.rdf.formats import HTML, JSON, TEXT, Format
from gbagraph.rdf.namespaces import BASE
from gbagraph.sparql import negotiation
from gbagraph.web.context import Context, choose, content, formatted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.errors import GbaGraphError

_DETAILS: Final = Format("application/problem+json", "json", "problem details")
FORMATS: Final = (_DETAILS, JSON, TEXT, HTML)


def error_renderer(context: Context) -> Callable[[GbaGraphError, Request], Response]:
    """The function that makes the response for an error in the format that the client prefers."""

    def render(problem: GbaGraphError, request: Request) -> Response:
        if "suggestions" in problem.details:
            problem.details["suggestions"] = _below(request.prefix, problem.details["suggestions"])
        chosen = negotiation.preferred(request.accept, FORMATS) or _DETAILS
        if chosen is HTML:
            return context.page(request, "error.html", problem.status, error=problem)
        if chosen is TEXT:
            return content(text(problem), chosen.content_type, problem.status)
        return content(details(problem), chosen.media_type, problem.status)

    return render


def _below(prefix: str, suggestions: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """*suggestions* with addresses on a server that is published below the path *prefix*."""
    return [
        {**row, "address": prefix + row["address"]} if "address" in row else row
        for row in suggestions
    ]


def text(problem: GbaGraphError) -> str:
    """An error as plain text."""
    excerpt = problem.details.get("excerpt", "")
    return f"{problem.title}\n{problem.message}\n{excerpt}\n"


def details(problem: GbaGraphError) -> str:
    """An error as problem details (RFC 9457, section 3), in JSON."""
    fields = {
        "type": f"{BASE}problem/{problem.name}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.message,
        **problem.details,
    }
    return json.dumps(fields, ensure_ascii=False)


def describe(context: Context, request: Request, name: str) -> Response | None:
    """The explanation at the type IRI of a problem, as text or a page; None if there is no such type."""
    error = classes().get(name)
    if error is None:
        return None
    meaning = inspect.cleandoc(error.__doc__ or "")
    if choose(request, (TEXT, HTML), "the explanation") is HTML:
        return context.page(request, "problem.html", kind=error, meaning=meaning)
    return formatted(f"{error.title}\n\n{meaning}\n", TEXT)
