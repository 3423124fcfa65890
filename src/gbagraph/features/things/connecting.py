"""How two things are connected: the shortest paths along what is said of things, in both directions.

It is searched from both ends, always on from the smaller front. A path costs a point for each step, and
for each thing in between the logarithm of its links: what leads through something to which everything
is linked comes after what is specific. What follows by the ontology is no step, for it follows from
steps; nor are kinds, labels, evidence and what is said of the data themselves.
"""

from __future__ import annotations

import json
from collections import deque
from heapq import heappop, heappush
from itertools import islice, pairwise
from math import log2
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.dataset.identity import INFERRED
from gbagraph.features.things.meanings import LISTS
from gbagraph.rdf.dataset import access
from gbagraph.rdf.labels import LabelFinder
from gbagraph.rdf.namespaces import BASES, LABELS, PREFIXES, expand, of_evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.engine.worker import Work
    from gbagraph.features.things.jobs import Connect
    from gbagraph.rdf.dataset import Dataset, Form

    _Path = tuple[str, ...]

_LINKS: Final = 2000
"""Triples of a thing in one direction: what has more is reached, but not entered."""
_READ: Final = 100_000
"""Triples that are read at most."""
_TRIED: Final = 20_000
"""Beginnings of paths that are tried at most."""
_NAMED: Final = 5
"""Things that were not entered which an answer names."""

_SPACES: Final = tuple(
    PREFIXES[name]
    for name in ("rdf", "rdfs", "owl", "sh", "void", "ev", "dcat", "sd", "vann", "spdx")
)
_NAMES: Final = (
    *(
        "skos:inScheme",
        "skos:topConceptOf",
        "skos:hasTopConcept",
        "dcterms:license",
        "dcterms:type",
    ),
    *("prov:wasDerivedFrom", "prov:hadPrimarySource", "prov:wasQuotedFrom", "dcterms:publisher"),
)
_OTHERS: Final = frozenset((*BASES, *LABELS, *LISTS, *of_evidence("restsOn"), *map(expand, _NAMES)))
_DEFAULT: Final = ox.DefaultGraph()


class Step(NamedTuple):
    """A property that leads from a thing to another, or, not *forward*, back from there."""

    property: str
    forward: bool


class Links:
    """The links between things in *store*, each read once, and how much was read."""

    def __init__(self, store: Dataset) -> None:
        self._store, self.read = store, 0
        self._steps: dict[str, dict[str, Step] | None] = {}
        self.beside: dict[str, dict[str, Step]] = {}
        """The things beside each that was entered, or is beside one."""

    def enter(self, things: Iterable[str]) -> Iterator[str]:
        """Yield what is beside *things*, in order, as long as no more is read than may be."""
        every = list(things)
        access(self._store).prefetch_forms(form for each in every for form in _forms(each))
        for each in every:
            if self.read < _READ:
                yield from sorted(self._of(each) or ())

    def degree(self, thing: str) -> int:
        """Return how many things are beside *thing*; as many as may be, if there are more."""
        found = self._of(thing)
        return _LINKS if found is None else len(found)

    def too_many(self) -> list[str]:
        """Return what has too many links to be entered."""
        return sorted(thing for thing, steps in self._steps.items() if steps is None)

    def _of(self, thing: str) -> dict[str, Step] | None:
        if thing not in self._steps:
            self._steps[thing] = self._read(thing)
            for other, step in (self._steps[thing] or {}).items():
                self.beside.setdefault(thing, {})[other] = step
                self.beside.setdefault(other, {})[thing] = step._replace(forward=not step.forward)
        return self._steps[thing]

    def _read(self, thing: str) -> dict[str, Step] | None:
        """The things beside *thing*, with the first property between them each; None for too many."""
        steps: dict[str, Step] = {}
        for forward, form in zip((True, False), _forms(thing), strict=True):
            found: Any = self._store.quads_for_pattern(*form, _DEFAULT)  # type: ignore[arg-type]
            quads = list(islice(found, _LINKS + 1))
            self.read += len(quads)
            if len(quads) > _LINKS:
                return None
            for quad in filter(self._is_link, quads):
                other: Any = quad.object if forward else quad.subject
                step = Step(quad.predicate.value, forward)
                steps[other.value] = min(step, steps.get(other.value, step), key=_order)
        steps.pop(thing, None)
        return steps

    def _is_link(self, quad: ox.Quad) -> bool:
        """Whether *quad* says of a thing with a name that it is linked to another."""
        ends = quad.subject, quad.object
        term = quad.predicate.value
        if not all(isinstance(end, ox.NamedNode) for end in ends):
            return False
        if term in _OTHERS or term.startswith(_SPACES):
            return False
        return ox.Quad(quad.subject, quad.predicate, quad.object, INFERRED) not in self._store


