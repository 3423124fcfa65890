"""What the rules ask about a project: the words of a claim, and what else is said of a thing."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.errors import BadParameter
from gbagraph.features.verify.selectors import sentences
from gbagraph.rdf.namespaces import PREFIXES, compact

if TYPE_CHECKING:
    import pyoxigraph as ox

    from gbagraph.features.claims.model import Claim
    from gbagraph.features.claims.project import Project

GBA: Final = PREFIXES["gba"]
LABEL: Final = PREFIXES["rdfs"] + "label"
KIND: Final = PREFIXES["rdf"] + "type"
_PLANS: Final = frozenset(GBA + name for name in ("Plan", "Aim", "PlannedRole", "SitePlan"))
_PART: Final = re.compile(
    r"[,;:()—–]\s|\s[-–—]\s|[，；：（）]|\b(?:but|while|which|who|whose|where|after|before|when|because"
    r"|since|as)\b|\band (?=(?:will|is|are|plans?|aims?)\b)",
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
        parts = [self.first, *(each.end() for each in _PART.finditer(self.text, self.first, self.last))]
        begin = max(each for each in parts if each <= self.start)
        return self.text[begin : min((e for e in parts if e >= self.end), default=self.last)]

    def holds(self, start: int, end: int) -> bool:
        """Whether what stands there in the sentence is among the words."""
        return self.start <= self.first + start and self.first + end <= self.end


class Case:
    """A project that is checked: its claims by what they are about."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._of: dict[ox.NamedNode, list[Claim]] = defaultdict(list)
        self._about: dict[object, list[Claim]] = defaultdict(list)
        for claim in project.claims:
            self._of[claim.subject].append(claim)
            self._about[claim.value].append(claim)

    def of(self, thing: object) -> list[Claim]:
        """Return the claims whose subject is *thing*."""
        return self._of.get(thing, [])  # type: ignore[call-overload, no-any-return]

    def about(self, value: object) -> list[Claim]:
        """Return the claims whose value this is."""
        return self._about.get(value, [])

    def spots(self, claim: Claim) -> list[Spot]:
        """Return the words on which a claim rests, those that are found."""
        return [
            spot
            for rest in claim.rests
            for words in rest.words
            if (spot := self._spot(rest.passage, words)) is not None
        ]

    def _spot(self, name: str, words: object) -> Spot | None:
        try:
            start, end, *_ = self.project.passages.select(name, words)
        except BadParameter:
            return None
        text = self.project.text_of(name)
        begins = [*sentences(text), len(text)]
        first = bisect_right(begins, start) - 1
        return Spot(text, start, end, begins[first], begins[bisect_right(begins, end - 1)])

    def label(self, term: object) -> str:
        """Return how a message names a thing or a term: by its name, without what it begins with."""
        return compact(str(getattr(term, "value", term))).removeprefix("gba:").removeprefix(self.project.base)

    @cached_property
    def published(self) -> str:
        """The date of the document, as the claims state it; empty if they do not."""
        document = self.project.names.document
        found = (each for each in self.of(document) if each.predicate.value == GBA + "published")
        return next((each.value.value for each in found), "")

    def is_planned(self, thing: object) -> bool:
        """Whether the claims say of a thing, or of what a number or a date is of, that it is planned."""
        return thing in self._planned or any(each.subject in self._planned for each in self.about(thing))

    @cached_property
    def _planned(self) -> set[object]:
        plans = self.project.below(_PLANS)
        return {
            claim.subject
            for claim in self.project.claims
            if claim.value.value == GBA + "Planned"
            or (claim.predicate.value == KIND and claim.value.value in plans)
        }
