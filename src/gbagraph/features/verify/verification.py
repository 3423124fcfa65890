"""Whether the words on which claims rest stand in a text: verified, moved, changed, or why it is open.

- *verified*: the text has the passage, by its own hash and length, and the words stand at their place.
- *moved*: words with that hash stand elsewhere: in another place or sentence of the passage, or anywhere
  in the text, also where the text does not have the passage as it was read.
- *changed*: the text has the passage, but nowhere such words.
- *source differs*: the text has other passages of the document, but neither this one nor such words.
- *source absent*: there is no text, or it has no passage of the document.
- *not checkable*: the claim rests on something of which no words are named: it is of another source, or
  no selector is given for it, or one that is not whole.

The text is taken as one: where its lines end, in which order its passages stand and what stands between
them does not matter.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.features.verify.selectors import Selector, normalized, places, stands
from gbagraph.rdf.namespaces import PREFIXES, expand, of_evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gbagraph.features.verify.selectors import Key

EV: Final = PREFIXES["ev"]
"""The vocabulary of evidence."""
OA: Final = "http://www.w3.org/ns/oa#"
"""Web Annotation."""

CLAIMS: Final = of_evidence("Claim")
BASES: Final = of_evidence("restsOn", "statedIn", "inferredFrom", "wordedFrom")
"""The properties that say on what a claim rests."""
_WHOLE: Final = expand("dcterms:isPartOf")
_NUMBER: Final = re.compile(r"[0-9]{1,9}\Z")

CHANGED, DIFFERS, MOVED, ABSENT, NOT_CHECKABLE, VERIFIED = STATES = (
    *("changed", "source differs", "moved"),
    *("source absent", "not checkable", "verified"),
)
"""The states, in the order in which they are reported."""


class Finding(NamedTuple):
    """What was found of words on which a claim rests; without words, of a passage or another source.

    ``selector`` and ``passage`` are empty, and ``sentence`` is 0, where the graph does not say them.
    """

    state: str
    claim: str
    passage: str
    sentence: int
    selector: str


def verify(store: ox.Store, text: str = "") -> list[Finding]:
    """Return what is found of all evidence of a dataset in *text*, what is not verified first.

    Raises:
        RequestTooLarge: the text is too large to look for words in it.
    """
    graph, plain = Evidence(store), normalized(text)
    rows, read = list(graph.rows()), graph.read(plain)
    documents = set(map(graph.document, read))
    lost = (
        words.key
        for _, passage, _, words in rows
        if words and graph.document(passage) in documents
        if not stands(words, read.get(passage, ""))
    )
    elsewhere = places(plain, lost)

    def state(passage: str, words: Selector | None) -> str:
        if words is None or passage not in graph.passages:
            return NOT_CHECKABLE
        if graph.document(passage) not in documents:
            return ABSENT
        if stands(words, read.get(passage, "")):
            return VERIFIED
        return MOVED if words.key in elsewhere else CHANGED if passage in read else DIFFERS

    findings = (
        Finding(state(passage, words), claim, passage, words.sentence if words else 0, selector)
        for claim, passage, selector, words in rows
    )
    return sorted(findings, key=lambda row: (STATES.index(row.state), row))


class Words(NamedTuple):
    """Words that stand in a text: in which passage, where they start there, and they themselves."""

    passage: str
    start: int
    text: str


def words(store: ox.Store, text: str) -> tuple[dict[str, Words], int]:
    """Return the words of the selectors that are verified in *text*, by their IRIs; how many are not.

    Raises:
        RequestTooLarge: as :func:`verify`.
    """
    graph = Evidence(store)
    read = graph.read(normalized(text))
    rows = [(passage, selector, words) for _, passage, selector, words in graph.rows() if selector]
    found = {
        selector: Words(passage, words.start, read[passage][words.start : words.end])
        for passage, selector, words in rows
        if words and stands(words, read.get(passage, ""))
    }
    return found, len({selector for _, selector, _ in rows} - found.keys())


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """Return how many findings there are of each state that occurs, in the order of the states."""
    found = Counter(finding.state for finding in findings)
    return {state: found[state] for state in STATES if found[state]}


class Evidence:
    """What a dataset says of claims, passages and selectors, in whichever of its graphs."""

    def __init__(self, store: ox.Store) -> None:
        self._store = store
        self._hashes, self._wholes = self._said(f"{EV}sha256"), self._said(_WHOLE)
        self._numbers = [self._said(term) for term in (f"{OA}start", f"{OA}end", f"{EV}sentence")]
        lengths = self._said(f"{EV}length")
        self.passages: dict[str, Key] = {
            passage: (_number(lengths, passage), _only(self._hashes, passage))
            for passage in lengths
        }

    def rows(self) -> Iterator[tuple[str, str, str, Selector | None]]:
        """Yield each claim with a passage, and with one of its selectors there if there are any."""
        kinds, bases = self._said(PREFIXES["rdf"] + "type"), self._said(*BASES)
        selectors, passages = self._said(f"{EV}selector"), self._said(f"{EV}inPassage")
        typed = (node for node, kinds_of in kinds.items() if not kinds_of.isdisjoint(CLAIMS))
        for claim in {*typed, *selectors}:
            places = {each: _only(passages, each) for each in selectors.get(claim, ())}
            for selector, passage in places.items():
                yield claim, passage, selector, self._words(selector)
            for passage in bases.get(claim, set()) - set(places.values()):
                yield claim, passage, "", None

    def _words(self, selector: str) -> Selector | None:
        start, end, number = (_number(said, selector) for said in self._numbers)
        digest = _only(self._hashes, selector)
        return (
            Selector(start, end, digest, number)
            if digest and min(start, end, number) >= 0
            else None
        )

    def read(self, plain: str) -> dict[str, str]:
        """Return the passages that a normalized text has, each as it stands there."""
        found = places(plain, self.passages.values())
        return {
            passage: plain[found[key] : found[key] + key[0]]
            for passage, key in self.passages.items()
            if key in found
        }

    def document(self, passage: str) -> str:
        """Return of what a passage is a part, or a part of a part."""
        seen: set[str] = set()
        while passage not in seen and passage in self._wholes:
            seen.add(passage)
            passage = min(self._wholes[passage])
        return passage

    def _said(self, *terms: str) -> dict[str, set[str]]:
        """Return the values of these properties, by the nodes that have them."""
        said: dict[str, set[str]] = defaultdict(set)
        for term in terms:
            for quad in self._store.quads_for_pattern(None, ox.NamedNode(term), None, None):
                said[_text(quad.subject)].add(_text(quad.object))
        return dict(said)


def _text(term: object) -> str:
    return str(getattr(term, "value", term))


def _only(said: Mapping[str, set[str]], node: str) -> str:
    """Return the value that *node* has, empty if it has none or several."""
    values = said.get(node, ())
    return next(iter(values)) if len(values) == 1 else ""


def _number(said: Mapping[str, set[str]], node: str) -> int:
    """Return the number that *node* has, -1 if it has none or several."""
    value = _only(said, node)
    return int(value) if _NUMBER.match(value) else -1
