"""Claims as lines of the claims form: the text that a project keeps, in the order of the claims."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.features.claims import expansion
from gbagraph.features.claims.expansion import EXACT, KIND_NOTE, NAMES, TYPE
from gbagraph.features.claims.names import BOUNDS, LISTS
from gbagraph.features.claims.scanning import quoted, written_note
from gbagraph.rdf.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.features.claims.expansion import Folded
    from gbagraph.features.claims.model import Claim, Rest
    from gbagraph.features.claims.names import Names

_BOUND_WORDS: Final = {PREFIXES["gba"] + local: word for word, local in BOUNDS.items()}
_LIST_WORDS: Final = {PREFIXES["gba"] + local: word for word, local in LISTS.items()}


class _Group(NamedTuple):
    """Claims of one line: they differ in their values alone."""

    claims: list[Claim]
    listed: list[str]

    @property
    def first(self) -> Claim:
        return self.claims[0]


def write(claims: Iterable[Claim], names: Names) -> str:
    """Return *claims* as text, which :func:`gbagraph.features.claims.form.parse` reads as the same claims.

    Things, and the properties of each, stand in the order of their first claims. Claims with the same
    evidence share a line. Comments are not kept: claims have none.
    """
    given = list(claims)
    for claim in given:
        word = names.written(claim.subject.value, "subject")
        if not word.startswith("<") and ":" not in word:
            names.things.setdefault(word, ((), claim.place))
    found = expansion.folded(given, names)
    blocks: dict[ox.NamedNode, list[Claim]] = {}
    for claim in found.kept:
        blocks.setdefault(claim.subject, []).append(claim)
    return "\n".join("".join(_block(block, found, names)) for block in blocks.values())


def _block(claims: list[Claim], found: Folded, names: Names) -> Iterable[str]:
    groups = _grouped(claims)
    head = next((group for group in groups if _is_default(group, groups)), None)
    evidence = ""
    if head is None:
        head = next((group for group in groups if _is_kinds(group) and group.first.rests), None)
        evidence = _evidence(head.first, names) if head else ""
    kinds = [names.written(claim.value.value, "kind") for claim in head.claims] if head else []
    subject = names.written(claims[0].subject.value, "subject")
    yield f"{subject}:{' ' * bool(kinds)}{', '.join(kinds)}{evidence}\n"
    for group in groups:
        if group is not head:
            yield f"  {_line(group, found, names)}\n"


def _grouped(claims: list[Claim]) -> list[_Group]:
    """Claims by their lines: a claim with a name has its own, and an open or whole list is told with it."""
    groups: dict[Claim | int, _Group] = {}
    for place, claim in enumerate(claims):
        key: Claim | int = place if claim.name else _pattern(claim, claim.predicate)
        groups.setdefault(key, _Group([], [])).claims.append(claim)
    lines = {_pattern(each.first, each.first.predicate): each for each in reversed(groups.values())}
    for group in groups.values():
        word = _LIST_WORDS.get(group.first.predicate.value)
        for claim in list(group.claims) if word and not (group.listed or group.first.name) else ():
            of = lines.get(_pattern(claim, claim.value)) if claim.value != TYPE else None
            if of and of is not group and of.claims and not of.listed:
                of.listed.append(word or "")
                group.claims.remove(claim)
    return [group for group in groups.values() if group.claims]


def _pattern(claim: Claim, predicate: ox.NamedNode | ox.Literal) -> Claim:
    """What claims of one line share: their evidence and a predicate."""
    return replace(claim, predicate=predicate, value=TYPE, name="")  # type: ignore[arg-type]


def _is_kinds(group: _Group) -> bool:
    return group.first.predicate == TYPE and all(
        isinstance(claim.value, ox.NamedNode) for claim in group.claims
    )


def _is_default(group: _Group, groups: list[_Group]) -> bool:
    """Whether the kinds have just the evidence that the form gives to kinds without any."""
    first = next((each.first for each in groups if each is not group), None)
    rests = first.rests if first else None
    wanted = replace(
        group.first,
        basis="inferred",
        note=KIND_NOTE,
        note_language="en",
        resolves="",
        name="",
        fine=(),
    )
    return _is_kinds(group) and group.first == wanted and rests == group.first.rests


def _line(group: _Group, found: Folded, names: Names) -> str:
    values = ", ".join(_value(claim, found, names) for claim in group.claims)
    parts = [names.written(group.first.predicate.value, "property"), values, *group.listed]
    return " ".join(parts) + _evidence(group.first, names)


def _value(claim: Claim, found: Folded, names: Names) -> str:
    value = claim.value
    if measure := found.measures.get(claim):
        unit = NAMES.get(measure.unit) or names.written(measure.unit, "type")
        bound = [_BOUND_WORDS[measure.bound]] if measure.bound != EXACT else []
        return " ".join([*bound, measure.value.value, unit])
    if isinstance(value, ox.NamedNode):
        return names.written(value.value, "value")
    is_long = claim.predicate in expansion.DATES and expansion.is_date_type(value)
    is_plain = expansion.plain(value.value, claim.predicate.value, names) == value
    if is_plain and (not is_long or claim in found.short):
        return value.value
    return _text(value, names)


def _text(value: ox.Literal, names: Names) -> str:
    if value.language:
        return f"{quoted(value.value)}@{value.language}"
    kind = names.written(value.datatype.value, "type")
    return quoted(value.value) + ("" if kind == "xsd:string" else f"^^{kind}")


def _evidence(claim: Claim, names: Names) -> str:
    """The bars of a line, with the evidence and the note after them; empty without either."""
    between = " + " if claim.basis == "inferred" else ", "
    parts = [
        claim.basis if claim.basis != "stated" else "",
        between.join(_rest(rest, names) for rest in claim.rests),
        f"resolves {quoted(claim.resolves)}" if claim.resolves else "",
        f"fine {', '.join(claim.fine)}" if claim.fine else "",
        f"as {names.written(claim.name, 'claim')}" if claim.name else "",
    ]
    evidence = " ".join(["", "|", *filter(None, parts)])
    if claim.note:
        return f"{evidence} | {written_note(claim.note, claim.note_language, names.language)}"
    return evidence if any(parts) else ""


def _rest(rest: Rest, names: Names) -> str:
    written = names.written(rest.passage, "passage")
    for place, words in enumerate(rest.words):
        gap = " " if place or written.startswith("<") else ""
        if words.sentence:
            written += f"{gap}.{words.sentence}"
        elif words.start >= 0:
            written += f"{gap}[{words.start}-{words.end}]"
        else:
            written += f" {quoted(words.text)}"
    return written
