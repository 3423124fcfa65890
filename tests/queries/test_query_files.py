"""Query files are read and checked before the server listens, and a slip names its file and line."""

import os
import re
import shutil

import pytest

from gbagraph.features.curation import validation
from gbagraph.paths import resource
from gbagraph.queries.catalog import all_queries
from support import ROOT, RunningServer, run

FAULTS = [
    ("yaml.rq", "#+ summary: What?\n#+ tags: [a\nASK {}", 2, "not YAML"),
    ("header.rq", "#+ summary: What?\n#+ colour: red\nASK {}", 2, "colour"),
    ("parameter.rq", "#+ summary: What?\nASK { ?s ?p ?_it_int }", 2, "unknown type 'int'"),
    ("sparql.rq", "#+ summary: What?\nASK {\n  ?s ?p }", 3, "not valid SPARQL"),
    ("prefix.rq", "#+ summary: What?\nASK { ?s x:y ?o }", 2, "prefix x: is not declared"),
]


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(resource("queries"), tmp_path / "queries")
    return tmp_path / "queries"


@pytest.mark.processes
@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["validate", "--no-reasoning"]])
@pytest.mark.parametrize("names", [FAULTS[:3], FAULTS[3:]], ids=["headers", "SPARQL"])
def test_all_faulty_query_files_are_told_before_anybody_asks(folder, command, names):
    for name, text, _, _ in names:
        (folder / name).write_text(text)

    done = run(*command, cwd=ROOT, env={**os.environ, "GBAGRAPH_QUERIES": str(folder)})

    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "Traceback" not in said
    for name, _, line, says in names:
        assert re.search(rf"{name}(, line |:){line}: .*{says}", said)


@pytest.mark.processes
def test_a_new_query_file_needs_nothing_else(folder):
    (folder / "new.rq").write_text("#+ summary: What?\nASK {}")

    with RunningServer("--queries", folder) as server:
        assert server.client.get("/queries/new").json()["boolean"] is True


def test_the_published_queries_are_good():
    assert len(all_queries()) >= 54
    assert list(validation._queries()) == []
