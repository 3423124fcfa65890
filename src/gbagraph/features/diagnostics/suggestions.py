"""What may stand in place of a name that is not there: near names, and what fits where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import Scope, Spot, last_property
from gbagraph.features.diagnostics.mentions import (
    NAMING,
    Mention,
    best_fitting,
    is_used,
    listed,
    with_label,
)
from gbagraph.features.diagnostics.schema import SAMPLE
from gbagraph.names.texts import is_slip, likeness, local_name, words
from gbagraph.rdf.namespaces import LABELS, PREFIXES
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import NAMES, Triple

if TYPE_CHECKING:
    from gbagraph.features.diagnostics.case import Case
    from gbagraph.names.matching import Kind

_SHOWN: Final = 5
"""Candidates that are shown."""

_FEW: Final = 8
"""Different values of a property up to which they are all candidates."""

_COMPARED: Final = 12
"""Names that are like the wanted one and are looked at."""

_LIKE: Final = 0.4

_PARTLY: Final = 0.4
"""The score of what has some of the words."""

_OF_MODEL: Final = tuple(PREFIXES[name] for name in ("rdf", "rdfs", "owl"))


def nearest(case: Case, mention: Mention, *kinds: Kind) -> list[str]:
    """Names that are there and of which that of the term is a slip, the nearest first."""
    wanted = mention.term.value
    name = case.names.simplified(local_name(wanted))
    near: list[tuple[float, str]] = []
    for match in case.names.nearest(wanted, kinds, _COMPARED, _LIKE):
        iri = match.entry.iri
        texts = (local_name(iri), *(each.text for each in case.names.names_of(iri)))
        if iri != wanted and any(is_slip(name, case.names.simplified(text)) for text in texts):
            near.append((match.score, iri))
    if mention.role in ("property", "class"):
        near = [each for each in near if is_used(case, mention, each[1])] or near
    if mention.role == "property" and not NAMING.isdisjoint(words(local_name(wanted))):
        # Names are texts: where they are things, as in SKOS-XL, another question is asked of these.
        near = [each for each in near if not case.schema.use(each[1]).is_of_things]
    return best_fitting(case, mention, [iri for _, iri in near])


_SUBJECTS: Final = "Its subject has, for example: %(names)s."
_VALUES: Final = "The values here are, for example: %(names)s."


def candidates(case: Case, mention: Mention) -> Message:
    """What may stand in place of a name that is not there, the likeliest first; not what it means.

    Of properties, those of the subject's kind: first those that have a word of the name in theirs, or
    in what they lead to, then those that most subjects have. Of others, what has a word of the name,
    or the values where they are few.
    """
    wanted = local_name(mention.term.value)
    # To have a letter or a digit in common means nothing.
    name = [word for word in words(wanted) if word.isalpha() and len(word) > 1]
    hits = [hit.entry for hit in case.names.finder.find(" ".join(name)).hits if hit.score > _PARTLY]
    alike = [h for h in hits if not wanted.isascii() or set(name) & _words_of(case, h.iri)]
    named = list(dict.fromkeys(hit.iri for hit in alike if hit.kind == mention.role))
    others = [hit.iri for hit in alike if hit.kind in ("class", "property", "thing")]
    fitting: list[str] = []
    if mention.role == "property":
        named = [n for n in named if is_used(case, mention, n) and not n.startswith(_OF_MODEL)]
        fitting = (
            _around(case, mention.spot, [hit.iri for hit in hits], name) if mention.spot else []
        )
    elif mention.role == "thing" and mention.spot is not None:
        property_ = last_property(mention.spot.triple)
        if property_ and mention.spot.triple.object is mention.term:
            fitting = few_values(case, property_, mention.scope, wanted)
    if (
        mention.role == "class"
        and mention.spot
        and not named
        and (kinds := _kinds(case, mention.spot))
    ):
        return say(
            "What the other patterns match is of: %(names)s.", names=listed(case, kinds[:_SHOWN])
        )
    if fitting:
        names = ", ".join(with_label(case, iri) for iri in fitting[:_SHOWN])
        said = _SUBJECTS if mention.role == "property" else _VALUES
        return say(said, names=names)
    if named or others:
        names = ", ".join(with_label(case, iri) for iri in (named or others)[:_SHOWN])
        return say("Names with a word in common are: %(names)s.", names=names)
    return Message()


def _kinds(case: Case, spot: Spot) -> list[str]:
    """The classes of what stands in place of the subject, by the other patterns."""
    groups = (*(group for group, _ in spot.scope.above), spot.scope.group)
    subject = spot.triple.subject
    near = [
        e for group in groups for e in group.elements
        if isinstance(e, Triple) and e is not spot.triple and e.subject.text == subject.text
    ]  # fmt: skip
    if not near or not subject.is_free:
        return []
    pattern = spot.scope.around(f"{case.rendered(near)} {subject.text} a ?__k")
    after = "GROUP BY ?__k ORDER BY DESC(?__n) ?__k LIMIT 20"
    some = f"{{ SELECT ?__k {{ {pattern} }} LIMIT {SAMPLE} }}"
    rows = case.rows("?__k (COUNT(*) AS ?__n)", some, after)
    return case.schema.special(row[0].value for row in rows if isinstance(row[0], ox.NamedNode))


def _words_of(case: Case, iri: str) -> set[str]:
    """The words of the name of a thing, and of its labels."""
    texts = (local_name(iri), *(each.text for each in case.names.names_of(iri)))
    return {word for text in texts for word in words(text)}


def few_values(case: Case, property_: str, scope: Scope | None, wanted: str) -> list[str]:
    """The things that are values of a property, if they are few: the likest to *wanted* first."""
    things = case.schema.use(property_, case.places(scope)).things
    if len(things) > _FEW:
        return []
    return sorted(things, key=lambda iri: (-likeness(wanted, local_name(iri)), -things[iri]))[
        :_SHOWN
    ]


def _around(case: Case, spot: Spot, meant: list[str], name: list[str]) -> list[str]:
    """The properties of what the subject can be.

    Those come first that have the last word of *name*, then those that are *meant* or lead there.
    """
    near = case.neighbours(spot.triple, spot.scope)
    subject = spot.triple.subject.text
    near = [each for each in near if subject[1:] in NAMES.mentioned(each)]
    if spot.triple.subject.is_free:
        near = near or [
            t for t in spot.scope.triples if t is not spot.triple and t.subject.text == subject
        ]
        if not near:
            return []
    text = " ".join(case.of_element(e) for e in near)
    counted = subject if spot.triple.subject.is_free else "?__o"
    is_meant = f"IF(?__o IN ({', '.join(f'<{iri}>' for iri in meant[:_COMPARED])}), 1, 0)"
    rows = case.rows(
        f"?__p (COUNT(DISTINCT {counted}) AS ?__n) (MAX(COALESCE({is_meant}, 0)) AS ?__m)",
        spot.scope.around(f"{text} {subject} ?__p ?__o"),
        "GROUP BY ?__p ORDER BY DESC(?__n) ?__p",
    )
    ranked = {
        row[0].value: (
            not set(name[-1:]) & _words_of(case, row[0].value),
            row[0].value not in meant and row[2].value == "0",
            -int(row[1].value),
        )
        for row in rows
        if row[0].value not in LABELS and not row[0].value.startswith(_OF_MODEL)
    }
    return sorted(case.schema.special(ranked), key=lambda iri: (ranked[iri], iri))
