"""Mutants: which facts the expected answers guard, checked against asking everything again."""

import itertools
import json
import random
from importlib import import_module

import pyoxigraph as ox
import pytest
from typer.testing import CliRunner

import gbagraph
from gbagraph import publication
from gbagraph.cli import app
from gbagraph.dataset import computed, loader, view
from gbagraph.dataset.identity import INFERRED
from gbagraph.errors import BadParameter, GbaGraphError
from gbagraph.features.testing.effects import _NOT_READ, Consequences, Withdrawals, facts
from gbagraph.features.testing.reports import _files
from gbagraph.features.why.rules import AXIOMS, Rules, closure
from gbagraph.rdf.namespaces import PREFIXES, base_iri, expand, graph_iri
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.relevance import Relevance
from gbagraph.sparql.terms import fact_of, triple_of
from gbagraph.testing import assert_solutions, mutants, unasked_terms

DATA = """
PREFIX e: <http://example.org/>
e:a a e:Thing ; e:name "Ann" ; e:size 1 ; e:near e:b .
e:b a e:Thing ; e:name "Bob" ; e:size 2 ; e:colour "red" .
e:c a e:Other ; e:name "Cid" .
"""
NAMES = "PREFIX e: <http://example.org/> SELECT ?x ?name { ?x a e:Thing ; e:name ?name }"
TOTAL = "PREFIX e: <http://example.org/> SELECT (SUM(?n) AS ?sum) { ?x e:size ?n }"
LONELY = """PREFIX e: <http://example.org/>
SELECT ?x { ?x a e:Thing FILTER NOT EXISTS { ?x e:near ?y } }"""
A, P, G = (
    [ox.NamedNode(f"http://example.org/{name}") for name in names] for names in ("abc", "pqr", "g")
)
QUADS = [ox.Quad(*row) for row in itertools.product(A, P, A, [ox.DefaultGraph(), *G])]
"""All quads of some terms."""
QUERIES = {"names": NAMES, "total": TOTAL, "lonely": LONELY}


@pytest.fixture
def project(tmp_path):
    """A graph, and a folder of queries with the answers that are right now."""
    (tmp_path / "expected").mkdir()
    (tmp_path / "data.ttl").write_text(DATA)
    graph = gbagraph.open(tmp_path / "data.ttl")
    for name, text in QUERIES.items():
        (tmp_path / f"{name}.rq").write_text(text)
        answer = graph.store.query(text).serialize(format=ox.QueryResultsFormat.JSON)
        (tmp_path / "expected" / f"{name}.srj").write_bytes(answer)
    return graph, tmp_path


def of(found, predicate):
    """The names of the queries that noticed mutants of facts with this property, by subject."""
    return {
        (row.fact.subject.value[-1], row.instead is None): set(row.noticed)
        for row in found.all
        if row.fact.predicate.value.endswith(predicate)
    }


def test_each_assertion_notices_the_facts_that_it_rests_on_and_no_others(project):
    graph, folder = project
    before = list(graph.store)
    found = mutants(graph, folder)

    assert of(found, "name") == {
        (thing, is_dropped): {"names"} if thing != "c" else set()
        for thing in "abc"
        for is_dropped in (True, False)
    }
    assert of(found, "size")["a", True] == {"total"}
    # What NOT EXISTS rests on is noticed; who is near another thing is not lonely either.
    assert of(found, "near") == {("a", True): {"lonely"}, ("a", False): set()}
    assert [fact.predicate.value[19:] for fact in found.unguarded] == ["colour", "name"]
    assert list(graph.store) == before, "the graph is as before"


def test_queries_that_fail_anyway_are_told_and_do_not_count(project):
    graph, folder = project
    (folder / "expected" / "names.srj").write_text(
        '{"head":{"vars":["x","name"]},"results":{"bindings":[]}}'
    )
    found = mutants(graph, folder)

    assert found.failing == ("names",)
    assert "names" not in found.guards()
    assert "not the expected one: names" in found.text()


def test_annotations_are_no_facts_that_a_query_has_to_guard(tmp_path):
    """Nor what is said of them; the annotated fact is one."""
    (tmp_path / "data.ttl").write_text('<urn:a> <urn:b> "c" {| <urn:by> <urn:p> |} .')
    (tmp_path / "a.rq").write_text("ASK {}")
    (tmp_path / "a.expected.csv").write_text("true\n")
    found = mutants(gbagraph.open(tmp_path / "data.ttl"), tmp_path)

    assert [str(fact) for fact in found.facts] == ['<urn:a> <urn:b> "c"']


def test_the_report_has_counts_and_the_facts_as_text_and_json(project):
    found = mutants(*project)

    assert found.text().startswith("8 of 10 facts are guarded by an expected answer, 2 by none; ")
    assert 'e:c e:name "Cid"' in found.text()
    content = json.loads(found.as_json())
    assert content["facts"] == 10
    assert len(content["unguarded"]) == 2
    assert content["guards"]["names"] == found.guards()["names"] > 0


