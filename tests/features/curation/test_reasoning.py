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
from gbagraph.dataset.identity import BUILT_IN, INFERRED, VOCABULARIES
from gbagraph.errors import DatasetError
from gbagraph.features.curation import reasoning
from gbagraph.features.curation.reasoning import _is_kept, _kept_terms, contradictions, inferred
from gbagraph.features.curation.validation import validate
from gbagraph.features.things import facts
from gbagraph.paths import resource
from gbagraph.rdf.namespaces import BASE, PREFIXES, expand
from support import RunningServer, file_with, ok, run
from support.installed import needs, output

pytestmark = pytest.mark.slow

HEADER = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
CONTRADICTIONS = sorted((Path(__file__).parent / "contradictions").glob("*.ttl"))
CHECKS = {path.stem for path in resource("ontology", "contradictions").glob("*.rq")}
LOGIC = CHECKS | {"ill-typed-literal", "owl-rl"}


@pytest.fixture(scope="module")
def explicit():
    """The built-in dataset without what follows in the default graph."""
    return gbagraph.open(infer=False)


@pytest.fixture(scope="module")
def explicit_server():
    with RunningServer("--no-infer") as running:
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


@pytest.mark.processes
def test_the_file_is_current_and_the_command_writes_it():
    """If this fails, the data or the ontology changed: run ``make infer`` and read the difference."""
    assert run("infer").stdout == resource("data", "inferred.ttl").read_text()


@pytest.mark.matrix
def test_a_second_reasoner_finds_the_same():
    """Reasonable applies the rules to the whole of the files, labels, claims and mappings included.

    Version 0.4.4 has no rule for property chains, takes any two subjects of an inverse functional
    property for one, and writes plain strings with their datatype.
    """
    premises = parsed(*VOCABULARIES, "article", "context")
    premises.remove((None, RDF.type, OWL.InverseFunctionalProperty))
    size, expanded = 0, closed(premises)
    while size < (size := len(expanded)):
        expanded = closed(premises + chained(expanded))

    asserted = parsed(*(name for name in BUILT_IN if name != "inferred"))
    kept = _kept_terms(parsed(*VOCABULARIES))
    claims = set(asserted.subjects(RDF.type, rdflib.URIRef(expand("ev:Claim"))))
    found = {triple for triple in expanded if _is_kept(triple, kept, claims)} - set(asserted)
    assert without_strings(found) == without_strings(parsed("inferred"))


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


def without_strings(triples):
    """But for plain strings, which the second reasoner writes with their datatype."""
    return {
        triple
        for triple in triples
        if not isinstance(triple[2], rdflib.Literal)
        or triple[2].datatype not in (None, rdflib.XSD.string)
    }


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
        pytest.param("id:apollo-rd-centre gba:locatedIn id:knowledge-city", id="superproperty"),
        pytest.param("id:baidu a schema:Organization , org:Organization", id="mapped classes"),
        pytest.param("id:yuzhu-area dcterms:isPartOf id:ai-zone", id="mapped property"),
        pytest.param("id:5g a skos:Concept", id="mapped class of topics"),
        pytest.param("id:guangzhou gba:locatedIn id:greater-bay-area", id="a city of a region"),
        pytest.param("id:yuzhu-area gba:locatedIn id:greater-bay-area", id="a zone in such a city"),
        pytest.param("id:macau gba:memberOf id:greater-bay-area", id="a member of a region"),
        pytest.param("id:guangzhou a prov:Agent", id="a city that acts"),
        pytest.param('id:macau schema:name "Macau"@en', id="a name"),
        pytest.param("id:knowledge-city-area qudt:numericValue 123", id="a number"),
        pytest.param("id:baidu gba:involvedIn id:knowledge-city", id="chain"),
        pytest.param("id:baidu gba:involvedIn id:guangdong", id="chain over what follows"),
        pytest.param("id:tencent gba:plannedIn id:blockchain-zone", id="chain of inverses"),
        pytest.param("id:tencent gba:plannedIn id:china", id="chain upon a chain"),
        pytest.param("id:alibaba gba:plannedIn id:pazhou-core-area", id="chain of a site plan"),
        pytest.param("id:guangzhou gba:involves id:xpeng", id="inverse of a chain"),
        pytest.param(
            "c:baidu-develops-apollo-rd-centre ev:restsOn art:knowledge-city-3", id="claim"
        ),
    ],
)
def test_what_follows(graph, triple):
    assert follows(graph, triple)


