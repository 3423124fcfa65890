"""What changed between two versions of the dataset, or two files: quads by their canonical lines.

What only follows is left out unless it is asked for: it changes with what it follows from. So is what
the dataset says of itself. A release is kept in data/releases, so it can be compared for ever.
A difference is written as a summary by graph and kind, as lines for people, as JSON or as RDF Patch.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.dataset import computed, loader
from gbagraph.dataset.identity import INFERRED, META, QUERIES
from gbagraph.errors import DatasetError
from gbagraph.rdf.dataset import canonical_lines
from gbagraph.rdf.namespaces import PREFIXES, compact, expand, graph_iri
from gbagraph.rdf.results import turtle_term
from gbagraph.text import aligned, counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    GraphName = ox.NamedNode | ox.BlankNode | ox.DefaultGraph
    Node = ox.NamedNode | ox.BlankNode | ox.Triple | ox.Literal


CURRENT: Final = "current"
"""The name of the built-in data."""

DEFAULT: Final = "default"
"""The name of the default graph."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of two datasets: its name, and each quad by its canonical N-Quads line, in order."""

    name: str
    quads: dict[str, ox.Quad] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Difference:
    """What only one of two datasets has, in *graph* or in all: canonical lines, in order."""

    before: Side
    after: Side
    graph: GraphName | None = None

    @property
    def removed(self) -> list[str]:
        """The lines that only the first has."""
        return self._only(self.before, self.after)

    @property
    def added(self) -> list[str]:
        """The lines that only the second has."""
        return self._only(self.after, self.before)

    def __bool__(self) -> bool:
        return bool(self.removed or self.added)

    def _only(self, one: Side, other: Side) -> list[str]:
        return [
            line
            for line, quad in one.quads.items()
            if line not in other.quads and self.graph in (None, quad.graph_name)
        ]


def compare(
    before: str, after: str = CURRENT, *, graph: str = "", inferred: bool = False
) -> Difference:
    """Return what changed from *before* to *after*: names of releases, of files, or ``current``.

    Args:
        before: what is compared.
        after: with what.
        graph: compare this graph alone: ``article``, an IRI, or ``default`` for the default graph.
        inferred: compare what follows, too: the graph ``inferred``, and the claims that are computed.

    Raises:
        DatasetError: there is no such release, file or graph, or a file does not parse.
    """
    chosen = _graph(graph)
    inferred = inferred or chosen == INFERRED
    sides = read(before, inferred=inferred), read(after, inferred=inferred)
    if chosen is not None:
        _require(chosen, {quad.graph_name for side in sides for quad in side.quads.values()})
    return Difference(*sides, chosen)


def read(name: str, *, inferred: bool = False) -> Side:
    """Read a release (``0.1.0``), the built-in data (``current``) or a file; *inferred* as in compare().

    Raises:
        DatasetError: there is no such release or file, or it does not parse.
    """
    apart = {META, QUERIES} if inferred else {META, QUERIES, INFERRED}
    quads = (quad for quad in _quads(name, inferred) if quad.graph_name not in apart)
    lines = canonical_lines(quads)
    # Each line is one quad, and the parser keeps their order and the labels of blank nodes.
    parsed = ox.parse("".join(lines), format=ox.RdfFormat.N_QUADS)
    return Side(name, dict(zip(lines, parsed, strict=True)))


def _quads(name: str, inferred: bool) -> Iterable[ox.Quad]:
    if name == CURRENT:
        return _current(inferred)
    path = Path(name)
    release = loader.find_release([path])
    if release is not None:
        return loader.read_release(release, followed=inferred)
    store = ox.Store()
    loader.read_into(store, path, ox.DefaultGraph())
    return store


def _current(inferred: bool) -> ox.Store:
    store = loader.read_built_in()
    if inferred:
        computed.add_claims(store)
    return store


def _graph(name: str) -> GraphName | None:
    if not name:
        return None
    if name == DEFAULT:
        return ox.DefaultGraph()
    prefix, colon, local = name.partition(":")
    iri = name if colon and prefix not in PREFIXES else PREFIXES.get(prefix, "") + local
    try:
        return ox.NamedNode(iri if colon else graph_iri(name))
    except ValueError:
        raise DatasetError(f"{name!r} is not the name of a graph.") from None


def _require(chosen: GraphName, there: set[GraphName]) -> None:
    if chosen not in there:
        listed = ", ".join(sorted(graph_label(_iri(graph)) for graph in there))
        raise DatasetError(
            f"There is no graph {graph_label(_iri(chosen))} to compare. There are: {listed}."
        )


def graph_label(graph: str) -> str:
    """Return the name of a graph as a reader knows it: the last part of the IRI of one of ours."""
    return compact(graph).removeprefix("graph:")


def _iri(graph: GraphName) -> str:
    return DEFAULT if isinstance(graph, ox.DefaultGraph) else str(graph.value)


_TYPE: Final = ox.NamedNode(expand("rdf:type"))


