"""The tests of the protocol and of the service description: requests given in a manifest, by socket.

Requests are sent by the standard library's plain client, which adds no header that the test does not
have, but for Host, Content-Length and ``Accept-Encoding: identity``.
"""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pyoxigraph as ox

from conformance import rdf, results
from conformance.data import Loaded
from conformance.servers import Answer, Running
from conformance.suite import PROTOCOL, Failed, Test
from gbagraph.features.testing.cells import boolean_table

_SOLUTIONS: Final = frozenset({results.JSON, results.XML, results.CSV, results.TSV})
_BOOLEANS: Final = _SOLUTIONS | {"text/boolean"}
_GRAPHS: Final = frozenset(
    {
        *("application/n-triples", "application/rdf+xml", "application/ld+json", "text/turtle"),
        *("application/n-quads", "application/trig"),
    }
)
_FORMATS: Final = {"boolean": _BOOLEANS, "tabular": _SOLUTIONS, "RDF": _GRAPHS}
_ENCODINGS: Final = {"UTF-8": "utf-8", "UTF-16": "utf-16"}


@dataclass(frozen=True, slots=True)
class _Request:
    node: rdf.Term
    method: str
    target: str
    headers: dict[str, str]
    body: bytes | None


def dataset(test: Test, folder: Path) -> Loaded:
    """The named graphs that a protocol test asks for."""
    quads: list[ox.Quad] = []
    graph = test.manifest
    for node in graph.all(test.node, "ut:graphData"):
        file, name = graph.text(node, "ut:graph"), graph.text(node, "rdfs:label")
        if file is None or name is None:
            raise ValueError(f"{test.iri}: a graph without file or name")
        path = folder / test.group / file.rpartition("/")[2]
        quads += [
            ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(name))
            for quad in rdf.read(path, file)
        ]
    return Loaded(frozenset(quads))


def check(test: Test, server: Running) -> None:
    """Send the requests of a test and judge the responses, or the service description."""
    if test.kind == PROTOCOL:
        _check_requests(test, server)
    else:
        _check_description(test, server)


def _check_requests(test: Test, server: Running) -> None:
    requests = list(_requests(test))
    if not requests:
        raise ValueError(f"{test.iri} has no requests")
    for request in requests:
        answer = _send(server, request)
        expected = test.manifest.one(request.node, "ht:resp")
        if expected is None:
            raise ValueError(f"{test.iri}: a request without a response")
        _judge(test.manifest, expected, answer)


def _requests(test: Test) -> Iterator[_Request]:
    graph = test.manifest
    action = graph.one(test.node, "mf:action")
    for each in graph.all(action, "ht:requests") if action is not None else ():
        for node in graph.items(each):
            headers = {
                graph.text(header, "ht:fieldName") or "": graph.text(header, "ht:fieldValue") or ""
                for listed in graph.all(node, "ht:headers")
                for header in graph.items(listed)
            }
            yield _Request(
                node,
                graph.text(node, "ht:methodName") or "GET",
                (graph.text(node, "ht:absolutePath") or "").removeprefix("/sparql/"),
                headers,
                _body(graph, graph.one(node, "ht:body")),
            )


def _body(graph: rdf.Graph, node: rdf.Term | None) -> bytes | None:
    if node is None:
        return None
    encoding = _ENCODINGS[graph.text(node, "cnt:characterEncoding") or ""]
    return (graph.text(node, "cnt:chars") or "").encode(encoding)


def _send(server: Running, request: _Request) -> Answer:
    url = urlsplit(server.url)
    connection = http.client.HTTPConnection(url.netloc, timeout=30)
    try:
        connection.request(request.method, url.path + request.target, request.body, request.headers)
        response = connection.getresponse()
        media_type = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
        return Answer(response.status, media_type, response.read())
    finally:
        connection.close()


def _judge(graph: rdf.Graph, expected: rdf.Term, answer: Answer) -> None:
    statuses = [rdf.value(status)[-3:] for status in graph.all(expected, "mf:expectedStatus")]
    if not any(str(answer.status)[0] == status[0] for status in statuses):
        raise Failed(f"expected status {' or '.join(statuses)}, got {answer.status}")
    kind = graph.text(expected, "mf:expectedFormat")
    if kind is not None and answer.media_type not in _FORMATS[kind]:
        raise Failed(f"expected a {kind} format, got {answer.media_type or 'no type'}")
    boolean = graph.text(expected, "mf:expectedBoolean")
    if boolean is not None and _boolean(answer) != (boolean == "true"):
        raise Failed(f"expected {boolean}, got {answer.body[:100]!r}")


def _boolean(answer: Answer) -> bool:
    if answer.media_type == "text/boolean":
        return json.loads(answer.body) is True
    return results.read(answer.body, answer.media_type) == boolean_table(True)


# --- Service description ---------------------------------------------------------------------

