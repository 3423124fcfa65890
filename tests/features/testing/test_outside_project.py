"""A project of somebody else, with the wheel in an environment of its own, asserts answers."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from support import ROOT

pytestmark = pytest.mark.processes

TEST = """\
from gbagraph.testing import assert_solutions


def test_zones(gbagraph_graph):
    assert_solutions(gbagraph_graph.query(QUERY), [("knowledge-city", {area})])


QUERY = '''
PREFIX gba: <https://w3id.org/gbagraph/ontology#>
SELECT ?zone ?area {{ ?zone gba:area ?node . ?node gba:value ?area FILTER (?area = 123) }}'''
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The Python of an environment with the wheel, and with what it needs from this one."""
    folder = tmp_path_factory.mktemp("outside")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    environment = folder / "environment"
    venv.create(environment, with_pip=False, symlinks=True)
    found = environment / "bin" / "python"
    (packages,) = (environment / "lib").glob("python*/site-packages")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", packages, wheel],
        check=True,
        capture_output=True,
    )
    # After the wheel's own: what is here is found only if it is not there.
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return found


def run(python, folder, *options):
    return subprocess.run(
        [python, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=outside(),
    )


def outside():
    """Environment variables without those by which Python would find this project."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def test_the_wheel_is_what_is_tested(python, tmp_path):
    done = subprocess.run(
        [python, "-c", "import gbagraph.testing as t; print(t.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env=outside(),
    )

    assert Path(done.stdout.strip()).is_relative_to(python.parent.parent)


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_five_lines_assert_an_answer(python, tmp_path, workers):
    (tmp_path / "test_zones.py").write_text(TEST.format(area=123))

    done = run(python, tmp_path, *workers)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_a_wrong_answer_fails_and_the_cell_is_named(python, tmp_path):
    (tmp_path / "test_zones.py").write_text(TEST.format(area=124))

    done = run(python, tmp_path)
    assert done.returncode == 1
    assert "area: expected 124, actual 123" in done.stdout
    assert "(zone id:knowledge-city)" in done.stdout


def test_answers_in_files_are_written_and_then_right(python, tmp_path):
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "all.rq").write_text("SELECT ?o { ?s ?p ?o }")
    (tmp_path / "mine.ttl").write_text("<urn:a> <urn:b> 7 .")
    asked = ("--sparql", "queries", "--data", "mine.ttl")

    assert "has no expected answer" in run(python, tmp_path, *asked).stdout
    assert (
        "queries/expected/all.srj: new" in run(python, tmp_path, *asked, "--update-answers").stdout
    )
    assert "1 passed" in run(python, tmp_path, *asked, "-n", "2").stdout
