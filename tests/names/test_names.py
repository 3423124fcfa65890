"""The index of names: near names; made of the data."""

import pytest

from gbagraph.names import texts
from gbagraph.names.names import Names
from gbagraph.rdf.namespaces import expand


@pytest.fixture(scope="module")
def names(graph):
    return Names(graph.store)


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
    assert names.nearest(name, [kind])[0].entry.iri == expand(iri)


def test_what_is_like_nothing_has_no_near_name(names):
    assert names.nearest("atlantis", ["thing"]) == []


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


@pytest.mark.parametrize(
    "pair",
    [
        *(
            "artical article",
            "Clas Class",
            "guangzhu guangzhou",
            "Countries Country",
            "ocmpany company",
        ),
        *(
            "focusOn focusesOn",
            "hasArea area",
            "Organisation Organization",
            "block-chain blockchain",
        ),
        *(
            "广州市 广州",
            "腾讯公司 腾讯",
            "\uff22aidu baidu",
            "located_in locatedIn",
            "locateIn locatedIn",
        ),
    ],
)
def test_a_typing_slip(pair):
    one, other = pair.split()

    assert texts.is_slip(one, other)
    assert texts.is_slip(other, one)


@pytest.mark.parametrize(
    "pair",
    [
        *("Q16572 Q16573", "plan-2020 plan-2021", "text creditText", "author authority"),
        *("developer develops", "developedBy develops", "focusOn focusOf", "completes completedIn"),
        *("Zhoushan Zhongshan", "Fuzhou Suzhou", "广州 广东", "industry industryCount", "foo fob"),
    ],
)
def test_another_word_is_no_slip(pair):
    one, other = pair.split()

    assert not texts.is_slip(one, other)
    assert not texts.is_slip(other, one)


def test_the_labels_tell_which_characters_are_simplified(names):
    assert names.simplified("騰訊") == "腾讯"
