"""Graphs answer alike, wherever they are: in this process, in workers, on a server, awaited."""

import asyncio
import socket
import threading

import pyoxigraph as ox
import pytest
import rdflib

import gbagraph
from gbagraph import errors
from gbagraph.queries.catalog import local_queries
from support import PATH, ZONE
from support.queries import SAMPLE_QUERIES

BAIDU = "https://w3id.org/gbagraph/id/baidu"
LABELS = "SELECT ?s { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?label }"
CONSTRUCT = "CONSTRUCT { ?s <urn:q> ?o } { ?s a ?o } ORDER BY ?s ?o LIMIT 20"
DEVELOPS = "SELECT ?who ?what { ?who <ontology#develops> ?what } ORDER BY ?who ?what"
LONG = f"{DEVELOPS} # {'long ' * 2000}"
WIKIDATA = "http://www.wikidata.org/entity/Q16572"


class Awaited:
    """A graph to be awaited, each method of which is run in an event loop until it returns."""

    def __init__(self, url):
        self._loop = asyncio.new_event_loop()
        self._graph = gbagraph.connect_async(url)
        self._loop.run_until_complete(self._graph.__aenter__())

    def __getattr__(self, name):
        member = getattr(self._graph, name)
        if not callable(member):
            return member
        return lambda *given, **named: self._loop.run_until_complete(member(*given, **named))


def opened(kind, request):
    if kind == "in process":
        return gbagraph.open()
    if kind == "safe":
        return gbagraph.open(safe=True, timeout=30)
    make = gbagraph.connect if kind == "server" else Awaited
    return make(request.getfixturevalue("server").url)


OTHERS = [pytest.param(kind, marks=pytest.mark.processes) for kind in ("safe", "server", "awaited")]


@pytest.fixture(scope="module", params=["in process", *OTHERS])
def any_graph(request):
    found = opened(request.param, request)
    yield found
    found.close()


@pytest.fixture(scope="module", params=OTHERS)
def other(request):
    found = opened(request.param, request)
    yield found
    found.close()


@pytest.mark.parametrize("name", SAMPLE_QUERIES)
def test_canned_query_has_the_same_answer(graph, other, name):
    values = local_queries()[name].examples

    assert other.run(name, **values) == graph.run(name, **values)


@pytest.mark.parametrize(
    "query", [PATH, CONSTRUCT, "ASK {}", "ASK { ?s <urn:no> ?o }", LONG, "SELECT * { ?s ?p ?o }"]
)
def test_query_of_any_form_has_the_same_answer(graph, other, query):
    assert type(other.query(query)) is type(graph.query(query))
    assert other.query(query) == graph.query(query)


def test_evidence_is_the_same(graph, other):
    rows, expected = (each.select(DEVELOPS, evidence=True) for each in (other, graph))

    assert rows == expected
    assert [row.evidence for row in rows] == [row.evidence for row in expected]
    steps = other.run("place-to-country", evidence=True, place="apollo-rd-centre")
    assert steps[0].evidence.complete


def test_proofs_and_diagnostics_are_the_same(graph, other):
    triple = ("id:baidu", "gba:involvedIn", "id:huangpu")
    terms = (ox.NamedNode(ZONE), rdflib.RDF.type, rdflib.URIRef("https://schema.org/Place"))

    assert other.why(*triple) == graph.why(*triple)
    assert other.why(*terms) == graph.why(*terms)
    assert other.why("id:china", "rdfs:label", "China", lang="en").graphs
    for query in ("SELECT * { ?s <urn:no> ?o }", "SELECT", LONG, PATH):
        assert other.explain(query) == graph.explain(query)


def test_lookup_is_the_same(graph, other):
    iris = [WIKIDATA, "https://www.wikidata.org/wiki/Q16572", "no"]
    results = other.lookup(*iris)

    assert results == graph.lookup(*iris)
    assert [each.iri for each in results] == iris
    assert [len(each.matches) > 0 for each in results] == [True, False, False]
    assert results[1].suggestions[0].iri == WIKIDATA
    assert other.lookup() == graph.lookup() == []


TOLD = {
    "all questions": lambda graph: graph.questions(),
    "questions for a text": lambda graph: graph.questions("How large are the zones?"),
    "questions in Chinese": lambda graph: graph.questions("园区有多大"),
    "search": lambda graph: graph.search("Baidu"),
    "search for nothing": lambda graph: graph.search("Baiduu"),
    "schema": lambda graph: graph.schema(),
    "schema of a class": lambda graph: graph.schema("zone", language="zh-hans"),
    "schema of a property": lambda graph: graph.schema("gba:locatedIn"),
    "thing": lambda graph: graph.describe("百度", language="zh-hans"),
    "class": lambda graph: graph.describe("Zone"),
    "paragraph": lambda graph: graph.describe("art:nansha-1"),
}


@pytest.mark.parametrize("tell", TOLD.values(), ids=TOLD)
def test_what_a_graph_tells_is_the_same(graph, other, tell):
    told = tell(graph)

    assert told
    assert tell(other) == told
    assert type(tell(other)) is type(told)


