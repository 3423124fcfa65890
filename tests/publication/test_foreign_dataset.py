"""A dataset of others with its own queries: pages, addresses and files are theirs alone."""

import gzip
import html
import re
import shutil
from contextlib import chdir
from pathlib import Path

import pyshacl
import pytest
import rdflib
import zstandard
from rdflib import DC, DCAT, DCTERMS, FOAF, OWL, RDF, VOID, XSD, Literal, Namespace, URIRef

from gbagraph.rdf.namespaces import PREFIXES
from support import RunningServer, file_with, problem
from support.inside import command, publishing

pytestmark = pytest.mark.processes

VCARD = Namespace(PREFIXES["vcard"])
WORDS = re.compile(r"gbagraph|guangzhou|baidu|knowledge.city|greater bay", re.IGNORECASE)
PROGRAMS = re.compile(r"<summary>Python: gbagraph</summary>\s*<pre[^>]*>.*?</pre>", re.DOTALL)
"""A program that uses our package, as an answer offers it: it must name that."""
SHOP = """
@prefix shop: <https://shop.example/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
shop:Tea a owl:Class ; rdfs:label "Tea" ; rdfs:comment "What is drunk." .
shop:price a owl:DatatypeProperty ; rdfs:label "price" ; rdfs:domain shop:Tea .
shop:sencha a shop:Tea ; rdfs:label "Sencha" ; shop:price 7 ;
  rdfs:seeAlso <https://other.example/sencha> .
shop:assam a shop:Tea ; rdfs:label "Assam" ; shop:price 5 .
"""
QUERY = """#+ summary: Which teas cost at most this?
#+ params:
#+   - most: The highest price.
#+ defaults:
#+   - most: 10
PREFIX shop: <https://shop.example/>
SELECT ?tea ?price { ?tea a shop:Tea ; shop:price ?price FILTER(?price <= ?_most_decimal) }
ORDER BY ?price
"""
SETTINGS = """
title = "Tea shop"
description = "Teas and their prices."
license = "https://creativecommons.org/licenses/by-sa/4.0/"
publisher = "A shop"
home = "https://shop.example/"
base = "https://shop.example/"
data = ["shop.ttl"]
queries = "queries"
version = "1.4"
issued = 2026-11-25
doi = "https://doi.org/10.5281/zenodo.1234"
creator = ["Ada Leaf", "https://orcid.org/0000-0001"]
contact = "ask@shop.example"
keywords = ["tea", "prices"]
languages = "en; zh-Hans"
sources = "https://other.example/teas"
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.ttl").write_text(SHOP)
    (folder / "queries").mkdir()
    (folder / "queries" / "teas.rq").write_text(QUERY)
    (folder / "gbagraph.toml").write_text(SETTINGS)
    return folder


@pytest.fixture(scope="module")
def shop_server(project):
    with RunningServer("--config", project / "gbagraph.toml") as running:
        yield running


@pytest.fixture(scope="module")
def schema_server():
    """schema.org in RDF, which comes with pySHACL: 17,000 triples that others wrote."""
    path = Path(pyshacl.__file__).parent / "assets" / "schema.ttl"
    options = ("--data", path, "--base", "http://schema.org/", "--title", "Schema.org")
    with RunningServer(*options) as running:
        yield running


def in_folder(folder, *words):
    """How the command line ends with these words in a folder."""
    with chdir(folder):
        return command(*words)


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def markup(server, address):
    """What a page tells crawlers."""
    _, _, rest = page(server, address).text.partition('<script type="application/ld+json">')
    return rdflib.Graph().parse(data=rest.partition("</script>")[0], format="json-ld")


def page(server, address):
    return server.client.get(address, headers=BROWSER, follow_redirects=True)


def crawled(server, start="/", most=60):
    """The pages that links lead to from a start, by address."""
    found, waiting = {}, [start]
    while waiting and len(found) < most:
        address = waiting.pop(0)
        response = page(server, address)
        found[address] = response
        if not response.headers["content-type"].startswith("text/html"):
            continue
        for target in map(html.unescape, re.findall(r'href="(/[^"#]*)"', response.text)):
            if target not in found and target not in waiting and not target.startswith("/docs"):
                waiting.append(target)
    return found


@pytest.mark.parametrize(
    "name", ["schema_server", pytest.param("shop_server", marks=pytest.mark.matrix)]
)
def test_no_page_has_a_word_of_ours_and_no_link_leads_nowhere(name, request):
    pages = crawled(request.getfixturevalue(name))

    assert len(pages) > 15
    for address, response in pages.items():
        assert response.status_code == 200, address
        if response.headers["content-type"].startswith("text/html"):
            text = PROGRAMS.sub("", response.text)
            assert not WORDS.search(text), (address, WORDS.search(text))


def test_the_start_page_says_what_it_is_and_what_is_in_it(shop_server):
    text = page(shop_server, "/").text

    for words in (
        "Tea shop",
        "Teas and their prices.",
        "A shop",
        "CC BY-SA 4.0",
        "Which teas cost",
    ):
        assert words in text
    assert re.search('<a href="/Tea">.*>Tea<', text)
    about = re.sub("<[^>]+>", "", text.partition('id="about"')[2])
    for words in (
        "Ada Leaf; https://orcid.org/0000-0001",
        "Issued2026-11-25",
        "ask@shop.example",
        "tea; prices",
        "en; zh-Hans",
        "https://other.example/teas",
    ):
        assert words in about
    assert '<a href="mailto:ask@shop.example">' in text


def test_crawlers_are_told_what_is_said_of_it_and_where_its_files_are(shop_server):
    schema = rdflib.Namespace("https://schema.org/")
    found, shop = markup(shop_server, "/"), URIRef("https://shop.example/")
    assert (shop, RDF.type, schema.Dataset) in found
    assert str(found.value(shop, schema.description)) == "Teas and their prices."
    for name, words in (
        ("version", {"1.4"}),
        ("datePublished", {"2026-11-25"}),
        ("identifier", {"https://doi.org/10.5281/zenodo.1234"}),
        ("keywords", {"tea", "prices"}),
        ("inLanguage", {"en", "zh-Hans"}),
        ("isBasedOn", {"https://other.example/teas"}),
        ("creator/name", {"Ada Leaf"}),
        ("publisher/contactPoint/email", {"ask@shop.example"}),
    ):
        path = (
            rdflib.paths.SequencePath(*(schema[each] for each in name.split("/")))
            if "/" in name
            else schema[name]
        )
        assert {str(each) for each in found.objects(shop, path)} == words, name
    files = [
        str(found.value(file, schema.contentUrl)) for file in found[shop : schema.distribution]
    ]
    assert f"{shop_server.url}/dumps/dataset.nq" in files
    for file in files:
        assert shop_server.client.get(file).status_code == 200, file


def test_programs_find_at_the_known_address_what_is_said_of_it(shop_server):
    found = shop_server.turtle("/.well-known/void")
    (dataset,) = found.subjects(RDF.type, DCAT.Dataset)
    assert (dataset, RDF.type, VOID.Dataset) in found
    said = {
        (DCTERMS.title, Literal("Tea shop")),
        (DCTERMS.description, Literal("Teas and their prices.")),
        (DCTERMS.license, URIRef("https://creativecommons.org/licenses/by-sa/4.0/")),
        (DCAT.landingPage, URIRef("https://shop.example/")),
        (URIRef(f"{DCAT}version"), Literal("1.4")),
        (OWL.versionInfo, Literal("1.4")),
        (DCAT.keyword, Literal("tea", lang="en")),
        (DC.language, Literal("zh-Hans")),
        (DCTERMS.issued, Literal("2026-11-25", datatype=XSD.date)),
        (DCTERMS.identifier, Literal("https://doi.org/10.5281/zenodo.1234")),
        (DCTERMS.source, URIRef("https://other.example/teas")),
        (DCTERMS.creator, URIRef("https://orcid.org/0000-0001")),
    }
    assert said <= set(found.predicate_objects(dataset))
    assert str(found.value(found.value(dataset, DCTERMS.publisher), FOAF.name)) == "A shop"
    contact = found.value(dataset, DCAT.contactPoint)
    assert found.value(contact, VCARD.hasEmail) == URIRef("mailto:ask@shop.example")
    files = {found.value(file, DCAT.downloadURL) for file in found[dataset : DCAT.distribution]}
    assert files == set(found[dataset : VOID.dataDump])
    assert URIRef(f"{shop_server.url}/dumps/dataset.trig") in files
    assert not [term for triple in found for term in triple if isinstance(term, rdflib.BNode)]
    shapes = Path(__file__).parents[1] / "dataset" / "dcat-ap.ttl"
    conforms, _, text = pyshacl.validate(found, shacl_graph=str(shapes))
    assert conforms, text


def test_it_is_cited_as_its_publisher_says(shop_server, project):
    """By its authors, version, day and DOI, on pages, over HTTP and on the command line alike."""
    authors = "Ada Leaf; https://orcid.org/0000-0001"
    cited = f"{authors} (2026). Tea shop, version 1.4 (2026-11-25) [data set]. A shop. "
    address = "https://doi.org/10.5281/zenodo.1234"
    over_http = shop_server.client.get("/cite", headers={"Accept": "text/plain"})
    assert over_http.text.startswith(f"{cited}{address}, accessed ")
    (item,) = shop_server.client.get("/cite?format=csl").json()
    assert (item["DOI"], item["version"]) == ("10.5281/zenodo.1234", "1.4")
    assert [each["literal"] for each in item["author"]] == [
        "Ada Leaf",
        "https://orcid.org/0000-0001",
    ]
    bibtex = in_folder(project, "cite", "-f", "bibtex").stdout
    assert "author = {{Ada Leaf} and {https://orcid.org/0000-0001}}" in bibtex
    assert "doi = {10.5281/zenodo.1234}" in bibtex
    (link,) = re.findall(r'href="(/cite\?[^"]*format=txt)"', page(shop_server, "/sencha").text)
    assert (
        f"{authors} (2026). “Sencha”, in: Tea shop, version 1.4 (2026-11-25) [data set]. A shop. https://shop"
        in shop_server.client.get(html.unescape(link)).text
    )
    assert f'<{address}>; rel="cite-as"' in page(shop_server, "/").headers["link"]


TRAMS = """
@prefix t: <https://trams.example/id/> .
@prefix o: <https://trams.example/def#> .
@prefix gba: <https://w3id.org/gbagraph/ontology#> . @prefix ev: <https://w3id.org/gbagraph/evidence#> .
@prefix oa: <http://www.w3.org/ns/oa#> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix prov: <http://www.w3.org/ns/prov#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
t:line1 a o:TramLine ; rdfs:label "Line 1" ; o:opened "2021-05-04"^^xsd:date ; o:runBy t:esk .
t:esk a o:Company ; rdfs:label "Esk" .
o:TramLine rdfs:subClassOf o:Way .
t:p1 a gba:Paragraph . t:p2 a ev:Passage . t:p3 a oa:Annotation ; oa:hasTarget t:line1 .
t:claim1 a gba:Claim ; rdf:subject t:line1 ; rdf:predicate o:opened ; rdf:object "2021-05-04"^^xsd:date .
t:claim2 a ev:Claim ; rdf:subject t:line1 ; rdf:predicate o:runBy ; rdf:object t:esk ; ev:statedIn t:p1 .
o:TramLine a owl:Class . o:runBy a owl:ObjectProperty .
t:plan a owl:Ontology ; o:seen "2021-05-06"^^xsd:date .
t:g9 { t:esk o:in t:line1 } t:g9 dcterms:created "2021-05-07"^^xsd:date .
t:other prov:generatedAtTime "2021-05-08"^^xsd:date .
t:claim3 rdf:reifies <<( t:line1 o:runBy t:esk )>> ; o:seen "2021-05-05"^^xsd:date .
"""


def test_evidence_does_not_flood_the_start_page_and_names_are_words(tmp_path):
    """Claims, terms and graphs are no events, kinds and links; without a label, IRIs are words."""
    path = file_with(tmp_path / "trams.trig", TRAMS)
    options = (
        "--prefixes",
        "tram=https://trams.example/id/",
        "--base",
        "https://trams.example/id/",
    )
    with RunningServer("--data", path, *options) as server:
        start = re.sub("<[^>]+>", "", page(server, "/").text)
        assert not re.search(r"claim\d|Claim|Passage|aragraph|nnotation|p[23]\b", start)
        assert re.search(r"run by\s+Esk\s+●\s*stated\s+●\s*stated\s+\S*p1\s", start)
        assert not re.search(r"[678] May 2021|\b(ontology|class|property) ", start)
        assert re.search(r"tram line\s+run by\s+company", start)
        assert re.search(r"tram line +1\b", start)
        prefixes = server.client.get("/prefixes", headers={"Accept": "application/json"}).text
        assert all(f'"{name}"' in prefixes for name in ("tram", "t", "o", "gba", "ev"))
        way = page(server, "/doc?iri=https://trams.example/def%23Way").text
        assert re.search("Kinds below.*o:TramLine", way, re.DOTALL)
        chinese = BROWSER | {"Accept-Language": "zh-Hans"}
        assert "经由“run by”指向此处" in server.client.get("/doc/esk", headers=chinese).text


@pytest.fixture(scope="module")
def bare_server(project):
    """The data without a base, their queries or a licence that has an IRI."""
    words = ("--license", "Ask us", "--publisher", "https://a shop/", "--home", "on paper")
    with RunningServer("--data", project / "shop.ttl", *words) as running:
        yield running


def test_words_in_place_of_a_licence_and_iris_that_are_none_stay_words(bare_server):
    found = bare_server.turtle()
    start, said = page(bare_server, "/").text, markup(bare_server, "/")
    assert "Data: Ask us." in start
    assert Literal("Ask us") in set(said.objects())
    assert set(found.objects(predicate=DC.rights)) == {Literal("Ask us")}
    assert [*found.objects(predicate=FOAF.name)] == [Literal("https://a shop/")]
    assert not [*found.objects(predicate=DCTERMS.license), *found.objects(None, DCAT.landingPage)]


def test_own_iris_have_pages_and_so_has_any_other(shop_server):
    seeing = shop_server.client.get("/sencha", headers={"Accept": "text/html"})
    assert (seeing.status_code, seeing.headers["location"]) == (303, "/doc/sencha")
    assert "<h1>Sencha</h1>" in page(shop_server, "/doc/sencha").text
    other = shop_server.client.get("/doc", params={"iri": "https://other.example/sencha"})
    assert "shop:sencha rdfs:seeAlso <https://other.example/sencha>" in other.text
    turtle = shop_server.client.get(
        "/doc", params={"iri": "https://shop.example/assam", "format": "ttl"}
    )
    assert "shop:price 5" in turtle.text
    unknown = shop_server.client.get("/doc", params={"iri": "https://other.example/none"})
    problem(unknown, 404, "not-found")
    problem(shop_server.client.get("/doc"), 400, "malformed-request")


def test_its_queries_are_the_only_ones_and_open_all_doors(shop_server):
    listed = shop_server.client.get("/queries", headers={"Accept": "application/json"}).json()
    assert [query["name"] for query in listed["queries"]] == ["teas"]
    answer = shop_server.client.get("/queries/teas", params={"most": "6"}).json()
    assert len(answer["results"]["bindings"]) == 1
    assert list(shop_server.client.get("/openapi.json").json()["paths"]) == ["/queries/teas"]
    triples = {"Accept": "application/n-triples"}
    examples = shop_server.client.get("/.well-known/sparql-examples", headers=triples).text
    assert "<https://shop.example/query/teas>" in examples
    problem(shop_server.client.get("/queries/timeline"), 404, "not-found")


def test_its_terms_have_a_page_and_a_document(shop_server):
    assert "What is drunk." in page(shop_server, "/ontology").text
    turtle = shop_server.client.get("/ontology.ttl").text
    assert "shop:price" in turtle
    assert "sencha" not in turtle


def test_its_prefixes_and_its_base_are_those_that_people_use(shop_server):
    assert shop_server.client.get("/prefixes").json()["shop"] == "https://shop.example/"
    assert "gba" not in shop_server.client.get("/prefixes").json()
    assert shop_server.rows("SELECT ?price { <sencha> <price> ?price }") == [{"price": "7"}]
    assert len(shop_server.rows("SELECT ?p { ?x ?p ?o }", **{"$x": "shop:sencha"})) == 4


def terms_in_statistics(server):
    """The terms that the service description counts, and the size of the default graph."""
    found = server.turtle()
    graph = URIRef(f"{server.sparql}#default-graph")
    terms = {
        str(term) for name in ("class", "property") for term in found.objects(None, VOID[name])
    }
    return terms, [int(size) for size in found[graph : VOID.triples]]


def test_what_describes_its_queries_is_not_counted_with_its_data(shop_server):
    data = rdflib.Graph().parse(data=SHOP)
    assert len(shop_server.rows(f"SELECT ?q {{ ?q a <{PREFIXES['sh']}SPARQLExecutable> }}")) == 1
    terms, sizes = terms_in_statistics(shop_server)
    assert terms == {*map(str, data.predicates()), *map(str, data.objects(None, RDF.type))}
    assert sizes == [len(data)]
    page_of_terms, start = page(shop_server, "/ontology").text, page(shop_server, "/").text
    for text in (page_of_terms, start):
        assert "SPARQLExecutable" not in text
    assert "sh:optional" not in page_of_terms
    addresses = shop_server.client.get("/sitemap.xml").text
    assert "/doc/sencha<" in addresses
    assert "/queries/teas<" in addresses
    assert "/doc/query/" not in addresses


def test_a_term_has_the_label_of_another_language_where_there_is_no_other(tmp_path):
    (tmp_path / "terms.ttl").write_text("""
        @prefix : <https://shop.example/> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        :A a owl:Class ; rdfs:label "Thé"@fr ; rdfs:comment "Ce qu'on boit."@fr .
        :B a owl:Class ; rdfs:label "Kaffee"@de , "plain coffee" ; rdfs:comment "Warm."@en , "Heiß."@de .
        :C a owl:Class ; rdfs:label "Wasser"@de , "a plain" , "water"@en-GB .
        :D a owl:Class .
    """)
    with publishing(data=(tmp_path / "terms.ttl",)) as shown:
        text = html.unescape(shown("/ontology"))
    for shown in ("Thé", "Ce qu'on boit.", "plain coffee", "Warm.", "water"):
        assert shown in text
    for hidden in ("Kaffee", "Heiß.", "Wasser", "a plain"):
        assert hidden not in text


def test_nothing_of_the_built_in_dataset_can_be_had(shop_server):
    for address in (
        "/dumps/gbagraph-0.1.0.nq.gz",
        "/id/baidu",
        "/graph/article",
    ):
        assert shop_server.client.get(address).status_code == 404, address
    dump = shop_server.client.get("/dumps/dataset.nq").text
    assert "shop.example" in dump
    assert not WORDS.search(dump)


def test_without_a_base_every_iri_has_a_page_but_queries_have_none(bare_server):
    address = "/doc?iri=https%3A%2F%2Fshop.example%2FTea"
    text = page(bare_server, "/").text
    assert f'"@id": "{bare_server.url}/"' in text
    assert f'href="{address}"' in text
    assert "<h1>Tea</h1>" in page(bare_server, address).text
    missing = bare_server.client.get("/.well-known/sparql-examples")
    problem(missing, 404, "not-found", "without a base")


def test_a_base_may_end_with_a_number_sign(tmp_path, project):
    path = file_with(
        tmp_path / "shop.ttl",
        SHOP.replace("https://shop.example/>", "https://shop.example/terms#>"),
    )
    queries = ("--queries", project / "queries")
    with RunningServer("--data", path, "--base", "https://shop.example/terms#", *queries) as server:
        assert "<h1>Sencha</h1>" in page(server, "/sencha").text
        assert 'href="/Tea"' in page(server, "/").text
        triples = {"Accept": "application/n-triples"}
        examples = server.client.get("/.well-known/sparql-examples", headers=triples).text
        assert "<https://shop.example/terms/query/teas>" in examples


def test_a_document_declares_no_prefix_of_ours(shop_server):
    text = shop_server.client.get("/doc/sencha.ttl").text

    assert "shop:price 7" in text
    assert not WORDS.search(text)


SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix shop: <https://shop.example/> .
shop:Shape a sh:NodeShape ; sh:targetClass shop:Tea ;
  sh:property [ sh:path shop:price ; sh:maxInclusive 6 ; sh:message "too dear" ] .
"""