def test_what_guards_nothing_is_refused(project):
    graph, folder = project
    with pytest.raises(
        BadParameter, match=r"no facts in artcle\. The graphs are: the default graph"
    ):
        mutants(graph, folder, graphs=["artcle"])
    with pytest.raises(BadParameter, match="None of the queries has an expected answer"):
        mutants(graph, [])


def test_a_graph_that_is_not_in_this_process_is_refused():
    with pytest.raises(GbaGraphError, match="in this process"):
        mutants("http://localhost/sparql", [])


def test_terms_that_no_query_names_are_told_with_their_uses(project):
    found = unasked_terms(project[0], QUERIES.values())

    assert found.terms == {"http://example.org/Other": 1, "http://example.org/colour": 1}


def test_declared_terms_that_the_data_do_not_use_are_told_too(tmp_path):
    (tmp_path / "o.ttl").write_text(
        "PREFIX owl: <http://www.w3.org/2002/07/owl#> PREFIX e: <http://example.org/>\n"
        "e:C a owl:Class . e:p a owl:DatatypeProperty . e:old a owl:Class ; owl:deprecated true .\n"
        "e:x e:p 1 ."
    )
    found = unasked_terms(gbagraph.open(tmp_path / "o.ttl"), ["SELECT * { ?s ?p ?o }"], exempt=[])

    assert found.terms == {"http://example.org/p": 1, "http://example.org/C": 0}
    assert found.text().splitlines()[0] == "0 of 2 terms are asked by a query, 2 are not."
    assert json.loads(found.as_json())["terms"] == 2


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?x { ?x e:p ?y }",
        "SELECT DISTINCT ?x { ?x e:p ?y OPTIONAL { ?y e:q ?z } }",
        "SELECT ?x ?z { ?x e:p ?y OPTIONAL { ?y e:q ?z } }",
        "SELECT ?x ?z { ?x e:p ?y OPTIONAL { ?y e:q ?z } FILTER (!BOUND(?z)) }",
        "SELECT ?x ?z { ?x e:p ?y FILTER (!BOUND(?z)) OPTIONAL { ?y e:q ?z } }",
        "SELECT ?x { ?x e:p ?y MINUS { ?y e:q ?z } }",
        "SELECT (COUNT(*) AS ?n) { ?x e:p ?y }",
        "SELECT ?x (COUNT(?y) AS ?n) { ?x e:p ?y } GROUP BY ?x",
        "SELECT ?x (COUNT(?y) AS ?n) { ?x e:p ?y } GROUP BY ?x HAVING (COUNT(?y) < 2)",
        "SELECT ?x (COUNT(?y) AS ?n) { ?x e:p ?y } GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 1",
        "SELECT ?x { ?x e:p+ ?y } ORDER BY ?x OFFSET 1",
        "SELECT ?x ?y { ?x e:p* ?y }",
        "SELECT ?x { ?x !e:p ?y }",
        "SELECT ?x { { ?x e:p ?y } UNION { ?x e:q ?y } }",
        "SELECT ?x { ?x ?r ?y FILTER (?r IN (e:q, e:r)) }",
        "SELECT ?x { VALUES ?r { e:q } ?x ?r ?y . ?y e:p ?z }",
        "SELECT ?x { GRAPH e:g { ?x e:p ?y } }",
        "SELECT ?g { GRAPH ?g { ?x e:q ?y } }",
        "SELECT ?x { ?x e:p ?y { SELECT ?y (COUNT(*) AS ?n) { ?y e:q ?z } GROUP BY ?y } }",
        "SELECT (EXISTS { e:a e:q ?y } AS ?is) {}",
        "ASK { e:a e:p ?y . ?y e:q ?z }",
        "CONSTRUCT { ?x e:r ?z } { ?x e:p ?y . ?y e:q ?z }",
        "DESCRIBE e:a",
        "SELECT ?x FROM e:g { ?x e:p ?y }",
    ],
)
def test_what_is_held_irrelevant_changes_no_answer(query):
    """Every quad of small stores, dropped or added: the answer changes only if it may."""
    text = f"PREFIX e: <http://example.org/> {query}"
    changes = sum(changing(random.Random(seed).sample(QUADS, 9), text) for seed in range(12))

    assert changes > 0


def changing(quads, text):
    """How many quads change the answer over *quads*; of each of them it must be said that it may."""
    store = ox.Store()
    store.extend(quads)
    relevance, before, count = Relevance(store, ParsedQuery(text)), answer(store, text), 0
    for quad in QUADS:
        is_there = quad in store
        may_matter = relevance.may_matter([quad]) if is_there else relevance.may_matter([], [quad])
        (store.remove if is_there else store.add)(quad)
        if answer(store, text) != before:
            assert may_matter, f"{'dropped' if is_there else 'added'} {quad}, of {quads}"
            count += 1
        (store.add if is_there else store.remove)(quad)
    return count


def answer(store, text):
    """The answer in a form in which equal ones are equal."""
    found = store.query(text)
    if isinstance(found, ox.QueryBoolean):
        return bool(found)
    if isinstance(found, ox.QueryTriples):
        return sorted(map(str, found))
    rows = [tuple(map(str, row)) for row in found]
    return rows if "ORDER" in text else sorted(rows)