def test_questions_say_what_they_need_and_what_they_give(graph):
    (first, *_) = graph.questions("Which zones are about a technology?")
    (parameter,) = first["parameters"]

    assert first["name"] == "zones-for-topic"
    assert first["question"].startswith("Which zones are about")
    assert tuple(first["columns"]) == graph.run("zones-for-topic").variables
    assert (parameter["name"], parameter["default"]) == ("topic", "blockchain")
    assert len(graph.questions()) > 50
    assert "zones-for-topic: Which" in repr(graph.questions())
    assert gbagraph.open("0.2.0").questions("zones") != graph.questions("zones")


def test_schema_tells_of_classes_and_properties_with_labels(graph):
    whole, of_class = graph.schema(), graph.schema("gba:Zone")

    assert list(whole) == ["classes", "properties"]
    assert "Zone" in whole["classes"].column("classLabel")
    assert list(of_class) == ["properties"]
    assert "located in" in of_class["properties"].column("propertyLabel")
    for other in ("atlantis", "The lost city", "gba:Atlantis", "id:baidu"):
        with pytest.raises(errors.UnknownResource, match=f"No class and no property.*{other}"):
            graph.schema(other)


TAKING = ("ask", "describe", "explain", "lookup", "questions", "run", "schema", "search", "select")


@pytest.mark.parametrize("method", TAKING)
def test_what_stands_for_no_text_is_refused(graph, method):
    with pytest.raises(errors.BadParameter, match="the type NoneType"):
        getattr(graph, method)(None)


def test_terms_stand_for_their_iris(any_graph):
    node = ox.NamedNode(BAIDU)

    assert any_graph.describe(node) == any_graph.describe(BAIDU)
    assert any_graph.lookup(rdflib.URIRef(BAIDU)) == any_graph.lookup(BAIDU)
    assert any_graph.search(node) == any_graph.search(BAIDU)


@pytest.mark.parametrize("evidence", ["breif", "full", 3])
def test_misspelt_evidence_is_an_error(graph, evidence):
    with pytest.raises(errors.BadParameter, match="'brief'"):
        graph.run("timeline", evidence=evidence)


PREFIXED = "SELECT ?s { ?s a gba:Zone ; rdfs:label ?label }"


def test_prefixes_of_the_dataset_need_no_line(any_graph):
    found = any_graph.select(PREFIXED)

    assert len(found) > 10
    assert any_graph.query(PREFIXED, evidence="brief") == found
    assert any_graph.ask("# gba:\nASK { id:baidu a ?kind }", kind=ox.NamedNode("urn:x")) == False  # noqa: E712
    assert any_graph.construct("CONSTRUCT { ?s a gba:Zone } { ?s a gba:Zone }")
    # A prefix that the query declares itself means what it says there.
    assert not any_graph.select(f"PREFIX gba: <urn:x:> {PREFIXED}")
    assert any_graph.ask("ASK { FILTER ('gba:x' = \"gba:x\") id:baidu a gba:Company }")


@pytest.mark.parametrize(
    "text", ["{ ?s a gba:Zone ; nope:x ?y }", "{\n?s a gba:Zone FILTER (?s = )\n}"]
)
def test_an_error_is_where_it_is_in_the_query_as_it_was_given(any_graph, text):
    line = text.count("\n") and 2
    with pytest.raises(errors.QuerySyntaxError) as raised:
        any_graph.select(f"SELECT * {text}")
    with pytest.raises(errors.QuerySyntaxError) as declared:
        any_graph.select(f"PREFIX gba: <urn:x:>\nSELECT * {text}")

    assert raised.value.details["line"] == declared.value.details["line"] - 1 == max(line, 1)
    assert f"line {max(line, 1)}," in raised.value.message
    assert raised.value.details["column"] == declared.value.details["column"]


def test_a_query_that_is_right_is_asked_once(graph, monkeypatch):
    asked = []
    monkeypatch.setattr(graph, "_ask", asked.append)
    graph.select("SELECT * { ?s ?p ?o }")

    assert len(asked) == 1


def test_diagnostics_know_the_prefixes_and_where_things_stand(any_graph):
    (found,) = any_graph.explain("SELECT ?x {\n?x a gba:Compny }")

    assert (found.code, found.line, found.column) == ("unknown-class", 2, 6)
    assert found.query == "SELECT ?x {\n?x a gba:Company }"


def test_version_and_hash_are_the_same(graph, other):
    assert (other.version, other.hash) == (graph.version, graph.hash)


