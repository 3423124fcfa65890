"""The manual of assistants is true: its commands, settings and example are run, its tables compared."""

import json
import re
import sys
from pathlib import Path

import pytest

from gbagraph.features.assistants import compact, resources
from gbagraph.features.assistants.offer import tools as offered
from support import ROOT, file_with, processes
from support.assistant import Assistant, ToolServer

MANUAL = (ROOT / "docs" / "assistants.md").read_text()
COMMANDS = re.findall(r"```console\n\$ (.*)\n```", MANUAL)
BIN = Path(sys.executable).parent


def block(language):
    (found,) = re.findall(rf"```{language}\n(.*?)```", MANUAL, re.DOTALL)
    return found


def test_the_commands_are_those_that_are_run_here():
    install, serve = COMMANDS

    assert re.fullmatch(r"pip install '\./gbagraph-[\d.]+-py3-none-any\.whl\[mcp\]'", install)
    assert serve.startswith("gbagraph mcp --transport http --port ")


def test_what_is_installed_is_an_extra_of_the_package():
    assert re.search(r'^mcp = \["mcp>=2', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)


@pytest.mark.processes
def test_the_settings_of_an_assistant_start_the_server():
    server = json.loads(block("json"))["mcpServers"]["gbagraph"]
    command = (str(BIN / server["command"]), *server["args"])
    with Assistant.over_stdio(command=command) as assistant:
        found = assistant.call("gbagraph_query", sparql="ASK { id:xpeng-production-site ?p ?o }")
        assert found == {"boolean": True}


@pytest.mark.processes
def test_the_arguments_for_a_graph_of_ones_own_are_taken(tmp_path):
    from_files, from_settings = (
        json.loads(found) for found in re.findall(r'`"args": (\[.*?\])`', MANUAL)
    )
    queries = tmp_path / "my-queries"
    queries.mkdir()
    (tmp_path / "my.ttl").write_text("<urn:a> <urn:b> 1 .")
    (queries / "all-of-it.rq").write_text("SELECT ?s ?o { ?s ?p ?o . FILTER (?o = 1) }")
    settings = file_with(
        tmp_path / "gbagraph.toml", 'data = "my.ttl"\nqueries = "my-queries"\ntitle = "Mine"\n'
    )
    named = [str(settings) if part.endswith(".toml") else part for part in from_settings]

    for given, folder in ((from_files, tmp_path), (named, tmp_path.parent)):
        command = (str(BIN / "gbagraph"), *given)
        with Assistant.over_stdio(command=command, cwd=folder) as assistant:
            found = assistant.call("gbagraph_find_question", text="all of it")
            (name,) = [each["name"] for each in found["questions"]]
            assert assistant.call("gbagraph_ask", question=name)["rows"] == [["urn:a", 1]]
            (schema,) = assistant.call("gbagraph_schema")["properties"]["rows"]
            assert schema[0] == "urn:b"


@pytest.mark.processes
def test_the_example_prints_what_the_manual_shows():
    with ToolServer() as server:
        code = block("python").replace("http://127.0.0.1:8001/mcp", server.url)
        done = processes.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )

    assert done.stdout == block("text")


@pytest.mark.parametrize("tool", offered().values(), ids=lambda tool: tool.name)
def test_every_tool_is_there_with_what_it_takes(tool):
    (takes,) = re.findall(rf"^\| `{tool.name}` \| (.*?) \|", MANUAL, re.MULTILINE)

    assert set(re.findall(r"`(\w+)`", takes)) == set(tool.input_schema["properties"])


def test_every_resource_is_there():
    addresses = set(re.findall(r"^\| `(gbagraph://.*?)` \|", MANUAL, re.MULTILINE))

    templates = {row.uri_template for row in resources.templates()}
    assert addresses == templates.union(row.uri for row in resources.RESOURCES)


def test_the_limits_are_those_of_the_code():
    limit = offered()["gbagraph_ask"].input_schema["properties"]["limit"]
    assert f"gives {limit['default']} rows" in MANUAL
    assert f"at most {compact._LARGEST:,} characters" in MANUAL
    assert f"up to {limit['maximum']:,}" in MANUAL
