"""The service description (SPARQL 1.1 Service Description), computed from what is served.

Of the dataset of others it says what they say of it, in the terms of VoID and DCAT 3.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.dataset import void
from gbagraph.dataset.catalog import Download, checksum, declared, media_type
from gbagraph.dataset.identity import queries_graph as graph_of_queries
from gbagraph.dataset.void import Figures, Statement, facts, name
from gbagraph.rdf.dataset import named_node
from gbagraph.rdf.formats import GRAPHS, GraphFormat, narrowed
from gbagraph.rdf.namespaces import BASE, DATASET, PREFIXES, SERVICE, prefixes
from gbagraph.rdf.result_formats import TABLES
from gbagraph.sparql.functions import (
    CASTS,
    FUNCTIONS_OF_XPATH,
    GEOSPARQL,
    NAMED,
    OF_GEOMETRIES,
    XPATH,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gbagraph.dataset.identity import Description
    from gbagraph.publication import Publication
    from gbagraph.rdf.formats import Format


_CASTS: Final = (
    *("date", "time", "duration", "yearMonthDuration", "dayTimeDuration"),
    *("gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay"),
)
"""Types of XML Schema to which the engine casts values beside those of SPARQL 1.1, section 17.5."""

_OF_POLYGONS: Final = "Of polygons, single or multiple; of other geometries it has no value."
_OF_ONE_KIND: Final = (
    "Of points, lines or polygons; of a GEOMETRYCOLLECTION the value may be wrong."
)
_REMARKS: Final = {
    NAMED: "Takes a thing (a variable or an IRI) and words (a text in quotation marks): whether one of "
    "its names, in any language, has all of the words in it, whatever their case.",
    **{iri: _OF_ONE_KIND for iri, number in OF_GEOMETRIES.items() if number > 1},
    **{
        f"{GEOSPARQL}{function}": _OF_POLYGONS
        for function in ("area", "difference", "intersection", "symDifference", "union")
    },
    f"{GEOSPARQL}distance": "Of two points; of other geometries it has no value.",
    f"{GEOSPARQL}envelope": "A polygon always, also of a point.",
    f"{GEOSPARQL}asGeoJSON": "Of longitude and latitude; a third coordinate is left out.",
}
"""What is said of a function: its arguments, and of which geometries its values hold."""

EXTENSION_FUNCTIONS: Final = (
    *OF_GEOMETRIES,
    *(PREFIXES["xsd"] + name for name in _CASTS),
    *CASTS,
    *FUNCTIONS_OF_XPATH,
    NAMED,
)


def described(
    publication: Publication, iri: str, site: str, files: Iterable[Download]
) -> Iterator[Statement]:
    """Yield what is said of the dataset *iri*, published at *site* with *files*, but for its title.

    Nodes have IRIs as fragments of the document of *iri*: there is no blank one.
    """
    yield from facts(
        iri,
        ("rdf:type", name("void:Dataset")),
        ("rdf:type", name("dcat:Dataset")),
        ("dcterms:description", publication.description or None),
        ("dcat:landingPage", _named(publication.home)),
        ("void:sparqlEndpoint", ox.NamedNode(f"{site}/sparql")),
    )
    yield from _rights(publication, iri)
    yield from _agents(iri, "publisher", filter(None, [publication.publisher]))
    yield from _agents(iri, "creator", publication.about.creator)
    yield from _about(publication, iri)
    yield from _files(publication, iri, site, files)


def _rights(publication: Publication, iri: str) -> Iterator[Statement]:
    """Yield the licence; in words it has no IRI, which DCAT wants, so these are DC 1.1's rights."""
    licence = _named(publication.license)
    words = publication.license or None
    return facts(
        iri, ("dcterms:license", licence), ("dc:rights", None if licence is not None else words)
    )


