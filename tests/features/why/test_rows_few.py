"""The passages of rows: few, in what order, in brief, in tables, and with which marks."""

import csv
import io
import json
import statistics

import pyoxigraph as ox
import pytest

from gbagraph.api.explanations import Proof
from gbagraph.dataset.view import view
from gbagraph.features.why import rows as rows_module
from gbagraph.features.why.evidence import Known, few, leaves
from gbagraph.features.why.proof import proofs_of
from gbagraph.features.why.rows import results_json
from gbagraph.queries.catalog import local_queries
from gbagraph.rdf.namespaces import BASE, PREFIXES, expand
from gbagraph.sparql.parsed import ParsedQuery
from support import PATH, ok, run
from support.assistant import Assistant, ToolServer
from support.evidence import explained

QUERIES = {
    query.name: query.bind(query.examples.items())
    for query in local_queries().values()
    if "ASK" not in query.text
}
BYTES_OF_0_3_0 = 4_682_822 / 9_875
"""For each triple, in the answers to all canned queries with ``evidence=true`` in release 0.3.0."""
AREA = "PREFIX gba: <https://w3id.org/gbagraph/ontology#>\nPREFIX id: <https://w3id.org/gbagraph/id/>\n"
ZONES = AREA + "SELECT ?z ?a { ?z a gba:Zone ; gba:area ?a . FILTER(?z = id:knowledge-city) }"
DESCRIBING = {
    expand(name)
    for name in (
        *("rdf:type", "rdfs:label", "rdfs:comment", "skos:prefLabel", "skos:altLabel"),
        *("rdf:subject", "rdf:predicate", "rdf:object", "schema:name"),
    )
}


def of(basis, *passages):
    triple = ox.Triple(ox.NamedNode("a:s"), ox.NamedNode("a:p"), ox.NamedNode("a:o"))
    return Known(basis, (Proof(triple, "asserted", basis, passages),))


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([of("stated", "b", "a")], "a"),
        ([of("stated", "a", "b"), of("stated", "b")], "b"),
        ([of("inferred", "a", "b")], "ab"),
        ([of("ours", "a", "b")], "ab"),
        ([of("stated", "a", "b"), of("stated", "b", "c")], "b"),
        ([of("stated", "a", "b"), of("inferred", "c", "b")], "bc"),
        ([Known("derived", (*of("stated", "a", "b").leaves, *of("stated", "b").leaves))], "b"),
        # What most need comes first, "a" before others of as many, and is superfluous after them.
        ([of("stated", *each) for each in ("ab", "aef", "bd", "ef")], "be"),
        ([of("asserted")], ""),
    ],
)
def test_of_alternatives_the_one_is_taken_that_is_needed_anyway(known, expected):
    chosen = "".join(sorted(few(known)))

    assert chosen == expected
    assert few(reversed(known)) == few(known)


@pytest.fixture(scope="module")
def canned(graph):
    """The rows of each canned query, with their evidence."""
    return {name: explained(graph.store, text) for name, text in QUERIES.items()}


def has_left(proof, passages):
    """Whether a triple with this proof still has what it rests on among *passages*."""
    return all(
        (any if leaf.basis == "stated" else all)(name in passages for name in leaf.paragraphs)
        for leaf in leaves(proof)
        if leaf.paragraphs
    )


@pytest.mark.slow
def test_without_any_paragraph_some_triple_of_the_row_has_none(graph, canned):
    why = proofs_of(graph.store).why

    for name, rows in canned.items():
        for _, row in rows:
            named = set(row.paragraphs)
            proofs = [why(each.triple) for each in row.triples] if named else []
            assert all(has_left(proof, named) for proof in proofs), name
            for passage in named:
                rest = named - {passage}
                assert not all(has_left(proof, rest) for proof in proofs), (name, passage)


