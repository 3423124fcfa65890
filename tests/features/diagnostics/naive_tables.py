"""Queries as a newcomer writes them, each with what is to be said of it, from the tables beside.

A table has a line for each query: the code of a diagnostic, the query (prefixes are added, unless it is
marked with ``!``), the suggestion, and the answer of the repaired query: rows with a bar between them,
cells with a comma; ``#7`` for a number of rows, ``some`` for any; nothing where nothing is repaired. A
cell is the local name of an IRI or the lexical form of a literal, an unbound one ``-``.
"""

import re
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pyshacl

import gbagraph
from gbagraph.features.diagnostics.diagnosis import Explainer
from gbagraph.rdf.namespaces import declarations

FOLDER = Path(__file__).parent

PREFIXES = """PREFIX m: <http://museum.example/id/>
PREFIX v: <http://museum.example/terms/>
PREFIX schema: <http://schema.org/>
PREFIX sdo: <https://schema.org/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
"""For the foreign graphs."""


class Naive(NamedTuple):
    """A line of a table."""

    code: str
    query: str
    suggestion: str
    answer: str


def table(name: str) -> list[Naive]:
    """The queries of a table."""
    lines = (FOLDER / "naive" / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [Naive(*line.split("\t")) for line in lines if line and not line.startswith("#")]


TABLES = ("article", "museum", "schema-org")


def explainer_of(name: str) -> Explainer:
    """What explains the queries of a table; schema.org in RDF comes with pySHACL."""
    if name == "article":
        return Explainer(gbagraph.open().store)
    path = FOLDER / "graphs" / "museum.ttl"
    if name == "schema-org":
        path = Path(pyshacl.__file__).parent / "assets" / "schema.ttl"
    store = ox.Store()
    store.load(path=str(path), format=ox.RdfFormat.TURTLE)
    return Explainer(store)


def prefixes_of(name: str) -> str:
    """The prefixes that the queries of a table need."""
    return declarations() if name == "article" else PREFIXES


def whole(query: str, prefixes: str) -> str:
    """A query of a table with the prefixes it needs."""
    return query[1:] if query.startswith("!") else prefixes + query


def cell(term) -> str:
    """A term as the tables have it."""
    if term is None:
        return "-"
    return re.sub(r"^.*[/#]", "", term.value) if isinstance(term, ox.NamedNode) else term.value


def answer(store: ox.Store, query: str) -> list[str]:
    """The rows of an answer, in a fixed order."""
    found = store.query(query, base_iri="http://base.example/")
    if isinstance(found, ox.QueryBoolean):
        return [str(bool(found)).lower()]
    if isinstance(found, ox.QueryTriples):
        return sorted(",".join(map(cell, triple)) for triple in found)
    return sorted(",".join(map(cell, row)) for row in found)


def written(rows: list[str]) -> str:
    """Rows as the tables have them: ``some`` where how many is no matter of the question."""
    text = " | ".join(rows)
    if len(rows) > 50:
        return "some"
    return text if len(text) <= 200 and "\n" not in text and "\t" not in text else f"#{len(rows)}"
