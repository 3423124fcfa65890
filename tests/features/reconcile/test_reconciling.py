"""Candidates for names: which, in which order, how sure, and what types and properties change."""

import json
import random

import pytest

from gbagraph.features.reconcile.candidates import extend, reconcile
from gbagraph.features.reconcile.jobs import Column, NameQuery, PropertyValues
from support import store_with

TURTLE = """
@prefix ex: <http://example.org/> .
@prefix wd: <http://www.wikidata.org/entity/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:City rdfs:subClassOf ex:Place ; rdfs:label "City" .
ex:Port rdfs:subClassOf ex:Place ; rdfs:label "Port" .
ex:in rdfs:label "lies in" ; rdfs:range ex:Place .
ex:paris-fr a ex:City ; rdfs:label "Paris" , "巴黎"@zh ; ex:in ex:france ; ex:people 2100000 ;
  owl:sameAs wd:Q90 ; skos:closeMatch wd:Q91 ; ex:since "1000-01-01"^^xsd:date .
ex:paris-tx a ex:City , ex:Port ; rdfs:label "Paris" ; ex:in ex:texas ; ex:people 24000 .
ex:paris-hilton a ex:Person ; rdfs:label "Paris Hilton" .
ex:lyon a ex:City ; rdfs:label "Lyon"@fr ; ex:in ex:france ; rdfs:comment "On the Rhône."@en .
ex:france a ex:Place ; rdfs:label "France" . ex:texas a ex:Place ; rdfs:label "Texas" .
wd:Q999 rdfs:label "Elsewhere" .
ex:Maker rdfs:subClassOf ex:Company ; rdfs:label "Maker" , "工厂"@zh .
ex:inside rdfs:subPropertyOf schema:containedInPlace . ex:number rdfs:subPropertyOf skos:notation .
ex:kessler a ex:Maker ; rdfs:label "Kessler & Daughters" ; ex:inside ex:lyon ; ex:number "K-7" .
ex:senate a ex:Office ; rdfs:label "Senate of Mars" ; skos:altLabel "The Hill" , "Mars Senate" .
"""
EX = "http://example.org/"


@pytest.fixture(scope="module")
def store():
    return store_with(TURTLE)


def candidates(store, text="", **more):
    (found,) = json.loads(reconcile(store, [NameQuery(text, **more)]))
    return found


def short(rows):
    return [row["id"].removeprefix(EX) for row in rows]


def of(*pairs):
    return tuple(PropertyValues(name, tuple(values)) for name, *values in pairs)


def test_one_thing_of_that_name_is_a_match(store):
    (first,) = candidates(store, "lyon")

    assert first == {
        "id": f"{EX}lyon",
        "name": "Lyon",
        "description": "On the Rhône.",
        "type": [{"id": f"{EX}City", "name": "City"}],
        "score": 100.0,
        "features": [{"id": "name", "value": 100.0}],
        "match": True,
    }


@pytest.mark.parametrize(
    ("text", "score", "match"),
    [
        ("the Kessler and Daughters Ltd.", 99, True),
        ("Maker Kessler & Daughters, Lyon", 99, True),
        ("KESSLER DAUGHTERS 工厂", 99, True),
        ("Kessler & Daughters Port", 87.3, False),
        ("K-7", 97, False),
    ],
)
def test_beside_a_name_may_stand_what_is_told_of_the_thing(store, text, score, match):
    first, *_ = candidates(store, text)

    assert (first["id"], first["score"], first["match"]) == (f"{EX}kessler", score, match)


def test_another_name_unlike_the_rest_needs_the_type(store):
    found = [candidates(store, "the hill"), candidates(store, "The Hill", types=(f"{EX}Office",))]

    assert [(short(each), each[0]["match"]) for each in found] == [
        (["senate"], False),
        (["senate"], True),
    ]
    assert candidates(store, "Mars Senate")[0]["match"]


def test_two_things_of_that_name_are_no_match(store):
    found = candidates(store, "Paris")

    assert short(found) == ["paris-fr", "paris-tx", "paris-hilton"]
    assert [row["match"] for row in found] == [False] * 3
    assert found[0]["score"] == found[1]["score"] == 100 > found[2]["score"]


