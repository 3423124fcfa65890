"""What a set of triples holds, in the terms of VoID: sizes, partitions, and links to elsewhere."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from os.path import commonprefix
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

import pyoxigraph as ox

from gbagraph.rdf.namespaces import BASE, DATASET, ONTOLOGY, PREFIXES, SERVICE, compact, expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Statement(NamedTuple):
    """A triple to be said: the subject's IRI, the predicate's prefixed name, the value."""

    subject: str
    curie: str
    value: ox.NamedNode | ox.Literal


_TYPE: Final = PREFIXES["rdf"] + "type"
_LINKS: Final = tuple(
    map(
        expand,
        (
            *("owl:sameAs", "skos:exactMatch", "skos:closeMatch", "gba:closeMatch"),
            *("skos:broadMatch", "skos:narrowMatch", "skos:relatedMatch", "rdfs:seeAlso"),
        ),
    )
)
_ENTITIES: Final = (PREFIXES["id"], PREFIXES["gba"], PREFIXES["gsh"], f"{BASE}query/")
"""Namespaces whose things are the entities of a graph; claims and paragraphs are not."""


EXTENSION: Final = "http://ldf.fi/void-ext#"
"""The namespace ``void-ext`` for what VoID has no terms for: partitions by datatype."""


def name(curie: str) -> ox.NamedNode:
    """The term for a prefixed name of ours, of ``void-ext`` or of ``service``."""
    prefix, _, local = curie.partition(":")
    namespace = {"void-ext": EXTENSION, "service": SERVICE}.get(prefix)
    return ox.NamedNode(expand(curie) if namespace is None else namespace + local)


_DISTINCT: Final = (
    "(COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?o) AS ?objects)"
)
_TOTALS: Final = f"SELECT {_DISTINCT} {{{{ {{0}} }}}}"
_PROPERTIES: Final = f"SELECT ?p {_DISTINCT} {{{{ {{0}} }}}} GROUP BY ?p"
_CLASSES: Final = "SELECT ?o (COUNT(DISTINCT ?s) AS ?n) {{ {0} FILTER (isIRI(?o)) }} GROUP BY ?o"
_SUBJECTS: Final = "SELECT DISTINCT ?s {{ {0} FILTER (isIRI(?s)) }}"


def by_queries(without: str = "") -> Iterator[str]:
    """The queries by which :class:`Figures` of the default graph are counted.

    *without* is a MINUS clause that leaves out some subjects ``?s``.
    """
    yield _TOTALS.format(f"?s ?p ?o {without}")
    yield _PROPERTIES.format(f"?s ?p ?o {without}")
    yield _CLASSES.format(f"?s <{_TYPE}> ?o {without}")


class Figures(NamedTuple):
    """What is counted of a graph: in all, of each property, and of each class.

    Rows are the texts of terms and numbers, as the queries have them; subjects and objects may be empty.
    """

    totals: list[tuple[str, ...]]
    properties: list[tuple[str, ...]]
    classes: list[tuple[str, ...]]


def describe(
    iri: str, folder: str, store: ox.Store, graph: ox.NamedNode | None = None
) -> Iterator[Statement]:
    """The VoID statistics of the dataset *iri*: a graph of *store*, by default its default graph.

    They are those of VoID, section 4.6, counted by the engine. Partitions have IRIs below *folder*.
    """
    rows = _Rows(store, graph)
    figures = Figures(rows(_TOTALS), rows(_PROPERTIES), rows(_CLASSES, _TYPE))
    yield from statistics(iri, folder, figures, [subject for (subject,) in rows(_SUBJECTS)])


def statistics(
    iri: str, folder: str, figures: Figures, subjects: Iterable[str] = ()
) -> Iterator[Statement]:
    """The statistics from what is counted; entities are counted among the *subjects*."""
    ((triples, distinct_subjects, distinct_objects),) = figures.totals
    properties, instances = sorted(figures.properties), sorted(figures.classes)
    yield Statement(iri, "rdf:type", name("void:Dataset"))
    yield Statement(iri, "void:triples", _number(triples))
    yield from _distinct(iri, distinct_subjects, distinct_objects)
    yield Statement(iri, "void:classes", ox.Literal(len(instances)))
    yield Statement(iri, "void:properties", ox.Literal(len(properties)))
    yield from _entities(iri, list(subjects))
    yield from _vocabularies(iri, [row[0] for row in (*properties, *instances)])
    yield from _classes(iri, folder, instances)
    yield from _properties(iri, folder, properties)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a query over one graph, each cell as the text of its term."""

    store: ox.Store
    graph: ox.NamedNode | None

    def __call__(self, query: str, predicate: str = "") -> list[tuple[str, ...]]:
        pattern = f"?s {f'<{predicate}>' if predicate else '?p'} ?o ."
        asked = f"GRAPH {self.graph} {{ {pattern} }}" if self.graph else pattern
        found: Any = self.store.query(query.format(asked))
        return [tuple([term.value for term in row]) for row in found]


