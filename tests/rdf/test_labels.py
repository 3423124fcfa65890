"""Labels beside IRIs: in which language, of which property, in which columns."""

import pyoxigraph as ox
import pytest

from gbagraph.rdf.labels import LabelFinder, with_labels

STORE = ox.Store()
STORE.load(
    b"""
    PREFIX e: <http://example.org/>
    PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
    PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    e:city rdfs:label "City"@en, "city, simplified"@zh-hans, "city, traditional"@zh-Hant, "city" .
    e:alias skos:altLabel "Another"@en ; rdfs:label "One"@en .
    e:british rdfs:label "Centre"@en-GB .
    e:plain rdfs:label "plain" .
    e:german rdfs:label "Stadt"@de .
    GRAPH e:g { e:elsewhere rdfs:label "Elsewhere"@en }
    """,
    format=ox.RdfFormat.TRIG,
)


def node(name):
    return ox.NamedNode(f"http://example.org/{name}")


@pytest.mark.parametrize(
    ("name", "languages", "label"),
    [
        ("city", ["en"], "City"),
        ("city", ["zh-hans"], "city, simplified"),
        ("city", ["zh-hant"], "city, traditional"),
        ("city", ["ZH-HANT", "en"], "city, traditional"),
        ("city", ["zh"], "city, simplified"),
        ("city", ["fr", "en"], "City"),
        ("city", ["fr"], "city"),
        ("city", ["en-GB"], "City"),
        ("city", ["zh-Hans-SG"], "city, simplified"),
        ("british", ["en"], "Centre"),
        ("alias", ["en"], "One"),
        ("plain", ["en"], "plain"),
        ("german", ["en"], None),
        ("elsewhere", ["en"], "Elsewhere"),
        ("nowhere", ["en"], None),
    ],
)
def test_the_label_in_the_language_that_is_preferred(name, languages, label):
    found = LabelFinder(STORE, languages)(node(name))

    assert (found and found.value) == label


def test_only_columns_with_iris_get_labels():
    rows = [(node("city"), ox.Literal("x"), None), (None, None, node("alias"))]

    names, found = with_labels(STORE, ["en"], ["a", "b", "c"], rows)

    assert names == ["a", "aLabel", "b", "c", "cLabel"]
    assert [[term and term.value for term in row] for row in found] == [
        ["http://example.org/city", "City", "x", None, None],
        [None, None, None, "http://example.org/alias", "One"],
    ]


def test_a_column_of_that_name_stays_as_it_is():
    names, found = with_labels(STORE, ["en"], ["a", "aLabel"], [(node("city"), ox.Literal("mine"))])

    assert names == ["a", "aLabel"]
    assert [[term.value for term in row] for row in found] == [["http://example.org/city", "mine"]]


def test_rows_are_read_as_they_are_asked_for():
    rest = iter([(node("city"),)] * 5000)

    _, found = with_labels(STORE, ["en"], ["a"], rest)
    assert next(iter(found))[1].value == "City"
    assert len(list(rest)) == 4000