def _agents(iri: str, role: str, said: Iterable[str]) -> Iterator[Statement]:
    """Yield who has a *role*: agents by their IRIs, or those that have just a name."""
    for number, each in enumerate(said):
        agent = _named(each)
        if agent is None:
            agent = _fragment(iri, f"{role}-{number}" if number else role)
            yield from facts(agent.value, ("rdf:type", name("foaf:Agent")), ("foaf:name", each))
        yield Statement(iri, f"dcterms:{role}", agent)


def _about(publication: Publication, iri: str) -> Iterator[Statement]:
    """Yield what else is said for catalogues."""
    about = publication.about
    issued = ox.Literal(about.issued, datatype=name("xsd:date")) if about.issued else None
    words = [ox.Literal(each, language=publication.language) for each in about.keywords]
    yield from facts(
        iri,
        ("dcat:version", about.version or None),
        ("dcterms:issued", issued),
        ("dcterms:identifier", about.doi or None),
        *(("dcat:keyword", word) for word in words),
        *(("dc:language", tag) for tag in about.languages),
        *(("dcterms:source", ox.NamedNode(each)) for each in about.sources),
    )
    if about.contact:
        contact, reach = _fragment(iri, "contact"), ox.NamedNode(about.contact)
        is_mail = about.contact.startswith("mailto:")
        yield Statement(iri, "dcat:contactPoint", contact)
        yield from facts(
            contact.value,
            ("rdf:type", name("vcard:Kind")),
            ("vcard:fn", publication.publisher or publication.title),
            ("vcard:hasEmail" if is_mail else "vcard:hasURL", reach),
        )


def _files(
    publication: Publication, iri: str, site: str, files: Iterable[Download]
) -> Iterator[Statement]:
    for download in files:
        file = _fragment(iri, f"file-{download.format.extension}")
        url = ox.NamedNode(f"{site}/dumps/{download.file}")
        yield from facts(iri, ("void:dataDump", url), ("dcat:distribution", file))
        yield from facts(
            file.value,
            ("rdf:type", name("dcat:Distribution")),
            ("dcterms:title", ox.Literal(download.title, language="en")),
            ("dcat:downloadURL", url),
            ("dcat:accessURL", ox.NamedNode(f"{site}/")),
        )
        yield from media_type(file.value, download.format.media_type)
        yield from _rights(publication, file.value)


def _fragment(iri: str, end: str) -> ox.NamedNode:
    return ox.NamedNode(f"{iri.partition('#')[0]}#{end}")


def _named(text: str) -> ox.NamedNode | None:
    """Return the node of *text* if it is an address on the web; people also write words there."""
    return named_node(text) if text.startswith(("https://", "http://")) else None


_SPARQL: Final = "http://www.w3.org/ns/sparql#version-"
_LANGUAGES: Final = ("sd:SPARQL11Query", "sd:SPARQLQuery")
_VERSIONS: Final = ("1.0", "1.1", "1.2")
_PREFIXES = {
    name: PREFIXES[name]
    for name in ("sd", "void", "dcat", "dc", "dcterms", "foaf", "owl", "sh", "spdx", "xsd")
} | {
    "void-ext": void.EXTENSION,
    "service": SERVICE,
    "geof": GEOSPARQL,
    "fn": XPATH,
}
_OURS: Final = {
    **{part: f"{DATASET}/{part}/" for part in ("class", "property")},
    "dataset": f"{DATASET}/",
    "query": f"{BASE}query/",
}
"""Prefixes that make the description of the built-in dataset short."""


def queries() -> dict[str, str]:
    """Return the queries over the default graph from whose rows :func:`statistics` are made, by name.

    The descriptions of the canned queries stand there too, but are not of the data.
    """
    without = f"MINUS {{ GRAPH {graph_of_queries()} {{ ?s ?any ?one }} }}"
    return void.queries(without=without) | void.schema_queries(without)


_LARGEST: Final = 1000
"""Properties of classes that are said: about a megabyte of Turtle, which every planner reads."""


