"""Reasoning: what must follow follows, what must not does not, and contradictions are found."""

import json
import re
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
import reasonable
from rdflib import OWL, RDF, RDFS

import gbagraph
from gbagraph.curation.reasoning import contradictions, inferred
from gbagraph.curation.validation import validate
from gbagraph.dataset.identity import BUILT_IN
from gbagraph.dataset.loader import INFERRED, load
from gbagraph.errors import DatasetError, QueryFileError
from gbagraph.paths import resource
from gbagraph.queries.catalog import all_queries, find
from gbagraph.queries.parse import parse
from gbagraph.rdf.namespaces import BASE, PREFIXES, expand, graph_iri
from gbagraph.web import linked_data
from support import RunningServer, plain_rows, run
from support.installed import needs, output

HEADER = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
CONTRADICTIONS = sorted((Path(__file__).parent / "contradictions").glob("*.ttl"))
CHECKS = {path.stem for path in resource("ontology", "contradictions").glob("*.rq")}
QUERIES = list(all_queries().values())
LOGIC = CHECKS | {"ill-typed-literal", "owl-rl"}


@pytest.fixture(scope="module")
def merged():
    """The built-in dataset with what follows in the default graph."""
    return gbagraph.open(inference=True)


@pytest.fixture(scope="module")
def merged_server():
    with RunningServer("--inference") as running:
        yield running


def ask(graph, pattern):
    return bool(graph.query(f"{HEADER} ASK {{ {pattern} }}"))


def follows(graph, triple):
    return ask(graph, f"GRAPH graph:inferred {{ {triple} }}")


def parsed(*names):
    found = rdflib.Graph()
    for name in names:
        found.parse(resource(*BUILT_IN[name]))
    return found


# --- The file --------------------------------------------------------------------------------


def test_the_file_is_current():
    """If this fails, the data or the ontology changed: run ``make infer`` and read the difference."""
    assert resource("data", "inferred.ttl").read_text() == inferred()


def test_the_command_writes_the_file():
    assert run("infer").stdout == resource("data", "inferred.ttl").read_text()


def test_a_second_reasoner_finds_the_same():
    """Reasonable applies the rules to the whole of the files, labels, claims and mappings included.

    Version 0.4.4 has no rule for property chains, takes any two subjects of an inverse functional
    property for one, and writes plain strings with their datatype.
    """
    premises = parsed("ontology", "article", "context")
    premises.remove((None, RDF.type, OWL.InverseFunctionalProperty))
    size, expanded = 0, closed(premises)
    while size < (size := len(expanded)):
        expanded = closed(premises + chained(expanded))

    found = {triple for triple in expanded if is_ours(triple) and not is_string(triple[2])}
    asserted = parsed(*(name for name in BUILT_IN if name != "inferred"))
    assert found - set(asserted) == set(parsed("inferred"))


def closed(graph):
    reasoner = reasonable.PyReasoner()
    reasoner.from_graph(graph)
    expanded = rdflib.Graph()
    for triple in reasoner.reason():
        expanded.add(triple)
    return expanded


def chained(graph):
    """What follows by chains of two properties (rule prp-spo2)."""
    return graph.query("""
        PREFIX owl: <http://www.w3.org/2002/07/owl#>
        PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
        CONSTRUCT { ?a ?chain ?c } WHERE {
          ?chain owl:propertyChainAxiom ?list .
          ?list rdf:first ?one ; rdf:rest ?end .
          ?end rdf:first ?two ; rdf:rest rdf:nil .
          ?a ?one ?b . ?b ?two ?c .
        }""").graph


def is_ours(triple):
    subject, predicate, value = triple
    kind = value if predicate == RDF.type else predicate
    return subject.startswith(BASE) and str(kind).startswith(BASE)


def is_string(term):
    return isinstance(term, rdflib.Literal) and term.datatype == rdflib.XSD.string


