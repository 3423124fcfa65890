"""Names from the index of a store: search over all of them, in a worker that holds none.

Of what fits, a bounded number is read and ranked as the names of a graph in memory are. What is looked
for by slips is found among the names that :class:`Names` holds.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from functools import cached_property, lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import msgspec
import pyoxigraph as ox

from gbagraph import publication
from gbagraph.dataset.identity import META
from gbagraph.dataset.view import holds_inferred
from gbagraph.names.asking import asked
from gbagraph.names.asking import pieces as pieces_of
from gbagraph.names.matching import Entry, Finder, Found, Hit, Kind, Name
from gbagraph.names.names import TEXTS, TYPE, Names, plainness
from gbagraph.names.texts import as_asked, joined, local_name, plain, spaced
from gbagraph.queries.catalog import all_queries
from gbagraph.queries.texts import said_of
from gbagraph.rdf import namespaces
from gbagraph.rdf.dataset import named_node
from gbagraph.rdf.namespaces import LABELS, in_full, prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from gbagraph.engine.worker import Work
    from gbagraph.names.jobs import Counts
    from gbagraph.rdf.dataset import Dataset
    from gbagraph.rdf.results import Term

    Named = tuple[Entry, tuple[Name, ...]]


_EACH: Final = 500
"""Names of each way to fit that are read."""
_LOOKED_AT: Final = 5_000
"""Quads in which languages and namespaces are looked for, where there is no index."""
_SPACES: Final = 20
_TERMS: Final = 5_000
"""Classes and properties that take part in every search, those used most: there are few of them."""
_CACHE: Final = 4_000
"""Kilobytes of the file that a worker holds."""

State = Literal["", "off", "building"]
"""Why there is no index: none is needed, or none is wanted, or it is not there yet."""


class Index:
    """The file *path*, which ``indexing.build`` has made."""

    def __init__(self, path: Path) -> None:
        address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        self._file = sqlite3.connect(address, uri=True, check_same_thread=False)
        self._file.execute(f"PRAGMA cache_size = -{_CACHE}")

    def terms(self, kind: Kind, most: int) -> dict[str, int]:
        """At most *most* of the classes or properties, those used most first, with their triples."""
        sql = "SELECT iri, uses FROM entry WHERE kind = ? ORDER BY uses DESC, iri LIMIT ?"
        return dict(self._file.execute(sql, (kind, most)))

    def names_of(self, iri: str) -> list[Name]:
        """The labels of *iri*, the best first."""
        sql = "SELECT text, language FROM name WHERE entry = (SELECT id FROM entry WHERE iri = ?)"
        rows = self._file.execute(f"{sql} ORDER BY id", (iri,)).fetchall()
        return [Name(*row) for row in rows[1:]]

    def snippet_of(self, iri: str) -> str:
        """What is said of *iri* in a sentence; empty for nothing."""
        row = self._file.execute("SELECT snippet FROM entry WHERE iri = ?", (iri,)).fetchone()
        return row[0] if row else ""

    def figures(self, what: str) -> list[tuple[str, int]]:
        """The triples of each ``property``, or things of each ``class``, of the default graph."""
        sql = "SELECT term, number FROM figure WHERE what = ? ORDER BY term"
        return self._file.execute(sql, (what,)).fetchall()

    def matching(self, text: str) -> list[Named]:
        """Entries with a name or definition that *text* may mean, of each way to fit so many."""
        wanted = spaced(text)
        if not wanted:
            return []
        whole, words = wanted.replace(" ", ""), asked(wanted).words
        ways = (
            self._numbers("joined = ?", whole),
            self._numbers("joined > ? AND joined < ?", whole, whole + "\U0010ffff"),
            self._having(words),
        )
        return self.entries(dict.fromkeys(number for way in ways for number in way))

    def labelled(self, text: str) -> list[Named]:
        """Entries that have the name *text*, in any language and case."""
        return self.entries(dict.fromkeys(self._numbers("joined = ?", joined(text))))

    def _numbers(self, condition: str, *values: str) -> list[int]:
        sql = f"SELECT entry FROM name WHERE {condition} ORDER BY joined LIMIT {_EACH}"  # noqa: S608  own texts
        return [number for (number,) in self._file.execute(sql, values)]

    def _having(self, words: Sequence[str]) -> list[int]:
        """Entries that have all words; where there are none, that have some, of each as many."""
        every = self._with(" AND ".join(map(as_asked, words)), 2 * _EACH)
        parts = [piece for word in words for piece in pieces_of(word)]
        most = 2 * _EACH // len(parts)
        return every or [n for part in parts for n in self._with(as_asked(part), most)]

    def _with(self, asked: str, most: int) -> list[int]:
        rows = self._file.execute(
            f"SELECT rowid FROM word WHERE word MATCH ? LIMIT {most}",  # noqa: S608
            (asked,),
        )
        numbers = [number for (number,) in rows]
        names = [number for number in numbers if number > 0]
        sql = f"SELECT entry FROM name WHERE id IN ({_marks(names)})"  # noqa: S608
        of_names = [number for (number,) in self._file.execute(sql, names)]
        return [*of_names, *(-number for number in numbers if number < 0)]

    def entries(self, numbers: Iterable[int]) -> list[Named]:
        """The entries of these *numbers*, with their names: the end of the IRI first."""
        wanted = list(numbers)
        sql = f"SELECT * FROM entry WHERE id IN ({_marks(wanted)})"  # noqa: S608
        return [self._named(*row) for row in self._file.execute(sql, wanted).fetchall()]

    def entry(self, iri: str) -> Named | None:
        """That of *iri*, if it has one."""
        row = self._file.execute("SELECT * FROM entry WHERE iri = ?", (iri,)).fetchone()
        return self._named(*row) if row else None

    def _named(self, number: int, iri: str, kind: str, _: int, snippet: str) -> Named:
        sql = "SELECT text, language FROM name WHERE entry = ? ORDER BY id"
        names = tuple(Name(*row) for row in self._file.execute(sql, (number,)))
        label = names[1].text if len(names) > 1 else local_name(iri)
        return Entry(cast("Kind", kind), iri, label, snippet), names


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


class StoredNames(Names):
    """The names in a *store* without an index: exact ones of all of it, and others of a part."""

    @cached_property
    def finder(self) -> Finder:
        """The search by exact names."""
        return cast("Finder", _ExactFinder(self))

    @cached_property
    def held(self) -> Finder:
        """The search over the names of a part of the store, among which slips are looked for."""
        _ = self._labels, self._snippets
        return Finder(self._searched(), is_source=self.is_source)

    def names_of(self, iri: str) -> list[Name]:
        """The labels of *iri*, the best first."""
        is_read = "_labels" in self.__dict__  # for what looks at a part alone
        return super().names_of(iri) if is_read else self._said_of(iri, LABELS)

    def snippet_of(self, iri: str) -> str:
        """What is said of *iri* in a sentence; empty for nothing."""
        if "_snippets" in self.__dict__:
            return super().snippet_of(iri)
        return next((name.text for name in self._said_of(iri, TEXTS)), "")

    def _said_of(self, iri: str, predicates: Iterable[str]) -> list[Name]:
        node = named_node(iri)  # a prefix and a query have a name that is none
        ranked = sorted(
            (rank, plainness(quad.object), quad.object.value, quad.object.language or "")
            for rank, name in enumerate(predicates if node else ())
            for quad in self._store.quads_for_pattern(node, ox.NamedNode(name), None, None)
            if isinstance(quad.object, ox.Literal)
        )
        return list(dict.fromkeys(Name(text, language) for _, _, text, language in ranked))

    def exactly(self, text: str) -> list[str]:
        """The IRIs that have *text* as a label, also in other usual case; else as IRI or end of one."""
        forms = dict.fromkeys((text, text.lower(), text.upper(), text.capitalize(), text.title()))
        labelled = dict.fromkeys(iri for form in forms for iri in Names.exactly(self, form))
        nodes = map(named_node, (in_full(text), *(space + text for space in self._spaces)))
        return list(labelled or dict.fromkeys(n.value for n in nodes if n and self._kind(n)))

    def _some_terms(self) -> Iterator[Term]:
        """The terms of a part of the store, which has things in no order."""
        quads = self._store.quads_for_pattern(None, None, None, None)
        return (term for quad in islice(quads, _LOOKED_AT) for term in quad.triple)

    @cached_property
    def _languages(self) -> set[str]:
        texts = (term for term in self._some_terms() if isinstance(term, ox.Literal))
        return {text.language for text in texts if text.language}

    @cached_property
    def _spaces(self) -> list[str]:
        """The namespaces in which an IRI is looked for by its end: those of most terms."""
        iris = (term.value for term in self._some_terms() if isinstance(term, ox.NamedNode))
        counted = Counter(iri.removesuffix(local_name(iri)) for iri in iris)
        return [namespaces.things(), *(space for space, _ in counted.most_common(_SPACES))]

    def simplified(self, text: str) -> str:
        """Return *text*: to know signs of two scripts, all labels would be read."""
        return text

    def called(self, text: str) -> list[Named]:
        """The entries that are called *text*, each with its names: the end of its IRI first."""
        kinds = ((self._kind(ox.NamedNode(iri)), iri) for iri in self.exactly(text))
        return [self.named(kind, iri, self._said_of(iri, LABELS)) for kind, iri in kinds if kind]

    def _kind(self, node: ox.NamedNode) -> Kind | None:
        """What *node* is, by the first of its triples; None if there are none."""
        kinds: tuple[Kind, ...] = ("property", "class", "thing")
        places = ((None, node, None), (None, TYPE, node), (node, None, None))
        quads = (next(self._store.quads_for_pattern(*place), None) for place in places)
        return next((kind for kind, quad in zip(kinds, quads, strict=True) if quad), None)

    def labelled(self, label: str, kind: Kind | None = "thing") -> list[Entry]:
        """The entries that are called *label* exactly."""
        return sorted(e for e, _ in self.called(label) if kind is None or e.kind == kind)

    @cached_property
    def others(self) -> list[Named]:
        """What takes part in every search, beside things and terms."""
        graphs = (self.named("graph", each) for each in self.graphs())
        named = ((Entry("prefix", each, each), (Name(each),)) for each in prefixes())
        return [*graphs, *named, *self.added]


class IndexedNames(StoredNames):
    """The names of what *store* holds, from its *index*."""

    def __init__(self, store: Dataset, index: Index) -> None:
        super().__init__(store)
        self.index = index

    @cached_property
    def finder(self) -> Finder:
        """The search over all that has a name."""
        return cast("Finder", _IndexedFinder(self))

    @cached_property
    def held(self) -> Finder:
        """The search over the names of a part of the store, among which slips are looked for."""
        return Finder(self._searched())

    def names_of(self, iri: str) -> list[Name]:
        """The labels of *iri*, the best first."""
        return self.index.names_of(iri)

    def snippet_of(self, iri: str) -> str:
        """What is said of *iri* in a sentence; empty for nothing."""
        return self.index.snippet_of(iri)

    def uses(self, kind: Kind) -> dict[str, int]:
        """How often each class or property is used; of other kinds nothing is known."""
        return self.index.terms(kind, _TERMS)

    def of_kind(self, kind: Kind) -> list[str]:
        """The IRIs of *kind*; of things, those that are held."""
        return list(self.uses(kind)) if kind in ("class", "property") else super().of_kind(kind)

    def labelled(self, label: str, kind: Kind | None = "thing") -> list[Entry]:
        """The entries that have *label*, in any language and case; else those of that local name."""
        wanted = plain(label)
        entries = [
            (entry, names)
            for entry, names in (*self.index.labelled(label), *self.added)
            if kind is None or entry.kind == kind
        ]
        labelled = [e for e, names in entries if any(plain(n.text) == wanted for n in names[1:])]
        return sorted(labelled or [e for e, _ in entries if plain(local_name(e.iri)) == wanted])

    def _terms(self) -> tuple[list[str], list[str]]:
        return self.of_kind("class"), self.of_kind("property")

    @cached_property
    def others(self) -> list[Named]:
        """What takes part in every search, beside things."""
        terms = [self.index.entry(iri) for iris in self._terms() for iri in iris]
        return [*filter(None, terms), *super().others]


class _ExactFinder:
    """What :class:`Finder` finds, of a store without an index: what has exactly this name."""

    def __init__(self, names: StoredNames) -> None:
        self._names = names

    def find(self, text: str) -> Found:
        """What is called *text*, and the graphs, prefixes and queries that it may mean."""
        found = Finder(self._names.others).find(text)
        found.hits[:0] = [
            Hit(
                entry,
                1.0,
                next((n for n in reversed(names) if plain(n.text) == plain(text)), None),
                names,
            )
            for entry, names in self._names.called(text)
        ]
        return found

    def nearest(self, text: str, n: int = 5) -> list[Hit]:
        """At most *n* entries of a part of the store; none while the index is made."""
        held = None if state() == "building" else self._names.held
        return (held.find(text).hits or held.nearest(text, n))[:n] if held else []

    def listed(self) -> list[Hit]:
        """Those of a part of the store, with their names."""
        return self._names.held.listed()

    def entries(self) -> Iterator[Entry]:
        """Those of a part of the store."""
        return self._names.held.entries()


class _IndexedFinder(_ExactFinder):
    """What :class:`Finder` finds, of more names than it can hold."""

    _names: IndexedNames

    def find(self, text: str) -> Found:
        """What *text* may mean; where no name has its words, what has names that are like it."""
        found = self._candidates(text).find(text)
        return found if found.hits else self._names.held.find(text)

    def _candidates(self, text: str) -> Finder:
        names = self._names
        things = [
            named
            for named in names.index.matching(text)
            if named[0].kind == "thing" and not names.is_out_of_use(named[0].iri)
        ]
        return Finder([*things, *names.others], is_source=names.is_source)


class _Place:
    """Where the index of the store is that this process serves, and whether one is wanted."""

    path: Path | None = None
    is_wanted = False


def use(path: Path | None, *, is_wanted: bool) -> None:
    """Take names from the index *path* once it is there; None for a store that needs none."""
    _Place.path, _Place.is_wanted = path, is_wanted


def current() -> Index | None:
    """The index of the store that this process serves, if it is there by now."""
    path = _Place.path
    return _opened(path) if path is not None and _Place.is_wanted and path.exists() else None


def state() -> State:
    """Why there is no index, if there is none."""
    if _Place.path is None or current() is not None:
        return ""
    return "building" if _Place.is_wanted else "off"


def run(job: Counts, work: Work) -> None:
    """Send the counts."""
    work.send(job, msgspec.json.encode(counts()))


def counts() -> dict[str, Any]:
    """The triples of each property and the things of each class of the default graph, where known."""
    index = current()
    if index is None:
        return {"index": state()}
    return {"index": "", "properties": index.figures("property"), "classes": index.figures("class")}


@lru_cache(maxsize=1)
def _opened(path: Path) -> Index:
    return Index(path)


def names_of(store: Dataset) -> Names:
    """The names in *store*; they are read once for a process, with and without what follows."""
    return _names(store, holds_inferred(store), current())


@lru_cache(maxsize=2)
def _names(store: Dataset, _: bool | None, index: Index | None) -> Names:
    names = IndexedNames(store, index) if index else (StoredNames if state() else Names)(store)
    # The canned queries of the built-in dataset are about no other.
    if store.contains_named_graph(META) or not publication.current().is_own:
        for query in all_queries().values():
            own = Name(query.summary or query.name, publication.current().language or "en")
            said = [Name(row.summary, tag.lower()) for tag, row in said_of(query).items()]
            names.add(Entry("query", query.name, query.summary, query.description), own, *said)
    return names