ERRORS = {
    "no query": lambda graph: graph.query("SELECT"),
    "open bracket": lambda graph: graph.query("SELECT * { ?s ?p ?o"),
    "SERVICE": lambda graph: graph.query("ASK { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"),
    "function": lambda graph: graph.query("ASK { FILTER (<urn:f>(1)) }"),
    "unknown variable": lambda graph: graph.select(PATH, zoen=ox.NamedNode(ZONE)),
    "evidence of ASK": lambda graph: graph.query("ASK {}", evidence=True),
    "select of ASK": lambda graph: graph.select("ASK {}"),
    "unknown name": lambda graph: graph.run("zones-by-aera"),
    "unknown thing": lambda graph: graph.run("place-to-country", place="atlantis"),
    "unknown parameter": lambda graph: graph.run("place-to-country", place="china", planet="mars"),
    "wrong type": lambda graph: graph.run("timeline", from_="soon"),
    "two values": lambda graph: graph.run("place-to-country", place=["china", "guangzhou"]),
    "nothing of that name": lambda graph: graph.describe("Pazhou"),
    "no class of that name": lambda graph: graph.schema("atlantis"),
    "no language": lambda graph: graph.describe("id:baidu", language=None),
    "no language of labels": lambda graph: graph.schema(language=None),
    "unknown triple": lambda graph: graph.why("id:baidu", "a", "id:xpeng"),
    "no triple": lambda graph: graph.why("id:baidu", "a b", "c"),
}


@pytest.mark.parametrize("ask", ERRORS.values(), ids=ERRORS)
def test_error_is_the_same(graph, other, ask):
    caught = []
    for each in (other, graph):
        with pytest.raises(errors.RequestError) as raised:
            ask(each)
        # What lists all of them is another thing in a process than on a server.
        message = raised.value.message.removesuffix(" `gbagraph queries` lists all.")
        caught.append((type(raised.value), message, raised.value.details))

    assert caught[0] == caught[1]


def test_form_of_a_query_decides_the_type_of_its_answer(any_graph):
    assert isinstance(any_graph.query(PATH), gbagraph.Solutions)
    assert isinstance(any_graph.query("ASK {}"), gbagraph.Boolean)
    assert isinstance(any_graph.query("DESCRIBE <id/baidu>"), gbagraph.Triples)
    assert any_graph.select(PATH)
    assert any_graph.ask("ASK {}") == True  # noqa: E712  that is what is tested
    assert any_graph.construct(CONSTRUCT)


@pytest.mark.parametrize(
    ("method", "query", "said"),
    [
        ("select", "ASK {}", r"select\(\) is for .* SELECT, .* ASK\. Call ask\(\)"),
        ("select", "DESCRIBE <id/baidu>", r"CONSTRUCT or DESCRIBE\. Call construct\(\)"),
        ("ask", PATH, r"ask\(\) is for .* SELECT\. Call select\(\)"),
        ("construct", "ASK {}", r"construct\(\) is for .* Call ask\(\)"),
    ],
)
def test_query_of_another_form_is_an_error_that_says_what_to_call(any_graph, method, query, said):
    with pytest.raises(errors.RequestError, match=said):
        getattr(any_graph, method)(query)


def test_variables_are_bound_to_terms_and_values(any_graph):
    zone, ask = ox.NamedNode(ZONE), any_graph.ask

    assert ask("ASK { ?zone a <ontology#Zone> }", zone=zone)
    assert ask("ASK { ?zone a <ontology#Zone> }", zone=rdflib.URIRef(ZONE))
    for label in (ox.Literal("Baidu", language="en"), rdflib.Literal("Baidu", lang="en")):
        assert any_graph.select(LABELS, label=label)[0].s == BAIDU
    assert ask("ASK { FILTER (?from_year = 2020 && ?ok) }", from_year=2020, ok=True)
    assert ask("ASK { FILTER (?from = 2020) }", from_=2020)
    assert any_graph.construct("CONSTRUCT { ?s a ?o } { ?s a ?o }", s=zone, o=None)


def test_text_is_bound_and_never_pasted(any_graph):
    text = '"} ASK {} #'

    assert any_graph.select("SELECT (?text AS ?same) {}", text=text)[0].same == text


@pytest.mark.parametrize("any_graph", ["in process", *OTHERS[:2]], indirect=True)
def test_any_thread_asks_whether_or_not_an_event_loop_runs(graph, any_graph):
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(any_graph.select(PATH))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    async def ask():
        return any_graph.select(PATH), await asyncio.to_thread(any_graph.select, PATH)

    assert [*answers, *asyncio.run(ask())] == [graph.select(PATH)] * 10


@pytest.mark.parametrize("any_graph", ["in process", OTHERS[0]], indirect=True)
@pytest.mark.parametrize("silent", ["", "SILENT "])
@pytest.mark.parametrize("evidence", [False, True])
def test_no_query_calls_another_endpoint(any_graph, silent, evidence):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        address = f"<http://127.0.0.1:{listening.getsockname()[1]}/>"
        query = f"SELECT * {{ SERVICE {silent}{address} {{ ?s ?p ?o }} }}"
        if silent:
            assert len(any_graph.select(query, evidence=evidence)) == 1
        else:
            with pytest.raises(errors.ServiceNotAllowed):
                any_graph.select(query, evidence=evidence)
        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.mark.parametrize("kind", ["in process", *OTHERS])
def test_closed_graph_says_so(request, kind):
    closed = opened(kind, request)
    closed.close()

    with pytest.raises(errors.EngineUnavailable, match="closed"):
        closed.ask("ASK {}")