# --- What follows ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "triple",
    [
        pytest.param("id:guangzhou a gba:Place", id="superclass"),
        pytest.param("id:guangzhou a gba:AdministrativeArea", id="nearer superclass"),
        pytest.param("id:baidu a gba:Organization", id="superclass of a company"),
        pytest.param("id:apollo-rd-centre gba:locatedIn id:china", id="transitive"),
        pytest.param("id:china gba:contains id:apollo-rd-centre", id="transitive inverse"),
        pytest.param("id:apollo-rd-centre gba:developedBy id:baidu", id="inverse"),
        pytest.param("id:greater-bay-area gba:hasMember id:shenzhen", id="inverse of context"),
        pytest.param("id:baidu gba:connectedTo id:apollo-rd-centre", id="superproperty"),
        pytest.param("id:apollo-rd-centre gba:connectedTo id:baidu", id="symmetric"),
        pytest.param("id:baidu gba:involvedIn id:knowledge-city", id="chain"),
        pytest.param("id:baidu gba:involvedIn id:guangdong", id="chain over what follows"),
        pytest.param("id:tencent gba:involvedIn id:blockchain-zone", id="chain of inverses"),
        pytest.param("id:tencent gba:involvedIn id:china", id="chain upon a chain"),
        pytest.param("id:alibaba gba:involvedIn id:pazhou-core-area", id="chain of a site plan"),
        pytest.param("id:guangzhou gba:involves id:tencent", id="inverse of a chain"),
        pytest.param(
            "c:baidu-develops-apollo-rd-centre gba:restsOn art:knowledge-city-3", id="claim"
        ),
    ],
)
def test_what_follows(graph, triple):
    assert follows(graph, triple)


def test_the_chains_find_the_companies_and_zones_that_paths_find(graph):
    """The canned query companies-to-zones walks the paths that the ontology has as chains."""
    walked = {(row["company"], row["zone"]) for row in graph.run("companies-to-zones")}
    derived = graph.query(f"""{HEADER} SELECT ?company ?zone {{
        GRAPH graph:inferred {{ ?company gba:involvedIn ?zone }}
        ?company a gba:Company . ?zone a gba:Zone .
    }}""")

    assert len(walked) >= 5
    assert walked <= {(row["company"], row["zone"]) for row in derived}


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(
            "id:greater-bay-area gba:locatedIn id:guangdong", id="the bay area is no part"
        ),
        pytest.param("id:hong-kong gba:locatedIn id:guangdong", id="a member is not located"),
        pytest.param("id:guangzhou gba:locatedIn id:greater-bay-area", id="a member of a region"),
        pytest.param("id:baidu gba:involvedIn id:nansha-science-city", id="a zone beside"),
        pytest.param("id:alibaba-headquarters-pazhou a gba:Place", id="a plan is no place"),
        pytest.param("?plan a <http://www.w3.org/ns/org#Site>", id="a planned site is no site"),
        pytest.param("?plan gba:siteRole ?role ; gba:locatedIn ?place", id="plans lie nowhere"),
        pytest.param("id:nansha-science-city a gba:City", id="a zone called city"),
        pytest.param("id:knowledge-city a gba:AdministrativeArea", id="another zone called city"),
        pytest.param("id:guangzhou owl:sameAs id:guangzhou", id="identity"),
        pytest.param("?thing a owl:Thing", id="everything is a thing"),
    ],
)
def test_what_does_not_follow(merged, pattern):
    assert not ask(merged, pattern)


def quads(graph):
    return list(graph.store.quads_for_pattern(None, None, None, ox.NamedNode(INFERRED)))


def test_only_our_own_terms(graph):
    """Nothing about things, and nothing with properties or classes, of other vocabularies."""
    for quad in quads(graph):
        kind = quad.object if quad.predicate.value == str(RDF.type) else quad.predicate
        assert quad.subject.value.startswith(BASE)
        assert kind.value.startswith(BASE)
        assert isinstance(quad.object, ox.NamedNode)
        assert quad.object.value.startswith(BASE)


