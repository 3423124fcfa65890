"""Read the results of queries as tables, in every format that a suite or a server writes."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import pyoxigraph as ox

from conformance.rdf import RS
from gbagraph.features.testing import reading
from gbagraph.features.testing.cells import Cell, Table, graph_table

JSON: Final = "application/sparql-results+json"
XML: Final = "application/sparql-results+xml"
CSV: Final = "text/csv"
TSV: Final = "text/tab-separated-values"
TURTLE: Final = "text/turtle"

_RESULTS: Final = {
    JSON: ox.QueryResultsFormat.JSON,
    XML: ox.QueryResultsFormat.XML,
    TSV: ox.QueryResultsFormat.TSV,
}
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


class Expected(NamedTuple):
    """The result that a test expects, and the media type to ask for so that it can be compared."""

    table: Table
    media_type: str
    ordered: bool = False


def expected(path: Path, base: str, rewrite: Callable[[str], str]) -> Expected:
    """Read the result file of a test; the server is asked for its format too, if it is one.

    A graph in the DAWG's result-set vocabulary stands for the rows that it describes.
    """
    media_type = _MEDIA_TYPES.get(path.suffix.lstrip("."))
    if media_type is None:
        raise ValueError(f"{path.name}: a result in an unknown format")
    text = rewrite(path.read_bytes().decode())
    if media_type not in _RDF:
        return Expected(read(text.encode(), media_type), media_type)
    triples = [quad.triple for quad in ox.parse(text, format=_RDF[media_type], base_iri=base)]
    rows = reading.result_set(triples)
    if rows is None:
        return Expected(graph_table(triples), media_type)
    index = ox.NamedNode(RS["index"])
    return Expected(rows, JSON, ordered=any(triple.predicate == index for triple in triples))


def read(body: bytes, media_type: str) -> Table:
    """Read the body of an answer.

    Raises:
        ValueError: it is not what its media type says.
    """
    if media_type == JSON and b'"typed-literal"' in body:
        raise ValueError("a term of a type that only a draft of the format had")
    try:
        if media_type == CSV:
            return _csv(body)
        if media_type in _RDF:
            return graph_table(ox.parse(body, format=_RDF[media_type]))
        return reading.read(ox.parse_query_results(body, _RESULTS[media_type]))
    except (SyntaxError, LookupError, csv.Error) as problem:
        raise ValueError(f"the body is no {media_type}: {problem!r}") from problem


def _csv(body: bytes) -> Table:
    """Read CSV, which keeps no types: each term as the string that stands there, blank nodes apart."""
    head, *lines = csv.reader(io.StringIO(body.decode(), newline=""), strict=True)
    if any(len(line) != len(head) for line in lines):
        raise ValueError("a row has another number of fields than the head")
    return Table(tuple(head), tuple(tuple(map(_csv_term, line)) for line in lines))


def _csv_term(cell: str) -> Cell:
    if not cell:
        return None
    return ox.BlankNode(cell[2:]) if cell.startswith("_:") else ox.Literal(cell)
