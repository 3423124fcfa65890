"""A project of somebody else, with the wheel in an environment of its own, asserts answers."""

import os
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from support import ROOT, processes

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
    processes.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    environment = folder / "environment"
    venv.create(environment, with_pip=False, symlinks=True)
    found = environment / "bin" / "python"
    (packages,) = (environment / "lib").glob("python*/site-packages")
    processes.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", packages, wheel],
        check=True,
        capture_output=True,
    )
    # After the wheel's own: what is here is found only if it is not there.
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return found


def run(python, folder, *arguments):
    """Without the variables by which Python would find this project."""
    return processes.run(
        [python, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={name: text for name, text in os.environ.items() if not name.startswith("PYTHON")},
    )


def test_the_wheel_is_what_is_tested(python, tmp_path):
    done = run(python, tmp_path, "-c", "import gbagraph.testing as t; print(t.__file__)")

    assert Path(done.stdout.strip()).is_relative_to(python.parent.parent)


@pytest.mark.parametrize(
    ("area", "code", "says"),
    [(123, 0, "1 passed"), (124, 1, "area: expected 124, actual 123")],
    ids=["right", "wrong"],
)
def test_five_lines_assert_an_answer(python, tmp_path, area, code, says):
    (tmp_path / "test_zones.py").write_text(TEST.format(area=area))
    done = run(python, tmp_path, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error")

    assert done.returncode == code, done.stdout
    assert says in done.stdout