def test_nothing_is_both_asserted_and_inferred(graph):
    for quad in quads(graph):
        everywhere = graph.store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
        assert [found.graph_name.value for found in everywhere] == [INFERRED]


def test_nothing_follows_from_the_links(graph):
    """No claim of the links graph, no source that only it describes, no identifier elsewhere."""
    only_there = {
        quad.subject
        for quad in graph.store.quads_for_pattern(
            None, None, None, ox.NamedNode(graph_iri("links"))
        )
    } - {
        quad.subject
        for name in ("article", "context", "ontology")
        for quad in graph.store.quads_for_pattern(None, None, None, ox.NamedNode(graph_iri(name)))
    }
    assert len(only_there) > 50
    assert not only_there & {quad.subject for quad in quads(graph)}


def test_no_thing_is_joined_to_itself_but_by_what_is_said(graph):
    """A source that is its own evidence rests on itself; no transitive or symmetric rule adds more."""
    for quad in quads(graph):
        if quad.subject == quad.object:
            assert quad.predicate.value == expand("gba:restsOn")
            assert ask(graph, f"{quad.subject} gba:statedIn {quad.subject}")


# --- With inference and without ----------------------------------------------------------------


def test_the_default_graph_is_the_merge_of_all_graphs_with_inference(merged):
    distinct = {quad.triple for quad in merged.store if quad.graph_name != ox.DefaultGraph()}
    default = merged.store.quads_for_pattern(None, None, None, ox.DefaultGraph())

    assert {quad.triple for quad in default} == distinct
    assert merged.description.inference
    assert merged.version == f"{gbagraph.open().version}+inference"
    assert merged.description.default_graph == len(distinct)


def test_the_graph_is_chosen_per_query(graph):
    pattern = "ASK {} {{ id:apollo-rd-centre gba:locatedIn id:china }}"
    asked = HEADER + pattern

    assert not graph.query(asked.format(""))
    assert graph.query(asked.format("FROM graph:inferred"))
    assert follows(graph, "id:apollo-rd-centre gba:locatedIn id:china")


def answer(graph, query, values):
    found = graph.query(query.bind(values.items()))
    return json.loads(found.serialize(format=ox.QueryResultsFormat.JSON))


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_canned_query_changes_only_if_it_says_so(graph, merged, query):
    required = {row.name: row.default for row in query.parameters if row.required}
    for values in (query.defaults, required):
        changed = answer(graph, query, values) != answer(merged, query, values)
        assert changed == query.changes_with_inference


def test_the_counts_of_the_article_stay_the_same(graph, merged):
    for found in (graph, merged):
        rows = answer(found, find("counts-by-class"), {})["results"]["bindings"]
        classes = [row["class"]["value"] for row in rows]
        assert expand("gba:Place") not in classes
        assert expand("gba:AdministrativeArea") not in classes


def test_what_changes_says_changes(tmp_path):
    path = tmp_path / "q.rq"
    path.write_text("#+ summary: Q\n#+ inference: sometimes\nASK {}")

    with pytest.raises(QueryFileError, match="inference can be 'changes'"):
        parse(path)


LOCATED = f"{HEADER} ASK {{ id:apollo-rd-centre gba:locatedIn id:china }}"
SERVED = f"{HEADER} SELECT (COUNT(*) AS ?n) {{ GRAPH graph:inferred {{ ?s ?p ?o }} }}"


def test_the_server_merges_only_when_told(server, merged_server):
    assert server.ask(LOCATED).json()["boolean"] is False
    assert merged_server.ask(LOCATED).json()["boolean"] is True
    assert server.rows(SERVED) == merged_server.rows(SERVED)


def test_the_protocol_chooses_the_graph(server):
    assert server.ask(LOCATED, **{"default-graph-uri": INFERRED}).json()["boolean"] is True


