"""What a request asks of the engine: from the parts of an HTTP message to a job."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gbagraph.engine import Query
from gbagraph.queries.catalog import find
from gbagraph.rdf.formats import BOOLEAN, GRAPH, HTML, OFFERS, SOLUTIONS, Kind, named
from gbagraph.sparql import negotiation, protocol

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.engine import Job

_EVERYTHING: Final = tuple(dict.fromkeys((*SOLUTIONS, *BOOLEAN, *GRAPH)))


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A job whose result is the response.

    *name* is what to save the result by, *links* its Link header. *timeout* in seconds can lower the
    server's limit. What is the server's own, and no query of the client's, *is_reserved*.
    """

    job: Job
    name: str = ""
    links: str = ""
    timeout: float | None = None
    is_reserved: bool = True


def of_endpoint(request: Request) -> Evaluation | None:
    """What the endpoint is asked; None for a bare GET, which asks for the service description.

    Raises:
        RequestError: as :func:`gbagraph.sparql.protocol.read`, and when no format is acceptable.
    """
    asked = protocol.read(
        request.method, request.query_string, request.headers.get("content-type"), request.body
    )
    if asked is None:
        return None
    formats = _formats(request.accept, asked.formats)
    job = Query(asked.query, formats, asked.default_graphs, asked.named_graphs, asked.infer)
    return Evaluation(job, "results", timeout=asked.timeout, is_reserved=False)


def of_canned(name: str, request: Request) -> Evaluation | None:
    """What a canned query is asked; None when a page is preferred.

    Raises:
        UnknownResource: there is no such query.
        BadParameter: a parameter is missing, unknown, or not of its type.
    """
    query = find(name)
    given, infer, wishes = parameters(request)
    if negotiation.choose(request.accept, (*_EVERYTHING, HTML), wishes, "a result") is HTML:
        return None
    job = Query(query.bind(given), _formats(request.accept, wishes), infer=infer)
    return Evaluation(job, name=name)


def parameters(request: Request) -> tuple[list[tuple[str, str]], bool | None, tuple[str, ...]]:
    """The parameters of a canned query, whether to infer, and the formats asked for by parameter."""
    pairs = protocol.parameters(request.query_string, "query string")
    given = [pair for pair in pairs if pair[0] not in (*protocol.FORMATS, protocol.INFER)]
    return given, protocol.yes_or_no(pairs, protocol.INFER), protocol.wishes(pairs)


def _formats(accept: str, wishes: tuple[str, ...]) -> dict[Kind, str]:
    """The media type for each kind of result: by *wishes* where there are any, else by *accept*."""
    found = _wished(wishes) if wishes else _accepted(accept)
    if not found:
        raise negotiation.not_acceptable(accept, _EVERYTHING, "a result")
    return found


@lru_cache(maxsize=256)
def _wished(wishes: tuple[str, ...]) -> dict[Kind, str]:
    for wish in wishes:
        if named(wish, _EVERYTHING) is None:
            raise negotiation.unknown_format(wish, _EVERYTHING, "a result")
    return {
        kind: chosen[0].media_type
        for kind, offers in OFFERS.items()
        if (chosen := [row for wish in wishes if (row := named(wish, offers))])
    }


def _accepted(accept: str) -> dict[Kind, str]:
    chosen = {kind: negotiation.preferred(accept, offers) for kind, offers in OFFERS.items()}
    return {kind: row.media_type for kind, row in chosen.items() if row}