def test_the_chains_find_the_companies_and_zones_that_paths_find(graph):
    """The canned query companies-to-zones walks the paths that the ontology has as chains."""
    walked = {(row["company"], row["zone"]) for row in graph.run("companies-to-zones")}
    derived = graph.query(f"""{HEADER} SELECT ?company ?zone {{
        GRAPH graph:inferred {{ ?company gba:involvedIn|gba:plannedIn ?zone }}
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
        pytest.param("id:baidu gba:involvedIn id:nansha-science-city", id="a zone beside"),
        pytest.param("id:alibaba gba:involvedIn ?place", id="what rests on plans alone"),
        pytest.param("id:alibaba-headquarters-pazhou a gba:Place", id="a plan is no place"),
        pytest.param("?plan a <http://www.w3.org/ns/org#Site>", id="a planned site is no site"),
        pytest.param("?plan gba:intendedAs ?role ; gba:locatedIn ?place", id="plans lie nowhere"),
        pytest.param("id:nansha-science-city a gba:City", id="a zone called city"),
        pytest.param("id:knowledge-city a gba:AdministrativeArea", id="another zone called city"),
        pytest.param("id:guangzhou owl:sameAs id:guangzhou", id="identity"),
        pytest.param("?thing a owl:Thing", id="everything is a thing"),
        pytest.param("id:baidu gba:connectedTo id:apollo-rd-centre", id="what is left out"),
    ],
)
def test_what_does_not_follow(graph, pattern):
    assert not ask(graph, pattern)


def quads(graph):
    return list(graph.store.quads_for_pattern(None, None, None, INFERRED))


def test_what_follows_is_of_our_own_things_and_terms_that_ours_are_mapped_to():
    """Without what would only repeat every link, and without what nothing else describes."""
    ontology, followed = parsed(*VOCABULARIES), parsed("inferred")
    mapped = {
        term
        for axiom in (RDFS.subClassOf, RDFS.subPropertyOf, OWL.inverseOf)
        for ends in ontology.subject_objects(axiom)
        for term in ends
    }
    left_out = set(ontology.subjects(rdflib.URIRef(expand("gba:inferencesLeftOut"))))
    described = {
        each for name in ("article", "context", "ontology") for each in parsed(name).subjects()
    }
    only_linked = set(parsed("links").subjects()) - described

    assert rdflib.URIRef(expand("gba:connectedTo")) in left_out
    assert len(only_linked) > 50
    for subject, predicate, value in followed:
        kind = value if predicate == RDF.type else predicate
        assert kind.startswith(BASE) or kind in mapped
        assert subject.startswith(BASE)
        assert subject not in only_linked
        assert left_out.isdisjoint((predicate, value))


def test_nothing_is_both_asserted_and_inferred_and_nothing_is_joined_to_itself(graph):
    for quad in quads(graph):
        everywhere = graph.store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
        assert {found.graph_name for found in everywhere} == {INFERRED, ox.DefaultGraph()}
        assert quad.subject != quad.object


# --- With what follows and without ---------------------------------------------------------------


def default_triples(graph):
    return {
        quad.triple for quad in graph.store.quads_for_pattern(None, None, None, ox.DefaultGraph())
    }


def test_the_default_graph_holds_what_follows_unless_it_is_left_out(graph, explicit):
    followed = {quad.triple for quad in quads(graph)}

    assert default_triples(graph) - default_triples(explicit) >= followed
    assert not default_triples(explicit) & followed
    assert (graph.description.infer, explicit.description.infer) == (True, False)
    assert explicit.version == f"{graph.version}+explicit"
    assert explicit.hash == graph.hash


def test_the_older_name_still_works(inferring_file):
    with pytest.warns(DeprecationWarning, match="infer"):
        assert gbagraph.open([inferring_file], inference=True).description.infer


LOCATED = f"{HEADER} ASK {{ id:apollo-rd-centre gba:locatedIn id:china }}"
SERVED = f"{HEADER} SELECT (COUNT(*) AS ?n) {{ GRAPH graph:inferred {{ ?s ?p ?o }} }}"


def test_a_request_chooses(server, explicit_server):
    for running, by_default in ((server, True), (explicit_server, False)):
        assert running.ask(LOCATED).json()["boolean"] is by_default
        assert running.ask(LOCATED, infer="false").json()["boolean"] is False
        assert running.ask(LOCATED, infer="TRUE").json()["boolean"] is True
        # The process that was asked otherwise is as before.
        assert running.ask(LOCATED, timeout="29").json()["boolean"] is by_default
    assert server.rows(SERVED) == explicit_server.rows(SERVED)


def test_answers_come_in_the_same_order_after_a_request_without_what_follows(server):
    everything = "SELECT * { ?s ?p ?o }"
    before = server.ask(everything).content
    for _ in range(4):
        assert server.ask(everything, infer="false").content != before
    assert server.ask(everything + " ").content == before


def test_a_failure_leaves_the_graph_as_it_was(server):
    for _ in range(4):
        failed = server.ask(f"SELECT (<urn:no-such-function>({1}) AS ?x) {{}}", infer="false")
        assert failed.status_code == 400
    assert server.ask(LOCATED, timeout="28").json()["boolean"] is True


def test_a_request_gives_true_or_false_or_names_the_graph(server):
    response = server.ask(LOCATED, infer="perhaps")
    only = {"default-graph-uri": INFERRED.value}

    assert response.status_code == 400
    assert "Give true or false" in response.text
    assert server.ask(LOCATED, **only).json()["boolean"] is True


def test_a_canned_query_takes_the_parameter(server):
    def classes(**parameters):
        response = server.client.get(
            "/queries/classes-of", params={"thing": "guangzhou", "format": "csv", **parameters}
        )
        return [line.rpartition(",")[2] for line in response.text.split()[1:]]

    assert "City" in classes(infer="false")
    assert "Place" not in classes(infer="false")
    assert {"City", "Place"} <= set(classes())


def test_entity_tags_differ(server, explicit_server):
    """Also of answers that happen to be the same: a tag names an answer of one dataset."""
    for query in (LOCATED, "ASK {}"):
        assert server.ask(query).headers["etag"] != explicit_server.ask(query).headers["etag"]
        assert server.ask(query).headers["etag"] != server.ask(query, infer="false").headers["etag"]


@pytest.mark.parametrize("path", ["/graph/inferred.ttl", "/dumps/inferred.ttl"])
def test_the_graph_is_served_whole(server, path):
    response = ok(server.client.get(path))

    written = rdflib.Graph().parse(data=response.text, format="turtle")
    claims = {subject for subject in written.subjects() if subject.startswith(PREFIXES["c"])}
    assert {row for row in written if row[0] not in claims} == set(parsed("inferred"))


def test_a_page_marks_what_only_follows(server, explicit_server):
    found, _ = facts.read_facts(
        server.ask(facts.facts_query(PREFIXES["id"] + "baidu", 1, "en")).content, {}
    )
    involved = PREFIXES["gba"] + "involvedIn"
    derived = {fact.value.iri for fact in found if fact.derived and fact.term == involved}

    assert PREFIXES["id"] + "guangzhou" in derived
    for running, is_marked in ((server, True), (explicit_server, False)):
        page = running.client.get("/doc/id/baidu.html").text
        assert ('aria-label="follows from other facts: ' in page) is is_marked


@pytest.fixture
def inferring_file(tmp_path):
    """A file with something in the graph of what follows."""
    return file_with(
        tmp_path / "own.trig", f"GRAPH <{INFERRED.value}> {{ <urn:a> <urn:b> <urn:c> }}"
    )


@pytest.mark.processes
def test_the_commands_take_the_option(inferring_file):
    """Where it is not the default: of the built-in dataset, and of files."""
    assert json.loads(run("query", LOCATED, "--no-infer").stdout)["boolean"] is False
    info = json.loads(run("info", "--inference", "--data", inferring_file).stdout)
    assert (info["infer"], info["default_graph"]) == (True, 1)


@pytest.mark.parametrize(("infer", "is_there"), [(None, False), (True, True)])
def test_files_are_merged_with_the_graph_that_they_have(inferring_file, infer, is_there):
    assert ask(gbagraph.open([inferring_file], infer=infer), "<urn:a> <urn:b> <urn:c>") is is_there


# --- Contradictions ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What is found in all samples at once, each about things of its own."""
    folder = tmp_path_factory.mktemp("contradictions")
    for number, path in enumerate(CONTRADICTIONS):
        apart = re.sub("id:sample", rf"\g<0>{number}x", path.read_text())
        (folder / path.name).write_text(apart)
    return folder, [each for each in validate(sorted(folder.iterdir())) if each.rule in LOGIC]


@pytest.mark.slow
@pytest.mark.parametrize("name", [path.name for path in CONTRADICTIONS])
def test_a_contradiction_is_found(found, name):
    folder, findings = found
    text = (folder / name).read_text()
    rule, node = re.match(r"# expects: (\S+) on (\S+)", text).groups()
    own = [finding for finding in findings if finding.file.endswith(f"/{name}")]

    assert {(finding.rule, finding.node) for finding in own} == {(rule, node)}
    for finding in own:
        line = text.splitlines()[finding.line - 1]
        assert line.startswith(node) or node in line
        assert re.search(r"\. (Correct|Keep|Remove|Give) .*\.\Z", finding.message)


def test_each_rule_has_a_sample():
    assert {re.match(r"# expects: (\S+)", path.read_text())[1] for path in CONTRADICTIONS} == LOGIC


def test_numbers_that_are_equal_are_one_value():
    graph = parsed("ontology")
    graph.parse(
        data=f"<{BASE}id/x> a <{expand('gba:Quantity')}> ; <{expand('gba:value')}> 81 , 81.0 .",
        format="turtle",
    )

    assert contradictions(graph) == []


def test_nothing_is_concluded_from_contradictions(monkeypatch, tmp_path):
    article = file_with(tmp_path / "gba.ttl", f"{HEADER} id:guangzhou a gba:City , gba:Person .")
    monkeypatch.setitem(BUILT_IN, "article", (str(article),))
    monkeypatch.setattr(reasoning, "_READ", ("ontology", "article"))

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
    for _, predicate, value in parsed(*VOCABULARIES):
        if predicate in OWL or (predicate in RDFS and predicate not in ANNOTATIONS):
            assert predicate in RL, predicate
        if predicate == RDF.type and value in OWL:
            assert value in RL_TYPES, value


@pytest.mark.processes
@pytest.mark.parametrize(
    ("name", "exceptions"),
    [("ontology", 0), pytest.param("ontology/evidence", 2, marks=pytest.mark.matrix)],
)
def test_the_profiles_of_the_owl_api(name, exceptions):
    """The OWL API's own checkers; the one exception is known (see the head of evidence.ttl)."""
    needs("owl-profiles")
    lines = output("owl-profiles", resource(*BUILT_IN[name])).splitlines()

    assert [line for line in lines if "rdf:Statement" not in line] == ["OWL 2 RL", "OWL 2 DL"]
    assert len(lines) == 2 + exceptions
