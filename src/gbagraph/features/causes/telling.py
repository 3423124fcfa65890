"""How changed triples are told: in which graphs, and on what they rest in the version that has them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.api.changes import ChangedTriple
from gbagraph.errors import UnknownTriple
from gbagraph.feature import hook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.api.explanations import Proof
    from gbagraph.features.causes.trials import Chosen, Difference, Versions
    from gbagraph.rdf.dataset import Place


MOST_TOLD: Final = 20
"""Triples of a cause up to which it is looked up on what each rests: nobody reads more."""


def told(versions: Versions, causes: Iterable[Chosen]) -> dict[int, ChangedTriple]:
    """Return how each difference of *causes* is told."""
    found: dict[int, ChangedTriple] = {}
    looked_up = set[int]()
    for numbers in causes:
        found |= {n: _plain(versions.differences[n]) for n in numbers if n not in found}
        looked_up |= numbers if len(numbers) <= MOST_TOLD else set()
    # First all of one version: what proofs need of a dataset is kept for one at a time.
    for sign, trial in (("-", versions.before), ("+~", versions.after)):
        some = sorted(number for number in looked_up if found[number].sign in sign)
        if some and (prove := hook("prove")):
            store = trial.store
            for number in some:
                try:
                    proof = prove(store, found[number].triple)
                except UnknownTriple:
                    continue
                found[number] = _known(found[number], proof, versions)
    return found


def _plain(difference: Difference) -> ChangedTriple:
    removed, added = (tuple(map(_name, graphs)) for graphs in difference[1:])
    return ChangedTriple(difference.triple, removed, added)


def _name(graph: Place) -> str:
    return "" if isinstance(graph, ox.DefaultGraph) else str(graph.value)


def _known(triple: ChangedTriple, proof: Proof, versions: Versions) -> ChangedTriple:
    leaves = dict.fromkeys(_leaves(proof)) if proof.premises else {}
    changed = [leaf for leaf in leaves if leaf.triple in versions.numbers]
    return replace(
        triple,
        basis=proof.basis,
        paragraphs=proof.paragraphs,
        sentences=proof.sentences,
        words=proof.words,
        note=proof.note or "",
        follows_from=tuple(
            _known(_plain(versions.differences[versions.numbers[leaf.triple]]), leaf, versions)
            for leaf in changed
        ),
    )


def _leaves(proof: Proof) -> Iterator[Proof]:
    if not proof.premises:
        yield proof
    for premise in proof.premises:
        yield from _leaves(premise)