def test_a_part_of_a_name_is_no_match(store):
    (found,) = candidates(store, "Hilton")

    assert not found["match"]
    assert 70 < found["score"] < 100


@pytest.mark.parametrize(
    ("types", "more", "expected"),
    [
        (["Port"], {}, ["paris-tx"]),
        (["Place"], {}, ["paris-fr", "paris-tx"]),
        (["Port", "Person"], {}, ["paris-tx", "paris-hilton"]),
        (["Port", "City"], {"all_types": True}, ["paris-tx"]),
        (["Port"], {"must_have_type": False}, ["paris-tx", "paris-fr", "paris-hilton"]),
        (["Nowhere"], {}, []),
    ],
)
def test_types_choose_with_the_classes_below_them(store, types, more, expected):
    found = candidates(store, "Paris", types=tuple(EX + name for name in types), **more)

    assert short(found) == expected
    if types == ["Port"]:
        assert found[0]["match"]


@pytest.mark.parametrize("type_", ["not an IRI", "<>", "x" * 5000])
def test_a_type_that_is_none_has_no_candidates(store, type_):
    assert candidates(store, "Paris", types=(type_,)) == []


@pytest.mark.parametrize(
    ("property_", "value", "best"),
    [
        (f"{EX}in", "Texas", "paris-tx"),
        (f"{EX}in", f"{EX}texas", "paris-tx"),
        ("lies in", "texas", "paris-tx"),
        (f"{EX}people", "24,000", "paris-tx"),
        (f"{EX}people", "2100000", "paris-fr"),
        (f"{EX}since", "1000-01-01", "paris-fr"),
    ],
)
def test_a_property_tells_namesakes_apart(store, property_, value, best):
    first, second, *_ = candidates(store, "Paris", properties=of((property_, value)))

    assert short([first]) == [best]
    assert first["match"]
    assert first["score"] == 100 > second["score"]
    assert first["features"][1] == {"id": property_, "value": 100.0}


def test_a_property_that_fits_somewhat_counts_and_is_no_match(store):
    first, second, *_ = candidates(store, "Paris", properties=of((f"{EX}people", "2100500")))

    assert short([first, second]) == ["paris-fr", "paris-tx"]
    assert not first["match"]


def test_an_unknown_property_makes_no_match(store):
    (found,) = candidates(store, "Lyon", properties=of(("no such", "x")))

    assert not found["match"]
    assert found["score"] == pytest.approx(100 / 1.4, abs=0.1)


def test_without_a_name_the_properties_tell(store):
    found = candidates(store, properties=of(("lies in", "France"), (f"{EX}people", "2100000")))

    assert short(found) == ["paris-fr", "lyon"]
    assert [row["score"] for row in found] == [100, 50]
    assert found[0]["match"]


@pytest.mark.parametrize(
    ("text", "expected", "match"),
    [
        (f"{EX}lyon", ["lyon"], True),
        ("http://www.wikidata.org/entity/Q90", ["paris-fr"], True),
        ("http://www.wikidata.org/entity/Q91", ["paris-fr"], False),
        ("wd:Q90", ["paris-fr"], True),
        ("http://www.wikidata.org/entity/Q999", ["http://www.wikidata.org/entity/Q999"], True),
    ],
)
def test_an_identifier_is_as_good_as_a_name(store, text, expected, match):
    found = candidates(store, text)

    assert short(found) == expected
    assert [row["match"] for row in found] == [match]


def test_what_is_only_pointed_at_is_no_candidate(store):
    assert candidates(store, "Q90") == []


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [("City", "class", f"{EX}City"), ("lies in", "property", f"{EX}in"), ("lies", "thing", None)],
)
def test_terms_are_candidates_where_they_are_wanted(store, text, kind, expected):
    found = candidates(store, text, kind=kind)

    assert [row["id"] for row in found][:1] == ([expected] if expected else [])


