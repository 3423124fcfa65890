"""Read the results of queries, in every format that a suite or a server writes.

The readers of SPARQL JSON, XML, CSV and TSV are written here, on the standard library, so that the
engine's own reader cannot forgive what its writer does wrong. They are strict: what the format does
not have is an error.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar, cast
from xml.etree import ElementTree as ET

import pyoxigraph as ox

from conformance import rdf

_T = TypeVar("_T")

Row = tuple[rdf.Term | None, ...]

JSON: Final = "application/sparql-results+json"
XML: Final = "application/sparql-results+xml"
CSV: Final = "text/csv"
TSV: Final = "text/tab-separated-values"
TURTLE: Final = "text/turtle"

_RDF: Final = {
    TURTLE: ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}
_MEDIA_TYPES: Final = {
    "srj": JSON,
    "srx": XML,
    "csv": CSV,
    "tsv": TSV,
    "ttl": TURTLE,
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
}


@dataclass(frozen=True, slots=True)
class Solutions:
    """Rows of a SELECT query; *ordered* if their order is part of the answer."""

    variables: tuple[str, ...]
    rows: list[Row] = field(repr=False)
    ordered: bool = False
    typed: bool = True


@dataclass(frozen=True, slots=True)
class Boolean:
    """The answer of an ASK query."""

    answer: bool


@dataclass(frozen=True, slots=True)
class Triples:
    """The graph that a CONSTRUCT or DESCRIBE query answers."""

    rows: list[Row] = field(repr=False)


Result = Solutions | Boolean | Triples


@dataclass(frozen=True, slots=True)
class Expected:
    """What a test expects, and the media type to ask for so that it can be compared."""

    result: Result
    media_type: str


def expected(path: Path, base: str, rewrite: Callable[[str], str]) -> Expected:
    """Read the result file of a test; its format is asked of the server too, if it is one."""
    media_type = _MEDIA_TYPES.get(path.suffix.lstrip("."))
    if media_type is None:
        raise ValueError(f"{path.name}: a result in an unknown format")
    text = rewrite(path.read_bytes().decode())
    if media_type not in _RDF:
        return Expected(read(text.encode(), media_type), media_type)
    graph = rdf.Graph(ox.parse(text, format=_RDF[media_type], base_iri=base))
    if found := _result_set(graph):
        return Expected(found, JSON)
    return Expected(_triples(graph), media_type)


def read(body: bytes, media_type: str) -> Result:
    """Read the body of an answer.

    Raises:
        ValueError: it is not what its media type says.
    """
    readers = {JSON: _json, XML: _xml, CSV: _csv, TSV: _tsv}
    try:
        if media_type in _RDF:
            return _triples(rdf.Graph(ox.parse(body, format=_RDF[media_type])))
        return readers[media_type](body)
    except (SyntaxError, LookupError, TypeError, AttributeError, csv.Error) as problem:
        kind = type(problem).__name__
        raise ValueError(f"the body is no {media_type}: {kind}: {problem}") from problem


def _triples(graph: rdf.Graph) -> Triples:
    distinct = {(quad.subject, quad.predicate, quad.object) for quad in graph.quads}
    return Triples([row for row in distinct if row])


def _solutions(variables: list[str], bindings: list[dict[str, rdf.Term]]) -> Solutions:
    if unknown := set().union(*bindings) - set(variables):
        raise ValueError(f"bindings of variables that the head does not list: {sorted(unknown)}")
    if len(set(variables)) < len(variables):
        raise ValueError("the head lists a variable twice")
    names = tuple(sorted(variables))
    return Solutions(names, [tuple(map(binding.get, names)) for binding in bindings])


# --- JSON ------------------------------------------------------------------------------------


def _json(body: bytes) -> Result:
    document = json.loads(body.decode())
    if "boolean" in document:
        return Boolean(_is(bool, document["boolean"]))
    bindings = [
        {name: _json_term(term) for name, term in row.items()}
        for row in document["results"]["bindings"]
    ]
    return _solutions(document["head"].get("vars", []), bindings)


def _is(kind: type[_T], found: Any) -> _T:
    if not isinstance(found, kind):
        raise TypeError(f"{found!r} where a {kind.__name__} must stand")
    return found


def _json_term(term: dict[str, Any]) -> rdf.Term:
    members = dict(term)
    kind, found = members.pop("type"), members.pop("value")
    made: rdf.Term
    if kind == "literal":
        made = _literal(
            _is(str, found),
            members.pop("datatype", None),
            members.pop("xml:lang", None),
            members.pop("its:dir", None),
        )
    else:
        made = _json_resource(kind, found)
    if members:
        raise ValueError(f"members that a term does not have: {sorted(members)}")
    return made


def _json_resource(kind: str, found: Any) -> rdf.Term:
    if kind == "uri":
        return ox.NamedNode(_is(str, found))
    if kind == "bnode":
        return ox.BlankNode(_label(found))
    if kind == "triple":
        subject, predicate, object_ = (
            _json_term(found[name]) for name in ("subject", "predicate", "object")
        )
        return _triple(subject, predicate, object_)
    raise ValueError(f"a term of the unknown type {kind!r}")


def _label(text: str) -> str:
    """A blank node label that the engine's class takes, whatever the server's labels look like."""
    return "b" + text.encode().hex()


def _literal(
    text: str, datatype: str | None, language: str | None, direction: str | None
) -> ox.Literal:
    if language:
        base = {"ltr": ox.BaseDirection.LTR, "rtl": ox.BaseDirection.RTL, None: None}[direction]
        return ox.Literal(text, language=language, direction=base)
    return ox.Literal(text, datatype=ox.NamedNode(datatype)) if datatype else ox.Literal(text)


def _triple(subject: Any, predicate: Any, object_: Any) -> ox.Triple:
    return ox.Triple(subject, predicate, object_)


# --- XML -------------------------------------------------------------------------------------

_SPARQL = "{http://www.w3.org/2005/sparql-results#}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_DIRECTION = "{http://www.w3.org/2005/11/its}dir"


def _xml(body: bytes) -> Result:
    try:
        document = ET.fromstring(body)
    except ET.ParseError as problem:
        raise ValueError(f"not well-formed XML: {problem}") from None
    if document.tag != f"{_SPARQL}sparql":
        raise ValueError(f"the root is {document.tag}")
    answer = document.find(f"{_SPARQL}boolean")
    if answer is not None:
        return Boolean({"true": True, "false": False}[(answer.text or "").strip()])
    variables = [found.attrib["name"] for found in document.iterfind(f"*/{_SPARQL}variable")]
    results = document.find(f"{_SPARQL}results")
    if results is None:
        raise ValueError("neither results nor boolean")
    rows = [
        {binding.attrib["name"]: _xml_term(_only(binding)) for binding in result}
        for result in results.iterfind(f"{_SPARQL}result")
    ]
    return _solutions(variables, rows)


def _only(element: ET.Element) -> ET.Element:
    (child,) = element
    return child


def _xml_term(element: ET.Element) -> rdf.Term:
    kind, text = element.tag.removeprefix(_SPARQL), element.text or ""
    if kind == "uri":
        return ox.NamedNode(text.strip())
    if kind == "bnode":
        return ox.BlankNode(_label(text.strip()))
    if kind == "literal":
        found = element.attrib
        return _literal(text, found.get("datatype"), found.get(_LANGUAGE), found.get(_DIRECTION))
    if kind == "triple":
        parts = {part.tag.removeprefix(_SPARQL): _xml_term(_only(part)) for part in element}
        return _triple(parts["subject"], parts["predicate"], parts["object"])
    raise ValueError(f"a term of the unknown type {kind!r}")


# --- CSV and TSV -----------------------------------------------------------------------------


def _csv(body: bytes) -> Solutions:
    """CSV keeps no types: terms are read as the strings that stand there, blank nodes apart."""
    head, *lines = csv.reader(io.StringIO(body.decode(), newline=""), strict=True)
    if any(len(line) != len(head) for line in lines):
        raise ValueError("a row has another number of fields than the head")
    bindings = [
        {name: _csv_term(cell) for name, cell in zip(head, line, strict=True) if cell}
        for line in lines
    ]
    found = _solutions(head, bindings)
    return Solutions(found.variables, found.rows, typed=False)


def _csv_term(cell: str) -> rdf.Term:
    return ox.BlankNode(_label(cell[2:])) if cell.startswith("_:") else ox.Literal(cell)


def _tsv(body: bytes) -> Solutions:
    head, *lines = (line.split("\t") for line in _lines(body.decode()))
    if any(len(line) != len(head) for line in lines):
        raise ValueError("a row has another number of fields than the head")
    if any(not name.startswith("?") for name in head if name):
        raise ValueError("a name in the head does not begin with a question mark")
    names = [name[1:] for name in head if name]
    rows = [
        {n: _tsv_term(cell) for n, cell in zip(names, line, strict=False) if cell} for line in lines
    ]
    return _solutions(names, rows)


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n")


def _tsv_term(cell: str) -> rdf.Term:
    if cell.startswith("_:"):
        return ox.BlankNode(_label(cell[2:]))
    (quad,) = ox.parse(f"<x:s> <x:p> {cell} .", format=ox.RdfFormat.TURTLE)
    return cast("rdf.Term", quad.object)


# --- Result sets as RDF ----------------------------------------------------------------------


def _result_set(graph: rdf.Graph) -> Result | None:
    """The result that a graph in the DAWG's result-set vocabulary describes, if it is one."""
    for node in graph.subjects("rdf:type"):
        if graph.text(node, "rdf:type") == rdf.iri("rs:ResultSet"):
            answer = graph.text(node, "rs:boolean")
            return _described(graph, node) if answer is None else Boolean(answer == "true")
    return None


def _described(graph: rdf.Graph, node: rdf.Term) -> Solutions:
    variables = [rdf.value(name) for name in graph.all(node, "rs:resultVariable")]
    solutions = graph.all(node, "rs:solution")
    positions = [graph.text(solution, "rs:index") for solution in solutions]
    ordered = bool(solutions) and None not in positions
    if ordered:
        solutions = [
            solution
            for _, solution in sorted(
                zip(positions, solutions, strict=True), key=lambda pair: int(pair[0] or 0)
            )
        ]
    found = _solutions(variables, [dict(_bindings(graph, each)) for each in solutions])
    return Solutions(found.variables, found.rows, ordered)


def _bindings(graph: rdf.Graph, solution: rdf.Term) -> Iterator[tuple[str, rdf.Term]]:
    for binding in graph.all(solution, "rs:binding"):
        found = graph.one(binding, "rs:value")
        if found is not None:
            yield graph.text(binding, "rs:variable") or "", found
