"""What may stand in place of a name that is not there: near names, and what fits where it stands."""

from __future__ import annotations

import re
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
from gbagraph.features.diagnostics.schema import SAMPLE, XSD
from gbagraph.names.texts import is_slip, likeness, local_name, words
from gbagraph.rdf.namespaces import LABELS, PREFIXES
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import NAMES, Triple

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def near_values(case: Case, text: str, property_: str, scope: Scope) -> list[ox.Literal]:
    """Values of *property_* of which *text* is a slip, the nearest first."""
    simple = case.names.simplified
    values = case.schema.literals_of(property_, case.places(scope))
    near = [value for value in values if is_slip(simple(text), simple(value.value))]
    return sorted(near, key=lambda value: (-likeness(text, value.value), str(value)))[:9]


def things_called(case: Case, text: str) -> list[str]:
    """The things with this name, else those of whose name it is a slip."""
    kinds = ("thing", "class", "property")
    iris = [e.iri for e in case.names.labelled(text, None) if e.kind in kinds]
    simple = case.names.simplified
    near = (match.entry.iri for match in case.names.nearest(text, ["thing"], 9, _LIKE))
    return iris or [
        iri
        for iri in near
        if any(is_slip(simple(text), simple(name.text)) for name in case.names.names_of(iri))
    ]


FORMS: Final = {
    XSD + name: form
    for name, form in {
        "date": "2024-06-01", "dateTime": "2024-06-01T00:00:00", "time": "00:00:00",
        "gYear": "2024", "gYearMonth": "2024-06", "boolean": "true",
        "integer": "15", "decimal": "1.5", "double": "1.5", "float": "1.5",
    }.items()
}  # fmt: skip
"""Datatypes, each with a text that is well-formed."""


def formed(case: Case, datatype: str, texts: Iterable[str]) -> list[str]:
    """Return those of *texts* that are a value of *datatype* for the engine, each once."""
    some = [*dict.fromkeys(texts)]
    asked = " ".join(f"(<{datatype}>({ox.Literal(t)}) AS ?__v{i})" for i, t in enumerate(some))
    values = next(map(tuple, case.rows(asked, "") if some else ()), ())
    return [each for each, value in zip(some, values, strict=False) if value is not None]


def well_formed(case: Case, datatype: str, text: str) -> list[str]:
    """Return the texts of a value that *text* may mean: a date of elsewhere, a comma, yes and no."""
    low, days = text.strip().lower(), [text.strip()]
    if found := re.fullmatch(r"(\d\d?)[./-](\d\d?)[./-](\d{4})", low):
        one, other, year = found.groups()
        days += f"{year}-{other:0>2}-{one:0>2}", f"{year}-{one:0>2}-{other:0>2}"
    if found := re.fullmatch(r"(\d{4})(?:[./-](\d\d?)[./-](\d\d?)|(\d\d)(\d\d))", low):
        year, *rest = filter(None, found.groups())
        days.append("-".join([year, *(f"{each:0>2}" for each in rest)]))
    texts = [*days, *(f"{each}T00:00:00" for each in days)]
    time = low.upper().replace(" ", "T")
    texts += time, f"{time}:00", low.removesuffix("t00:00:00"), _TRUTHS.get(low, low)
    if re.fullmatch(r"[+-]?\d+([.,]\d+)*", low):
        texts += [low.replace(",", ".")] * (low.count(",") == 1 and "." not in low)
        texts += [re.sub(r"[.,]0+", "", low)] * (re.sub(r"[^.,]", "", low) in (".", ","))
        for mark, point in (",.", ".,"):
            if re.fullmatch(rf"[+-]?\d{{1,3}}(\{mark}\d{{3}})+(\{point}\d+)?", low):
                texts.append(low.replace(mark, "").replace(point, "."))
    return formed(case, datatype, texts)


_TRUTHS: Final = {"yes": "true", "y": "true", "no": "false", "n": "false"}
"""Words for what is true, and what is not."""
