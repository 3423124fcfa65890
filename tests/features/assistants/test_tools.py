"""Tools as they are described: made of query files, in valid JSON Schema, under names for clients."""

import asyncio
import json
import re
from types import SimpleNamespace

import pyoxigraph as ox
import pytest
from jsonschema import Draft202012Validator
from mcp import Client

from gbagraph.errors import BadParameter, ResultTooLarge, SettingError
from gbagraph.features.assistants import tools as offered
from gbagraph.features.assistants.offer import ALL, FEW, tools
from gbagraph.features.assistants.questions import is_needed
from gbagraph.features.assistants.tool import Page, cut, read, record
from gbagraph.features.assistants.tool_server import _tool, server
from gbagraph.queries.catalog import all_queries
from gbagraph.queries.parse import parse
from gbagraph.rdf.result_formats import of
from gbagraph.rdf.results import as_json
from support import ROOT, file_with, processes
from support.installed import cannot_run

TOOLS = tools(ALL)
EXAMPLE = """\
#+ summary: Which bridges are there?
#+ params:
#+   - length: At least so many metres.
#+   - rivers: Only over these.
#+   - state: Only those.
#+   - kind: Only of this kind.
#+ defaults:
#+   - length: 100
#+ enumerate:
#+   - state: [open: in use, closed]
#+   - kind
SELECT ?bridge {
  ?bridge <http://example.org/length> ?metres ; <http://example.org/over> ?river .
  ?bridge <http://example.org/state> ?__state ; a ?__kind_iri .
  FILTER (?metres >= ?_length_integer && ?river IN (?__rivers_iri_list))
}
"""


@pytest.fixture
def parameters_of(tmp_path):
    """A function that gives the schema of the arguments of a query with this text."""

    def parameters(text):
        return offered.arguments(parse(file_with(tmp_path / "query.rq", text)))

    return parameters


def test_of_all_tools_every_canned_query_is_one_that_can_be_answered():
    able = {name for name, query in all_queries().items() if not query.refused_services(())}

    assert {*able, "search", "schema", "query", "explain", "why"} == TOOLS.keys()
    assert len(able) == len(all_queries()) - 3


def as_listed(which):
    """The list of tools as a client gets it."""
    listed = (
        _tool(tool).model_dump(by_alias=True, exclude_none=True) for tool in tools(which).values()
    )
    return json.dumps({"tools": list(listed)}, ensure_ascii=False, separators=(",", ":"))


def test_the_few_take_little_of_what_an_assistant_can_read():
    assert len(as_listed(FEW).encode()) <= 9_000


def test_tools_are_listed_while_data_load_and_a_call_that_is_cancelled_cancels_nothing_else():
    async def listed():
        loaded = asyncio.get_running_loop().create_future()
        async with Client(server(loaded, FEW, ())) as client:
            call = asyncio.create_task(client.call_tool("gbagraph_schema", {}))
            found = await client.list_tools()
            assert not call.done()
            call.cancel()
            await asyncio.wait({call})
            await client.list_tools()
            assert not loaded.cancelled()
        return {tool.name for tool in found.tools}

    assert asyncio.run(listed()) == tools(FEW).keys()


@pytest.mark.processes
def test_the_few_take_few_tokens():
    folder = ROOT / ".clients" / "node_modules" / "js-tiktoken"
    if not folder.exists():
        cannot_run("js-tiktoken is not installed. Run make clients")
    count = (
        f"const {{getEncoding}} = require({str(folder)!r}); const text = require('fs').readFileSync(0);"
        "console.log(getEncoding('o200k_base').encode(text.toString()).length)"
    )
    done = processes.run(
        ["node", "-e", count], input=as_listed(FEW), capture_output=True, text=True, check=True
    )

    assert int(done.stdout) <= 2_500


def test_a_tag_adds_its_queries_which_answer_as_the_few():
    added = tools("places").keys() - tools(FEW).keys()

    assert added == {f"gbagraph_{n}" for n, q in all_queries().items() if "places" in q.tags} - {
        "gbagraph_companies-in-wikidata"
    }
    assert tools("places")["gbagraph_is-in"].input_schema["required"] == ["inner", "outer"]
    with pytest.raises(SettingError, match=r"no tools 'plces'.*, places,"):
        tools("plces")


def test_queries_without_latin_letters_in_their_names_are_tools_with_numbers():
    queries = [SimpleNamespace(name=name) for name in ("城市", "企业", "zones")]

    assert [name for name, _ in offered.named(queries, (), "gbagraph_")] == [
        *("gbagraph_", "gbagraph_-2", "gbagraph_zones"),
    ]


def test_what_is_asked_about_has_to_be_given():
    needed = {
        name for name, query in all_queries().items() if any(map(is_needed, query.parameters))
    }

    assert needed == {
        *(
            "cities-in-wikidata",
            "classes-of",
            "cooperation-partners",
            "everything-in",
            "evidence-of",
        ),
        *("facts-of-paragraph", "inferred-by-reasoning", "involved-in", "is-in", "lies-in"),
        *(
            "names-in-languages",
            "place-to-country",
            "rests-on-section",
            "search-names",
            "topics-of",
        ),
        "zones-for-topic",
    }


