"""Values of parameters that only the data can check: names of things, and values that a query finds.

A thing is named by its IRI or short name, by a label in any language, or by the IRI that another site
has for it. A value that names nothing is an error with the nearest names, never an answer without rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.errors import BadParameter
from gbagraph.explain.diagnosing import names_of
from gbagraph.rdf.namespaces import base_iri, compact, expand
from gbagraph.sparql.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.explain.names import Entry, Names
    from gbagraph.queries.parameters import Reference

_KINDS: Final = ("thing", "class", "property", "paragraph")
_SHOWN: Final = 5
_LIKE: Final = 0.3
"""How near a name must be to be offered in place of one that there is not."""
_SAME: Final = ox.NamedNode(expand("owl:sameAs"))


def resolved(text: str, references: Iterable[Reference], store: ox.Store) -> str:
    """The query *text* in which *references* are bound, with the IRI of the thing that each means.

    Raises:
        BadParameter: a value names nothing in *store*, or several things, or is none of those that its
            parameter takes.
    """
    meant: dict[str, str] = {}
    for reference in references:
        term = _meant(reference, store)
        if term != reference.term:
            meant[reference.term] = term
        if reference.among:
            _require_one_of(reference, term, store)
    if not meant:
        return text
    return "".join(meant.get(token.text, token.text) for token in tokens(text))


def _meant(reference: Reference, store: ox.Store) -> str:
    """The term that a reference means: an IRI of which something is said, or a literal as it is."""
    if not reference.term.startswith("<"):
        return reference.term
    node = ox.NamedNode(reference.term[1:-1])
    if _is_described(node, store):
        return reference.term
    ours = next(store.quads_for_pattern(None, _SAME, node, None), None)
    if ours is not None:
        return str(ours.subject)
    if next(store.quads_for_pattern(None, None, node, None), None) is not None:
        return reference.term
    return f"<{_by_label(reference, names_of(store))}>"


def _is_described(node: ox.NamedNode, store: ox.Store) -> bool:
    """Whether *node* is a graph, a property or the subject of a triple."""
    patterns = ((node, None, None, None), (None, node, None, None))
    return store.contains_named_graph(node) or any(
        next(store.quads_for_pattern(*pattern), None) for pattern in patterns
    )


def _by_label(reference: Reference, names: Names) -> str:
    found = [entry for entry in names.labelled(reference.value, None) if entry.kind in _KINDS]
    if len(found) == 1:
        return found[0].iri
    near = found or [match.entry for match in names.nearest(reference.value, _KINDS, _SHOWN, _LIKE)]
    listed = ", ".join(map(_named, near[:_SHOWN]))
    what = "names several things" if found else "names nothing here"
    remedy = f"{'They are' if found else 'The nearest names are'}: {listed}." if near else ""
    raise _bad(reference, f"which {what}. {remedy}", near=[entry.iri for entry in near[:_SHOWN]])


def _bad(reference: Reference, what: str, **details: Any) -> BadParameter:  # noqa: ANN401
    said = f"The parameter {reference.parameter} has the value {reference.value!r}, {what}"
    return BadParameter(
        said.rstrip(), parameter=reference.parameter, value=reference.value, **details
    )


def _require_one_of(reference: Reference, term: str, store: ox.Store) -> None:
    """Raise an error unless the query of a reference finds *term*."""
    found: Any = store.query(reference.among, base_iri=base_iri())
    allowed = list(dict.fromkeys(row[reference.column] for row in found))
    if term in map(str, allowed):
        return
    shown = ", ".join(_short(each) for each in allowed[: 4 * _SHOWN])
    more = f" and {len(allowed) - 4 * _SHOWN} more" if len(allowed) > 4 * _SHOWN else ""
    raise _bad(reference, f"which is none of its values. These are: {shown}{more}.")


def _short(term: Any) -> str:  # noqa: ANN401  a term
    return compact(term.value).removeprefix("id:")


def _named(entry: Entry) -> str:
    return f"{_short(ox.NamedNode(entry.iri))} ({entry.label})"