def test_rows_rest_on_few_paragraphs(canned):
    numbers = [len(row.paragraphs) for rows in canned.values() for _, row in rows]
    of_queries = [
        statistics.median(len(row.paragraphs) for _, row in rows)
        for rows in canned.values()
        if rows
    ]

    assert statistics.median(numbers) <= 2
    assert statistics.median(of_queries) <= 3
    assert sum(number <= 3 for number in numbers) / len(numbers) > 0.8


def test_what_else_says_a_triple_stands_beside_it(canned):
    triples = [each for rows in canned.values() for _, row in rows for each in row.triples]
    others = [each for each in triples if each.alternatives]

    assert others
    assert all(not set(each.alternatives) & set(each.paragraphs) for each in triples)
    assert all(each.basis in ("stated", "derived") for each in others)


def test_notes_and_sentences_travel_with_the_triples(graph, canned):
    (row,) = graph.select(ZONES, evidence=True)
    (area,) = (each for each in row.evidence.triples if "area" in each.triple.predicate.value)
    inferred = [
        each for rows in canned.values() for _, row in rows for each in row.triples
        if each.basis == "inferred" and each.sentences
    ]  # fmt: skip

    assert area.sentences
    assert {name for name, _ in area.sentences} == set(area.paragraphs)
    assert all(each.note for each in inferred)
    assert any("from the words" in each.note for each in inferred)


def test_what_distinguishes_a_row_stands_first(graph, canned):
    (row,) = graph.select(ZONES, evidence=True)
    predicates = [each.triple.predicate.value for each in row.evidence.triples]

    assert predicates[0] == expand("gba:area")
    assert expand("rdf:type") in predicates
    for rows in canned.values():
        for solution, found in rows:
            shown, places = set(solution), []
            for each in found.triples:
                touches = not shown.isdisjoint((each.triple.subject, each.triple.object))
                is_kind = each.triple.predicate.value in DESCRIBING or each.basis == "ontology"
                places.append(3 if each.basis == "ours" else 2 if is_kind else 1 - touches)
            names = {each.triple.predicate.value for each in found.triples} - DESCRIBING
            if not any(
                name.startswith(tuple(PREFIXES[p] for p in ("skos", "schema", "dc", "dcterms")))
                for name in names
            ):
                assert places == sorted(places)


def test_brief_leaves_kinds_and_labels_out(graph):
    (row,) = graph.select(ZONES, evidence="brief")
    (full,) = graph.select(ZONES, evidence=True)
    (kind,) = graph.select(
        AREA + "SELECT ?z { ?z a gba:Zone } ORDER BY ?z LIMIT 1", evidence="brief"
    )
    (facts,) = row.evidence.facts
    (passage,) = row.evidence.passages

    assert row.evidence.triples == ()
    assert facts.facts == ("id:knowledge-city gba:area id:knowledge-city-area",)
    assert (facts.basis, facts.paragraphs) == ("stated", (passage.iri,))
    assert [name for name, _ in facts.sentences] == [passage.iri]
    assert passage.label
    assert passage.summary
    assert set(row.evidence.paragraphs) <= set(full.evidence.paragraphs)
    assert kind.evidence.facts  # it rests on nothing else


def size(graph, text, *, brief):
    """The bytes of an answer with evidence, and how many triples that has."""
    query = ParsedQuery(text).normalized
    asked = view(graph.store, query)
    answer = asked.query(query.text)
    names = [variable.value for variable in answer.variables]
    found = b"".join(results_json(graph.store, asked, query, names, answer, brief=brief))
    rows = json.loads(found)["results"]["evidence"]
    return len(found), sum(len(row.get("triples", ())) for row in rows)


@pytest.mark.slow
def test_evidence_takes_few_bytes(graph):
    """For a triple hardly more than without notes and sentences, and in brief at most 0.3 of that."""
    full = [size(graph, text, brief=False) for text in QUERIES.values()]
    brief = [size(graph, text, brief=True)[0] for text in QUERIES.values()]
    in_full, triples = map(sum, zip(*full, strict=True))

    assert in_full <= 1.12 * BYTES_OF_0_3_0 * triples
    assert sum(brief) <= 0.3 * in_full


