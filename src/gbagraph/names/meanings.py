"""Values of parameters that only the data can check: names of things, and values that a query finds.

A thing is named by its IRI or short name, by a label in any language, or by the IRI that another site
has for it. A value that names nothing is an error with the nearest names, never an answer without rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyoxigraph as ox

from gbagraph.errors import BadParameter
from gbagraph.names import index
from gbagraph.names.index import names_of
from gbagraph.rdf.namespaces import base_iri, compact, expand, in_full
from gbagraph.sparql.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.engine.worker import Work
    from gbagraph.names.jobs import Meanings
    from gbagraph.names.matching import Entry
    from gbagraph.rdf.dataset import Dataset
    from gbagraph.sparql.terms import Reference


_KINDS: Final = ("thing", "class", "property", "paragraph")
_SHOWN: Final = 5
_LINKS: Final = tuple(
    ox.NamedNode(expand(name)) for name in ("owl:sameAs", "skos:exactMatch", "skos:closeMatch")
)
"""By which a thing has an identifier of another site, the closest first."""


def resolved(text: str, references: Iterable[Reference], store: Dataset) -> str:
    """The query *text* in which *references* are bound, with the IRI of the thing that each means.

    Raises:
        BadParameter: a value names nothing in *store*, or several things, or is none of those that its
            parameter takes.
    """
    meant: dict[str, str] = {}
    for reference in references:
        term = _by_iri(reference, store) or f"<{_by_label(reference, store)}>"
        if term != reference.term:
            meant[reference.term] = term
        if reference.among:
            _require_one_of(reference, term, store)
    if not meant:
        return text
    return "".join(meant.get(token.text, token.text) for token in tokens(text))


def _by_iri(reference: Reference, store: Dataset) -> str | None:
    """The term that a reference means by itself; None if it is no literal and no IRI that is used."""
    if not reference.term.startswith("<"):
        return reference.term
    node = ox.NamedNode(reference.term[1:-1])
    if (thing := thing_of(node, store)) is not None:
        return str(thing)
    is_used = next(store.quads_for_pattern(None, None, node, None), None) is not None
    return reference.term if is_used else None


def thing_of(node: ox.NamedNode, store: Dataset) -> ox.NamedNode | None:
    """The thing that *node* is, or whose identifier elsewhere it is; None if it is neither."""
    if _is_described(node, store):
        return node
    quads = (quad for link in _LINKS for quad in store.quads_for_pattern(None, link, node, None))
    return next((quad.subject for quad in quads if isinstance(quad.subject, ox.NamedNode)), None)


def _is_described(node: ox.NamedNode, store: Dataset) -> bool:
    """Whether *node* is a graph, a property or the subject of a triple."""
    patterns = ((node, None, None, None), (None, node, None, None))
    return store.contains_named_graph(node) or any(
        next(store.quads_for_pattern(*pattern), None) for pattern in patterns
    )


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a value of a parameter means: the *name* and label of the one thing, or those it may mean.

    ``suggestions`` are for a value without a *name*: what has that label, if it is *ambiguous*, else
    what has a name that is like it.
    """

    parameter: str
    value: str
    name: str = ""
    label: str = ""
    ambiguous: bool = False
    suggestions: tuple[dict[str, str], ...] = ()


def run(job: Meanings, work: Work) -> None:
    """Send which thing each reference means."""
    work.send(job, msgspec.json.encode(meanings(job.references, work.store)))


def meanings(references: Iterable[Reference], store: Dataset) -> list[Meaning]:
    """What each of *references* means that is no IRI of which *store* says something."""
    terms = ((reference, _by_iri(reference, store)) for reference in references)
    return [_meaning(reference, store) for reference, term in terms if term is None]


def _meaning(reference: Reference, store: Dataset) -> Meaning:
    names = names_of(store)
    entries = [entry for entry in names.labelled(reference.value, None) if entry.kind in _KINDS]
    if len(entries) == 1:
        entry = entries[0]
        node = ox.NamedNode(entry.iri)
        name = compact((thing_of(node, store) or node).value)
        return Meaning(reference.parameter, reference.value, name, entry.label)
    finder, value = names.finder, reference.value
    # What somebody may have meant by what is no name of anything.
    hits = () if entries else finder.find(value).hits or finder.nearest(value, 2 * _SHOWN)
    near = entries or [hit.entry for hit in hits if hit.entry.kind in _KINDS]
    return Meaning(
        reference.parameter,
        reference.value,
        ambiguous=bool(entries),
        suggestions=tuple(map(_suggestion, near[:_SHOWN])),
    )


def _suggestion(entry: Entry) -> dict[str, str]:
    short = _short(ox.NamedNode(entry.iri))
    return {"value": short, "label": entry.label, "iri": entry.iri, "kind": entry.kind}


def _by_label(reference: Reference, store: Dataset) -> str:
    meaning = _meaning(reference, store)
    if meaning.name:
        return in_full(meaning.name)
    near = meaning.suggestions
    listed = ", ".join(f"{each['value']} ({each['label']})" for each in near)
    later = "exactly; other spellings are found by an index of names, which is not there"
    nothing = f"names nothing here{f' {later}' if index.state() else ''}"
    what = "names several things" if meaning.ambiguous else nothing
    remedy = f"{'They are' if meaning.ambiguous else 'The nearest names are'}: {listed}."
    raise _bad(
        reference,
        f"which {what}. {remedy if near else ''}",
        near=[each["iri"] for each in near],
        suggestions=list(near),
    )


def _bad(reference: Reference, what: str, **details: Any) -> BadParameter:  # noqa: ANN401
    said = f"The parameter {reference.parameter} has the value {reference.value!r}, {what}"
    return BadParameter(
        said.rstrip(), parameter=reference.parameter, value=reference.value, **details
    )


def _require_one_of(reference: Reference, term: str, store: Dataset) -> None:
    """Raise an error unless the query of a reference finds *term*."""
    rows: Any = store.query(reference.among, base_iri=base_iri())
    allowed = list(dict.fromkeys(row[reference.column] for row in rows))
    if term in map(str, allowed):
        return
    shown = ", ".join(_short(each) for each in allowed[: 4 * _SHOWN])
    more = f" and {len(allowed) - 4 * _SHOWN} more" if len(allowed) > 4 * _SHOWN else ""
    raise _bad(reference, f"which is none of its values. These are: {shown}{more}.")


def _short(term: Any) -> str:  # noqa: ANN401  a term
    return compact(term.value).removeprefix("id:")