def _number(text: str) -> ox.Literal:
    return ox.Literal(int(text))


def _distinct(iri: str, subjects: str, objects: str) -> Iterator[Statement]:
    if not subjects:  # of a large graph, they are not counted
        return
    yield Statement(iri, "void:distinctSubjects", _number(subjects))
    yield Statement(iri, "void:distinctObjects", _number(objects))


def _entities(iri: str, subjects: list[str]) -> Iterator[Statement]:
    """How many subjects are in the namespace that most of the entities are in (section 4.1)."""
    sizes = {space: sum(s.startswith(space) for s in subjects) for space in _ENTITIES}
    space, size = max(sizes.items(), key=lambda row: row[1])
    if size:
        yield Statement(iri, "void:uriSpace", ox.Literal(space))
        yield Statement(iri, "void:entities", ox.Literal(size))


def _vocabularies(iri: str, terms: Iterable[str]) -> Iterator[Statement]:
    namespaces = {re.sub(r"[^/#]*$", "", term) for term in terms} - {""}
    for space in sorted(namespaces):
        vocabulary = ONTOLOGY if space == PREFIXES["gba"] else space
        yield Statement(iri, "void:vocabulary", ox.NamedNode(vocabulary))


def _classes(iri: str, folder: str, instances: list[tuple[str, ...]]) -> Iterator[Statement]:
    for term, number in instances:
        part = f"{folder}/class/{slug(term)}"
        yield Statement(iri, "void:classPartition", ox.NamedNode(part))
        yield Statement(part, "rdf:type", name("void:Dataset"))
        yield Statement(part, "void:class", ox.NamedNode(term))
        yield Statement(part, "void:entities", _number(number))


def _properties(iri: str, folder: str, properties: list[tuple[str, ...]]) -> Iterator[Statement]:
    for term, triples, subjects, objects in properties:
        part = f"{folder}/property/{slug(term)}"
        yield Statement(iri, "void:propertyPartition", ox.NamedNode(part))
        yield Statement(part, "rdf:type", name("void:Dataset"))
        yield Statement(part, "void:property", ox.NamedNode(term))
        yield Statement(part, "void:triples", _number(triples))
        yield from _distinct(part, subjects, objects)


def slug(term: str) -> str:
    """A term as the end of an IRI: ``gba-Zone``; the same term has the same for ever."""
    return re.sub(r"[^\w]+", "-", compact(term))


def linksets(store: ox.Store) -> Iterator[Statement]:
    """A linkset for each other dataset and property that join one of our things to its things.

    Other datasets are told apart by their host (VoID, section 5).
    """
    groups: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for link in _LINKS:
        quads = store.quads_for_pattern(None, ox.NamedNode(link), None, ox.DefaultGraph())
        for subject, value in ((str(quad.subject), quad.object) for quad in quads):
            ours = subject.startswith("<" + PREFIXES["id"])
            if ours and isinstance(value, ox.NamedNode) and not value.value.startswith(BASE):
                groups[_target(value.value), link].add((subject, value.value))
    targets: dict[str, list[str]] = defaultdict(list)
    for (target, predicate), links in sorted(groups.items()):
        yield from _linkset(target, predicate, links)
        targets[target] += [value for _, value in links]
    for target, values in targets.items():
        yield from _elsewhere(target, values)


def _linkset(target: str, predicate: str, links: set[tuple[str, str]]) -> Iterator[Statement]:
    iri = f"{DATASET}/linkset/{target}-{slug(predicate)}"
    yield Statement(DATASET, "void:subset", ox.NamedNode(iri))
    yield Statement(iri, "rdf:type", name("void:Linkset"))
    yield Statement(iri, "void:linkPredicate", ox.NamedNode(predicate))
    yield Statement(iri, "void:subjectsTarget", ox.NamedNode(DATASET))
    yield Statement(iri, "void:objectsTarget", ox.NamedNode(f"{DATASET}/target/{target}"))
    yield Statement(iri, "void:triples", ox.Literal(len(links)))


def _elsewhere(target: str, values: list[str]) -> Iterator[Statement]:
    iri = f"{DATASET}/target/{target}"
    space = re.sub(r"[^/#]*$", "", commonprefix(values))  # noqa: RUF071  IRIs are no paths
    yield Statement(iri, "rdf:type", name("void:Dataset"))
    hosts = Counter(urlsplit(value).netloc for value in values)
    yield Statement(iri, "rdfs:label", ox.Literal(max(hosts, key=lambda h: (hosts[h], h))))
    if urlsplit(space).netloc:
        yield Statement(iri, "void:uriSpace", ox.Literal(space))


def _target(iri: str) -> str:
    """The name of the dataset of an IRI: the part of its host before the last, or its scheme."""
    labels = (urlsplit(iri).hostname or "").split(".")
    return labels[-2] if len(labels) > 1 else urlsplit(iri).scheme
