"""The few tools: a catalogue of questions, SPARQL and short answers that can be cited."""

import json
import statistics

import pytest
from mcp import MCPError

from gbagraph.features.assistants.questions import is_needed
from gbagraph.queries.catalog import all_queries
from support.assistant import Assistant, ToolServer
from support.exchanges import EXCHANGES

pytestmark = pytest.mark.processes

MOST_CHARACTERS = 1_250
"""That a question costs, as a rule: half of them no more."""
OF_ALL = 290_000
"""That the answers to all canned queries have with evidence."""


@pytest.fixture(scope="module")
def tool_server():
    with ToolServer() as running:
        yield running


@pytest.fixture(scope="module")
def assistant(tool_server):
    with Assistant(tool_server.url) as client:
        yield client


def ask(assistant, question, **given):
    options = {name: given.pop(name) for name in ("evidence", "limit", "detail") if name in given}
    return assistant.call("gbagraph_ask", question=question, arguments=given, **options)


def test_questions_cost_few_characters(assistant):
    costs = []
    for exchange in EXCHANGES:
        *_, last = answers = [assistant.result(name, **given) for name, given in exchange.after]
        assert exchange.answer in last.content[0].text, exchange.question
        costs.append(sum(len(each.content[0].text) for each in answers))

    assert len(costs) == 25
    assert statistics.median(costs) <= MOST_CHARACTERS


def test_a_question_is_found_with_what_it_takes_and_the_things_that_the_text_names(assistant):
    found = assistant.call(
        "gbagraph_find_question", text="Where does Xiaomi have its headquarters?"
    )
    first, *_ = found["questions"]

    assert first["name"] == "headquarters-plans"
    assert first["parameters"] == {"place": "Only headquarters in this place."}
    assert first["columns"][:2] == ["company", "place"]
    assert found["things"] == ['id:xiaomi "Xiaomi"']


def test_questions_that_need_an_endpoint_which_is_not_allowed_are_not_found(assistant):
    found = assistant.call("gbagraph_find_question", text="population in Wikidata", limit=20)

    assert not [each for each in found["questions"] if each["name"].endswith("-in-wikidata")]


def test_an_answer_says_what_was_asked_and_what_a_name_was_taken_for(assistant):
    found = ask(assistant, "companies-to-zones", company="百度")

    assert found["asked"] == {"question": "companies-to-zones", "company": 'id:baidu "Baidu"'}
    assert found["columns"] == ["company", "way", "via", "zone", "city"]
    assert all(row[0].startswith("id:baidu") for row in found["rows"])
    assert "more" not in found


def test_a_default_is_told_and_one_that_names_what_is_asked_about_is_an_example(assistant):
    assert ask(assistant, "companies-in-several-zones")["asked"]["least"] == "2"
    refused = assistant.error("gbagraph_ask", question="evidence-of")
    assert (refused["argument"], refused["example"]) == ("subject", "apollo-rd-centre")


def test_in_full_an_answer_has_whole_iris_and_a_total(assistant):
    found = ask(assistant, "zones-by-area", detail="full", limit=1, evidence=True)

    assert found["rows"][0]["zone"] == "https://w3id.org/gbagraph/id/knowledge-city"
    assert (found["total"], found["more"]) == (3, True)
    assert len(found["evidence"][0]["facts"]) > 3


@pytest.mark.matrix
def test_answers_with_evidence_have_few_characters(assistant):
    able = [query for query in all_queries().values() if not query.refused_services(())]
    asked = [
        (q.name, {p.name: p.example or p.default for p in q.parameters if is_needed(p)})
        for q in able
    ]
    found = [
        assistant.result("gbagraph_ask", question=name, arguments=given, evidence=True)
        for name, given in asked
    ]

    assert len(found) == 59
    assert sum(len(each.content[0].text) for each in found) <= OF_ALL


