"""The record of a thing: what its page tells, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gbagraph.features.things import meanings
from gbagraph.names.names import CLASS_KINDS, PROPERTY_KINDS
from gbagraph.rdf.namespaces import PREFIXES, of_evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gbagraph.api.explanations import RowEvidence
    from gbagraph.features.things.facts import Fact
    from gbagraph.features.things.page import Line, Lines, Thing
    from gbagraph.features.things.passages import Sentence, Supported, Use
    from gbagraph.rdf.results import Value

    Record = dict[str, Any]
    Told = Mapping[tuple[str, ...], RowEvidence]

_PASSAGES: Final = {
    *of_evidence("Passage"),
    *(PREFIXES["gba"] + name for name in ("Paragraph", "Section")),
}
_LEFT_OUT: Final = ("names", "elsewhere", "bounds")
"""Groups of facts that a record has elsewhere, or that say again what others do."""


class Teller:
    """Writes the record of *thing*; *evidence* is on what its facts rest, by their terms."""

    def __init__(self, thing: Thing, evidence: Told) -> None:
        self._thing, self._evidence = thing, evidence
        self._passages: dict[str, Record] = {}

    def record(self, supported: Supported, uses: Iterable[Use], more: bool) -> Record:
        """Return the record, with what rests on the thing, and the uses of a property."""
        thing = self._thing
        groups = (
            lines for name, each in thing.groups.items() if name not in _LEFT_OUT for lines in each
        )
        resting = [
            each for group in supported.groups.values() for _, said in group for each in said
        ]
        said = {
            "iri": thing.iri,
            "label": thing.name.text,
            "kind": self._kind(),
            "types": list(map(_term, thing.kinds)),
            "summary": thing.sentence.fact.value.text if thing.sentence else "",
            "names": self._group("names"),
            "identifiers": self._group("elsewhere"),
            "facts": [
                self._lines(lines) for lines in groups if lines.relation.iri != meanings.TYPE
            ],
            "neighbours": list(map(self._lines, thing.pointing)),
            "differs": list(map(self._lines, thing.differing)),
            "rests": list(map(_sentence, (*resting, *supported.naming))),
            "uses": [{"subject": _term(use.subject), "value": _term(use.value)} for use in uses],
            "passages": list(self._passages.values()),
            "more": more,
        }
        return {name: value for name, value in said.items() if value}

    def _kind(self) -> str:
        types = self._thing.types
        if not _PASSAGES.isdisjoint(types):
            return "paragraph"
        kinds = (("class", CLASS_KINDS), ("property", PROPERTY_KINDS))
        return next((kind for kind, known in kinds if not set(known).isdisjoint(types)), "thing")

    def _group(self, name: str) -> list[Record]:
        """The values of a group of facts, each once."""
        lines = (line for each in self._thing.groups.get(name, ()) for line in each.lines)
        return list(map(_term, dict.fromkeys(line.fact.value for line in lines)))

    def _lines(self, lines: Lines) -> Record:
        """What is said with one property; ``inverse`` is what it is called from its values."""
        inverse = {"inverse": _term(lines.inverse)} if lines.inverse else {}
        values = list(map(self._value, lines.lines))
        return {"property": _term(lines.relation), **inverse, "values": values}

    def _value(self, line: Line) -> Record:
        fact, node = line.fact, line.node
        says = " ".join(
            each.text for each in (node.bound, node.number, node.unit, node.date) if each
        )
        known = self._known(fact)
        return {**_term(fact.value), **({"says": says} if says else {}), **known}

    def _known(self, fact: Fact) -> Record:
        """How a fact is known, and the passages on which it rests."""
        told = self._evidence.get(fact.triple(self._thing.iri) or ())
        if told is None:
            for each in fact.evidence:
                iri = each.source.iri or ""
                self._passages.setdefault(iri, {"iri": iri, "label": each.source.text})
            names = [each.source.iri or "" for each in fact.evidence]
            return {"basis": fact.basis or "asserted", "passages": names}
        for passage in told.passages:
            self._passages[passage.iri] = {n: v for n, v in passage._asdict().items() if v}
        sentences = [[*pair] for pair in told.sentences]
        known = {"basis": told.facts[0].basis if told.facts else "", "passages": [*told.paragraphs]}
        return {**known, **({"sentences": sentences} if sentences else {})}


def _term(value: Value) -> Record:
    """A term as data: the IRI and its label, or the text with its language or datatype."""
    if value.iri:
        return {"iri": value.iri, "label": value.text}
    return {"text": value.text, **({"kind": value.note} if value.note else {})}


def _sentence(said: Sentence) -> Record:
    parts = {name: _term(getattr(said, name)) for name in ("subject", "property", "value")}
    return {**parts, "basis": said.basis}