def test_a_limit_and_an_offset_choose_rows(store):
    assert short(candidates(store, "Paris", limit=1)) == ["paris-fr"]
    assert short(candidates(store, "Paris", limit=5, offset=1)) == ["paris-tx", "paris-hilton"]


def test_each_query_is_answered_by_itself_and_always_in_the_same_way(store):
    texts = ["Paris", "lyon", "Hilton", "巴黎", "wd:Q90", "nothing like it", "Pariss"]
    alone = {text: candidates(store, text) for text in texts}
    mixed = random.Random(1).sample(texts * 3, 21)

    together = json.loads(reconcile(store, [NameQuery(text) for text in mixed]))

    assert together == [alone[text] for text in mixed]


def test_a_name_is_found_also_where_more_are_than_are_held(monkeypatch):
    monkeypatch.setattr("gbagraph.names.names.BOUND", 5)
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    lines = (f'<{EX}t{n}> <{label}> "Thing number {n}"@en .\n' for n in range(50))
    many = store_with("".join(lines))

    for number in range(50):
        first = candidates(many, f"Thing number {number}")[0]
        assert (first["id"], first["name"]) == (f"{EX}t{number}", f"Thing number {number}")


@pytest.mark.parametrize("text", ["(a+)+$", "a" * 100_000, "\x00", "🎉", "%" * 999, '"', "?"])
def test_an_odd_text_is_no_error(store, text):
    assert candidates(store, text) == []


def test_values_are_written_by_their_types(store):
    columns = [Column(f"{EX}{name}") for name in ("in", "people", "since", "none")]
    same = Column("http://www.w3.org/2002/07/owl#sameAs")
    found = json.loads(extend(store, [f"{EX}paris-fr", "unknown"], [*columns, same]))

    assert found["meta"][0] == {
        "id": f"{EX}in",
        "name": "lies in",
        "type": {"id": f"{EX}Place", "name": "Place"},
    }
    assert found["rows"][f"{EX}paris-fr"] == {
        f"{EX}in": [{"id": f"{EX}france", "name": "France"}],
        f"{EX}people": [{"int": 2100000}],
        f"{EX}since": [{"date": "1000-01-01T00:00:00"}],
        f"{EX}none": [],
        same.property: [{"str": "http://www.wikidata.org/entity/Q90"}],
    }
    assert set(map(len, found["rows"]["unknown"].values())) == {0}


def test_values_can_be_of_one_language_and_so_many(store):
    label = "http://www.w3.org/2000/01/rdf-schema#label"

    def cells(**settings):
        found = json.loads(extend(store, [f"{EX}paris-fr"], [Column(label, **settings)]))
        return sorted(cell["str"] for cell in found["rows"][f"{EX}paris-fr"][label])

    assert cells() == ["Paris", "巴黎"]
    assert cells(language="zh") == ["Paris", "巴黎"]
    assert cells(language="fr") == ["Paris"]
    assert len(cells(limit=1)) == 1


@pytest.mark.parametrize(
    ("literal", "cell"),
    [
        ('"1.5"^^xsd:decimal', {"float": 1.5}),
        ('"INF"^^xsd:double', {"str": "INF"}),
        ('"99999999999999999999"^^xsd:integer', {"str": "99999999999999999999"}),
        ('"x"^^xsd:integer', {"str": "x"}),
        ("true", {"str": "true"}),
        ('"2020-01-02T03:04:05Z"^^xsd:dateTime', {"date": "2020-01-02T03:04:05Z"}),
        ('"2020-01-02+08:00"^^xsd:date', {"date": "2020-01-02T00:00:00+08:00"}),
        ('"2020"^^xsd:gYear', {"str": "2020"}),
    ],
)
def test_odd_values_are_texts(literal, cell):
    head = "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> ."
    found = store_with(f"{head} <{EX}a> <{EX}p> {literal} , [] .")
    rows = json.loads(extend(found, [f"{EX}a"], [Column(f"{EX}p")]))["rows"]

    assert rows[f"{EX}a"][f"{EX}p"] == [cell]
