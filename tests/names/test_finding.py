"""Search: how names are ranked, slips, other forms of words, and words of definitions."""

import json

import pyoxigraph as ox
import pytest

import gbagraph
from gbagraph.features.search import search
from gbagraph.features.search.jobs import Search
from gbagraph.names.index import names_of
from gbagraph.names.matching import Entry, Name
from gbagraph.names.names import Names
from gbagraph.names.texts import Texts, spaced, stem
from gbagraph.rdf.namespaces import compact, expand


@pytest.fixture(scope="module")
def store():
    return gbagraph.open().store


@pytest.fixture(scope="module")
def find(store):
    return names_of(store).finder.find


def first(found):
    return compact(found.hits[0].entry.iri)


@pytest.mark.parametrize(
    ("text", "iri"),
    [
        ("Baidu", "id:baidu"),
        ("baidu", "id:baidu"),
        ("知识城", "id:knowledge-city"),
        ("knowledgecity", "id:knowledge-city"),
        ("KNOWLEDGE-CITY", "id:knowledge-city"),
        ("小鵬汽車", "id:xpeng"),
        ("Guangzhu", "id:guangzhou"),
        ("nansha scince city", "id:nansha-science-city"),
        ("Zone", "gba:Zone"),
        ("located in", "gba:locatedIn"),
        ("locatedIn", "gba:locatedIn"),
        ("companies", "gba:Company"),
        ("timeline", "timeline"),
    ],
)
def test_the_first_result(find, text, iri):
    assert first(find(text)) == iri


def test_ways_to_fit_are_ranked():
    names = [
        *("park", "park bench", "the park", "car parking", "a lot to park in", "spark", "pork"),
        "grove",
    ]
    store = labelled(*names, comment={"grove": "Nearly a park."})

    found = [hit.entry.label for hit in Names(store).finder.find("park").hits]

    assert found[:2] == ["park", "park bench"]
    assert set(found[2:5]) == {"the park", "car parking", "a lot to park in"}
    assert found[5:] == ["spark", "grove"]


def test_slips_count_only_where_nothing_fits():
    finder = Names(labelled("pork", "spark")).finder

    assert [hit.entry.label for hit in finder.find("park").hits] == ["spark"]
    assert [hit.entry.label for hit in finder.find("porj").hits] == ["pork"]
    assert finder.find("porj").slips == {"porj": ("pork",)}


def test_what_has_some_of_the_words_is_found_where_nothing_has_all():
    finder = Names(labelled("Electric vehicle maker", "Smart cards", "Car", "River")).finder

    assert {hit.entry.label for hit in finder.find("electric car").hits} == {
        "Electric vehicle maker",
        "Car",
    }
    assert first_label(finder.find("electrical vehicles")) == "Electric vehicle maker"
    assert first_label(finder.find("how many rivers are there")) == "River"


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("what is guangzhou building", "builders"),
        ("who builds what", "builders"),
        ("who builds nansha science city", "builders"),
        ("Tencent doing in Guangzhou", "companies-to-zones"),
        ("who is developing what?", "builders"),
        ("where is Apollo", "id:apollo-rd-centre"),
        ("how big is nansha", "id:nansha id:nansha-science-city"),
        ("how large are the zones", "zones-by-area"),
        ("what are the mega projects", "id:guangzhou-mega-projects"),
        ("which companies are involved", "involved-in"),
        ("where are the headquarters", "headquarters-plans"),
        ("when does nansha science city open", "id:opening-nansha-science-city"),
        ("how much money was invested", "investments"),
        ("what does Baidu do", "id:baidu"),
        ("who governs Guangdong", "id:guangdong-government"),
        ("what happened in 2020", "timeline"),
        ("when was the knowledge city launched", "id:launch-knowledge-city"),
        ("what is the knowledge city for", "id:knowledge-city"),
        ("which zones are in Guangzhou", "id:ai-zone id:blockchain-zone"),
        ("what are the targets for 5G", "id:target-5g-base-stations"),
        ("who approved the plan", "id:approval-ai-zone-plan id:approval-kc-master-plan"),
        ("how many people live in Guangzhou", "cities-in-wikidata"),
        ("what is inferred", "inferred-facts"),
        ("sources of the facts", "sources"),
        ("which cities are in the greater bay area", "bay-area-cities"),
        ("partners of the blockchain zone", "id:blockchain-zone cooperation-partners"),
        ("where do sources differ", "context-that-differs"),
        ("知识城在哪里", "id:knowledge-city"),
        ("知識城在哪裡", "id:knowledge-city"),
        ("南沙有多大", "id:nansha"),
        ("百度在广州做什么", "id:baidu"),
        ("哪些公司参与了知识城", "id:knowledge-city"),
    ],
)
def test_a_question_is_answered_by_what_fits(find, question, names):
    found = [compact(hit.entry.iri) for hit in find(question).hits[:3]]

    assert not set(names.split()).isdisjoint(found), found


def test_terms_and_sources_come_after_what_they_tell_of(find):
    kinds = [hit.entry.kind for hit in find("who builds what").hits]
    assert kinds.index("query") < kinds.index("property") < kinds.index("paragraph")

    hits = [compact(hit.entry.iri) for hit in find("charging stations").hits]
    assert hits.index("id:public-charging-station") < hits.index(
        "id:source-osm-wiki-charging-station"
    )