def test_an_optional_that_does_not_match_is_an_absence(graph):
    text = (
        AREA
        + "SELECT ?z { VALUES ?z { id:knowledge-city } ?z a gba:Zone OPTIONAL { ?z gba:%s ?x } }"
    )
    rows = [graph.select(text % name, evidence=True)[0] for name in ("area", "unheardOf")]

    assert [row.evidence.complete for row in rows] == [True, True]
    assert [row.evidence.note for row in rows] == [
        "",
        "An optional part of the query has no match in the data.",
    ]


# Over HTTP, in columns and elsewhere


def answered(server, query, evidence, accept="application/sparql-results+json"):
    return ok(server.ask(query, accept, evidence=evidence))


def test_brief_over_http_has_facts_and_passages(server):
    found = answered(server, ZONES, "brief").json()["results"]
    (row,) = found["evidence"]
    (facts,) = row["facts"]
    (name,) = facts["passages"]

    assert set(row) == {"facts", "complete", "marks"}
    assert facts["passages"][name] == [1] or all(
        isinstance(n, int) for n in facts["passages"][name]
    )
    assert found["passages"][name]["iri"] == BASE + name.replace("art:", "article/")
    assert set(found["passages"][name]) == {"iri", "label", "summary"}


def test_members_that_say_nothing_are_left_out(server):
    (row,) = answered(server, ZONES, "true").json()["results"]["evidence"]
    area = row["triples"][0]

    assert set(area) == {"subject", "predicate", "object", "basis", "paragraphs", "sentences"}
    assert area["sentences"] == {BASE + "article/knowledge-city-1": [2]}


def test_in_python_brief_is_the_same_from_a_server(graph, server):
    import gbagraph  # noqa: PLC0415

    there = gbagraph.connect(str(server.client.base_url))
    for evidence in (True, "brief"):
        here, far = (each.select(ZONES, evidence=evidence) for each in (graph, there))
        assert [row.evidence for row in here] == [row.evidence for row in far]
    with gbagraph.open(safe=True) as safe:
        assert safe.select(ZONES, evidence="brief")[0].evidence == here[0].evidence


@pytest.mark.parametrize("evidence", ["true", "brief"])
def test_csv_has_a_column_for_it(server, evidence):
    rows = list(csv.reader(io.StringIO(answered(server, PATH, evidence, "text/csv").text)))
    plain = list(csv.reader(io.StringIO(server.ask(PATH, "text/csv").text)))
    row = answered(server, PATH, evidence).json()["results"]
    in_json = row["passages"].values() if evidence == "brief" else row["evidence"][0]["paragraphs"]
    expected = [each["iri"] if evidence == "brief" else each for each in in_json]

    assert [row[:-1] for row in rows] == plain
    assert rows[0][-1] == "evidence"
    assert rows[1][-1].split(" ") == sorted(expected)


def test_tsv_has_it_too(server):
    explained_, plain = (
        ok(server.ask(PATH, "text/tab-separated-values", **more)).text.splitlines()
        for more in ({"evidence": "true"}, {})
    )

    assert [line.rpartition("\t")[0] for line in explained_] == plain
    assert explained_[0].endswith("\t?evidence")
    assert explained_[1].endswith('/article/knowledge-city-3"')


def test_its_name_is_never_that_of_a_variable(server):
    text = "SELECT ?evidence ?evidence_ { ?evidence a ?evidence_ } LIMIT 1"
    head = answered(server, text, "true", "text/csv").text.partition("\r\n")[0]

    assert head == "evidence,evidence_,evidence__"