def statistics(endpoint: str, figures: Figures, prefixes: Mapping[str, str]) -> Iterator[Statement]:
    """Yield the VoID statistics of the default graph, its schema, and the prefixes in use.

    *figures* are the rows of :func:`queries`. The built-in dataset says this in graph/meta; in the data
    of others nothing is added, so their service says it.
    """
    graph = f"{endpoint}#default-graph"
    yield from void.statistics(graph, graph, figures)
    uses = void.schema_of_rows(figures)
    if len(uses) <= _LARGEST:
        yield from void.schema_partitions(graph, uses)
    yield from declared(endpoint, f"{endpoint}#prefix-", prefixes)


def counted(endpoint: str, triples: int, counts: Mapping[str, Any]) -> Iterator[Statement]:
    """Yield the statistics of a default graph with *triples* from an index, or why it has none.

    *counts* has ``properties`` and ``classes``, lists of IRIs with numbers, or says in ``index`` that
    they are being counted (``building``) or are not (``off``).
    """
    graph, why = f"{endpoint}#default-graph", _WITHOUT.get(counts["index"], "")
    if why:
        yield Statement(graph, "rdfs:comment", ox.Literal(why, language="en"))
    rows = {kind: counts.get(kind, ()) for kind in ("properties", "classes")}
    if 0 < sum(map(len, rows.values())) <= _LARGEST:
        yield from void.statistics(graph, graph, {"sizes": [(str(triples),)], **rows})


_WITHOUT: Final = {
    "building": "Its properties and classes are being counted; ask again later.",
    "off": "Its properties and classes are not counted: the index of the store is turned off.",
}
"""What is said in place of statistics, by the state of the index."""


def _hash(dataset: str, description: Description) -> Iterator[Statement]:
    """Yield the hash of the data, on the version that has it."""
    version = f"{DATASET}/{description.version}" if description.built_in else dataset
    if description.built_in:
        yield Statement(dataset, "dcat:hasCurrentVersion", ox.NamedNode(version))
    yield from checksum(version, description.hash.removeprefix("sha256:"))


def dataset_iri(endpoint: str, description: Description) -> str:
    """The IRI of the dataset of the service at the URL *endpoint*."""
    return DATASET if description.built_in else f"{endpoint}#dataset"


def triples(
    endpoint: str, description: Description, more: Iterable[Statement] = ()
) -> Iterator[ox.Triple]:
    """Yield the description of the service at the URL *endpoint* and *more* of it, without blank nodes.

    The service has the IRI of its endpoint: Comunica reads what is said of no other subject.
    """
    said = list(more)
    for subject, curie, value in chain(_statements(endpoint, description, said), said):
        yield ox.Triple(ox.NamedNode(subject), name(curie), value)


def _statements(
    endpoint: str, description: Description, more: Iterable[Statement]
) -> Iterator[Statement]:
    service, default = endpoint, ox.NamedNode(f"{endpoint}#default-graph")
    dataset = dataset_iri(endpoint, description)
    formats = dict.fromkeys(offer.iri for offer in (*TABLES, *GRAPHS))
    yield from facts(
        service,
        ("rdf:type", name("sd:Service")),
        ("sd:endpoint", ox.NamedNode(endpoint)),
        *(("sd:supportedLanguage", name(language)) for language in _LANGUAGES),
        *(("sd:supportedVersion", ox.NamedNode(_SPARQL + end)) for end in _VERSIONS),
        *(("sd:resultFormat", ox.NamedNode(iri)) for iri in formats),
        *(("sd:extensionFunction", ox.NamedNode(iri)) for iri in EXTENSION_FUNCTIONS),
        ("sd:defaultDataset", ox.NamedNode(dataset)),
        ("sd:availableGraphs", ox.NamedNode(dataset)),
    )
    yield from facts(
        dataset,
        ("rdf:type", name("sd:Dataset")),
        ("dcterms:title", description.title),
        ("owl:versionInfo", description.version),
    )
    if description.hash:
        yield from _hash(dataset, description)
    yield Statement(dataset, "sd:defaultGraph", default)
    yield Statement(default.value, "rdf:type", name("sd:Graph"))
    if description.is_union or description.is_merge:
        yield Statement(service, "sd:feature", name("sd:UnionDefaultGraph"))
    # How many triples a union has is not known: some are in several graphs.
    if not description.is_union and not any(
        row[:2] == (default.value, "void:triples") for row in more
    ):
        yield from facts(default.value, ("void:triples", description.default_graph))
    yield from _named_graphs(endpoint, dataset, description)
    for function in EXTENSION_FUNCTIONS:
        remark = _REMARKS.get(function)
        said = None if remark is None else ox.Literal(remark, language="en")
        yield from facts(function, ("rdf:type", name("sd:Function")), ("rdfs:comment", said))


