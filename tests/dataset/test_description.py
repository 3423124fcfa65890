"""What the dataset says of itself is true: each figure and file is compared with what is served."""

import gzip
import hashlib
import re

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import DCTERMS, OWL, PROV, RDF, VOID, XSD, URIRef

from gbagraph import __version__
from gbagraph.dataset.identity import BUILT_IN, inferred_file, releases
from gbagraph.paths import resource
from gbagraph.rdf.namespaces import BASE, DATASET, PREFIXES

DCAT = rdflib.Namespace(PREFIXES["dcat"])
SPDX = rdflib.Namespace(PREFIXES["spdx"])
SD = rdflib.Namespace(PREFIXES["sd"])
ME = URIRef(DATASET)


def test_sizes(meta, parts, graph, described):
    sizes = {str(iri): int(size) for iri, size in meta.subject_objects(VOID.triples)}
    default = list(described.quads_for_pattern(None, None, None, ox.DefaultGraph()))

    assert sizes[DATASET] == len(default)
    for iri in graph.description.graphs:
        assert sizes[iri] == len(parts[iri]), iri


def test_linksets_cover_the_links(meta, server):
    """By SPARQL, each link to elsewhere; together they are the linksets."""
    total = 0
    for linkset in meta.subjects(RDF.type, VOID.Linkset):
        target = meta.value(linkset, VOID.objectsTarget)
        predicate, space = (
            meta.value(linkset, VOID.linkPredicate),
            meta.value(target, VOID.uriSpace),
        )
        (row,) = server.rows(f"""
            SELECT (COUNT(*) AS ?n) {{ ?thing <{predicate}> ?there
              FILTER (STRSTARTS(STR(?thing), "{PREFIXES["id"]}"))
              FILTER (STRSTARTS(STR(?there), "{space}")) }}""")
        assert int(row["n"]) == int(meta.value(linkset, VOID.triples)) > 0
        assert meta.value(linkset, VOID.subjectsTarget) == ME
        assert (ME, VOID.subset, linkset) in meta
        total += int(row["n"])
    (row,) = server.rows(f"""
        SELECT (COUNT(*) AS ?n) {{
          ?thing <{OWL.sameAs}>|<{PREFIXES["skos"]}closeMatch> ?there
          FILTER (STRSTARTS(STR(?thing), "{PREFIXES["id"]}"))
          FILTER (!STRSTARTS(STR(?there), "{BASE}")) }}""")
    assert total >= int(row["n"]) > 0
    spaces = {str(meta.value(t, VOID.uriSpace)) for t in meta.objects(None, VOID.objectsTarget)}
    assert {PREFIXES["wd"], "https://sws.geonames.org/", "https://ror.org/"} <= spaces


def test_no_blank_nodes(meta):
    assert not any(isinstance(term, rdflib.BNode) for triple in meta for term in triple)


def test_every_file_is_there_with_its_size_hash_and_type(meta, server):
    distributions = set(meta.subjects(RDF.type, DCAT.Distribution))
    checked = 0
    for distribution in distributions:
        address = str(meta.value(distribution, DCAT.downloadURL))
        assert address.startswith(f"{BASE}dumps/")
        response = server.client.get(
            address.replace(BASE, "/"), headers={"Accept-Encoding": "identity"}
        )
        assert response.status_code == 200, address
        media_type = str(meta.value(distribution, DCAT.mediaType)).partition("media-types/")[2]
        packed = meta.value(distribution, DCAT.compressFormat)
        sent = response.headers["Content-Type"].partition(";")[0]
        assert sent == (media_type if packed is None else "application/gzip"), address
        size = meta.value(distribution, DCAT.byteSize)
        if size is not None:
            checksum = meta.value(distribution, SPDX.checksum)
            assert int(size) == len(response.content), address
            value = str(meta.value(checksum, SPDX.checksumValue))
            assert value == hashlib.sha256(response.content).hexdigest(), address
            checked += 1
    assert len(distributions) > checked > 15


def test_every_graph_and_the_whole_have_distributions(meta, graph):
    for iri in (DATASET, *graph.description.graphs):
        types = {
            str(meta.value(d, DCAT.mediaType)).rpartition("/")[2]
            for d in meta.objects(URIRef(iri), DCAT.distribution)
        }
        assert {"turtle", "n-triples", "rdf+xml", "ld+json"} <= types
    assert {"trig", "n-quads"} <= {
        str(meta.value(d, DCAT.mediaType)).rpartition("/")[2]
        for d in meta.objects(ME, DCAT.distribution)
    }
    assert f"{BASE}dumps/gbagraph.trig" in {str(iri) for iri in meta.objects(ME, VOID.dataDump)}


def dumped(server, extension):
    content = server.client.get(f"/dumps/gbagraph.{extension}").content
    return set(ox.parse(content, format=ox.RdfFormat.from_extension(extension)))


@pytest.mark.parametrize("extension", ["ttl", "nt", "rdf"])
def test_the_whole_without_graphs_is_the_default_graph(server, parts, extension):
    assert {quad.triple for quad in dumped(server, extension)} == parts[""]


def test_the_whole_as_json_ld_keeps_the_graphs(server, graph):
    named = {quad for quad in graph.store if quad.graph_name != ox.DefaultGraph()}

    assert dumped(server, "jsonld") == named