def test_rows_of_tables_are_written_some_at_a_time(graph, monkeypatch):
    monkeypatch.setattr(rows_module, "MOST_ROWS", 3)
    from gbagraph.rdf.result_formats import SOLUTIONS  # noqa: PLC0415

    query = ParsedQuery("SELECT ?s ?o { ?s a ?o } ORDER BY ?s ?o LIMIT 2100").normalized
    asked = view(graph.store, query)
    (form,) = (each for each in SOLUTIONS if each.extension == "tsv")
    answer = asked.query(query.text)
    parts = list(
        rows_module.written(graph.store, asked, query, ["s", "o"], answer, brief=False, form=form)
    )
    lines = b"".join(parts).decode().splitlines()

    assert len(parts) > 2
    assert len(lines) == 2101
    assert lines[0] == "?s\t?o\t?evidence"
    assert all(line.endswith('\t""') for line in lines[4:])


def test_a_value_that_is_not_known_is_refused(server):
    refused = server.ask(PATH, evidence="short")

    assert refused.status_code == 400
    assert "true, false or brief" in refused.json()["detail"]


MARKED = {
    "disputed": AREA + "SELECT ?a { id:knowledge-city gba:area ?a }",
    "inferred": AREA + "SELECT ?o { ?c a <https://w3id.org/gbagraph/evidence#Claim> ; "
    "<https://w3id.org/gbagraph/evidence#inferredFrom> ?o } LIMIT 1",
    "planned": AREA + "SELECT ?x ?s { ?x gba:status ?s FILTER(?s = gba:Planned) } LIMIT 1",
    "planned, derived": AREA + "SELECT ?c { ?c gba:plannedIn id:pazhou-core-area } LIMIT 1",
    "bound": AREA + "SELECT ?x ?b { ?x gba:bound ?b FILTER(?b = gba:MoreThan) } LIMIT 1",
}


@pytest.mark.parametrize("mark", MARKED)
@pytest.mark.parametrize("evidence", [True, "brief"])
def test_what_is_uncertain_says_so(graph, mark, evidence):
    (first, *_) = graph.select(MARKED[mark], evidence=evidence)
    assert mark.partition(",")[0] in first.evidence.marks


def test_what_is_certain_has_no_mark(graph):
    exact = AREA + "SELECT ?x { ?x gba:value 15 ; gba:bound gba:Exact }"

    assert [row.evidence.marks for row in graph.select(exact, evidence=True)] == [()]


def test_marks_are_told_over_http_and_on_pages(server):
    (row,) = answered(server, ZONES, "true").json()["results"]["evidence"]
    shown = {
        language: server.client.get(
            "/sparql",
            params={"query": ZONES, "evidence": "true"},
            headers={"Accept": "text/html", "Accept-Language": language},
        ).text
        for language in ("en", "zh-Hans")
    }

    assert row["marks"] == ["disputed"]
    assert 'title="another source says otherwise">disputed</small>' in shown["en"]
    assert 'title="另有来源说法不同">说法不一</small>' in shown["zh-Hans"]
    assert "disputed" not in server.ask(ZONES).text


@pytest.mark.processes
def test_assistants_are_told():
    with ToolServer("--tools", "all") as running, Assistant(running.url) as assistant:
        (full,) = assistant.call("query", sparql=ZONES, evidence=True)["evidence"]
        (brief,) = assistant.call("query", sparql=ZONES, evidence="brief")["evidence"]

    assert full["marks"] == brief["marks"] == ["disputed"]
    assert [fact["fact"] for fact in brief["facts"]] == [
        "id:knowledge-city gba:area id:knowledge-city-area"
    ]
    assert brief["facts"][0]["sentences"] == ["art:knowledge-city-1: 2"]
    assert brief["passages"][0]["summary"]
    assert "passages" not in full


@pytest.mark.processes
def test_commands_take_it():
    brief = json.loads(run("query", ZONES, "--brief-evidence", "-f", "json").stdout)
    table = run("query", ZONES, "--brief-evidence", "-f", "table").stdout
    lines = run("query", PATH, "--evidence", "-f", "csv").stdout.splitlines()

    assert brief["results"]["evidence"][0]["facts"]
    assert "art:knowledge-city-1" in table
    assert "disputed" in table
    assert lines[0] == "project,zone,evidence"