def test_what_is_only_linked_elsewhere_is_no_thing(find):
    found = {hit.entry.iri for hit in find("Guangzhou").hits}

    assert not any(iri.startswith("http://dbpedia.org/") for iri in found)


def test_a_question_in_a_language_of_a_query_finds_it():
    names = Names(labelled("Bridge"))
    names.add(
        Entry("query", "crossings", "What crosses the river?"),
        *(Name("What crosses the river?", "en"), Name("谁在建造桥梁", "zh-hans")),
    )

    hit = names.finder.find("哪些桥梁在建造").hits[0]
    assert (hit.entry.iri, hit.name.language) == ("crossings", "zh-hans")
    assert first_label(names.finder.find("what is crossing rivers")) == "What crosses the river?"


def test_the_name_that_fits_is_told_with_its_language(find):
    hit = find("广州").hits[0]

    assert (hit.name.text, hit.name.language) == ("广州", "zh-hans")
    assert {name.language for name in hit.names} >= {"en", "zh-hans", "zh-hant"}


def test_what_is_like_nothing_has_at_most_suggestions(store):
    assert row(store, "xqzvw")["suggestions"] == []
    found = row(store, "wuamgzhuu")
    assert found["results"] == []
    assert "id:guangzhou" in [each["name"] for each in found["suggestions"]]
    for text in (" ", "?!"):
        assert row(store, text)["results"] == []


def test_paragraphs_and_queries_are_kinds_of_their_own(store):
    assert {"thing", "paragraph"} <= row(store, "knowledge city")["counts"].keys()
    found = row(store, "zones-by-area")["results"][0]
    assert (found["kind"], found["address"]) == ("query", "queries/zones-by-area")


def test_pages_follow_one_another_and_kinds_can_be_chosen(store):
    whole = row(store, "zone", limit=30)["results"]

    assert row(store, "zone", limit=10, offset=10)["results"] == whole[10:20]
    assert {each["kind"] for each in row(store, "zone", kinds=("class",))["results"]} == {"class"}
    assert row(store, "", kinds=("thing",))["total"] == row(store, "")["counts"]["thing"]


def test_a_graph_of_others_is_found_by_its_classes_and_names():
    store = ox.Store()
    store.load(
        b"@prefix : <http://e.org/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        b':x a :Bridge ; rdfs:label "Turm"@de , "Tower"@en . :noLabelHere a :Bridge .',
        ox.RdfFormat.TURTLE,
    )
    found = row(store, "turm")["results"][0]

    assert (found["label"], found["match"], found["language"]) == ("Tower", "Turm", "de")
    assert found["types"] == ["Bridge"]
    assert row(store, "tower", languages=("de",))["results"][0]["label"] == "Turm"
    assert row(store, "no label")["results"][0]["iri"] == "http://e.org/noLabelHere"


def test_words_are_compared_without_case_accents_and_endings():
    assert spaced("  Café, Bar_2 ") == "cafe bar 2"
    assert spaced("知识城") == "知识城"
    assert [stem(word) for word in ("companies", "makers", "zones", "bus", "城s")] == [
        *("compan", "mak", "zon", "bus", "城s")
    ]


def test_texts_are_found_by_a_piece_once_each():
    texts = Texts(["a b a", "b", "", "ab"])

    assert list(texts.having("a")) == [0, 3]
    assert list(texts.having(" b\n")) == [1]
    assert [texts.length(number) for number in range(len(texts))] == [5, 1, 0, 2]
    assert texts.words() == {"a", "b", "ab"}


def test_completions_have_all_that_an_editor_needs(store):
    found = json.loads(search.document(store))
    terms = {each["name"]: each for each in found["terms"]}

    assert found["complete"] is True
    assert found["prefixes"]["gba"] == expand("gba:")
    assert terms["gba:Zone"]["labels"]["zh-hans"] == ["区"] or terms["gba:Zone"]["labels"]["en"]
    assert terms["gba:inSection"]["range"] == ["gba:Section"]
    assert terms["id:baidu"]["labels"]["en"] == ["Baidu"]
    uses = f"SELECT (COUNT(*) AS ?n) {{ ?s <{expand('gba:develops')}> ?o }}"
    assert terms["gba:develops"]["uses"] == int(next(store.query(uses))["n"].value)


def test_completions_of_a_large_graph_are_the_most_used(monkeypatch):
    monkeypatch.setattr(search, "MOST", 3)
    store = labelled("one", "two", "three")
    store.add(ox.Quad(ox.NamedNode("urn:n:s"), ox.NamedNode("urn:n:p"), ox.NamedNode("urn:n:two")))

    found = json.loads(search.document(store))

    assert found["complete"] is False
    assert [each["name"] for each in found["terms"]] == ["rdfs:label", "urn:n:p", "urn:n:two"]


def labelled(*labels, comment=None):
    """A store of things with these labels, and comments by label."""
    store = ox.Store()
    told = {"rdfs:label": dict(zip(labels, labels, strict=True)), "rdfs:comment": comment or {}}
    for name, texts in told.items():
        for label, text in texts.items():
            node = ox.NamedNode(f"urn:n:{label.replace(' ', '-')}")
            store.add(ox.Quad(node, ox.NamedNode(expand(name)), ox.Literal(text)))
    return store


def first_label(found):
    return found.hits[0].entry.label


def row(store, text, **options):
    return json.loads(search.search(store, Search(text, **options)))
