"""The wheel: built, installed in an empty environment, and used from another folder."""

import os
import shutil
import sys
import venv
import zipfile

import pytest

import frontend
from gbagraph.dataset import prepared
from gbagraph.dataset.identity import BUILT_IN
from gbagraph.web.addresses import BUILT
from support import PATH, ROOT, RunningServer, processes
from support.installed import cannot_run

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    processes.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_holds_the_published_files(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())

    for parts in BUILT_IN.values():
        assert f"gbagraph/_published/{'/'.join(parts)}" in names
    for release in (ROOT / "data" / "releases").rglob("*.lzma"):
        assert f"gbagraph/_published/{release.relative_to(ROOT)}" in names
    for query in (ROOT / "queries").rglob("*.*"):
        assert f"gbagraph/_published/queries/{query.relative_to(ROOT / 'queries')}" in names
    for page in (ROOT / "docs").rglob("*.md"):
        assert f"gbagraph/_published/docs/{page.relative_to(ROOT / 'docs')}" in names
    assert not any(name.startswith("gbagraph/_published/reports") for name in names)
    for words in (ROOT / "src").rglob("locale/*.json"):
        assert str(words.relative_to(ROOT / "src")) in names
    assert any(name.endswith("licenses/LICENSE-DATA") for name in names)


def test_the_wheel_holds_the_dataset_as_it_is_once_loaded(wheel):
    if prepared.read() is None:
        cannot_run("the dataset is not kept, or no longer current. Run make prepared")
    folder = "gbagraph/_prepared"
    names = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith(folder)}

    assert names == {f"{folder}/about.json", f"{folder}/store.nq.zst"}


def test_the_wheel_holds_what_is_built_of_npm_packages_and_their_licences(wheel):
    if not frontend.is_current():
        cannot_run("the front end is not built. Run make frontend")
    packed = zipfile.ZipFile(wheel)
    folder = "gbagraph/web/static/built"

    assert {f"{folder}/{name}" for name in BUILT} <= set(packed.namelist())
    names = ("endpoint.js", "sw.js", "oxigraph.wasm.lzma", "LICENSES.txt")
    assert {f"gbagraph/features/site/built/{name}" for name in names} <= set(packed.namelist())
    licences = packed.read(f"{folder}/LICENSES.txt").decode()
    assert "prism-code-editor" in licences
    assert "MIT License" in licences


@pytest.mark.matrix
def test_two_builds_give_the_same_bytes(tmp_path):
    """Of another copy, by somebody whose files nobody else may read, at another time."""
    built = []
    for number in range(2):
        copy = tmp_path / str(number) / f"copy-{number}"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "dist", "node_modules"))
        shutil.copy(ROOT / ".gitignore", copy)
        if number:
            for file in copy.rglob("*.py"):
                file.chmod(0o600)
                os.utime(file, (0, 0))
        folder = tmp_path / f"dist-{number}"
        command = [sys.executable, "-m", "build", "--outdir", folder, copy]
        processes.run(command, check=True, capture_output=True)
        built.append({file.name: file.read_bytes() for file in folder.iterdir()})

    assert len(built[0]) == 2
    assert built[0] == built[1]


def test_the_wheel_serves_from_any_folder(wheel, tmp_path, monkeypatch):
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    processes.run(
        [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--constraint",
            ROOT / "constraints.txt",
            wheel,
        ],
        check=True,
        capture_output=True,
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)

    done = processes.run([python, "-m", "gbagraph", "validate"], capture_output=True, text=True)
    assert done.returncode == 3
    assert "pip install 'gbagraph[curation]'" in done.stderr

    with RunningServer(python=python) as server:
        (row,) = server.rows(PATH)
        assert row["zone"].endswith("/knowledge-city")
        assert "gba:Zone" in server.client.get("/ontology.ttl").text
        assert 'id="worked-examples"' in server.page("/ontology")
        assert "from which it follows" in server.page("/ontology/terms/contains")
        assert len(server.client.get("/queries").json()["queries"]) >= 20
