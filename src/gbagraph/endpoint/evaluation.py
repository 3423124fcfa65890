"""From a request to a job for the engine: what to evaluate, in which format, with which limit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote, urlencode

from msgspec.structs import replace

from gbagraph.engine.jobs import Query, canned_query
from gbagraph.queries import catalog, modifiers
from gbagraph.rdf.formats import HTML
from gbagraph.rdf.result_formats import TABLES
from gbagraph.sparql import negotiation, protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.endpoint.request import Request
    from gbagraph.engine.jobs import Job
    from gbagraph.queries.canned import CannedQuery
    from gbagraph.rdf.formats import Explained, GraphFormat

_EXPLAIN: Final = "sparql/explain"
find: Final = partial(catalog.find, listing="")
"""Finds a canned query, or says at which address of the server all are listed."""


class Evaluation(NamedTuple):
    """A job whose result is the response.

    *name* is the name of the file in which to save the result, *links* the Link header, *timeout* the
    seconds to which the request lowers the time limit. *is_reserved*: the query is one of the server's
    own, not the client's, and gets a reserved slot. *vary* names header fields of the request that chose
    the job, beside those that choose any.
    """

    job: Job
    name: str = ""
    links: str = ""
    timeout: float | None = None
    is_reserved: bool = True
    vary: tuple[str, ...] = ()

    @property
    def help(self) -> str:
        """Where the query is explained, relative to the server's; empty for other jobs."""
        if not isinstance(self.job, Query) or not self.job.help:
            return ""
        return self.job.help_address.removeprefix("../")


def for_endpoint(request: Request) -> Evaluation | GraphFormat:
    """The job for a request to the endpoint; of a bare GET, the format of the service description.

    Raises:
        RequestError: as :func:`gbagraph.sparql.protocol.asked`.
    """
    content_type, accept = request.headers.get("content-type"), request.headers.get("accept", "")
    asked = protocol.asked(request.method, request.query_string, content_type, request.body, accept)
    if not isinstance(asked, protocol.Asked):
        return asked
    job = Query(
        asked.query,
        asked.formats,
        asked.default_graphs,
        asked.named_graphs,
        asked.infer,
        asked.evidence,
        _EXPLAIN,
        labels=asked.labels,
    )
    return Evaluation(job, "results", timeout=asked.timeout, is_reserved=False)


def sparql_request(request: Request) -> protocol.SparqlRequest | None:
    """Return what *request* says as one of the SPARQL Protocol; None for a bare GET.

    Raises:
        RequestError: as :func:`gbagraph.sparql.protocol.parse`.
    """
    content_type = request.headers.get("content-type")
    return protocol.parse(request.method, request.parameters, content_type, request.body)


def for_canned_query(name: str, request: Request) -> Evaluation | None:
    """The job for a request to a canned query; None if the client prefers a page.

    Raises:
        UnknownResource: there is no such query.
        BadParameter: a parameter is missing, unknown, or not of its type.
    """
    query = find(name)
    parsed = canned(request, query)
    offers = (*(negotiation.NAMED if parsed.formats else negotiation.EVERYTHING), HTML)
    if negotiation.choose(request.accept, offers, parsed.formats, "a result") is HTML:
        return None
    formats = negotiation.formats(request.accept, parsed.formats, parsed.evidence)
    job = canned_query(query, parsed.given, formats)
    job = replace(
        job,
        infer=parsed.infer,
        evidence=parsed.evidence,
        help=f"../{_EXPLAIN}",
        labels=parsed.labels,
    )
    return Evaluation(job, name=name)


def next_page(query: CannedQuery, parsed: CannedRequest) -> tuple[Query, str] | None:
    """A job that finds the first row after those requested, and the query string that requests them.

    None where the request has no limit, or the rows have no order that would make pages of them.
    """
    values = dict(parsed.given)
    size = values.get(modifiers.LIMIT) or str(query.page_size or "")
    if not size or not modifiers.is_ordered(query.text):
        return None
    pairs = [*((n, v) for n, v in parsed.given if n != modifiers.LIMIT), (modifiers.LIMIT, size)]
    after = list(modifiers.next_page(pairs))
    first = [(n, "1" if n == modifiers.LIMIT else v) for n, v in after]
    job = canned_query(query, first, {"solutions": TABLES[0].media_type})
    address = urlencode([*after, *parsed.for_server], quote_via=quote)
    return replace(job, infer=parsed.infer), address


class CannedRequest(NamedTuple):
    """A request for a canned query: the values *given* for its parameters, and those *for_server*.

    *formats* are the values of the parameters that request a format.
    """

    given: list[tuple[str, str]]
    for_server: list[tuple[str, str]]
    infer: bool | None
    evidence: Explained
    labels: tuple[str, ...]
    formats: tuple[str, ...]


def canned(request: Request, query: CannedQuery) -> CannedRequest:
    """The parameters of a request for a canned query.

    Raises:
        MalformedRequest: a parameter of the server has an invalid value.
        BadParameter: the languages of labels are none.
    """
    pairs = request.parameters
    given, for_server = _parted(pairs, query.names)
    return CannedRequest(
        given,
        for_server,
        protocol.flag(for_server, protocol.INFER),
        protocol.evidence(for_server),
        negotiation.languages(dict(for_server).get(protocol.LABELS, "")),
        protocol.requested_formats(for_server),
    )


def _parted(
    pairs: Iterable[tuple[str, str]], own: frozenset[str]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The parameters for a canned query that has *own* ones, and those for the server."""
    for_query: list[tuple[str, str]] = []
    for_server: list[tuple[str, str]] = []
    for name, value in pairs:
        if name[:1] == "$" and name[1:] in protocol.RESERVED:
            for_server.append((name[1:], value))
        elif name in protocol.RESERVED and name not in own:
            for_server.append((name, value))
        else:
            for_query.append((name, value))
    return for_query, for_server
