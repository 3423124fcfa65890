"""CONTRIBUTING.md and docs/architecture.md name what exists, and each errand opens few files."""

import asyncio
import re
import sys
import tomllib

import pytest

from gbagraph.endpoint.request import Addresses
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.engine import Engine
from gbagraph.settings import Settings
from gbagraph.web.app import Application
from support import ROOT

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
DESIGNS = (ROOT / "docs" / "designs.md").read_text()
PACKAGE = ROOT / "src" / "gbagraph"
MOST_FILES = 3


def part(text, name):
    """The part of a document between two comments."""
    return re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", text, re.DOTALL)[1]


def rows(table):
    """The cells of each row of a table, without its head."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


ERRANDS = dict(rows(part(CONTRIBUTING, "errands")))


def paths(cell):
    """What a cell names as a file or folder."""
    return [name for name in re.findall(r"`([^`]+)`", cell) if "/" in name or "." in name]


@pytest.mark.parametrize("errand", ERRANDS)
def test_an_errand_opens_few_files_and_they_exist(errand):
    found = paths(ERRANDS[errand])

    assert 1 <= len(found) <= MOST_FILES
    assert [name for name in found if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    "word",
    ["results format", "error text", "parameters", "time limit", "entity page", "VoID", "cached"],
)
def test_the_usual_errands_are_there(word):
    assert any(word in errand for errand in ERRANDS)


def modules_of(text):
    """Modules as the documents name them: folders below the package, with slashes."""
    packages = "|".join(path.name for path in PACKAGE.iterdir() if path.is_dir())
    return sorted(set(re.findall(rf"`((?:{packages})/[\w/]+)`", text)))


@pytest.mark.parametrize("text", [ARCHITECTURE, DESIGNS], ids=["architecture", "designs"])
def test_the_modules_that_a_document_names_exist(text):
    missing = [
        name
        for name in modules_of(text)
        if not (PACKAGE / f"{name}.py").exists() and not (PACKAGE / name).is_dir()
    ]

    assert missing == []


def test_documents_name_modules():
    assert len(modules_of(ARCHITECTURE)) >= 20


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([\w/]+\.py::\w+)`", ARCHITECTURE))))
def test_a_test_that_the_architecture_names_exists(name):
    file, _, function = name.partition("::")

    assert f"def {function}(" in (ROOT / "tests" / file).read_text()


def floors(text, name):
    """The units of each line of a picture."""
    lines = part(text, name).strip("`\n").splitlines()
    return [re.sub(r"^ *\d+ ", "", line).split() for line in lines]


def test_the_picture_shows_the_packages_in_the_order_of_the_contract():
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


def test_the_picture_of_the_floors_is_true():
    """A unit stands one above the highest that it imports."""
    graph = pytest.importorskip("grimp").build_graph("gbagraph", cache_dir=None)
    imported = {}
    for module in graph.modules:
        unit = module.split(".")[1] if "." in module else None
        below = {
            name.split(".")[1]
            for name in graph.find_modules_directly_imported_by(module)
            if "." in name
        }
        if unit == "web":
            below.discard("features")  # the composition of the application, as in the contract
        if unit:
            imported.setdefault(unit, set()).update(below - {unit})

    def floor(unit):
        return 1 + max(map(floor, imported[unit]), default=0)

    shown = floors(ARCHITECTURE, "floors")
    found = {}
    for unit in imported:
        found.setdefault(floor(unit), set()).add(unit)
    assert [set(units) for units in reversed(shown)] == [found[number] for number in sorted(found)]
    assert f"| units at the top | 41 | {len(imported)} |" in ARCHITECTURE
    assert f"| floors | 12 | {len(found)} |" in ARCHITECTURE


def visited(query):
    """The modules that take part in answering a GET for the first time, behind the fast path."""
    found = set()

    def note(frame, event, _):
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith("gbagraph."):
            found.add(module.removeprefix("gbagraph.").replace(".", "/"))

    async def respond():
        addresses = Addresses()
        async with Engine() as engine:
            responder = Application(ResultCache(engine, 16), addresses, Settings()).responder
            for text in (b"ASK%7B%7D", query):
                sys.setprofile(note if text == query else None)
                request = addresses.request(
                    "GET", "/sparql", b"query=" + text, [], peer=("127.0.0.1", 1), local=None
                )
                response = await responder.respond(request)
                response.close()
            sys.setprofile(None)
            assert response.status == 200

    asyncio.run(respond())
    return found


@pytest.mark.processes
def test_a_request_takes_the_way_that_the_architecture_describes():
    section = ARCHITECTURE.partition("## One request")[2].partition("\n## ")[0]
    steps = [re.search(r"`([\w/]+)`", module)[1] for _, module, _ in rows(section)]
    taken = visited(b"SELECT%20*%7B?s%20?p%20?o%7DLIMIT%203")

    assert len(steps) <= 8
    assert set(steps[2:]) <= taken
    assert taken <= {*modules_of(section), "lru", "tracing"}
