"""Claims as lines of the claims form: the text that a project keeps, in the order of the claims."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.claims import expansion
from gbagraph.features.claims.expansion import BOUND_WORDS, BOUNDED, NAMES, TYPE
from gbagraph.features.claims.names import GBA, LISTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.features.claims.expansion import Claimed, Folded
    from gbagraph.features.claims.model import Claim, Rest
    from gbagraph.features.claims.names import Names

KIND_NOTE: Final = "The kind is our reading of these passages."
"""The note, in English, of kinds that are written without evidence."""
_LIST_WORDS: Final = {GBA + local: f" {word}" for word, local in LISTS.items()}
_QUOTED: Final = re.compile(r'["“「].*@', re.DOTALL)
_DATES: Final = set.union(*BOUNDED.values())


def write(claims: Iterable[Claim], names: Names) -> str:
    """Return *claims* as text, which ``parse`` reads as the same claims.

    Things, and the properties of each, stand in the order of their first claims. Claims with the same
    evidence share a line. Comments are not kept: claims have none.
    """
    given = list(claims)
    for claim in given:
        word = names.written(claim.subject.value, "subject")
        if ":" not in word:
            names.things.setdefault(word, ((), claim.place))
    short = expansion.folded(given, names)
    blocks: dict[ox.NamedNode, list[Claim]] = {}
    for claim in short.kept:
        blocks.setdefault(claim.subject, []).append(claim)
    return "\n".join("".join(_block(block, short, names)) for block in blocks.values())


def _block(claims: list[Claim], short: Folded, names: Names) -> Iterator[str]:
    """The lines of a thing: a claim with a name has its own; that a list is open stands with it."""
    lines: dict[Claim | int, list[Claim]] = {}
    listed: dict[Claim, str] = {}
    there = {
        _line(each, each.predicate) for each in claims if each.predicate.value not in _LIST_WORDS
    }
    for place, claim in enumerate(claims):
        key, word = _line(claim, claim.value), _LIST_WORDS.get(claim.predicate.value)
        if word and not claim.name and key in there - {_line(claim, TYPE)} and key not in listed:
            listed[key] = word
        else:
            lines.setdefault(place if claim.name else _line(claim, claim.predicate), []).append(
                claim
            )
    head = _head(list(lines.values()))
    kinds = ", ".join(names.written(kind.value.value, "kind") for kind in head)
    yield f"{names.written(claims[0].subject.value, 'subject')}:{' ' if kinds else ''}{kinds}"
    yield (
        "\n"
        if not head or _is_default(head, list(lines.values()))
        else f"{_evidence(head[0], names)}\n"
    )
    for group in lines.values():
        if group is not head:
            values = ", ".join(_value(claim, short, names) for claim in group)
            word = listed.pop(_line(group[0], group[0].predicate), "")
            said = f"{names.written(group[0].predicate.value, 'property')} {values}{word}"
            yield f"  {said}{_evidence(group[0], names)}\n"


def _line(claim: Claim, predicate: Claimed) -> Claim:
    """What claims of one line share: a predicate, and their evidence."""
    return replace(claim, predicate=predicate, value=TYPE, name="")  # type: ignore[arg-type]


def _head(lines: list[list[Claim]]) -> list[Claim]:
    """The kinds that stand beside the name of their thing: those of the usual evidence, or the first."""
    kinds = [
        group
        for group in lines
        if group[0].predicate == TYPE
        and group[0].rests
        and all(isinstance(claim.value, ox.NamedNode) for claim in group)
    ]
    return next((group for group in kinds if _is_default(group, lines)), kinds[0] if kinds else [])


def _is_default(head: list[Claim], lines: list[list[Claim]]) -> bool:
    """Whether kinds have just the evidence that the form gives to kinds without any."""
    first = next((group[0] for group in lines if group is not head), None)
    usual = replace(
        head[0], basis="inferred", note=KIND_NOTE, note_language="en", resolves="", name="", fine=()
    )
    return first is not None and head[0] == replace(usual, rests=first.rests)


def _value(claim: Claim, short: Folded, names: Names) -> str:
    value, ranges = claim.value, names.ranges(claim.predicate.value)
    if measure := short.measures.get(claim):
        unit = NAMES.get(measure.unit) or names.written(measure.unit, "type")
        return f"{BOUND_WORDS[measure.bound]}{measure.value.value} {unit}"
    if isinstance(value, ox.NamedNode):
        return names.written(value.value, "value")
    is_plain = not ranges & expansion.QUANTITIES and expansion.literal(value.value, ranges) == value
    if is_plain and (claim in short.short or claim.predicate not in _DATES):
        return value.value
    kind = names.written(value.datatype.value, "type")
    after = f"@{value.language}" if value.language else f"^^{kind}"
    return json.dumps(value.value, ensure_ascii=False) + (after if after != "^^xsd:string" else "")


def _evidence(claim: Claim, names: Names) -> str:
    """The bars of a line, with the evidence and the note after them; empty without either."""
    parts = [
        claim.basis if claim.basis != "stated" else "",
        (" + " if claim.basis == "inferred" else ", ").join(
            _rest(rest, names) for rest in claim.rests
        ),
        f"resolves {json.dumps(claim.resolves, ensure_ascii=False)}" if claim.resolves else "",
        f"fine {', '.join(claim.fine)}" if claim.fine else "",
        f"as {names.written(claim.name, 'claim')}" if claim.name else "",
    ]
    evidence = " ".join([" |", *filter(None, parts)])
    if not claim.note:
        return evidence if any(parts) else ""
    is_plain = claim.note_language in ("", names.language) and claim.note == " ".join(
        claim.note.split()
    )
    if is_plain and "\\" not in claim.note and not _QUOTED.match(claim.note):
        return f"{evidence} | " + claim.note.replace("|", "\\|")
    language = claim.note_language or names.language
    return f"{evidence} | {json.dumps(claim.note, ensure_ascii=False)}@{language}"


def _rest(rest: Rest, names: Names) -> str:
    words = (
        f".{each.sentence}"
        if each.sentence and not each.text
        else f"[{each.start}-{each.end}]"
        if each.start >= 0
        else f".{each.sentence} {json.dumps(each.text, ensure_ascii=False)}".removeprefix(".0")
        for each in rest.words
    )
    return names.written(rest.passage, "passage") + "".join(words)
