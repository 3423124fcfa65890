"""From a request to a job for the engine: what to evaluate, in which format, with which limit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gbagraph.engine import Query
from gbagraph.queries.catalog import find
from gbagraph.rdf.formats import BOOLEAN, GRAPH, HTML, OFFERS, SOLUTIONS, Kind, by_name
from gbagraph.sparql import negotiation, protocol

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.engine import Job

_EVERYTHING: Final = tuple(dict.fromkeys((*SOLUTIONS, *BOOLEAN, *GRAPH)))


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A job whose result is the response.

    *name* is the name of the file in which to save the result, *links* the Link header, *timeout* the
    seconds to which the request lowers the time limit. *is_reserved*: the query is one of the server's
    own, not the client's, and gets a reserved slot.
    """

    job: Job
    name: str = ""
    links: str = ""
    timeout: float | None = None
    is_reserved: bool = True


def for_endpoint(request: Request) -> Evaluation | None:
    """The job for a request to the endpoint; None for a bare GET, which gets the service description.

    Raises:
        RequestError: as :func:`gbagraph.sparql.protocol.parse`, and if no format is acceptable.
    """
    parsed = protocol.parse(
        request.method, request.query_string, request.headers.get("content-type"), request.body
    )
    if parsed is None:
        return None
    formats = _formats(request.accept, parsed.formats)
    job = Query(parsed.query, formats, parsed.default_graphs, parsed.named_graphs, parsed.infer)
    return Evaluation(job, "results", timeout=parsed.timeout, is_reserved=False)


def for_canned_query(name: str, request: Request) -> Evaluation | None:
    """The job for a request to a canned query; None if the client prefers a page.

    Raises:
        UnknownResource: there is no such query.
        BadParameter: a parameter is missing, unknown, or not of its type.
    """
    query = find(name)
    given, infer, requested = parameters(request)
    if negotiation.choose(request.accept, (*_EVERYTHING, HTML), requested, "a result") is HTML:
        return None
    job = Query(query.bind(given), _formats(request.accept, requested), infer=infer)
    return Evaluation(job, name=name)


def parameters(request: Request) -> tuple[list[tuple[str, str]], bool | None, tuple[str, ...]]:
    """The parameters of a canned query, whether to infer, and the formats that parameters request."""
    pairs = protocol.parameters(request.query_string, "query string")
    given = [pair for pair in pairs if pair[0] not in (*protocol.FORMATS, protocol.INFER)]
    return given, protocol.boolean(pairs, protocol.INFER), protocol.requested_formats(pairs)


def _formats(accept: str, requested: tuple[str, ...]) -> dict[Kind, str]:
    """The media type for each kind of result: as *requested* by parameter, else by *accept*."""
    found = _by_parameter(requested) if requested else _by_accept(accept)
    if not found:
        raise negotiation.not_acceptable(accept, _EVERYTHING, "a result")
    return found


@lru_cache(maxsize=256)
def _by_parameter(requested: tuple[str, ...]) -> dict[Kind, str]:
    for value in requested:
        if by_name(value, _EVERYTHING) is None:
            raise negotiation.unknown_format(value, _EVERYTHING, "a result")
    return {
        kind: chosen[0].media_type
        for kind, offers in OFFERS.items()
        if (chosen := [row for value in requested if (row := by_name(value, offers))])
    }


def _by_accept(accept: str) -> dict[Kind, str]:
    chosen = {kind: negotiation.preferred(accept, offers) for kind, offers in OFFERS.items()}
    return {kind: row.media_type for kind, row in chosen.items() if row}
