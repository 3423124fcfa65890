"""reports/fair.md is whole and true; what no check can ask of the ontology is tested here."""

import re

import pytest
import rdflib
from rdflib import DC, DCTERMS, FOAF, ORG, OWL, PROV, RDF, RDFS, SDO, SKOS, VANN, XSD, Namespace
from rdflib.namespace import GEO

from gbagraph.paths import resource
from gbagraph.rdf.namespaces import BASE, ONTOLOGY, PREFIXES
from support import ROOT

ROWS = re.findall(
    r"^\| (\w[\w.]*) \| (.+) \| (.+) \|$", (ROOT / "reports" / "fair.md").read_text(), re.M
)
PITFALLS = {f"P{number:02}" for number in range(1, 42)}
FOOPS = {
    *("CN1", "DOC1", "FIND1", "FIND2", "FIND3", "FIND_3_BIS", "HTTP1"),
    *("OM1", "OM2", "OM3", "OM4.1", "OM4.2", "OM5.1", "OM5.2"),
    *("PURL1", "RDF1", "URI1", "URI2", "VER1", "VER2", "VOC1", "VOC2", "VOC3", "VOC4"),
}
HEADINGS = {"Pitfall", "Test"}


def test_every_pitfall_and_every_test_is_listed_once():
    assert sorted([name for name, _, _ in ROWS if name not in HEADINGS]) == sorted(PITFALLS | FOOPS)


def test_what_a_row_names_exists():
    shapes = resource("ontology", "shapes.ttl").read_text()
    for row in ROWS:
        named = re.findall(r"`([^`]+)`", row[2])
        for name in named:
            file, _, function = name.partition("::")
            if function:
                assert f"\ndef {function}(" in (ROOT / "tests" / file).read_text(), name
            elif name.startswith("gsh:"):
                assert f"\n{name} a sh:" in shapes, name
            else:
                assert resource("ontology", "checks", name).is_file(), name
        assert named or row[0] in HEADINGS or re.match("not (yet|applicable)[:,] ", row[2]), row


@pytest.fixture(scope="module")
def ontology():
    return rdflib.Graph().parse(resource("ontology", "gba.ttl"))


GBA = Namespace(PREFIXES["gba"])
HEAD = rdflib.URIRef(ONTOLOGY)


def test_the_ontology_declares_itself(ontology):
    assert [node for node in ontology.subjects(RDF.type, OWL.Ontology) if BASE in node] == [HEAD]
    assert str(ontology.value(HEAD, VANN.preferredNamespaceUri)) == str(GBA) == f"{HEAD}#"
    assert f"\n@base <{BASE}> .\n" in resource("ontology", "gba.ttl").read_text()


def test_the_ontology_has_a_lasting_address():
    assert ONTOLOGY.startswith("https://w3id.org/")


def test_the_licence_is_the_one_of_the_file(ontology):
    licence = ontology.value(HEAD, DCTERMS.license)

    assert str(licence) == "https://creativecommons.org/licenses/by/4.0/"
    assert "Attribution 4.0 International" in (ROOT / "LICENSE-DATA").read_text()


BIBO = Namespace("http://purl.org/ontology/bibo/")


def test_the_metadata_are_in_known_vocabularies(ontology):
    known = tuple(str(space) for space in (DCTERMS, OWL, RDF, RDFS, SKOS, VANN, BIBO))
    used = set(map(str, ontology.predicates(HEAD)))

    assert len(used) >= 15
    assert [name for name in used if not name.startswith(known)] == []


LISTED = {
    # Vocabularies of which rdflib has no list: the terms that were looked up there.
    "http://qudt.org/schema/qudt/": {"QuantityValue", "Unit", "hasUnit", "numericValue"},
    str(BIBO): {"status"},
    PREFIXES["wgs84"]: {"lat", "long", "SpatialThing"},
    "http://www.opengis.net/ont/sf#": {"Point"},
    "http://www.w3.org/ns/oa#": {
        *("Annotation", "TextPositionSelector", "hasSelector", "hasSource", "start", "end"),
    },
    "http://persistence.uni-leipzig.org/nlp2rdf/ontologies/nif-core#": {
        *("Context", "RFC5147String", "referenceContext"),
    },
    PREFIXES["spdx"]: {"checksumValue"},
}
KNOWN = (DC, DCTERMS, FOAF, GEO, ORG, OWL, PROV, RDF, RDFS, SDO, SKOS, VANN, XSD)


def exists(term):
    """Is *term* in the vocabulary of its name space, by the lists of rdflib or ours?"""
    for space in KNOWN:
        if term.startswith(str(space)):
            return term in space
    return any(str(term) == space + name for space, names in LISTED.items() for name in names)


def test_the_terms_of_others_exist(ontology):
    evidence = rdflib.Graph().parse(resource("ontology", "evidence.ttl"))
    declared = {
        term
        for kind in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
        for term in (ontology + evidence).subjects(RDF.type, kind)
        if not term.startswith(BASE)
    }

    assert len(declared) >= 50
    assert [str(term) for term in sorted(declared) if not exists(term)] == []
    assert not exists(rdflib.URIRef(f"{SDO}NoSuchTerm"))


def test_every_class_has_a_member(graph):
    rows = graph.query(f"""
        PREFIX owl: <{OWL}> PREFIX rdfs: <{RDFS}>
        SELECT ?class {{
          ?class a owl:Class ; rdfs:isDefinedBy <{ONTOLOGY}> .
          FILTER NOT EXISTS {{ ?below rdfs:subClassOf* ?class . ?thing a ?below }}
          FILTER NOT EXISTS {{ ?class owl:deprecated ?deprecated }}
        }}""")

    assert [row["class"].value for row in rows] == []
