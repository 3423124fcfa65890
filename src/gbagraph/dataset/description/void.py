"""What a set of triples holds, in the terms of VoID: sizes, partitions, and links to elsewhere."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from os.path import commonprefix
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

import pyoxigraph as ox

from gbagraph.rdf.namespaces import BASE, DATASET, ONTOLOGY, PREFIXES, compact, expand

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
_ENTITIES: Final = (PREFIXES["id"], PREFIXES["gba"], PREFIXES["gsh"])
"""Namespaces whose things are the entities of a graph; claims and paragraphs are not."""


def name(curie: str) -> ox.NamedNode:
    """The term for a prefixed name of ours."""
    return ox.NamedNode(expand(curie))


def describe(iri: str, folder: str, triples: Iterable[ox.Triple]) -> Iterator[Statement]:
    """The VoID statistics of the dataset *iri* that holds *triples* (VoID, section 4.6).

    Partitions have IRIs below *folder*.
    """
    by_property: dict[str, list[ox.Triple]] = defaultdict(list)
    for triple in triples:
        by_property[triple.predicate.value].append(triple)
    every = [triple for group in by_property.values() for triple in group]
    instances = _instances(by_property[_TYPE])
    yield Statement(iri, "rdf:type", name("void:Dataset"))
    yield Statement(iri, "void:triples", ox.Literal(len(every)))
    yield from _distinct(iri, every)
    yield Statement(iri, "void:classes", ox.Literal(len(instances)))
    yield Statement(iri, "void:properties", ox.Literal(sum(map(bool, by_property.values()))))
    yield from _entities(iri, every)
    yield from _vocabularies(iri, [*by_property, *instances])
    yield from _classes(iri, folder, instances)
    yield from _properties(iri, folder, by_property)


def _instances(typings: Iterable[ox.Triple]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for triple in typings:
        if isinstance(triple.object, ox.NamedNode):
            found[triple.object.value].add(str(triple.subject))
    return found


def _distinct(iri: str, triples: Iterable[ox.Triple]) -> Iterator[Statement]:
    subjects = len({triple.subject for triple in triples})
    objects = len({triple.object for triple in triples})
    yield Statement(iri, "void:distinctSubjects", ox.Literal(subjects))
    yield Statement(iri, "void:distinctObjects", ox.Literal(objects))


def _entities(iri: str, triples: Iterable[ox.Triple]) -> Iterator[Statement]:
    """How many subjects are in the namespace that most of the entities are in (section 4.1)."""
    subjects = {t.subject.value for t in triples if isinstance(t.subject, ox.NamedNode)}
    sizes = {space: sum(s.startswith(space) for s in subjects) for space in _ENTITIES}
    space, size = max(sizes.items(), key=lambda row: row[1])
    if size:
        yield Statement(iri, "void:uriSpace", ox.Literal(space))
        yield Statement(iri, "void:entities", ox.Literal(size))


def _vocabularies(iri: str, terms: Iterable[str]) -> Iterator[Statement]:
    namespaces = {re.sub(r"[^/#]*$", "", term) for term in terms}
    for space in sorted(namespaces):
        vocabulary = ONTOLOGY if space == PREFIXES["gba"] else space
        yield Statement(iri, "void:vocabulary", ox.NamedNode(vocabulary))


def _classes(iri: str, folder: str, instances: dict[str, set[str]]) -> Iterator[Statement]:
    for term, members in sorted(instances.items()):
        part = f"{folder}/class/{_slug(term)}"
        yield Statement(iri, "void:classPartition", ox.NamedNode(part))
        yield Statement(part, "rdf:type", name("void:Dataset"))
        yield Statement(part, "void:class", ox.NamedNode(term))
        yield Statement(part, "void:entities", ox.Literal(len(members)))


def _properties(
    iri: str, folder: str, by_property: dict[str, list[ox.Triple]]
) -> Iterator[Statement]:
    for term, triples in sorted(by_property.items()):
        if triples:
            part = f"{folder}/property/{_slug(term)}"
            yield Statement(iri, "void:propertyPartition", ox.NamedNode(part))
            yield Statement(part, "rdf:type", name("void:Dataset"))
            yield Statement(part, "void:property", ox.NamedNode(term))
            yield Statement(part, "void:triples", ox.Literal(len(triples)))
            yield from _distinct(part, triples)


def _slug(term: str) -> str:
    """A term as the end of an IRI: ``gba-Zone``; the same term has the same for ever."""
    return re.sub(r"[^\w]+", "-", compact(term))


def linksets(triples: Iterable[ox.Triple]) -> Iterator[Statement]:
    """A linkset for each other dataset and property that join one of our things to its things.

    Other datasets are told apart by their host (VoID, section 5).
    """
    groups: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for triple in triples:
        subject, predicate, value = triple.subject, triple.predicate.value, triple.object
        if not isinstance(subject, ox.NamedNode) or not isinstance(value, ox.NamedNode):
            continue
        ours = subject.value.startswith(PREFIXES["id"]) and not value.value.startswith(BASE)
        if ours and predicate in _LINKS:
            groups[_target(value.value), predicate].add((subject.value, value.value))
    targets: dict[str, list[str]] = defaultdict(list)
    for (target, predicate), links in sorted(groups.items()):
        yield from _linkset(target, predicate, links)
        targets[target] += [value for _, value in links]
    for target, values in targets.items():
        yield from _elsewhere(target, values)


def _linkset(target: str, predicate: str, links: set[tuple[str, str]]) -> Iterator[Statement]:
    iri = f"{DATASET}/linkset/{target}-{_slug(predicate)}"
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
