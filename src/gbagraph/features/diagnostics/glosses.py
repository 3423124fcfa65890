"""Names that are but numbers, as in Wikidata, and the labels that say what they mean."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.names.names import plainness
from gbagraph.names.texts import local_name, words

if TYPE_CHECKING:
    from gbagraph.names.names import Names
    from gbagraph.rdf.dataset import Dataset

_OPAQUE: Final = re.compile(r"[A-Za-z]{0,3}[-_]?[0-9]+")
_CALLED: Final = (("name",), ("label",), ("title",))
"""The last word of a property that names things."""
_NEAR: Final = 50
"""Triples in which what stands for a property is looked for."""


def label(names: Names, store: Dataset, iri: str) -> str:
    """The label of *iri*, of the thing with its local name that points to it, or that local name.

    Wikibase labels the entity of a property, and not the property itself. A property of the data's own
    may give names, too.
    """
    found, local = names.label_of(iri), local_name(iri)
    if found != local or names.names_of(iri):
        return found
    quads = store.quads_for_pattern(None, None, ox.NamedNode(iri), None)
    nodes = (quad.subject for quad in islice(quads, _NEAR))
    ends = (node.value for node in nodes if isinstance(node, ox.NamedNode))
    alike = (names.label_of(end) for end in ends if local_name(end) == local)
    said = islice(store.quads_for_pattern(ox.NamedNode(iri), None, None, None), _NEAR)
    own = ((q.object, words(local_name(q.predicate.value))[-1:]) for q in said)
    named = (o for o, last in own if last in _CALLED and isinstance(o, ox.Literal))
    texts = (each.value for each in sorted(named, key=plainness))
    return next((each for each in (*alike, *texts) if each not in ("", local)), local)


def gloss(names: Names, store: Dataset, iri: str) -> str:
    """The label of an opaque name, in parentheses, to stand behind it; of any other name nothing."""
    said = label(names, store, iri) if _OPAQUE.fullmatch(local_name(iri)) else ""
    return f" ({said})" if said not in ("", local_name(iri)) else ""
