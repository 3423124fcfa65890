"""From a request to a job for the engine: what to evaluate, in which format, with which limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote, urlencode

from msgspec.structs import replace

from gbagraph.engine.jobs import Query, canned_query
from gbagraph.errors import BadParameter
from gbagraph.queries import modifiers
from gbagraph.queries.catalog import find
from gbagraph.rdf.formats import HTML
from gbagraph.rdf.result_formats import TABLES
from gbagraph.sparql import negotiation, protocol
from gbagraph.sparql.binding import bind
from gbagraph.sparql.terms import term

if TYPE_CHECKING:
    import pyoxigraph as ox

    from gbagraph.endpoint.request import Request
    from gbagraph.engine.jobs import Job
    from gbagraph.queries.canned import CannedQuery

_EXPLAIN: Final = "sparql/explain"
_LONGEST_BOUND: Final = 200_000
"""Characters of the longest query whose variables are bound."""
_LONGEST_LINK: Final = 2000
"""Characters of the longest link in a header field: some proxies refuse more."""


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
        RequestError: as :func:`gbagraph.sparql.protocol.parse`, if no format is acceptable, or if a
            variable cannot be bound as the request says.
    """
    parsed = sparql_request(request)
    if parsed is None:
        return None
    query = bound(parsed)
    formats = negotiation.formats(request.accept, parsed.formats, parsed.evidence)
    labels = negotiation.languages(parsed.labels)
    job = Query(
        query,
        formats,
        parsed.default_graphs,
        parsed.named_graphs,
        parsed.infer,
        parsed.evidence,
        help_address(query, parsed.infer),
        labels=labels,
    )
    return Evaluation(job, "results", timeout=parsed.timeout, is_reserved=False)


def sparql_request(request: Request) -> protocol.SparqlRequest | None:
    """Return what *request* says as one of the SPARQL Protocol; None for a bare GET.

    Raises:
        RequestError: as :func:`gbagraph.sparql.protocol.parse`.
    """
    content_type = request.headers.get("content-type")
    return protocol.parse(request.method, request.parameters, content_type, request.body)


def bound(parsed: protocol.SparqlRequest) -> str:
    """The query with the terms of the request in place of their variables.

    Raises:
        BadParameter: a variable cannot be bound as the request says.
    """
    if not parsed.bindings:
        return parsed.query
    if len(parsed.query) > _LONGEST_BOUND:
        raise BadParameter(
            f"The query has {len(parsed.query)} characters. Variables are bound in queries of up to "
            f"{_LONGEST_BOUND}; write the terms into it, or bind them with VALUES.",
            parameter=f"${parsed.bindings[0][0]}",
        )
    terms: dict[str, ox.NamedNode | ox.Literal] = {}
    for name, text in parsed.bindings:
        if name in terms:
            raise BadParameter(f"The variable ?{name} is bound twice.", parameter=f"${name}")
        terms[name] = term(name, text)
    return bind(parsed.query, terms)


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
        help="../" + help_address(job.text, parsed.infer),
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


def help_address(query: str, infer: bool | None = None) -> str:
    """The address at which *query* is explained, relative to that of the endpoint.

    What would be too long for a header field is left out: there, the query is to be sent by POST.
    """
    if len(query) > _LONGEST_LINK:
        return _EXPLAIN  # encoding the values of a bound join would take longer than all else here
    parameters = (
        {"query": query} if infer is None else {"query": query, "infer": str(infer).lower()}
    )
    address = f"{_EXPLAIN}?{urlencode(parameters, quote_via=quote)}"
    return address if len(address) <= _LONGEST_LINK else _EXPLAIN


class CannedRequest(NamedTuple):
    """A request for a canned query: the values *given* for its parameters, and those *for_server*.

    *formats* are the values of the parameters that request a format.
    """

    given: list[tuple[str, str]]
    for_server: list[tuple[str, str]]
    infer: bool | None
    evidence: bool
    labels: tuple[str, ...]
    formats: tuple[str, ...]


def canned(request: Request, query: CannedQuery) -> CannedRequest:
    """The parameters of a request for a canned query.

    Raises:
        MalformedRequest: a parameter of the server has an invalid value.
        BadParameter: the languages of labels are none.
    """
    pairs = request.parameters
    given, for_server = protocol.of_canned_query(pairs, query.names)
    return CannedRequest(
        given,
        for_server,
        protocol.flag(for_server, protocol.INFER),
        protocol.flag(for_server, protocol.EVIDENCE) is True,
        negotiation.languages(dict(for_server).get(protocol.LABELS, "")),
        protocol.requested_formats(for_server),
    )
