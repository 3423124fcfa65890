"""The documentation of the ontology: whole, true, linked, and readable by people and machines."""

import html
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import combinations, pairwise

import pyoxigraph as ox
import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS

from gbagraph.features.ontology import diagram, documentation
from gbagraph.paths import resource
from gbagraph.queries.catalog import queries_by_iri
from gbagraph.rdf.namespaces import EVIDENCE, ONTOLOGY, PREFIXES
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.web.kinds import NO_KINDS
from support import eventually, file_with, problem
from support.browser import until
from support.installed import needs, output
from support.serving import serving

EV, GBA = PREFIXES["ev"], PREFIXES["gba"]
MAIN_CLASSES = (
    *("Project", "Zone", "Company", "Initiative", "City", "Event", "Quantity", "Target"),
    *("SitePlan", "Plan", "Claim", "Paragraph", "SourceDocument", "Topic", "GovernmentBody"),
)
RECORDS = ("Events", "Plans and aims", "Quantities")
VOID = frozenset(("meta", "link", "input", "br", "hr", "img"))


class Reader(HTMLParser):
    """Anchors, links, headings and texts by element id of a page."""

    def __init__(self, page):
        super().__init__()
        self.ids, self.links, self.levels = [], [], []
        self.texts = {}
        self._open = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if "id" in found:
            self.ids.append(found["id"])
            self.texts[found["id"]] = ""
        if tag == "a":
            self.links.append(found["href"])
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag not in VOID:
            self._open.append(found.get("id"))

    def handle_endtag(self, tag):
        if tag not in VOID:
            self._open.pop()

    def handle_data(self, data):
        for identifier in self._open:
            if identifier:
                self.texts[identifier] += data


@pytest.fixture(scope="module")
def ontology():
    return Graph().parse(resource("ontology", "gba.ttl"))


@pytest.fixture(scope="module")
def evidence():
    return Graph().parse(resource("ontology", "evidence.ttl"))


@pytest.fixture(scope="module")
def terms(ontology):
    """Fragment by term, for every term of the ontology's own."""
    defined = ontology.subjects(RDFS.isDefinedBy, URIRef(ONTOLOGY))
    return {term: term.removeprefix(GBA) for term in defined if term.startswith(GBA)}


@pytest.fixture(scope="module")
def page(server):
    return server.page("/ontology")


@pytest.fixture(scope="module")
def read(page):
    return Reader(page)


@pytest.fixture(scope="module")
def pages(server, terms):
    """The page of each term, by fragment."""
    return {fragment: term_page(server, fragment) for fragment in terms.values()}


def term_page(server, fragment):
    return server.page(f"/ontology/terms/{fragment}")


def text_of(page):
    """What a page shows below its head."""
    return Reader(page).texts["main"]


# --- Whole -------------------------------------------------------------------------------------


def test_every_term_has_its_place_with_a_label_and_a_definition(ontology, terms, read):
    assert len(terms) > 200
    for term, fragment in terms.items():
        text = read.texts[fragment]
        assert f"gba:{fragment}" in text
        for prop in (RDFS.label, SKOS.definition):
            assert all(
                str(value) in text
                for value in ontology.objects(term, prop)
                if value.language == "en"
            ), fragment
        assert f"/ontology/terms/{fragment}" in read.links


def test_the_page_is_light(page):
    assert len(page.encode()) < 100_000


def test_every_term_has_a_page_with_labels_and_definitions_in_all_languages(ontology, terms, pages):
    for term, fragment in terms.items():
        text = text_of(pages[fragment])
        assert f"gba:{fragment}" in text
        for prop in (RDFS.label, SKOS.definition):
            found = list(ontology.objects(term, prop))
            assert {value.language for value in found} == {"en", "zh-hans", "zh-hant"}
            assert all(str(value) in text for value in found), fragment


