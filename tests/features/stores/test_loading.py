"""``gbagraph load`` as a process: killed, interrupted, out of disk, and what it says."""

import signal
import subprocess
import sys
import time

import pyoxigraph as ox
import pytest
from typer.testing import CliRunner

from gbagraph.cli import app
from gbagraph.features.curation import validation
from gbagraph.features.stores import commands, versions
from gbagraph.features.stores.loading import load
from gbagraph.features.stores.manifest import find
from support import alive, descendants, eventually, file_with, processes
from support.faults import assert_one_line, is_read

pytestmark = pytest.mark.processes

KEEP_ALL = "from gbagraph.features.stores import loading; loading._CHECKPOINT = 0; "
"""A checkpoint after each file, so that a load that is killed has some."""


def start(*arguments, prelude="", **options):
    """The command as a process."""
    code = f"{prelude}from gbagraph.cli import app; app()"
    return processes.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def invoke(*arguments):
    """The command in this process."""
    return CliRunner().invoke(app, ["load", *map(str, arguments)])


def lines(path, first, count):
    """A file of *count* triples and one more about a blank node."""
    with path.open("w") as file:
        file.writelines(f"<urn:{n}> <urn:p> <urn:o{n}> .\n" for n in range(first, first + count))
        file.write("_:b <urn:p> <urn:b> .\n")
    return path


@pytest.fixture
def old(tmp_path):
    """A store that is in service."""
    target = tmp_path / "store"
    load(target, [lines(tmp_path / "old.nt", 0, 3)])
    return target


def in_service(target):
    return len(ox.Store.read_only(str(versions.in_service(target) / "database")))


def test_killed_at_any_moment_it_leaves_the_old_store_and_goes_on_from_there(tmp_path, old):
    files = [lines(tmp_path / f"{n}.nt", n * 30_000, 30_000) for n in range(6)]
    whole, kept, kills, delay = 6 * 30_001, [0], 0, 0.0

    def loaded():
        """How many files a killed load need not read again."""
        checkpoint = find(old / "partial" / "checkpoint")
        return len(checkpoint.files) if checkpoint else 0

    while in_service(old) != whole:
        assert in_service(old) == 4
        process = start("load", old, *files, prelude=KEEP_ALL)
        assert eventually(lambda p=process, n=kept[-1]: p.poll() is not None or loaded() > n)
        time.sleep(delay)  # at another moment each time
        family = descendants(process.pid)
        process.kill()
        _, err = process.communicate()
        assert eventually(lambda left=family: not any(map(alive, left)))
        is_killed = process.returncode == -signal.SIGKILL
        kept, kills, delay = [*kept, loaded()], kills + is_killed, delay + 0.01
        assert is_killed or in_service(old) == whole, err
    assert kills > 2
    assert len({*kept}) > 2, "it was never killed with some files loaded"
    assert find(versions.in_service(old)).digest == load(tmp_path / "other", files).digest


KILLED_AMID = (
    "import os, shutil, signal; from pathlib import Path\n"
    "def half(path, **_):\n"
    "    for file in Path(path).rglob('database/CURRENT'):\n"
    "        file.unlink(); os.kill(os.getpid(), signal.SIGKILL)\n"
    "shutil.rmtree = half\n"
)
"""A process that is killed in the midst of the removal of a checkpoint."""


@pytest.mark.parametrize("count", [2, 3])  # when it publishes; when it makes the next one
def test_killed_while_it_removes_a_checkpoint_it_goes_on_all_the_same(tmp_path, old, count):
    files = [lines(tmp_path / f"{n}.nt", n * 10, 10) for n in range(count)]
    process = start("load", old, *files, prelude=KILLED_AMID + KEEP_ALL)
    process.communicate()
    again = start("load", old, *files)
    _, err = again.communicate()

    assert process.returncode == -signal.SIGKILL
    assert again.returncode == 0, err
    assert find(versions.in_service(old)).digest == load(tmp_path / "other", files).digest


def test_interrupted_it_says_so_and_keeps_what_is_loaded(tmp_path, old):
    first = lines(tmp_path / "first.nt", 0, 10)
    endless = tmp_path / "endless.nt"
    lines(endless, 0, 2_000_000)
    process = start("load", old, first, endless)
    assert eventually(lambda: is_read(process.pid, endless))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, "continues" in err, "Traceback" in err) == (130, True, False), err
    assert [file.size for file in find(old / "partial" / "checkpoint").files] == [
        first.stat().st_size
    ]
    assert in_service(old) == 4


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["STORE", "missing.nt"], 2, "There is no file"),
        (["FILE", "FILE"], 2, "no store"),
        (["STORE", "FILE", "--graph", "no iri"], 2, "no IRI"),
        (["STORE", "BAD"], 2, "bad.nt, line 2, column"),
    ],
)
def test_what_goes_wrong_is_told_in_one_line(tmp_path, old, arguments, code, said):
    bad = file_with(tmp_path / "bad.nt", "<urn:a> <urn:p> <urn:b> .\n<urn:a> oops .\n")
    places = {"STORE": old, "FILE": tmp_path / "old.nt", "BAD": bad}
    found = invoke(*(places.get(each, each) for each in arguments))
    assert found.exit_code == code
    assert_one_line(found.stderr, said)


def test_without_a_terminal_progress_is_told_in_lines(tmp_path, old, monkeypatch):
    monkeypatch.setattr(commands, "_EVERY", 0)
    found = invoke(old, lines(tmp_path / "f.nt", 0, 100_000))
    assert found.exit_code == 0
    assert "100,001 triples of 1 file" in found.stdout
    assert "f.nt: " in found.stderr
    assert "s left" in found.stderr


SHAPE = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
<urn:shape> a sh:NodeShape ; sh:targetSubjectsOf <urn:p> ;
  sh:property [ sh:path <urn:p> ; sh:nodeKind sh:Literal ] .
"""


def test_what_shapes_find_keeps_a_store_out_of_service(tmp_path, old):
    shapes = file_with(tmp_path / "shapes.ttl", SHAPE)
    found = invoke(old, lines(tmp_path / "f.nt", 0, 2), "--shapes", shapes)
    assert (found.exit_code, "NodeKind" in found.stdout) == (1, True)
    assert in_service(old) == 4
    good = file_with(tmp_path / "good.nt", '<urn:a> <urn:p> "b" .\n')
    assert invoke(old, good, "--shapes", shapes).exit_code == 0
    assert in_service(old) == 1


def test_files_too_large_for_shapes_are_refused_with_a_way_out(tmp_path, old, monkeypatch):
    monkeypatch.setattr(validation, "LARGEST", 10)
    file = lines(tmp_path / "f.nt", 0, 2)
    found = invoke(old, file, "--shapes", file)
    assert (found.exit_code, "gbagraph validate --shapes" in found.stderr) == (3, True)
