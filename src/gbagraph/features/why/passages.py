"""The passages that carry a row: as few as do.

What is asserted and stated in several passages needs one of them; what is inferred from several, or
worded by us, needs them all; what is derived needs what its proof does.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from gbagraph.api.explanations import Basis, Proof, Sentences, Words
    from gbagraph.features.why.evidence import Evidence


class Known(NamedTuple):
    """How a triple is known: its *basis*, and the *leaves* of its proof, or its own evidence."""

    basis: Basis
    leaves: tuple[Evidence | Proof, ...]

    @property
    def note(self) -> str:
        """What the claims note."""
        return " ".join(dict.fromkeys(leaf.note for leaf in self.leaves if leaf.note))

    def passages(self, kept: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The passages of those *kept* on which it rests, and others that say it too."""
        used, others = dict[str, None](), dict[str, None]()
        for leaf in self.leaves:
            some = leaf.paragraphs
            if leaf.basis == "stated":
                some = tuple(name for name in some if name in kept)[:1]
                others |= dict.fromkeys(leaf.paragraphs)
            used |= dict.fromkeys(some)
        is_one = len(self.leaves) == 1
        return tuple(sorted(used)), tuple(sorted(others.keys() - used)) if is_one else ()

    def sentences(self, passages: Collection[str]) -> Sentences:
        """The sentences of *passages* in which it is found."""
        found = {each for leaf in self.leaves for each in leaf.sentences if each[0] in passages}
        return tuple(sorted(found))

    def words(self, passages: Collection[str]) -> Words:
        """The words of *passages* that carry it."""
        found = (each for leaf in self.leaves for each in leaf.words if each[0] in passages)
        return tuple(dict.fromkeys(found))


def leaves(proof: Proof) -> Iterator[Proof]:
    """What is asserted at the leaves of *proof*."""
    if not proof.premises:
        yield proof
    for premise in proof.premises:
        yield from leaves(premise)


def few(known: Iterable[Known]) -> frozenset[str]:
    """As few passages as carry all that is *known*: without any of them something would have none.

    Of alternatives that is the one that is needed anyway, else the one that most need, else the first.
    """
    every = [leaf for each in known for leaf in each.leaves]
    kept = {
        name
        for leaf in every
        if leaf.basis != "stated" or len(leaf.paragraphs) == 1
        for name in leaf.paragraphs
    }
    open_ = {leaf.paragraphs for leaf in every if kept.isdisjoint(leaf.paragraphs)} - {()}
    chosen: list[str] = []
    rest = open_
    while rest:
        counts = Counter(name for options in rest for name in options)
        chosen.append(min(counts, key=lambda name: (-counts[name], name)))
        rest = {options for options in rest if chosen[-1] not in options}
    for name in chosen[:-1]:  # the first ones may have become superfluous by those after them
        others = {*chosen} - {name}
        if all(not others.isdisjoint(options) for options in open_):
            chosen.remove(name)
    return frozenset(kept.union(chosen))
