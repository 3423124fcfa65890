"""``gbagraph switch`` and ``rollback``, and loads while a server has the store in service."""

import json

import httpx
import pytest
from typer.testing import CliRunner

from gbagraph.cli import app
from gbagraph.features.stores import versions
from gbagraph.features.stores.loading import load
from support import RunningServer, eventually, file_with, query_target
from support.faults import assert_one_line


def lines(path, name, count=9):
    with path.open("w") as file:
        file.writelines(f"<urn:{name}> <urn:p> <urn:o{n}> .\n" for n in range(count))
    return path


@pytest.fixture
def store(tmp_path):
    """A store with the versions one and two, of which two is in service."""
    for name in ("one", "two"):
        load(tmp_path / "store", [lines(tmp_path / f"{name}.nt", name)], name=name)
    return tmp_path / "store"


def invoke(*arguments):
    """What comes of a command in this process."""
    return CliRunner().invoke(app, list(map(str, arguments)))


def test_the_versions_are_listed(store):
    listed = json.loads(invoke("switch", "--store", store).stdout)
    assert [(row["version"], row["in_service"]) for row in listed] == [
        ("one", "before"),
        ("two", "current"),
    ]
    assert "│ two" in invoke("switch", "--store", store, "--list", "-f", "table").stdout


def test_the_store_is_that_of_the_folder_or_the_environment(store, tmp_path, monkeypatch):
    (tmp_path / "gbagraph.toml").write_text('store = "store"\n')
    with monkeypatch.context() as there:
        there.chdir(tmp_path)
        assert invoke("switch", "one").exit_code == 0
    assert versions.current(store) == "one"
    monkeypatch.setenv("GBAGRAPH_STORE", str(store))
    assert invoke("rollback").exit_code == 0
    assert versions.current(store) == "two"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("switch", "--store", "STORE", "three"), 2, "There are: one, two"),
        (("switch", "--store", "nowhere", "one"), 2, "no store with versions"),
        (("switch", "--store", "nowhere"), 2, "no complete versions"),
        (("switch", "one"), 2, "--store DIR"),
        (("rollback",), 2, "--store DIR"),
        (("switch", "--store", "STORE", "one"), 3, "cannot be opened"),
    ],
)
def test_what_cannot_be_put_into_service_is_told_in_one_line(store, arguments, code, said):
    if said == "cannot be opened":
        (store / "versions" / "one" / "database" / "CURRENT").unlink()
    done = invoke(*(store if each == "STORE" else each for each in arguments))
    assert done.exit_code == code
    assert_one_line(done.stderr, said)
    assert versions.current(store) == "two"


@pytest.mark.processes
def test_a_running_server_follows(store):
    bad = file_with(store.with_name("bad.nt"), "oops\n")
    with RunningServer("--store", store) as server:
        assert invoke("load", store, bad).exit_code == 2
        assert served(server) == {"urn:two"}
        assert invoke("switch", "--store", store, "one").exit_code == 0
        assert eventually(lambda: served(server) == {"urn:one"}, 30)
        assert invoke("rollback", "--store", store).exit_code == 0
        assert eventually(lambda: served(server) == {"urn:two"}, 30)


def served(server):
    """The subjects that a request of its own finds."""
    query = "SELECT DISTINCT ?s { ?s ?p ?o }"
    headers = {"Accept": "text/csv"}
    answer = httpx.get(f"{server.url}{query_target(query)}", headers=headers, timeout=60)
    return set(answer.text.split()[1:])


def test_a_load_that_does_not_switch_says_how_to(store, tmp_path):
    done = invoke("load", store, lines(tmp_path / "three.nt", "three"), "--no-switch")
    assert f"gbagraph switch --store {store} 3" in done.stdout
    assert versions.current(store) == "two"
    assert invoke("switch", "--store", store, "3").exit_code == 0
