"""What follows from facts, and by which last step: forward chaining in rounds."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.explain.rules import Fact, Rules


class Derivation(NamedTuple):
    """The last step of a proof: a rule and the facts that it needs. The least is the best.

    *size* counts the facts of the whole proof, this one and each premise as often as it is used.
    """

    size: int
    rule: str
    premises: tuple[Fact, ...]


def closure(facts: Iterable[Fact], rules: Rules) -> dict[Fact, Derivation]:
    """What follows from *facts* by *rules*, each with the last step of its shortest proof.

    Facts are found in rounds: those of round n have a proof of height n and none lower. Of several
    such proofs the one with the fewest facts is kept, then the first by name.
    """
    known = dict.fromkeys(facts)
    found: dict[Fact, Derivation] = {}
    rows = _Rows(rules)
    last: Iterable[Fact] = known
    while last:
        rows.meet(last)
        new: dict[Fact, Derivation] = {}
        for fact in last:
            for follows, rule, premises in _follows(fact, rules, rows):
                if follows not in known and follows not in found:
                    size = 1 + sum(found[row].size if row in found else 1 for row in premises)
                    derivation = Derivation(size, rule, premises)
                    new[follows] = min(derivation, new.get(follows, derivation))
        found |= new
        last = new
    return found


def _follows(fact: Fact, rules: Rules, rows: _Rows) -> Iterator[tuple[Fact, str, tuple[Fact, ...]]]:
    """What follows in one step from *fact*, alone or with others: each with rule and premises."""
    for follows, step in rules.steps(fact):
        yield follows, step.rule, (fact, step.axiom)
    for path in rules.paths(fact[1]):
        for row in rows.along(path.links, fact):
            yield (row[0][0], path.head, row[-1][2]), path.rule, (*row, *path.axioms)


class _Rows:
    """The facts met so far that *rules* join into rows, the object of one the subject of the next."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._after: dict[tuple[str, str], list[Fact]] = defaultdict(list)
        self._before: dict[tuple[str, str], list[Fact]] = defaultdict(list)

    def meet(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            if self._rules.paths(fact[1]):
                self._after[fact[1], fact[0]].append(fact)
                self._before[fact[1], fact[2]].append(fact)

    def along(self, links: tuple[str, ...], fact: Fact) -> Iterator[tuple[Fact, ...]]:
        """The rows along *links* in which *fact* has its place."""
        for place, link in enumerate(links):
            if link == fact[1]:
                for before in self._backward(links[:place], fact[0]):
                    for after in self._forward(links[place + 1 :], fact[2]):
                        yield (*before, fact, *after)

    def _forward(self, links: tuple[str, ...], start: str) -> Iterator[tuple[Fact, ...]]:
        if not links:
            yield ()
            return
        for fact in self._after.get((links[0], start), ()):
            for rest in self._forward(links[1:], fact[2]):
                yield (fact, *rest)

    def _backward(self, links: tuple[str, ...], end: str) -> Iterator[tuple[Fact, ...]]:
        if not links:
            yield ()
            return
        for fact in self._before.get((links[-1], end), ()):
            for rest in self._backward(links[:-1], fact[0]):
                yield (*rest, fact)
