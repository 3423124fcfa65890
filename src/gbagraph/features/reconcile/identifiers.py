"""Other ways to write an IRI: what people copy is often the address of a page, or nearly the identifier.

A variant is a guess: an answer suggests it, and does not give what it names.
"""

from __future__ import annotations

import json
import re
import string
from collections import deque
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, unquote

import pyoxigraph as ox

from gbagraph.features.reconcile.naming import terms
from gbagraph.features.search.search import address
from gbagraph.features.why.evidence import Evidence, EvidenceReader
from gbagraph.names.matching import Entry
from gbagraph.names.names import any_label
from gbagraph.rdf.dataset import named_node
from gbagraph.rdf.labels import LabelFinder
from gbagraph.rdf.namespaces import compact, expand, in_full

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gbagraph.engine.worker import Work
    from gbagraph.features.reconcile.jobs import Lookup
    from gbagraph.rdf.dataset import Dataset

    Label = Callable[[ox.NamedNode], ox.Literal | None]


_MOST: Final = 40
"""Variants of one text."""
_LONG: Final = 400
"""Characters of a text of which there are variants: a longer one would only cost time."""

_SITES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), identifier)
    for pattern, identifier in (
        (
            r"(?:https?://)?(?:www\.|m\.)?wikidata\.org/(?:wiki|entity)/(?:\w+:\w*/?)?([QPL]\d+)(?:[.?#/].*)?",
            "http://www.wikidata.org/entity/{upper}",
        ),
        (r"(?:wikidata:)?([QP]\d+)", "http://www.wikidata.org/entity/{upper}"),
        (
            r"(?:https?://)?(?:www\.|sws\.)?geonames\.org/(\d+)(?:/.*)?",
            "https://sws.geonames.org/{found}/",
        ),
        (
            r"(?:https?://)?(?:www\.)?dbpedia\.org/(?:page|data|resource)/([^?#]+)",
            "http://dbpedia.org/resource/{found}",
        ),
        (
            r"(?:https?://)?en\.(?:m\.)?wikipedia\.org/wiki/([^?#]+)",
            "http://dbpedia.org/resource/{found}",
        ),
        (r"(?:https?://)?(?:www\.)?viaf\.org/viaf/(\d+)(?:/.*)?", "http://viaf.org/viaf/{found}"),
        (
            r"(?:https?://)?(?:www\.)?d-nb\.info/gnd/([\dX-]+)(?:/.*)?",
            "https://d-nb.info/gnd/{upper}",
        ),
        (r"(?:https?://)?(?:www\.)?ror\.org/(\w+)/?", "https://ror.org/{found}"),
    )
)
"""Addresses of pages about things, and the identifiers of these things that the same sites publish."""

_ADDRESS: Final = re.compile(r"(https?)://([^/?#]+)(.*)", re.DOTALL | re.IGNORECASE)
_FILE: Final = re.compile(r"\.(?:json|jsonld|ttl|rdf|n3|nt|xml|html?)\Z")


def variants(text: str) -> list[str]:
    """Return the IRIs that *text* may be meant to be, the likeliest first, without *text* itself."""
    others = {text: None}
    waiting = [text] if len(text) <= _LONG else []
    while waiting and len(others) < _MOST:
        changed = [other for other in _others(waiting[0]) if other not in others]
        others.update(dict.fromkeys(changed))
        waiting = [*waiting[1:], *changed]
    return [each for each in others if each != text]


def _others(text: str) -> Iterator[str]:
    """What may be meant instead: each change that people or sites make to an identifier, undone."""
    yield text.strip(f"{string.whitespace}<>\"'`,;")
    for pattern, identifier in _SITES:
        if found := pattern.fullmatch(text):
            yield identifier.format(found=found[1], upper=found[1].upper())
    yield in_full(text)
    if found := _ADDRESS.match(text):
        other = "http" if found[1].lower() == "https" else "https"
        yield f"{other}://{found[2].lower()}{found[3]}"
        yield text.rstrip("/") if text.endswith("/") else f"{text}/"
        # Parameters, a fragment, the suffix of a file.
        yield from (
            re.split("[?#]", text, maxsplit=1)[0],
            text.partition("?")[0],
            _FILE.sub("", text),
        )
    yield from (unquote(text), quote(text, safe=f"{string.punctuation}%"))


