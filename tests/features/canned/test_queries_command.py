"""The commands about the canned queries themselves: list, show, check, and the help of each."""

import json
import os
import re
import shutil
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from gbagraph.cli import app
from gbagraph.features.canned.commands import text as help_text
from gbagraph.features.canned.expected_answers import difference
from gbagraph.queries.canned import left_out
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
    assert done.stdout.splitlines() == [
        f"All {len(local_queries())} canned queries give the answer that is expected.",
        left_out(all_queries().values()),
    ]


@pytest.mark.processes
@pytest.mark.parametrize(("command", "code"), [(("queries", "check"), 1), (("run",), 2)])
def test_a_query_that_calls_another_endpoint_says_that_a_server_does(command, code):
    done = run(*command, "cities-in-wikidata")

    assert done.returncode == code
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
    assert missing.stdout.count("\n") == 1
    assert missing.stdout.startswith("zones-by-area: there is no expected answer")
    assert updated.returncode == 0, updated.stderr
    assert (tmp_path / "expected" / query.expected.name).read_bytes() == query.expected.read_bytes()


def without_last_row(text):
    """Results JSON with a row less."""
    results = json.loads(text)
    results["results"]["bindings"].pop()
    return json.dumps(results)


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("zones-by-area", lambda text: text.replace('"123"', '"124"'), "row 1, squareKilometres"),
        ("zones-by-area", lambda text: text.replace('"zoneLabel"', '"zoneName"', 1), "columns"),
        ("zones-by-area", lambda _: "{", "is not JSON"),
        ("zones-by-area", lambda _: "{}", "is not SPARQL results JSON"),
        ("zones-by-area", without_last_row, r"nothing, .* rows are expected, and there are \d"),
        ("is-in", lambda text: text.replace("true", "false"), "expected false"),
    ],
)
def test_a_wrong_answer_is_one_line_that_names_the_difference(tmp_path, name, change, says):
    right = find(name).expected.read_text()
    query = replace(find(name), path=tmp_path / f"{name}.rq")
    query.expected.parent.mkdir()
    query.expected.write_text(change(right))

    said = difference(query, right.encode())

    assert re.search(says, said)
    assert "\n" not in said
