"""Make the index of a store: a file with all names in it, and how much of what there is.

It is made from the store alone, once, by a process of its own (``engine/forkserver``). What is read is
sorted on disk, so that a graph of any size needs the same memory.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import closing, suppress
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.names.names import CLASS_KINDS, PROPERTY_KINDS, TEXTS, TYPE, plainness
from gbagraph.names.texts import as_indexed, joined, local_name
from gbagraph.rdf.namespaces import LABELS, expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from gbagraph.rdf.dataset import Dataset

    Row = tuple[str, int, str, str]
    Figure = tuple[str, str, int]


_OF_CLAIM: Final = ox.NamedNode(expand("rdf:subject"))
_CACHE: Final = 16_000
"""Kilobytes that the sorter holds."""
_TEXT, _CLASS, _PROPERTY, _CLAIM, _THING = 1000, 2000, 2001, 2002, 2003
"""What a row says of an IRI, in the order in which it is read; below are names, by their rank."""
_KINDS: Final = {_CLASS: "class", _PROPERTY: "property", _CLAIM: "", _THING: "thing"}
_TABLES: Final = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE;
    CREATE TEMP TABLE part (iri TEXT, part INTEGER, text TEXT, language TEXT);
    CREATE TABLE entry (id INTEGER PRIMARY KEY, iri TEXT, kind TEXT, uses INTEGER, snippet TEXT);
    CREATE TABLE name (id INTEGER PRIMARY KEY, entry INTEGER, text TEXT, language TEXT, joined TEXT);
    CREATE TABLE figure (what TEXT, term TEXT, number INTEGER);
    CREATE VIRTUAL TABLE word USING fts5(text, content='', columnsize=0);
"""
_INDEXES: Final = """
    CREATE UNIQUE INDEX entry_iri ON entry (iri);
    CREATE INDEX entry_kind ON entry (kind, uses DESC);
    CREATE INDEX name_entry ON name (entry);
    CREATE INDEX name_joined ON name (joined);
"""


def build(store: Dataset, target: Path) -> bool:
    """Make the index of *store* as the file *target*; False if another process is making it.

    Until it is whole it has another name; what a process has left that was killed is begun anew.

    Raises:
        OSError: the file cannot be written.
        sqlite3.Error: it cannot be written, such as on a full disk.
    """
    unfinished = target.with_suffix(".part")
    with unfinished.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        if target.exists():
            with suppress(FileNotFoundError):
                unfinished.unlink()
            return True
        os.ftruncate(file.fileno(), 0)
        _write(store, unfinished)
        os.fsync(file.fileno())
        unfinished.rename(target)
    return True


def _write(store: Dataset, path: Path) -> None:
    folder = str(path.parent).replace("'", "''")
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        # Elsewhere there may be no room, or a file system in memory.
        made.execute(f"PRAGMA temp_store_directory = '{folder}'")
        made.execute(f"PRAGMA cache_size = -{_CACHE}")
        made.executescript(_TABLES)
        made.execute("BEGIN")
        figures = list(_figures(store))
        made.executemany("INSERT INTO figure VALUES (?, ?, ?)", figures)
        parts = chain(_terms(figures), _declared(store), _things(store), _names(store))
        made.executemany("INSERT INTO part VALUES (?, ?, ?, ?)", parts)
        rows = made.execute("SELECT * FROM part ORDER BY iri, part, text, language")
        _arrange(rows, made.cursor())
        made.execute("COMMIT")
        made.executescript(_INDEXES)


def _figures(store: Dataset) -> Iterator[Figure]:
    """How many triples each property has, and each class; of the default graph, and of the others."""
    for place, pattern in (("", "?s {0} ?x"), ("named ", "GRAPH ?g {{ ?s {0} ?x }}")):
        of_classes = pattern.format("a") + " FILTER (ISIRI(?x))"
        of_properties = pattern.format("?p")
        for what, term, sparql in (("class", "x", of_classes), ("property", "p", of_properties)):
            rows: Any = store.query(
                f"SELECT ?{term} (COUNT(*) AS ?n) {{ {sparql} }} GROUP BY ?{term}"
            )
            yield from ((place + what, row[term].value, int(row["n"].value)) for row in rows)


def _terms(figures: Iterable[Figure]) -> Iterator[Row]:
    parts = {"class": _CLASS, "property": _PROPERTY}
    for what, term, number in figures:
        yield term, parts[what.removeprefix("named ")], str(number), ""


def _declared(store: Dataset) -> Iterator[Row]:
    for part, kinds in ((_CLASS, CLASS_KINDS), (_PROPERTY, PROPERTY_KINDS)):
        for kind in kinds:
            for subject, _ in _pairs(store, TYPE, ox.NamedNode(kind)):
                yield subject, part, "0", ""


def _things(store: Dataset) -> Iterator[Row]:
    """What has a class; but what is said about a triple has no name that anybody knows."""
    for predicate, part in ((TYPE, _THING), (_OF_CLAIM, _CLAIM)):
        yield from ((subject, part, "", "") for subject, _ in _pairs(store, predicate))


def _names(store: Dataset) -> Iterator[Row]:
    for rank, label in enumerate(LABELS):
        yield from _literals(store, label, 10 * rank)
    for text in TEXTS:
        yield from _literals(store, text, _TEXT)


def _literals(store: Dataset, predicate: str, part: int) -> Iterator[Row]:
    for subject, value in _pairs(store, ox.NamedNode(predicate)):
        if isinstance(value, ox.Literal):
            yield subject, part + plainness(value), value.value, value.language or ""


def _pairs(
    store: Dataset, predicate: ox.NamedNode, value: ox.NamedNode | None = None
) -> Iterator[tuple[str, Any]]:
    """The IRIs that have *predicate*, each with its values, in any graph."""
    for quad in store.quads_for_pattern(None, predicate, value, None):
        if isinstance(quad.subject, ox.NamedNode):
            yield quad.subject.value, quad.object


def _arrange(rows: Iterable[Row], made: sqlite3.Cursor) -> None:
    """Write what is known of each IRI, which stands together in *rows*."""
    number = 0
    for iri, group in groupby(rows, key=itemgetter(0)):
        said = list(dict.fromkeys(row[1:] for row in group))
        kinds = [row for row in said if row[0] >= _CLASS]
        kind = _KINDS[kinds[0][0]] if kinds else "thing"
        if not kind:
            continue
        uses = sum(int(text) for part, text, _ in kinds if part == kinds[0][0] and text)
        snippet = next((text for part, text, _ in said if _TEXT <= part < _CLASS), "")
        made.execute("INSERT INTO entry VALUES (NULL, ?, ?, ?, ?)", (iri, kind, uses, snippet))
        number = made.lastrowid or number
        labels = [(text, language) for part, text, language in said if part < _TEXT]
        _write_names(made, number, [(local_name(iri), ""), *dict.fromkeys(labels)])
        if snippet:  # its number is negative, so that it differs from those of names
            made.execute(
                "INSERT INTO word (rowid, text) VALUES (?, ?)", (-number, as_indexed(snippet))
            )


def _write_names(made: sqlite3.Cursor, entry: int, names: Sequence[tuple[str, str]]) -> None:
    """The names of an entry, the end of its IRI first."""
    for place, (text, language) in enumerate(names):
        row = (entry, text, language, joined(text))
        made.execute("INSERT INTO name VALUES (NULL, ?, ?, ?, ?)", row)
        words = as_indexed(text, is_of_iri=place == 0)
        made.execute("INSERT INTO word (rowid, text) VALUES (?, ?)", (made.lastrowid, words))