def test_evidence_is_a_cell_with_the_passages_that_decide_the_row(assistant):
    found = ask(assistant, "zones-by-area", evidence=True)
    differs = "id:context-knowledge-city-area"

    assert len(json.dumps(found, separators=(",", ":"))) <= 1_550
    assert found["columns"][-1] == "evidence"
    assert [row[-1] for row in found["rows"]] == [
        f"art:knowledge-city-1: 2 (stated); disputed: {differs}-2020, {differs}-2022",
        "art:nansha-1: 1 (stated)",
        "art:ai-zone-1: 2 (inferred: The text gives a length for a zone; read as an area.)",
    ]
    assert found["passages"]["art:nansha-1"].endswith(
        " <https://w3id.org/gbagraph/article/nansha-1>"
    )


def test_a_note_and_a_label_are_told_once(assistant):
    found = ask(assistant, "companies-to-zones", evidence=True)
    first, *others = [row for row in found["rows"] if row[0].startswith("id:baidu")]

    assert first[0] == 'id:baidu "Baidu"'
    assert {row[0] for row in others} == {"id:baidu"}
    assert sum("note 1)" in row[-1] for row in found["rows"]) > 1
    assert set(found["notes"]) >= {"note 1", "note 2"}


def test_only_a_bound_that_is_shown_is_marked(assistant):
    found = ask(assistant, "signing-rounds", evidence=True)
    signed = (
        "id:signing-knowledge-city-2020 gba:signedProjectCount/gba:value ?n ; gba:investment ?i"
    )
    exact = f"SELECT ?n {{ {signed} }}"
    (row, *_) = assistant.call("gbagraph_query", sparql=exact, evidence=True)["rows"]

    assert all(row[-1].endswith("bound: 170000000000, 26300000000") for row in found["rows"])
    assert (row[0], "bound" in row[-1]) == (135, False)


def test_what_a_row_says_decides_it_and_not_where_its_text_stands(assistant):
    found = ask(assistant, "open-lists", evidence=True)
    *_, promoted = ask(assistant, "milestones", thing="knowledge-city", evidence=True)["rows"]
    baiyun, *_ = ask(assistant, "places-by-kind", kind="gba:District", evidence=True)["rows"]

    assert baiyun[-1] == "art:blockchain-2: 2, id:source-china-division-2-7-0 (stated)"
    assert promoted[-1].startswith("art:knowledge-city-1: 3 (stated);")
    assert all(row[-1].startswith(f"{row[1].partition(' ')[0]}: ") for row in found["rows"])
    assert "id:article" not in found["passages"]


def test_evidence_of_each_canned_step_is_its_own(assistant):
    found = ask(assistant, "place-to-country", place="apollo-rd-centre", evidence=True)

    assert [row[-1].partition(" (")[0] for row in found["rows"]] == [
        "art:knowledge-city-3: 1,2",
        "art:knowledge-city-1: 2",
        "art:knowledge-city-1: 1,2",
        "art:introduction-1: 1, art:standfirst-1: 1",
        "art:blockchain-1: 1, art:introduction-2: 1",
    ]
    assert [row[-1].endswith("planned") for row in found["rows"]] == [True, *[False] * 4]


def test_a_thing_of_the_wrong_kind_is_told_with_related_questions(assistant):
    found = ask(assistant, "place-to-country", place="Baidu")

    assert found["rows"] == []
    assert 'id:baidu "Baidu", which is: Company' in found["hints"][0]
    assert "The place or project to start from." in found["hints"][0]
    assert found["see_also"]


def test_an_empty_answer_says_in_words_that_nothing_is_recorded_and_who_has_it(assistant):
    of_none = ask(assistant, "milestones", thing="Pazhou Core Area")["hints"]
    of_cities = ask(assistant, "lies-in", place="greater-bay-area", kind="gba:City")

    assert (
        of_none[-1] == 'The graph records none of this for id:pazhou-core-area "Pazhou Core Area".'
    )
    assert not any("FILTER" in hint for hint in of_none)
    assert next(iter(of_cities["see_also"])) == "bay-area-cities"


def test_a_text_that_nothing_prepared_fits_gets_a_hint_and_no_question(assistant):
    found = assistant.call("gbagraph_find_question", text="Which airline bakes the best bread?")
    named = assistant.call("gbagraph_find_question", text="Does Baidu own Tencent shares?")

    assert found["questions"] == named["questions"] == []
    assert found["hint"].startswith("Nothing prepared fits. Look names up with search")
    assert named["things"] == ['id:baidu "Baidu"', 'id:tencent "Tencent"']
    assert "See the things with describe and path" in named["hint"]


