"""Markup in pages: read by rdflib, in the terms that the ontology maps to."""

import json
import re

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import RDF, URIRef
from rdflib.compare import isomorphic

from gbagraph.paths import resource
from gbagraph.publication import Publication
from gbagraph.rdf.namespaces import BASE, DATASET, PREFIXES
from gbagraph.web.markup import published
from support.serving import serving

SCHEMA = rdflib.Namespace(PREFIXES["schema"])
FILE = r'<script type="module" src="/static/[\w.-]+"( data-suggestions="[\w:{} ]+")?></script>'
"""A script of a page that is not written in the page."""


def scripts(page):
    """The JSON-LD scripts of a page, each up to the first end of a script, as HTML has it."""
    return re.findall(
        r'<script type="application/ld\+json">(.*?)</script', page, re.DOTALL | re.IGNORECASE
    )


def markup(server, path):
    (script,) = scripts(server.page(path))
    return rdflib.Graph().parse(data=script, format="json-ld")


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("id/guangzhou", {"City"}),
        ("id/baidu", {"Organization"}),
        ("id/knowledge-city", {"Place"}),
        ("id/guangdong-government", {"GovernmentOrganization"}),
        ("id/singapore", {"Country"}),
        ("id/apollo-rd-centre", {"Thing"}),
        ("id/kc-master-plan", {"Thing"}),
    ],
)
def test_types_are_those_of_the_mappings(server, path, kinds):
    found = markup(server, f"/doc/{path}")

    assert set(found.objects(URIRef(BASE + path), RDF.type)) == {SCHEMA[kind] for kind in kinds}


def test_names_links_and_places(server):
    found = markup(server, "/doc/id/guangzhou")
    city = URIRef(f"{BASE}id/guangzhou")

    assert {("Guangzhou", "en"), ("广州", "zh-hans")} <= {
        (str(name), name.language) for name in found.objects(city, SCHEMA.name)
    }
    assert URIRef(f"{PREFIXES['wd']}Q16572") in set(found.objects(city, SCHEMA.sameAs))
    guangdong = URIRef(f"{BASE}id/guangdong")
    assert guangdong in set(found.objects(city, SCHEMA.containedInPlace))
    assert str(found.value(guangdong, SCHEMA.name)) == "Guangdong"
    centre = URIRef(f"{BASE}id/apollo-rd-centre")
    project = markup(server, "/doc/id/apollo-rd-centre")
    assert not set(project.objects(centre, SCHEMA.containedInPlace))
    assert URIRef(f"{BASE}id/knowledge-city") in set(project.objects(centre, SCHEMA.location))


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("id/knowledge-city-area", {"value": 123, "unitText": "km²"}),
        ("id/knowledge-city-area", {"unitCode": "http://qudt.org/vocab/unit/KiloM2"}),
        ("id/knowledge-city-travel-time", {"value": 30, "unitText": "minutes"}),
        ("id/investment-kc-2020-cny", {"minValue": 170000000000, "currency": "CNY"}),
        ("id/approval-kc-master-plan", {"startDate": "2020-08", "endDate": "2020-08"}),
        ("id/launch-knowledge-city", {"startDate": "2010"}),
    ],
)
def test_quantities_have_values_and_events_have_dates(server, path, told):
    found = markup(server, f"/doc/{path}")

    for name, value in told.items():
        assert found.value(URIRef(BASE + path), SCHEMA[name]).toPython() == value
    assert (URIRef(BASE + path), SCHEMA.value, None) not in found or "minValue" not in told


@pytest.mark.parametrize(
    ("bound", "name"),
    [
        ("Exact", "value"),
        ("About", "value"),
        *(("MoreThan", "minValue"), ("AtLeast", "minValue")),
        *(("LessThan", "maxValue"), ("AtMost", "maxValue")),
    ],
)
def test_a_limit_is_the_least_or_the_most_value(bound, name):
    gba = f"{BASE}ontology#"
    store = ox.Store()
    store.load(
        f"<x:q> a <{gba}Quantity> ; <{gba}value> 3 ; <{gba}bound> <{gba}{bound}> .",
        ox.RdfFormat.TURTLE,
    )
    query = resource("queries", "pages", "markup.rq").read_text(encoding="utf-8")

    (row,) = store.query(query.replace("?this", "<x:q>"))
    assert row["property"] == ox.Literal(name)


def test_the_start_page_describes_the_dataset(server, graph):
    found = markup(server, "/")
    me = URIRef(DATASET)

    assert (me, RDF.type, SCHEMA.Dataset) in found
    assert str(found.value(me, SCHEMA.version)) == graph.version
    assert found.value(me, SCHEMA.license) == URIRef("https://creativecommons.org/licenses/by/4.0/")
    assert str(found.value(me, SCHEMA.name)) == graph.description.title
    assert found.value(found.value(me, SCHEMA.creator), SCHEMA.name) is not None
    files = {
        str(found.value(file, SCHEMA.contentUrl)): str(found.value(file, SCHEMA.encodingFormat))
        for file in found.objects(me, SCHEMA.distribution)
    }
    assert files[f"{BASE}dumps/gbagraph.trig"] == "application/trig"
    assert len(files) > 8
    assert isomorphic(found, markup(server, "/doc/dataset"))


EVIL = "</script><script>alert(1)</script><!-- & ' \\u2028"
evil_server = serving(
    f'<{BASE}id/x> <{PREFIXES["rdfs"]}label> "{EVIL}"@en ; <a:p> <a:o> .', "--title", EVIL
)


def test_text_cannot_leave_its_script(evil_server):
    page, start = only_script(evil_server.page("/doc/id/x")), only_script(evil_server.page("/"))

    assert json.loads(page)["name"]["@value"] == EVIL.replace("\\u2028", "\u2028")
    assert json.loads(start)["name"] == EVIL


def only_script(page):
    """The one script that is written in the page; the others are files."""
    (script,) = scripts(page)
    others = [each for each in re.findall("<script.*?</script>", page, re.S) if script not in each]
    assert others
    assert all(re.fullmatch(FILE, each) for each in others)
    assert page.count("</script>") == 1 + len(others)
    return script


def test_others_say_what_they_publish():
    publication = Publication(
        title="Teas",
        description="Where teas grow.",
        license="https://example.org/licence",
        publisher="https://example.org/#us",
        home="https://example.org/",
    )
    files = {"https://example.org/kg/dumps/dataset.nq": "application/n-quads"}
    iri = URIRef("https://example.org/kg/")

    found = rdflib.Graph().parse(data=published(publication, str(iri), files), format="json-ld")

    assert (iri, RDF.type, SCHEMA.Dataset) in found
    assert str(found.value(iri, SCHEMA.name)) == "Teas"
    assert found.value(iri, SCHEMA.license) == URIRef("https://example.org/licence")
    assert found.value(iri, SCHEMA.publisher) == URIRef("https://example.org/#us")
    (file,) = found.objects(iri, SCHEMA.distribution)
    assert found.value(file, SCHEMA.contentUrl) == URIRef(next(iter(files)))
    assert str(found.value(file, SCHEMA.encodingFormat)) == "application/n-quads"


def test_what_they_do_not_say_is_not_said():
    found = published(Publication(publisher="Tea lovers"), "https://example.org/", {})

    assert set(found) == {"@context", "@id", "@type", "publisher", "distribution"}
    assert found["publisher"] == {"@type": "Organization", "name": "Tea lovers"}
    assert found["@context"]["@vocab"] == PREFIXES["schema"]
