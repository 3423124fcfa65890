"""Namespaces and prefixes, and how IRIs are shortened and expanded.

:data:`PREFIXES` is what the code of this package writes. What people read and write depends on the
dataset that is published: :func:`use` says once, at start, which base and prefixes those are.
"""

from __future__ import annotations

import re
from contextvars import ContextVar, copy_context
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BASE: Final = "https://w3id.org/gbagraph/"

ONTOLOGY: Final = BASE + "ontology"
EVIDENCE: Final = BASE + "evidence"
"""The vocabulary of evidence, which names nothing of our own data."""
DATASET: Final = BASE + "dataset"
SERVICE: Final = BASE + "service#"
"""Of the terms in which a service says its limits; they are of the software, not of a dataset."""
FUNCTIONS: Final = BASE + "function#"
"""Of the functions that queries to this software may call, whatever the dataset."""

PREFIXES: Final = MappingProxyType(
    {
        "gba": ONTOLOGY + "#",
        "ev": EVIDENCE + "#",
        "gsh": BASE + "shapes#",
        "id": BASE + "id/",
        "c": BASE + "claim/",
        "art": BASE + "article/",
        "graph": BASE + "graph/",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "owl": "http://www.w3.org/2002/07/owl#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "sh": "http://www.w3.org/ns/shacl#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "dc": "http://purl.org/dc/elements/1.1/",
        "dcterms": "http://purl.org/dc/terms/",
        "prov": "http://www.w3.org/ns/prov#",
        "org": "http://www.w3.org/ns/org#",
        "schema": "https://schema.org/",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "qudt": "http://qudt.org/schema/qudt/",
        "unit": "http://qudt.org/vocab/unit/",
        "void": "http://rdfs.org/ns/void#",
        "dcat": "http://www.w3.org/ns/dcat#",
        "sd": "http://www.w3.org/ns/sparql-service-description#",
        "vann": "http://purl.org/vocab/vann/",
        "spdx": "http://spdx.org/rdf/terms#",
        "vcard": "http://www.w3.org/2006/vcard/ns#",
        "wgs84": "http://www.w3.org/2003/01/geo/wgs84_pos#",
        "geo": "http://www.opengis.net/ont/geosparql#",
        "sf": "http://www.opengis.net/ont/sf#",
        "wd": "http://www.wikidata.org/entity/",
        "wdt": "http://www.wikidata.org/prop/direct/",
        "spex": "https://purl.expasy.org/sparql-examples/ontology#",
    }
)


TERMS: Final = (PREFIXES["gba"], PREFIXES["ev"])
"""The namespaces of our vocabularies, which have pages of their own."""


def graph_iri(name: str) -> str:
    """IRI of one of the dataset's named graphs, such as ``article``."""
    return PREFIXES["graph"] + name


def of_evidence(*names: str) -> tuple[str, ...]:
    """The IRIs of terms of evidence: as they are now, then as they were in releases up to 0.3.0."""
    return tuple(space + name for space in (PREFIXES["ev"], PREFIXES["gba"]) for name in names)


_BASES: Final[Mapping[str, Literal["stated", "inferred", "ours"]]] = {
    "statedIn": "stated",
    "inferredFrom": "inferred",
    "wordedFrom": "ours",
}
BASES: Final = MappingProxyType(
    {iri: basis for name, basis in _BASES.items() for iri in of_evidence(name)}
)
"""The properties that say on what something rests, with what its basis is called then."""
LISTS: Final = MappingProxyType(
    {PREFIXES["gba"] + "openListOf": "open", PREFIXES["gba"] + "closedListOf": "closed"}
)
"""The properties that say of which property only some values are named, or all."""


def expand(curie: str) -> str:
    """The IRI of a prefixed name; raises KeyError for an unknown prefix."""
    prefix, _, local = curie.partition(":")
    return PREFIXES[prefix] + local


LABELS: Final = (
    *map(expand, ("rdfs:label", "skos:prefLabel", "skos:altLabel", "schema:name")),
    *map(expand, ("schema:alternateName", "foaf:name", "dcterms:title", "dc:title")),
    "http://schema.org/name",
    "http://schema.org/alternateName",
    "http://www.w3.org/2006/vcard/ns#fn",
)
"""Properties whose values are names, those of choice first."""

_ABOUT: Final = ("rdf:type", "rdfs:comment", "rdf:subject", "rdf:predicate", "rdf:object")
DESCRIBING: Final = frozenset((*map(expand, _ABOUT), *LABELS))
"""Properties of kinds, labels, comments and of what a claim is about: they seldom tell rows apart."""


_OURS: Final = ("gba", "ev", "gsh", "id", "c", "art", "graph")
"""The prefixes of the built-in dataset."""

VOCABULARIES: Final = MappingProxyType({n: iri for n, iri in PREFIXES.items() if n not in _OURS})
"""The prefixes of vocabularies, which people use whatever the dataset is."""


class _Names:
    """The base and the prefixes of the dataset that this process publishes."""

    base = BASE
    relative_to = f"{BASE}sparql"
    things = PREFIXES["id"]
    prefixes: Mapping[str, str] = PREFIXES