LONGEST: Final = 2000
"""Characters of an IRI that is looked up."""

ITSELF: Final = "itself"
"""The relation of an IRI of which the data say something."""

_SAME: Final = "owl:sameAs"
_ORDER: Final = (
    *(ITSELF, _SAME, "skos:exactMatch", "skos:closeMatch", "gba:closeMatch", "skos:broadMatch"),
    *("skos:narrowMatch", "skos:relatedMatch", "schema:sameAs"),
)
"""The relations, the closest first."""
_INVERSE: Final = {"skos:broadMatch": "skos:narrowMatch", "skos:narrowMatch": "skos:broadMatch"}
"""What a relation is from the other end; that of the others is the same."""
_PROPERTIES: Final = {
    **{expand(name): name for name in _ORDER[1:]},
    "http://schema.org/sameAs": "schema:sameAs",
}
_BELOW: Final = ox.NamedNode(expand("rdfs:subPropertyOf"))
_IDENTIFIERS_MOST: Final = 200
"""Matches of one IRI that are looked for."""
_SUGGESTED: Final = 5


class _Link(NamedTuple):
    """A triple that links, and the relation from its far end to the one from which it was followed."""

    triple: ox.Triple
    far: ox.NamedNode
    relation: str


@dataclass(frozen=True, slots=True)
class _Match:
    """A thing, its relation to the IRI that was asked for, and the links that lead there."""

    thing: ox.NamedNode
    relation: str
    links: tuple[_Link, ...] = ()


def lookup(store: Dataset, iris: Iterable[str], label: Label | None = None) -> bytes:
    """Return what *store* has under each of *iris*, in their order, as a JSON object.

    *label* gives the label of a thing in the preferred language; where it has none, any will do.

    An IRI that is unknown has no matches, but suggestions if it is known in another spelling.
    """
    content = {"results": list(map(_Reader(store, label).result, iris))}
    return f"{json.dumps(content, ensure_ascii=False)}\n".encode()


def same(store: Dataset, iri: str) -> list[tuple[str, str]]:
    """Return the described things that *iri* is or is linked to, and how, the closest first."""
    node, links = _node(iri), _Links(store)
    matches = links.matches(node) if node else []
    return [(each.thing.value, each.relation) for each in matches if links.describes(each.thing)]


def _node(text: str) -> ox.NamedNode | None:
    return named_node(text) if len(text) <= LONGEST else None