def test_every_relation_of_the_ontology_is_told_on_both_sides(ontology, terms, pages):
    texts = {fragment: text_of(page) for fragment, page in pages.items()}
    told = (RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range)
    for relation in (*told, OWL.inverseOf, OWL.disjointWith):
        for subject, other in ontology.subject_objects(relation):
            if subject in terms and other in terms:
                for one, two in ((subject, other), (other, subject)):
                    assert label(ontology, two) in texts[terms[one]], (relation, one, two)


def test_every_mapping_is_told(ontology, terms, pages):
    for relation in (RDFS.subClassOf, RDFS.subPropertyOf, SKOS.closeMatch):
        for subject, other in ontology.subject_objects(relation):
            if subject in terms and other not in terms:
                shown = other.replace(EV, "/evidence/terms/")
                assert f'href="{shown}"' in pages[terms[subject]]


def test_the_vocabulary_of_evidence_has_a_page_for_it_and_for_each_term(server, evidence):
    read = Reader(server.page("/evidence"))
    terms = [term for term in evidence.subjects(RDFS.isDefinedBy, URIRef(EVIDENCE)) if EV in term]

    assert len(terms) > 15
    for term in terms:
        fragment = term.removeprefix(EV)
        assert f"ev:{fragment}" in read.texts[fragment]
        assert f"/evidence/terms/{fragment}" in read.links
        told = server.page(f"/evidence/terms/{fragment}")
        assert str(evidence.value(term, SKOS.example)) in html.unescape(told)
    assert "SourceDocument" not in read.ids
    assert "/evidence.jsonld" in read.links
    old = server.page("/ontology/terms/statedIn")
    assert "deprecated</span>" in old
    assert "/evidence/terms/statedIn" in Reader(old).links


@pytest.mark.parametrize("address", ["/evidence", "/evidence.ttl", "/evidence/0.4.0-dev"])
def test_the_vocabulary_of_evidence_as_data_is_its_file_without_the_terms_of_others(
    server, evidence, address
):
    own = {triple for triple in evidence if EVIDENCE in triple[0]}

    assert set(server.turtle(address)) == own


@pytest.mark.parametrize(
    ("fragment", "told"),
    [
        ("locatedIn", "transitive"),
        ("directlyIn", "asymmetric"),
        ("value", "functional"),
        ("Zone", "A zone is no city"),
        ("locatedIn", "both located in and directly in"),
        ("Project", "Apollo R&D Centre"),
        ("develops", "Baidu"),
        ("contains", "Inverse of gba:locatedIn"),
        ("Promotion", "also the rules of"),
    ],
)
def test_what_is_told_of_a_term(pages, fragment, told):
    assert told in html.unescape(pages[fragment])


def test_the_page_of_a_class_has_its_instances_and_that_of_a_property_its_uses(server):
    zones = server.rows(f"SELECT DISTINCT ?zone {{ ?zone a <{GBA}Zone> }}")
    links = Reader(term_page(server, "Zone")).links
    assert {row["zone"].replace("https://w3id.org/gbagraph", "") for row in zones} <= set(links)
    links = Reader(term_page(server, "develops")).links
    assert {"/id/baidu", "/id/apollo-rd-centre"} <= set(links)
    assert "/id/xpeng-production-site" in Reader(term_page(server, "Planned")).links


def test_a_term_as_data(server):
    assert (URIRef(f"{GBA}Zone"), RDF.type, OWL.Class) in server.turtle("/ontology/terms/Zone")


def test_a_term_that_there_is_not(server):
    response = server.client.get("/ontology/terms/zone")

    near = problem(response, 404, "not-found")["suggestions"][0]
    assert near == {"label": "Zone", "address": "/ontology/terms/Zone"}


def test_the_ontology_in_chinese(server):
    page = server.page("/ontology", "zh")

    assert len(page.encode()) < 110_000
    assert ">片区</a>" in page
    assert "片区" in server.page("/ontology/terms/Zone", "zh")