def use(base: str, prefixes: Mapping[str, str]) -> None:
    """Publish IRIs under *base*, or under none, and know *prefixes* beside those of vocabularies."""
    _Names.base = _Names.things = base
    _Names.relative_to = f"{folder() or 'http://base.invalid/'}sparql"
    _Names.prefixes = MappingProxyType({**prefixes, **VOCABULARIES, **prefixes})


def use_own() -> None:
    """Publish the built-in dataset."""
    _Names.base, _Names.things, _Names.prefixes = BASE, PREFIXES["id"], PREFIXES
    _Names.relative_to = f"{BASE}sparql"


def base() -> str:
    """What the IRIs of the dataset begin with, for which there are pages; empty if nothing is known."""
    return _Names.base


def folder() -> str:
    """What IRIs that are made here begin with, such as those of graphs; empty without a base.

    A base that ends with a number sign is that of fragments, which have none below them.
    """
    return f"{_Names.base.rstrip('#')}/" if _Names.base.endswith("#") else _Names.base


def base_iri() -> str:
    """Base of relative IRIs in queries (RFC 3986, section 5.1.4): ``<id/x>`` is an IRI of ours."""
    return _Names.relative_to


def things() -> str:
    """What a short name without a prefix is the end of."""
    return _Names.things


_known: Final[ContextVar[Mapping[str, str]]] = ContextVar("known", default=MappingProxyType({}))


def knowing(prefixes: Mapping[str, str], call: Callable[..., Any], *given: object) -> Any:  # noqa: ANN401
    """Return what a call returns that reads and writes *prefixes*, if there are any, and no others."""
    context = copy_context()
    context.run(_known.set, prefixes)
    return context.run(call, *given)


def known() -> Mapping[str, str]:
    """The prefixes that what runs is :func:`knowing`; none if it has the usual ones."""
    return _known.get()


def prefixes() -> Mapping[str, str]:
    """The prefixes that people read and write here."""
    return _known.get() or _Names.prefixes


def in_full(text: str) -> str:
    """A prefixed name as an IRI, if people can write its prefix here; any other text as it is."""
    prefix, colon, local = text.partition(":")
    is_name = colon and not local.startswith("//")
    namespace = prefixes().get(prefix) if is_name else None
    return text if namespace is None else namespace + local


def declarations() -> str:
    """The PREFIX declarations at the head of a query."""
    return "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in prefixes().items())


_BASE_CHARACTERS: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd"
)
_FIRST: Final = f"[{_BASE_CHARACTERS}_0-9]|%[0-9A-Fa-f]{{2}}"
_INNER: Final = f"[{_BASE_CHARACTERS}_0-9\u00b7\u0300-\u036f\u203f\u2040-]|%[0-9A-Fa-f]{{2}}"
_LOCAL: Final = re.compile(rf"(?:{_FIRST})(?:(?:{_INNER}|\.)*(?:{_INNER}))?\Z")
"""PN_LOCAL of SPARQL 1.1, section 19.8, without a backslash.

Also without a colon, which would mislead people, and without characters above U+FFFF, which pyoxigraph
does not read there.
"""


def prefixed_name(iri: str, known: Mapping[str, str] | None = None) -> str:
    """Return *iri* with one of the prefixes *known*, or of :func:`prefixes`; empty if none fits.

    SPARQL and Turtle read it as *iri*: its local part needs no escape. The longest namespace wins.
    """
    spaces = prefixes() if known is None else known
    fitting = [name for name, space in spaces.items() if space and iri.startswith(space)]
    for name in sorted(fitting, key=lambda name: -len(spaces[name])):
        local = iri[len(spaces[name]) :]
        if _LOCAL.match(local):
            return f"{name}:{local}"
    return ""


def compact(iri: str) -> str:
    """Return *iri* for a reader: as a prefixed name where there is one, else as it is."""
    return prefixed_name(iri) or iri


def written(iri: str, known: Mapping[str, str] | None = None) -> str:
    """Return *iri* as SPARQL and Turtle write it: as a prefixed name, or in angle brackets."""
    return prefixed_name(iri, known) or f"<{iri}>"


_READ_OTHERWISE: Final = re.compile(r"[?%]|\A/|(\A|/)\.{1,2}(/|\Z)")
"""In the end of an IRI: what is no longer the same when it is asked for as a path."""


def local_path(iri: str) -> str | None:
    """The path of the page about an IRI on the running server; None for IRIs of other sites.

    Where the dataset has no base, every IRI may be one of its own. What has a fragment has no path of
    its own; of our vocabularies, the page has the fragment as an anchor. Nor has what browsers or
    servers would change in a path.
    """
    own = _Names.base
    is_part = "#" in iri.removeprefix(own) and not iri.startswith(TERMS)
    is_part = is_part and iri.startswith(own)
    if not own or is_part:
        return document_path(iri)
    if not iri.startswith(own):
        return None
    rest = iri.removeprefix(own)
    return document_path(iri) if _READ_OTHERWISE.search(rest) else f"/{rest}"


def document_path(iri: str) -> str:
    """The path of the document about any IRI on the running server."""
    return f"/doc?{urlencode({'iri': iri})}"