def test_facts_outside_the_default_graph_are_told(assistant):
    area = "SELECT ?a { id:knowledge-city gba:area/gba:value ?a }"
    (hint,) = assistant.call("gbagraph_query", sparql=area)["hints"]
    inside = area.replace("{", "{ GRAPH graph:article {") + "}"

    assert "about id:knowledge-city are in graph:differing" in hint
    assert "hints" not in assistant.call("gbagraph_query", sparql=inside)
    assert "hints" not in assistant.call("gbagraph_query", sparql="ASK { id:baidu a gba:Company }")


def test_rows_that_repeat_are_told(assistant):
    (hint,) = assistant.call("gbagraph_query", sparql="SELECT ?n { VALUES ?n { 2 2 2 } }")["hints"]

    assert hint.startswith("Rows repeat: SELECT DISTINCT")


def test_limit_ends_the_reading_of_an_answer_without_end(assistant):
    crossed = " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(6))
    found = assistant.call("gbagraph_query", sparql=f"SELECT * {{ {crossed} }}", limit=5)

    assert (len(found["rows"]), found["more"]) == (5, True)
    assert "offset=5" in found["hint"]


@pytest.mark.parametrize(
    ("sparql", "numbers", "more"),
    [
        ("SELECT ?n { VALUES ?n { 3 1 2 2 } } LIMIT 1", [[3]], False),
        ("SELECT ?n { VALUES ?n { 3 1 2 2 } } ORDER BY ?n", [[1], [2]], True),
        ("SELECT DISTINCT ?n { VALUES ?n { 2 2 3 } }", [[2], [3]], False),
    ],
)
def test_limits_and_order_of_the_query_itself_hold(assistant, sparql, numbers, more):
    found = assistant.call("gbagraph_query", sparql=sparql, limit=2)

    assert (found["rows"], found.get("more", False)) == (numbers, more)


def test_triples_are_paged_as_rows(assistant):
    asked = {"sparql": "CONSTRUCT { ?z a gba:Zone } { ?z a gba:Zone }", "limit": 7}
    first, second = (assistant.call("gbagraph_query", offset=n, **asked) for n in (0, 7))

    assert first["columns"] == ["subject", "predicate", "object"]
    assert (len(first["rows"]), len(second["rows"])) == (7, 6)
    assert "more" not in second


def test_prefixes_are_known_and_lines_are_those_of_the_client(assistant):
    assert assistant.call("gbagraph_query", sparql="ASK { id:baidu a gba:Company }") == {
        "boolean": True
    }
    refused = assistant.error("gbagraph_query", sparql="SELECT ?x {\n ?x a gba:Zone ; ?p }")
    assert (refused["line"], refused["column"]) == (2, 21)
    assert "line 2, column 21" in refused["message"]
    called = "ASK {\n ?x a gba:Zone\n SERVICE <http://127.0.0.1:9/> {} }"
    assert "Line 3, column 2" in assistant.error("gbagraph_query", sparql=called)["message"]
    hint, *_ = assistant.call("gbagraph_query", sparql="SELECT ?x {\n ?x a gba:Compny }")["hints"]
    assert hint.startswith("Line 2, column 7")


def test_a_query_with_a_mistake_comes_back_repaired(assistant):
    silent = assistant.call("gbagraph_query", sparql="SELECT ?x { ?x a gba:Compny }")
    refused = assistant.error("gbagraph_query", sparql="SELECT ?x { ?x a gba:Zone } LIMT 1")

    assert silent["repaired"] == "SELECT ?x { ?x a gba:Company }"
    assert refused["repaired"] == "SELECT ?x { ?x a gba:Zone } LIMIT 1"


def test_figures_that_mislead_are_told(assistant):
    found = assistant.call("gbagraph_query", sparql="SELECT (SUM(?v) AS ?s) { ?z gba:value ?v }")

    assert "different units" in found["hints"][0]


