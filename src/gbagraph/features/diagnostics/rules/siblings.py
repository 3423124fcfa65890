"""A class that has half of what is asked for: the other half is in the one class beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph.features.diagnostics.finding import (
    TYPE,
    Finding,
    Spot,
    first_property,
    instead,
)
from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.nodes import Triple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.case import Case

_PART: Final = expand("rdfs:subClassOf")
_NAMED: Final = 3
"""Members of the other class that are named."""


def siblings(case: Case) -> Iterator[Finding]:
    """A class of two, of which the other has members too that stand in the link asked for."""
    for spot in case.spots:
        cls = spot.triple.object
        if (
            first_property(spot.triple) == TYPE
            and spot.triple.subject.is_free
            and cls.kind == "iri"
        ):
            yield from _beside(case, spot)


def _beside(case: Case, spot: Spot) -> Iterator[Finding]:
    """What is found beside the class of *spot*, unless the query names it, or the class above both."""
    subject, cls, schema = spot.triple.subject, spot.triple.object, case.schema
    rest = [e for e in spot.scope.group.elements if e is not spot.triple]
    links = (e for e in rest if isinstance(e, Triple) and e.object.kind == "iri")
    is_linked = any(each.subject.text == subject.text for each in links)
    if not is_linked or case.is_explained or case.is_heavy:
        return
    for above in schema.related(cls.value, _PART):
        others = {*schema.narrower(above)} - {cls.value, *schema.narrower(cls.value)}
        if len(others) != 1 or {above, *others} & case.query.iris:
            continue
        (other,) = others
        pattern = f"{subject.text} a <{other}> . {case.rendered(rest)}"
        rows = case.rows(f"DISTINCT {subject.text}", spot.scope.around(pattern), f"LIMIT {_NAMED}")
        if rows:
            found = ", ".join(case.named(row[0].value) for row in rows)
            message = (
                f"Beside {cls.text} there is {case.named(other)}, and {case.named(above)} is both. "
                f"Of {case.named(other)} the rest of the pattern has {found}."
            )
            yield Finding(
                "class-beside", "info", message, cls.start, instead(cls, case.short(above))
            )
