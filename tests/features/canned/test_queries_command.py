"""The commands about the canned queries themselves: list, show, check, and the help of each."""

import json
import os
import re
import shutil

import pytest
from typer.testing import CliRunner

from gbagraph.cli import app
from gbagraph.features.canned.commands import text as help_text
from gbagraph.queries.catalog import all_queries, find, local_queries, queries_json
from support import run

WIKIDATA = "https://query.wikidata.org/sparql"


def invoked(*arguments, **options):
    """What the command line does with these arguments, in this process."""
    return CliRunner().invoke(app, arguments, **options)


def test_queries_as_json_name_all_parameters():
    found = json.loads(invoked("queries", "--format", "json").stdout)["queries"]
    (row,) = [row for row in found if row["name"] == "place-to-country"]

    assert len(found) == len(all_queries())
    assert [each["name"] for each in row["parameters"]] == ["place"]


def test_a_narrow_terminal_cuts_no_name():
    shown = invoked("queries", "-f", "table", env={"COLUMNS": "40"}).stdout

    assert [name for name in all_queries() if f" {name} " not in shown] == []


def test_show_prints_the_file_as_it_stands():
    assert invoked("queries", "show", "zones-by-area").stdout == find("zones-by-area").text


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
        invoked("run", "place-to-country", "--help").stdout
        == f"{help_text(find('place-to-country'))}\n"
    )


def test_the_help_of_a_canned_query_that_there_is_not():
    done = invoked("run", "zones-by-are", "--help")

    assert (done.exit_code, done.stdout) == (2, "")
    assert "Did you mean zones-by-area" in done.stderr


@pytest.mark.processes
def test_the_published_answers_are_the_expected_ones():
    done = run("queries", "check")

    assert (done.returncode, done.stderr) == (0, "")
    *_, skipped, numbers = done.stdout.splitlines()
    left = all_queries().keys() - local_queries().keys()
    assert skipped.startswith(f"Skipped: {', '.join(sorted(left))} (calls other endpoints")
    assert numbers == f"{len(local_queries())} passed, {len(left)} skipped"


@pytest.mark.processes
def test_a_query_that_calls_another_endpoint_says_that_a_server_does():
    done = run("run", "cities-in-wikidata")

    assert done.returncode == 2
    assert f"gbagraph serve --allow-service {WIKIDATA}" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_lists_say_which_endpoint_is_called():
    found = json.loads(queries_json(all_queries().values()))["queries"]
    shown = " ".join(invoked("queries", "-f", "table", env={"COLUMNS": "200"}).stdout.split())
    asked = " ".join(help_text(find("cities-in-wikidata")).split())

    services = {row["name"]: row["services"] for row in found if row["services"]}
    assert services.keys() == all_queries().keys() - local_queries().keys()
    assert all(each == [{"endpoint": WIKIDATA}] for each in services.values())
    assert shown.count(f"Calls {WIKIDATA}") == len(services)
    assert f"gbagraph serve --allow-service {WIKIDATA}" in asked


@pytest.mark.processes
def test_a_missing_answer_is_one_line_and_can_be_written(tmp_path):
    query, environment = find("zones-by-area"), {**os.environ, "GBAGRAPH_QUERIES": str(tmp_path)}
    (tmp_path / "expected").mkdir()
    shutil.copy(query.path, tmp_path)

    missing = run("queries", "check", env=environment)
    updated = run("queries", "check", "--update", env=environment)

    assert missing.returncode == 1
    said, numbers = missing.stdout.splitlines()
    assert re.match(r"zones-by-area: \S*zones-by-area.rq has no expected answer", said)
    assert numbers == "1 failed"
    assert updated.returncode == 0, updated.stderr
    assert (tmp_path / "expected" / query.expected.name).read_bytes() == query.expected.read_bytes()