def test_a_release_can_be_taken_away(server):
    for version, path in releases().items():
        assert server.client.get(f"/dumps/gbagraph-{version}.nq.gz").content == path.read_bytes()
        followed = server.client.get(f"/dumps/gbagraph-{version}-inferred.nq.gz")
        kept = inferred_file(version)
        assert followed.status_code == (200 if kept.is_file() else 404)
        assert not kept.is_file() or followed.content == kept.read_bytes()
    assert server.client.get("/dumps/gbagraph-9.9.9.nq.gz").status_code == 404


def test_versions_are_chained_and_have_hashes(meta, graph):
    current = URIRef(f"{DATASET}/{graph.version}")
    chain = [current, *meta.transitive_objects(current, DCAT.previousVersion)]

    assert meta.value(ME, DCAT.hasCurrentVersion) == current
    assert f"{DATASET}/0.1.0" in map(str, chain)
    assert set(chain) == set(meta.objects(ME, DCAT.hasVersion))
    for version in chain:
        checksum = meta.value(version, SPDX.checksum)
        assert re.fullmatch("[0-9a-f]{64}", str(meta.value(checksum, SPDX.checksumValue)))
        assert meta.value(checksum, SPDX.checksumValue).datatype == XSD.hexBinary
        assert meta.value(version, DCTERMS.issued) is not None
    own = meta.value(meta.value(current, SPDX.checksum), SPDX.checksumValue)
    assert graph.hash == f"sha256:{own}"


def test_the_build_names_its_files_and_software(meta):
    build = meta.value(ME, PROV.wasGeneratedBy)
    used = {
        str(meta.value(entity, rdflib.RDFS.label)): str(
            meta.value(meta.value(entity, SPDX.checksum), SPDX.checksumValue)
        )
        for entity in meta.objects(build, PROV.used)
    }

    assert used == {
        "/".join(row): hashlib.sha256(resource(*row).read_bytes()).hexdigest()
        for row in BUILT_IN.values()
    }
    software = meta.value(build, PROV.wasAssociatedWith)
    assert (software, RDF.type, PROV.SoftwareAgent) in meta
    assert (ME, PROV.wasDerivedFrom, URIRef(f"{PREFIXES['id']}article")) in meta
    assert str(software).endswith(f"/{__version__}")


FIRST = f"""
PREFIX gba: <{PREFIXES["gba"]}>
SELECT ?day {{{{ ?x gba:{{1}} ?day }}}} ORDER BY {{0}}(?day) LIMIT 1"""


def test_the_coverage_is_that_of_the_dates(meta, server):
    (first,) = server.rows(FIRST.format("ASC", "earliest"))
    (last,) = server.rows(FIRST.format("DESC", "latest"))
    period = meta.value(ME, DCTERMS.temporal)

    assert str(meta.value(period, DCAT.startDate)) == first["day"]
    assert str(meta.value(period, DCAT.endDate)) == last["day"]


def test_the_catalog_leads_to_the_dataset_and_the_service(meta):
    (catalog,) = meta.subjects(RDF.type, DCAT.Catalog)
    service = meta.value(catalog, DCAT.service)

    assert meta.value(catalog, DCAT.dataset) == ME
    assert meta.value(service, DCAT.servesDataset) == ME
    assert str(meta.value(service, DCAT.endpointURL)) == f"{BASE}sparql"


def test_every_iri_of_the_description_resolves(meta, server):
    ours = {str(term) for triple in meta for term in triple if str(term).startswith(f"{DATASET}/")}
    kinds = {}
    for iri in sorted(ours):
        kinds.setdefault(tuple(iri.removeprefix(DATASET).split("/")[1:3]), iri)
    assert len(kinds) > 100
    for iri in [*kinds.values()][::5]:
        assert len(server.turtle(iri.replace(BASE, "/"))) > 1, iri


def test_the_service_description_is_tied_to_it(meta, server, graph):
    service = server.turtle()
    node = service.value(None, RDF.type, SD.Service)
    assert service.value(node, SD.defaultDataset) == ME
    assert service.value(node, SD.availableGraphs) == ME
    version = service.value(ME, DCAT.hasCurrentVersion)
    assert version == meta.value(ME, DCAT.hasCurrentVersion)
    checksum = service.value(version, SPDX.checksum)
    assert f"sha256:{service.value(checksum, SPDX.checksumValue)}" == graph.hash
    for entry in service.objects(ME, SD.namedGraph):
        described = service.value(entry, SD.graph)
        assert described == service.value(entry, SD.name)
        assert service.value(described, VOID.triples) == meta.value(described, VOID.triples)


def test_a_retired_inverse_says_what_to_ask_from_the_other_end(meta):
    """It names the property of which releases had it as the inverse: its successor, but for one."""
    turned = set()
    for path in releases().values():
        for quad in ox.parse(gzip.decompress(path.read_bytes()), format=ox.RdfFormat.N_QUADS):
            if quad.predicate.value == str(OWL.inverseOf) and PREFIXES["gba"] in quad.subject.value:
                one, other = URIRef(quad.subject.value), URIRef(quad.object.value)
                turned |= {(one, other), (other, one)}
    retired = set(meta.subjects(OWL.deprecated))
    said = set(meta.subject_objects(OWL.inverseOf))

    assert said == {(one, other) for one, other in turned if one in retired}
    for one, other in said - {
        (URIRef(PREFIXES["gba"] + "siteRoleOf"), URIRef(PREFIXES["gba"] + "siteRole"))
    }:
        assert list(meta.objects(one, DCTERMS.isReplacedBy)) == [other]
