"""What an editor of queries needs to complete what is typed: prefixes, terms and things, as JSON.

Of a large graph, the terms and things that are used most.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.explain.naming import names_of
from gbagraph.rdf import namespaces
from gbagraph.rdf.dataset import access
from gbagraph.rdf.namespaces import compact, expand, prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gbagraph.engine.worker import Work
    from gbagraph.explain.finding import Entry, Kind, Name
    from gbagraph.explain.names import Names
    from gbagraph.features.search.jobs import Completions
    from gbagraph.rdf.dataset import Dataset
    from gbagraph.setting import AllowedService

MOST: Final = 5000
"""Terms and things that are listed at most."""
COUNTED: Final = 1_000_000
"""Triples in which uses are counted: of a larger graph, in so many of its triples."""

_KINDS: Final[tuple[Kind, ...]] = ("class", "property", "thing", "paragraph")
_TERMS: Final = ("class", "property")
_LONGEST: Final = 80
"""Letters of a definition."""
_COUNTS: Final[dict[Kind, str]] = {
    "class": "?s a ?x",
    "property": "?s ?x ?o",
    "thing": "{ ?x ?p ?o } UNION { ?s ?p ?x }",
}
_ENDS: Final = {
    "domain": (expand("rdfs:domain"), expand("schema:domainIncludes")),
    "range": (expand("rdfs:range"), expand("schema:rangeIncludes")),
}


def run(job: Completions, work: Work) -> None:
    """Send what can be completed."""
    work.send(job, document(work.store, work.services.values()))


def document(store: Dataset, services: Iterable[AllowedService] = ()) -> bytes:
    """The prefixes, and the classes, properties and things of *store* as a JSON object.

    Each has its ``kind``, its ``name`` with a prefix (its IRI, if none fits), its ``labels`` by
    language and the number of its ``uses``; a term a short ``definition``, a property its ``domain`` and
    ``range``. The most used of a kind come first. ``complete`` is false where not all are listed. The
    endpoints that queries may call are ``services``, each with its ``iri`` and its ``name``.
    """
    names = names_of(store)
    uses = {kind: names.uses(kind) or _uses(store, pattern) for kind, pattern in _COUNTS.items()}
    found = [
        (_KINDS.index(entry.kind), -uses.get(entry.kind, uses["thing"]).get(entry.iri, 0), entry)
        for entry in names.finder.entries()
        if entry.kind in _KINDS and _is_worth_it(entry, names)
    ]
    ordered = sorted(found)
    properties = (ox.NamedNode(entry.iri) for *_, entry in ordered if entry.kind == "property")
    access(store).prefetch(
        properties, [ox.NamedNode(each) for ends in _ENDS.values() for each in ends]
    )
    return _json(
        {
            "complete": len(ordered) <= MOST and sum(uses["property"].values()) < COUNTED,
            "prefixes": dict(prefixes()),
            "services": [{"iri": each.iri, "name": each.name} for each in services],
            "terms": [_row(entry, -less, names, store) for _, less, entry in ordered[:MOST]],
        }
    )


def _is_worth_it(entry: Entry, names: Names) -> bool:
    """Whether *entry* is a term, or a thing that somebody would name in a query."""
    if entry.kind in _TERMS:
        return True
    base, things = namespaces.base(), namespaces.things()
    is_about_data = entry.kind == "thing" and bool(base) and entry.iri.startswith(base)
    is_about_data = is_about_data and not entry.iri.startswith(things)
    return not is_about_data and (bool(names.names_of(entry.iri)) or not names.has_labels)


def _uses(store: Dataset, pattern: str) -> dict[str, int]:
    """How often what is in the place of ``?x`` is there."""
    chosen = f"SELECT ?x {{ {pattern} FILTER (ISIRI(?x)) }} LIMIT {COUNTED}"
    rows: Any = store.query(f"SELECT ?x (COUNT(*) AS ?n) {{ {{ {chosen} }} }} GROUP BY ?x")
    return {row["x"].value: int(row["n"].value) for row in rows}


def _row(entry: Entry, uses: int, names: Names, store: Dataset) -> dict[str, Any]:
    row = {
        "kind": entry.kind,
        "name": compact(entry.iri),
        "labels": _by_language(names.names_of(entry.iri)),
        "definition": _short(entry.snippet) if entry.kind in _TERMS else "",
        "uses": uses,
        **(_ends(entry.iri, store) if entry.kind == "property" else {}),
    }
    return {key: value for key, value in row.items() if value not in ("", {}, [])}


def _by_language(names: Sequence[Name]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for name in names:
        found[name.language].append(name.text)
    return dict(found)


def _short(text: str) -> str:
    """The first sentence of *text*, cut between words."""
    first = " ".join(text.split()).partition(". ")[0].rstrip(".")
    return first if len(first) <= _LONGEST else f"{first[:_LONGEST].rpartition(' ')[0]} …"


def _ends(iri: str, store: Dataset) -> dict[str, list[str]]:
    """What a property is said to lead from, and to."""
    return {
        name: sorted(
            {
                compact(quad.object.value)
                for told in properties
                for quad in store.quads_for_pattern(
                    ox.NamedNode(iri), ox.NamedNode(told), None, None
                )
                if isinstance(quad.object, ox.NamedNode)
            }
        )
        for name, properties in _ENDS.items()
    }


def _json(content: dict[str, Any]) -> bytes:
    return f"{json.dumps(content, ensure_ascii=False, separators=(',', ':'))}\n".encode()
