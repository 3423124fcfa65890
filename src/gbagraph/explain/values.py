"""Values of parameters that mean things: an IRI or short name, or a label in any language.

A value that names nothing is an error with the nearest names, never an answer without rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.errors import BadParameter
from gbagraph.explain.diagnosing import names_of
from gbagraph.rdf.namespaces import compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.explain.names import Entry, Names
    from gbagraph.queries.parameters import Parameter
    from gbagraph.queries.parse import CannedQuery

_KINDS: Final = ("thing", "class", "property", "paragraph")
_SHOWN: Final = 5
_LIKE: Final = 0.3
"""How near a name must be to be offered in place of one that there is not."""


def resolved(
    query: CannedQuery, given: Iterable[tuple[str, str]], store: ox.Store
) -> Iterator[tuple[str, str]]:
    """The (parameter, value) pairs *given*, with the IRI in place of each value that is a label.

    Raises:
        BadParameter: a value names nothing in *store*, or several things.
    """
    known = {row.name: row for row in query.parameters}
    for name, value in given:
        row = known.get(name)
        if row is None or row.type != "iri" or row.choices or _exists(row, value, store):
            yield name, value
        else:
            yield name, _by_label(row, value, names_of(store))


def _exists(row: Parameter, value: str, store: ox.Store) -> bool:
    try:
        term = ox.NamedNode(row.term(value)[1:-1])
    except BadParameter:
        return False
    patterns = ((term, None, None, None), (None, None, term, None), (None, term, None, None))
    return store.contains_named_graph(term) or any(
        next(store.quads_for_pattern(*pattern), None) for pattern in patterns
    )


def _by_label(row: Parameter, value: str, names: Names) -> str:
    found = [entry for entry in names.labelled(value, None) if entry.kind in _KINDS]
    if len(found) == 1:
        return found[0].iri
    near = found or [match.entry for match in names.nearest(value, _KINDS, _SHOWN, _LIKE)]
    listed = ", ".join(map(_named, near[:_SHOWN]))
    what = "names several things" if found else "names nothing here"
    remedy = f"{'They are' if found else 'The nearest names are'}: {listed}." if near else ""
    raise BadParameter(
        f"The parameter {row.name} has the value {value!r}, which {what}. {remedy}".rstrip(),
        parameter=row.name,
        value=value,
        near=[entry.iri for entry in near[:_SHOWN]],
    )


def _named(entry: Entry) -> str:
    short = compact(entry.iri)
    return f"{short.removeprefix('id:')} ({entry.label})"
