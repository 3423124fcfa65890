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
from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.term import Node

from conformance import results
from conformance.data import Loaded
from conformance.rdf import CNT, HT, MF, SD, UT, read
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
    node: Node
    method: str
    target: str
    headers: dict[str, str]
    body: bytes | None


def dataset(test: Test, folder: Path) -> Loaded:
    """The named graphs that a protocol test asks for."""
    quads: list[ox.Quad] = []
    graph = test.manifest
    for node in graph.objects(test.node, UT.graphData):
        file, name = _text(graph, node, UT.graph), _text(graph, node, RDFS.label)
        if not file or not name:
            raise ValueError(f"{test.iri}: a graph without file or name")
        path = folder / test.group / file.rpartition("/")[2]
        quads += [
            ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(name))
            for quad in read(path, file)
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
        expected = test.manifest.value(request.node, HT.resp)
        if expected is None:
            raise ValueError(f"{test.iri}: a request without a response")
        _judge(test.manifest, expected, answer)


def _requests(test: Test) -> Iterator[_Request]:
    graph = test.manifest
    action = graph.value(test.node, MF.action)
    for each in graph.objects(action, HT.requests) if action is not None else ():
        for node in graph.items(each):
            headers = {
                _text(graph, header, HT.fieldName): _text(graph, header, HT.fieldValue)
                for listed in graph.objects(node, HT.headers)
                for header in graph.items(listed)
            }
            yield _Request(
                node,
                _text(graph, node, HT.methodName) or "GET",
                _text(graph, node, HT.absolutePath).removeprefix("/sparql/"),
                headers,
                _body(graph, graph.value(node, HT.body)),
            )


def _text(graph: Graph, node: Node, predicate: URIRef) -> str:
    return str(graph.value(node, predicate) or "")


def _body(graph: Graph, node: Node | None) -> bytes | None:
    if node is None:
        return None
    encoding = _ENCODINGS[_text(graph, node, CNT.characterEncoding)]
    return _text(graph, node, CNT.chars).encode(encoding)


def _send(server: Running, request: _Request) -> Answer:
    url = urlsplit(server.url)
    connection = http.client.HTTPConnection(url.netloc, timeout=60)
    try:
        connection.request(request.method, url.path + request.target, request.body, request.headers)
        response = connection.getresponse()
        media_type = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
        return Answer(response.status, media_type, response.read())
    finally:
        connection.close()


def _judge(graph: Graph, expected: Node, answer: Answer) -> None:
    statuses = [status[-3:] for status in map(str, graph.objects(expected, MF.expectedStatus))]
    if not any(str(answer.status)[0] == status[0] for status in statuses):
        raise Failed(f"expected status {' or '.join(statuses)}, got {answer.status}")
    kind = _text(graph, expected, MF.expectedFormat)
    if kind and answer.media_type not in _FORMATS[kind]:
        raise Failed(f"expected a {kind} format, got {answer.media_type or 'no type'}")
    boolean = _text(graph, expected, MF.expectedBoolean)
    if boolean and _boolean(answer) != (boolean == "true"):
        raise Failed(f"expected {boolean}, got {answer.body[:100]!r}")


def _boolean(answer: Answer) -> bool:
    if answer.media_type == "text/boolean":
        return json.loads(answer.body) is True
    return results.read(answer.body, answer.media_type) == boolean_table(True)


# --- Service description ---------------------------------------------------------------------

_TYPES: Final = {
    "endpoint": ("Service", None),
    "supportedLanguage": ("Service", "Language"),
    "languageExtension": ("Service", "Feature"),
    "propertyFeature": ("Service", "Feature"),
    "feature": ("Service", "Feature"),
    "extensionFunction": ("Service", "Function"),
    "extensionAggregate": ("Service", "Aggregate"),
    "resultFormat": ("Service", None),
    "inputFormat": ("Service", None),
    "defaultEntailmentRegime": ("Service", "EntailmentRegime"),
    "defaultSupportedEntailmentProfile": ("Service", "EntailmentProfile"),
    "availableGraphs": ("Service", "GraphCollection"),
    "defaultDataset": ("Service", "Dataset"),
    "defaultGraph": ("Dataset", "Graph"),
    "namedGraph": ("GraphCollection", "NamedGraph"),
    "name": ("NamedGraph", None),
    "graph": ("NamedGraph", "Graph"),
    "entailmentRegime": ("NamedGraph", "EntailmentRegime"),
    "supportedEntailmentProfile": ("NamedGraph", "EntailmentProfile"),
    # SPARQL 1.2 Service Description, working draft.
    "supportedVersion": ("Service", None),
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
    graph = Graph().parse(data=answer.body, format=answer.media_type, publicID=server.url)
    name = test.iri.rpartition("#")[2]
    checks = {
        "returns-rdf": lambda: _says_something(graph),
        "has-endpoint-triple": lambda: _names_endpoint(graph, server.url),
        "conforms-to-schema": lambda: _keeps_to_schema(graph),
    }
    if name not in checks:
        raise ValueError(f"{test.iri} is a test of a service description that is not known")
    checks[name]()


def _says_something(graph: Graph) -> None:
    if not graph:
        raise Failed("the description is empty")


def _names_endpoint(graph: Graph, url: str) -> None:
    named = set(map(str, graph.objects(None, SD.endpoint)))
    if url not in named:
        raise Failed(f"no sd:endpoint is {url}; there are {sorted(named)}")


def _keeps_to_schema(graph: Graph) -> None:
    if (None, RDF.type, SD.Service) not in graph:
        raise Failed("nothing is an sd:Service")
    for subject, predicate, value in graph:
        _is_known(predicate, value)
        _fits(graph, subject, predicate, value)
    for node in graph.subjects(SD.name):
        if len(list(graph.objects(node, SD.name))) != 1:
            raise Failed(f"{node} has several names")


def _local(term: Node) -> str | None:
    """The name in the vocabulary of service descriptions, if the term is in it."""
    is_in = isinstance(term, URIRef) and term in SD
    return str(term).removeprefix(SD) if is_in else None


def _is_known(predicate: Node, value: Node) -> None:
    names = _local(predicate), _local(value)
    if names[0] is not None and names[0] not in _TYPES:
        raise Failed(f"the vocabulary has no property sd:{names[0]}")
    if names[1] is not None and names[1] not in _CLASSES | _INDIVIDUALS:
        raise Failed(f"the vocabulary has no sd:{names[1]}")


def _fits(graph: Graph, subject: Node, predicate: Node, value: Node) -> None:
    local = _local(predicate)
    if local is None:
        return
    domain, range_ = _TYPES[local]
    if isinstance(value, Literal) and local != "supportedVersion":
        raise Failed(f"sd:{local} has a literal as its value: {value}")
    for node, wanted in ((subject, domain), (value, range_)):
        types = {_local(found) for found in graph.objects(node, RDF.type)} - {None}
        fitting = {wanted} | {name for name, broader in _BROADER.items() if wanted in broader}
        if wanted is not None and types and not types & fitting:
            raise Failed(f"sd:{local} is used with {node}, which is {sorted(map(str, types))}")
