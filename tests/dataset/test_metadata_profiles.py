"""The metadata keeps to DCAT-AP 3: its core rules as shapes, written from the specification."""

from pathlib import Path

import pyshacl
import pytest
import rdflib
from rdflib import DCAT, DCTERMS, RDF, SH, XSD, Literal, URIRef

from gbagraph.rdf.namespaces import DATASET

SHAPES = Path(__file__).with_name("dcat-ap.ttl")
ME = URIRef(DATASET)


def faults(meta):
    """The nodes that break a rule, with the property that does."""
    _, report, _ = pyshacl.validate(meta, shacl_graph=str(SHAPES))
    return {
        (report.value(result, SH.focusNode), report.value(result, SH.resultPath))
        for result in report.subjects(RDF.type, SH.ValidationResult)
    }


@pytest.mark.slow
def test_no_core_rule_of_dcat_ap_is_broken(meta):
    assert len(set(meta.subjects(RDF.type, DCAT.Dataset))) > 10
    assert len(set(meta.subjects(RDF.type, DCAT.Distribution))) > 40
    assert faults(meta) == set()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Dataset.identifier:DeprecationWarning")  # from pySHACL's report
def test_the_rules_notice_what_breaks_them(meta):
    files = set(meta.subjects(RDF.type, DCAT.Distribution))
    file = min(files.intersection(meta.subjects(DCAT.byteSize, None)))
    part = rdflib.Graph()
    for node in (ME, file):
        part += meta.triples((node, None, None))
    # Of what the two refer to nothing is said here, so other rules are broken already.
    before = faults(part)
    part.remove((ME, DCTERMS.title, None))
    part.set((file, DCAT.byteSize, Literal(5)))

    assert faults(part) - before == {(ME, DCTERMS.title), (file, DCAT.byteSize)}


def test_the_server_writes_sizes_as_dcat_wants_them(server, meta):
    served = server.turtle("/graph/meta")

    assert set(served) == set(meta)
    sizes = list(served.objects(None, DCAT.byteSize))
    assert len(sizes) > 20
    assert {size.datatype for size in sizes} == {XSD.nonNegativeInteger}


def test_a_query_still_counts_with_the_sizes(graph):
    (row,) = graph.query(
        "PREFIX dcat: <http://www.w3.org/ns/dcat#> "
        "SELECT (SUM(?size) AS ?all) { GRAPH ?meta { ?file dcat:byteSize ?size } }"
    )

    assert int(row["all"].value) > 1_000_000
