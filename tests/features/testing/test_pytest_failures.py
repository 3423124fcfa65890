"""What pytest shows of a failure: its summary, whose frames, warnings; pins, and data of one test."""

import pytest

from support.projects import ASKED, RIGHT, run

pytestmark = pytest.mark.slow

FAILING = """
import pytest, unittest
from gbagraph.testing import assert_solutions

def test_cell():
    assert_solutions([{"zone": "a", "area": 1}], "zone,area\\na,2\\nb,3\\n")

def test_syntax(gbagraph_graph):
    gbagraph_graph.query("SELEC ?x")

def test_unknown(gbagraph_graph):
    gbagraph_graph.run("nonsuch")

@pytest.mark.gbagraph_version("0.0.1")
def test_pin(gbagraph_graph):
    pass

@pytest.mark.gbagraph_data("none.ttl")
def test_data(gbagraph_graph):
    pass

class TestOfUnittest(unittest.TestCase):
    def test_case(self):
        assert_solutions([{"n": 1}], [{"n": 2}])

@pytest.mark.gbagraph_data("data.ttl")
def test_beside(gbagraph_graph):
    assert_solutions(gbagraph_graph.query("ASK { ?s ?p 'Ann' }"), False)

def test_file():
    assert_solutions([{"n": 1}], "expected/own.csv")
"""


def test_a_failure_begins_with_what_differs_and_ends_in_the_test(project):
    (project / "pytest.ini").write_text("[pytest]\ngbagraph_data = data.ttl\n")
    (project / "test_own.py").write_text(FAILING)
    said = run(project.parent, "project", status=1)
    summary = said.partition("short test summary info")[2].splitlines()

    for begin in (
        "::test_cell - area of a: expected 2",
        "::test_syntax - The query is not valid",
        "::test_unknown - There is no canned",
        "::test_pin - version sha256-",
        "::test_case - n: expected 2",
        "::test_beside[data.ttl] - boolean: exp",
        "::test_file - project/expected/own.csv",
    ):
        assert [line for line in summary if begin in line], begin
    assert "none.ttl cannot be read" in said
    assert "/gbagraph/" not in said, "no frame is ours"
    assert "/gbagraph/" in run(project, "-k", "syntax", "--full-trace", status=1)


def test_files_are_written_beside_the_test(project):
    (project / "test_own.py").write_text(FAILING)
    said = run(project.parent, "project", "-k", "file", "--update-answers")

    assert (project / "expected" / "own.csv").read_text() == "n\n1\n"
    assert "project/expected/own.csv: new" in said


def test_a_pin_does_not_keep_answers_from_being_written(project):
    """Also where warnings are errors: the advice of the failing pin is to write them."""
    (project / "pytest.ini").write_text("[pytest]\ngbagraph_hash = sha256:feed\n")
    expected = project / "queries" / "expected" / "names.csv"
    expected.write_text(RIGHT.replace("Bob", "Rob"))
    said = run(project, *ASKED, "--update-answers")

    assert expected.read_text() == RIGHT
    assert "names.csv: rows 1 changed" in said
    assert ", pinned sha256:feed. Read what changes, then change the pin." in said


def test_the_header_of_a_query_says_how_it_is_tested(project):
    """Data of its own, tolerance, columns left out, and a warning instead of a failure."""
    queries = project / "queries"
    (queries / "own.ttl").write_text("<urn:a> <urn:size> 1.04 ; <urn:at> 7 .")
    query = "SELECT * { ?x <urn:size> ?size ; <urn:at> ?at }\n"
    test = "{data: own.ttl, abs_tol: 1e-1, exclude: at"
    (queries / "own.rq").write_text(f"#+ test: {test}}}\n{query}")
    (queries / "own.expected.csv").write_text("x,size\nurn:a,1\n")
    (queries / "twice.rq").write_text("#+ test: {order: set}\nSELECT ?n { VALUES ?n { 2 1 2 } }")
    (queries / "twice.expected.csv").write_text("n\n1\n2\n")
    (queries / "warns.rq").write_text(f"#+ test: {test}, severity: warning}}\n{query}")
    (queries / "warns.expected.csv").write_text("x,size\nurn:a,2\n")

    said = run(project, *ASKED, "-W", "default")
    assert "4 passed, 1 warning" in said
    assert "size of <urn:a>: expected 2, actual 1.04 (1 changed)" in said
    said = run(project, *ASKED, status=1)
    assert "1 failed, 3 passed" in said, "as an error, if warnings are"
    assert "site-packages" not in said


WRONG = {
    "keys": (
        "{abstol: 1}",
        "exclude, severity, with values; abstol is none of them: did you mean abs_tol?",
    ),
    "list": ("[abs_tol]", "list.rq, line 2: test has to have keys"),
    "data": ("{data: none.ttl}", "queries/none.ttl cannot be read"),
    "severity": ("{severity: low}", "severity is 'low', but has to be one of error, warning"),
    "amount": (
        "{abs_tol: some}",
        "abs_tol is 'some' and rel_tol is 0. They have to be finite numbers",
    ),
}


def test_a_header_that_says_it_wrongly_is_refused(project):
    for name, (test, _) in WRONG.items():
        text = f"#+ summary: Wrong\n#+ test: {test}\nASK {{}}\n"
        (project / "queries" / f"{name}.rq").write_text(text)
        (project / "queries" / f"{name}.expected.csv").write_text("true\n")

    said = run(project, *ASKED, status=1)
    assert "5 failed, 1 passed" in said
    assert [part for _, part in WRONG.values() if part not in said] == []
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("marker", "status", "said"),
    [
        (
            "gbagraph_data(turtle='')",
            2,
            "::test_own: The marker gbagraph_data takes files, and text=.",
        ),
        pytest.param(
            "gbagraph_data(7)",
            2,
            "::test_own: The marker gbagraph_data takes files, and text=.",
            marks=pytest.mark.matrix,
        ),
        (
            "gbagraph_version",
            1,
            "\ntest_own: The markers gbagraph_version and gbagraph_hash take a value.\n",
        ),
    ],
)
def test_a_marker_with_a_wrong_argument_is_refused(project, marker, status, said):
    (project / "test_own.py").write_text(
        f"import pytest\n@pytest.mark.{marker}\ndef test_own(gbagraph_graph):\n    pass\n"
    )

    assert said in run(project, status=status)


def test_a_wrong_setting_and_options_that_exclude_each_other_are_one_line(project):
    (project / "empty").mkdir()
    assert "There is no query file (.rq, .sparql) in empty." in run(
        project, "--sparql", "empty", status=5
    )
    run(project, *ASKED, "--endpoint", "http://127.0.0.1:1/", status=4)
    (project / "pytest.ini").write_text("[pytest]\ngbagraph_infer = maybe\n")
    run(project, *ASKED, status=4)
