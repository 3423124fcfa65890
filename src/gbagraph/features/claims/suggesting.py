"""Which property or kind says what words mean: of the project's ontology, of gba:, or of schema.org."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import pyoxigraph as ox

from gbagraph._version import __version__
from gbagraph.dataset.named_files import quads
from gbagraph.features.claims import schema_org
from gbagraph.features.claims.rules import quantities
from gbagraph.names.matching import Entry, Finder, Name
from gbagraph.names.texts import local_name, words
from gbagraph.paths import own_query, resource
from gbagraph.rdf.namespaces import compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gbagraph.features.claims.names import Names

What = Literal["property", "kind"]
WHAT: Final[tuple[What, What]] = ("property", "kind")
_OTHER_NAMES: Final = Path(__file__).with_name("other-names.tsv")
"""What people call terms beside their labels, in English and Chinese."""
_VALUES: Final = {
    "gYear": "1904-05",
    "Quantity": "over 4",
    "MonetaryAmount": "about 3000000 CNY",
    "string": '"text"',
    "langString": '"text"@en',
    "date": "1904-05-04",
    "integer": "12",
    "decimal": "12.5",
    "float": "12.5",
}
"""Examples of values by the end of the IRI of a range; things have names."""
_UNITS: Final = {"area": "km2", "length": "km", "time": "min", "mass": "t", "money": "CNY"}
"""Examples of units by what they measure."""
_OWN: Final = {
    "kind": """t:{0} a owl:Class ;
    rdfs:subClassOf gba:Organization ;
    rdfs:label "{1}"@{2} ;
    rdfs:comment "What such a thing is."@en .""",
    "property": """t:{0} a owl:{3} ;
    rdfs:range {4} ;
    rdfs:label "{1}"@{2} ;
    rdfs:comment "What it says of its subject."@en .""",
}
"""Lines of an ontology, without the name, the label and its language, the type and the range."""
_MEASURE: Final = (
    r".*(\b(speed|power|volume|rate|flow|energy|weight|height|length|width|depth|area|cost|price)"
    r"|[长長高宽寬速]度|时速|[面体體]积|[重流]量|投资|造价)\Z"
)
_OWN_VALUES: Final = (
    (r"\b(number|count)\b|.*[数數]\Z", "DatatypeProperty", "xsd:integer"),
    (_MEASURE, "ObjectProperty", "gba:Quantity"),
    ("", "ObjectProperty", "gba:Agent"),
)
"""The types and ranges of properties by their names."""
_LESS: Final = 0.03
"""How much less a term counts for each source that comes before its own."""


class Suggestion(NamedTuple):
    """A term that may say what is meant, what it says, who says so, and how well it fits, 1 at most.

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


def suggest(phrase: str, own: Iterable[ox.Quad], what: What | None = None) -> list[Suggestion]:
    """Return the properties and kinds that *phrase* may mean, the best first; *what* asks for either.

    They are looked for by their names and definitions, in English and Chinese: in *own*, what the
    project says of its terms, then in gba:, then in schema.org.

    Raises:
        MissingPackage: the package that has the copy of schema.org is not installed.
    """
    suggested: dict[str, Suggestion] = {}
    sources = _read(own, "the ontology of this project"), *_published()
    for number, (terms, finder) in enumerate(sources):
        said = finder.find(phrase)
        for hit in said.hits if all(len(word) > 5 for word in said.slips) else ():
            term = terms[hit.entry.iri]
            score, is_named = hit.score - _LESS * number, hit.name is not None
            if what in (None, term.what):
                suggested.setdefault(term.iri, term._replace(score=score, is_named=is_named))
    return sorted(suggested.values(), key=lambda each: (-each.score, each.iri))


Source = tuple["Mapping[str, Suggestion]", Finder]
"""The terms of a vocabulary by their IRI, and the search in them."""


@cache
def _published() -> tuple[Source, ...]:
    gba = quads(resource("ontology", "gba.ttl"))
    return _read(gba, f"gba: of gbagraph {__version__}"), _read(*schema_org.terms())


def _read(said: Iterable[ox.Quad], source: str) -> Source:
    store = ox.Store()
    store.extend(said)
    solutions: Any = store.query(own_query("features/claims", "terms"))
    rows = {row["term"].value: row for row in solutions}
    others = dict(csv.reader(_OTHER_NAMES.read_text("utf-8").splitlines(), delimiter="\t"))
    terms, entries = {}, []
    former = {f"{iri}s" for iri in rows}  # schema.org renamed what was a plural
    for iri in sorted(rows.keys() - former):
        _, what, label, says, names, texts, domains, ranges = (each.value for each in rows[iri])
        about = tuple(domains.split()), tuple(ranges.split())
        terms[iri] = Suggestion(iri, what, label, says, *about, source)
        called = [local_name(iri), *names.split("\n"), *others.get(compact(iri), "").split(", ")]
        kind: Any = "class" if what == "kind" else what
        entries.append((Entry(kind, iri, label, texts), tuple(map(Name, filter(None, called)))))
    return terms, Finder(entries)


def shown(term: Suggestion, names: Names) -> str:
    """Return a suggestion in lines: what it says, of what and with which values, how it is written."""
    name = names.written(term.iri, term.what)
    ranges = [local_name(each) for each in names.ranges(term.iri) or term.ranges] or ["thing"]
    values = (value for kind, value in _VALUES.items() if kind in ranges)
    value = next(values, f"some-{ranges[0].lower()}")
    if "Quantity" in ranges:
        value += f" {_UNITS.get(quantities.measured(term.iri), 'items')}"
    rows = {
        "says": term.definition,
        "of": " or ".join(map(compact, term.domains)),
        "values": " or ".join(map(compact, term.ranges)),
        "write": f"some-thing: {name}" if term.what == "kind" else f'{name} {value} | p1 "words"',
        "from": term.source,
    }
    lines = (f"  {row:7} {said}" for row, said in rows.items() if said)
    return "\n".join([f"{name}: {term.label} ({term.what})", *lines])


def own(phrase: str, what: What) -> str:
    """Return the lines by which a project declares a term of its own, for its ontology."""
    first, *others = words(phrase) or ("term",)
    first = first.capitalize() if what == "kind" else first
    kind = next(row[1:] for row in _OWN_VALUES if re.match(row[0], phrase, re.IGNORECASE))
    label = phrase, "zh" if re.search("[\u3400-\u9fff]", phrase) else "en"
    return _OWN[what].format(first + "".join(map(str.capitalize, others)), *label, *kind)
