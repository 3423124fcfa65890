"""How two things are connected: the shortest paths along what is said of things, in both directions.

It is searched from both ends, always on from the smaller front. A path costs a point for each step, and
for each thing in between the logarithm of its links: what leads through something to which everything
is linked comes after what is specific. What follows by the ontology is no step, for it follows from
steps; nor are kinds, labels, evidence and what is said of the data themselves.
"""

from __future__ import annotations

import json
from collections import defaultdict
from heapq import heappop, heappush
from itertools import islice, pairwise
from math import log2
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.dataset.identity import INFERRED
from gbagraph.rdf.dataset import access
from gbagraph.rdf.labels import LabelFinder
from gbagraph.rdf.namespaces import BASES, LABELS, LISTS, PREFIXES, expand, of_evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.engine.worker import Work
    from gbagraph.features.things.jobs import Connect
    from gbagraph.rdf.dataset import Dataset, Form

    _Path = tuple[str, ...]
    _Step = tuple[bool, str]
    """Whether it leads back, and by which property: the least is given of several."""

_LINKS: Final = 2000
"""Triples of a thing in one direction: what has more is reached, but not entered."""
_READ: Final = 100_000
"""Triples that are read at most to find links, and again to count those of what is found."""
_TRIED: Final = 20_000
"""Beginnings of paths that are tried at most."""
_NAMED: Final = 5
"""Things that were not entered which an answer names."""

_SPACES: Final = tuple(
    PREFIXES[each]
    for each in ("rdf", "rdfs", "owl", "sh", "void", "ev", "dcat", "sd", "vann", "spdx")
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


class Links:
    """The links between things in *store*, each read once.

    *read* is the number of triples that were, and *is_all* whether no limit ended the search; *crowded*
    is what has too many links to be entered, and *beside* has the things beside each that was entered,
    or is beside one, each with a step to it.
    """

    def __init__(self, store: Dataset) -> None:
        self.store, self.read, self.is_all = store, 0, True
        self.crowded: set[str] = set()
        self.beside: dict[str, dict[str, _Step]] = defaultdict(dict)
        self._entered: dict[str, list[str]] = {}

    def enter(self, thing: str) -> list[str]:
        """Return what is beside *thing*, in order; nothing if that is too much."""
        if thing not in self._entered:
            steps = self._read(thing)
            self._entered[thing] = sorted(steps)
            for other, (back, name) in steps.items():
                self.beside[thing][other] = back, name
                self.beside[other][thing] = not back, name
        return self._entered[thing]

    def cost(self, thing: str) -> float:
        """Return what it costs a path to lead through *thing*."""
        number = len(self.enter(thing))
        return log2(_LINKS if thing in self.crowded else max(number, 1))

    def _read(self, thing: str) -> dict[str, _Step]:
        steps: dict[str, _Step] = {}
        for back, form in enumerate(_forms(thing)):
            found: Any = self.store.quads_for_pattern(*form, _DEFAULT)  # type: ignore[arg-type]
            quads = list(islice(found, _LINKS + 1))
            self.read += len(quads)
            if len(quads) > _LINKS:
                self.crowded.add(thing)
                return {}
            for quad in filter(self._is_link, quads):
                other = (quad.subject if back else quad.object).value
                step = bool(back), quad.predicate.value
                steps[other] = min(step, steps.get(other, step))
        return steps

    def _is_link(self, quad: ox.Quad) -> bool:
        """Whether *quad* says of a thing with a name that it is linked to another."""
        ends, term = {quad.subject, quad.object}, quad.predicate.value
        is_said = term not in _OTHERS and not term.startswith(_SPACES)
        if not is_said or len(ends) == 1 or not all(isinstance(e, ox.NamedNode) for e in ends):
            return False
        return ox.Quad(quad.subject, quad.predicate, quad.object, INFERRED) not in self.store


def _forms(thing: str) -> tuple[Form, Form]:
    node = ox.NamedNode(thing)
    return (node, None, None), (None, None, node)


def connect(links: Links, start: str, end: str, length: int, number: int) -> list[_Path]:
    """Return at most *number* paths of at most *length* steps from *start* to *end*, the best first."""
    fronts, seen = [[start], [end]], [{start}, {end}]
    for _ in range(length):
        side = (len(fronts[1]) or _READ) < (len(fronts[0]) or _READ)
        access(links.store).prefetch_forms(form for each in fronts[side] for form in _forms(each))
        beside = (o for each in fronts[side] if links.read < _READ for o in links.enter(each))
        fronts[side] = [each for each in dict.fromkeys(beside) if each not in seen[side]]
        seen[side].update(fronts[side])
    links.is_all = links.read < _READ
    return _cheapest(links, start, end, length, number)


def _distances(links: Links, end: str, length: int) -> dict[str, int]:
    """How many steps each thing is from *end*, up to *length*."""
    steps_of, front = {end: 0}, [end]
    for steps in range(1, length + 1):
        beside = (other for each in front for other in links.beside.get(each, ()))
        front = [each for each in dict.fromkeys(beside) if each not in steps_of]
        steps_of |= dict.fromkeys(front, steps)
    return steps_of


def _cheapest(links: Links, start: str, end: str, length: int, number: int) -> list[_Path]:
    """The paths through what was read; what costs least, with what is to come, is gone on with first."""
    left = _distances(links, end, length)
    begun: list[tuple[float, float, _Path]] = [(0.0, 0.0, (start,))]
    paths: list[_Path] = []
    for _ in range(_TRIED):
        if not begun or len(paths) == number or links.read > 2 * _READ:
            break
        _, cost, path = heappop(begun)
        if path[-1] == end:
            paths.append(path)
            continue
        cost += 1 + (links.cost(path[-1]) if len(path) > 1 else 0)
        for each in links.beside.get(path[-1], ()):
            if each not in path and len(path) + left.get(each, length) <= length:
                heappush(begun, (cost + left[each], cost, (*path, each)))
    links.is_all &= not begun or len(paths) == number
    return paths


def run(job: Connect, work: Work) -> None:
    """Send the paths, each as its triples and the things at which it arrives; and how far was looked."""
    links, find = Links(work.store), LabelFinder(work.store, job.languages)
    paths = connect(links, job.start, job.end, job.length, job.number)

    def named(iri: str) -> dict[str, str]:
        label = find(ox.NamedNode(iri))
        return {"iri": iri, "label": label.value if label else iri}

    def steps(path: Sequence[str]) -> list[dict[str, Any]]:
        told = ((ends, *links.beside[ends[0]][ends[1]]) for ends in pairwise(path))
        return [
            {
                "property": named(term),
                "back": back,
                "to": named(ends[1]),
                "triple": [ends[back], term, ends[not back]],
            }
            for ends, back, term in told
        ]

    told = {
        "ends": [named(job.start), named(job.end)],
        "paths": list(map(steps, paths)),
        "reached": len(links.beside),
        "read": links.read,
        "all": links.is_all,
        "crowded": len(links.crowded),
        "not_entered": list(map(named, sorted(links.crowded)[:_NAMED])),
    }
    work.send(job, json.dumps(told).encode())
