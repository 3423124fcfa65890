"""The dataset's description of itself in graph/meta: what is computed from the data at load.

Nothing depends on the time or the machine, so it is the same at every load. Terms: VoID, DCAT 3,
PROV-O, SPDX for hashes, SHACL for the prefixes in use. What only people know (titles, licence,
dates) is in data/dataset.ttl. The files in which the dataset can be taken away are listed here, too:
what each holds and in which formats.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph import publication
from gbagraph._version import __version__
from gbagraph.dataset.identity import EVIDENCE, INFERRED, META, QUERIES, release_hash, releases
from gbagraph.dataset.void import (
    Statement,
    describe,
    facts,
    linksets,
    name,
    schema_of_store,
    schema_partitions,
)
from gbagraph.paths import own_query
from gbagraph.rdf.formats import DOCUMENTS, GRAPHS, GraphFormat
from gbagraph.rdf.namespaces import BASE, DATASET, ONTOLOGY, PREFIXES, graph_iri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from gbagraph.rdf.dataset import Dataset


WHOLE: Final = "gbagraph"
"""The name of the files of the whole built-in dataset."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file: its name without and with extension, its format, what it holds.

    It is a graph by its IRI (empty for the default graph, None for all graphs apart), or the
    solutions of *query* as quads.
    """

    name: str
    format: GraphFormat
    title: str
    graph: str | None = None
    query: str = ""

    @property
    def file(self) -> str:
        """Name of the file, such as ``article.ttl``."""
        return f"{self.name}.{self.format.extension}"


def whole() -> str:
    """The name of the files of the whole dataset that is published."""
    return WHOLE if publication.current().is_own else "dataset"


def downloads(graphs: Iterable[str]) -> dict[str, Download]:
    """Every file of a dataset with these named graphs (IRIs) by its name."""
    names = list(graphs)
    evidence = _evidence() if graph_iri("article") in names else ()
    files = [*whole_files(), *evidence, *_graphs(names)]
    return {download.file: download for download in files}


def whole_files() -> Iterator[Download]:
    """Yield the files with the whole dataset that is published, one in each format."""
    apart = "All graphs, each under its name", None
    merged = "The default graph: each triple of all graphs once", ""
    for offer in GRAPHS:
        yield Download(whole(), offer, *(apart if offer.datasets else merged))


_OF_EVIDENCE: Final = (
    (
        ("ttl", "nt", "trig", "nq"),
        "rdf12",
        "Facts with their claims as RDF 1.2 reifiers",
        "facts-with-reifiers",
    ),
    (
        ("trig", "nq"),
        "sources",
        "Facts in one graph for each paragraph or other source",
        "facts-by-source",
    ),
)
"""Files of the facts with their evidence: formats, ends of names, titles and queries."""


def _evidence() -> Iterator[Download]:
    for offer in GRAPHS:
        for extensions, end, title, query in _OF_EVIDENCE:
            if offer.extension in extensions:
                text = own_query("dataset", query)
                yield Download(f"{WHOLE}-{end}", offer, title, query=text)


def _graphs(graphs: Iterable[str]) -> Iterator[Download]:
    for graph in graphs:
        if graph.startswith(graph_iri("")):
            name = graph.removeprefix(graph_iri(""))
            for offer in GRAPHS:
                yield Download(name, offer, f"The graph {name}", graph)


_BUILD: Final = f"{DATASET}/build"
_DUMPS: Final = f"{BASE}dumps/"
_MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"
_COMPUTED: Final = (EVIDENCE.value, INFERRED.value, QUERIES.value)
_LISTED: Final = tuple(offer for offer in GRAPHS if offer in DOCUMENTS or offer.datasets)


def add(store: ox.Store, files: Mapping[str, Path], version: str, data_hash: str) -> None:
    """Add the computed description to graph/meta of *store*.

    The figures of the dataset are those of the default graph. *files* are the sources by their name in
    the repository, *data_hash* is the hash of the asserted graphs.
    """
    graphs = [str(graph.value) for graph in store.named_graphs() if graph != META]
    _say(
        store,
        [
            *_statistics(store, graphs),
            *_versions(version, data_hash),
            *_coverage(store),
            *_build(files, version),
            *_distributions(store, [*graphs, META.value]),
            *declared(ONTOLOGY, f"{DATASET}/prefix/", PREFIXES),
        ],
    )
    _say(store, _own_size(store))


def published(store: Dataset) -> Iterator[ox.Triple]:
    """graph/meta as it is to be written.

    DCAT 3 wants sizes as xsd:nonNegativeInteger; the store makes xsd:integer of every kind of integer.
    """
    size, datatype = name("dcat:byteSize"), name("xsd:nonNegativeInteger")
    for quad in store.quads_for_pattern(None, None, None, META):
        triple = quad.triple
        if triple.predicate == size and isinstance(triple.object, ox.Literal):
            written = ox.Literal(triple.object.value, datatype=datatype)
            triple = ox.Triple(triple.subject, size, written)
        yield triple


def _say(store: ox.Store, statements: Iterable[Statement]) -> None:
    by_subject: dict[str, list[ox.Quad]] = {}
    for subject, curie, value in statements:
        quad = ox.Quad(ox.NamedNode(subject), name(curie), value, META)
        by_subject.setdefault(subject, []).append(quad)
    # The store gives the last first; so each subject comes in one piece, and the dataset before all.
    store.extend(quad for group in reversed(by_subject.values()) for quad in reversed(group))


def declared(owner: str, folder: str, prefixes: Mapping[str, str]) -> Iterator[Statement]:
    """Yield the prefixes in use (SHACL, section 5.2.1), with IRIs that begin with *folder*."""
    for prefix, namespace in prefixes.items():
        yield Statement(owner, "sh:declare", ox.NamedNode(folder + prefix))
        yield from facts(
            folder + prefix,
            ("rdf:type", name("sh:PrefixDeclaration")),
            ("sh:prefix", prefix),
            ("sh:namespace", ox.Literal(namespace, datatype=name("xsd:anyURI"))),
        )


def _statistics(store: ox.Store, graphs: list[str]) -> Iterator[Statement]:
    of_graphs = {graph: list(_of_graph(store, graph)) for graph in sorted(graphs)}
    yield from describe(DATASET, DATASET, store)
    asserted = {term for graph, said in of_graphs.items() for term in _terms(graph, said)}
    yield from schema_partitions(DATASET, schema_of_store(store, asserted))
    yield from linksets(store)
    yield Statement(DATASET, "void:subset", META)
    for said in of_graphs.values():
        yield from said


def _of_graph(store: ox.Store, graph: str) -> Iterator[Statement]:
    folder = f"{DATASET}/{graph.removeprefix(graph_iri(''))}"
    yield Statement(DATASET, "void:subset", ox.NamedNode(graph))
    yield from describe(graph, folder, store, ox.NamedNode(graph))


def _terms(graph: str, statistics: Iterable[Statement]) -> Iterator[str]:
    """The classes and properties of a graph by its statistics; none of the graph that is inferred."""
    if graph != INFERRED.value:
        kinds = ("void:class", "void:property")
        yield from (value.value for _, curie, value in statistics if curie in kinds)


def _own_size(store: ox.Store) -> Iterator[Statement]:
    """The size of graph/meta, with this last triple in it."""
    size = sum(1 for _ in store.quads_for_pattern(None, None, None, META))
    yield Statement(META.value, "void:triples", ox.Literal(size + 1))


def checksum(subject: str, sha256: str) -> Iterator[Statement]:
    """Yield the SHA-256 of *subject* in hexadecimal, in SPDX terms as DCAT 3 uses them."""
    iri, algorithm = f"{subject}/checksum", name("spdx:checksumAlgorithm_sha256")
    yield Statement(subject, "spdx:checksum", ox.NamedNode(iri))
    yield from facts(iri, ("rdf:type", name("spdx:Checksum")), ("spdx:algorithm", algorithm))
    yield Statement(algorithm.value, "rdf:type", name("spdx:ChecksumAlgorithm"))
    literal = ox.Literal(sha256, datatype=name("xsd:hexBinary"))
    yield Statement(iri, "spdx:checksumValue", literal)


def _versions(current: str, data_hash: str) -> Iterator[Statement]:
    """Yield the versions, with hash, predecessor and, once past, file (DCAT 3, section 11)."""
    yield Statement(DATASET, "dcat:version", ox.Literal(current))
    yield Statement(DATASET, "dcat:hasCurrentVersion", ox.NamedNode(f"{DATASET}/{current}"))
    known, previous = releases(), None
    for version in dict.fromkeys([*known, current]):
        iri = f"{DATASET}/{version}"
        label = ox.Literal(f"gbagraph dataset {version}", language="en")
        description = f"The dataset as it is in version {version}."
        yield Statement(DATASET, "dcat:hasVersion", ox.NamedNode(iri))
        yield from facts(
            iri,
            ("rdf:type", name("dcat:Dataset")),
            ("rdfs:label", label),
            ("dcterms:title", label),
            ("dcterms:description", ox.Literal(description, language="en")),
            ("dcat:version", version),
            ("dcat:isVersionOf", ox.NamedNode(DATASET)),
            ("dcat:previousVersion", previous),
            ("owl:priorVersion", previous),
        )
        if version == current:
            yield from checksum(iri, data_hash.removeprefix("sha256:"))
        else:
            yield from _release(iri, known[version], version)
        previous = ox.NamedNode(iri)


def _release(iri: str, path: Path, version: str) -> Iterator[Statement]:
    packed = path.read_bytes()
    yield from checksum(iri, release_hash(version).removeprefix("sha256:"))
    file = f"{iri}/distribution"
    yield Statement(iri, "dcat:distribution", ox.NamedNode(file))
    yield from _distribution(file, f"gbagraph-{path.name}", f"Release {version}")
    yield from media_type(file, "application/n-quads")
    packed_as = ox.NamedNode(_MEDIA_TYPES + "application/gzip")
    yield Statement(file, "dcat:compressFormat", packed_as)
    yield from _type_of_media(packed_as)
    yield from _bytes(file, packed)


def _bytes(iri: str, content: bytes) -> Iterator[Statement]:
    yield Statement(iri, "dcat:byteSize", ox.Literal(len(content)))
    yield from checksum(iri, hashlib.sha256(content).hexdigest())


def _distribution(iri: str, file: str, title: str) -> Iterator[Statement]:
    return facts(
        iri,
        ("rdf:type", name("dcat:Distribution")),
        ("dcterms:title", ox.Literal(title, language="en")),
        ("dcat:downloadURL", ox.NamedNode(_DUMPS + file)),
        ("dcat:accessURL", ox.NamedNode(BASE)),
        ("dcterms:license", ox.NamedNode("https://creativecommons.org/licenses/by/4.0/")),
    )


def _distributions(store: ox.Store, graphs: Iterable[str]) -> Iterator[Statement]:
    for download in downloads(sorted(graphs)).values():
        if download.format not in (DOCUMENTS if download.graph else _LISTED):
            continue
        owner = download.graph or DATASET
        iri = f"{DATASET}/distribution/{download.file.replace('.', '-')}"
        yield Statement(owner, "dcat:distribution", ox.NamedNode(iri))
        if not download.query:
            yield Statement(owner, "void:dataDump", ox.NamedNode(_DUMPS + download.file))
        yield from _distribution(iri, download.file, download.title)
        yield from media_type(iri, download.format.media_type)
        if owner not in (DATASET, META.value):
            yield Statement(owner, "rdf:type", name("dcat:Dataset"))
        # Of graphs that are computed the files are only made when they are asked for: a start is short.
        if owner not in (DATASET, META.value, *_COMPUTED):
            yield from _bytes(iri, _dumped(store, download))
        yield Statement(DATASET, "void:feature", ox.NamedNode(download.format.iri))


def media_type(iri: str, kind: str) -> Iterator[Statement]:
    """Yield the media type of a file, as a thing of IANA's register."""
    term = ox.NamedNode(_MEDIA_TYPES + kind)
    yield from facts(iri, ("dcat:mediaType", term), ("dcterms:format", term))
    yield from _type_of_media(term)


