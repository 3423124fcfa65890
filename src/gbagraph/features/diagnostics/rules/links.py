"""How things are linked: what joins parts that share no variable, and what goes on from step to step."""

from __future__ import annotations

from itertools import permutations, product
from typing import TYPE_CHECKING

from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.finding import TYPE, Advice, first_property
from gbagraph.features.diagnostics.schema import SAMPLE
from gbagraph.sparql.message import say
from gbagraph.sparql.nodes import Term, Triple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.finding import Scope
    from gbagraph.sparql.nodes import Element


def linked(case: Case, scope: Scope, islands: list[list[Element]]) -> Iterator[Advice]:
    """Yield the properties that join a thing of one part to a thing of the other."""
    parts = [] if case.is_heavy or case.schema.is_large else islands[:2]
    subjects = [
        {e.subject.text for e in island if isinstance(e, Triple) and e.subject.is_free}
        for island in parts
    ]
    some = {
        name: f"{{ SELECT DISTINCT {name} {{ {case.rendered(island, scope)} }} LIMIT {ROWS} }}"
        for island, names in zip(parts, subjects, strict=True)
        for name in names
    }
    for one, other in (pair for both in permutations(subjects, 2) for pair in product(*both)):
        linked = f"{some[one]} {scope.around(f'{one} ?__p {other}')} {some[other]}"
        after = "GROUP BY ?__p ORDER BY DESC(?__k) ?__p LIMIT 5"
        rows = case.rows("?__p (COUNT(*) AS ?__k)", linked, after)
        for iri in case.schema.special(row[0].value for row in rows)[:1]:
            text = f"{one} {case.short(iri)} {other}"
            edits = (case.appended(scope.group, f"{text} ."),)
            yield Advice(say("%(pattern)s joins them.", pattern=text), edits, is_fewer=True)


def is_chained(case: Case, scope: Scope, triple: Triple) -> bool:
    """Whether some value of a property has values of it itself."""
    path = case.written(triple.path)
    some = f"{{ SELECT ?__b {{ ?__a {path} ?__b }} LIMIT {SAMPLE} }} ?__b {path} ?__c"
    is_step = isinstance(triple.path, Term) and triple.path.kind == "iri"
    return is_step and first_property(triple) != TYPE and bool(case.holds(scope.around(some)))
