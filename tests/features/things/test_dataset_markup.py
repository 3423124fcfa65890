"""The pages about the whole dataset are of a schema.org Dataset, ours or that of others."""

import rdflib
from rdflib import RDF, URIRef
from rdflib.compare import isomorphic
from test_markup import SCHEMA, markup

from gbagraph.features.things.markup import published
from gbagraph.publication import Publication
from gbagraph.rdf.namespaces import DATASET, PREFIXES

ME = URIRef(DATASET)


def test_its_own_page_says_the_same_as_the_start_page(server):
    page, start = markup(server, "/doc/dataset"), markup(server, "/")

    assert set(page.objects(ME, RDF.type)) == {SCHEMA.Dataset}
    assert isomorphic(page, start)
    assert page.value(ME, SCHEMA.license)
    assert len(set(page.objects(ME, SCHEMA.distribution))) > 3


def read(document):
    return rdflib.Graph().parse(data=document, format="json-ld")


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

    found = read(published(publication, str(iri), files))

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
