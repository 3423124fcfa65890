"""The command line as a process: output, errors and exit codes."""

import json
import re
import sys

import pytest
from typer.testing import CliRunner

from gbagraph.cli import app
from gbagraph.paths import resource
from support import ENDLESS, RUNAWAY, file_with, processes, run

pytestmark = pytest.mark.processes


ROW = "SELECT ?s ?o { ?s <http://example.org/p> ?o } ORDER BY ?s"


LARGE = f"{ENDLESS} LIMIT 60000"


@pytest.mark.parametrize(
    ("query", "form"),
    [
        (LARGE, "json"),
        (LARGE, "csv"),
        ("ASK {}", "json"),
        (ROW, "csv"),
    ],
)
def test_an_answer_ends_with_one_line_end(small, query, form):
    """A streamed answer, too: some formats end with one by themselves."""
    done = small(query, "--format", form)

    assert done.returncode == 0, done.stderr
    assert re.search(r"[^\n]\n\Z", done.stdout)
    assert (len(done.stdout) > 1024 * 1024) == (query == LARGE)


def test_query_from_standard_input_and_from_a_file(small, tmp_path):
    path = file_with(tmp_path / "q.rq", "ASK {}")

    assert json.loads(small("-", input="ASK {}").stdout)["boolean"] is True
    assert json.loads(small(f"@{path}").stdout)["boolean"] is True


def test_a_syntax_error_points_into_the_query(small):
    done = small("ASK { ?s ?p }")

    assert done.returncode == 2
    assert done.stdout == ""
    assert "line 1, column 13" in done.stderr
    assert done.stderr.rstrip().endswith("^")


def test_a_query_that_ends_the_engine_does_not_end_the_command_unexplained(small):
    done = small("ASK " + "{" * 5000 + "}" * 5000)

    assert done.returncode == 2
    assert "more than the SPARQL engine can handle" in done.stderr


def test_a_query_over_its_limit(small):
    done = small(RUNAWAY, "--query-timeout", "0.3")

    assert done.returncode == 3
    assert "limit of 0.3 seconds" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "place-to-country", "place=a b"), "names nothing here"),
        (("query", "ASK {}", "--data", "nowhere.ttl"), "nowhere.ttl cannot be read"),
        (("serve", "--port", "0", "--data", "nowhere.ttl"), "nowhere.ttl cannot be read"),
        (("mcp", "--data", "nowhere.ttl"), "nowhere.ttl cannot be read"),
    ],
)
def test_what_goes_wrong_is_said(arguments, says):
    done = run(*arguments)

    assert done.returncode != 0
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def validated(data, shapes):
    """What ``gbagraph validate`` does, in this process."""
    return CliRunner().invoke(app, ["validate", str(data), "--shapes", str(shapes)])


def test_validate_reports_file_node_rule_and_remedy(tmp_path):
    path = file_with(
        tmp_path / "new.ttl",
        "@prefix gba: <https://w3id.org/gbagraph/ontology#> .\n"
        "@prefix id: <https://w3id.org/gbagraph/id/> .\n\nid:new-zone a gba:Zone .\n",
    )

    done = validated(path, resource("ontology", "shapes.ttl"))

    assert done.exit_code == 1
    assert f"{path}:4: id:new-zone: This zone is nowhere; say where it lies" in done.stdout
    assert "[gsh:zone-placed]" in done.stdout


SHAPE = """PREFIX sh: <http://www.w3.org/ns/shacl#>
[] a sh:NodeShape ; sh:targetSubjectsOf <urn:b> ; sh:property [ sh:path <urn:b> ; %s ] ."""


@pytest.mark.parametrize(
    ("shapes", "code", "says"),
    [
        (SHAPE % "sh:maxCount 0", 1, "1 statement about triples is not checked by the shapes.\n"),
        (SHAPE % "sh:maxCount 1", 0, "1 statement about triples is not checked by the shapes.\n"),
        (
            SHAPE % 'sh:minCount "many"',
            2,
            "cannot be used: MinCountConstraintComponent sh:minCount",
        ),
        (SHAPE % 'sh:pattern "("', 2, "cannot be used: missing )"),
        ("# nothing", 2, "shapes.ttl are none: no node there is a shape of SHACL."),
        ("<urn:a> <urn:b> <urn:c> .", 2, "are none: no node there is a shape"),
    ],
)
def test_validate_takes_annotated_data_and_says_what_is_wrong_with_shapes(
    tmp_path, shapes, code, says
):
    data = '<urn:a> <urn:b> "x"@ar--rtl ~ <urn:r> {| <urn:says> <urn:p> |} .'
    path = file_with(tmp_path / "shapes.ttl", shapes)

    done = validated(file_with(tmp_path / "data.ttl", data), path)

    assert (done.exit_code, "Traceback" in done.stderr) == (code, False)
    assert says in done.stderr
    assert "ConstraintLoadError" not in done.stderr


WITHOUT = "import sys; sys.modules[{!r}] = None; from gbagraph.cli import app; app()"
"""A command line for which a module is not installed."""


@pytest.mark.parametrize(
    ("command", "module", "extra"),
    [("validate", "pyshacl", "curation"), ("infer", "owlrl", "curation"), ("mcp", "mcp", "mcp")],
)
def test_what_the_extra_brings_is_named_where_it_is_missing(command, module, extra):
    done = processes.run(
        [sys.executable, "-c", WITHOUT.format(module), command],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 3
    assert done.stdout == ""
    assert f"needs the package {module}" in done.stderr
    assert done.stderr.endswith(f"pip install 'gbagraph[{extra}]'\n")
    assert done.stderr.count("\n") == 1


def test_the_other_commands_need_no_extra(small_file):
    done = processes.run(
        [sys.executable, "-c", WITHOUT.format("owlrl"), "query", "ASK {}", "--data", small_file],
        capture_output=True,
        text=True,
    )

    assert json.loads(done.stdout)["boolean"] is True


def test_a_negative_number_is_no_option():
    assert '"-2.1"^^xsd:decimal' in run("why", "id:baidu", "gba:develops", "-2.1").stderr


def test_why_says_what_there_is_where_there_is_no_proof():
    done = run("why", "id:baidu", "gba:develops", "id:china")

    assert (done.returncode, done.stdout) == (1, "")
    assert "id:baidu gba:develops id:apollo-rd-centre" in done.stderr
