"""The SPARQL 1.1 Protocol for queries: from method, parameters and body to a request (section 2.1)."""

from __future__ import annotations

import binascii
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from gbagraph.errors import MalformedRequest, UnsupportedMediaType
from gbagraph.rdf.formats import BRIEF, GRAPH
from gbagraph.rdf.namespaces import in_full
from gbagraph.sparql import negotiation
from gbagraph.sparql.binding import bound
from gbagraph.sparql.dialect import VERSIONS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from gbagraph.rdf.formats import Explained, GraphFormat, Kind

FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
FORMATS = ("format", "output")
"""The parameters with which clients request a format, as Fuseki and Virtuoso named them."""
INFER = "infer"
"""The parameter that says whether the default graph contains inferred triples, as RDF4J named it."""
EVIDENCE = "evidence"
"""The parameter that says whether each row comes with what it rests on."""
LABELS = "labels"
"""The parameter with the languages in which labels are to stand beside IRIs."""
CALL = "call"
"""The parameter that says whether endpoints are called to explain a query with SERVICE."""
VIEW = "view"
"""The parameter that says as what a page shows an answer: a table, a map, ..."""
ORDER = "order"
"""The parameter that says by which column a page sorts the rows of an answer."""
FIND = "find"
"""The parameter with the text that the rows on a page contain."""
PAGE_NUMBER = "page"
"""The parameter with the number of a page of rows."""
MEASURE, BY = "measure", "by"
"""The parameters with the columns of a chart: that of the numbers, and that of the names beside them."""
PAGE = (VIEW, ORDER, FIND, PAGE_NUMBER, MEASURE, BY)
"""Parameters by which pages show an answer; they change nothing for programs."""
RESERVED = (*FORMATS, INFER, EVIDENCE, LABELS, *PAGE)
"""Parameters that every query has. Where a canned query has its own by such a name, that of the server
has a dollar sign before it: ``$format``."""

_ABSOLUTE_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>\"{}|^`\\]*\Z")
_LONE_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_ONCE = ("query", "timeout", "version", INFER, EVIDENCE, LABELS, CALL)
_MAX_PARAMETERS = 1000
_BINDING = re.compile(r"\$\w+\Z")
_BESIDE = re.compile(rb"[%$]|query")
"""What stands in parameters that bind variables, or may hold a second query."""
_LONGEST_PLAN = 1000
"""Bytes of parameters beside the query, and of an Accept header, whose plan is remembered."""


@dataclass(frozen=True, slots=True)
class SparqlRequest:
    """A query, and the dataset over which to evaluate it.

    ``default_graphs`` and ``named_graphs`` are None if the request gives no dataset at all; then the
    FROM clauses of the query apply, or else the whole dataset. ``timeout`` is in seconds. ``formats``
    are the values of the parameters ``format`` and ``output``, which take precedence over the Accept
    header. With ``evidence``, each row comes with what it rests on. ``labels`` are languages, with
    commas. ``bindings`` are variables, without a sign, with the texts of the terms in their place.
    ``calls`` says whether endpoints are called to explain the query.
    """

    query: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    timeout: float | None = None
    infer: bool | None = None
    formats: tuple[str, ...] = ()
    evidence: Explained = False
    labels: str = ""
    bindings: tuple[tuple[str, str], ...] = ()
    calls: bool = True


class Asked(NamedTuple):
    """What a :class:`SparqlRequest` comes to: its query with the terms bound.

    ``formats`` are the media types for the kinds of results, and ``labels`` languages.
    """

    query: str
    formats: dict[Kind, str]
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    infer: bool | None = None
    evidence: Explained = False
    labels: tuple[str, ...] = ()
    timeout: float | None = None


def asked(
    method: str, in_url: bytes, content_type: str | None, body: bytes, accept: str
) -> Asked | GraphFormat:
    """Read these parts of an HTTP message; of a bare GET, the format of the service description.

    Raises:
        MalformedRequest, UnsupportedMediaType: as :func:`parse`.
        BadParameter: a variable cannot be bound as the request says, or a language is none.
        NotAcceptable: no format is acceptable.
    """
    if method == "GET" and in_url[:6] == b"query=" and len(accept) < _LONGEST_PLAN:
        query, _, others = in_url[6:].partition(b"&")
        if len(others) < _LONGEST_PLAN and not _BESIDE.search(others):
            return _plan(others, accept)._replace(query=text(query, "query string"))
    pairs = parameters(in_url, "query string")
    sent = parse(method, pairs, content_type, body)
    if sent is not None:
        return _asked(sent, accept)
    formats = requested_formats(pairs)
    return negotiation.choose(accept, GRAPH, formats, "the service description")


@lru_cache(maxsize=256)
def _plan(others: bytes, accept: str) -> Asked:
    """What is said beside the query: the same for many requests."""
    return _asked(_request([("query", ""), *parameters(others, "query string")]), accept)