def test_entity_tags_differ(server, merged_server):
    """Also of answers that happen to be the same: a tag names an answer of one dataset."""
    for query in (LOCATED, "ASK {}"):
        assert server.ask(query).headers["etag"] != merged_server.ask(query).headers["etag"]
    tag = server.ask(LOCATED).headers["etag"]
    again = merged_server.client.get(
        "/sparql", params={"query": LOCATED}, headers={"If-None-Match": tag}
    )
    assert again.status_code == 200


@pytest.mark.parametrize("path", ["/graph/inferred.ttl", "/dumps/inferred.ttl"])
def test_the_graph_is_served_whole(server, path):
    response = server.client.get(path)

    assert response.status_code == 200
    written = rdflib.Graph().parse(data=response.text, format="turtle")
    assert set(written) == set(parsed("inferred"))


def test_the_graph_is_described(server, merged_server):
    union = "http://www.w3.org/ns/sparql-service-description#UnionDefaultGraph"
    for running, is_union in ((server, False), (merged_server, True)):
        described = running.client.get("/sparql", headers={"Accept": "application/n-triples"}).text
        assert INFERRED in described
        assert (union in described) == is_union
    assert "Inferred graph" in server.client.get(f"/graphs?graph={graph_iri('meta')}").text


def test_a_page_never_gives_evidence_to_what_only_follows(merged_server):
    rows = merged_server.ask(linked_data.statements_query(PREFIXES["id"] + "baidu", 1)).content
    found, _ = linked_data.statements(rows)
    derived = [statement for statement in found if statement.derived]

    assert {row.value.iri for row in derived if row.property.text == "involved in"} >= {
        PREFIXES["id"] + "guangzhou"
    }
    for statement in derived:
        assert statement.evidence == []
        assert statement.notes == ["follows by the ontology"]
    page = merged_server.client.get("/doc/id/baidu.html").text
    assert "follows by the ontology" in page


def test_a_page_shows_nothing_derived_without_inference(server):
    assert "follows by the ontology" not in server.client.get("/doc/id/baidu.html").text


def test_the_start_page_says_what_the_default_graph_is(server, merged_server):
    for running, is_left_out in ((server, True), (merged_server, False)):
        page = running.client.get("/", headers={"Accept": "text/html"}).text
        assert "/dumps/inferred.ttl" in page
        assert ("of all graphs but" in page) == is_left_out


def test_the_commands_take_the_option():
    assert json.loads(run("query", LOCATED, "--inference").stdout)["boolean"] is True
    assert json.loads(run("query", LOCATED).stdout)["boolean"] is False
    rows = plain_rows(run("run", "classes-of", "thing=guangzhou", "--inference").stdout)
    assert [row["classLabel"] for row in rows] == ["Administrative area", "City", "Place"]
    found = json.loads(run("info", "--inference").stdout)
    assert found["inference"] is True
    assert found["default_graph"] > json.loads(run("info").stdout)["default_graph"]


def test_files_without_the_graph_have_nothing_to_merge(small_file):
    with pytest.raises(DatasetError, match=r"small\.trig have no graph"):
        load([small_file], inference=True)


def test_files_with_the_graph(tmp_path):
    path = tmp_path / "own.trig"
    path.write_text(f"GRAPH <{INFERRED}> {{ <urn:a> <urn:b> <urn:c> }}")

    assert not ask(gbagraph.open([path]), "<urn:a> <urn:b> <urn:c>")
    assert ask(gbagraph.open([path], inference=True), "<urn:a> <urn:b> <urn:c>")


# --- Contradictions ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", CONTRADICTIONS, ids=lambda path: path.stem)
def test_a_contradiction_is_found(path):
    rule, node = re.match(r"# expects: (\S+) on (\S+)", path.read_text()).groups()

    findings = [finding for finding in validate([path]) if finding.rule in LOGIC]

    assert {(finding.rule, finding.node) for finding in findings} == {(rule, node)}
    for finding in findings:
        line = path.read_text().splitlines()[finding.line - 1]
        assert line.startswith(node) or node in line
        assert finding.file.endswith(path.name)
        assert re.search(r"\. (Correct|Keep|Remove|Give) .*\.\Z", finding.message)


