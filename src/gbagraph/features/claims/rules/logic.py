"""Whether claims contradict each other by the ontology, and fit the domains and ranges of properties."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.claims.model import Fault, Place
from gbagraph.features.claims.rules.case import GBA
from gbagraph.features.curation.findings import checked, places
from gbagraph.paths import display, own_query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.claims.rules.case import Case

_CHECKS: Final = (
    "hierarchies-of-things-have-no-circles",
    "nothing-is-linked-to-itself",
    "one-label-per-language",
    "texts-are-tidy",
    "values-have-a-unit",
)
"""The checks of the ontology that hold for any project, beside all contradictions."""
_ABOVE: Final = """\
PREFIX gba: <https://w3id.org/gbagraph/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
INSERT { ?term a owl:FunctionalProperty } WHERE {
  VALUES ?term { gba:date gba:start gba:end gba:deadline gba:published gba:earliest gba:latest }
} ;
INSERT { ?thing a ?class } WHERE { ?thing a/rdfs:subClassOf+ ?class } ;
INSERT { ?thing ?above ?value } WHERE { ?property rdfs:subPropertyOf+ ?above . ?thing ?property ?value }
"""
"""What follows by what is above a kind or a property; and that a thing has one date of each sort."""
_OF_GBA: Final = re.compile(r"\bgba:(\w+)")
_IRI: Final = re.compile(r"https?://[^\s,<>\"]*[^\s,<>\".]")


def contradictions(case: Case) -> Iterator[Fault]:
    """Yield where the claims contradict the ontology or each other, each once, at one of its claims."""
    store = case.graph
    store.update(_ABOVE)
    found = [*checked("contradictions", store), *checked("checks", store, _CHECKS)]
    for node, rule, message in sorted({(each.node, each.rule, each.message) for each in found}):
        said = _IRI.sub(lambda match: case.name(match[0]), message)
        yield Fault(_place(case, node, message), rule, f"{case.name(node)}: {said}")
    yield from _misfits(case)


def _misfits(case: Case) -> Iterator[Fault]:
    """Yield the claims whose subject or value is not of the kind that the property is for."""
    rows = case.graph.query(own_query("features/claims", "members-fit"))
    if not isinstance(rows, ox.QuerySolutions):
        raise TypeError("members-fit is not a SELECT query")
    for node, prop, kind, member in sorted(map(tuple, rows), key=str):
        if kind is None:
            said = f"leads to a thing, and {member.value!r} is a text. Write the name of a thing."
        else:
            side = "is said of" if member == node else "leads to"
            said = (
                f"{side} things of the kind {case.name(kind)}, and {case.name(member)} is none. Correct "
                "the line, or give it this kind."
            )
        yield Fault(
            _place(case, node.value, f"<{prop.value}> <{member.value}>"),
            "kind",
            f"{case.name(prop)} {said}",
        )


def _place(case: Case, node: str, message: str) -> Place:
    """Return where a node is written: the last claim on it with a property or value of the message."""
    told = {*_IRI.findall(message), *(GBA + name for name in _OF_GBA.findall(message))}
    claims = case.of(ox.NamedNode(node)) or case.about(ox.NamedNode(node))
    fitting = [each for each in claims if {each.predicate.value, each.value.value} & told] or claims
    if fitting:
        return fitting[-1].place
    return Place(*places({node}, case.project.ontology).get(node, (display(case.project.text), 1)))
