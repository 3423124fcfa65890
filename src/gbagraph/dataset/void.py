"""What a set of triples holds, in the terms of VoID: sizes, partitions, links to elsewhere, its schema.

The schema is which properties things of a class have, with which values: property partitions in class
partitions. Tools that write queries, or help to, read it (sparql-llm, the editor of the SIB).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from os.path import commonprefix
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

import pyoxigraph as ox

from gbagraph.rdf.namespaces import BASE, DATASET, PREFIXES, SERVICE, TERMS, compact, expand

if TYPE_CHECKING:
    Node = ox.NamedNode | ox.BlankNode | ox.Triple


class Statement(NamedTuple):
    """A triple to be said: the subject's IRI, the predicate's prefixed name, the value."""

    subject: str
    curie: str
    value: ox.NamedNode | ox.Literal


def facts(
    subject: str, *said: tuple[str, ox.NamedNode | ox.Literal | str | int | None]
) -> Iterator[Statement]:
    """Yield what is said of *subject*: pairs of a prefixed name and a value, of which None is left out.

    A text or a number is written as a literal.
    """
    for curie, value in said:
        if value is not None:
            term = ox.Literal(value) if isinstance(value, str | int) else value
            yield Statement(subject, curie, term)


_TYPE: Final = PREFIXES["rdf"] + "type"
_LINKS: Final = (
    *map(expand, ("owl:sameAs", "skos:exactMatch", "skos:closeMatch", "gba:closeMatch")),
    *map(expand, ("skos:broadMatch", "skos:narrowMatch", "skos:relatedMatch", "rdfs:seeAlso")),
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


Rows = Collection[tuple[str, ...]]
Figures = Mapping[str, Rows]
"""The rows of each query that was asked, by its name, each cell as the text of its term."""


class Statistic(NamedTuple):
    """One row of :data:`STATISTICS`: what is said of a graph from the rows of its query and of others.

    It is left out where the figures lack one of ``needs``, the names of queries. A ``query``, which has
    the name of the statistic, asks of ``{any}`` triple ``?s ?p ?o``, or of the classes ``?o`` in
    ``{typed}``; one that is ``ours`` is left out where another engine holds the data.
    """

    name: str
    say: Callable[[str, str, Figures], Iterator[Statement]]
    needs: tuple[str, ...]
    query: str = ""
    ours: bool = False


def queries(graph: str = "", without: str = "", *, ours: bool = False) -> dict[str, str]:
    """Return the queries of the statistics, by their names.

    Args:
        graph: the graph to ask of, by default the default graph.
        without: a MINUS clause that leaves out some subjects ``?s``.
        ours: also those that are asked of data in a store alone.
    """
    any_, typed = (f"?s {predicate} ?o ." for predicate in ("?p", f"<{_TYPE}>"))
    if graph:
        any_, typed = f"GRAPH {graph} {{ {any_} }}", f"GRAPH {graph} {{ {typed} }}"
    return {
        row.name: row.query.format(any=f"{any_} {without}", typed=f"{typed} {without}")
        for row in STATISTICS
        if row.query and (ours or not row.ours)
    }


def describe(
    iri: str, folder: str, store: ox.Store, graph: ox.NamedNode | None = None
) -> Iterator[Statement]:
    """Yield the VoID statistics of the dataset *iri*: a graph of *store*, by default its default graph.

    They are those of VoID, section 4.6, counted by the engine. Partitions have IRIs below *folder*.
    """
    asked = queries(str(graph) if graph else "", ours=True)
    figures = {name: _rows(store, query) for name, query in asked.items()}
    yield from statistics(iri, folder, figures)


def _rows(store: ox.Store, query: str) -> list[tuple[str, ...]]:
    rows: Any = store.query(query)
    return [tuple([term.value for term in row]) for row in rows]


def statistics(iri: str, folder: str, figures: Figures) -> Iterator[Statement]:
    """Yield the statistics for which the *figures* of a graph are known, whoever has counted them."""
    for row in STATISTICS:
        if figures.keys() >= {*row.needs}:
            yield from row.say(iri, folder, figures)


def _sizes(iri: str, _: str, figures: Figures) -> Iterator[Statement]:
    """Yield the number of triples, and of distinct subjects and objects where these are counted."""
    ((triples, *distinct),) = figures["sizes"]
    return facts(iri, ("rdf:type", name("void:Dataset")), *_numbers(triples, *distinct))


def _numbers(*numbers: str) -> Iterator[tuple[str, int]]:
    """Yield the number of triples, and those of distinct subjects and objects where they are counted."""
    curies = ("void:triples", "void:distinctSubjects", "void:distinctObjects")
    return zip(curies, map(int, numbers), strict=False)


def _number_of(curie: str, kind: str) -> Callable[[str, str, Figures], Iterator[Statement]]:
    return lambda iri, _, figures: facts(iri, (curie, len(figures[kind])))


def _entities(iri: str, _: str, figures: Figures) -> Iterator[Statement]:
    """Yield how many subjects are in the namespace that most of the entities are in (section 4.1)."""
    subjects = [subject for (subject,) in figures["entities"]]
    sizes = {space: sum(s.startswith(space) for s in subjects) for space in _ENTITIES}
    space, size = max(sizes.items(), key=lambda row: row[1])
    return facts(iri, ("void:uriSpace", space), ("void:entities", size)) if size else iter(())


def _vocabularies(iri: str, _: str, figures: Figures) -> Iterator[Statement]:
    terms = (row[0] for kind in ("properties", "classes") for row in figures[kind])
    namespaces = {re.sub(r"[^/#]*$", "", term) for term in terms} - {""}
    for space in sorted(namespaces):
        vocabulary = space.rstrip("#") if space in TERMS else space
        yield Statement(iri, "void:vocabulary", ox.NamedNode(vocabulary))


def _classes(iri: str, folder: str, figures: Figures) -> Iterator[Statement]:
    for term, number in sorted(figures["classes"]):
        part = f"{folder}/class/{slug(term)}"
        yield Statement(iri, "void:classPartition", ox.NamedNode(part))
        yield from facts(
            part,
            ("rdf:type", name("void:Dataset")),
            ("void:class", ox.NamedNode(term)),
            ("void:entities", int(number)),
        )


def _properties(iri: str, folder: str, figures: Figures) -> Iterator[Statement]:
    for term, *numbers in sorted(figures["properties"]):
        part = f"{folder}/property/{slug(term)}"
        yield Statement(iri, "void:propertyPartition", ox.NamedNode(part))
        yield from facts(
            part,
            ("rdf:type", name("void:Dataset")),
            ("void:property", ox.NamedNode(term)),
            *_numbers(*numbers),
        )


_DISTINCT: Final = (
    "(COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?o) AS ?objects)"
)
STATISTICS: Final = (
    Statistic("sizes", _sizes, ("sizes",), f"SELECT {_DISTINCT} {{{{ {{any}} }}}}"),
    Statistic(
        "classes",
        _number_of("void:classes", "classes"),
        ("classes",),
        "SELECT ?o (COUNT(DISTINCT ?s) AS ?n) {{ {typed} FILTER (isIRI(?o)) }} GROUP BY ?o",
    ),
    Statistic(
        "properties",
        _number_of("void:properties", "properties"),
        ("properties",),
        f"SELECT ?p {_DISTINCT} {{{{ {{any}} }}}} GROUP BY ?p",
    ),
    Statistic(
        "entities",
        _entities,
        ("entities",),
        "SELECT DISTINCT ?s {{ {any} FILTER (isIRI(?s)) }}",
        ours=True,
    ),
    Statistic("vocabularies", _vocabularies, ("properties", "classes")),
    Statistic("class partitions", _classes, ("classes",)),
    Statistic("property partitions", _properties, ("properties",)),
)
"""What is said of a graph, in this order."""


def slug(term: str) -> str:
    """A term as the end of an IRI: ``foaf-Person``; the same term has the same for ever."""
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
    yield from facts(
        iri,
        ("rdf:type", name("void:Linkset")),
        ("void:linkPredicate", ox.NamedNode(predicate)),
        ("void:subjectsTarget", ox.NamedNode(DATASET)),
        ("void:objectsTarget", ox.NamedNode(f"{DATASET}/target/{target}")),
        ("void:triples", len(links)),
    )


def _elsewhere(target: str, values: list[str]) -> Iterator[Statement]:
    space = re.sub(r"[^/#]*$", "", commonprefix(values))  # noqa: RUF071  IRIs are no paths
    hosts = Counter(urlsplit(value).netloc for value in values)
    return facts(
        f"{DATASET}/target/{target}",
        ("rdf:type", name("void:Dataset")),
        ("rdfs:label", max(hosts, key=lambda h: (hosts[h], h))),
        ("void:uriSpace", space if urlsplit(space).netloc else None),
    )


def _target(iri: str) -> str:
    """The name of the dataset of an IRI: the part of its host before the last, or its scheme."""
    labels = (urlsplit(iri).hostname or "").split(".")
    return labels[-2] if len(labels) > 1 else urlsplit(iri).scheme


class Use(NamedTuple):
    """How often things of a class have a property, and values of which classes and datatypes."""

    subjects: str
    predicate: str
    triples: int
    classes: Mapping[str, int]
    datatypes: Mapping[str, int]


def schema_partitions(folder: str, uses: Iterable[Use]) -> Iterator[Statement]:
    """Yield the partitions of the class partitions below *folder*, as IRIs below those."""
    for use in uses:
        owner = f"{folder}/class/{slug(use.subjects)}"
        part = f"{owner}/property/{slug(use.predicate)}"
        yield Statement(owner, "void:propertyPartition", ox.NamedNode(part))
        yield from _part(part, "void:property", use.predicate, use.triples)
        for kind, sizes in (("void:class", use.classes), ("void-ext:datatype", use.datatypes)):
            for term, size in sorted(sizes.items()):
                of_values = f"{part}/{kind.partition(':')[2]}/{slug(term)}"
                yield Statement(part, f"{kind}Partition", ox.NamedNode(of_values))
                yield from _part(of_values, kind, term, size)


def _part(part: str, kind: str, term: str, size: int) -> Iterator[Statement]:
    return facts(part, (kind, ox.NamedNode(term)), ("void:triples", size))


_OF_CLASS: Final = "?s a ?c ; ?p ?o FILTER (isIRI(?c))"
_OF_KIND: Final = "SELECT ?c ?p ?kind (COUNT(*) AS ?n) {{ {} {} {} }} GROUP BY ?c ?p ?kind"


def schema_queries(without: str = "") -> dict[str, str]:
    """Return what :func:`schema_of_rows` needs to know of a graph, as SELECT queries by their names.

    *without* is a MINUS clause that leaves out some subjects ``?s``.
    """
    pattern = f"{_OF_CLASS} FILTER (?p != <{_TYPE}>) {without}"
    bound = "BIND (DATATYPE(?o) AS ?kind) FILTER (BOUND(?kind))"
    return {
        "uses": f"SELECT ?c ?p (COUNT(*) AS ?n) {{ {pattern} }} GROUP BY ?c ?p",
        "used classes": _OF_KIND.format(_OF_CLASS, "?o a ?kind FILTER (isIRI(?kind))", without),
        "used datatypes": _OF_KIND.format(_OF_CLASS, bound, without),
    }


def schema_of_rows(figures: Figures) -> list[Use]:
    """Return the schema of a graph from the rows of :func:`schema_queries`."""
    by_class, by_datatype = (_grouped(figures[f"used {kind}"]) for kind in ("classes", "datatypes"))
    return [
        Use(
            subject,
            predicate,
            int(size),
            by_class[subject, predicate],
            by_datatype[subject, predicate],
        )
        for subject, predicate, size in sorted(figures["uses"])
    ]


def _grouped(rows: Rows) -> dict[tuple[str, str], dict[str, int]]:
    sizes: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for subject, predicate, kind, size in rows:
        sizes[subject, predicate][kind] = int(size)
    return sizes


def schema_of_store(store: ox.Store, asserted: Container[str]) -> list[Use]:
    """The schema of the default graph in the terms that are *asserted* or of our ontology.

    Terms that come into the data by inference alone, from mappings to other vocabularies, are left out:
    they say the same again, and are six times as many. The queries above, which count these as well,
    take four times as long, and a start waits for this.
    """
    classes = _classes_of_things(store, asserted)
    triples: Counter[tuple[str, str]] = Counter()
    by_class, by_datatype = (defaultdict[tuple[str, str], Counter[str]](Counter) for _ in range(2))
    for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph()):
        predicate, value = quad.predicate.value, quad.object
        if predicate == _TYPE or not _is_described(predicate, asserted):
            continue
        for subject in classes.get(quad.subject, ()):
            key = subject, predicate
            triples[key] += 1
            if isinstance(value, ox.Literal):
                by_datatype[key][value.datatype.value] += 1
            else:
                by_class[key].update(c for c in classes.get(value, ()) if c in asserted)
    return [
        Use(*key, size, by_class[key], by_datatype[key]) for key, size in sorted(triples.items())
    ]


def _classes_of_things(store: ox.Store, asserted: Container[str]) -> dict[Node, list[str]]:
    classes: dict[Node, list[str]] = defaultdict(list)
    for quad in store.quads_for_pattern(None, name("rdf:type"), None, ox.DefaultGraph()):
        kind = quad.object
        if isinstance(kind, ox.NamedNode) and _is_described(kind.value, asserted):
            classes[quad.subject].append(kind.value)
    return classes


def _is_described(term: str, asserted: Container[str]) -> bool:
    """Whether a class or property is one of those in which the data is described."""
    return term in asserted or term.startswith(TERMS)