def test_each_rule_has_a_sample():
    rules = {re.match(r"# expects: (\S+)", path.read_text())[1] for path in CONTRADICTIONS}

    assert rules == LOGIC


def test_numbers_that_are_equal_are_one_value():
    graph = parsed("ontology")
    graph.parse(
        data=f"<{BASE}id/x> a <{expand('gba:Quantity')}> ; <{expand('gba:value')}> 81 , 81.0 .",
        format="turtle",
    )

    assert contradictions(graph) == []


def test_nothing_is_concluded_from_contradictions(monkeypatch, tmp_path):
    article = tmp_path / "gba.ttl"
    article.write_text(resource("data", "gba.ttl").read_text() + "id:guangzhou a gba:Person .\n")
    monkeypatch.setitem(BUILT_IN, "article", (str(article),))

    with pytest.raises(DatasetError, match=r"contradict the ontology: .*guangzhou"):
        inferred()


# --- The ontology ------------------------------------------------------------------------------

RL = {
    *(RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range),
    *(OWL.disjointWith, OWL.inverseOf, OWL.propertyDisjointWith, OWL.propertyChainAxiom),
    *(OWL.differentFrom, OWL.versionIRI, OWL.versionInfo, OWL.priorVersion, OWL.deprecated),
}
"""Constructs of OWL 2 RL that do without class expressions, and annotations."""

ANNOTATIONS = {RDFS.label, RDFS.comment, RDFS.isDefinedBy, RDFS.seeAlso}

RL_TYPES = {
    *(OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty, OWL.Ontology),
    *(OWL.NamedIndividual, OWL.TransitiveProperty, OWL.SymmetricProperty, OWL.AsymmetricProperty),
    *(OWL.IrreflexiveProperty, OWL.FunctionalProperty, OWL.InverseFunctionalProperty),
}


def test_the_ontology_keeps_to_constructs_of_owl_2_rl():
    """None of hasKey, cardinalities and class expressions, some of which owlrl applies wrongly."""
    for _, predicate, value in parsed("ontology"):
        if predicate in OWL or (predicate in RDFS and predicate not in ANNOTATIONS):
            assert predicate in RL, predicate
        if predicate == RDF.type and value in OWL:
            assert value in RL_TYPES, value


def test_only_simple_properties_are_restricted():
    """OWL 2 DL, section 11.2: no transitive property, none above it or of a chain is these."""
    ontology = parsed("ontology")
    composite = {
        *ontology.subjects(RDF.type, OWL.TransitiveProperty),
        *ontology.subjects(OWL.propertyChainAxiom),
    }
    composite |= {
        up for p in composite for up in ontology.transitive_objects(p, RDFS.subPropertyOf)
    }
    composite |= {p for c in composite for p in ontology.objects(c, OWL.inverseOf)}
    composite |= {p for c in composite for p in ontology.subjects(OWL.inverseOf, c)}
    restricted = {
        p
        for kind in (
            *(OWL.AsymmetricProperty, OWL.IrreflexiveProperty),
            *(OWL.FunctionalProperty, OWL.InverseFunctionalProperty),
        )
        for p in ontology.subjects(RDF.type, kind)
    } | set(ontology.subjects(OWL.propertyDisjointWith))

    assert len(composite) >= 5
    assert not composite & restricted


def test_the_profiles_of_the_owl_api():
    """The OWL API's own checkers; the one exception is known (see the head of the ontology)."""
    needs("owl-profiles")
    lines = output("owl-profiles", resource(*BUILT_IN["ontology"])).splitlines()

    assert [line for line in lines if "rdf:Statement" not in line] == ["OWL 2 RL", "OWL 2 DL"]
    assert len(lines) == 4