def test_data_are_checked_by_shapes_of_their_own(project):
    (project / "shapes.ttl").write_text(SHAPES)
    done = in_folder(project, "validate", "shop.ttl", "--shapes", "shapes.ttl")

    assert done.exit_code == 1
    assert re.match(r"shop\.ttl:\d+: shop:sencha: too dear", done.stdout)
    assert "gba" not in done.stdout
    assert in_folder(project, "validate", "--shapes", "shapes.ttl").stdout == done.stdout
    assert done.stderr == "1 finding by the shapes in shapes.ttl.\n"


def test_a_file_is_judged_by_its_own_project_from_anywhere(project, tmp_path):
    """By the shapes that its gbagraph.toml names, and never by the rules of the built-in dataset."""
    inside = shutil.copytree(project, tmp_path / "project")
    (inside / "shapes.ttl").write_text(SHAPES)
    settings = inside / "gbagraph.toml"
    settings.write_text('shapes = "shapes.ttl"\n' + settings.read_text())
    alone = file_with(
        tmp_path / "alone.ttl", SHOP + "shop:x a <https://w3id.org/gbagraph/ontology#Zone> ."
    )
    done = in_folder(tmp_path, "validate", alone, inside / "shop.ttl")

    assert done.exit_code == 1
    assert re.fullmatch(r"project/shop\.ttl:\d+: .*sencha: too dear .*\n", done.stdout)
    assert done.stderr == "1 finding by the shapes in project/shapes.ttl.\n"
    assert in_folder(inside, "validate").stdout.startswith("shop.ttl:")
    done = in_folder(tmp_path, "validate", alone)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("Well-formed: 14 triples. No shapes are named")


