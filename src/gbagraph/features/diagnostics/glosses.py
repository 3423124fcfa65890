"""Names that are but numbers, as in Wikidata, and the labels that say what they mean."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import Finding, properties_of
from gbagraph.names.texts import local_name
from gbagraph.sparql.message import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.case import Case

_OPAQUE: Final = re.compile(r"[A-Za-z]{0,3}[-_]?[0-9]+")
_NEAR: Final = 50
"""Triples in which what stands for a property is looked for."""
_SHOWN: Final = 8
"""Names that are explained at most."""


def label(case: Case, iri: str) -> str:
    """The label of *iri*, of the thing with its local name that points to it, or that local name.

    Wikibase labels the entity of a property, and not the property itself.
    """
    found, local = case.names.label_of(iri), local_name(iri)
    if found != local:
        return found
    quads = case.schema.store.quads_for_pattern(None, None, ox.NamedNode(iri), None)
    nodes = (quad.subject for quad in islice(quads, _NEAR))
    ends = (node.value for node in nodes if isinstance(node, ox.NamedNode))
    alike = (case.names.label_of(end) for end in ends if local_name(end) == local)
    return next((each for each in alike if each != local), local)


def gloss(case: Case, iri: str) -> str:
    """The label of an opaque name, in parentheses, to stand behind it; of any other name nothing."""
    said = label(case, iri) if _OPAQUE.fullmatch(local_name(iri)) else ""
    return f" ({said})" if said not in ("", local_name(iri)) else ""


def glossary(case: Case) -> Iterator[Finding]:
    """What the opaque names of the query mean."""
    triples = [spot.triple for spot in case.spots]
    terms = [term for t in triples for term in (t.subject, *properties_of(t), t.object)]
    first = {t.value: t.start for t in reversed(terms) if t.kind == "iri" and gloss(case, t.value)}
    if first:
        named = ", ".join(map(case.named, [*first][::-1][:_SHOWN]))
        said = say("What the names stand for: %(names)s.", names=named)
        yield Finding("opaque-names", "info", said, min(first.values()))
