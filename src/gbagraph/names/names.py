"""One index of the names of whatever is served: things, terms, graphs, prefixes, and what is added.

It is made from the data, anybody's: labels in all languages and the local names of IRIs. It serves
nearest names, values given by their label, and search. A graph of up to :data:`BOUND` names of a kind
is held whole; of a larger one, so many of each kind: what is looked up may then lack a near name, and
never says that a thing does not exist, since that is asked of the store.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache, cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.names.matching import Entry, Finder, Kind, Name
from gbagraph.names.texts import Spellings, likeness, local_name, plain
from gbagraph.rdf import namespaces
from gbagraph.rdf.dataset import access
from gbagraph.rdf.namespaces import BASES, LABELS, expand, of_evidence, prefixes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gbagraph.rdf.dataset import Dataset


BOUND: Final = 50_000
"""Names of one kind that are held at most."""

SCANNED: Final = 1_000_000
"""Triples in which they are looked for: a graph on disk may have so many that all take minutes."""

LIKE: Final = 0.6
"""From here on a name counts as near."""

TEXTS: Final = tuple(
    map(expand, ("skos:definition", "rdfs:comment", "schema:description", "dcterms:description"))
)
CLASS_KINDS: Final = tuple(map(expand, ("owl:Class", "rdfs:Class")))
PROPERTY_KINDS: Final = (
    *map(
        expand,
        ("rdf:Property", "owl:ObjectProperty", "owl:DatatypeProperty", "owl:AnnotationProperty"),
    ),
)
TYPE: Final = ox.NamedNode(expand("rdf:type"))
_MANY: Final = 0.05
_EXACTLY: Final = 100
"""Things of one and the same label that are looked for in the store."""
_DEPRECATED: Final = ox.NamedNode(expand("owl:deprecated"))
_TRUE: Final = ox.Literal(True)
_EVIDENCE: Final = tuple(map(ox.NamedNode, (*BASES, *of_evidence("restsOn"))))
PASSAGES: Final = (expand("gba:Paragraph"), expand("gba:Section"))


class Match(NamedTuple):
    """An entry, and how near its name is to what was looked for: 1 for the same."""

    entry: Entry
    score: float


class Names:
    """The names of what *store* holds."""

    def __init__(self, store: Dataset) -> None:
        self._store = store
        self.added: list[tuple[Entry, tuple[Name, ...]]] = []
        self._spellings: dict[str, tuple[list[Entry], Spellings]] = {}

    def add(self, entry: Entry, *names: Name) -> None:
        """Add what is no IRI of the data, such as a canned query, with *names* of it in languages."""
        self.added.append((entry, (Name(local_name(entry.iri)), *names)))
        self._spellings.clear()
        self.__dict__.pop("finder", None)

    def nearest(
        self,
        name: str,
        kinds: Iterable[Kind],
        n: int = 3,
        least: float = LIKE,
    ) -> list[Match]:
        """At most *n* entries of *kinds* whose name or label is like *name*.

        *name* may be an IRI: its local name is compared then, and one in the same namespace is nearer.
        """
        wanted = local_name(name) if "/" in name or "#" in name else name.rpartition(":")[2] or name
        matches: list[Match] = []
        for each in kinds:
            entries, spellings = self._of(each)
            matches += (Match(entries[i], score) for score, i in spellings.near(wanted, least))
        return sorted(matches, key=lambda match: self._order(match, name))[:n]

    def _order(self, match: Match, name: str) -> tuple[float, bool, str]:
        """Of names that are as near, what has a label comes before what is only pointed at."""
        return (-_rank(match, name), not self.names_of(match.entry.iri), match.entry.iri)

    def labelled(self, label: str, kind: Kind | None = "thing") -> list[Entry]:
        """The entries that have *label*, in any language and case; else those of that local name."""
        entries = [
            entry
            for entry in self._by_label.get(plain(label), ())
            if kind is None or entry.kind == kind
        ]
        wanted = plain(label)
        labelled = [
            e for e in entries if any(plain(n.text) == wanted for n in self.names_of(e.iri))
        ]
        return sorted(labelled or entries, key=lambda entry: entry.iri)

    @cached_property
    def finder(self) -> Finder:
        """The search over all that has a name that somebody may know."""
        return Finder(self._searched(), self._simplified, self.is_source)

    def names_of(self, iri: str) -> list[Name]:
        """The labels of *iri*, the best first."""
        return self._labels.get(iri, [])

    @cached_property
    def has_labels(self) -> bool:
        """Whether things have labels here, as a rule or at least many of them."""
        things = self._all["thing"]
        return sum(bool(self.names_of(iri)) for iri in things) > _MANY * len(things)

    def label_of(self, iri: str) -> str:
        """The label of *iri*, in English if there is one, else its local name."""
        named = self.names_of(iri)
        if named:
            return named[0].text
        # It may be one of more labels than are held.
        return any_label(self._store, ox.NamedNode(iri)) or local_name(iri)

    def simplified(self, text: str) -> str:
        """*text* in simplified characters, as far as the labels of the data are in both scripts."""
        return text.translate(self._simplified)

    @cached_property
    def _simplified(self) -> dict[int, int]:
        """The characters of labels in traditional script, with those of as long a label of the same."""
        signs: dict[int, int] = {}
        for names in self._labels.values():
            both = [[n.text for n in names if n.language == tag] for tag in ("zh-hant", "zh-hans")]
            for old, new in zip(*both, strict=False):
                if len(old) == len(new):
                    signs.update((ord(a), ord(b)) for a, b in zip(old, new, strict=True) if a != b)
        return signs

    def exactly(self, text: str) -> list[str]:
        """The IRIs that have *text* as a label, also where there are more labels than are held."""
        tags = sorted(self._languages)
        texts = (ox.Literal(text), *(ox.Literal(text, language=tag) for tag in tags))
        quads = (
            quad
            for name in LABELS
            for each in texts
            for quad in self._store.quads_for_pattern(None, ox.NamedNode(name), each, None)
        )
        iris = (quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode))
        return list(dict.fromkeys(islice(iris, _EXACTLY)))

    @cached_property
    def _languages(self) -> set[str]:
        """The languages of labels."""
        return {name.language for names in self._labels.values() for name in names if name.language}

    def snippet_of(self, iri: str) -> str:
        """What is said of *iri* in a sentence, in English if there is one; empty for nothing."""
        return self._snippets.get(iri, "")

    def of_kind(self, kind: Kind) -> list[str]:
        """The IRIs of *kind*."""
        return self._all[kind]

    @cached_property
    def namespaces(self) -> dict[str, int]:
        """The namespaces of the data's IRIs, with the number of their names."""
        counted = Counter[str]()
        for kind in ("thing", "class", "property", "graph"):
            counted.update(iri[: len(iri) - len(local_name(iri))] for iri in self._all[kind])
        return dict(counted.most_common())

    # What is read of the store, when it is needed

    @cached_property
    def _labels(self) -> dict[str, list[Name]]:
        """The names of each IRI: the best label first."""
        ranked: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
        for rank, label in enumerate(LABELS):
            for subject, value in self._literals(label):
                order = 10 * rank + plainness(value)
                ranked[subject].append((order, value.value, value.language or ""))
        return {
            iri: list(dict.fromkeys(Name(text, language) for _, text, language in sorted(labels)))
            for iri, labels in ranked.items()
        }

    @cached_property
    def _snippets(self) -> dict[str, str]:
        snippets: dict[str, str] = {}
        for text in TEXTS:
            texts = sorted(
                self._literals(text), key=lambda each: each[1].language not in (None, "en")
            )
            for subject, value in texts:
                snippets.setdefault(subject, value.value)
        return snippets

    def _literals(self, predicate: str) -> Iterator[tuple[str, ox.Literal]]:
        quads = self._store.quads_for_pattern(None, ox.NamedNode(predicate), None, None)
        for quad, _ in zip(quads, range(BOUND), strict=False):
            if isinstance(quad.object, ox.Literal) and isinstance(quad.subject, ox.NamedNode):
                yield quad.subject.value, quad.object

    @cached_property
    def _all(self) -> dict[Kind, list[str]]:
        """The IRIs of each kind; the kinds in the order in which a searcher wants them."""
        classes, properties = self._terms()
        terms = {*classes, *properties}
        things = [*self._described, *self._column("?s ?p ?x")]
        # What is said about a triple (RDF 1.1 Semantics, appendix D.1) has no name that anybody knows.
        terms.update(self._column(f"?x <{expand('rdf:subject')}> ?o"))
        # A parameter of a query has a name only there. Not by a path with '?': Comunica evaluates none.
        node = f"?q <{expand('sh:parameter')}> ?x"
        path = f"?q <{expand('sh:parameter')}>/<{expand('sh:path')}> ?x"
        terms.update(self._column(f"{{ {node} }} UNION {{ {path} }}"))
        return {
            "thing": [iri for iri in dict.fromkeys(things) if iri not in terms][:BOUND],
            "class": classes,
            "property": properties,
            "query": [],
            "paragraph": [],
            "graph": self.graphs(),
            "prefix": list(prefixes()),
        }

    def uses(self, kind: Kind) -> dict[str, int]:  # noqa: ARG002  where it is known, it is by the kind
        """How often each IRI of *kind* is used, where that is known."""
        return {}

    def graphs(self) -> list[str]:
        """The named graphs."""
        return sorted(graph.value for graph in self._store.named_graphs())

    def _terms(self) -> tuple[list[str], list[str]]:
        """The classes, and the properties, that are used or declared."""
        predicates = self._column("{ ?s ?x ?o } UNION { GRAPH ?g { ?s ?x ?o } }")
        classes = self._column("{ ?s a ?x } UNION { GRAPH ?g { ?s a ?x } }")
        declared = [self._instances(kinds) for kinds in (CLASS_KINDS, PROPERTY_KINDS)]
        both = zip((classes, predicates), declared, strict=True)
        first, second = (list(dict.fromkeys([*used, *more])) for used, more in both)
        return first, second

    def _column(self, pattern: str) -> list[str]:
        """What stands for ``?x`` in *pattern*, each once."""
        looked_at = f"SELECT ?x {{ {pattern} }} LIMIT {SCANNED}"
        rows: Any = self._store.query(f"SELECT DISTINCT ?x {{ {{ {looked_at} }} }} LIMIT {BOUND}")
        return [row[0].value for row in rows if isinstance(row[0], ox.NamedNode)]

    def _instances(self, kinds: Iterable[str]) -> list[str]:
        return [
            quad.subject.value
            for kind in kinds
            for quad in self._store.quads_for_pattern(None, TYPE, ox.NamedNode(kind), None)
            if isinstance(quad.subject, ox.NamedNode)
        ][:BOUND]

    def _everything(self, kind: Kind | None = None) -> Iterator[tuple[Entry, tuple[Name, ...]]]:
        for each in self._all if kind is None else (kind,):
            for iri in self._all[each]:
                yield self.named(each, iri)
        for entry, added in self.added:
            if kind in (None, entry.kind):
                yield entry, added

    def named(
        self, kind: Kind, iri: str, names: list[Name] | None = None
    ) -> tuple[Entry, tuple[Name, ...]]:
        """The entry of *iri*, with its names, by default those held: the end of the IRI first."""
        names = self.names_of(iri) if names is None else names
        label = names[0].text if names else local_name(iri)
        return Entry(kind, iri, label, self.snippet_of(iri)), (Name(local_name(iri)), *names)

    def _of(self, kind: Kind) -> tuple[list[Entry], Spellings]:
        if kind not in self._spellings:
            named = list(self._everything(kind))
            names = ((name.text, i) for i, (_, names) in enumerate(named) for name in names)
            self._spellings[kind] = [entry for entry, _ in named], Spellings(names)
        return self._spellings[kind]

    @cached_property
    def _by_label(self) -> dict[str, list[Entry]]:
        entries: dict[str, list[Entry]] = defaultdict(list)
        for entry, names in self._everything():
            for name in dict.fromkeys(plain(name.text) for name in names):
                entries[name].append(entry)
        return entries

    def _searched(self) -> Iterator[tuple[Entry, tuple[Name, ...]]]:
        """What is worth finding: not what the dataset says of its parts, nor anything a second time."""
        passages = set(self._instances(PASSAGES))
        hidden = self._hidden()
        access(self._store).prefetch(map(ox.NamedNode, self._all["thing"]), [_DEPRECATED])
        for entry, names in self._everything():
            if entry.kind == "thing" and (entry.iri in hidden or self._is_a_part(entry.iri)):
                continue
            is_passage = entry.kind == "thing" and entry.iri in passages
            yield entry._replace(kind="paragraph") if is_passage else entry, names

    def _hidden(self) -> set[str]:
        """The things that are found otherwise: graphs and canned queries."""
        queries = f"{namespaces.base()}query/"
        added = (queries + entry.iri for entry, _ in self.added if entry.kind == "query")
        return {*added, *self.graphs()}

    def is_out_of_use(self, iri: str) -> bool:
        """Whether what has this IRI is deprecated."""
        quads = self._store.quads_for_pattern(ox.NamedNode(iri), _DEPRECATED, _TRUE, None)
        return next(quads, None) is not None

    def _is_a_part(self, iri: str) -> bool:
        """Whether an IRI is a part of the dataset, out of use, or one that is only pointed at."""
        if not self.names_of(iri):
            is_ours = bool(namespaces.base()) and iri.startswith(namespaces.base())
            is_known = iri in self._described or not self.has_labels
            return not is_known or (is_ours and not iri.startswith(namespaces.things()))
        return self.is_out_of_use(iri) or iri.startswith(f"{namespaces.base() or ' '}dataset/")

    @cached_property
    def _described(self) -> dict[str, None]:
        """The IRIs of which something is said."""
        return dict.fromkeys(self._column("?x ?p ?o"))

    @cached_property
    def is_source(self) -> Callable[[str], bool]:
        """Whether facts rest on the thing of an IRI, such as a document."""

        def is_source(iri: str) -> bool:
            node = ox.NamedNode(iri)
            patterns = ((None, name, node, None) for name in _EVIDENCE)
            return any(next(self._store.quads_for_pattern(*each), None) for each in patterns)

        return cache(is_source)


def plainness(text: ox.Literal) -> int:
    """Where a text in this language stands among several: English is first."""
    return {"en": 0, None: 1}.get(text.language, 2)


def any_label(store: Dataset, node: ox.NamedNode) -> str:
    """A label of *node* in *store*, in English if there is one; empty if it has none."""
    for name in map(ox.NamedNode, LABELS):
        quads = store.quads_for_pattern(node, name, None, None)
        texts = [quad.object for quad in quads if isinstance(quad.object, ox.Literal)]
        if texts:
            return min(texts, key=lambda text: ((text.language or "en") != "en", str(text))).value
    return ""


def _rank(match: Match, name: str) -> float:
    """Of two names that are as near, that in the namespace that is more like that of *name* is meant."""
    namespace, other = (iri[: len(iri) - len(local_name(iri))] for iri in (name, match.entry.iri))
    if not namespace:
        return match.score
    return match.score + 0.05 * (1 if namespace == other else likeness(namespace, other))
