"""What stands in a request: parameters, header fields, bodies in JSON."""

import re
from urllib.parse import unquote_to_bytes, urlencode

from fuzzing.entrances.inputs import parts, texts
from gbagraph.endpoint import evaluation, response
from gbagraph.endpoint.request import Addresses, Request
from gbagraph.errors import RequestError
from gbagraph.features.reconcile import reconciliation
from gbagraph.features.reconcile.routes import _Body
from gbagraph.queries.catalog import all_queries
from gbagraph.rdf.formats import HTML
from gbagraph.rdf.result_formats import ALL
from gbagraph.sparql import negotiation, protocol
from gbagraph.web import context, templating

_BASE = re.compile(r"https?://[^\s/<>\"]+[^\s<>\"]*\Z")
_SOME = {"trusted": ("127.0.0.1",), "all": ("*",)}


def parameters(data: bytes) -> str:
    """Method, query string, media type and body of a request to the endpoint or a canned query."""
    method, query_string, media_type, body = parts(data, 4)
    assert protocol.unquoted(query_string) == unquote_to_bytes(query_string)
    pairs = protocol.parameters(query_string, "query string")
    again = protocol.parameters(urlencode(pairs).encode(), "query string")
    assert [pair for pair in pairs if pair != ("", "")] == [p for p in again if p != ("", "")]
    request = _request(query_string, {"content-type": media_type.decode("latin-1")}, body)
    request.method = method.decode("latin-1") or "GET"
    told = [
        _outcome(lambda: protocol.graph_store(protocol.parameters(query_string, "query string")))
    ]
    told.append(_outcome(lambda: evaluation.for_endpoint(request)))
    told += [_outcome(lambda query=query: _canned(query, request)) for query in _queries()]
    return min(told)


def _queries() -> list:
    return [query for query in all_queries().values() if query.parameters][:3]


def _canned(query, request: Request) -> str:
    return query.bind_references(evaluation.canned(request, query).given)[0]


def _outcome(ask) -> str:
    try:
        ask()
    except RequestError as problem:
        return type(problem).__name__
    return "read"


def accept(data: bytes) -> str:
    """Accept, Accept-Encoding, Accept-Language, and the parameters format and labels."""
    accepts, encodings, spoken, named, labels = (part.decode("latin-1") for part in parts(data, 5))
    offers = (*negotiation.EVERYTHING, HTML)
    found = negotiation.preferred(accepts, offers)
    assert found is None or found in offers
    assert response.choose(encodings) in ("", *response.ENCODERS)
    assert all(tag == tag.lower() for tag in negotiation.preferred_languages(spoken))
    for each in ALL.values():
        negotiation.preferred(accepts, each)
    negotiation.languages(labels)
    return negotiation.choose(accepts, offers, (named,) if named else ()).extension


def conditions(data: bytes) -> str:
    """If-None-Match, If-Modified-Since, Cookie, and Accept-Language."""
    tags, since, cookie, spoken = (part.decode("latin-1") for part in parts(data, 4))
    is_same = response.none_match(tags, '"a-gzip"')
    assert not is_same or "a-gzip" in tags
    is_old = response.not_modified_since(since, 1_700_000_000.0)
    request = _request(b"", {"cookie": cookie, "accept-language": spoken})
    assert context.language_of(request) in templating.LANGUAGES
    assert context.labels_of(request)
    return f"{is_same} {is_old}"


def forwarding(data: bytes) -> str:
    """Header fields of proxies and of traces, from whom they are believed and from whom not."""
    kind, *lines = data.split(b"\0")
    pairs = [
        (name.strip().lower(), value.strip())
        for name, _, value in (line.partition(b":") for line in lines)
        if name.isascii()
    ]
    told = []
    for trusted in _SOME.values():
        addresses = Addresses("", "/x" if kind else "", trusted)
        request = addresses.request(
            "GET", "/x/y", b"", pairs, peer=("127.0.0.1", 1), local=("localhost", 80)
        )
        assert _BASE.match(request.base), request.base
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", request.id)
        told.append(" ".join(sorted(request.forwarded)))
    return told[0] or "nothing is forwarded"


def json(data: bytes) -> str:
    """Bodies in JSON: queries and extensions of the Reconciliation Service, identifiers, callbacks."""
    which, body = data[:1], data[1:]
    if which == b"q":
        return f"{min(len(reconciliation.queries(body)), 3)} queries"
    if which == b"e":
        ids, _ = reconciliation.extension(body)
        return f"{min(len(ids), 3)} things"
    if which == b"c":
        callback, value = texts(body, 2)
        return reconciliation.called_back(callback, value)[:5]
    return f"{min(len(reconciliation.decoded(body, _Body, 'the body').iris), 3)} identifiers"


def _request(query_string: bytes, headers: dict[str, str], body: bytes = b"") -> Request:
    found = {name: value for name, value in headers.items() if value}
    return Request("GET", "/", query_string, found, "127.0.0.1", Addresses(), body=body)
