"""What the rules ask about a project: the words of a claim, and what else is said of a thing."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.errors import BadParameter
from gbagraph.features.claims import identifying
from gbagraph.features.claims.expansion import QUANTITIES, TYPE, literal
from gbagraph.features.claims.model import Words
from gbagraph.features.claims.names import GBA
from gbagraph.features.claims.ontology import published
from gbagraph.features.verify.selectors import normalized, sentences
from gbagraph.rdf.namespaces import LABELS, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.features.claims.model import Claim, Rest
    from gbagraph.features.claims.names import Use
    from gbagraph.features.claims.project import Project

QUANTITY: Final = tuple(map(ox.NamedNode, QUANTITIES))
DATES: Final = frozenset(PREFIXES["xsd"] + name for name in ("gYear", "gYearMonth", "date"))
_SOURCE, _PLANNED, *_PLANS = (
    ox.NamedNode(GBA + name)
    for name in ("SourceDocument", "Planned", "Plan", "Aim", "PlannedRole", "SitePlan")
)
ENDURING: Final = tuple(ox.NamedNode(GBA + name) for name in ("Place", "Agent"))
_ABOVE: Final = """\
PREFIX gba: <https://w3id.org/gbagraph/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
INSERT { ?term a owl:FunctionalProperty } WHERE {
  VALUES ?term { gba:date gba:start gba:end gba:deadline gba:published gba:earliest gba:latest }
} ;
INSERT { ?thing a ?class } WHERE { ?thing a/rdfs:subClassOf+ ?class } ;
INSERT { ?thing ?above ?value } WHERE { ?property rdfs:subPropertyOf+ ?above . ?thing ?property ?value }
"""
"""What follows by what is above a kind or a property; and that a thing has one date of each sort."""
_PART: Final = re.compile(
    r"[,;:()\u2014\u2013]\s|\s[-\u2013\u2014]\s|[\uff0c\uff1b\uff1a\uff08\uff09]"
    r"|\b(?:but|while|which|who|whose|where|after|before|when|because|since|as)\b"
    r"|\band (?=(?:will|is|are|plans?|aims?)\b)",
    re.IGNORECASE,
)


class Spot(NamedTuple):
    """Words of a passage: its text, where they start and end, and where their sentences do."""

    text: str
    start: int
    end: int
    first: int
    last: int

    @property
    def words(self) -> str:
        """The words alone."""
        return self.text[self.start : self.end]

    @property
    def sentence(self) -> str:
        """The whole of the sentences in which the words stand."""
        return self.text[self.first : self.last]

    @property
    def clause(self) -> str:
        """The words, and what stands between them and the next comma, *which* or *but*."""
        parts = [
            self.first,
            *(each.end() for each in _PART.finditer(self.text, self.first, self.last)),
        ]
        begin = max(each for each in parts if each <= self.start)
        return self.text[begin : min((e for e in parts if e >= self.end), default=self.last)]

    def holds(self, start: int, end: int) -> bool:
        """Whether what stands there in the sentence is among the words."""
        return self.start <= self.first + start and self.first + end <= self.end


def words_of(claim: Claim, rest: Rest) -> tuple[Words, ...]:
    """Return the words of a passage that carry a claim: those that it resolves if it has no others."""
    resolved = (Words(claim.resolves),) if claim.resolves and len(claim.rests) == 1 else ()
    return rest.words or resolved


def is_date(value: ox.NamedNode | ox.Literal) -> bool:
    """Whether a value is a year, a month or a day of the calendar."""
    return value.value[:4].isdecimal() and literal(value.value, DATES) == value


def has_note(claim: Claim) -> bool:
    """Whether the note of a claim says something."""
    return any(map(str.isalnum, claim.note))


@cache
def _published() -> tuple[ox.Quad, ...]:
    """What the ontology of the package says, without its texts."""
    return tuple(quad for quad in published() if not isinstance(quad.object, ox.Literal))


class Case:
    """A project that is checked: its claims by what they are about.

    ``graph`` are the ontologies, the facts that are claimed, and what follows by what is above a kind or
    a property.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self._of: dict[object, list[Claim]] = defaultdict(list)
        self._about: dict[object, list[Claim]] = defaultdict(list)
        for claim in project.claims:
            self._of[claim.subject].append(claim)
            self._about[claim.value].append(claim)
        self.graph = ox.Store()
        self.graph.extend((*_published(), *project.terms))
        self.graph.extend(
            [ox.Quad(each.subject, each.predicate, each.value) for each in project.claims]
        )
        self.graph.update(_ABOVE)

    def of(self, thing: object) -> list[Claim]:
        """Return the claims whose subject is *thing*."""
        return self._of.get(thing, [])

    def about(self, value: object) -> list[Claim]:
        """Return the claims whose value this is."""
        return self._about.get(value, [])

    def spots(self, claim: Claim) -> list[Spot]:
        """Return the words on which a claim rests, those that are found."""
        return [
            spot
            for rest in claim.rests
            for words in words_of(claim, rest)
            if (spot := self.spot(rest.passage, words))
        ]

    def spot(self, name: str, words: Words) -> Spot | None:
        """Return where the words stand in a passage; None unless they stand there exactly once."""
        try:
            start, end, *_ = self.project.passages.select(name, words)
        except BadParameter:
            return None
        text = self.project.passages.passages[name].text
        begins = [*sentences(text), len(text)]
        first = bisect_right(begins, start) - 1
        return Spot(text, start, end, begins[first], begins[bisect_right(begins, end - 1)])

    def name(self, term: object) -> str:
        """Return how a message names a thing or a term: as in the form, and a label that says more."""
        iri, names = str(getattr(term, "value", term)), self.project.names
        if isinstance(term, ox.Literal):
            return repr(iri)
        known = names.terms.get(iri)
        use: Use = "value" if known is None or known.what == "individual" else known.what
        name, label = names.written(iri, use), known.labels.get("en", "") if known else ""
        says_more = label.replace(" ", "").casefold() not in ("", name.casefold())
        return f"{name} ({label})" if says_more else name

    def sentence(self, triple: ox.Triple) -> str:
        """Return how a message writes a triple."""
        return " ".join(map(self.name, triple))

    def passage(self, iri: str) -> str:
        """Return how a message names a passage."""
        return iri.removeprefix(self.project.names.passages)

    @cached_property
    def sources(self) -> set[str]:
        """The document itself, and the other sources that claims may rest on.

        Raises:
            SettingError: the table of identifiers cannot be read, or a row has other columns.
        """
        declared = {each.subject.value for each in self.about(_SOURCE)}
        listed = identifying.sources(self.project.identifiers)
        return {self.project.names.document, *declared, *listed}

    def is_of_others(self, claim: Claim) -> bool:
        """Whether a claim rests on other sources alone."""
        project = self.project
        return not any(
            rest.passage == project.names.document or rest.passage in project.passages.passages
            for rest in claim.rests
        )

    @cached_property
    def published(self) -> str:
        """The date of the document, as the claims state it; empty if they do not."""
        of_document = self.of(ox.NamedNode(self.project.names.document))
        dates = (
            each.value.value
            for each in of_document
            if each.predicate.value == GBA + "published" and is_date(each.value)
        )
        return next(dates, "")

    def is_a(self, thing: ox.NamedNode, kinds: Iterable[ox.NamedNode]) -> bool:
        """Whether a thing is of one of *kinds*, or of one that is below it by the ontologies."""
        return any(ox.Quad(thing, TYPE, kind) in self.graph for kind in kinds)

    @cached_property
    def labelled(self) -> dict[object, set[str]]:
        """The things of the claims by those of their labels that the text has, in small letters."""
        text = "\n".join(each.text for each in self.project.passages.passages.values()).casefold()
        return {
            thing: {
                name
                for each in claims
                if each.predicate.value in LABELS
                and (name := normalized(each.value.value).casefold()) in text
            }
            for thing, claims in self._of.items()
        }

    def is_like(self, one: object, other: object) -> bool:
        """Whether two things are both places or both agents, and no claim is on both."""
        return any(
            all(isinstance(e, ox.NamedNode) and self.is_a(e, (kind,)) for e in (one, other))
            for kind in ENDURING
        ) and not {one, other} & {e.value for e in (*self.of(one), *self.of(other))}

    def is_planned(self, thing: object) -> bool:
        """Whether the claims say of a thing, or of what a quantity is of, that it is planned."""
        is_quantity = isinstance(thing, ox.NamedNode) and self.is_a(thing, QUANTITY)
        return thing in self._planned or (
            is_quantity and any(each.subject in self._planned for each in self.about(thing))
        )

    @cached_property
    def _planned(self) -> set[object]:
        said = {each.subject for each in self.about(_PLANNED)}
        return said | {
            each.subject for each in self.project.claims if self.is_a(each.subject, _PLANS)
        }
