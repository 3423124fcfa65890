"""What is said of changed triples: their graphs, and on what they rest in the version that has them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.api.changes import ChangedTriple
from gbagraph.errors import UnknownTriple
from gbagraph.feature import hook

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.api.explanations import Proof
    from gbagraph.features.causes.trials import Chosen, Difference, Versions
    from gbagraph.rdf.dataset import Place


MOST_TOLD: Final = 20
"""Triples of a cause up to which it is looked up on what each rests: nobody reads more."""


def told(versions: Versions, causes: Iterable[Chosen]) -> dict[int, ChangedTriple]:
    """Return what is said of each difference of *causes*."""
    found: dict[int, ChangedTriple] = {}
    looked_up = set[int]()
    for numbers in causes:
        found |= {n: _plain(versions.differences[n]) for n in numbers if n not in found}
        looked_up |= numbers if len(numbers) <= MOST_TOLD else set()
    # First all of one version: what proofs need of a dataset is kept for one at a time.
    for is_after in (False, True):
        some = sorted(n for n in looked_up if (found[n].sign != "-") == is_after)
        found |= _looked_up(versions, some, is_after=is_after)
    return found


def _looked_up(
    versions: Versions, numbers: Iterable[int], *, is_after: bool
) -> dict[int, ChangedTriple]:
    """The differences with these numbers, with what is known of them where they are."""
    trials = (versions.after, versions.before) if is_after else (versions.before, versions.after)
    here, there = (trial.store for trial in trials)
    prove = hook("prove")
    if prove is None:
        return {}
    found = {}
    for number in numbers:
        difference = versions.differences[number]
        with suppress(UnknownTriple):
            proof = prove(here, difference.triple)
            leaves = dict.fromkeys(_leaves(proof)) if proof.premises else ()
            apart = [leaf for leaf in leaves if not _holds(there, leaf.triple)]
            premises = (versions.differences[versions.numbers[leaf.triple]] for leaf in apart)
            follows_from = map(_known, premises, apart)
            found[number] = _known(difference, proof, tuple(follows_from))
    return found


def _holds(store: ox.Store, triple: ox.Triple) -> bool:
    """Whether any graph has *triple*."""
    pattern = triple.subject, triple.predicate, triple.object
    return next(store.quads_for_pattern(*pattern), None) is not None


def _plain(difference: Difference) -> ChangedTriple:
    removed, added = (tuple(map(_name, graphs)) for graphs in difference[1:])
    return ChangedTriple(difference.triple, removed, added)


def _name(graph: Place) -> str:
    return "" if isinstance(graph, ox.DefaultGraph) else str(graph.value)


def _known(
    difference: Difference, proof: Proof, follows_from: tuple[ChangedTriple, ...] = ()
) -> ChangedTriple:
    return replace(
        _plain(difference),
        basis=proof.basis,
        paragraphs=proof.paragraphs,
        sentences=proof.sentences,
        words=proof.words,
        note=proof.note or "",
        follows_from=follows_from,
    )


def _leaves(proof: Proof) -> list[Proof]:
    return [leaf for premise in proof.premises for leaf in _leaves(premise)] or [proof]
