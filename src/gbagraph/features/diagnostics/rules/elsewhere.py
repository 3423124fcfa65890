"""Other values of a thing, or members of a class, in graphs that are not asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph.features.diagnostics.finding import TYPE, Finding, ends
from gbagraph.features.diagnostics.schema import SAMPLE
from gbagraph.sparql.message import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.finding import Spot
    from gbagraph.sparql.nodes import Term


def elsewhere(case: Case) -> Iterator[Finding]:
    """What is there in another graph, beside what the graphs that are asked have."""
    for spot in (s for s in case.spots if s.scope.is_required and not case.is_heavy):
        known = ends(spot.triple)
        if known is None or case.has_error(spot.triple.start, spot.triple.end):
            continue
        subject, iri, value = known
        is_default = spot.scope.graph is None and case.graphs is None
        if iri == TYPE and value.kind == "iri" and subject.is_free and not is_default:
            yield from _members(case, spot, value)
        elif iri != TYPE and subject.kind == "iri" and value.is_free and is_default:
            yield from _values(case, spot, subject, iri)


def _members(case: Case, spot: Spot, cls: Term) -> Iterator[Finding]:
    """How many members a class has in the default graph, of which the graphs asked have some."""
    pattern = f"?__s a {cls.text}"
    counts = (
        each.rows(
            "(COUNT(DISTINCT ?__s) AS ?__n)", f"{{ SELECT ?__s {{ {some} }} LIMIT {SAMPLE} }}"
        )
        for each, some in ((case, spot.scope.around(pattern)), (case.everywhere, pattern))
    )
    here, all_ = (int(rows[0][0].value) if rows else 0 for rows in counts)
    is_fixed = spot.scope.graph is None or not spot.scope.graph.is_free
    if is_fixed and 0 < here < all_ < SAMPLE:
        said = say(
            "Here are %(here)s of the %(all)s instances of %(class)s in the default graph, which is "
            "asked without GRAPH and FROM.", here=here, all=all_, **{"class": cls.text},
        )  # fmt: skip
        yield Finding("partly-in-graph", "info", said, cls.start)


def _values(case: Case, spot: Spot, subject: Term, iri: str) -> Iterator[Finding]:
    """Graphs outside the default graph with other values of a property of a thing."""
    here = f"{subject.text} <{iri}> ?__o"
    pattern = f"GRAPH ?__g {{ {here} }} FILTER NOT EXISTS {{ {here} }}"
    after = "GROUP BY ?__g ORDER BY DESC(?__n) ?__g LIMIT 2"
    for graph, n in case.rows("?__g (COUNT(DISTINCT ?__o) AS ?__n)", pattern, after):
        if graph.value not in case.query.iris and case.holds(here):
            said = say(
                "%(graph)s, which is not asked, has other values of %(property)s of %(thing)s: %(n)s. "
                "GRAPH %(graph)s { … } asks it.", graph=case.short(graph.value), n=n.value,
                property=case.named(iri), thing=subject.text,
            )  # fmt: skip
            yield Finding("partly-in-graph", "info", said, spot.triple.path.start)