def test_the_head(read, page, ontology):
    for name in ("versionInfo", "versionIRI"):
        assert str(ontology.value(URIRef(ONTOLOGY), OWL[name])) in page
    for text in (ONTOLOGY, f"{GBA}", "gbagraph team", "creativecommons.org", "gbagraph 本体"):
        assert text in page
    for extension in ("ttl", "nt", "rdf", "jsonld", "trig", "nq", "n3"):
        assert f"/ontology.{extension}" in read.links


deprecating_server = serving(
    f"""@prefix owl: <{PREFIXES["owl"]}> . @prefix rdfs: <{PREFIXES["rdfs"]}> .
    @prefix dcterms: <{PREFIXES["dcterms"]}> . @prefix gba: <{GBA}> .
    gba:Old a owl:Class ; owl:deprecated true ; dcterms:isReplacedBy gba:New ;
        rdfs:isDefinedBy <{ONTOLOGY}> .
    gba:New a owl:Class ; rdfs:isDefinedBy <{ONTOLOGY}> ; rdfs:label "New <b>"@en ."""
)


def test_a_deprecated_term_is_marked(deprecating_server):
    page = deprecating_server.page("/ontology")
    old, new = (term_page(deprecating_server, name) for name in ("Old", "New"))

    assert "deprecated</span>" in section(page, "Old")
    assert "deprecated</span>" not in section(page, "New")
    assert "deprecated</span>" in old
    assert "New &lt;b&gt;" in old
    assert "deprecated</span>" not in new


def test_a_term_that_left_the_ontology_still_says_what_it_was_and_its_successors(
    server, ontology, page, read
):
    retired = Graph().parse(resource("data", "dataset.ttl"))
    gone = [term for term in retired.subjects(OWL.deprecated) if term.startswith(GBA)]
    assert len(gone) == 29
    for term in gone:
        fragment, told = term.removeprefix(GBA), list(retired.objects(term, RDFS.comment))
        text = text_of(term_page(server, fragment))
        assert (term, None, None) not in ontology
        assert {each.language for each in told} == {"en", "zh-hans", "zh-hant"}
        assert all(str(each) in text for each in told)
        assert str(next(each for each in told if each.language == "en")) in read.texts[fragment]
        assert "deprecated</span>" in section(page, fragment)
        for successor in retired.objects(term, DCTERMS.isReplacedBy):
            assert label(ontology, successor) in text
        described = server.turtle(f"/ontology/terms/{fragment}")
        assert (term, OWL.deprecated, None) in described


def test_another_dataset_has_a_page_too(small_server):
    page = small_server.page("/ontology")

    assert "<h1>Terms</h1>" in page
    assert ">e:p</a>" in page
    assert "gbagraph" not in page


# --- Linked ------------------------------------------------------------------------------------


def test_anchors_are_unique_and_every_link_within_the_page_has_one(read):
    assert [name for name, count in Counter(read.ids).items() if count > 1] == []
    inside = {link[1:] for link in read.links if link.startswith("#")}
    assert inside <= set(read.ids)
    assert len(inside) > 40


def test_every_link_to_the_server_resolves(server, read, pages):
    links = {link for page in pages.values() for link in Reader(page).links}
    outside = {link.partition("#")[0] for link in {*read.links, *links} if link.startswith("/")}
    asking = {row.name for iri, rows in queries_by_iri().items() if GBA in iri for row in rows}
    assert {f"/queries/{name}" for name in asking} <= {link.partition("?")[0] for link in outside}
    terms = {f"/ontology/terms/{fragment}" for fragment in pages}
    assert terms <= outside
    one_of_each = {link.rpartition("/")[0]: link for link in outside - terms}
    for link in {*one_of_each.values(), *sorted(outside - terms)[::5]}:
        response = server.client.get(link, headers={"Accept": "text/html, */*;q=0.1"})
        assert response.status_code in (200, 303), link
        if response.status_code == 303:
            assert server.client.get(response.headers["Location"]).status_code == 200, link


def test_the_document_of_the_ontology_is_its_page(server):
    response = server.client.get("/doc/ontology", headers={"Accept": "text/html"})

    assert (response.status_code, response.headers["Location"]) == (303, "/ontology")


