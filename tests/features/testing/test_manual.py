"""docs/testing.md is true: its examples run, and what it lists is there."""

import re
import sys
from textwrap import indent

import pyoxigraph as ox
import pytest

from gbagraph.features.testing import plugin
from gbagraph.features.testing.faulty import FAULTS
from gbagraph.features.testing.query_files import TEST
from gbagraph.testing import AnswerDiffers, assert_solutions
from support import ROOT, processes
from support.projects import run

MANUAL = (ROOT / "docs" / "testing.md").read_text()
PYTHON = re.findall(r"```python\n(.*?)```", MANUAL, re.DOTALL)
COMMANDS = [
    line.removeprefix("$ ")
    for block in re.findall(r"```console\n(.*?)```", MANUAL, re.DOTALL)
    for line in block.splitlines()
    if "install" not in line
]


def part(title):
    """The part of the manual below a heading."""
    return MANUAL.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


@pytest.mark.processes
@pytest.mark.parametrize("example", PYTHON, ids=range(len(PYTHON)))
def test_an_example_in_python_runs(tmp_path, example):
    (tmp_path / "test_example.py").write_text(
        example if "def test" in example else f"def test_it():\n{indent(example, '    ')}"
    )

    run(tmp_path)


@pytest.mark.processes
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_runs(tmp_path, command, gbagraph_server):
    folder = tmp_path / "queries" / "expected"
    folder.mkdir(parents=True)
    (tmp_path / "graph.ttl").write_text("<urn:a> <urn:b> <urn:c> .")
    (tmp_path / "queries" / "x.rq").write_text("ASK { ?s ?p ?o }")
    (folder / "x.csv").write_text("true\n")
    address = gbagraph_server(str(tmp_path / "graph.ttl")).sparql if "--endpoint" in command else ""
    words = command.replace("https://example.org/sparql", address).split()
    start = [sys.executable, "-m", words[0]]
    done = processes.run(
        [*start, *words[1:]], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_message_is_the_one_that_is_shown():
    expected = [("knowledge-city", 124), ("ai-zone", 1), ("science-city", 1)]
    actual = [("knowledge-city", 123), ("ai-zone", 1), ("cuiheng-city", 230)]
    rows = [
        {"zone": ox.NamedNode(f"https://w3id.org/gbagraph/id/{name}"), "area": area}
        for name, area in actual
    ]
    with pytest.raises(AnswerDiffers) as caught:
        assert_solutions(rows, [{"zone": name, "area": area} for name, area in expected])

    assert f"```text\n{caught.value}\n```" in MANUAL


def test_all_faults_options_settings_and_fixtures_are_in_the_manual():
    faults = part("An endpoint that misbehaves")
    assert [name for name in FAULTS if f"`/{name}`" not in faults] == []

    options = part("Query files as tests, without any code")
    source = plugin.__file__
    text = open(source, encoding="utf-8").read()  # noqa: PTH123, SIM115  the plugin's own text
    names = re.findall(r'"(--[a-z\-]+)"', text) + re.findall(r'addini\("(\w+)"', text) + [*TEST]
    assert len(names) > 10
    assert [name for name in names if name not in options] == []

    fixtures = part("Fixtures")
    named = re.findall(r"^def (gbagraph_\w+|faulty_endpoint)\(", text, re.MULTILINE)
    assert len(named) == 4
    assert [name for name in named if f"| `{name}` |" not in fixtures] == []
