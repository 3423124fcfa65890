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


def run(python, folder, *options):
    return processes.run(
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
    done = processes.run(
        [python, "-c", "import gbagraph.testing as t; print(t.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env=outside(),
    )

    assert Path(done.stdout.strip()).is_relative_to(python.parent.parent)


@pytest.mark.parametrize(
    ("workers", "area", "outcome"),
    [
        ((), 123, (0, "1 passed")),
        (("-n", "2"), 123, (0, "1 passed")),
        ((), 124, (1, "area: expected 124, actual 123")),
    ],
    ids=["alone", "xdist", "wrong"],
)
def test_five_lines_assert_an_answer(python, tmp_path, workers, area, outcome):
    (tmp_path / "test_zones.py").write_text(TEST.format(area=area))
    done = run(python, tmp_path, *workers)

    assert done.returncode == outcome[0], done.stdout
    assert outcome[1] in done.stdout
