"""Query files are read and checked before the server listens, and a slip names its file and line."""

import re
import shutil
from dataclasses import replace

import pytest

from gbagraph import publication
from gbagraph.features.curation import validation
from gbagraph.paths import resource
from gbagraph.queries.catalog import all_queries
from support import RunningServer, run

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


@pytest.fixture(params=[FAULTS[:3], FAULTS[3:]], ids=["headers", "SPARQL"])
def faults(request, folder):
    """Faulty files in the folder."""
    for name, text, _, _ in request.param:
        (folder / name).write_text(text)
    return request.param


def assert_told(faults, said):
    for name, _, line, says in faults:
        assert re.search(rf"{name}(, line |:){line}: .*{says}", said)


@pytest.mark.processes
def test_all_faulty_query_files_are_told_before_anybody_asks(folder, faults):
    done = run("serve", "--port", "0", "--queries", folder)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert_told(faults, done.stderr)


def test_validation_finds_them(folder, faults, monkeypatch):
    """Without the shapes, which take ten times as long."""
    own = replace(publication.OWN, queries=str(folder))
    monkeypatch.setattr(publication._Current, "publication", own)
    monkeypatch.setattr(validation, "data_graph", list)
    monkeypatch.setattr(validation, "shape_findings", lambda *_: ())

    assert_told(faults, "\n".join(map(str, validation.validate(reasoning=False))))


@pytest.mark.processes
def test_a_new_query_file_needs_nothing_else(folder):
    (folder / "new.rq").write_text("#+ summary: What?\nASK {}")

    with RunningServer("--queries", folder) as server:
        assert server.client.get("/queries/new").json()["boolean"] is True


def test_the_published_queries_are_good():
    assert len(all_queries()) >= 54
    assert list(validation.queries()) == []
