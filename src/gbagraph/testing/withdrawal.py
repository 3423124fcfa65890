"""What no longer follows once a fact is withdrawn: all that rests on it, but what follows otherwise."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.dataset.evidence import INFERRED
from gbagraph.dataset.identity import NOT_REASONED
from gbagraph.explain.closure import closure
from gbagraph.explain.rules import AXIOMS, Rules
from gbagraph.explain.terms import fact_of
from gbagraph.rdf.namespaces import graph_iri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.explain.rules import Fact

_NOT_READ: Final = frozenset(
    {INFERRED, ox.DefaultGraph(), *(ox.NamedNode(graph_iri(name)) for name in NOT_REASONED)}
)


class Withdrawals:
    """All derivations of one step in *store*, found once."""

    def __init__(self, store: ox.Store) -> None:
        self._asserted: Final = {
            fact_of(quad.triple) for quad in store if quad.graph_name not in _NOT_READ
        }
        self._rules = Rules(fact for fact in sorted(self._asserted) if _is_axiom(fact))
        self._premises: dict[Fact, list[tuple[Fact, ...]]] = defaultdict(list)
        self._heads: dict[Fact, set[Fact]] = defaultdict(set)
        if store.contains_named_graph(INFERRED):
            self._find()

    def _find(self) -> None:
        known = {*self._asserted, *closure(sorted(self._asserted), self._rules)}
        for head, premises in (*self._single(known), *self._joined(known)):
            if head not in premises:
                self._premises[head].append(premises)
                for premise in premises:
                    self._heads[premise].add(head)

    def _single(self, known: set[Fact]) -> Iterator[tuple[Fact, tuple[Fact, ...]]]:
        for fact in known:
            for head, step in self._rules.steps(fact):
                yield head, (fact, step.axiom)

    def _joined(self, known: set[Fact]) -> Iterator[tuple[Fact, tuple[Fact, ...]]]:
        after: dict[tuple[str, str], list[Fact]] = defaultdict(list)
        for fact in known:
            after[fact[1], fact[0]].append(fact)
        paths = {
            path
            for predicate in {fact[1] for fact in known}
            for path in self._rules.paths(predicate)
        }
        for path in paths:
            rows = [(fact,) for fact in known if fact[1] == path.links[0]]
            for link in path.links[1:]:
                rows = [(*row, fact) for row in rows for fact in after.get((link, row[-1][2]), ())]  # type: ignore[misc]
            for row in rows:
                yield (row[0][0], path.head, row[-1][2]), (*row, *path.axioms)

    def without(self, fact: Fact) -> set[Fact]:
        """What does not hold without *fact*: it itself, unless it follows, and what rests on it."""
        gone = {fact}
        todo = list(gone)
        while todo:
            new = self._heads.get(todo.pop(), set()) - self._asserted - gone
            gone |= new
            todo += new
        while back := [fact for fact in gone if self._still_follows(fact, gone)]:
            gone.difference_update(back)
        return gone

    def _still_follows(self, fact: Fact, gone: set[Fact]) -> bool:
        return any(gone.isdisjoint(premises) for premises in self._premises.get(fact, ()))


def _is_axiom(fact: Fact) -> bool:
    return fact[1] in AXIOMS or fact[2] in AXIOMS