def _forms(thing: str) -> tuple[Form, Form]:
    node = ox.NamedNode(thing)
    return (node, None, None), (None, None, node)


def _order(step: Step) -> tuple[bool, str]:
    return not step.forward, step.property


def connect(links: Links, start: str, end: str, length: int, number: int) -> list[_Path]:
    """Return at most *number* paths of at most *length* steps from *start* to *end*, the best first."""
    fronts, seen = {start: [start], end: [end]}, {start: {start}, end: {end}}
    for _ in range(length):
        side = min(fronts, key=lambda each: (len(fronts[each]) or _READ, each != start))
        fronts[side] = [
            each for each in dict.fromkeys(links.enter(fronts[side])) if each not in seen[side]
        ]
        seen[side].update(fronts[side])
    return _cheapest(links, start, end, length, number)


def _distances(beside: dict[str, dict[str, Step]], end: str, length: int) -> dict[str, int]:
    """How many steps each thing is from *end*, up to *length*."""
    found, waiting = {end: 0}, deque([end])
    while waiting:
        here = waiting.popleft()
        if found[here] < length:
            new = [each for each in beside.get(here, ()) if each not in found]
            found |= dict.fromkeys(new, found[here] + 1)
            waiting += new
    return found


def _cheapest(links: Links, start: str, end: str, length: int, number: int) -> list[_Path]:
    """The paths through what was read; what costs least, with what is to come, is gone on with first."""
    left = _distances(links.beside, end, length)
    begun: list[tuple[float, float, _Path]] = [(0.0, 0.0, (start,))]
    paths: list[_Path] = []
    for _ in range(_TRIED):
        if not begun or len(paths) == number or links.read > 2 * _READ:
            break
        _, cost, path = heappop(begun)
        here = path[-1]
        if here == end:
            paths.append(path)
            continue
        so_far = cost + 1 + (log2(links.degree(here)) if len(path) > 1 else 0)
        for each in links.beside.get(here, ()):
            if each not in path and len(path) + left.get(each, length) <= length:
                heappush(begun, (so_far + left[each], so_far, (*path, each)))
    return paths


def run(job: Connect, work: Work) -> None:
    """Send the paths, each a list of steps, and how far was looked."""
    links, label = Links(work.store), LabelFinder(work.store, job.languages)
    paths = connect(links, job.start, job.end, job.length, job.number)
    told = [list(_steps(links, path, label)) for path in paths]
    crowded = [_named(each, label) for each in links.too_many()]
    looked = {
        "reached": len(links.beside),
        "read": links.read,
        "all": links.read < _READ,
        "not_entered": crowded[:_NAMED],
        "crowded": len(crowded),
    }
    ends = [_named(each, label) for each in (job.start, job.end)]
    work.send(job, json.dumps({"ends": ends, "paths": told, "looked": looked}).encode())


def _steps(links: Links, path: _Path, label: LabelFinder) -> Iterator[dict[str, Any]]:
    for here, there in pairwise(path):
        step = links.beside[here][there]
        ends = here, there
        yield {
            "property": _named(step.property, label),
            "forward": step.forward,
            "to": _named(there, label),
            "triple": [ends[not step.forward], step.property, ends[step.forward]],
        }


def _named(iri: str, label: LabelFinder) -> dict[str, str]:
    found = label(ox.NamedNode(iri))
    return {"iri": iri, "label": found.value if found else iri}
