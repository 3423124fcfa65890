"""The front end: built from pinned npm packages, or left out with a word about it."""

import json
import lzma

import pytest

import frontend
from gbagraph.web.addresses import BUILT
from support import ROOT
from support.installed import cannot_run, needs


@pytest.fixture
def built(tmp_path, monkeypatch):
    """A folder for what is built, which is empty."""
    folder = tmp_path / "built"
    monkeypatch.setattr(frontend, "BUILT", folder)
    return folder


def test_the_lock_file_names_no_registry_and_pins_all_by_hash():
    text = (frontend.SOURCES / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]

    assert "http" not in text
    assert all(row["integrity"] for name, row in packages.items() if name)


def test_the_packages_are_pinned():
    wanted = json.loads((frontend.SOURCES / "package.json").read_text())["devDependencies"]

    assert all(version[0].isdigit() for version in wanted.values())


def test_what_is_built_is_not_committed():
    ignored = (ROOT / ".gitignore").read_text().splitlines()

    assert f"{frontend.BUILT.relative_to(ROOT)}/" in ignored
    assert f"{frontend.SITE.relative_to(ROOT)}/" in ignored
    assert "node_modules/" in ignored


def test_without_node_the_build_says_so_and_goes_on(built, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    frontend.main()

    (line,) = capsys.readouterr().out.splitlines()
    assert "there is no Node.js" in line
    assert not built.exists()


@pytest.mark.processes
def test_a_step_that_fails_is_told_with_what_it_said(built, monkeypatch, capsys, tmp_path):
    needs("npm")
    monkeypatch.setattr(frontend, "SOURCES", tmp_path / "sources")
    frontend.SOURCES.mkdir()
    (frontend.SOURCES / "package.json").write_text("{")

    frontend.main()

    assert "npm ci failed: npm error" in capsys.readouterr().out
    assert not built.exists()


def test_what_is_of_the_current_sources_is_not_built_again(built, monkeypatch):
    def fail():
        raise AssertionError

    monkeypatch.setattr(frontend, "build", fail)
    built.mkdir()
    (built / "sources.sha256").write_text("older")
    assert not frontend.is_current()

    monkeypatch.setattr(frontend, "SOURCES", built.parent)
    (built / "sources.sha256").write_text(frontend._hash_of_sources())
    frontend.main()


def test_what_is_built_is_of_all_folders_and_of_the_scripts_of_pages_that_they_import():
    names = {path.relative_to(ROOT).as_posix() for path in frontend._sources()}

    assert {"frontend/build.mjs", "frontend/endpoint/engine.js", "frontend/.npmrc"} <= names
    assert "src/gbagraph/web/static/sparql-tokens.js" in names
    assert not any("node_modules" in name for name in names)


@pytest.fixture
def current():
    if not frontend.is_current():
        cannot_run("the front end is not built. Run make frontend")
    return frontend.BUILT


def test_what_is_built_is_what_pages_ask_for(current):
    assert {path.name for path in current.iterdir()} == {*BUILT, "sources.sha256"}


@pytest.mark.usefixtures("current")
def test_a_site_gets_its_engine_and_no_server_reads_it():
    wasm = lzma.decompress((frontend.SITE / "oxigraph.wasm.lzma").read_bytes())

    assert "oxigraph" in (frontend.SITE / "LICENSES.txt").read_text()
    assert wasm[:4] == b"\0asm"
    assert "static" not in frontend.SITE.parts


def test_the_land_lies_in_its_window(current):
    land = json.loads((current / "land.json").read_text())
    west, south, east, north = land["bounds"]
    points = [point for ring in land["rings"] for point in ring]

    assert "public domain" in land["source"]
    assert len(points) > 500
    assert all(west <= x <= east and south <= y <= north for x, y in points)
    # Guangzhou is on land, and the sea south of Hong Kong is not.
    assert is_inside(land["rings"], 113.3, 23.2)
    assert not is_inside(land["rings"], 114.2, 21.5)


def is_inside(rings, x, y):
    """Whether a point is in an odd number of rings."""
    crossings = [
        x < ax + (y - ay) / (by - ay) * (bx - ax)
        for ring in rings
        for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True)
        if (ay > y) != (by > y)
    ]
    return sum(crossings) % 2 == 1