@pytest.mark.parametrize(
    "tool", [*TOOLS.values(), *tools("places").values()], ids=lambda tool: tool.name
)
def test_a_tool_has_schemas_that_are_valid_and_a_description(tool):
    for schema in (tool.input_schema, tool.output_schema):
        Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object"
    assert tool.description.endswith((".", "?"))
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", tool.name)


@pytest.mark.parametrize("query", all_queries().values(), ids=lambda query: query.name)
def test_what_a_query_gives_as_an_example_fits_the_schema_of_its_tool(query):
    properties = offered.arguments(query)["properties"]

    for row in query.parameters:
        for example in properties[row.name].get("examples", []):
            Draft202012Validator(properties[row.name]).validate(example)
        if "default" in properties[row.name]:
            Draft202012Validator(properties[row.name]).validate(properties[row.name]["default"])


def test_types_defaults_lists_and_enumerations_are_in_the_schema(parameters_of):
    found = parameters_of(EXAMPLE)
    length, rivers, state, kind = (
        found["properties"][name] for name in ("length", "rivers", "state", "kind")
    )

    assert (length["type"], length["default"]) == ("integer", 100)
    assert (rivers["type"], rivers["items"]["type"]) == ("array", "string")
    assert state["enum"] == ["open", "closed"]
    assert "open (in use)" in state["description"]
    assert "that it has in the data" in kind["description"]
    assert "required" not in found
    assert not found["additionalProperties"]


def test_values_that_another_query_finds_are_described(parameters_of):
    header = "#+ values:\n#+   - zone: {query: bridges, value: bridge}\n"
    found = parameters_of(header + "SELECT ?x { ?x <http://example.org/of> ?_zone_iri }")

    assert "column bridge of the tool bridges" in found["properties"]["zone"]["description"]
    assert found["required"] == ["zone"]


def test_a_parameter_of_a_query_comes_before_an_option_of_its_name(parameters_of):
    found = parameters_of("SELECT ?s { ?s ?p ?_limit_integer }")["properties"]

    assert "maximum" not in found["limit"]
    assert "offset" in found
    assert parameters_of("ASK { ?s ?p ?o }")["properties"] == {}, "no rows, no pages"


def test_names_are_such_as_clients_take_and_each_is_another(tmp_path):
    found = [
        parse(file_with(tmp_path / f"{name}.rq", "ASK { ?s ?p ?o }"))
        for name in ("search", "größe der Stadt", "x" * 80, "x" * 90)
    ]
    names = [tool.name for tool in offered.tools_of_queries(found, ["search"], ())]

    assert names == ["search-2", "gr-e-der-Stadt", "x" * 64, "x" * 62 + "-2"]


def test_arguments_that_are_wrong_are_told():
    with pytest.raises(BadParameter, match=r"`int` <= 1000.*limit, offset, evidence"):
        read("zones", Page, {"limit": 5000})
    with pytest.raises(BadParameter, match="unknown field `limits`"):
        read("zones", Page, {"limits": 5})
    assert read("zones", Page, {"limit": None}) == Page()


def results(*rows):
    bindings = [{name: as_json(term) for name, term in row.items()} for row in rows]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return json.dumps({"head": {"vars": names}, "results": {"bindings": bindings}}).encode()


RESULTS = of("solutions", "application/sparql-results+json")


def test_rows_are_plain_records_and_are_cut():
    number, text = ox.Literal(2.5), ox.Literal("Zone", language="en")
    body = results({"n": number, "t": text}, {"n": ox.Literal(1), "t": ox.NamedNode("urn:x")})
    rows = [{"n": 2.5, "t": "Zone"}, {"n": 1, "t": "urn:x"}]

    for limit, offset, more in ((10, 0, False), (1, 1, False), (1, 0, True)):
        found = record(body, RESULTS, limit=limit, offset=offset, evidence=False)
        assert found["rows"] == rows[offset : offset + limit]
        assert (found["total"], found["more"]) == (2, more)


def test_a_graph_that_nobody_could_read_is_not_given():
    turtle = of("graph", "text/turtle")
    with pytest.raises(ResultTooLarge, match="LIMIT"):
        record(b" " * 300_000, turtle, limit=1, offset=0, evidence=False)
    assert record(b"<a:b> <a:c> 1 .", turtle, limit=1, offset=0, evidence=False) == {
        "turtle": "<a:b> <a:c> 1 ."
    }


@pytest.mark.parametrize(
    ("text", "cut_off"),
    [
        ("Two words", "Two words"),
        ("A text of words", "A text of …"),
        ("a/long/path", "a/long/pat …"),
        ("南沙新区的面积是多少平方公里", "南沙新区的面积是多少 …"),
        ("Nansha 的面积是多少平方公里", "Nansha 的面积 …"),
    ],
)
def test_a_long_text_is_cut_in_any_script(text, cut_off):
    assert cut(text, 10) == cut_off