def test_without_shapes_data_and_queries_of_the_folder_must_be_well_formed(project, tmp_path):
    for given in ((), ("shop.ttl",)):
        done = in_folder(project, "validate", *given)
        assert (done.exit_code, "--shapes" in done.stdout) == (0, True), done
    shutil.copytree(project, tmp_path, dirs_exist_ok=True)
    (tmp_path / "queries" / "teas.rq").write_text(QUERY.replace("SELECT", "SELEKT"))
    done = in_folder(tmp_path, "validate")
    assert (done.exit_code, done.stderr) == (1, "1 finding.\n"), done
    assert re.match(r"queries/teas\.rq:\d+: teas\.rq: ", done.stdout), done
    (tmp_path / "shop.ttl").write_text(SHOP.replace("shop:Tea ;", "shop:Tea ,", 1) + "<")
    done = in_folder(tmp_path, "validate")
    assert (done.exit_code, done.stderr) == (1, "2 findings.\n")
    assert re.search(r"(?m)^shop\.ttl:\d+: ", done.stdout)


@pytest.mark.parametrize(
    ("name", "compress", "given"),
    [
        ("shop.ttl.gz", gzip.compress, "data/more/shop.ttl.gz"),
        ("shop.ttl.zst", zstandard.compress, "data"),
    ],
)
def test_compressed_files_and_folders_are_checked_and_faults_have_their_lines(
    tmp_path, name, compress, given
):
    file = tmp_path / "data" / "more" / name
    file.parent.mkdir(parents=True)
    file.write_bytes(compress(SHOP.encode()))
    (tmp_path / "shapes.ttl.gz").write_bytes(gzip.compress(SHAPES.encode()))
    done = in_folder(tmp_path, "validate", given, "--shapes", "shapes.ttl.gz")

    line = SHOP.splitlines().index(next(x for x in SHOP.splitlines() if "sencha a" in x)) + 1
    where = f"{file.relative_to(tmp_path)}:{line}: "
    assert (done.exit_code, done.stdout[: len(where)]) == (1, where), done
    assert "sencha: too dear (value: 7) [sh:MaxInclusiveConstraintComponent]" in done.stdout


