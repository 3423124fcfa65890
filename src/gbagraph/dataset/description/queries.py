"""The canned queries as RDF in graph/queries, computed at load, so that tools find them as examples.

Terms: SHACL-AF for executable queries and their parameters (sections 5.2 and 8), schema.org for keywords
and the endpoint, and spex:federatesWith for each endpoint that SERVICE names, as the SIB's collections
of examples have them. A query is named by an IRI below ``/query/``, a parameter by a fragment of it; the
local name of its path is its variable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

import pyoxigraph as ox

from gbagraph import publication
from gbagraph.dataset.description.void import Statement, name
from gbagraph.queries.catalog import all_queries
from gbagraph.rdf import namespaces
from gbagraph.rdf.namespaces import ONTOLOGY, graph_iri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.queries.canned import CannedQuery
    from gbagraph.queries.parameters import Parameter
    from gbagraph.rdf.formats import Kind

QUERIES: Final = ox.NamedNode(graph_iri("queries"))
"""The graph of the canned queries of the built-in dataset."""

_FORMS: Final[dict[Kind, tuple[str, str]]] = {
    "solutions": ("sh:SPARQLSelectExecutable", "sh:select"),
    "boolean": ("sh:SPARQLAskExecutable", "sh:ask"),
    "graph": ("sh:SPARQLConstructExecutable", "sh:construct"),
}


def graph() -> ox.NamedNode:
    """The graph of the canned queries of what is published; where nothing has a base, there is none."""
    return ox.NamedNode(urljoin(namespaces.base_iri(), "graph/queries"))


def add(store: ox.Store) -> None:
    """Add the canned queries to their graph in *store*; where nothing has a base, they have no IRIs."""
    if namespaces.base():
        store.extend(
            ox.Quad(ox.NamedNode(subject), name(curie), value, graph())
            for query in all_queries().values()
            for subject, curie, value in _described(query)
        )


def iri(query: CannedQuery) -> str:
    """The IRI of a canned query."""
    return f"{namespaces.folder()}query/{query.name}"


def _described(query: CannedQuery) -> Iterator[Statement]:
    subject = iri(query)
    form, text = _FORMS[query.kind]
    yield Statement(subject, "rdf:type", name("sh:SPARQLExecutable"))
    yield Statement(subject, "rdf:type", name(form))
    yield Statement(subject, "rdfs:label", ox.Literal(query.name, language="en"))
    yield Statement(subject, "rdfs:comment", ox.Literal(query.summary, language="en"))
    if query.description:
        description = ox.Literal(query.description, language="en")
        yield Statement(subject, "schema:description", description)
    yield Statement(subject, text, ox.Literal(query.body))
    if publication.current().is_own:
        yield Statement(subject, "sh:prefixes", ox.NamedNode(ONTOLOGY))
    yield Statement(subject, "schema:target", ox.NamedNode(f"{namespaces.folder()}sparql"))
    for service in query.services:
        yield Statement(subject, "spex:federatesWith", ox.NamedNode(service))
    for tag in query.tags:
        yield Statement(subject, "schema:keywords", ox.Literal(tag))
    for row in query.parameters:
        yield from _parameter(subject, row)


def _parameter(query: str, row: Parameter) -> Iterator[Statement]:
    subject = f"{query}#{row.name}"
    yield Statement(query, "sh:parameter", ox.NamedNode(subject))
    yield Statement(subject, "sh:path", ox.NamedNode(f"{query}#{row.variable}"))
    yield Statement(subject, "sh:name", ox.Literal(row.name))
    if row.description:
        yield Statement(subject, "sh:description", ox.Literal(row.description, language="en"))
    is_optional = ox.Literal(not row.required or row.default is not None)
    yield Statement(subject, "sh:optional", is_optional)
    yield from _values(subject, row)


def _values(subject: str, row: Parameter) -> Iterator[Statement]:
    """Which values a parameter takes, and the one that it has by default."""
    if row.type.name == "iri":
        yield Statement(subject, "sh:nodeKind", name("sh:IRI"))
    elif row.type.language:
        yield Statement(subject, "sh:datatype", name("rdf:langString"))
    elif row.type.datatype:
        yield Statement(subject, "sh:datatype", ox.NamedNode(row.type.datatype))
    if row.default is not None:
        yield Statement(subject, "sh:defaultValue", row.type.term(row.default))
