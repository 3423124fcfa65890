"""``gbagraph new`` makes an example that works: what its README says is done here to the letter."""

import os
import re
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gbagraph.cli import app
from support import RunningServer, processes
from support.assistant import Assistant

OURS = ("Guangzhou", "Greater Bay", "Baidu", "Nansha", "Knowledge City", "CC BY", "South China")
"""Words of the built-in dataset, of which a graph of somebody else must have none."""
BLOCKS = re.compile(r"```console\n(.*?)```", re.DOTALL)


def new(folder):
    """What ``gbagraph new`` does in this process."""
    return CliRunner().invoke(app, ["new", str(folder)])


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The example as the command makes it."""
    folder = tmp_path_factory.mktemp("new") / "bridges"
    done = new(folder)
    assert done.exit_code == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def project_server(project):
    """A server that is started in the folder without any option."""
    with RunningServer(prelude=f"import os; os.chdir({str(project)!r})") as running:
        yield running


def shell(command, folder):
    """What a command prints that a person types in *folder*."""
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = processes.run(
        ["bash", "-c", command],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**environment, "PATH": path},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def commands(project):
    """The commands of its README, but for the one that serves."""
    blocks = BLOCKS.findall((project / "README.md").read_text())
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    assert lines[0] == "gbagraph serve"
    return lines[1:]


def test_every_command_of_the_readme_does_what_it_says(project, project_server):
    said = {
        line: shell(line.replace("http://127.0.0.1:8000", project_server.url), project)
        for line in commands(project)
    }
    tested, updated = (text for line, text in said.items() if line.startswith("pytest"))
    rows = [text for line, text in said.items() if "metres=1500" in line]

    assert len(rows) == 2
    assert rows[0].splitlines() == rows[1].splitlines()
    assert rows[0].splitlines()[1:] == ["https://example.org/bridges/first,First bridge,1991,1998"]
    assert "3 passed" in tested
    assert "1 passed" in updated


@pytest.mark.processes
def test_its_tests_fail_when_its_data_change(tmp_path):
    folder = tmp_path / "bridges"
    assert new(folder).exit_code == 0
    data = folder / "data" / "bridges.ttl"
    data.write_text(data.read_text().replace("size 1410", "size 1411"))
    command = next(line for line in commands(folder) if line.startswith("pytest"))
    with pytest.raises(AssertionError, match=r"expected 1410, actual 1411"):
        shell(command, folder)


def test_its_data_are_served_with_its_title_and_its_query(project_server):
    page = project_server.page("/")

    assert "<h1>Bridges</h1>" in page
    assert "What has at least this size?" in page


def test_no_file_says_a_word_of_the_built_in_dataset(tmp_path):
    """That no page does, whatever is served, is tested with other data."""
    assert new(tmp_path).exit_code == 0
    texts = {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}

    assert len(texts) > 5
    assert [path for path, text in texts.items() if any(word in text for word in OURS)] == []


@pytest.mark.processes
def test_an_assistant_that_is_started_in_the_folder_asks_its_graph(project):
    with Assistant.over_stdio(cwd=project) as assistant:
        tools = assistant.tools()
        found = assistant.call("gbagraph_ask", question="largest", arguments={"metres": 1500})
        said = f"{assistant.client.instructions}{assistant.read('gbagraph://ontology')}{tools}"

    assert found["rows"][0][found["columns"].index("name")] == "First bridge"
    assert not [word for word in OURS if word in said]


@pytest.mark.parametrize("name", ["file", "full/file"])
def test_what_is_there_is_not_written_over(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    done = new(path if name == "file" else path.parent)

    assert done.exit_code == 2
    assert "is not an empty folder" in done.stderr
    assert path.read_text() == "mine"
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [path]


@pytest.mark.processes
@pytest.mark.parametrize(
    ("base", "terms"),
    [
        ("https://trams.example/id", "https://trams.example/id/terms/"),
        pytest.param(*("https://t.example/v#",) * 2, marks=pytest.mark.matrix),
    ],
)
def test_it_makes_what_it_is_told(tmp_path, base, terms):
    """Title, base, the names of files and things; and its own tests pass."""
    folder = tmp_path / "harbour-trams"
    done = CliRunner().invoke(app, ["new", str(folder), "--title", 'The "trams"', "--base", base])
    settings = tomllib.loads((folder / "gbagraph.toml").read_text())

    assert f"{folder}/data/harbour-trams.ttl\n" in done.stdout
    assert settings["title"] == 'The "trams"'
    assert settings["base"] == (base if base.endswith("#") else f"{base}/")
    assert settings["prefixes"]["t"] == terms
    assert (
        'a t:HarbourTram ;\n  rdfs:label "First harbour tram"@en'
        in (folder / "data" / "harbour-trams.ttl").read_text()
    )
    assert "@" not in re.sub("@en|@prefix", "", "".join(f.read_text() for f in folder.rglob("*.*")))
    assert "3 passed" in shell("pytest -q --sparql queries --data data tests", folder)


def test_a_base_that_is_no_iri_is_refused(tmp_path):
    done = CliRunner().invoke(app, ["new", str(tmp_path), "--base", "trams"])

    assert done.exit_code == 2
    assert (
        "base is 'trams', but has to be an IRI, such as https://example.org/trams/." in done.stderr
    )
    assert [*tmp_path.iterdir()] == []


def test_an_empty_folder_is_filled(tmp_path):
    assert new(tmp_path).exit_code == 0
    assert (tmp_path / "gbagraph.toml").is_file()
    assert [path for path in tmp_path.rglob("*") if path.suffix == ".template"] == []


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path):
    (tmp_path / "file").write_text("mine")
    done = new(tmp_path / "file" / "below")

    assert done.exit_code == 3
    assert done.stderr.startswith(f"{tmp_path}")
    assert "Traceback" not in done.stderr
