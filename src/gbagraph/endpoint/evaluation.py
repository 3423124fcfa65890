"""From a request to a job for the engine: what to evaluate, in which format, with which limit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote, urlencode

from msgspec.structs import replace

from gbagraph.engine import Query, canned_query
from gbagraph.errors import NotAcceptable
from gbagraph.queries.catalog import find
from gbagraph.rdf.formats import ALL, BOOLEAN, GRAPH, HTML, OFFERS, SOLUTIONS, Kind, by_name
from gbagraph.sparql import negotiation, protocol

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.engine import Job

_EXPLAIN: Final = "sparql/explain"
_LONGEST_LINK: Final = 2000
"""Characters of the longest link in a header field: some proxies refuse more."""

_EVERYTHING: Final = tuple(dict.fromkeys((*SOLUTIONS, *BOOLEAN, *GRAPH)))
_NAMED: Final = tuple(dict.fromkeys(offer for offers in ALL.values() for offer in offers))


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

    @property
    def help(self) -> str:
        """Where the query is explained, relative to the address of the answer; empty for other jobs."""
        return self.job.help if isinstance(self.job, Query) else ""


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
    job = Query(
        parsed.query,
        _formats(request.accept, parsed.formats, parsed.evidence),
        parsed.default_graphs,
        parsed.named_graphs,
        parsed.infer,
        parsed.evidence,
        help_address(parsed.query, parsed.infer),
    )
    return Evaluation(job, "results", timeout=parsed.timeout, is_reserved=False)


def for_canned_query(name: str, request: Request) -> Evaluation | None:
    """The job for a request to a canned query; None if the client prefers a page.

    Raises:
        UnknownResource: there is no such query.
        BadParameter: a parameter is missing, unknown, or not of its type.
    """
    query = find(name)
    parsed = canned(request)
    offers = (*(_NAMED if parsed.formats else _EVERYTHING), HTML)
    if negotiation.choose(request.accept, offers, parsed.formats, "a result") is HTML:
        return None
    formats = _formats(request.accept, parsed.formats, parsed.evidence)
    job = canned_query(query, parsed.given, formats)
    job = replace(
        job,
        infer=parsed.infer,
        evidence=parsed.evidence,
        help="../" + help_address(job.text, parsed.infer),
    )
    return Evaluation(job, name=name)


def help_address(query: str, infer: bool | None = None) -> str:
    """The address at which *query* is explained, relative to that of the endpoint.

    What would be too long for a header field is left out: there, the query is to be sent by POST.
    """
    parameters = (
        {"query": query} if infer is None else {"query": query, "infer": str(infer).lower()}
    )
    address = f"{_EXPLAIN}?{urlencode(parameters, quote_via=quote)}"
    return address if len(address) <= _LONGEST_LINK else _EXPLAIN


class CannedRequest(NamedTuple):
    """A request for a canned query: the values *given* for its parameters, and the server's own.

    *formats* are the values of the parameters that request a format.
    """

    given: list[tuple[str, str]]
    infer: bool | None
    evidence: bool
    formats: tuple[str, ...]


def canned(request: Request) -> CannedRequest:
    """The parameters of a request for a canned query.

    Raises:
        MalformedRequest: a parameter of the server has an invalid value.
    """
    pairs = protocol.parameters(request.query_string, "query string")
    return CannedRequest(
        [pair for pair in pairs if pair[0] not in protocol.RESERVED],
        protocol.flag(pairs, protocol.INFER),
        protocol.flag(pairs, protocol.EVIDENCE) is True,
        protocol.requested_formats(pairs),
    )


def _formats(accept: str, requested: tuple[str, ...], evidence: bool) -> dict[Kind, str]:
    """The media type for each kind of result: as *requested* by parameter, else by *accept*."""
    found = _by_parameter(requested) if requested else _by_accept(accept)
    if evidence:
        return _with_evidence(accept, requested)
    if not found:
        raise negotiation.not_acceptable(accept, _EVERYTHING, "a result")
    return found


def _with_evidence(accept: str, requested: tuple[str, ...]) -> dict[Kind, str]:
    """The media type for rows with evidence: one for SPARQL results JSON; no other has room for it."""
    offers = tuple(offer for offer in SOLUTIONS if offer.extension == "srj")
    named = (by_name(value, offers) for value in requested)
    chosen = next(filter(None, named), None) if requested else negotiation.preferred(accept, offers)
    if chosen is None:
        available = offers[0].media_type
        raise NotAcceptable(
            f"Only SPARQL results JSON has room for the evidence of rows. Ask for {available}, or "
            "without evidence=true.",
            available=[available],
        )
    return {"solutions": chosen.media_type}


@lru_cache(maxsize=256)
def _by_parameter(requested: tuple[str, ...]) -> dict[Kind, str]:
    for value in requested:
        if by_name(value, _NAMED) is None:
            raise negotiation.unknown_format(value, _NAMED, "a result")
    return {
        kind: chosen[0].media_type
        for kind, offers in ALL.items()
        if (chosen := [row for value in requested if (row := by_name(value, offers))])
    }


def _by_accept(accept: str) -> dict[Kind, str]:
    chosen = {kind: negotiation.preferred(accept, offers) for kind, offers in OFFERS.items()}
    return {kind: row.media_type for kind, row in chosen.items() if row}
