"""An assistant, by the official SDK's client, asks ``gbagraph mcp`` over both transports."""

import json
import shlex
import signal
import subprocess
import sys

import pytest
from mcp import MCPError

import gbagraph
from gbagraph.features.assistants.offer import ALL as ALL_TOOLS
from gbagraph.features.assistants.offer import tools
from gbagraph.features.assistants.tool import record
from gbagraph.queries.catalog import all_queries
from gbagraph.rdf.result_formats import of
from support import (
    alive,
    children,
    descendants,
    eventually,
    file_with,
    kill,
    processes,
)
from support.assistant import COMMAND, Assistant, ToolServer
from support.queries import sample_query

pytestmark = pytest.mark.processes

ALL = ("--tools", "all")
DEEP = f"ASK {{ {'{' * 20000} {'}' * 20000} }}"
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
READY = {"jsonrpc": "2.0", "method": "notifications/initialized"}
ARTICLE = "https://w3id.org/gbagraph/article/"
PREFIXES = (
    "PREFIX gba: <https://w3id.org/gbagraph/ontology#> PREFIX id: <https://w3id.org/gbagraph/id/> "
)


@pytest.fixture(scope="module")
def over_stdio():
    with Assistant.over_stdio(*ALL) as client:
        yield client


@pytest.fixture(scope="module")
def over_http():
    with ToolServer(*ALL) as running, Assistant(running.url) as client:
        yield client


@pytest.fixture(params=["over_stdio", pytest.param("over_http", marks=pytest.mark.matrix)])
def assistant(request):
    return request.getfixturevalue(request.param)


@sample_query
def test_a_tool_gives_the_answer_that_is_expected_of_its_query(over_stdio, query):
    arguments = over_stdio.tools()[query.name].input_schema["properties"]
    examples = {n: (arguments[n].get("examples") or [None])[0] for n in query.names}
    given = {name: value for name, value in examples.items() if value is not None}
    kind = of(query.kind, "application/sparql-results+json")
    limits = {"limit": 1000, "offset": 0}
    expected = record(query.expected.read_bytes(), kind, **limits, evidence=False)
    options = {"limit": 1000} if query.kind == "solutions" else {}

    assert over_stdio.call(query.name, **given, **options) == json.loads(
        json.dumps(expected, default=float)
    )


def test_both_transports_have_all_tools_that_can_work_and_instructions(assistant):
    """But those that can only fail, as no endpoint of others is allowed."""
    said = assistant.client.instructions

    assert assistant.tools().keys() == tools(ALL_TOOLS).keys()
    assert gbagraph.open().description.title in said
    assert "evidence" in said


def test_a_query_gives_rows_with_numbers_as_numbers_and_the_same_as_text(assistant):
    found = assistant.result("query", sparql="SELECT ?a ?b ?c { VALUES (?a ?b) { (1 2.5) } }")

    assert found.structured_content["rows"] == [{"a": 1, "b": 2.5, "c": None}]
    assert found.structured_content["columns"] == ["a", "b", "c"]
    assert json.loads(found.content[0].text) == found.structured_content


@pytest.mark.parametrize(
    ("sparql", "options", "expected"),
    [
        pytest.param("ASK { ?s ?p ?o }", {}, {"boolean": True}, id="ASK"),
        pytest.param(
            "CONSTRUCT { <urn:a> <urn:b> 1 } {}",
            *({}, {"turtle": "<urn:a> <urn:b> 1 .\n"}),
            id="CONSTRUCT",
        ),
        pytest.param(
            PREFIXES + "SELECT (id:baidu AS ?x) {}",
            {"labels": "zh-hans"},
            {"rows": [{"x": "https://w3id.org/gbagraph/id/baidu", "xLabel": "百度"}]},
            id="labels beside IRIs",
        ),
        pytest.param(
            "SELECT ?n { VALUES ?n { 1 2 3 4 5 } } ORDER BY ?n",
            {"limit": 2, "offset": 2},
            {"rows": [{"n": 3}, {"n": 4}], "total": 5, "more": True},
            id="a page of rows",
        ),
    ],
)
def test_an_answer_is_what_its_form_and_the_options_say(assistant, sparql, options, expected):
    found = assistant.call("query", sparql=sparql, **options)

    assert {name: found[name] for name in expected} == expected


