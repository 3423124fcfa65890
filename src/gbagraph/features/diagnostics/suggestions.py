"""What may stand in place of a name that is not there: near names, and what fits where it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import TYPE, Scope, Spot, as_term, last_property
from gbagraph.features.diagnostics.glosses import label
from gbagraph.features.diagnostics.mentions import (
    NAMING,
    Mention,
    best_fitting,
    fit,
    is_by_node,
    is_used,
    listed,
    met,
    with_label,
)
from gbagraph.features.diagnostics.schema import SAMPLE, SUBCLASS, XSD
from gbagraph.features.diagnostics.synonyms import nearness, of_wikidata
from gbagraph.names.texts import is_slip, likeness, local_name, plain, words
from gbagraph.rdf.namespaces import LABELS, PREFIXES
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import NAMES, Term, Triple

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
    if called := of_wikidata(local_name(wanted)):
        return _called(case, mention, called)
    if values := _called_values(case, mention):
        return values
    name = case.names.simplified(local_name(wanted))
    near: list[tuple[float, str]] = []
    terms: set[str] = set()
    for match in case.names.nearest(wanted, kinds, _COMPARED, _LIKE):
        iri = match.entry.iri
        texts = (local_name(iri), *(each.text for each in case.names.names_of(iri)))
        if iri != wanted and any(is_slip(name, case.names.simplified(text)) for text in texts):
            near.append((match.score, iri))
            terms |= {iri} if match.entry.kind != "thing" else set()
    if mention.role in ("property", "class"):
        near = [each for each in near if is_used(case, mention, each[1])] or near
    if mention.role == "property" and not NAMING.isdisjoint(words(local_name(wanted))):
        # Names are texts: where they are things, as in SKOS-XL, another question is asked of these.
        near = [each for each in near if not case.schema.use(each[1]).is_of_things]
    found = best_fitting(case, mention, [iri for _, iri in near])
    if mention.role == "property":
        # Of one name, that whose values are no nodes with this name again: those are statements.
        found.sort(key=lambda iri: local_name(iri) == local_name(wanted) and is_by_node(case, iri))
    if mention.role == "thing" and _values_at(case, mention):
        found = [iri for iri in found if iri not in terms or fit(case, mention, iri)]
    return found


def _values_at(case: Case, mention: Mention) -> dict[str, int]:
    """The things that are values where a thing is to be one, each with its number of triples."""
    spot = mention.spot or mention.by
    property_ = last_property(spot.triple) if spot and mention.role == "thing" else None
    is_value = mention.by is not None or (spot and spot.triple.object is mention.term)
    return (
        case.schema.use(property_, case.places(mention.scope)).things
        if property_ and is_value
        else {}
    )


def _called_values(case: Case, mention: Mention) -> list[str]:
    """The values of the property that are called as the thing that is not there, but for capitals."""
    name = plain(local_name(mention.term.value).rpartition(".")[2])
    things = _values_at(case, mention)
    found = [iri for iri in things if plain(local_name(iri).rpartition(".")[2]) == name]
    return found if len(found) == 1 else []


def _called(case: Case, mention: Mention, name: str) -> list[str]:
    """The used properties that are called so, those of the namespace first: numbers say nothing."""
    space = namespace(mention.term.value)
    named = [
        iri for iri in case.names.of_kind("property")
        if plain(label(case.names, case.schema.store, iri)) == plain(name)
        and is_used(case, mention, iri)
    ]  # fmt: skip
    named.sort(key=lambda iri: not iri.startswith(space))
    return [iri for iri in best_fitting(case, mention, named) if fit(case, mention, iri)]


KINDS: Final = "Its kinds are classes: %(n)s by rdfs:subClassOf, %(all)s by rdfs:subClassOf+."
_SUBJECTS: Final = "Its subject has, for example: %(names)s."
_VALUES: Final = "The values here are, for example: %(names)s."
_NEAR_NAMES: Final = "Names that are near in meaning are: %(names)s."
_COMMON: Final[dict[str, str]] = {
    "property": "Properties that fit here are, for example: %(names)s.",
    "class": "Classes here are, for example: %(names)s.",
}


def candidates(case: Case, mention: Mention) -> Message:
    """What may stand in place of a name that is not there, the likeliest first; not what it means.

    Only what fits there: of properties, those of the subject's kind; of things, the values of the
    property. Those come first that are near in meaning; where none is, what is commonest.
    """
    role, spot, wanted = mention.role, mention.spot, meant_by(mention.term.value)
    if role == "thing":
        return _of_values(case, mention, wanted)
    near = _near_terms(case, mention, wanted)
    if role == "class" and not near and spot and (kinds := _kinds(case, spot)):
        return say(
            "What the other patterns match is of: %(names)s.", names=listed(case, kinds[:_SHOWN])
        )
    fitting = _around(case, spot, near, wanted) if role == "property" and spot else []
    for names, said in ((fitting, _SUBJECTS), (near, _NEAR_NAMES)):
        if names:
            return say(said, names=", ".join(with_label(case, iri) for iri in names[:_SHOWN]))
    is_known = role not in _COMMON or case.schema.is_declared(mention.term.value)
    common = [] if is_known else _commonest(case, mention)
    return say(_COMMON[role], names=listed(case, common)) if common else Message()


def namespace(iri: str) -> str:
    """What an IRI begins with, before its local name."""
    return iri.removesuffix(local_name(iri))


def meant_by(iri: str) -> list[str]:
    """The words of a name: of a property of Wikidata, those of what its number means."""
    name = local_name(iri)
    found = words(of_wikidata(name) or name)
    # To have a letter or a digit in common means nothing.
    return [word for word in found if (word.isalpha() and len(word) > 1) or not word.isascii()]


def _near_terms(case: Case, mention: Mention, wanted: list[str]) -> list[str]:
    """The used properties or classes that are near in meaning to some words, and fit best."""
    role = mention.role
    terms = [iri for iri in case.names.of_kind(role) if iri != mention.term.value]
    is_of_classes = bool(mention.spot and last_property(mention.spot.triple) == SUBCLASS)
    scores = {iri: _nearness(case, wanted, iri) for iri in terms if not iri.startswith(_OF_MODEL)}
    space, uses = (
        namespace(mention.term.value),
        case.schema.properties if role == "property" else {},
    )
    near = [iri for iri in terms if scores.get(iri, 0) >= _PARTLY]
    near.sort(key=lambda i: (-round(scores[i], 1), not i.startswith(space), -uses.get(i, 0), i))
    near = [iri for iri in near if is_of_classes or is_used(case, mention, iri)][:_COMPARED]
    fits = {iri: fit(case, mention, iri) for iri in near}
    is_of_text = bool(mention.spot and mention.spot.triple.object.kind == "literal")
    if mention.role == "property" and mention.spot and is_of_text and not any(fits.values()):
        # Then the value may be wrong, too.
        subject = mention.spot.triple.subject.text
        fits = {iri: case.fits(mention.spot, f"{subject} <{iri}> ?__o .") for iri in near}
    return [iri for iri in near if fits[iri] and fits[iri] == max(fits.values())]


def _of_values(case: Case, mention: Mention, wanted: list[str]) -> Message:
    """The values of the property that a thing is to be a value of; else things with a common word."""
    _spot, things = mention.spot or mention.by, _values_at(case, mention)
    if things:
        name = local_name(mention.term.value)

        def nearness_of(iri: str) -> float:
            return max(_nearness(case, wanted, iri), likeness(name, local_name(iri)) / 2)

        names = sorted(things, key=lambda iri: (-round(nearness_of(iri), 1), -things[iri], iri))
        names = met(case, mention.spot, names) if mention.spot else names
        names = names[:_SHOWN]
        return say(_VALUES, names=", ".join(with_label(case, iri) for iri in names))
    return Message()


def _commonest(case: Case, mention: Mention) -> list[str]:
    """The properties that most triples have, or the classes of most things; of its namespace first."""
    ends = mention.spot and (mention.spot.triple.subject, mention.spot.triple.object)
    pattern = f"?__x <{TYPE}> ?__c"
    if mention.role == "property" and mention.spot and ends:
        path = mention.spot.triple.path
        steps = [case.written(p) for p in getattr(path, "parts", ()) if p.end <= mention.term.start]
        last = ends[1].text if path.end == mention.term.end else "?__e"
        if not steps and all(end.is_free for end in ends):
            return []  # any property fits there
        before = f"{ends[0].text} {'/'.join(steps)} ?__m . ?__m" if steps else ends[0].text
        pattern = f"{before} ?__c {last}"
    pattern = mention.scope.around(pattern) if mention.scope else pattern
    some = f"{{ SELECT ?__c {{ {pattern} }} LIMIT {10 * SAMPLE} }}"
    rows = case.rows("?__c (COUNT(*) AS ?__n)", some, "GROUP BY ?__c")
    counts = {row[0].value: int(row[1].value) for row in rows if isinstance(row[0], ox.NamedNode)}
    space = namespace(mention.term.value)
    own = [iri for iri in counts if not iri.startswith(_OF_MODEL)]
    return sorted(own, key=lambda iri: (not iri.startswith(space), -counts[iri], iri))[:_SHOWN]


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


def _nearness(case: Case, wanted: list[str], iri: str) -> float:
    """How near a term is in meaning to some words, by its name or a label in their script."""
    is_ascii = all(map(str.isascii, wanted))
    texts = {local_name(iri).rpartition(".")[2], label(case.names, case.schema.store, iri)}
    texts |= {each.text for each in case.names.names_of(iri) if each.text.isascii() == is_ascii}
    return max(nearness(wanted, words(text)) for text in texts)


def few_values(case: Case, property_: str, scope: Scope | None, wanted: str) -> list[str]:
    """The things that are values of a property, if they are few: the likest to *wanted* first."""
    things = case.schema.use(property_, case.places(scope)).things
    if len(things) > _FEW:
        return []
    return sorted(things, key=lambda iri: (-likeness(wanted, local_name(iri)), -things[iri]))[
        :_SHOWN
    ]


def _around(case: Case, spot: Spot, meant: list[str], wanted: list[str]) -> list[str]:
    """The properties of what the subject can be: first those that are *meant*, or near in meaning."""
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
    rows = case.rows(
        f"?__p (COUNT(DISTINCT {counted}) AS ?__n)",
        spot.scope.around(f"{text} {subject} ?__p ?__o"),
        "GROUP BY ?__p ORDER BY DESC(?__n) ?__p",
    )
    ranked = {
        row[0].value: (
            row[0].value not in meant,
            -round(_nearness(case, wanted, row[0].value), 1),
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


def values_of_thing(case: Case, thing: str, property_: str, scope: Scope) -> list[ox.Literal]:
    """The literals that *property_* has for *thing*."""
    pattern = f"<{thing}> <{property_}> ?__o FILTER(ISLITERAL(?__o))"
    rows = case.rows("DISTINCT ?__o", scope.around(pattern), "ORDER BY ?__o LIMIT 9")
    return [row[0] for row in rows]


def is_name(case: Case, iri: str, text: str) -> bool:
    """Whether *text* is a name of the thing, or its IRI."""
    local = local_name(iri)
    names = (local, local.rpartition(".")[2], *(name.text for name in case.names.names_of(iri)))
    return text == iri or plain(text) in map(plain, names)


def is_iri(case: Case, text: str) -> bool:
    """Whether the data has something with this IRI."""
    try:
        return case.schema.mentions(ox.NamedNode(text), (None,))
    except ValueError:
        return False


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


def step_onward(case: Case, property_: str, literal: Term) -> str | None:
    """A property of the values of *property_* that holds such literals."""
    rows = case.rows(
        "DISTINCT ?__q",
        f"{{ SELECT ?__o {{ ?__s <{property_}> ?__o }} LIMIT 200 }} ?__o ?__q ?__v "
        f"FILTER(DATATYPE(?__v) = <{literal.datatype}>)",
        "LIMIT 10",
    )
    steps = case.schema.special(row[0].value for row in rows)
    having = (iri for iri in steps if case.schema.occurs(None, iri, as_term(literal)))
    return next(having, steps[0] if steps else None)


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
    month = re.search(rf"({'|'.join(_MONTHS)})[a-z]*", low)
    if month and (found := re.fullmatch(r"(\d\d?)\D+(\d{4})|\D+(\d\d?),?\s+(\d{4})", low)):
        day, year = filter(None, found.groups())
        days.append(f"{year}-{_MONTHS.index(month[1]) + 1:02}-{day:0>2}")
    if found := re.fullmatch(r"(\d{4})年(\d\d?)月(?:(\d\d?)日)?", low):
        days.append("-".join(f"{each:0>2}" for each in found.groups() if each))
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


_MONTHS: Final = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
]  # fmt: skip
_TRUTHS: Final = {"yes": "true", "y": "true", "no": "false", "n": "false"}
"""Words for what is true, and what is not."""
