"""The start page of a publisher: it follows from the data, or from queries of the publisher's own."""

import re

import pytest

from support import file_with
from support.inside import publishing

pytestmark = pytest.mark.processes

BOATS = """
@prefix b: <http://boats.example/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix ev: <https://w3id.org/gbagraph/evidence#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
b:log a ev:Document ; rdfs:label "The log" ; dcterms:publisher "The harbour" .
b:page a ev:Passage ; rdfs:label "Page 1" ; dcterms:isPartOf b:log .
b:mary a b:Boat ; rdfs:label "Mary" ; b:length 12 ; b:built "1901"^^xsd:gYear ; b:at b:quay .
b:anne a b:Boat ; rdfs:label "Anne" ; b:at b:quay .
b:quay a b:Quay ; rdfs:label "Old quay" ; b:in b:port .
b:port a b:Port ; rdfs:label "The port" .
b:c1 a ev:Claim ; rdf:subject b:mary ; rdf:predicate b:length ; rdf:object 12 ; ev:statedIn b:page .
b:c2 a ev:Claim ; rdf:subject b:mary ; rdf:predicate b:at ; rdf:object b:quay ; ev:statedIn b:page .
b:c3 a ev:Claim ; rdf:subject b:quay ; rdf:predicate b:in ; rdf:object b:port ; ev:inferredFrom b:page .
"""
OWN = """
PREFIX b: <http://boats.example/>
SELECT ?thing ?figure ?value { ?thing a b:Boat . BIND (b:at AS ?figure) ?thing ?figure ?value }
ORDER BY ?thing
"""
LABELS = re.compile(r"<h3><a[^>]*>([^<]*)")


def start(path, **settings):
    """The start page of the data in a file."""
    with publishing(data=(path,), **settings) as page:
        return page("/")


@pytest.fixture(scope="module")
def harbour(tmp_path_factory):
    path = file_with(tmp_path_factory.mktemp("data") / "boats.ttl", BOATS)
    return start(path, title="Boats", infer=False)


def section(text, name):
    """What stands below the heading with this name, as words."""
    found = re.search(rf'<h2 id="{name}">.*?</section>', text, re.DOTALL)
    return " ".join(re.sub("<[^>]+>", " ", found[0]).split()) if found else ""


def test_the_things_of_which_most_is_said_stand_first_with_what_they_rest_on(harbour):
    assert LABELS.findall(harbour)[0] == "Mary"
    assert "Mary boat" in section(harbour, "things")
    assert "built 1901 at Old quay ● stated length 12 ● stated" in section(harbour, "things")
    assert "● stated Page 1" in section(harbour, "things")
    assert "The log" in harbour
    assert "The harbour" in harbour
    assert "is not known to us" not in harbour


def test_a_chain_of_facts_with_claims_says_how_we_know(harbour):
    told = section(harbour, "chain")

    assert re.search(r"Mary ↓ at ● stated Page 1 Old quay ↓ in ○ inferred Page 1 The port", told)


def test_queries_of_the_publisher_choose_what_is_shown(tmp_path):
    path = file_with(tmp_path / "boats.ttl", BOATS)
    pages = tmp_path / "queries" / "pages"
    pages.mkdir(parents=True)
    file_with(pages / "start-things.rq", OWN)
    text = start(path, queries=tmp_path / "queries")

    assert LABELS.findall(text) == ["Anne", "Mary"]
    assert "at Old quay" in section(text, "things")
    assert section(text, "kinds") == ""


def test_data_without_names_and_claims_have_a_page(tmp_path):
    path = file_with(tmp_path / "bare.nt", "<http://x.example/a> <http://x.example/startOf> _:b .")
    text = start(path)

    assert "bare.nt" in text
    assert section(text, "things") == section(text, "chain") == ""
    assert "1 triple" in section(text, "files")


MANY = """
@prefix m: <http://museum.example/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
m:anna a m:Maker ; rdfs:label "Anna" ; m:born "1859"^^xsd:gYear ; m:from m:aarhus .
m:aarhus a m:Place ; rdfs:label "Aarhus" ; rdfs:comment "A town." .
m:bare a m:Maker ; rdfs:label "Nobody" .
"""
JUG = 'm:jug-%d a m:Jug ; m:madeBy m:anna ; m:bought "19%02d-05-03"^^xsd:date ; m:height %d .\n'
FALSE = 'm:jug-1 m:bought "some day"^^xsd:date .'


def test_a_mixture_of_kinds_and_a_few_moments_are_shown(tmp_path):
    text = MANY + "".join(JUG % (number, number, number) for number in range(1, 31)) + FALSE
    with publishing(data=(file_with(tmp_path / "museum.ttl", text),)) as page:
        shown = page("/")
        every = re.search(r'href="(/sparql[^"]*timeline)"', shown)[1]
        assert page(every.replace("&amp;", "&"))

    assert LABELS.findall(shown) == ["jug 1", "Anna", "Aarhus", "jug 10"]
    told = section(shown, "things")
    assert "bought 3 May 1901 made by Anna height 1" in told
    assert "A town." in told
    assert "some day" not in shown
    assert "bought · 12 of 30 moments" in section(shown, "time")


def test_of_a_vocabulary_its_classes_and_properties_are_shown(tmp_path):
    text = (
        MANY.partition("m:anna")[0]
        + """
    m:Jug a owl:Class ; rdfs:label "Jug" ; rdfs:comment "What one pours from." .
    m:madeBy a owl:ObjectProperty ; rdfs:label "made by" ; rdfs:comment "Who made it." .
    """
    )
    told = section(start(file_with(tmp_path / "terms.ttl", text)), "things")

    assert "Jug class What one pours from." in told
    assert "Who made it." in told


@pytest.mark.parametrize("data", ["", "<http://a.example/> <http://b.example/> 1 ."])
def test_data_without_kinds_have_a_start_page_without_things(data, tmp_path):
    path = file_with(tmp_path / "plain.ttl", data)
    text = start(path)

    assert LABELS.findall(text) == []
    assert "/sparql" in text
