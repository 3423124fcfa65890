"""The claims form: what its lines say, what is wrong in them, and that what is written reads the same."""

from collections import Counter
from dataclasses import replace

import pyoxigraph as ox
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gbagraph.features.claims.expansion import BOUNDED, UNITS, Measure, bounds, node, quantity
from gbagraph.features.claims.form import declare, parse, write
from gbagraph.features.claims.model import Claim, Place, Rest, Words
from gbagraph.features.claims.names import Names
from gbagraph.rdf.namespaces import expand

BASE = "https://example.org/"
NOWHERE = Place("", 0)


def names(language: str = "en") -> Names:
    return Names(BASE, language=language)


def read(text: str, language: str = "en") -> list[Claim]:
    claims, faults = parse(text, "a.claims", names(language))
    assert faults == []
    return claims


def triples(claims) -> list[tuple[str, str, str]]:
    known = names()
    return [
        (
            known.written(claim.subject.value, "subject"),
            known.written(claim.predicate.value, "property"),
            getattr(claim.value, "value", "").removeprefix(BASE).removeprefix(expand("gba:")),
        )
        for claim in claims
    ]


def same(claims) -> Counter:
    return Counter(replace(claim, place=NOWHERE) for claim in claims)


def told(text: str) -> list[str]:
    """The faults of a text: where, and what."""
    _, faults = parse(text, "a.claims", names())
    return [f"{place.line}:{place.column} {message}" for place, _, message in faults]


TRAM = """\
# A comment.
harbour-tram: Project
  label "Harbour tram"@en, "港口电车"@zh | p1 "harbour tram"
  area over 4 km2 | p2 "more than four square kilometres"
  memberOf docks, quay open | p3 "such as the docks and the quay"

docks: Place | p1 "docks"

quay: Zone, Place
  directlyIn docks | inferred p1 "market" + h2 [3-9] | The quay is at the docks.

opening-tram: Opening | p1 "opened"
  opens harbour-tram | p1.2
  date 1904-05 | inferred p1 resolves "last May"
  comment "It \\"opened\\" | late."@en | worded p1, p2 fine future as opening | Ours.
"""


def test_lines_are_read_as_claims():
    claims = read(TRAM)
    assert triples(claims)[:5] == [
        ("harbour-tram", "a", "Project"),
        ("harbour-tram", "label", "Harbour tram"),
        ("harbour-tram", "label", "港口电车"),
        ("harbour-tram", "area", "harbour-tram-area"),
        ("<https://example.org/harbour-tram-area>", "label", "Area of Harbour tram"),
    ]


texts = st.text(st.sampled_from('ab \\"|,:+\n\t.#@“”「」，港1-[]<>\x85\u3000'), max_size=6)
iris = st.sampled_from(
    [f"{BASE}{name}" for name in ("quay", "over", "12", "quay-area", "a.b", "港", "x#y", "article")]
    + [
        expand(curie)
        for curie in ("gba:Planned", "gba:siteRole", "gba:x", "rdfs:label", "gba:area")
    ]
    + ["urn:x:y", "http://e.org/a,b", "https://w3id.org/gbagraph/id/quay"]
)
nodes = iris.map(ox.NamedNode)
languages = st.sampled_from(["en", "zh-hant", "zh", "de"])
typed = st.sampled_from(["gYear", "gYearMonth", "date", "integer", "decimal", "string", "x"])
literals = st.one_of(
    st.builds(lambda text, tag: ox.Literal(text, language=tag), texts, languages),
    st.builds(
        lambda text, name: ox.Literal(text, datatype=ox.NamedNode(expand(f"xsd:{name}"))),
        texts
        | st.sampled_from(
            ["1904", "1904-05", "1904-02-30", "1904-05-04", "4", "+4.50", "4.", "0000"]
        ),
        typed,
    ),
)
words = st.one_of(
    texts.map(Words),
    st.tuples(st.integers(0, 99), st.integers(0, 99)).map(lambda ends: Words("", *ends)),
    st.integers(1, 9).map(lambda number: Words(sentence=number)),
)
passages = st.sampled_from(
    ["article", "article/p1", "article/h2", "article/fine", "article/p.3", "x"]
)
rests = st.builds(Rest, passages.map(BASE.__add__), st.lists(words, max_size=2).map(tuple))
predicates = st.sampled_from(
    [
        expand(f"gba:{name}")
        for name in ("area", "date", "end", "earliest", "openListOf", "rank", "published")
    ]
    + [
        expand(curie)
        for curie in ("rdf:type", "rdfs:label", "gba:Planned", "gba:x", "gba:closedListOf")
    ]
).map(ox.NamedNode)
notes = st.one_of(st.just(("", "")), st.tuples(texts.filter(str.strip), languages))


@st.composite
def evidence(draw):
    note, language = draw(notes)
    return {
        "basis": draw(st.sampled_from(["stated", "inferred", "worded"])),
        "rests": tuple(draw(st.lists(rests, max_size=2))),
        "note": note,
        "note_language": language,
        "resolves": draw(st.just("") | texts),
        "fine": tuple(draw(st.lists(st.sampled_from(["future", "as"]), max_size=2))),
        "place": NOWHERE,
    }


@st.composite
def lines(draw):
    """Claims as lines make them: a date with its bounds, a quantity, a list that is not whole; with gaps."""
    said, subject = draw(evidence()), draw(nodes)
    claim = Claim(subject=subject, predicate=draw(predicates), value=draw(nodes | literals), **said)
    name = draw(st.sampled_from(["", f"{BASE}claim/one", f"{BASE}claim/p.1", "urn:x"]))
    area = ox.NamedNode(expand("gba:area"))
    link = replace(claim, predicate=area, value=node(subject, area, names()))
    unit = draw(st.sampled_from([UNITS["km2"].iri, UNITS["元"].iri, expand("unit:X")]))
    measure = Measure(ox.Literal(4), unit, expand("gba:MoreThan"))
    label = replace(
        link,
        subject=link.value,
        predicate=ox.NamedNode(expand("rdfs:label")),
        value=ox.Literal("x"),
    )
    listed = replace(claim, predicate=ox.NamedNode(expand("gba:openListOf")), value=claim.predicate)
    made = [
        replace(claim, name=name),
        *bounds(claim),
        listed,
        link,
        *quantity(link, measure),
        label,
    ]
    return [each for each in made if draw(st.integers(0, 4))]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(lines(), max_size=4), st.sampled_from(["en", "zh"]))
def test_what_is_written_reads_as_the_same_claims(groups, language):
    claims = [claim for group in groups for claim in group]
    text = write(claims, names(language))
    again, _ = parse(text, "a.claims", names(language))
    assert same(again) == same(claims), text
    assert write(again, names(language)) == text
