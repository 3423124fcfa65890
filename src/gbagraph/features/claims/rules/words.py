"""Whether the words of a claim stand where it says, and whether the text is that of the last build."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gbagraph.errors import BadParameter
from gbagraph.features.claims.expansion import TYPE
from gbagraph.features.claims.model import Fault, Place, Words
from gbagraph.features.claims.ontology import read
from gbagraph.features.claims.rules.case import words_of
from gbagraph.features.verify.selectors import normalized, sha256
from gbagraph.features.verify.verification import Evidence
from gbagraph.paths import display
from gbagraph.rdf.namespaces import DESCRIBING, expand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.claims.model import Claim, Rest
    from gbagraph.features.claims.rules.case import Case

_EMPTY: Final = re.compile(
    r"(?:\W|_|\b(?:[a-z]|the|an|and|or|of|to|in|on|at|by|for|from|with|as|is|are|was|were|be|has|had|have"
    r"|it|its|this|that)\b|[的了是在和与及或由于为被把而也其这那该等])*"
    r"|[^\d一二三四五六七八九十百千万两半]",
    re.IGNORECASE,
)
"""Words that carry nothing by themselves: one letter, an article, a preposition."""
# But for a status these do.
_OF_STATUS: Final = re.compile(r"\b(?:is|are) to\b|\bto be\b|[将拟已]", re.IGNORECASE)


def wrong(case: Case, claim: Claim) -> Iterator[Fault]:
    """Yield where the passages of a claim are not there, or do not have its words exactly once."""
    for rest in claim.rests:
        if rest.passage not in case.project.passages.passages:
            gone = moved(case).get(rest.passage)
            yield from [gone] if gone else _elsewhere(case, claim, rest)
            continue
        for words in words_of(claim, rest):
            try:
                case.project.passages.select(rest.passage, words)
            except BadParameter as problem:
                shifted = moved(case).get(rest.passage)
                yield shifted or _missing(case, claim, rest.passage, words, problem.message)
        spots = [case.spot(rest.passage, words) for words in words_of(claim, rest)]
        needs_words = claim.basis == "stated" or (
            claim.basis == "inferred" and claim.predicate != TYPE
        )
        is_status = claim.predicate.value == expand("gba:status")
        if needs_words and all(
            spot
            and _EMPTY.fullmatch(spot.words)
            and not (is_status and _OF_STATUS.search(spot.words))
            for spot in spots
        ):
            yield Fault(
                claim.place, "no-words", "It says no words of the passage that carry it. Copy them."
            )


def _elsewhere(case: Case, claim: Claim, rest: Rest) -> Iterator[Fault]:
    """Yield what is wrong with resting on what is no passage: the whole document, or another source."""
    names, place = case.project.names, claim.place
    if rest.passage not in case.sources or rest.passage.startswith(names.passages):
        yield _unknown(case, claim, rest)
    elif rest.words:
        said = "Words can be looked for in the text alone. Name a passage of it, or take them away."
        yield Fault(place, "words-not-found", said)
    elif rest.passage == names.document != claim.subject.value and (
        claim.predicate.value not in DESCRIBING
    ):
        said = "The document as a whole tells of itself alone. Name a passage and its words."
        yield Fault(place, "no-words", said)


def _unknown(case: Case, claim: Claim, rest: Rest) -> Fault:
    """Return the fault of a passage that the text does not have, and that is no declared source."""
    names = [case.passage(each) for each in case.project.passages.names()]
    name = case.passage(rest.passage)
    said = f"The text has no passage {name}. It has {names[0]} to {names[-1]}. "
    said += (
        f"For the thing {name}, write <{case.project.names.base}{name}>."
        if name in case.project.names.things
        else "Declare another source in the claims, as a SourceDocument, or in the table of identifiers."
    )
    return Fault(claim.place, "unknown-passage", said)


def _missing(case: Case, claim: Claim, passage: str, words: Words, problem: str) -> Fault:
    """Return the fault of words that a passage does not have once, with where they are elsewhere."""
    name, text = case.passage(passage), words.text
    name += f".{words.sentence}" if text and words.sentence else ""
    count = problem.partition(" times")[0].rpartition(" ")[2] if text else ""
    if count.isdecimal() and count != "0":
        said = f"{text!r} stands {count} times in {name}. Add words until they stand there once"
        said += "." if words.sentence else f', or name the sentence: {name}.1 "\u2026".'
        return Fault(claim.place, "words-several-times", said)
    plain = normalized(text)
    elsewhere = [
        case.passage(other)
        for other, of_other in case.project.passages.passages.items()
        if text and other != passage and plain in of_other.text and case.spot(other, Words(text))
    ]
    if elsewhere:
        said = f"{text!r} stands in {' and '.join(elsewhere)}, not in {name}. Correct the passage."
        return Fault(claim.place, "words-elsewhere", said)
    said = f"{text!r} is not in {name}. Copy the words as they are there." if text else problem
    return Fault(claim.place, "words-not-found", said)


def _then(case: Case) -> dict[str, str]:
    """The hashes of the passages at the last build, by their IRIs."""
    path = case.project.built["selectors"]
    then = Evidence(read([path] if path.is_file() else []))
    return {passage: digest for passage, (_, digest) in then.passages.items()}


@lru_cache(maxsize=1)
def moved(case: Case) -> dict[str, Fault]:
    """The passages that have other names than at the last build, each with the fault that names all."""
    names = {sha256(each.text): iri for iri, each in case.project.passages.passages.items()}
    there = {
        iri: new
        for iri, digest in _then(case).items()
        if iri.startswith(case.project.names.passages) and (new := names.get(digest, iri)) != iri
    }
    pairs = sorted((int(case.passage(iri)[1:]), iri, new) for iri, new in there.items())
    if pairs and pairs[0][0] < int(case.passage(pairs[0][2])[1:]):
        pairs.reverse()  # so that none is renamed twice
    news = ", ".join(f"{case.passage(iri)} is now {case.passage(new)}" for _, iri, new in pairs)
    said = (
        f"Passages have moved since the last build: {news}. Rename them in the claims, in this order. "
        "Then run: gbagraph claims build"
    )
    return dict.fromkeys(there, Fault(Place(display(case.project.text), 1), "passages-moved", said))


def changed(case: Case) -> Iterator[Fault]:
    """Yield the passages that are no longer as at the last build, with the claims that rest on them."""
    for name, digest in _then(case).items():
        text = case.project.passages.passages.get(name)
        if name in moved(case):
            yield moved(case)[name]
        elif not text or sha256(text.text) != digest:
            lines = sorted(
                {
                    f"{each.place.file}:{each.place.line}"
                    for each in case.project.claims
                    if name in {rest.passage for rest in each.rests}
                }
            )
            yield Fault(
                Place(display(case.project.text), 1),
                "passage-changed",
                f"{case.passage(name)} {'has changed' if text else 'is gone'} since the last build. "
                f"{_resting(lines)} Then run: gbagraph claims build",
            )


def _resting(lines: list[str]) -> str:
    return f"Look at what rests on it: {', '.join(lines)}." if lines else "No claim rests on it."
