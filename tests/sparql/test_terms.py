"""Terms as people write them: what is read as what, and that nothing else is taken."""

import pyoxigraph as ox
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gbagraph.errors import BadParameter
from gbagraph.queries.types import type_named
from gbagraph.rdf.namespaces import BASE, expand
from gbagraph.rdf.results import as_json, turtle_term
from gbagraph.sparql.terms import fact_of, from_json, iri, read, sentence, triple_json, triple_of


def node(curie):
    return ox.NamedNode(expand(curie))


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("id:baidu", ox.NamedNode(BASE + "id/baidu")),
        (BASE + "id/baidu", ox.NamedNode(BASE + "id/baidu")),
        (f"<{BASE}id/baidu>", ox.NamedNode(BASE + "id/baidu")),
        ("urn:isbn:1", ox.NamedNode("urn:isbn:1")),
        ('"China"@en', ox.Literal("China", language="en")),
        ('"China"@EN', ox.Literal("China", language="en")),
        ('"2020"^^xsd:gYear', ox.Literal("2020", datatype=node("xsd:gYear"))),
        (f'"2020"^^<{expand("xsd:gYear")}>', ox.Literal("2020", datatype=node("xsd:gYear"))),
        (r'"a \"b\" \u4E2D\n\\"', ox.Literal('a "b" 中\n\\')),
        ('"id:baidu"', ox.Literal("id:baidu")),
        ("China", ox.Literal("China")),
        ("<id/baidu>", ox.NamedNode(BASE + "id/baidu")),
        ("<ontology#City>", node("gba:City")),
        ("Q16572", node("wd:Q16572")),
        ('"Q16572"', ox.Literal("Q16572")),
        ("baidu", ox.Literal("baidu")),
        ("note: a text", ox.Literal("note: a text")),
        ("", ox.Literal("")),
        ("81", ox.Literal("81", datatype=node("xsd:integer"))),
        ("-2.5", ox.Literal("-2.5", datatype=node("xsd:decimal"))),
        ("1e6", ox.Literal("1e6", datatype=node("xsd:double"))),
    ],
)
def test_an_object(text, term):
    assert read("id:baidu", "gba:develops", text).object == term


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("baidu", "id:baidu"),
        ("id:baidu", "id:baidu"),
        ("<id/baidu>", "id:baidu"),
        (f"{BASE}id/baidu", "id:baidu"),
        ("<ontology#develops>", "gba:develops"),
        ("Q42", "wd:Q42"),
        ("<urn:x>", None),
    ],
)
def test_an_identifier_is_read_alike_everywhere(text, meant):
    """In `run` by the type of the parameter, in `why` as a subject, in `lookup` and `-p` by itself."""
    named = node(meant) if meant else ox.NamedNode("urn:x")

    assert iri(text) == type_named("iri").term(text) == read(text, "a", "gba:City").subject == named


def test_the_text_of_a_literal_with_its_language_or_datatype():
    label = read("id:china", "rdfs:label", "id:china", language="en")
    year = read("id:x", "gba:date", "2020", datatype="xsd:gYear")

    assert label.object == ox.Literal("id:china", language="en")
    assert year.object == ox.Literal("2020", datatype=node("xsd:gYear"))


@pytest.mark.parametrize(
    ("subject", "predicate", "value", "parameter"),
    [
        ("id:bai du", "gba:develops", "id:x", "s"),
        ('"China"', "gba:develops", "id:x", "s"),
        ("_:b", "gba:develops", "id:x", "s"),
        ("id:baidu", "develops", "id:x", "p"),
        ("id:baidu", "gba:develops", "<not an iri>", "o"),
        ("id:baidu", "gba:develops", '"x"@-', "o"),
        ("id:baidu", "gba:develops", '"x"@en--up', "o"),
        ("id:baidu", "gba:develops", '"x"^^year', "o"),
        ("id:baidu", "gba:develops", '"\\ud800"', "o"),
        ("id:baidu", "gba:develops", '"not closed', "o"),
    ],
)
def test_what_is_no_term_there(subject, predicate, value, parameter):
    with pytest.raises(BadParameter) as caught:
        read(subject, predicate, value)

    assert caught.value.details["parameter"] == parameter
    assert "such as rdf:type" in caught.value.message


def test_a_literal_has_a_language_or_a_datatype():
    with pytest.raises(BadParameter):
        read("id:x", "gba:date", "2020", language="en", datatype="xsd:gYear")


@given(*[st.text(max_size=30)] * 5)
@example("s:", "p:", '"' + "\\" * 29, "", "")
@example("http://a/%", "p:", "x", "", "")
@example("http://[", "p:", "x", "", "")
def test_any_text_is_a_triple_or_refused(subject, predicate, value, language, datatype):
    try:
        found = read(subject, predicate, value, language=language, datatype=datatype)
    except BadParameter:
        return
    assert triple_of(fact_of(found)) == found


TERMS = [
    node("id:baidu"),
    ox.NamedNode("http://example.org/x"),
    ox.Literal('a\n"b"\\'),
    ox.Literal("China", language="en"),
    ox.Literal("China", language="en", direction=ox.BaseDirection.LTR),
    ox.Literal("2020", datatype=node("xsd:gYear")),
    ox.Literal("81", datatype=node("xsd:integer")),
]


@pytest.mark.parametrize("term", TERMS, ids=str)
def test_what_is_shown_can_be_asked_for(term):
    shown = read("id:x", "gba:y", turtle_term(term))

    assert shown.object == term
    assert from_json(as_json(term)) == term


def test_json_is_that_of_query_results():
    triple = ox.Triple(node("id:china"), node("rdfs:label"), ox.Literal("China", language="en"))

    assert triple_json(triple) == {
        "subject": {"type": "uri", "value": BASE + "id/china"},
        "predicate": {"type": "uri", "value": expand("rdfs:label")},
        "object": {"type": "literal", "value": "China", "xml:lang": "en"},
    }
    assert as_json(ox.BlankNode("b")) == {"type": "bnode", "value": "b"}
    assert as_json(triple)["type"] == "triple"
    assert from_json(as_json(ox.BlankNode("b"))) is None


def test_a_triple_as_a_sentence():
    triple = read("id:baidu", "a", "gba:Company")
    quoting = read("id:x", "rdfs:comment", "see rdf:type here")

    assert sentence(triple) == "id:baidu a gba:Company"
    assert sentence(quoting) == 'id:x rdfs:comment "see rdf:type here"'