def _asked(sent: SparqlRequest, accept: str) -> Asked:
    formats = negotiation.formats(accept, sent.formats, sent.evidence)
    labels = negotiation.languages(sent.labels)
    query, graphs = bound(sent.query, sent.bindings), (sent.default_graphs, sent.named_graphs)
    return Asked(query, formats, *graphs, sent.infer, sent.evidence, labels, sent.timeout)


def parameters(encoded: bytes, where: str) -> list[tuple[str, str]]:
    """Decode ``application/x-www-form-urlencoded`` (URL Standard, section 5.1) once, as UTF-8.

    Raises:
        MalformedRequest: it is not UTF-8, or has too many parameters.
    """
    if (count := encoded.count(b"&")) >= _MAX_PARAMETERS:
        raise MalformedRequest(
            f"The {where} has {count + 1} parameters. Send at most {_MAX_PARAMETERS}."
        )
    pairs = (part.partition(b"=") for part in encoded.split(b"&") if part)
    return [(text(name, where), text(value, where)) for name, _, value in pairs]


def text(encoded: bytes, where: str) -> str:
    """Decode one name or value, as :func:`parameters` does.

    Raises:
        MalformedRequest: it is not UTF-8.
    """
    if b"+" in encoded:
        encoded = encoded.replace(b"+", b" ")
    octets = unquoted(encoded) if b"%" in encoded else encoded
    try:
        return octets.decode()
    except UnicodeDecodeError as problem:
        raise _not_utf8(octets, problem.start, where) from None


def unquoted(encoded: bytes) -> bytes:
    """*encoded* without its percent-encoding (RFC 3986, section 2.1); a lone percent sign stays.

    Quoted-printable (RFC 2045, section 6.7) is the same encoding with another sign, and its decoder is
    written in C: it decodes a query seven times faster than urllib does.
    """
    encoded = _LONE_PERCENT.sub(b"%25", encoded)
    return binascii.a2b_qp(encoded.replace(b"=", b"=3D").replace(b"%", b"="))


def _not_utf8(octets: bytes, at: int, where: str) -> MalformedRequest:
    return MalformedRequest(
        f"The {where} is not UTF-8: byte {at} of the value is 0x{octets[at]:02x}. Encode it as UTF-8 "
        "before percent-encoding."
    )


def parse(
    method: str, in_url: list[tuple[str, str]], content_type: str | None, body: bytes
) -> SparqlRequest | None:
    """Parse these parts of an HTTP message, the parameters of its URL among them; None for a bare GET.

    A GET without any parameter except for the format requests the service description (SPARQL 1.1
    Service Description, section 2). QUERY (RFC 10008) has its query in the body, as POST does.

    Raises:
        MalformedRequest: a parameter is missing, repeated, or has an invalid value.
        UnsupportedMediaType: the body is neither a form nor a query.
    """
    if method in ("GET", "HEAD"):
        return of_parameters(in_url)
    if not (body or content_type):  # as in Fuseki
        return _request(in_url)
    media_type = _media_type(content_type)
    if media_type == FORM:
        in_body = parameters(body, "form")
        _not_twice(in_url, in_body)
        return _request(in_body + in_url)
    if any(name == "query" for name, _ in in_url):
        raise MalformedRequest(
            "A query in the URL and a query as the body are two queries. Send one of them."
        )
    try:
        query = body.decode()
    except UnicodeDecodeError as problem:
        raise _not_utf8(body, problem.start, "query") from None
    return _request([("query", query), *in_url])


def form(
    accept: str, in_url: list[tuple[str, str]], content_type: str | None, body: bytes
) -> list[tuple[str, str]] | None:
    """Return the fields of a form from a client that prefers a page; None for any other request.

    Raises:
        MalformedRequest: as :func:`parameters`.
    """
    if body and not (content_type or "").lower().startswith(FORM):
        return None
    pairs = fields(in_url, body)
    is_bare = all(name in FORMATS for name, _ in pairs)
    wants_page = negotiation.prefers_page(accept, requested_formats(pairs), is_bare=is_bare)
    return pairs if wants_page else None


def fields(in_url: list[tuple[str, str]], body: bytes) -> list[tuple[str, str]]:
    """Return the parameters of a form: those of its *body* before those of its URL.

    Raises:
        MalformedRequest: as :func:`parameters`.
    """
    return [*(parameters(body, "form") if body else ()), *in_url]


def of_parameters(pairs: Sequence[tuple[str, str]]) -> SparqlRequest | None:
    """The request with these parameters; None without any except for the format.

    Raises:
        MalformedRequest: as :func:`parse`.
    """
    return _request(list(pairs)) if any(name not in FORMATS for name, _ in pairs) else None


