"""Values of parameters that mean things: an IRI or short name, or a label in any language.

A value that names nothing is an error with the nearest names, never an answer without rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.errors import BadParameter
from gbagraph.explain.diagnosing import names_of
from gbagraph.rdf.namespaces import compact
from gbagraph.sparql.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.explain.names import Entry, Names
    from gbagraph.queries.parse import Thing

_KINDS: Final = ("thing", "class", "property", "paragraph")
_SHOWN: Final = 5
_LIKE: Final = 0.3
"""How near a name must be to be offered in place of one that there is not."""


def with_things(text: str, things: Iterable[Thing], store: ox.Store) -> str:
    """The query *text* in which *things* are bound, with the IRI in place of each that is a label.

    Raises:
        BadParameter: a value names nothing in *store*, or several things.
    """
    meant = {
        f"<{thing.iri}>": f"<{_by_label(thing, names_of(store))}>"
        for thing in things
        if not _exists(thing.iri, store)
    }
    if not meant:
        return text
    return "".join(meant.get(token.text, token.text) for token in tokens(text))


def _exists(iri: str, store: ox.Store) -> bool:
    term = ox.NamedNode(iri)
    patterns = ((term, None, None, None), (None, None, term, None), (None, term, None, None))
    return store.contains_named_graph(term) or any(
        next(store.quads_for_pattern(*pattern), None) for pattern in patterns
    )


def _by_label(thing: Thing, names: Names) -> str:
    found = [entry for entry in names.labelled(thing.value, None) if entry.kind in _KINDS]
    if len(found) == 1:
        return found[0].iri
    near = found or [match.entry for match in names.nearest(thing.value, _KINDS, _SHOWN, _LIKE)]
    listed = ", ".join(map(_named, near[:_SHOWN]))
    what = "names several things" if found else "names nothing here"
    remedy = f"{'They are' if found else 'The nearest names are'}: {listed}." if near else ""
    said = f"The parameter {thing.parameter} has the value {thing.value!r}, which {what}."
    raise BadParameter(
        f"{said} {remedy}".rstrip(),
        parameter=thing.parameter,
        value=thing.value,
        near=[entry.iri for entry in near[:_SHOWN]],
    )


def _named(entry: Entry) -> str:
    short = compact(entry.iri)
    return f"{short.removeprefix('id:')} ({entry.label})"
