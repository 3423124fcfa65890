"""The schema that the data keeps to: which properties things of a class have, with which values.

In VoID a class partition holds property partitions, and these hold partitions by the class of the
values and by their datatype. Tools that write queries, or help to, read it (sparql-llm, the editor of
the SIB), and planners can.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.dataset.description.void import Figures, Rows, Statement, name, slug
from gbagraph.rdf.namespaces import PREFIXES, expand

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    Node = ox.NamedNode | ox.BlankNode | ox.Triple
    Kinds = frozenset[ox.NamedNode]
    Seen = Counter[tuple[Kinds, ox.NamedNode, Kinds | ox.NamedNode]]

_TYPE: Final = expand("rdf:type")


class Use(NamedTuple):
    """How often things of a class have a property, and values of which classes and datatypes."""

    subjects: str
    predicate: str
    triples: int
    classes: Mapping[str, int]
    datatypes: Mapping[str, int]


def partitions(folder: str, uses: Iterable[Use]) -> Iterator[Statement]:
    """The partitions of the class partitions below *folder*, as IRIs below those."""
    for use in uses:
        owner = f"{folder}/class/{slug(use.subjects)}"
        part = f"{owner}/property/{slug(use.predicate)}"
        yield Statement(owner, "void:propertyPartition", ox.NamedNode(part))
        yield Statement(part, "void:property", ox.NamedNode(use.predicate))
        yield Statement(part, "void:triples", ox.Literal(use.triples))
        yield from _values(part, "void:class", use.classes)
        yield from _values(part, "void-ext:datatype", use.datatypes)


def _values(owner: str, kind: str, sizes: Mapping[str, int]) -> Iterator[Statement]:
    """The partitions of a property partition by what its values are."""
    for term, size in sorted(sizes.items()):
        part = f"{owner}/{kind.partition(':')[2]}/{slug(term)}"
        yield Statement(owner, f"{kind}Partition", ox.NamedNode(part))
        yield Statement(part, kind, ox.NamedNode(term))
        yield Statement(part, "void:triples", ox.Literal(size))


# --- By queries ----------------------------------------------------------------------------------

_OF_CLASS: Final = "?s a ?c ; ?p ?o FILTER (isIRI(?c))"
_OF_KIND: Final = "SELECT ?c ?p ?kind (COUNT(*) AS ?n) {{ {} {} {} }} GROUP BY ?c ?p ?kind"


def by_queries(without: str = "") -> dict[str, str]:
    """Return what :func:`of_rows` needs to know of a graph, as SELECT queries by their names.

    *without* is a MINUS clause that leaves out some subjects ``?s``.
    """
    pattern = f"{_OF_CLASS} FILTER (?p != <{_TYPE}>) {without}"
    bound = "BIND (DATATYPE(?o) AS ?kind) FILTER (BOUND(?kind))"
    return {
        "uses": f"SELECT ?c ?p (COUNT(*) AS ?n) {{ {pattern} }} GROUP BY ?c ?p",
        "used classes": _OF_KIND.format(_OF_CLASS, "?o a ?kind FILTER (isIRI(?kind))", without),
        "used datatypes": _OF_KIND.format(_OF_CLASS, bound, without),
    }


def of_rows(figures: Figures) -> list[Use]:
    """Return the schema of a graph from the rows of :func:`by_queries`."""
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
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for subject, predicate, kind, size in rows:
        found[subject, predicate][kind] = int(size)
    return found


# --- In one pass ---------------------------------------------------------------------------------


def of_store(store: ox.Store, asserted: Container[str]) -> list[Use]:
    """The schema of the default graph in the terms that are *asserted* or of our ontology.

    Terms that come into the data by inference alone, from mappings to other vocabularies, are left out:
    they say the same again, and are six times as many. The queries above would make a start late: things
    have many classes here, so it is counted how often each combination of them occurs.
    """
    terms = _Terms(asserted)
    triples: Counter[tuple[str, str]] = Counter()
    values: dict[tuple[str, str, bool], Counter[str]] = defaultdict(Counter)
    for (subjects, predicate, value), size in _seen(store, _kinds(store, terms), terms).items():
        is_literal = isinstance(value, ox.NamedNode)
        kinds = [value.value] if isinstance(value, ox.NamedNode) else [v.value for v in value]
        for subject in subjects:
            key = subject.value, predicate.value
            triples[key] += size
            for kind in kinds:
                if is_literal or kind in asserted:
                    values[*key, is_literal][kind] += size
    return [
        Use(*key, size, values[*key, False], values[*key, True])
        for key, size in sorted(triples.items())
    ]


class _Terms(dict[ox.NamedNode, bool]):
    """Whether a class or property is one of those in which the data is described."""

    def __init__(self, asserted: Container[str]) -> None:
        super().__init__({name("rdf:type"): False})
        self._asserted = asserted

    def __missing__(self, term: ox.NamedNode) -> bool:
        found = term.value in self._asserted or term.value.startswith(PREFIXES["gba"])
        self[term] = found
        return found


def _kinds(store: ox.Store, terms: _Terms) -> dict[Node, Kinds]:
    """The classes of each thing; things of the same classes share one set."""
    classes: dict[Node, set[ox.NamedNode]] = defaultdict(set)
    for quad in store.quads_for_pattern(None, name("rdf:type"), None, ox.DefaultGraph()):
        kind = quad.object
        if isinstance(kind, ox.NamedNode) and terms[kind]:
            classes[quad.subject].add(kind)
    shared: dict[Kinds, Kinds] = {}
    frozen = ((thing, frozenset(found)) for thing, found in classes.items())
    return {thing: shared.setdefault(kinds, kinds) for thing, kinds in frozen}


def _seen(store: ox.Store, kinds: Mapping[Node, Kinds], terms: _Terms) -> Seen:
    """How often things of the same classes have a property with values of the same kind."""
    found: Seen = Counter()
    nothing: Kinds = frozenset()
    for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph()):
        subjects, predicate = kinds.get(quad.subject), quad.predicate
        if subjects and terms[predicate]:
            value: Any = quad.object
            kind = value.datatype if isinstance(value, ox.Literal) else kinds.get(value, nothing)
            found[subjects, predicate, kind] += 1
    return found
