"""What a browser searches in: the names of a store with what a list of results shows, and the manual.

Both are JSON. Each of the ``entries`` has its ``kind`` and ``iri``, the ``names`` and the ``texts`` that
say what it is (each with its language; among names, the end of the IRI is first), the ``address`` of its
page; where it is another than these say, the ``label``, and the ``name`` with a prefix; its classes as
``types``, and whether it ``isSource``. ``signs`` has those that are compared as others. Each section of
the manual has its ``page``, ``heading``, ``title``, ``address``, ``language``, ``text`` and ``prose``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from gbagraph.feature import hook
from gbagraph.features.site.questions import encoded
from gbagraph.names.index import names_of
from gbagraph.names.matching import Name
from gbagraph.names.names import TEXTS
from gbagraph.queries.catalog import find
from gbagraph.queries.texts import said_of
from gbagraph.rdf.namespaces import compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.names.matching import Entry, Hit
    from gbagraph.rdf.dataset import Dataset


def files(store: Dataset, languages: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield what is searched, by its name: ``names``, and ``manual-TAG`` where there is a manual."""
    yield "names", _names(store)
    if (sections := hook("manual_sections")) is not None:
        yield from ((f"manual-{tag}", _manual(sections(tag))) for tag in languages)


def _names(store: Dataset) -> bytes:
    """Return all that can be found in *store*."""
    names = names_of(store)
    hits = names.finder.listed()
    signs = {sign for hit in hits for name in hit.names for sign in name.text}
    same = {sign: names.simplified(sign) for sign in sorted(signs)}
    rows = [_row(hit, store, is_source=names.finder.is_source(hit.entry)) for hit in hits]
    return encoded({"signs": {a: b for a, b in same.items() if a != b}, "entries": rows})


def _row(hit: Hit, store: Dataset, *, is_source: bool) -> dict[str, Any]:
    entry = hit.entry
    label, name = hit.names[min(1, len(hit.names) - 1)].text, compact(entry.iri)
    row = {
        "kind": entry.kind,
        "iri": entry.iri,
        "names": hit.names,
        "texts": list(dict.fromkeys(_texts(entry, store))),
        "label": entry.label if entry.label != label else "",
        "name": name if name != entry.iri else "",
        "isSource": is_source,
        **(led(entry, store) if (led := hook("search leads to")) else {}),
    }
    return {key: value for key, value in row.items() if value}


def _texts(entry: Entry, store: Dataset) -> Iterator[Name]:
    """Yield what is said of something in a sentence: what is searched first, then in other languages."""
    if not entry.snippet:
        return
    yield Name(entry.snippet, "en")
    if entry.kind == "query":
        said = said_of(find(entry.iri)).items()
        yield from (Name(row.description, tag.lower()) for tag, row in said if row.description)
    elif entry.kind != "prefix":
        node = ox.NamedNode(entry.iri)
        for term in map(ox.NamedNode, TEXTS):
            for quad in store.quads_for_pattern(node, term, None, None):
                if isinstance(quad.object, ox.Literal):
                    yield Name(quad.object.value, quad.object.language or "")


def _manual(sections: Iterable[Any]) -> bytes:
    return encoded(
        [
            {
                "page": each.page.title,
                "heading": each.heading.text,
                "title": each.title,
                "address": each.address.removeprefix("/"),
                "language": each.page.language,
                "prose": each.prose,
                **({"text": each.text} if each.text != each.prose else {}),
            }
            for each in sections
        ]
    )