class _Links:
    """The links in *store*: by the properties of the table, and by those declared below them."""

    def __init__(self, store: Dataset) -> None:
        self._store = store
        self._relations: dict[ox.NamedNode, str] = {}
        for iri, name in _PROPERTIES.items():
            for each in terms(store, iri, _BELOW):
                self._relations.setdefault(each, name)

    def matches(self, start: ox.NamedNode) -> list[_Match]:
        """What *start* is, and what it is linked to; at most so many, the closest first."""
        ways = self._identical(start)
        matches = [_Match(start, ITSELF)] if self.describes(start) else []
        matches += [_Match(node, _SAME, way) for node, way in ways.items() if way]
        seen = {(match.thing, match.relation) for match in matches}
        for node, way in ways.items():
            for link in self._from(node):
                key = link.far, link.relation
                # What a thing of ours is near to, elsewhere, is no answer to what the IRI is here.
                counts = node == start or self.describes(link.far)
                if link.relation != _SAME and link.far != start and counts and key not in seen:
                    seen.add(key)
                    matches.append(_Match(*key, (*way, link)))
        return sorted(matches, key=self._place)[:_IDENTIFIERS_MOST]

    def is_known(self, node: ox.NamedNode) -> bool:
        """Whether there is anything under this IRI."""
        return self.describes(node) or next(self._from(node), None) is not None

    def describes(self, node: ox.NamedNode) -> bool:
        """Whether anything is said of *node* but to what it is linked."""
        quads = self._store.quads_for_pattern(node, None, None, None)
        return any(quad.predicate not in self._relations for quad in quads)

    def _identical(self, start: ox.NamedNode) -> dict[ox.NamedNode, tuple[_Link, ...]]:
        """What is the same as *start*, itself first, with the shortest chain of links to each."""
        ways: dict[ox.NamedNode, tuple[_Link, ...]] = {start: ()}
        waiting = deque([start])
        while waiting and len(ways) <= _IDENTIFIERS_MOST:
            node = waiting.popleft()
            for link in self._from(node):
                if link.relation == _SAME and link.far not in ways:
                    ways[link.far] = (*ways[node], link)
                    waiting.append(link.far)
        return ways

    def _from(self, node: ox.NamedNode) -> Iterator[_Link]:
        """The links at *node*, each triple once, in a fixed order."""
        for predicate, relation in self._relations.items():
            stated = self._store.quads_for_pattern(None, predicate, node, None)
            reverse = self._store.quads_for_pattern(node, predicate, None, None)
            back = _INVERSE.get(relation, relation)
            ends = chain(
                ((quad.triple, quad.subject, relation) for quad in stated),
                ((quad.triple, quad.object, back) for quad in reverse),
            )
            links = {
                _Link(triple, far, name)
                for triple, far, name in islice(ends, _IDENTIFIERS_MOST)
                if isinstance(far, ox.NamedNode)
            }
            yield from sorted(links, key=lambda link: (link.far.value, str(link.triple)))

    def _place(self, match: _Match) -> tuple[bool, int, int, str]:
        is_bare = match.relation != ITSELF and not self.describes(match.thing)
        return is_bare, _ORDER.index(match.relation), len(match.links), match.thing.value


class _Reader:
    """Results as JSON has them; the same IRI is looked up once."""

    def __init__(self, store: Dataset, label: Label | None) -> None:
        self._store, self._label = store, label
        self._links, self._evidence = _Links(store), EvidenceReader(store)
        self.result = cache(self._result)

    def _result(self, iri: str) -> dict[str, Any]:
        node = _node(iri)
        matches = [] if node is None else self._links.matches(node)
        result: dict[str, Any] = {"iri": iri, "matches": [self._match(each) for each in matches]}
        if node is None:
            result["error"] = f"This is no absolute IRI of at most {LONGEST} characters."
        if not matches:
            result["suggestions"] = self._suggestions(iri)
        return result

    def _suggestions(self, iri: str) -> list[dict[str, str]]:
        nodes = filter(None, map(_node, variants(iri)))
        known = islice(filter(self._links.is_known, nodes), _SUGGESTED)
        return [{"iri": node.value, "label": self._named(node)} for node in known]

    def _match(self, match: _Match) -> dict[str, Any]:
        node = match.thing
        return {
            "iri": node.value,
            "name": compact(node.value),
            "label": self._named(node),
            "address": address(Entry("thing", node.value, ""), self._store),
            "described": match.relation == ITSELF or self._links.describes(node),
            "relation": match.relation,
            "links": [self._link(link) for link in match.links],
        }

    def _named(self, node: ox.NamedNode) -> str:
        label = self._label(node) if self._label else None
        return label.value if label else any_label(self._store, node)

    def _link(self, link: _Link) -> dict[str, Any]:
        subject, predicate, value = link.triple
        evidence = self._evidence.of(link.triple) or Evidence("derived")
        noted = {"claim": evidence.claim, "note": evidence.note}
        return {
            "subject": subject.value,
            "predicate": predicate.value,
            "object": value.value,
            "basis": evidence.basis,
            "graphs": list(evidence.graphs),
            "sources": list(evidence.paragraphs),
            **{name: text for name, text in noted.items() if text},
        }


def run(job: Lookup, work: Work) -> None:
    """Send which things each IRI is or is linked to."""
    work.send(job, lookup(work.store, job.iris, LabelFinder(work.store, job.labels)))
