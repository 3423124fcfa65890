"""What is said of the name that is nearest to one that is not there, where it does not fit, either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph.features.diagnostics.finding import TYPE, first_property
from gbagraph.features.diagnostics.mentions import fit, is_used, listed
from gbagraph.features.diagnostics.schema import SUBCLASS
from gbagraph.features.diagnostics.suggestions import KINDS, candidates
from gbagraph.sparql.message import Message, say

if TYPE_CHECKING:
    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.mentions import Mention

_ALL: Final = 2
"""How well a pattern fits that matches with all else that is said of its ends."""
_SHOWN: Final = 4
"""Classes that are named."""


def of_near(case: Case, mention: Mention, iri: str) -> Message:
    """That the nearest name is not used here, or not of the subject, and what is."""
    spot = mention.spot
    if spot is None:
        return Message()
    if mention.role == "class" and first_property(spot.triple) == TYPE:
        return Message() if is_used(case, mention, iri) else _unused(case, mention, iri)
    is_alone = mention.role == "property" and spot.triple.path is mention.term
    if not is_alone or fit(case, mention, iri) == _ALL:
        return Message()
    found = owners(case, mention, f"<{iri}>", case.named(iri))
    return found + (candidates(case, mention) if found.sentences else Message())


def _unused(case: Case, mention: Mention, iri: str) -> Message:
    """A class without instances: its kinds, or other classes."""
    message = say("%(name)s is a class, but it has no instances here.", name=case.named(iri))
    kinds = case.schema.related(iri, SUBCLASS, backward=True)
    more = say(KINDS, n=len(kinds), all=len(case.schema.narrower(iri)))
    return message + (more if kinds else candidates(case, mention))


def owners(case: Case, mention: Mention, path: str, shown: str = "") -> Message:
    """What has a path, where the subject of the pattern does not."""
    spot = mention.spot
    triple = spot and f"{spot.triple.subject.text} {path} {spot.triple.object.text} ."
    if spot is None or case.fits(spot, triple or "") == _ALL:
        return Message()
    kinds = case.rows("DISTINCT ?__k", spot.scope.around(f"?__s {path} ?__o ; a ?__k"), "LIMIT 40")
    classes = case.schema.special(row[0].value for row in kinds)[:_SHOWN]
    if not classes:
        return say("Nothing has that here.")
    told = "What has %(property)s is of: %(values)s."
    return say(told, property=shown or path, values=listed(case, classes))