def test_an_earlier_version_is_asked_on_wish(assistant):
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    (now,), (earlier,) = (
        assistant.call("query", sparql=count, **at)["rows"] for at in ({}, {"at": "0.2.0"})
    )

    assert now != earlier == {"n": 10_243}
    unknown = assistant.result("query", sparql=count, at="9.9.9")
    assert "There are: 0.1.0" in unknown.structured_content["message"]


def test_a_row_comes_with_the_paragraphs_on_which_it_rests(assistant):
    query = PREFIXES + "SELECT ?x { id:baidu gba:develops ?x }"
    (evidence,) = assistant.call("query", sparql=query, evidence=True)["evidence"]
    fact = {
        "fact": "id:baidu gba:develops id:apollo-rd-centre",
        "basis": "inferred",
        "paragraphs": ["art:knowledge-city-3"],
        "sentences": ["art:knowledge-city-3: 2"],
    }

    (found,) = evidence["facts"]
    assert found["note"].startswith("Said to be Baidu's")
    assert found == {**fact, "note": found["note"]}
    assert evidence["paragraphs"] == ["https://w3id.org/gbagraph/article/knowledge-city-3"]
    assert (evidence["complete"], evidence["marks"]) == (True, ["inferred", "planned"])


def test_an_answer_without_rows_says_why_and_explain_repairs_its_query(assistant):
    sparql = PREFIXES + "SELECT ?x { ?x a gba:Compny }"
    found = assistant.call("query", sparql=sparql)
    explained = assistant.call("explain", sparql=sparql)
    (repaired, *_) = explained["diagnostics"]

    assert found["rows"] == []
    assert [(step["kind"], step["after"]) for step in explained["steps"]][-1] == ("pattern", 0)
    assert "gba:Company" in found["hints"][0]
    assert repaired["query"].endswith("{ ?x a gba:Company }")


def test_why_proves_what_follows(assistant):
    found = assistant.call(
        "why", subject="id:huangpu", predicate="gba:locatedIn", object="id:china"
    )

    assert found["basis"] == "derived"
    assert found["paragraphs"]
    assert {premise["fact"] for premise in found["premises"]}


def test_schema_counts_classes_and_properties(assistant):
    found = assistant.call("schema", limit=500)
    classes = {row["class"].rpartition("#")[2]: row for row in found["classes"]}
    uses = {row["property"].rpartition("#")[2]: row["uses"] for row in found["properties"]}
    counted = gbagraph.open().query(PREFIXES + "SELECT (COUNT(*) AS ?n) { ?x gba:develops ?y }")

    assert (classes["Company"]["things"], classes["Company"]["classLabel"]) == (7, "Company")
    assert uses["develops"] == counted[0].n


def test_schema_tells_about_a_class_by_its_label_and_about_a_property(assistant):
    of_class = assistant.call("schema", about="Company")["properties_of_its_things"]
    (joined, *_) = assistant.call("schema", about="gba:develops")["joins"]

    assert "develops" in {row["property"].rpartition("#")[2] for row in of_class}
    assert (joined["subjectLabel"], joined["objectLabel"]) == ("Acting party", "Project")


def test_schema_in_another_language(assistant):
    (first, *_) = assistant.call("schema", limit=1, language="zh-hans")["classes"]

    assert first["classLabel"]
    assert not first["classLabel"].isascii()


def test_resources_are_the_ontology_the_prefixes_and_the_text_of_each_query(assistant):
    assert assistant.resources() == [
        "gbagraph://ontology",
        "gbagraph://prefixes",
        "gbagraph://queries",
        "gbagraph://queries/{name}",
        "gbagraph://thing/{name}",
        "gbagraph://paragraph/{name}",
    ]
    assert "- gba:Zone (Zone), 13: An area set apart" in assistant.read("gbagraph://ontology")
    assert "PREFIX id: <https://w3id.org/gbagraph/id/>" in assistant.read("gbagraph://prefixes")
    assert assistant.read("gbagraph://queries/is-in") == all_queries()["is-in"].text
    with pytest.raises(MCPError, match="There is no resource gbagraph://x"):
        assistant.read("gbagraph://x")
    with pytest.raises(MCPError, match="Did you mean is-in"):
        assistant.read("gbagraph://queries/is-im")


