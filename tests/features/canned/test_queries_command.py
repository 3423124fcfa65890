"""The commands about the canned queries themselves: list, show, check, and the help of each."""

import json
import re
import shutil

import pytest

from gbagraph.features.canned.commands import text as help_text
from gbagraph.queries.catalog import all_queries, find, local_queries, queries_json
from support.inside import command

WIKIDATA = "https://query.wikidata.org/sparql"


def test_queries_as_json_name_all_parameters():
    found = json.loads(command("queries", "--format", "json").stdout)["queries"]
    (row,) = [row for row in found if row["name"] == "place-to-country"]

    assert len(found) == len(all_queries())
    assert [each["name"] for each in row["parameters"]] == ["place"]


def test_a_narrow_terminal_cuts_no_name():
    shown = command("queries", "-f", "table", COLUMNS="40").stdout

    assert [name for name in all_queries() if f" {name} " not in shown] == []


def test_show_prints_the_file_as_it_stands():
    assert command("queries", "show", "zones-by-area").stdout == find("zones-by-area").text


def without_spaces(text):
    return "".join(text.split())


@pytest.mark.parametrize("query", all_queries().values(), ids=lambda query: query.name)
def test_the_help_of_a_canned_query_says_what_it_takes(query):
    parameters = [
        f"{row.name}: {row.description} Expected: {row.expects}" for row in query.parameters
    ]
    # Lines may end at hyphens, too.
    said = without_spaces(help_text(query))

    for text in (query.summary, query.description, *parameters):
        assert without_spaces(text) in said


def test_the_help_of_a_canned_query_is_what_the_command_prints():
    assert (
        command("run", "place-to-country", "--help").stdout
        == f"{help_text(find('place-to-country'))}\n"
    )


def test_the_help_of_a_canned_query_that_there_is_not():
    done = command("run", "zones-by-are", "--help")

    assert (done.exit_code, done.stdout) == (2, "")
    assert "Did you mean zones-by-area" in done.stderr


@pytest.mark.processes
def test_the_published_answers_are_the_expected_ones():
    done = command("queries", "check")

    assert (done.exit_code, done.stderr) == (0, "")
    *_, skipped, numbers = done.stdout.splitlines()
    left = all_queries().keys() - local_queries().keys()
    assert skipped.startswith(f"Skipped: {', '.join(sorted(left))} (calls other endpoints")
    assert numbers == f"{len(local_queries())} passed, {len(left)} skipped"


@pytest.mark.processes
def test_a_query_that_calls_another_endpoint_says_that_a_server_does():
    done = command("run", "cities-in-wikidata")

    assert done.exit_code == 2
    assert f"gbagraph serve --allow-service {WIKIDATA}" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_lists_say_which_endpoint_is_called():
    found = json.loads(queries_json(all_queries().values()))["queries"]
    shown = " ".join(command("queries", "-f", "table", COLUMNS="200").stdout.split())
    asked = " ".join(help_text(find("cities-in-wikidata")).split())

    services = {row["name"]: row["services"] for row in found if row["services"]}
    assert services.keys() == all_queries().keys() - local_queries().keys()
    assert all(each == [{"endpoint": WIKIDATA}] for each in services.values())
    assert shown.count(f"Calls {WIKIDATA}") == len(services)
    assert f"gbagraph serve --allow-service {WIKIDATA}" in asked


@pytest.mark.processes
def test_a_missing_answer_is_one_line_and_can_be_written(tmp_path):
    query, environment = find("zones-by-area"), {"GBAGRAPH_QUERIES": str(tmp_path)}
    (tmp_path / "expected").mkdir()
    shutil.copy(query.path, tmp_path)

    missing = command("queries", "check", **environment)
    updated = command("queries", "check", "--update", **environment)

    assert missing.exit_code == 1
    said, numbers = missing.stdout.splitlines()
    assert re.match(r"zones-by-area: \S*zones-by-area.rq has no expected answer", said)
    assert numbers == "1 failed"
    assert updated.exit_code == 0, updated.stderr
    assert (tmp_path / "expected" / query.expected.name).read_bytes() == query.expected.read_bytes()
