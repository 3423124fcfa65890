"""The docs are true: what README says is run, listed and compared."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import gbagraph
from gbagraph.cli import app
from gbagraph.dataset.identity import BUILT_IN
from gbagraph.settings import rows
from gbagraph.web.app import routes
from support import ROOT

README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
CONSOLE = re.findall(r"```console\n\$ (.*?)```", README, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def split(block):
    """A console block as (command, output): the command ends where its quotes are closed."""
    lines = block.splitlines(keepends=True)
    command = ""
    for number, line in enumerate(lines, start=1):
        command += line
        if command.count("'") % 2 == 0:
            return command, "".join(lines[number:])
    raise AssertionError(block)


@pytest.mark.parametrize("block", CONSOLE, ids=lambda block: block.split("\n")[0][:40])
def test_a_command_prints_what_the_readme_shows(server, block):
    command, output = split(block)
    folder = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-c", command.replace("http://127.0.0.1:8000", server.url)],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": f"{folder}:/usr/bin:/bin"},
    )

    assert done.stdout if not output else done.stdout == output


@pytest.mark.parametrize("block", PYTHON)
def test_the_python_of_the_readme_runs(block):
    exec(block, {})


def test_there_is_something_to_test():
    assert len(CONSOLE) >= 3
    assert len(PYTHON) >= 1


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_every_setting_is_documented(row):
    shown = f"`{row.shown}`" if row.shown else ""
    line = f"| `{row.option}` | `{row.variable}` | {shown} | {row.help} |".replace("|  |", "| |")
    assert line in README


def test_every_command_is_documented():
    commands = {command.name or command.callback.__name__ for command in app.registered_commands}
    commands |= {group.name for group in app.registered_groups}

    assert set(re.findall(r"\| `gbagraph (\w+)` \|", README)) == commands


def make_targets():
    return set(re.search(r"\.PHONY: (.*)", MAKEFILE)[1].split())


def test_every_make_target_is_documented():
    """README names those for everybody, CONTRIBUTING the rest."""
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    missing = {
        target
        for target in make_targets()
        if not re.search(rf"`make {target}[ `]", README + contributing)
    }

    assert missing == set()
    assert all(f"`make {name}`" in README for name in ("serve", "check", "test", "soak", "matrix"))


def test_every_target_that_is_no_file_is_named_as_one():
    named = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))

    assert named == make_targets()


def test_the_workflows_only_call_make():
    """So what passes there passes here."""
    commands = [
        step["run"]
        for path in (ROOT / ".github" / "workflows").glob("*.yml")
        for job in yaml.safe_load(path.read_text())["jobs"].values()
        for step in job["steps"]
        if "run" in step
    ]
    called = [re.fullmatch(r"make ([a-z-]+)( [A-Z]+=\S+)*", command) for command in commands]

    assert len(called) >= 4
    assert all(called), commands
    assert {found[1] for found in called} <= make_targets()


def test_the_hooks_only_call_make():
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]

    assert {hook["entry"] for hook in repository["hooks"]} == {"make lint", "make check"}


def test_every_route_is_documented():
    documented = set(
        re.findall(r"`(/[^`]*)`", README.partition("## Addresses")[2].partition("\nErrors")[0])
    )

    assert {route.path.replace(":path", "") for route in routes(None)} <= documented


def test_every_graph_is_documented():
    graphs = gbagraph.open().description.graphs

    assert {f"graph/{iri.rpartition('/')[2]}" for iri in graphs} == set(
        re.findall(r"^\| `(graph/\w+)` \|", README, re.MULTILINE)
    )
    assert all("/".join(parts) in README for parts in BUILT_IN.values())


def test_the_versions_agree():
    version = gbagraph.__version__
    dataset = gbagraph.open().version

    assert f"## {version} (" in (ROOT / "CHANGELOG.md").read_text()
    assert f"\nversion: {dataset}\n" in (ROOT / "CITATION.cff").read_text()
    assert f'graph.version == "{dataset}"' in README
    assert f"gbagraph-{version}-py3" in README
    for name in ("gba.ttl", "shapes.ttl"):
        text = (ROOT / "ontology" / name).read_text()
        (info,) = re.findall(r'owl:versionInfo "([^"]+)"', text)
        assert re.search(rf"owl:versionIRI <https://w3id.org/gbagraph/\w+/{re.escape(info)}>", text)


def test_what_is_importable_is_what_is_named():
    answers = {
        "Answer",
        "Boolean",
        "Solutions",
        "ExplainedSolutions",
        "Row",
        "ExplainedRow",
        "Triples",
    }
    graphs = {
        "Graph",
        "SafeGraph",
        "RemoteGraph",
        "AsyncRemoteGraph",
        "Queryable",
        "AsyncQueryable",
    }
    functions = {"open", "connect", "connect_async"}

    assert set(gbagraph.__all__) == answers | graphs | functions | {"__version__", "errors"}
    assert all(hasattr(gbagraph, name) for name in gbagraph.__all__)


def test_every_code_of_a_diagnostic_is_documented():
    text = (ROOT / "docs" / "diagnostics.md").read_text()
    documented = set(re.findall(r"`([a-z]+(?:-[a-z]+)*)`", text))
    rules = (ROOT / "src" / "gbagraph" / "explain" / "diagnostics").rglob("*.py")
    written = "".join(path.read_text() for path in rules)
    codes = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)",\s*"(?:error|warning|info)"', written))
    tables = (ROOT / "tests" / "explain" / "naive").glob("*.tsv")
    rows = [line for path in tables for line in path.read_text().splitlines() if "\t" in line]

    assert len(codes) > 25
    assert len(rows) > 100
    assert codes | {row.split("\t")[0] for row in rows} <= documented