def test_prompts_name_the_tools_that_there_are_and_their_arguments_are_completed(assistant):
    listed = assistant.asked("list_prompts").prompts
    given = {
        "explore": {"thing": "Baidu"},
        "answer": {"question": "Who?"},
        "check": {"claim": "It is."},
    }
    texts = {name: assistant.prompt(name, **each) for name, each in given.items()}
    explore, answer = ({"type": "ref/prompt", "name": name} for name in ("explore", "answer"))
    thing = {"type": "ref/resource", "uri": "gbagraph://thing/{name}"}

    assert [row.name for row in listed] == [*given]
    assert all(value in texts[name] for name, each in given.items() for value in each.values())
    assert "by name with search." in texts["explore"]
    assert "find_question" not in "".join(texts.values()), "there is no such tool"
    assert "Baidu" in assistant.completed(explore, thing="Bai")
    assert "Baidu" in assistant.completed(thing, name="Bai")
    assert assistant.completed(answer, question="zones") == []
    with pytest.raises(MCPError, match="needs the argument claim"):
        assistant.prompt("check")


@pytest.mark.parametrize(
    ("sparql", "name"),
    [
        ("SELECT ?x { ?x ", "query-syntax"),
        (DEEP, "query-too-deep"),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "service-not-allowed"),
        ("SELECT (<http://example.org/f>(1) AS ?x) {}", "unsupported-function"),
        ("INSERT DATA { <urn:a> <urn:b> 1 }", "query-syntax"),
    ],
    ids=lambda value: value[:20],
)
def test_an_ad_hoc_query_is_under_the_limits_of_a_server(assistant, sparql, name):
    found = assistant.error("query", sparql=sparql)

    assert found["error"] == name
    assert found["message"].endswith(".")
    assert assistant.call("query", sparql="ASK {}") == {"boolean": True}


def test_an_answer_that_is_too_large_to_be_read_is_refused(assistant):
    values = " ".join(f"VALUES ?{name} {{ {' '.join(map(str, range(60)))} }}" for name in "abc")
    found = assistant.error("query", sparql=f"SELECT * {{ {values} }}")

    assert found["error"] == "result-too-large"
    assert "LIMIT" in found["message"]


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("search", {}, "missing required field `text`"),
        ("search", {"text": "x", "limit": "ten"}, "Expected `int`"),
        ("zones-by-area", {"limit": 0}, "`int` >= 1"),
        ("zones-by-area", {"zone": "x"}, "no parameter zone"),
        ("everything-in", {"place": "atlantis"}, "atlantis"),
        ("investments", {"currency": "EUR"}, "one of CNY, USD"),
        ("why", {"subject": "x y", "predicate": "a", "object": "b"}, "no term"),
    ],
)
def test_wrong_arguments_are_an_error_that_says_what_is_right(over_stdio, tool, arguments, said):
    found = over_stdio.error(tool, **arguments)

    assert found["error"] == "bad-parameter"
    assert said in found["message"]


# --- Questions about the article: each step uses only what the steps before it gave ------------------


def test_which_companies_are_to_have_headquarters_in_pazhou(assistant):
    refused = assistant.error("headquarters-plans", place="Pazhou")
    kinds = {iri: str(assistant.call("classes-of", thing=iri)) for iri in refused["near"]}
    (place,) = [iri for iri, listed in kinds.items() if "#Zone'" in listed]
    found = assistant.call("headquarters-plans", place=place, evidence=True)

    assert {row["companyLabel"] for row in found["rows"]} == {
        "Alibaba",
        "Fosun",
        "Tencent",
        "Xiaomi",
    }
    assert all(row["openList"] for row in found["rows"])
    assert all(ARTICLE + "ai-zone-4" in each["paragraphs"] for each in found["evidence"])