# The built-in dataset


def without(fact):
    """The built-in dataset loaded without a fact and its claim, and what then does not follow."""
    store = loader.read_built_in()
    gone = follows(store)
    named = (
        {quad.subject for quad in store.quads_for_pattern(None, ox.NamedNode(expand(name)), term)}
        for name, term in zip(("rdf:subject", "rdf:predicate", "rdf:object"), fact, strict=True)
    )
    patterns = [fact, *((claim, None, None) for claim in set.intersection(*named))]
    for quad in [quad for pattern in patterns for quad in store.quads_for_pattern(*pattern, None)]:
        store.remove(quad)
    for triple in gone - follows(store):
        store.remove(ox.Quad(*triple_of(triple), INFERRED))
    computed.add_claims(store)
    view.fill(store, infer=True, without=ox.NamedNode(graph_iri("meta")))
    return store


def follows(store):
    """All facts that hold by the ontology, without those that are only recorded."""
    asserted = {fact_of(quad.triple) for quad in store if quad.graph_name not in _NOT_READ}
    rules = Rules(fact for fact in sorted(asserted) if fact[1] in AXIOMS or fact[2] in AXIOMS)
    return asserted | closure(sorted(asserted), rules).keys()


@pytest.fixture(scope="module")
def chosen(graph):
    """Some facts, from the whole of the article's graph and of the context."""
    found = facts(graph.store, ("article", "context"))
    return [found[number * len(found) // 6] for number in range(6)]


@pytest.mark.slow
def test_what_no_longer_follows_is_what_a_full_closure_does_not_find(chosen):
    store = loader.read_built_in()
    before, withdrawals = follows(store), Withdrawals(store)
    for fact in chosen:
        quads = list(store.quads_for_pattern(*fact, None))
        for quad in quads:
            store.remove(quad)
        assert withdrawals.without(fact_of(fact)) == before - follows(store)
        store.extend(quads)


@pytest.mark.soak
@pytest.mark.slow
def test_what_is_noticed_in_the_store_is_what_is_noticed_after_loading_without_the_fact(
    graph, chosen
):
    found = {
        row.fact: set(row.noticed)
        for row in mutants(graph, graphs=["article", "context"], changes=False, most=6).all
    }
    assert list(found) == chosen
    assert any(found.values())

    for fact, noticed in found.items():
        store = without(fact)
        really = {query.name for query in _files(None) if differs(store, query)}
        assert noticed <= really, fact
        # On what other facts rest is not found anew for a mutant, and these queries count it. What
        # rests on a paragraph that is none any more is read by two others.
        is_of_paragraph = fact.object == ox.NamedNode(PREFIXES["gba"] + "Paragraph")
        unseen = {"inferred-facts", "facts-of-paragraph"} if is_of_paragraph else set()
        assert really - noticed <= {"sources", "outline-of-the-article", *unseen}, fact


def differs(store, query):
    """Whether the answer of a canned query is not the expected one."""
    found = store.query(ParsedQuery(query.text).normalized.text, base_iri=base_iri())
    try:
        assert_solutions(found, query.expected(), order=query.order)
    except AssertionError:
        return True
    return False


@pytest.mark.slow
def test_a_changed_fact_takes_another_object_of_its_property(graph):
    consequences = Consequences(graph.store)
    for fact in facts(graph.store, ("article",))[::50]:
        other = consequences.other_object(fact)
        assert other != fact.object
        assert ox.Quad(fact.subject, fact.predicate, other) not in graph.store


@pytest.fixture
def command(project, monkeypatch):
    """What a command does in the folder of the project."""
    monkeypatch.chdir(project[1])
    yield lambda *arguments: CliRunner().invoke(app, arguments)
    publication.use(publication.OWN)  # a command that is given data has left others


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("mutants", ".", "--data", "data.ttl"), 0, '"facts": 10'),
        (("mutants", ".", "--data", "data.ttl", "--fail-under", "80.1"), 1, "80.00 % of the facts"),
        (("terms", ".", "--data", "data.ttl", "--fail-under", "71"), 0, '"terms": 7'),
        (("terms", ".", "--data", "none.ttl"), 2, "none.ttl"),
    ],
)
def test_the_reports_are_commands(command, arguments, code, says):
    done = command(*arguments, "-f", "json")

    assert done.exit_code == code
    assert says in done.output


def test_the_command_ends_with_1_if_a_query_fails_anyway(project, command):
    (project[1] / "expected" / "names.srj").write_text('{"head": {}, "boolean": true}')
    done = command("mutants", ".", "--data", "data.ttl")

    assert done.exit_code == 1
    assert " of 10 facts are guarded by" in done.stdout, "text, also in a pipe"
    assert "Queries that fail guard nothing: names." in done.stderr


def test_the_former_commands_say_what_to_use(capsys):
    with pytest.raises(SystemExit, match="2"):
        import_module("gbagraph.testing.__main__")

    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "gbagraph terms" in said