ORDERS = """
@prefix o: <https://orders.example/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
o:first a o:Order ; o:line [ o:product o:nut ; o:number 3 ; o:price [ o:amount 12.5 ] ] ;
  o:steps ( "picked" [ o:by o:ann ] ) ; o:buyer o:ann .
o:ann a o:Buyer .
o:page a <https://w3id.org/gbagraph/evidence#Passage> ;
  <http://persistence.uni-leipzig.org/nlp2rdf/ontologies/nif-core#isString> "Three nuts." .
"""
NAMES = """
@prefix o: <https://orders.example/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
[] a sh:NodeShape ; sh:targetClass o:Buyer ;
  sh:property [ sh:path [ sh:inversePath o:buyer ] ; sh:name "What was bought"@en ] .
"""


@pytest.fixture(scope="module")
def order_server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("orders")
    file_with(folder / "data.ttl", ORDERS)
    file_with(folder / "shapes.ttl", NAMES)
    named = 'data = "data.ttl"\nshapes = "shapes.ttl"\nbase = "https://orders.example/"\n'
    settings = file_with(folder / "gbagraph.toml", named)
    with RunningServer("--config", settings) as running:
        yield running


def words_of(server, address):
    shown = re.sub(
        r"<(script|style).*?</\1>|<[^>]+>", " ", page(server, address).text, flags=re.DOTALL
    )
    return " ".join(html.unescape(shown).split())