def test_a_question_that_no_tool_has_is_asked_in_sparql(assistant):
    """How large are all zones together whose area the article gives?"""
    rows = assistant.call("search", text="Zone")["results"]
    zone = next(row["iri"] for row in rows if row["kind"] == "class")
    about = assistant.call("schema", about=zone)["properties_of_its_things"]
    area = next(row["property"] for row in about if row["propertyLabel"] == "area")
    (joined, *_) = assistant.call("schema", about=area)["joins"]
    about = assistant.call("schema", about=joined["object"])["properties_of_its_things"]
    value = next(row["property"] for row in about if row["propertyLabel"] == "value")
    text = f"SELECT (SUM(?km) AS ?sum) {{ ?z a <{zone}> ; <{area}>/<{value}> ?km }}"
    found = assistant.call("query", sparql=text, evidence=True)

    assert found["rows"] == [{"sum": 123 + 99 + 81}]
    paragraphs = set(found["evidence"][0]["paragraphs"])
    assert {ARTICLE + name for name in ("knowledge-city-1", "nansha-1", "ai-zone-1")} <= paragraphs


# --- The command ---------------------------------------------------------------------------------


def test_nothing_is_asked_of_the_network():
    """The one socket that an address is connected to would end the process."""
    program = (
        "import os, sys; sys.addaudithook(lambda event, a: event == 'socket.connect' "
        "and not isinstance(a[1], (str, bytes)) and os._exit(9)); "
        "from gbagraph.cli import app; app()"
    )
    with Assistant.over_stdio(command=(sys.executable, "-c", program, "mcp", *ALL)) as assistant:
        assert assistant.call("search", text="Baidu")["results"]
        assert assistant.call("is-in") == {"boolean": True}


@pytest.mark.parametrize(
    ("end", "is_failure"),
    [
        (lambda process: process.stdin.close(), False),
        (lambda process: process.send_signal(signal.SIGINT), True),
        (lambda process: process.send_signal(signal.SIGTERM), True),
    ],
    ids=["client", "Ctrl-C", "kill"],
)
def test_the_command_ends_with_its_client_or_a_signal_and_leaves_nothing_behind(end, is_failure):
    with processes.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert eventually(lambda: len(descendants(process.pid)) > 1)
        left = descendants(process.pid)
        end(process)
        assert bool(process.wait(60)) == is_failure

    assert eventually(lambda: not any(map(alive, left)))


@pytest.mark.parametrize(
    ("output", "said"), [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")]
)
def test_an_output_that_takes_no_more_ends_the_command(tmp_path, output, said):
    """In one line, with exit code 1."""
    (tmp_path / "data.nt").write_text("<urn:a> <urn:p> <urn:b> .\n")
    given = shlex.join([*COMMAND, "--data", str(tmp_path / "data.nt")])
    request = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    done = processes.run(
        ["sh", "-c", f"exec {given} {output}"],
        input=f"{json.dumps(request)}\n",
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (3, f"The output cannot be written: {said}.\n")


@pytest.mark.matrix
def test_the_command_ends_when_its_engine_cannot_be_kept_running(tmp_path):
    path = file_with(tmp_path / "graph.ttl", "<urn:a> <urn:b> 1 .")
    command = [*COMMAND, "--data", str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with processes.Popen(command, **pipes) as process:
        params = {"name": "gbagraph_query", "arguments": {"sparql": "ASK {}"}}
        asked = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params}
        for each in (HELLO, READY, asked):
            process.stdin.write(json.dumps(each).encode() + b"\n")
        process.stdin.flush()
        assert b"serverInfo" in process.stdout.readline()
        assert b"true" in process.stdout.readline()
        path.write_text("no Turtle any more")
        (fork_server,) = children(process.pid)
        kill(fork_server)
        assert process.wait(240) == 3
        said = process.stderr.read().decode()

    assert "The engine could not be kept running" in said
    assert "Traceback" not in said
