"""What people paste for an identifier, and the identifier that is among its variants."""

import time

import pytest

from gbagraph.features.reconcile.identifiers import variants

WIKIDATA = "http://www.wikidata.org/entity/Q16572"
GEONAMES = "https://sws.geonames.org/1809857/"
DBPEDIA = "http://dbpedia.org/resource/Guangzhou"


@pytest.mark.parametrize(
    ("pasted", "meant"),
    [
        ("https://www.wikidata.org/entity/Q16572", WIKIDATA),
        ("https://www.wikidata.org/wiki/Q16572", WIKIDATA),
        ("http://www.wikidata.org/wiki/Q16572#sitelinks", WIKIDATA),
        ("https://m.wikidata.org/wiki/Q16572?uselang=zh", WIKIDATA),
        ("https://www.wikidata.org/wiki/Special:EntityData/Q16572.json", WIKIDATA),
        ("www.wikidata.org/wiki/q16572", WIKIDATA),
        ("Q16572", WIKIDATA),
        ("wd:Q16572", WIKIDATA),
        (f"<{WIKIDATA}>", WIKIDATA),
        (f" {WIKIDATA}\n", WIKIDATA),
        (f"{WIKIDATA}/", WIKIDATA),
        ("HTTP://WWW.WIKIDATA.ORG/entity/Q16572", WIKIDATA),
        ("https://www.geonames.org/1809857/guangzhou.html", GEONAMES),
        ("http://sws.geonames.org/1809857", GEONAMES),
        ("http://sws.geonames.org/1809857/about.rdf", GEONAMES),
        ("http://dbpedia.org/page/Guangzhou", DBPEDIA),
        ("https://dbpedia.org/data/Guangzhou.ttl", DBPEDIA),
        ("https://en.wikipedia.org/wiki/Guangzhou", DBPEDIA),
        ("http://viaf.org/viaf/143434/#skos", "http://viaf.org/viaf/143434"),
        ("http://example.org/caf%C3%A9", "http://example.org/café"),
        ("http://example.org/café", "http://example.org/caf%C3%A9"),
        ("id:baidu", "https://w3id.org/gbagraph/id/baidu"),
    ],
)
def test_what_is_meant_is_among_the_variants(pasted, meant):
    assert meant in variants(pasted)


@pytest.mark.parametrize("text", ["", "x", WIKIDATA, "https://", "http:///", "%", "<>"])
def test_no_text_is_a_variant_of_itself(text):
    assert text not in variants(text)


@pytest.mark.parametrize("part", ["%25", "/", "#", "?", "<", "é", "http://", "../"])
def test_a_hostile_text_costs_little(part):
    begin = time.process_time()
    for length in (10, 100, 10_000):
        assert len(variants(f"http://example.org/{part * length}")) <= 100

    assert time.process_time() - begin < 5