def requested_formats(pairs: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The values of the parameters that request a format; an empty value requests none."""
    return tuple(value for name, value in pairs if name in FORMATS and value)


def graph_store(pairs: list[tuple[str, str]]) -> str | None:
    """The graph that a Graph Store request names: an IRI, or None for the default graph.

    Raises:
        MalformedRequest: the request names no graph, several, or one that is not an absolute IRI.
    """
    named = list(_graphs(pairs, "graph"))
    default = [value for name, value in pairs if name == "default"]
    if len(named) + len(default) != 1:
        raise MalformedRequest("Name one graph: /graphs?default, or /graphs?graph=IRI.")
    return named[0] if named else None


def _media_type(content_type: str | None) -> str:
    if content_type is None:
        raise MalformedRequest(
            f"A request with a body needs a Content-Type: {FORM} for a form with a field named query, "
            f"or {DIRECT} for a query as the body."
        )
    media_type, *rest = (part.strip() for part in content_type.lower().split(";"))
    charset = next((part[8:].strip('"') for part in rest if part.startswith("charset=")), "utf-8")
    if media_type not in (FORM, DIRECT):
        raise UnsupportedMediaType(
            f"The body is {media_type or 'of no media type'!r}. Send {DIRECT} or {FORM}.",
            available=[DIRECT, FORM],
        )
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType(
            f"The body is in the charset {charset!r}. SPARQL is sent as UTF-8.", available=["utf-8"]
        )
    return media_type


def _not_twice(in_url: list[tuple[str, str]], in_body: list[tuple[str, str]]) -> None:
    for name in ("query", "default-graph-uri", "named-graph-uri"):
        if any(key == name for key, _ in in_url) and any(key == name for key, _ in in_body):
            raise MalformedRequest(
                f"The parameter {name} is both in the URL and in the body. Send it only once."
            )


def _request(pairs: list[tuple[str, str]]) -> SparqlRequest:
    values = dict(pairs)
    if "query" not in values:
        raise MalformedRequest(_missing_query(values))
    if len(values) < len(pairs):
        _refuse_repeated(pairs)
    _known_version(values.get("version"))
    default, named = (
        tuple(dict.fromkeys(_graphs(pairs, name)))
        for name in ("default-graph-uri", "named-graph-uri")
    )
    given = bool(default or named)
    return SparqlRequest(
        values["query"],
        default if given else None,
        named if given else None,
        _timeout(values.get("timeout")),
        flag(pairs, INFER),
        requested_formats(pairs),
        evidence(pairs),
        values.get(LABELS, ""),
        tuple((name[1:], value) for name, value in pairs if _BINDING.match(name)),
        flag(pairs, CALL) is not False,
    )


def _known_version(value: str | None) -> None:
    """Check the version of SPARQL that a client requests (SPARQL 1.2 Protocol)."""
    if value not in (None, *VERSIONS):
        raise MalformedRequest(
            f"The parameter version has the value {value!r}. Supported: {', '.join(VERSIONS)}."
        )


def _refuse_repeated(pairs: list[tuple[str, str]]) -> None:
    counted = Counter(name for name, _ in pairs)
    for name in _ONCE:
        if counted[name] > 1:
            raise MalformedRequest(
                f"The parameter {name} is given {counted[name]} times. Give it once."
            )


def _missing_query(values: dict[str, str]) -> str:
    if "update" in values:
        return "This endpoint is read-only: it answers queries and accepts no updates."
    return (
        "The parameter query is missing. Ask like this: /sparql?query=SELECT%20*%20%7B%20%3Fs%20..."
    )


def _graphs(pairs: list[tuple[str, str]], wanted: str) -> Iterator[str]:
    for name, value in pairs:
        if name != wanted:
            continue
        iri = in_full(value)
        if not _ABSOLUTE_IRI.match(iri):
            raise MalformedRequest(
                f"The parameter {name} has the value {value!r}, which is not an absolute IRI. "
                "Give one such as https://w3id.org/gbagraph/graph/article."
            )
        yield iri


def flag(pairs: Iterable[tuple[str, str]], name: str, known: str = "true or false") -> bool | None:
    """The value of a parameter that is ``true`` or ``false``; None if it is not given.

    Raises:
        MalformedRequest: it has another value than the caller takes, which *known* names.
    """
    value = dict(pairs).get(name)
    if value is None:
        return None
    if value.lower() not in ("true", "false"):
        raise MalformedRequest(f"The parameter {name} has the value {value!r}. Give {known}.")
    return value.lower() == "true"


def evidence(pairs: Collection[tuple[str, str]]) -> Explained:
    """Whether rows are to come with evidence, and whether that is to be brief."""
    value = dict(pairs).get(EVIDENCE)
    if value and value.lower() == BRIEF:
        return BRIEF
    return value is not None and flag(pairs, EVIDENCE, "true, false or brief") is True


def _timeout(value: str | None) -> float | None:
    """The requested time limit in seconds; clients use this name for other things, too."""
    if value is None:
        return None
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value) or float(value) == 0:
        raise MalformedRequest(
            f"The parameter timeout has the value {value!r}. Give seconds above 0, such as 5 or 0.5."
        )
    return float(value)