def test_the_page_of_a_query_leads_to_its_terms(server, read):
    links = Reader(server.page("/queries/signing-rounds")).links
    found = {link for link in links if link.startswith("/ontology#")}

    assert "/ontology#SigningRound" in found
    assert {link.partition("#")[2] for link in found} <= set(read.ids)


# --- Queries for every term ----------------------------------------------------------------------


def test_a_term_is_used_where_it_stands_itself():
    text = f"""BASE <http://b/> PREFIX a: <{GBA}> PREFIX b: <http://b#>
    # a:Comment
    SELECT * {{ ?s a a:Zone ; a:value/b:x "a:Text", <http://c#d> . ?s b:y. }}"""

    assert ParsedQuery(text).iris == {
        *(GBA + "Zone", GBA + "value"),
        *("http://b#x", "http://b#y", "http://c#d"),
    }


def test_every_class_and_property_is_asked_for_or_exempt(ontology, evidence):
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
    declared = ontology + evidence
    wanted = {str(term) for kind in kinds for term in declared.subjects(RDF.type, kind)}
    wanted = {term for term in wanted if term.startswith((EV, GBA))}
    wanted -= {str(term) for term in ontology.subjects(OWL.deprecated)}
    used = wanted & queries_by_iri().keys()

    assert len(wanted) > 160
    assert wanted - used == documentation.without_query().keys()


def test_an_exempt_inverse_is_that_of_a_term_that_is_used(ontology):
    exempt = {iri: why for iri, why in documentation.without_query().items() if GBA in iri}
    inverses = {iri: reason for iri, reason in exempt.items() if reason.startswith("Inverse of ")}
    assert len(exempt) - len(inverses) <= 1

    for iri, reason in inverses.items():
        (inverse,) = ontology.subjects(OWL.inverseOf, URIRef(iri))
        assert str(inverse) in queries_by_iri()
        assert f"gba:{inverse.removeprefix(GBA)}" in reason


def test_no_query_has_a_term_that_the_ontology_lacks(terms):
    assert {iri for iri in queries_by_iri() if iri.startswith(GBA)} <= {str(term) for term in terms}


# --- True ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", documentation.examples(), ids=lambda each: each.name)
def test_the_facts_of_an_example_are_in_the_dataset_and_found_by_its_query(graph, example):
    facts = set(ox.parse(example.turtle, format=ox.RdfFormat.TURTLE))
    known = {term for quad in facts for term in (quad.subject, quad.predicate, quad.object)}
    rows = [[cell for cell in row if cell] for row in graph.query(example.query)]

    assert facts <= set(graph.store)
    assert any(known.issuperset(row) for row in rows)


def test_the_answers_on_the_page_are_those_of_the_dataset(graph, page):
    assert len(documentation.examples()) >= 4
    for example in documentation.examples():
        part = page.partition(f'id="example-{example.name}"')[2].partition("</table>")[0]
        assert part.count("<tr>") == sum(1 for _ in graph.query(example.query)) + 1


def test_the_number_of_uses_is_that_of_the_uses_shown(graph, pages):
    (row,) = graph.query(f"SELECT (COUNT(*) AS ?n) {{ ?s <{GBA}develops> ?o }}")

    assert f"{row['n'].value} time" in pages["develops"]
    for fragment, page in pages.items():
        told = re.search(r"<dd>([\d,]+) times?</dd>", page)
        shown = page.partition('<h2 id="uses">')[2].partition("<details")[0]
        uses = len(re.findall(r'<th scope="row"|<li>', shown))
        if told and int(told[1]) <= 200:
            assert uses == int(told[1]), fragment
        assert "rdf:" not in shown, fragment


# --- The diagram ---------------------------------------------------------------------------------


def test_the_diagram_has_the_main_classes_and_they_lead_to_their_terms(page, read):
    drawing = re.search(r'<svg class="diagram.*?</svg>', page, re.S)[0]

    for fragment in MAIN_CLASSES:
        assert fragment in diagram.POSITIONS
        place = "/evidence#Claim" if fragment == "Claim" else f"#{fragment}"
        assert f'<a href="{place}"><rect' in drawing
    assert re.search(r"<title.*</title>\s*<desc.*Company develops Project\.", drawing, re.S)
    assert set(re.findall('href="#([^"]*)"', drawing)) <= set(read.ids)