def test_what_is_said_of_nodes_without_names_stands_in_their_place(order_server):
    order, nut, ann = (words_of(order_server, f"/{name}") for name in ("first", "nut", "ann"))

    assert order.count("number 3, product o:nut , price ( amount 12.5)") == 2
    assert "picked , ( by o:ann )" in order
    assert "o:first : number 3" in nut
    assert "“by” ^o:by o:first : …" in ann
    for told in (order, nut, ann, words_of(order_server, "/number")):
        assert not re.search("[0-9a-f]{32}", told.partition("Dataset sha256")[0])


def test_shapes_that_the_settings_name_say_what_links_are_called(order_server):
    assert "What was bought ^o:buyer o:first" in words_of(order_server, "/ann")


def test_the_text_of_a_passage_stands_first(order_server):
    assert re.search("passage page Three nuts", words_of(order_server, "/page"))


def test_no_page_offers_what_the_data_cannot_give(order_server):
    query = "/sparql?query=SELECT+*+{+%3Fs+a+%3Fo+}"
    assert "The data have nodes without names" in words_of(order_server, query)
    assert "/answers/of/sparql" not in page(order_server, query).text
    refused = page(order_server, query.replace("/sparql", "/answers/of/sparql"))
    assert (refused.status_code, "The request cannot be answered" in refused.text) == (400, True)
    assert "This graph has no questions." in words_of(order_server, "/queries")
    assert "/queries?q" not in page(order_server, "/queries").text