def test_a_name_that_a_tool_had_gives_the_call_now(assistant):
    canned = assistant.error("place-to-country", place="Huangpu", limit=3)["call"]
    general = assistant.error("explain", sparql="ASK {}")["call"]

    assert canned["arguments"]["limit"] == 3
    assert assistant.call(canned["name"], **canned["arguments"])["rows"]
    assert general == {"name": "gbagraph_query", "arguments": {"sparql": "ASK {}"}}
    with pytest.raises(MCPError, match="Did you mean gbagraph_ask"):
        assistant.result("gbagraph_aks")


def test_names_and_proofs_are_short(assistant):
    found = assistant.call("gbagraph_search", text="百度", kind="thing")
    proof = assistant.call(
        "gbagraph_why", subject="id:huangpu", predicate="gba:locatedIn", object="id:china"
    )

    assert found["rows"][0] == ["thing", 'id:baidu "Baidu"', "Company"]
    assert assistant.call("gbagraph_search", text="Huawei") == {
        "columns": ["kind", "found", "types"],
        "rows": [],
        "hint": "Nothing has this name, and none comes near.",
    }
    assert "Rests on art:" in proof["proof"]


def test_the_schema_is_a_table(assistant):
    classes = assistant.call("gbagraph_schema", limit=500)["classes"]
    of_class = assistant.call("gbagraph_schema", about="Company")["properties"]

    assert ["gba:Company", 7] in classes["rows"]
    assert "gba:develops" in {row[0] for row in of_class["rows"]}


def test_text_is_the_same_as_what_is_structured_and_as_what_another_client_gets(
    assistant, tool_server
):
    result = assistant.result("gbagraph_ask", question="zones-by-area", arguments={})
    with Assistant(tool_server.url) as other:
        assert ask(other, "zones-by-area") == result.structured_content

    assert json.loads(result.content[0].text) == result.structured_content


@pytest.mark.parametrize(
    ("tool", "given", "said"),
    [
        ("describe", {"thing": "id:baidu", "language": 'en" || "a" = "a'}, "a tag of a language"),
        ("path", {"from": "Baidu", "to": "Tencent", "language": 'en"'}, "a tag of a language"),
        ("query", {"sparql": "{" * 100_001}, "100000 characters"),
        ("query", {"sparql": "ASK {}", "offset": 2**64}, "offset is too long"),
        ("describe", {"thing": "x" * 10_001}, "10000 characters"),
        ("describe", {"thing": "x" * 10_000}, "x … x"),
        ("query", {"sparql": f"SELECT * {{}} {'x' * 90_000}"}, "line 1"),
        ("path", {"from": "Baidu", "to": "Tencent", "length": 20}, "length: Expected `int` <= 6"),
        ("why", {"subject": "?", "predicate": "a", "object": "b"}, "The parameter subject has the"),
        ("ask", {"question": "companies-in-wikidata"}, "Who runs this server can allow it"),
    ],
)
def test_what_cannot_be_asked_is_told_shortly(assistant, tool, given, said):
    refused = assistant.error(f"gbagraph_{tool}", **given)

    assert said in refused["message"]
    assert len(json.dumps(refused)) < 10_000


@pytest.mark.parametrize("detail", ["short", "full"])
def test_an_answer_is_never_longer_than_assistants_read(assistant, detail):
    large = assistant.result(
        "gbagraph_query", sparql="SELECT * { ?s ?p ?o }", limit=1000, detail=detail
    )
    found = large.structured_content
    (row,) = assistant.call(
        "gbagraph_query", sparql=f"SELECT ('{'x' * 90_000}' AS ?x) {{}}", detail=detail
    )["rows"]
    copies = " ".join(f"BIND (?x AS ?v{n})" for n in range(30))
    refused = assistant.error(
        "gbagraph_query",
        sparql=f"SELECT * {{ BIND ('{'x' * 4_000}' AS ?x) {copies} }}",
        detail=detail,
    )

    assert len(large.content[0].text) < 60_000
    assert found["more"]
    assert f"offset={len(found['rows'])}." in found["hint"]
    assert "(90000 characters)" in str(row)
    assert len(str(row)) < 6_000
    assert refused["error"] == "result-too-large"
