"""What became of mutants: which facts are guarded by an expected answer, by which, and which by none."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gbagraph.rdf import namespaces
from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.testing.report import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyoxigraph as ox


@dataclass(frozen=True, slots=True)
class Mutant:
    """A fact that was dropped, or got another object (*instead*), and the queries that noticed."""

    fact: ox.Triple
    instead: Any = None
    noticed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mutants:
    """What became of all mutants. ``failing`` are queries whose answer is not right anyway."""

    all: tuple[Mutant, ...]
    evaluations: int = 0
    failing: tuple[str, ...] = ()
    prefixes: Mapping[str, str] = field(default_factory=lambda: PREFIXES)

    @property
    def facts(self) -> tuple[ox.Triple, ...]:
        """The facts that were dropped or changed."""
        return tuple(dict.fromkeys(mutant.fact for mutant in self.all))

    @property
    def unguarded(self) -> tuple[ox.Triple, ...]:
        """Facts of which nothing was noticed, neither that they were dropped nor changed."""
        guarded = {mutant.fact for mutant in self.all if mutant.noticed}
        return tuple(fact for fact in self.facts if fact not in guarded)

    @property
    def survivors(self) -> tuple[Mutant, ...]:
        """Mutants that no query noticed."""
        return tuple(mutant for mutant in self.all if not mutant.noticed)

    def guards(self) -> dict[str, int]:
        """How many mutants each query noticed, the most watchful first."""
        count = Counter(name for mutant in self.all for name in mutant.noticed)
        return dict(sorted(count.items(), key=lambda row: (-row[1], row[0])))

    def text(self, *, most: int = 50) -> str:
        """For people: the counts, the properties that are guarded least, and *most* unguarded facts."""
        facts, left = self.facts, self.unguarded
        killed = len(self.all) - len(self.survivors)
        told = (
            f"{len(facts) - len(left):,} of {len(facts):,} facts are guarded by an expected answer, "
            f"{len(left):,} by none; {killed:,} of {len(self.all):,} mutants were noticed."
        )
        lines = [told]
        lines += [
            f"Not compared, for its answer is not the expected one: {name}" for name in self.failing
        ]
        lines += self._by_property(facts, left)
        lines += ["Facts that nobody guards:"] if left else []
        lines += [f"  {sentence(fact, self.prefixes)}" for fact in left[:most]]
        if len(left) > most:
            lines.append(f"  and {len(left) - most:,} more; the JSON has all")
        return "\n".join(lines)

    def _by_property(self, facts: Sequence[ox.Triple], left: Sequence[ox.Triple]) -> list[str]:
        total, missed = (Counter(fact.predicate.value for fact in rows) for rows in (facts, left))
        if not missed:
            return []
        rows = [
            f"  {missed[iri]:>5,} of {total[iri]:>5,}  {namespaces.written(iri, self.prefixes)}"
            for iri in sorted(missed, key=lambda iri: (-missed[iri], iri))
        ]
        return ["Unguarded facts by property:", *rows]

    def as_json(self) -> str:
        """All of it: the counts, the guards of each fact, and the facts that nobody guards."""
        content = {
            "facts": len(self.facts),
            "mutants": len(self.all),
            "noticed": len(self.all) - len(self.survivors),
            "evaluations": self.evaluations,
            "failing": self.failing,
            "guards": self.guards(),
            "unguarded": list(map(str, self.unguarded)),
            "survivors": [
                {"fact": str(row.fact), "instead": str(row.instead) if row.instead else None}
                for row in self.survivors
            ],
        }
        return json.dumps(content, ensure_ascii=False, indent=1)