_TYPES: Final = {
    "sd:endpoint": ("Service", None),
    "sd:supportedLanguage": ("Service", "Language"),
    "sd:languageExtension": ("Service", "Feature"),
    "sd:propertyFeature": ("Service", "Feature"),
    "sd:feature": ("Service", "Feature"),
    "sd:extensionFunction": ("Service", "Function"),
    "sd:extensionAggregate": ("Service", "Aggregate"),
    "sd:resultFormat": ("Service", None),
    "sd:inputFormat": ("Service", None),
    "sd:defaultEntailmentRegime": ("Service", "EntailmentRegime"),
    "sd:defaultSupportedEntailmentProfile": ("Service", "EntailmentProfile"),
    "sd:availableGraphs": ("Service", "GraphCollection"),
    "sd:defaultDataset": ("Service", "Dataset"),
    "sd:defaultGraph": ("Dataset", "Graph"),
    "sd:namedGraph": ("GraphCollection", "NamedGraph"),
    "sd:name": ("NamedGraph", None),
    "sd:graph": ("NamedGraph", "Graph"),
    "sd:entailmentRegime": ("NamedGraph", "EntailmentRegime"),
    "sd:supportedEntailmentProfile": ("NamedGraph", "EntailmentProfile"),
    # SPARQL 1.2 Service Description, working draft.
    "sd:supportedVersion": ("Service", None),
}
"""Properties of the vocabulary (SPARQL 1.1 Service Description, section 3): domain and range."""

_BROADER: Final = {"Dataset": {"GraphCollection", "Graph"}, "Aggregate": {"Function"}}
_INDIVIDUALS: Final = frozenset(
    {
        *("SPARQL10Query", "SPARQL11Query", "SPARQL11Update", "SPARQLQuery"),
        *("DereferencesURIs", "UnionDefaultGraph", "RequiresDataset", "EmptyGraphs"),
        *("BasicFederatedQuery", "SPARQL12Query", "SPARQL12Update"),
    }
)
_CLASSES: Final = {name for pair in _TYPES.values() for name in pair if name} | {"Graph"}


def _check_description(test: Test, server: Running) -> None:
    answer = _send(server, _Request(test.node, "GET", "", {"Accept": results.TURTLE}, None))
    if answer.status != 200 or answer.media_type not in _GRAPHS:
        raise Failed(
            f"a bare GET answered {answer.status} {answer.media_type}, not a description in RDF"
        )
    found = ox.RdfFormat.from_media_type(answer.media_type)
    graph = rdf.Graph(ox.parse(answer.body, format=found, base_iri=server.url))
    name = test.iri.rpartition("#")[2]
    checks = {
        "returns-rdf": lambda: _says_something(graph),
        "has-endpoint-triple": lambda: _names_endpoint(graph, server.url),
        "conforms-to-schema": lambda: _keeps_to_schema(graph),
    }
    if name not in checks:
        raise ValueError(f"{test.iri} is a test of a service description that is not known")
    checks[name]()


def _says_something(graph: rdf.Graph) -> None:
    if not graph.quads:
        raise Failed("the description is empty")


def _names_endpoint(graph: rdf.Graph, url: str) -> None:
    named = {
        rdf.value(end)
        for node in graph.subjects("sd:endpoint")
        for end in graph.all(node, "sd:endpoint")
    }
    if url not in named:
        raise Failed(f"no sd:endpoint is {url}; there are {sorted(named)}")


def _keeps_to_schema(graph: rdf.Graph) -> None:
    services = [
        node
        for node in graph.subjects("rdf:type")
        if rdf.iri("sd:Service") in map(rdf.value, graph.all(node, "rdf:type"))
    ]
    if not services:
        raise Failed("nothing is an sd:Service")
    for quad in graph.quads:
        _is_known(quad)
        _fits(graph, quad)
    for node in graph.subjects("sd:name"):
        if len(graph.all(node, "sd:name")) != 1:
            raise Failed(f"{node} has several names")


def _local(term: rdf.Term) -> str | None:
    """The name in the vocabulary of service descriptions, if the term is in it."""
    namespace = rdf.NAMESPACES["sd"]
    found = rdf.value(term)
    is_in = isinstance(term, ox.NamedNode) and found.startswith(namespace)
    return found.removeprefix(namespace) if is_in else None


def _is_known(quad: ox.Quad) -> None:
    predicate, object_ = _local(quad.predicate), _local(quad.object)
    if predicate is not None and f"sd:{predicate}" not in _TYPES:
        raise Failed(f"the vocabulary has no property sd:{predicate}")
    if object_ is not None and object_ not in _CLASSES | _INDIVIDUALS:
        raise Failed(f"the vocabulary has no sd:{object_}")


def _fits(graph: rdf.Graph, quad: ox.Quad) -> None:
    local = _local(quad.predicate)
    if local is None:
        return
    domain, range_ = _TYPES[f"sd:{local}"]
    if isinstance(quad.object, ox.Literal) and local != "supportedVersion":
        raise Failed(f"sd:{local} has a literal as its value: {quad.object}")
    for node, wanted in ((quad.subject, domain), (quad.object, range_)):
        types = {_local(found) for found in graph.all(node, "rdf:type")} - {None}
        fitting = {wanted} | {name for name, broader in _BROADER.items() if wanted in broader}
        if wanted is not None and types and not types & fitting:
            raise Failed(f"sd:{local} is used with {node}, which is {sorted(map(str, types))}")
