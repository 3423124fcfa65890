"""CONTRIBUTING.md and the architecture name what exists, and each errand needs its files alone."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tomllib

import pytest

from gbagraph.features import FEATURES
from support import ROOT, processes
from support.inside import answering
from support.queries import sampled

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
ARCHITECTURE = (ROOT / "reports" / "architecture.md").read_text()
DESIGNS = (ROOT / "reports" / "designs.md").read_text()
PACKAGE = ROOT / "src" / "gbagraph"
DUMMIES = tomllib.loads((ROOT / "tests" / "errands.toml").read_text())
"""A dummy of each errand that is tested: its edits, a program that shows them, and its output."""
SAMPLE_ERRANDS = ("add or change a results format", "add a type of parameters", "add a setting")


def part(text, name):
    """The part of a document between two comments."""
    return re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", text, re.DOTALL)[1]


def rows(table):
    """The cells of each row of a table, without its head."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


ERRANDS = {errand: (change, then) for errand, change, then in rows(part(CONTRIBUTING, "errands"))}


def paths(cell):
    """What a cell names as a file or folder."""
    return [name for name in re.findall(r"`([^`]+)`", cell) if "/" in name or "." in name]


@pytest.mark.parametrize("errand", ERRANDS)
def test_errand_opens_few_files_and_they_exist(errand):
    change, then = map(paths, ERRANDS[errand])

    assert len([name for name in change if "/" in name]) <= 3
    assert [name for name in [*change, *then] if "/" in name and not (ROOT / name).exists()] == []


@pytest.mark.processes
@pytest.mark.parametrize("errand", sampled({name: name for name in DUMMIES}, SAMPLE_ERRANDS))
def test_errand_is_done_in_the_files_that_its_row_names(errand, tmp_path):
    dummy = DUMMIES[errand]
    shutil.copytree(ROOT / "src", tmp_path / "src")
    for name in ("data", "docs", "ontology", "queries"):
        (tmp_path / name).symlink_to(ROOT / name)
    for edit in dummy["edits"]:
        assert any(edit["file"].startswith(name) for name in paths(ERRANDS[errand][0]))
        path = tmp_path / edit["file"]
        text = path.read_text() if edit["at"] else ""
        assert text.count(edit["at"]) == 1, edit["at"]
        path.write_text(text.replace(edit["at"], edit["becomes"]))

    done = processes.run(
        [sys.executable, "-c", dummy["program"]],
        env={**os.environ, "PYTHONPATH": f"{tmp_path / 'src'}:{ROOT / 'tests'}"},
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        timeout=120,
    )

    assert dummy["output"] in done.stdout


def test_eleven_errands_have_a_dummy():
    assert len(DUMMIES) == 11
    assert DUMMIES.keys() <= ERRANDS.keys()


def modules_of(text):
    """Modules as the documents name them: folders below the package, with slashes."""
    packages = "|".join(path.name for path in PACKAGE.iterdir() if path.is_dir())
    return sorted(set(re.findall(rf"`((?:{packages})/[\w/]+)`", text)))


@pytest.mark.parametrize("text", [ARCHITECTURE, DESIGNS], ids=["architecture", "designs"])
def test_modules_that_a_document_names_exist(text):
    names = modules_of(text)

    assert len(names) >= 10
    assert [
        name
        for name in names
        if not (PACKAGE / f"{name}.py").exists() and not (PACKAGE / name).is_dir()
    ] == []


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([\w/]+\.py::\w+)`", ARCHITECTURE))))
def test_tests_that_the_architecture_names_exist(name):
    file, _, function = name.partition("::")

    assert f"def {function}(" in (ROOT / "tests" / file).read_text()


def test_picture_shows_the_packages_in_the_order_of_the_contract():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = [layer.split(" | ") for layer in contracts["contracts"][0]["layers"]]
    bands = part(ARCHITECTURE, "packages").strip("`\n").split("─")
    shown = [
        # The names, which the question follows; in the last band several stand in one line.
        [
            name
            for line in band.strip().splitlines()
            for name in re.split(r" +[A-Z]", line)[0].split()
        ]
        for band in bands
        if band.strip()
    ]

    assert [sorted(band) for band in shown] == [sorted(layer) for layer in layers]


def test_extension_points_are_those_that_the_kernel_calls_and_features_fill():
    listed = [name.strip("`") for name, *_ in rows(part(ARCHITECTURE, "extension points"))]
    source = "".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    called = set(re.findall(r'\b(?:hooks?|needed|first)\(\s*"([^"]+)"', source))
    filled = {name for each in FEATURES for name in each.hooks}

    assert sorted(listed) == sorted(filled)
    assert filled <= called


def visited(target):
    """The modules that take part in answering a GET for the first time, behind the fast path."""
    names = set()

    def note(frame, event, _):
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith("gbagraph."):
            names.add(module.removeprefix("gbagraph.").replace(".", "/"))

    async def request():
        async with answering() as (respond, _):
            await respond("/sparql?query=ASK%7B%7D")
            sys.setprofile(note)
            response = await respond(target)
            response.close()
            sys.setprofile(None)
            assert response.status == 200

    asyncio.run(request())
    return names


@pytest.mark.processes
def test_request_takes_the_way_that_the_architecture_describes():
    section = ARCHITECTURE.partition("## One request")[2].partition("\n## ")[0]
    steps = [re.search(r"`([\w/]+)`", module)[1] for _, module, _ in rows(section)]
    taken = visited("/sparql?query=SELECT%20*%7B?s%20?p%20?o%7DLIMIT%203")

    assert len(steps) <= 8
    assert set(steps[2:]) <= taken
    # On a busy machine, the supervisor of the workers has its turn before the answer is there.
    assert taken <= {*modules_of(section), "lru", "tracing", "feature", "engine/supervisor"}
