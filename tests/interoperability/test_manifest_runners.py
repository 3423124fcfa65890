"""The canned queries as a test suite, run by runners of others: rdf-test-suite and rdflib's own."""

import os
import re
import shutil
import sys

import pytest

from gbagraph.features.canned.manifest import write
from gbagraph.queries.catalog import find, local_queries
from support import ROOT, processes, run
from support.installed import needs

pytestmark = pytest.mark.processes

PROGRAMS = ROOT / "tests" / "interoperability" / "programs"
CLIENTS = ROOT / ".clients"
RDFLIB = CLIENTS / "rdflib-7.6.0"
BASE = "https://example.org/suite/"


def program(*command, cwd=None, **variables):
    """What a runner prints, whether or not all tests pass."""
    path = os.pathsep.join([str(CLIENTS / "bin"), os.environ["PATH"]])
    done = processes.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, "PATH": path, **variables},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    """The suite as the command writes it."""
    folder = tmp_path_factory.mktemp("suite")
    done = run("queries", "manifest", folder)
    assert done.returncode == 0, done.stderr
    return folder


def by_rdf_test_suite(folder):
    """Which tests pass, by rdf-test-suite with Oxigraph's package for Node.js."""
    needs("rdf-test-suite", "node")
    engine = CLIENTS / "oxigraph-engine.cjs"
    # Beside the packages that it needs, since Node.js looks for them there.
    shutil.copy(PROGRAMS / engine.name, engine)
    done = program(
        *("rdf-test-suite", engine.name, f"{BASE}manifest.ttl", "-m", f"{BASE}~{folder}/"),
        *("-o", "summary", "-d", "120000", "-e"),
        cwd=CLIENTS,
        NODE_OPTIONS="--max-old-space-size=8192",
    )
    return {name: mark == "✔" for mark, name in re.findall(r"^(✔|✖) (\S+) \(", done, re.MULTILINE)}


def by_rdflib(folder):
    """Which tests pass, by the runner of rdflib's own tests."""
    if not RDFLIB.exists():
        needs("the runner of rdflib")
    script = PROGRAMS / "rdflib_manifest.py"
    command = (sys.executable, "-W", "ignore", script, folder / "manifest.ttl")
    lines = (line.split("\t") for line in program(*command, PYTHONPATH=str(RDFLIB)).splitlines())
    return {name: outcome == "passed" for name, outcome in lines}


@pytest.mark.matrix
@pytest.mark.parametrize("runner", [by_rdf_test_suite, by_rdflib])
def test_all_queries_pass(suite, runner):
    assert runner(suite) == dict.fromkeys(local_queries(), True)


@pytest.mark.parametrize(
    "runner", [by_rdf_test_suite, pytest.param(by_rdflib, marks=pytest.mark.matrix)]
)
def test_a_runner_notices_a_wrong_result(runner, tmp_path):
    write(tmp_path, [find("zones-by-area"), find("signing-rounds")])
    path = tmp_path / "results" / "zones-by-area.srj"
    path.write_text(path.read_text().replace('"123"', '"124"'))

    assert runner(tmp_path) == {"zones-by-area": False, "signing-rounds": True}
