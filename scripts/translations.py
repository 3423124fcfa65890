"""Write data/translations.ttl: what our English words are in Chinese, for each thing that has them.

``python scripts/translations.py`` reads the table ``data/translations.tsv``, which is kept by hand: an
English text of the data, and the same in simplified and in traditional characters. An English text is
looked up whole, so one that has changed has no translation, and the tests name it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.dataset.computed import add_claims
from gbagraph.dataset.identity import graph_of
from gbagraph.dataset.loader import read_built_in
from gbagraph.paths import resource, write_whole
from gbagraph.rdf.namespaces import PREFIXES, expand

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE: Final = resource("data", "translations.tsv")
PLACE: Final = resource("data", "translations.ttl")
TRANSLATED: Final = ("article", "context", "links", "evidence")
"""The graphs whose texts are translated there; the others have their Chinese beside the English."""
_QUOTED: Final = ox.NamedNode(expand("rdf:object"))
_HEAD: Final = """\
# SPDX-License-Identifier: CC-BY-4.0
# Our English names, summaries and notes in Chinese. Made by scripts/translations.py from
# data/translations.tsv: do not edit.
"""


def table() -> dict[str, tuple[str, str]]:
    """Return the translations by the English text: in simplified and in traditional characters."""
    rows = (line.split("\t") for line in TABLE.read_text("utf-8").splitlines())
    return {english: (simplified, traditional) for english, simplified, traditional in rows}


def english() -> Iterator[tuple[ox.Triple, str]]:
    """Yield what the translated graphs say in English alone, in their order, with the text."""
    store = read_built_in()
    store.remove_graph(graph_of("translations"))
    add_claims(store)
    for graph in map(graph_of, TRANSLATED):
        for quad in sorted(store.quads_for_pattern(None, None, None, graph), key=str):
            said = quad.object
            if isinstance(said, ox.Literal) and said.language == "en" and quad.predicate != _QUOTED:
                others = store.quads_for_pattern(quad.subject, quad.predicate, None, None)
                if not any(_language(other.object).startswith("zh") for other in others):
                    yield quad.triple, said.value


def _language(term: object) -> str:
    return (isinstance(term, ox.Literal) and term.language) or ""


def translated() -> str:
    """Return the text of the file."""
    known = table()
    triples = [
        ox.Triple(triple.subject, triple.predicate, ox.Literal(text, language=language))
        for triple, said in english()
        if said in known
        for text, language in zip(known[said], ("zh-hans", "zh-hant"), strict=True)
    ]
    used = {name: iri for name, iri in PREFIXES.items() if any(iri in str(row) for row in triples)}
    written = ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=used) or b""
    return _HEAD + written.decode()


if __name__ == "__main__":
    write_whole(PLACE, translated().encode())
