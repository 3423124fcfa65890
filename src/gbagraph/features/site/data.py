"""The quads of a store as a browser reads them: each term once, and quads as numbers of terms.

A file is JSON: ``terms`` in N-Triples, ``graphs`` with the IRI of each run of quads (empty for the
default graph) and its length, and of all quads the ``subjects``, ``properties`` and ``objects``. A
number is the difference from the one before, among objects from that of the last quad with the same
property; of a property it is the number itself. Quads stand in the order in which the store took them
up, for the engine answers in that order. The second file has the named graphs, which few queries read;
its terms go on where those of the first end. Blank nodes would not be the same in two files: data that
have some are in one.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gbagraph.features.site.questions import encoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gbagraph.rdf.results import Term

_Row = tuple[str, str, str, str]


def files(store: Iterable[ox.Quad]) -> Iterator[tuple[bytes, int]]:
    """Yield the files of all quads of *store*, not compressed, each with how many quads it has."""
    rows = [_row(quad) for quad in store]
    rows.reverse()  # the engine yields last what came in first
    terms: dict[str, int] = {}
    if any("_:" in term for row in rows for term in row):
        yield _file(rows, terms), len(rows)
        return
    for is_named in (False, True):
        part = [row for row in rows if bool(row[3]) is is_named]
        yield _file(part, terms), len(part)


def _row(quad: ox.Quad) -> _Row:
    graph = "" if isinstance(quad.graph_name, ox.DefaultGraph) else str(quad.graph_name)
    return str(quad.subject), str(quad.predicate), _written(quad.object), graph


def _written(term: Term) -> str:
    """Return a term in N-Triples, which Python writes of a triple without its brackets."""
    return f"<<( {' '.join(map(_written, term))} )>>" if isinstance(term, ox.Triple) else str(term)


def _file(rows: Sequence[_Row], terms: dict[str, int]) -> bytes:
    """Return a file of *rows*, whose terms that are not among *terms* are added there."""
    met = dict.fromkeys(term for row in rows for term in row[:3])
    # Texts as they are met: one beside its translation, with which it shares characters, packs well.
    new = sorted((term for term in met if term not in terms), key=_place)
    terms.update(zip(new, range(len(terms), len(terms) + len(new)), strict=True))
    numbers = [[terms[term] for term in row[:3]] for row in rows]
    runs = [(graph, len(list(run))) for graph, run in groupby(rows, itemgetter(3))]
    content = {
        "terms": new,
        "graphs": runs,
        "subjects": list(_differences((0, row[0]) for row in numbers)),
        "properties": [row[1] for row in numbers],
        "objects": list(_differences((row[1], row[2]) for row in numbers)),
    }
    return encoded(content)


def _place(term: str) -> str:
    return "" if term.startswith('"') else term


def _differences(numbers: Iterable[tuple[int, int]]) -> Iterator[int]:
    """Yield how much each number differs from the last with the same key, or from 0."""
    last: dict[int, int] = {}
    for key, number in numbers:
        yield number - last.get(key, 0)
        last[key] = number