def _named_graphs(endpoint: str, dataset: str, description: Description) -> Iterator[Statement]:
    """Yield the graphs that a query can name, and their sizes."""
    for position, (graph, size) in enumerate(description.graphs.items(), start=1):
        entry = ox.NamedNode(f"{endpoint}#named-graph-{position}")
        # The graphs of the built-in dataset are described in graph/meta, under their own names.
        described = graph if description.built_in else f"{entry.value}-graph"
        yield Statement(dataset, "sd:namedGraph", entry)
        yield from facts(
            entry.value,
            ("rdf:type", name("sd:NamedGraph")),
            ("sd:name", ox.NamedNode(graph)),
            ("sd:graph", ox.NamedNode(described)),
        )
        yield from facts(described, ("rdf:type", name("sd:Graph")), ("void:triples", size))


def serialize(
    endpoint: str,
    description: Description,
    offer: GraphFormat,
    more: Iterable[Statement] = (),
    apart: Iterable[ox.Triple] = (),
) -> bytes:
    """The description, *more* of it, and what the data say *apart*, in the given format."""
    said = _with_short_names(endpoint, chain(triples(endpoint, description, more), apart))
    names = _ours(endpoint.removesuffix("/sparql")) if description.built_in else {}
    return _written(dict.fromkeys(said), offer, {"part": f"{endpoint}#part-", **names})


def rewritten(said: Iterable[ox.Triple], offer: Format, site: str) -> bytes:
    """What the built-in dataset says of itself, in the given format with its prefixes at *site*."""
    return _written(said, narrowed(offer, GraphFormat), _ours(site))


def _ours(site: str) -> dict[str, str]:
    return {**_OURS, "dumps": f"{site}/dumps/"}


def located(text: bytes, site: str, own: Iterable[str]) -> Iterator[ox.Triple]:
    """Yield what the built-in dataset says in Turtle, as it is of the server at the address *site*.

    Addresses below one of its *own* paths are moved there. IRIs that name things are the same on all.
    """
    beginnings = tuple(f"{BASE}{path}" for path in own)
    for quad in ox.parse(text, format=ox.RdfFormat.TURTLE):
        value: Any = quad.object
        if isinstance(value, ox.NamedNode) and value.value.startswith(beginnings):
            value = ox.NamedNode(f"{site}/{value.value.removeprefix(BASE)}")
        yield ox.Triple(quad.subject, quad.predicate, value)


def _written(said: Iterable[ox.Triple], offer: GraphFormat, names: Mapping[str, str]) -> bytes:
    named = {**prefixes(), **_PREFIXES, **names}
    return ox.serialize(said, format=offer.rdf_format, prefixes=named) or b""


def _with_short_names(endpoint: str, said: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Yield the triples *said* with numbers in the IRIs of partitions, else the most of the text."""
    folders, names = (f"{DATASET}/class/", f"{endpoint}#default-graph/"), dict[Any, ox.NamedNode]()

    def short(term: Any) -> Any:  # noqa: ANN401  a term
        if isinstance(term, ox.NamedNode) and term.value.startswith(folders):
            return names.setdefault(term, ox.NamedNode(f"{endpoint}#part-{len(names) + 1}"))
        return term

    for triple in said:
        yield ox.Triple(short(triple.subject), triple.predicate, short(triple.object))
