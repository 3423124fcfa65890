"""The claims form: what its lines say, what is wrong in them, and what is written reads the same."""

from collections import Counter
from dataclasses import replace

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gbagraph.features.claims import schema_org
from gbagraph.features.claims.expansion import UNITS, Measure, bounds, node, quantity
from gbagraph.features.claims.form import declare, parse, parse_all
from gbagraph.features.claims.model import Claim, Place, Rest, Words
from gbagraph.features.claims.names import Names
from gbagraph.features.claims.writing import write
from gbagraph.rdf.namespaces import expand

BASE = "https://example.org/"
NOWHERE = Place("", 0)


def names(language: str = "en") -> Names:
    return Names(BASE, language=language, prefixes={"ex": BASE}, foreign=schema_org.ranges)


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
  directlyIn docks | inferred p1 "market" + h2[3-9] | The quay is at the docks.

opening-tram: Opening | p1 "opened"
  opens harbour-tram | p1.2
  date 1904-05 | inferred p1 resolves "last May"
  comment "It \\"opened\\" | late."@en | worded p1, p2 fine future as opening | Ours.
"""


def test_lines_are_read_as_claims():
    claims = read(TRAM)
    assert triples(claims) == [
        ("harbour-tram", "type", "Project"),
        ("harbour-tram", "label", "Harbour tram"),
        ("harbour-tram", "label", "港口电车"),
        ("harbour-tram", "area", "harbour-tram-area"),
        ("harbour-tram-area", "label", "Area of Harbour tram"),
        ("harbour-tram-area", "label", "港口电车的面积"),
        ("harbour-tram-area", "type", "Quantity"),
        ("harbour-tram-area", "value", "4"),
        ("harbour-tram-area", "unit", UNITS["km2"].iri),
        ("harbour-tram-area", "bound", "MoreThan"),
        ("harbour-tram", "memberOf", "docks"),
        ("harbour-tram", "memberOf", "quay"),
        ("harbour-tram", "openListOf", "memberOf"),
        ("docks", "type", "Place"),
        ("quay", "type", "Zone"),
        ("quay", "type", "Place"),
        ("quay", "directlyIn", "docks"),
        ("opening-tram", "type", "Opening"),
        ("opening-tram", "opens", "harbour-tram"),
        ("opening-tram", "date", "1904-05"),
        ("opening-tram", "earliest", "1904-05-01"),
        ("opening-tram", "latest", "1904-05-31"),
        ("opening-tram", "comment", 'It "opened" | late.'),
    ]


def test_evidence_is_of_the_line_and_that_of_kinds_of_the_first():
    quay, inside = read(TRAM)[14], read(TRAM)[16]
    market, heading = Rest(f"{BASE}article/p1", (Words("market"),)), f"{BASE}article/h2"
    assert inside.rests == (market, Rest(heading, (Words("", 3, 9),)))
    assert (inside.basis, inside.note) == ("inferred", "The quay is at the docks.")
    assert (quay.basis, quay.rests) == ("inferred", inside.rests)
    assert quay.note == "The kind is our reading of these passages."
    comment = read(TRAM)[-1]
    assert (comment.name, comment.fine) == (f"{BASE}claim/opening", ("future",))
    assert comment.rests == (Rest(f"{BASE}article/p1"), Rest(f"{BASE}article/p2"))
    assert comment.place == Place("a.claims", 15, 3)
    assert read(TRAM)[18].rests == (Rest(f"{BASE}article/p1", (Words(sentence=2),)),)
    assert read(TRAM)[19].resolves == "last May"


def test_words_after_a_sentence_are_words_of_it():
    (claim,) = read('tram:\n  comment "x" | p1.2 "a" "b" .3[0-4]')
    found = (Words("a", sentence=2), Words("b", sentence=2), Words(sentence=3), Words("", 0, 4))
    assert claim.rests == (Rest(f"{BASE}article/p1", found),)


@pytest.mark.parametrize("is_there", [True, False])
def test_years_of_schema_org_are_years(is_there, monkeypatch):
    """By the ranges of its copy, or by the ends of names where that is not there."""
    if not is_there:
        monkeypatch.setattr(schema_org, "ranges", dict)
    years = "schema:birthDate 1871 | p1\n  schema:dateCreated 1908 | p1"
    claims = read(f"tram:\n  schema:position 1871 | p1\n  {years}\n  schema:validFrom 1908 | p1")
    years = [str(each.value.datatype.value).endswith("#gYear") for each in claims]
    assert years == [False, True, is_there, is_there]


def test_text_that_is_written_is_that_of_the_lines():
    """Quantities, bounds, lists and kinds go back into the lines that they came from."""
    assert write(read(TRAM), names()) == TRAM.removeprefix("# A comment.\n")


def test_a_bound_or_a_label_of_its_own_stays():
    own = TRAM.removeprefix("# A comment.\n")
    own += '  earliest 1904-05-30 | p1 "x"\n\nharbour-tram-area:\n  label "Extent" | p2 "four"\n'
    claims = read(own)
    assert [each for each in triples(claims) if each[1] in ("earliest", "latest")] == [
        ("opening-tram", "latest", "1904-05-31"),
        ("opening-tram", "earliest", "1904-05-30"),
    ]
    assert [each[2] for each in triples(claims) if each[:2] == ("harbour-tram-area", "label")] == [
        "Extent"
    ]
    assert write(claims, names()) == own


def test_a_date_without_bounds_has_its_type():
    claims = [each for each in read(TRAM) if each.value.value != "1904-05-31"]
    text = write(claims, names())
    assert '  date "1904-05"^^xsd:gYearMonth |' in text
    assert same(read(text)) == same(claims)


def test_chinese_punctuation_byte_order_marks_and_tabs_are_understood():
    text = (
        'harbour: Project, Zone | p1 "x"\n  label "x"@zh,\n      "y"@en | p1 "x", p2 | a\n     b\n'
    )
    wide = text.translate(str.maketrans({":": "\uff1a", ",": "\uff0c", "|": "\uff5c"})).replace(
        '"x"', "“x”"
    )
    variants = [wide, "\ufeff" + text, text.replace("\n", "\r\n"), text.replace("\n", "\r")]
    for variant in (*variants, text.replace("  ", "\t"), text.replace("  ", "\u3000")):
        assert same(read(variant)) == same(read(text))
    assert read(text)[-1].note == "a b"


FAULTS = {
    '  label "x" | p1 "x"': "1:3 A property stands below the thing",
    "tram Project": "1:6 Here is 'Project'. Expected: a colon",
    'tram: Projct | p1 "x"': "1:7 'Projct' is no kind of the ontology. Did you mean Project",
    "open: Project": "1:1 'open' is a word of the form.",
    "12: Project": "1:1 '12' is no name. Names have letters",
    "tram:\n  sameAs <x:a b> | p1": "2:10 Here is '<x:a b> | p1'. Expected: a value: a name, a text in "
    "quote marks, a number or a date",
    "tram:\n  <https://example.org/a> 4 | p1\n  ex:built 4 | p1": "3:3 'ex:built' is no property",
    "tram: Project": "1:7 The kind rests on nothing.",
    'tram:\n  lable "x"@en | p1 "x"': "2:3 'lable' is no property of the ontology. Did you mean label",
    'tram:\n  label "x | p1 "x"': "2:18 Quote marks are not in pairs.",
    'tram:\n  area 4,000 km2 | p1 "x"': "2:8 Expected: a number without commas, a space and a unit",
    'tram:\n  area 4 km3 | p1 "x"': "2:10 The unit km3 is unknown. Did you mean",
    'tram:\n  area "4 km2" | p1 "x"': "2:8 The value is a quantity. Expected: a number",
    'tram:\n  rank over 4 km2 | p1 "x"': "2:8 over is of a quantity, and rank has none. Declare",
    "tram:\n  schema:height 92 cm | p1": "2:17 92 cm is of a quantity, and height has none. Declare a "
    "property of your own, in data/ontology.ttl: t:height a owl:ObjectProperty ; rdfs:range",
    'tram:\n  schema:painter "x" | p1': "2:3 'schema:painter' is no term of schema.org as it is",
    "tram: schema:Musuem | p1": "Did you mean Museum",
    "tram:\n  wgs84:long 2.24 W | p1": "2:14 Write degrees with a minus for west and south: -2.24.",
    "tram:\n  schema:latitude 23.1 北 | p1": "for west and south: 23.1.",
    "tram:\n  area 14 | p1": "2:8 Expected: a number without commas, a space and a unit, such as 4000 "
    "km2 or over 4.5 CNY; where things or people are counted, 14 items or 14 people.",
    "tram:\n  area 14 paintings | p1": "Things that are counted are 14 items, and people 14 people.",
    'tram:\n  memberOf trum | p1 "x"': "2:12 'trum' is neither a thing of the claims nor an individual",
    'tram:\n  status Planed | p1 "x"': "Texts stand in quote marks. Did you mean Planned?",
    "tram:\n  status Planned": "2:17 The claim has no evidence.",
    'tram:\n  status Planned p1 "x"': "2:18 Here is 'p1 \"x\"'. Expected: a comma and a value, or a bar",
    'tram:\n  status Planned | infered p1 "x"': "2:28 Here is 'p1 \"x\"'. Expected: words",
    'tram:\n  status Planned | "x"': "2:20 Here is '\"x\"'. Expected: a passage, such as p1",
    'tram:\n  date 1904-13 | p1 "x"': "2:8 '1904-13' is neither a number nor a date of the calendar",
    "tram:\n  siteRole Planned | p1": "2:3 siteRole is retired. Use gba:intendedAs.",
    "tram:\n  gba:Place Planned | p1": "2:3 'gba:Place' is the name of: kind.",
    "tram:\n  foo:bar Planned | p1": "2:3 The prefix of foo:bar is unknown.",
    'tram:\n  label "x" | p1 | a\n    area 4 ha | p1': "3:15 Here is '| p1'. Expected: the end of the",
    'tram:\n  label "x", "y" | p1 as two': "2:17 A name is of one claim.",
    'tram:\n  label "\\q" | p1': "2:9 Write a quote mark in quoted words as",
    "tram:\n  area 4 ha | p1\n  area 5 ha | p1": "3:3 https://example.org/tram-area has another value",
    "tram:\n  label 1 | p1\n\tlabel 2 | p1": "3:2 Spaces and tabs are mixed",
    'tram: Zone | p1 "x"\ntram: Plan | p1 "x"': "2:1 tram has other kinds in a.claims:1: Zone.",
}


def test_faults_say_where_what_and_what_would_be_right():
    assert {
        text: fault for text, fault in FAULTS.items() if fault not in " ".join(told(text))
    } == {}


def test_all_faults_are_told_and_other_lines_are_read():
    text = "\n".join(each for each in FAULTS if each.startswith("tram:\n"))
    assert len(told(text)) >= text.count("tram:")
    claims, _ = parse(f'{text}\nquay: Place | p1 "x"\n', "a.claims", names())
    assert triples(claims)[-1] == ("quay", "type", "Place")


def test_a_thing_of_another_file_is_known_and_may_be_continued():
    known = names()
    declare('docks: Place | p1 "docks"', "b.claims", known)
    text = 'docks:\n  directlyIn docks | p1 "x"\n'
    assert parse(text, "a.claims", known)[1] == []
    _, (fault,) = parse("docks: City\n  label 1 | p1", "c.claims", known)
    assert fault.message.startswith("docks has other kinds in b.claims:1: Place.")


def test_a_quantity_has_the_labels_of_its_thing_in_whichever_file_they_are():
    files = TRAM, "harbour-tram:\n  area over 4 km2 | p3", 'harbour-tram-area:\n  label "Size" | p4'
    for count, labels in (2, {"Area of Harbour tram", "港口电车的面积"}), (3, {"Size"}):
        texts = {f"{number}.claims": text for number, text in enumerate(files[:count])}
        claims, faults = parse_all(texts, names())
        found = [value for *of, value in triples(claims) if of == ["harbour-tram-area", "label"]]
        assert ({*found}, len(found), faults) == (labels, 4 if count == 2 else 1, [])


def test_terms_of_the_project_come_before_those_of_ours():
    terms = "t:Project a owl:Class . t:height a owl:DatatypeProperty ; rdfs:range xsd:gYear ."
    prefixes = {
        "t": f"{BASE}terms#",
        **{name: expand(f"{name}:") for name in ("owl", "rdfs", "xsd")},
    }
    head = "".join(f"@prefix {name}: <{iri}> . " for name, iri in prefixes.items())
    own = ox.parse(head + terms, format=ox.RdfFormat.TURTLE)
    known = Names(BASE, prefixes={"t": f"{BASE}terms#"}, own=own)
    _, (fault,) = parse("tram:\n  t:hight 4, t:other | p1", "a", known)
    assert fault.message == "'t:hight' is no property of the ontology. Did you mean height?"
    claims, faults = parse("tram: Project | p1\n  height 1904 | p1\n  t:height 4 | p1", "a", known)
    assert faults == []
    assert claims[0].value.value == f"{BASE}terms#Project"
    assert str(claims[1].value.datatype.value).endswith("gYear")
    assert write(claims, known).splitlines()[:2] == ["tram: Project | p1", "  height 1904, 4 | p1"]


texts = st.text(st.sampled_from('ab \\"|,:+\n\t.#@“”「」\uff0c港1-[]<>\x85\u3000'), max_size=6)
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
    st.tuples(texts, st.integers(1, 9)).map(lambda pair: Words(pair[0], sentence=pair[1])),
)
passages = st.sampled_from(
    ["article", "article/p1", "article/h2", "article/fine", "article/p.3", "x"]
)
rests = st.builds(
    Rest,
    passages.map(BASE.__add__),
    st.lists(words, max_size=2).map(lambda found: tuple(sorted(found, key=lambda e: e.sentence))),
)
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
    """Claims as lines make them, with gaps: a date with its bounds, a quantity, a list not whole."""
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


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.lists(lines(), max_size=4), st.sampled_from(["en", "zh"]))
def test_what_is_written_reads_as_the_same_claims(groups, language):
    claims = [claim for group in groups for claim in group]
    text = write(claims, names(language))
    again, _ = parse(text, "a.claims", names(language))
    assert same(again) == same(claims), text
    assert write(again, names(language)) == text
