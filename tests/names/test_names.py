"""The index of names: near names, labels in any language, search; made of the data."""

import pyoxigraph as ox
import pytest

import gbagraph
from gbagraph.features.diagnostics.schema import Schema
from gbagraph.names import texts
from gbagraph.names.names import Entry, Names
from gbagraph.rdf.namespaces import expand


@pytest.fixture(scope="module")
def store():
    return gbagraph.open().store


@pytest.fixture(scope="module")
def names(store):
    return Names(store)


@pytest.mark.parametrize(
    ("name", "kind", "iri"),
    [
        ("gba:Compny", "class", "gba:Company"),
        ("gba:zone", "class", "gba:Zone"),
        ("gba:located_in", "property", "gba:locatedIn"),
        ("gba:label", "property", "rdfs:label"),
        ("id:apolo-rd-centre", "thing", "id:apollo-rd-centre"),
        ("apollo centre", "thing", "id:apollo-rd-centre"),
        ("Guangzhu", "thing", "id:guangzhou"),
        ("GUANGZHOU", "thing", "id:guangzhou"),
        ("廣州", "thing", "id:guangzhou"),
        ("人工智慧", "thing", "id:artificial-intelligence"),
        ("artical", "graph", "graph:article"),
        ("http://w3id.org/gbagraph/ontology#Zone", "class", "gba:Zone"),
    ],
)
def test_the_nearest_name(names, name, kind, iri):
    assert names.nearest(name, kind)[0].entry.iri == expand(iri)


def test_what_is_like_nothing_has_no_near_name(names):
    assert names.nearest("atlantis", "thing") == []


@pytest.mark.parametrize(
    ("label", "iri"),
    [
        ("Knowledge City", "id:knowledge-city"),
        ("baidu", "id:baidu"),
        ("广州", "id:guangzhou"),
        ("小鵬汽車", "id:xpeng"),
    ],
)
def test_a_thing_is_found_by_its_label_in_any_language(names, label, iri):
    assert expand(iri) in [entry.iri for entry in names.labelled(label)]


def test_an_ambiguous_label_has_several_candidates():
    store = ox.Store()
    for local in ("one", "two"):
        store.add(
            ox.Quad(
                ox.NamedNode(f"a:{local}"), ox.NamedNode(expand("rdfs:label")), ox.Literal("Both")
            )
        )

    assert [entry.iri for entry in Names(store).labelled("both")] == ["a:one", "a:two"]


def test_search_finds_things_terms_and_what_is_added(store):
    names = Names(store)
    names.add(Entry("query", "zones-by-area", "Which zones are largest?"), "area")

    kinds = {(match.entry.kind, match.entry.label) for match in names.search("area", 30)}

    assert ("query", "Which zones are largest?") in kinds
    assert "property" in {kind for kind, _ in kinds}
    assert expand("id:knowledge-city") in [match.entry.iri for match in names.search("知识城", 3)]
    assert names.search("") == []


@pytest.mark.parametrize(
    ("one", "other", "letters"),
    [
        ("zone", "zone", 0),
        ("zone", "zones", 1),
        ("zoen", "zone", 1),
        ("zne", "zone", 1),
        ("", "abc", 3),
        ("abcd", "dcba", 3),
    ],
)
def test_distance_counts_slips(one, other, letters):
    assert texts.distance(one, other) == letters


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hasUnitCode", ("has", "unit", "code")),
        ("price_currency", ("price", "currency")),
        ("GBCode2", ("gb", "code", "2")),
        ("part-of", ("part", "of")),
    ],
)
def test_a_name_has_words(name, words):
    assert texts.words(name) == words


def test_the_schema_is_read_from_the_data(store):
    use = Schema(store).use(expand("gba:develops"))

    assert use.is_of_things
    assert expand("gba:Company") in use.subjects
    assert expand("gba:Project") in use.objects


def test_what_properties_are_for_is_read_from_their_names(store):
    schema = Schema(store)

    assert {expand("gba:unit"), expand("gba:currency")} <= set(schema.with_role("unit"))
    assert expand("gba:partOf") in schema.with_role("part")
    assert expand("gba:openListOf") in schema.with_role("listing")
    assert expand("gba:status") in schema.with_role("status")
