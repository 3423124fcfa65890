"""Which property or kind says what words mean: of the project's ontology, of gba:, or of schema.org."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import pyoxigraph as ox

from gbagraph.features.claims import schema_org
from gbagraph.names.matching import Entry, Finder, Name
from gbagraph.names.texts import local_name
from gbagraph.paths import display, own_query, resource
from gbagraph.rdf.namespaces import expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    What = Literal["property", "class"]

_OTHER_NAMES: Final = Path(__file__).with_name("other-names.tsv")
"""What people call terms beside their labels, in English and Chinese: one of the project's own."""
_LEAST: Final = 0.1
"""The score from which on a term is worth telling."""
_LESS: Final = 0.03
"""How much less a term counts for each source that comes before its own."""


class Suggestion(NamedTuple):
    """A term that may say what is meant, how well it fits (1 at most), what it says, and who says so.

    ``is_named`` is whether a name of it fits, and not its definition alone.
    """

    iri: str
    what: What
    label: str
    definition: str
    domains: tuple[str, ...]
    ranges: tuple[str, ...]
    source: str
    score: float = 0.0
    is_named: bool = False


def suggest(words: str, ontologies: Iterable[Path], what: What | None = None) -> list[Suggestion]:
    """Return the properties and kinds that *words* may mean, the best first; *what* asks for either.

    They are looked for by their names and definitions, in English and Chinese: in *ontologies*, those of
    the project, then in gba:, then in schema.org.

    Raises:
        MissingPackage: the package that has the copy of schema.org is not installed.
    """
    found: dict[str, Suggestion] = {}
    for number, (terms, finder) in enumerate(_sources(tuple(ontologies))):
        for hit in finder.find(words).hits:
            score = hit.score - _LESS * number
            term = terms[hit.entry.iri]
            if what in (None, term.what) and score >= _LEAST and not _is_old(term, terms):
                told = term._replace(score=score, is_named=hit.name is not None)
                found.setdefault(term.iri, told)
    return sorted(found.values(), key=lambda each: (-each.score, each.iri))


def _is_old(term: Suggestion, terms: Mapping[str, Suggestion]) -> bool:
    """Whether a term is the plural that schema.org had before another one."""
    return term.iri.endswith("s") and term.iri[:-1] in terms


@cache
def _sources(ontologies: tuple[Path, ...]) -> list[tuple[Mapping[str, Suggestion], Finder]]:
    """Return the terms of each source by their IRI, and the search in them."""
    others = dict(csv.reader(_OTHER_NAMES.read_text("utf-8").splitlines(), delimiter="\t"))
    others = {expand(name): called for name, called in others.items()}
    stores = []
    for path in (*ontologies, resource("ontology", "gba.ttl")):
        store = ox.Store()
        store.load(path=str(path), format=ox.RdfFormat.TURTLE)
        stores.append((store, display(path)))
    return [_read(store, source, others) for store, source in (*stores, schema_org.terms())]


def _read(
    store: ox.Store, source: str, others: Mapping[str, str]
) -> tuple[dict[str, Suggestion], Finder]:
    rows: Any = store.query(own_query("features/claims", "terms"))
    terms, entries = {}, []
    for row in rows:
        iri, what, label, definition, names, texts, domains, ranges = (each.value for each in row)
        terms[iri] = Suggestion(
            iri, what, label, definition, tuple(domains.split()), tuple(ranges.split()), source
        )
        called = (local_name(iri), *names.split("\n"), *others.get(iri, "").split(", "))
        entries.append(
            (Entry(what, iri, label, texts), tuple(Name(each) for each in called if each))
        )
    return terms, Finder(entries)
