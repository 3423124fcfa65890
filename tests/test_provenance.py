"""Where the published files come from, as a release says it."""

import hashlib
import json
import shutil

import pytest

import provenance
from support import ROOT, processes

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def subjects():
    """What is said of some files, by their names; in a checkout alone."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no checkout of git")
    names = ["data/gba.ttl", "data/inferred.ttl", "data/releases/0.1.0.nq.gz", "queries/aims.rq"]
    assert set(names) <= set(provenance.published())
    return {each["name"]: each for each in provenance.statement(names)["subject"]}


def test_each_file_has_its_hash_and_the_commit_that_changed_it(subjects):
    for name, said in subjects.items():
        assert said["digest"] == {"sha256": hashlib.sha256((ROOT / name).read_bytes()).hexdigest()}
        changed = processes.run(
            ["git", "log", "-1", "--format=%H", "--", name],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        assert said["annotations"]["commit"] == changed.stdout.decode().strip()


def test_what_is_made_says_by_what_and_of_what(subjects):
    assert subjects["data/gba.ttl"]["annotations"]["made"] == "by hand"
    assert subjects["data/releases/0.1.0.nq.gz"]["annotations"]["made"] == "gbagraph release"
    inferred = subjects["data/inferred.ttl"]["annotations"]
    assert inferred["made"] == "make infer"
    assert all((ROOT / name).exists() for name in inferred["from"])
    assert "data/gba.ttl" in inferred["from"]


def test_it_is_a_statement_of_in_toto_about_this_version():
    said = provenance.statement([])

    assert said["_type"] == "https://in-toto.io/Statement/v1"
    definition = said["predicate"]["buildDefinition"]
    assert definition["externalParameters"] == {"version": provenance.__version__}
    assert len(definition["resolvedDependencies"][0]["digest"]["gitCommit"]) == 40
    json.dumps(said)