@dataclass(slots=True)
class Counts:
    """Of how many things something is said newly, no longer, or otherwise; and in how many triples."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    triples_added: int = 0
    triples_removed: int = 0

    def __add__(self, other: Counts) -> Counts:
        sums = {name: value + getattr(other, name) for name, value in asdict(self).items()}
        return Counts(**sums)


Summary = dict[str, dict[str, Counts]]
"""The counts of each graph (by its IRI; ``default``) and kind (the IRI of a class; empty for none)."""


def summary(difference: Difference) -> Summary:
    """Return the counts of each graph and kind in which something differs, in order.

    The kind of a thing is its class, asserted in any graph; of several the commonest.
    """
    counts: Summary = defaultdict(lambda: defaultdict(Counts))
    kinds = kinds_of(difference.before) | kinds_of(difference.after)
    there = [
        {(quad.graph_name, quad.subject) for quad in side.quads.values()}
        for side in (difference.before, difference.after)
    ]
    for (graph, subject), (less, more) in _by_thing(difference).items():
        row = counts[_iri(graph)][kinds.get(subject, "")]
        before, after = ((graph, subject) in known for known in there)
        row.added += not before
        row.removed += not after
        row.changed += before and after
        row.triples_removed += less
        row.triples_added += more
    return {graph: dict(sorted(rows.items())) for graph, rows in sorted(counts.items())}


def _by_thing(difference: Difference) -> dict[Any, list[int]]:
    """Return how many triples are removed and added, by graph and subject."""
    counts: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for place, (lines, side) in enumerate(
        ((difference.removed, difference.before), (difference.added, difference.after))
    ):
        for line in lines:
            quad = side.quads[line]
            counts[quad.graph_name, quad.subject][place] += 1
    return counts


def kinds_of(side: Side) -> dict[Node, str]:
    """Return the kind of each thing of a side, by the IRI of its class; of several the commonest."""
    typed = [quad for quad in side.quads.values() if quad.predicate == _TYPE]
    classes = [(quad.subject, str(getattr(quad.object, "value", ""))) for quad in typed]
    size = Counter(name for _, name in classes)
    # The last wins: the commonest, and of equals the first by name.
    return dict(sorted(classes, key=lambda row: (size[row[1]], [-ord(c) for c in row[1]])))


_HEAD: Final = ("Graph and kind", "things new", "gone", "changed", "triples +", "-")


def text(difference: Difference) -> str:
    """Return the summary as a table."""
    counts = summary(difference)
    total = sum((row for rows in counts.values() for row in rows.values()), Counts())
    names = f"{difference.before.name} to {difference.after.name}"
    if not counts:
        return f"From {names} nothing changed.\n"
    table: list[tuple[str, ...]] = [_HEAD]
    for graph, rows in counts.items():
        table.append(_row(graph_label(graph), sum(rows.values(), Counts())))
        table += (_row(f"  {compact(kind) or 'without a kind'}", row) for kind, row in rows.items())
    added = counted(total.triples_added, "triple")
    head = f"From {names}: {added} added, {total.triples_removed:,} removed.\n\n"
    return head + "".join(f"{line}\n" for line in aligned(table, right=True))


def _row(label: str, row: Counts) -> tuple[str, ...]:
    return (label, *(str(value) if value else "" for value in asdict(row).values()))


def full_text(difference: Difference) -> str:
    """Return the summary, and below it each triple after - or +, with prefixes, by graph and subject."""
    changes = [(difference.before.quads[line], "-") for line in difference.removed]
    changes += [(difference.after.quads[line], "+") for line in difference.added]
    by_graph: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for quad, sign in changes:
        by_graph[_iri(quad.graph_name)].append((_triple(quad), sign))
    blocks = [
        f"\n{graph_label(graph)}\n" + "".join(f"{sign} {line}\n" for line, sign in _ordered(rows))
        for graph, rows in sorted(by_graph.items())
    ]
    return "".join([text(difference), *blocks])


def _ordered(rows: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Sort by their text; of two that begin alike, what is removed before what is added."""
    return sorted(rows, key=lambda row: (row[0].split(" ")[:2], row[1] == "+", row[0]))


def _triple(quad: ox.Quad) -> str:
    return " ".join(map(turtle_term, (quad.subject, quad.predicate, quad.object)))


def _json(difference: Difference) -> str:
    counts = summary(difference)
    content = {
        "before": difference.before.name,
        "after": difference.after.name,
        "summary": [
            {"graph": graph, "kind": kind or None, **asdict(row)}
            for graph, rows in counts.items()
            for kind, row in rows.items()
        ],
        "removed": [line.rstrip("\n") for line in difference.removed],
        "added": [line.rstrip("\n") for line in difference.added],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _patch(difference: Difference) -> str:
    return rdf_patch(difference.removed, difference.added)


def rdf_patch(
    removed: Iterable[str], added: Iterable[str], header: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Write an RDF Patch of canonical lines; the *header* has names and terms in N-Quads."""
    rows = [*(f"H {name} {term} .\n" for name, term in header.items()), "TX .\n"]
    rows += (f"D {line}" for line in removed)
    rows += (f"A {line}" for line in added)
    return "".join([*rows, "TC .\n"])


FORMS: Final = {"text": text, "json": _json, "patch": _patch}
"""How a difference can be written: for people, as JSON, as RDF Patch."""
