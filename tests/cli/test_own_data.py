"""The commands on data and queries of one's own, by gbagraph.toml or by options."""

import pytest

from support import run
from support.inside import command

pytestmark = pytest.mark.processes

DATA = '@prefix e: <http://example.org/> . e:a e:n 1 ; e:l "A" . e:b e:n 2 .'
QUERY = """\
#+ summary: The numbers of one
#+ params:
#+   - x: which
#+ defaults:
#+   - x: http://example.org/a
PREFIX e: <http://example.org/>
SELECT ?n { ?_x_iri e:n ?n } ORDER BY ?n
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with data and a query, in which commands are called."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.ttl").write_text(DATA)
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "numbers.rq").write_text(QUERY)
    return tmp_path


@pytest.fixture
def project(folder):
    (folder / "gbagraph.toml").write_text('data = ["d.ttl"]\nqueries = "queries"\n')
    return folder


@pytest.mark.usefixtures("folder")
def test_the_prefixes_of_the_data_stand_in_parameters():
    text = "PREFIX e: <http://example.org/> SELECT ?n { ?x e:n ?n }"
    asked = command("query", "--data", "d.ttl", "-p", "x=e:b", text, "-f", "csv")
    of_data = ("--data", "d.ttl", "-f", "csv")
    ran = command("run", "numbers", "x=e:b", *of_data, GBAGRAPH_QUERIES="queries")

    assert asked.stdout.split() == ran.stdout.split() == ["n", "2"]


def test_the_manifest_is_of_the_data_of_the_folder(project):
    done = command("queries", "manifest", "suite")

    assert done.stdout.startswith("1 test in"), done.stderr
    assert [path.name for path in (project / "suite" / "data").iterdir()] == ["default.nt"]
    assert '"value":"1"' in (project / "suite" / "results" / "numbers.srj").read_text()


def test_another_file_of_settings_is_read_instead_of_a_faulty_one(project):
    (project / "gbagraph.toml").write_text("nothing = 1\n")
    (project / "other.toml").write_text('title = "Other"\n')

    assert "Other" in command("settings", "--config", "other.toml").stdout
    assert command("queries").exit_code == 2


CONSTRUCT = """\
#+ summary: The numbers as things with a number
PREFIX e: <http://example.org/>
CONSTRUCT { [] e:of ?x ; e:number ?n } WHERE { ?x e:n ?n }
"""


TWO = "PREFIX e: <http://example.org/> [ e:of e:b ; e:number 2 ] . [ e:of e:a{} ] ."


@pytest.mark.parametrize(
    ("expected", "code", "says"),
    [
        pytest.param(
            None, 1, "things.rq has no expected answer", id="none", marks=pytest.mark.matrix
        ),
        pytest.param(
            TWO.format(" ; e:number 1"),
            0,
            "1 passed",
            id="the same, by isomorphism",
            marks=pytest.mark.matrix,
        ),
        pytest.param(
            TWO.format(" ; e:number 7"),
            1,
            "things: object of e:number: expected 7, actual 1",
            id="a value",
        ),
    ],
)
def test_the_graph_that_a_query_constructs_has_an_expected_one(project, expected, code, says):
    (project / "queries" / "things.rq").write_text(CONSTRUCT)
    kept = project / "queries" / "expected" / "things.ttl"
    if expected:
        kept.parent.mkdir()
        kept.write_text(expected)

    done = command("queries", "check", "things")

    assert done.exit_code == code, done.output
    assert says in done.stdout
    assert command("queries", "check", "things", "--update").exit_code == 0
    assert "e:number 1" in kept.read_text()


@pytest.mark.parametrize("words", ["serve --workers 2", "mcp", "queries"])
def test_a_folder_of_queries_that_is_not_there_is_told_in_a_sentence(project, words):
    (project / "gbagraph.toml").write_text('data = ["d.ttl"]\nqueries = "querys"\n')
    done = run(*words.split())

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "queries is querys, but there is no such folder.\n"