def test_the_diagram_draws_all_that_it_names(ontology, terms):
    names = {
        fragment: diagram.Name(label(ontology, term), kinds=kinds(ontology, term))
        for term, fragment in terms.items()
    }
    drawn = diagram.draw(names)

    assert len(drawn.boxes) == len(diagram.POSITIONS)
    assert len(drawn.arrows) == len(diagram.LINKS)


def test_every_arrow_of_the_diagram_holds_in_the_dataset(graph):
    for link in diagram.LINKS:
        if link.object == "any-link":
            continue
        for name in link.properties:
            assert graph.query(
                f"""PREFIX rdfs: <{PREFIXES["rdfs"]}> PREFIX gba: <{GBA}> PREFIX ev: <{EV}>
                ASK {{ ?s gba:{name}|ev:{name} ?o . ?o a/rdfs:subClassOf* gba:{link.object} .
                  VALUES ?class {{ gba:{link.subject} ev:{link.subject} }}
                  ?s a/rdfs:subClassOf* ?class }}"""
            ), link


def test_a_record_of_the_diagram_has_its_claims(graph):
    for fragment in diagram.POSITIONS:
        without = graph.query(
            f"""PREFIX rdf: <{RDF}> PREFIX rdfs: <{RDFS}> PREFIX gba: <{GBA}> PREFIX ev: <{EV}> ASK {{
              ?class rdfs:subClassOf* gba:{fragment} .
              GRAPH <{PREFIXES["graph"]}article> {{ ?s a ?class }}
              FILTER NOT EXISTS {{ ?claim rdf:subject ?s ; ev:statedIn|ev:inferredFrom ?source }} }}"""
        )
        if NO_KINDS.family(f"{GBA}{fragment}").name in RECORDS:
            assert not without, fragment


def test_no_arrow_of_the_diagram_runs_through_a_box(ontology, terms):
    drawn = diagram.draw(
        {name: diagram.Name(label(ontology, term)) for term, name in terms.items()}
    )
    for arrow in drawn.arrows:
        left, right = sorted((arrow.x1, arrow.x2))
        top, bottom = sorted((arrow.y1, arrow.y2))
        assert left == right or top == bottom
        for box in drawn.boxes:
            across = left < box.x + box.width and right > box.x
            down = top < box.y + box.height and bottom > box.y
            assert not (across and down), (arrow.words, box.fragment)
    for one, two in combinations(drawn.boxes, 2):
        assert abs(one.x - two.x) >= one.width or (
            one.y + one.height < two.y or two.y + two.height < one.y
        )


def test_the_diagram_is_in_its_column_in_the_language_of_the_page(server, chromium):
    reach = "(e => [e.getBoundingClientRect().left, e.getBoundingClientRect().right])"
    with chromium.open("about:blank") as shown:
        shown.resize(1280, 800, mobile=False)
        shown.go(f"{server.url}/ontology")
        ends = f"{reach}(document.querySelector('.drawing'))"
        assert shown.value(ends) == shown.value(f"{reach}(document.querySelector('h1'))")
        assert shown.value("document.querySelector('.diagram').scrollWidth <= 1112")
        # Names are in their boxes and do not touch each other.
        assert shown.value(
            "[...document.querySelectorAll('.diagram a:has(rect) text')]"
            ".every(e => e.getBBox().width < e.parentNode.querySelector('rect').getBBox().width)"
        )
        assert not shown.value("document.querySelector('.sideways').offsetHeight")
        shown.speak("zh-CN")
        shown.resize(390, 844)
        shown.go(f"{server.url}/ontology")
        assert shown.value("document.querySelector('.sideways').offsetHeight") > 10
        words = "[...document.querySelectorAll('.diagram text')].map(e => e.textContent)"
        assert all(re.search("[\u4e00-\u9fff]", each) for each in shown.value(words))


