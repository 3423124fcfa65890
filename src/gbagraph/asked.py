"""What a request asks of the engine: from the parts of an HTTP message to a job."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from gbagraph import canned, negotiation, protocol
from gbagraph.engine import Query
from gbagraph.errors import UriTooLong
from gbagraph.formats import BOOLEAN, GRAPH, HTML, OFFERS, SOLUTIONS, Kind, wished
from gbagraph.settings import MAX_QUERY_STRING

_EVERYTHING: Final = (*SOLUTIONS, *BOOLEAN, *GRAPH, HTML)


@dataclass(frozen=True, slots=True)
class Asked:
    """A job and how it is to be done.

    ``timeout`` in seconds can lower the server's limit, ``reserved`` jobs have places of their own,
    ``name`` is the file name to save the answer by.
    """

    job: Query
    timeout: float | None = None
    reserved: bool = False
    name: str = "results"


def of_endpoint(
    method: str,
    query_string: bytes,
    accept: tuple[str, ...],
    content_type: str | None = None,
    body: bytes = b"",
) -> Asked | None:
    """What the endpoint is asked; None for a bare GET, which asks for the service description.

    *accept* are the lines of the Accept header.

    Raises:
        RequestError: as :func:`gbagraph.protocol.read`, and when no format is acceptable.
    """
    check_length(query_string)
    asked = protocol.read(method, query_string, content_type, body)
    if asked is None:
        return None
    formats = _formats(accept, asked.formats)
    job = Query(asked.query, formats, asked.default_graphs, asked.named_graphs)
    return Asked(job, asked.timeout)


def check_length(query_string: bytes) -> None:
    """Raise UriTooLong for a query string that is longer than the server reads."""
    if len(query_string) > MAX_QUERY_STRING:
        raise UriTooLong(
            f"The query string is longer than {MAX_QUERY_STRING} bytes. Send the query by POST.",
            limit=MAX_QUERY_STRING,
        )


def of_canned(name: str, query_string: bytes, accept: tuple[str, ...]) -> Asked | None:
    """What a canned query is asked; None when a page is preferred.

    Raises:
        UnknownResource: there is no such query.
        BadParameter: a parameter is missing, unknown, or not of its type.
    """
    query = canned.find(name)
    given, wishes = parameters(query_string)
    if _prefers_page(accept, wishes):
        return None
    return Asked(Query(query.bind(given), _formats(accept, wishes)), reserved=True, name=name)


def parameters(query_string: bytes) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    """The parameters of a canned query, and the values of ``format``."""
    pairs = protocol.parameters(query_string, "query string")
    wishes = tuple(value for key, value in pairs if key == "format")
    return [(key, value) for key, value in pairs if key != "format"], wishes


@lru_cache(maxsize=256)
def _prefers_page(accept: tuple[str, ...], wishes: tuple[str, ...]) -> bool:
    return negotiation.preferred(accept, _EVERYTHING, wished(wishes)) is HTML


@lru_cache(maxsize=256)
def _formats(accept: tuple[str, ...], wishes: tuple[str, ...]) -> dict[Kind, tuple[str, str]]:
    chosen = {
        kind: negotiation.preferred(accept, offers, wished(wishes))
        for kind, offers in OFFERS.items()
    }
    found = {kind: (row.content_type, row.extension) for kind, row in chosen.items() if row}
    if not found:
        every = [offer for offers in OFFERS.values() for offer in offers]
        raise negotiation.not_acceptable(accept, list(dict.fromkeys(every)), "a result")
    return found