def _type_of_media(term: ox.NamedNode) -> Iterator[Statement]:
    kinds = ("dcterms:MediaType", "dcterms:MediaTypeOrExtent")
    return facts(term.value, *(("rdf:type", name(kind)) for kind in kinds))


def _dumped(store: ox.Store, download: Download) -> bytes:
    """The bytes that the server sends for this file."""
    graph = ox.NamedNode(download.graph or "")
    written = store.dump(
        format=download.format.rdf_format, from_graph=graph, prefixes=dict(PREFIXES)
    )
    return written or b""


def _coverage(store: ox.Store) -> Iterator[Statement]:
    """Yield the first and the last day of which the data speaks."""
    iri = f"{DATASET}/coverage"
    yield Statement(DATASET, "dcterms:temporal", ox.NamedNode(iri))
    yield Statement(iri, "rdf:type", name("dcterms:PeriodOfTime"))
    for bound, date, edge in (
        ("gba:earliest", "dcat:startDate", min),
        ("gba:latest", "dcat:endDate", max),
    ):
        quads = store.quads_for_pattern(None, name(bound), None, ox.DefaultGraph())
        if days := [quad.object.value for quad in quads if isinstance(quad.object, ox.Literal)]:
            yield Statement(iri, date, ox.Literal(edge(days), datatype=name("xsd:date")))


def _build(files: Mapping[str, Path], version: str) -> Iterator[Statement]:
    """Yield how the served dataset came to be (PROV-O): from which files, by which software."""
    software, build = f"{BASE}software/{__version__}", ox.NamedNode(_BUILD)
    for iri in (DATASET, f"{DATASET}/{version}"):
        yield Statement(iri, "prov:wasGeneratedBy", build)
    yield from facts(
        _BUILD,
        ("rdf:type", name("prov:Activity")),
        ("prov:wasAssociatedWith", ox.NamedNode(software)),
    )
    yield from facts(
        software,
        ("rdf:type", name("prov:SoftwareAgent")),
        ("rdfs:label", f"gbagraph {__version__}"),
        ("schema:softwareVersion", __version__),
    )
    for shown, path in files.items():
        iri = f"{DATASET}/file/{re.sub('[/.]', '-', shown)}"
        yield Statement(_BUILD, "prov:used", ox.NamedNode(iri))
        yield from facts(iri, ("rdf:type", name("prov:Entity")), ("rdfs:label", shown))
        yield from _bytes(iri, path.read_bytes())