def test_the_lines_of_a_box_stay_in_it(page):
    for box in re.findall(r"<rect[^>]*>(?:\s*<text[^>]*>[^<]*</text>)+", page):
        top, height = (int(re.search(rf' {name}="(\d+)"', box)[1]) for name in ("y", "height"))
        for y in re.findall(r'<text[^>]* y="(\d+)"', box):
            assert top + 10 <= int(y) <= top + height - 2, box


# --- For every reader ----------------------------------------------------------------------------


def test_the_page_is_valid_html(page, tmp_path):
    needs("java", "node", "vnu")
    file = file_with(tmp_path / "ontology.html", page)

    assert output("vnu", "--format", "gnu", "--exit-zero-always", "--stdout", file).strip() == ""


def test_headings_go_down_one_step_at_a_time(read):
    assert read.levels[0] == 1
    assert read.levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(read.levels))


def test_chinese_is_marked_as_chinese(page):
    without = re.sub(r'<(\w+)[^>]*lang="zh-Han[st]"[^>]*>[^<]*</\1>', "", page)

    assert not re.search(r"[\u4e00-\u9fff]", without)


@pytest.mark.parametrize("name", ["Project", "develops", "Planned"])
def test_a_fragment_leads_to_its_term_without_scripts_too(server, chromium, name):
    with chromium.open(f"{server.url}/ontology#{name}") as shown:
        place = "document.querySelector(':target').getBoundingClientRect().y"
        assert eventually(lambda: 0 <= shown.value(place) < 700)
        shown.without_scripts()
        shown.go(f"{server.url}/robots.txt")
        shown.go(f"{server.url}/ontology#{name}")
        assert shown.value("document.querySelector(':target').id") == name
        assert shown.value("document.querySelector(':target').offsetHeight") > 20


VISIBLE = "[...document.querySelectorAll('.terms li:not([hidden])')].filter(e => e.offsetHeight)"


def test_the_filter_leaves_the_terms_with_these_words(server, chromium):
    with chromium.open(f"{server.url}/ontology") as shown:
        shown.write("document.querySelector('[data-filter]')", "science city")
        names = shown.value(f"{VISIBLE}.map(e => e.id)")
        assert "Zone" in names
        assert len(names) < 10
        # What holds a term is shown too, but not counted: the word is not in its own text.
        told = shown.value("document.querySelector('.filter output').textContent")
        assert int(told.removesuffix(" terms found")) < len(names)
        shown.press("Enter")
        until(shown, "location.hash.length > 1")
        assert shown.value("location.hash") == "#Zone"
        shown.write("document.querySelector('[data-filter]')", "片区")
        assert "Zone" in shown.value(f"{VISIBLE}.map(e => e.id)")
        shown.write("document.querySelector('[data-filter]')", "")
        shown.value("document.querySelector('[data-filter]').dispatchEvent(new Event('input'))")
        assert (
            shown.value("document.querySelectorAll('.terms li[hidden], .terms[open]').length") == 0
        )


def test_more_on_a_term_is_loaded_below_it(server, chromium):
    with chromium.open(f"{server.url}/ontology#Zone") as shown:
        found = "document.querySelector('#Zone > details.more')?.textContent ?? ''"

        def is_loaded():
            """Clicked again, for a click before the scripts have come only opens what is there."""
            shown.click("document.querySelector('#Zone > details.more > summary')")
            return eventually(lambda: "A zone is no city" in shown.value(found), 3)

        assert eventually(is_loaded)


def label(ontology, term):
    return next(
        str(found) for found in ontology.objects(term, RDFS.label) if found.language == "en"
    )


def kinds(ontology, term):
    return [label(ontology, child) for child in ontology.subjects(RDFS.subClassOf, term)]


def section(page, fragment):
    """The HTML of a term on the page of all, without that of the terms after it."""
    return page.partition(f'id="{fragment}"')[2].partition("<li")[0]
