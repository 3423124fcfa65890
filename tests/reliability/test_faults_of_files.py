"""Files that cannot be read, or not as they should be; disks that are full or cannot be written."""

import asyncio
import bz2
import gzip
import os
import re
import shutil
import signal
import subprocess
import time

import pyoxigraph as ox
import pytest
import zstandard

from gbagraph import __version__
from gbagraph.dataset.files import reading
from gbagraph.dataset.loader import read_into
from gbagraph.engine.connection import Connection
from gbagraph.engine.source import ForkServerOptions
from gbagraph.engine.supervisor import Supervisor
from gbagraph.errors import DatasetError
from gbagraph.features.stores import versions
from gbagraph.features.stores.loading import load
from gbagraph.features.stores.serving import Stored
from support import (
    GBAGRAPH,
    ROOT,
    RunningServer,
    alive,
    descendants,
    eventually,
    file_with,
    processes,
    run,
)
from support.faults import assert_one_line, disk, is_read, report
from support.soak import SECONDS, some

pytestmark = pytest.mark.processes

TRIPLES = "".join(f'<urn:s{n}> <urn:p> "text {n}" .\n' for n in range(40))

ENGINE = "http://127.0.0.1:1/"
READING = {
    "serve": (("serve", "--port", "0", "--data", "FILE"), 2),
    "load": (("load", "STORE", "FILE"), 2),
    "query": (("query", "ASK {}", "--data", "FILE"), 2),
    "info": (("info", "--data", "FILE"), 2),
    "lookup": (("lookup", "urn:a", "--data", "FILE"), 2),
    "why": (("why", "urn:a", "urn:b", "urn:c", "--data", "FILE"), 2),
    "explain": (("explain", "ASK {}", "--data", "FILE"), 2),
    "doctor": (("doctor", "--port", "0", "--data", "FILE"), 1),
    "validate": (("validate", "FILE"), 1),
    "validate by shapes": (("validate", "--shapes", "FILE", "FILE"), 1),
    "diff": (("diff", "FILE", "current"), 2),
    "publish": (
        ("publish", "--engine", ENGINE, "--graph-store", ENGINE, "--data", "FILE"),
        2,
    ),
}
"""Every command that reads files of data, and its exit code where it cannot."""
FEW = ("load", "query", "validate", "new", "queries check --update")
"""What is always tried: the others have most of their code from these."""


every_reader = pytest.mark.parametrize("name", some(READING, *FEW))


def arguments(name, file, store):
    places = {"FILE": file, "STORE": store}
    return [places.get(each, each) for each in READING[name][0]]


def said_by(done):
    """What a command said of a fault: doctor and validate say it among their findings."""
    if done.stderr == "1 finding.\n":
        return done.stdout
    return done.stderr or "".join(re.findall(r"^ +(.*)\n", done.stdout, re.MULTILINE)[-1:])


@every_reader
def test_a_pipe_is_refused(tmp_path, name):
    """It would be waited for without end, and can be read only once."""
    pipe = tmp_path / "pipe.nt"
    os.mkfifo(pipe)
    done = run(*arguments(name, pipe, tmp_path / "store"))
    assert done.returncode == READING[name][1], done.stderr
    assert_one_line(said_by(done), "pipe.nt", "no regular file")
    report(f"a pipe as file: {name}", 1, f"one line, exit code {done.returncode}")


@pytest.fixture(scope="module")
def bomb(tmp_path_factory):
    """A kilobyte of RDF/XML that would grow to three gigabytes."""
    path = tmp_path_factory.mktemp("bomb") / "bomb.rdf"
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    path.write_text(
        f'<!DOCTYPE r [<!ENTITY e0 "lol">{entities}]>'
        '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description r:about="urn:a">'
        '<p xmlns="urn:">&e9;</p></r:Description></r:RDF>'
    )
    return path


@every_reader
def test_entities_that_grow(tmp_path, bomb, name):
    """Within a gigabyte of address space, and in no time."""
    limited = ["prlimit", "--as=2000000000", "--", *GBAGRAPH]
    done = processes.run(
        [*limited, *map(str, arguments(name, bomb, tmp_path / "store"))],
        capture_output=True,
        text=True,
    )
    assert done.returncode == READING[name][1], done.stderr
    assert_one_line(said_by(done), "bomb.rdf", "100 times as large")
    report(f"entities that grow: {name}", 1, f"one line, exit code {done.returncode}")


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A file whose loading takes some seconds."""
    path = tmp_path_factory.mktemp("large") / "large.nt"
    with path.open("w") as file:
        file.writelines(f"<urn:s{n}> <urn:p> <urn:o{n}> .\n" for n in range(1_500_000))
    return path


@pytest.mark.parametrize("name", some(READING, "load", "query"))
def test_ctrl_c_while_a_file_is_read(tmp_path, large, name):
    """It ends at once, without a traceback, and so does whoever was reading for it."""
    process = processes.Popen(
        [*GBAGRAPH, *map(str, arguments(name, large, tmp_path / "store"))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert eventually(lambda: is_read(process.pid, large))
    family = descendants(process.pid)
    process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    _, said = process.communicate(timeout=60)
    seconds = time.monotonic() - begun
    assert process.returncode == 130, said
    assert "Traceback" not in said, said
    assert eventually(lambda: not any(map(alive, family)))
    report(f"Ctrl-C while a file is read: {name}", 1, "exit code 130, nothing is left", seconds)


@pytest.mark.soak
@pytest.mark.parametrize("extension", ["nt", "nq", "ttl", "trig", "rdf", "jsonld"])
def test_a_byte_order_mark(tmp_path, extension):
    """XML and JSON are read as without it, the others are refused with a line that names it."""
    texts = {
        "rdf": '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<r:Description r:about="urn:a"><p xmlns="urn:">x</p></r:Description></r:RDF>',
        "jsonld": '{"@id": "urn:a", "urn:p": "x"}',
    }
    path = file_with(
        tmp_path / f"marked.{extension}",
        b"\xef\xbb\xbf" + texts.get(extension, '<urn:a> <urn:p> "x" .').encode(),
    )
    done = run("query", "SELECT ?o { ?s ?p ?o }", "-f", "csv", "--data", path)
    if extension in texts:
        assert done.stdout.split() == ["o", "x"]
    else:
        assert done.returncode == 2
        assert_one_line(done.stderr, path.name, "byte order mark")
    outcome = "read as without it" if extension in texts else "refused in one line"
    report(f"byte order mark: .{extension}", 1, outcome)


# --- Files that change, and files that are damaged -----------------------------------------------------


@pytest.fixture
def growing(tmp_path):
    """A file of several blocks, and what appends to it once it is being read."""
    path = file_with(
        tmp_path / "growing.nt", "".join(f"<urn:s{n}> <urn:p> <urn:o> .\n" for n in range(100_000))
    )

    def grow(*_):
        with path.open("a") as file:
            file.write("<urn:more> <urn:p> <urn:o> .\n")

    return path, grow


def test_a_file_that_changes_while_it_is_read(growing):
    path, grow = growing
    store = ox.Store()
    with (
        pytest.raises(OSError, match="has changed while it was read"),
        reading(path, ox.RdfFormat.N_TRIPLES, grow) as source,
    ):
        store.load(source.reader, format=ox.RdfFormat.N_TRIPLES)
    assert len(store) == 0
    report("a file changes while it is read", 1, "refused, nothing is kept")


def test_a_file_that_changes_while_it_is_loaded_into_a_store(growing, tmp_path):
    """It is refused, and nothing of it is taken for loaded the next time."""
    path, grow = growing
    with pytest.raises(DatasetError, match="has changed while it was read"):
        load(tmp_path / "store", [path], seen=grow)
    assert load(tmp_path / "store", [path]).triples == len(set(path.read_text().splitlines()))
    report("a file changes while it is loaded into a store", 1, "refused, then loaded anew")


PACKED = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}


STRIDE = 1 if SECONDS else 7
"""From one byte that is damaged to the next: all of them in a soak."""


@pytest.mark.parametrize("extension", PACKED)
def test_each_byte_of_a_compressed_file_is_damaged(tmp_path, extension):
    """The file is refused, or its triples are those that were written."""
    whole = PACKED[extension](TRIPLES.encode())
    wanted = set(ox.parse(TRIPLES, format=ox.RdfFormat.N_TRIPLES))
    path, refused = tmp_path / f"data.nt.{extension}", 0
    for place in range(0, len(whole), STRIDE):
        for flipped in (0xFF, 1 << place % 8):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ flipped]) + whole[place + 1 :])
            refused += is_refused(path, wanted)
    for end in range(0, len(whole), STRIDE):
        path.write_bytes(whole[:end])
        refused += is_refused(path, wanted)
    tried = 3 * len(range(0, len(whole), STRIDE))
    assert refused > tried / 3
    report(f"damaged bytes of .{extension}", tried, f"{refused} refused, the rest as written")


def is_refused(path, wanted):
    store = ox.Store()
    try:
        read_into(store, path, ox.DefaultGraph())
    except DatasetError as problem:
        assert_one_line(problem.message, path.name)
        return True
    assert {*store} in (wanted, set()), path.read_bytes()
    assert {*store} == wanted or path.stat().st_size == 0
    return False


# In another process, which a damaged database may end. It has a program of its own for that.


def damaged(folder, names, place):
    """A store of which this place of the largest file with such a name is damaged."""
    load(folder / "store", [file_with(folder / "data.nt", TRIPLES)])
    database = versions.in_service(folder / "store") / "database"
    file = max(database.glob(names), key=lambda each: each.stat().st_size)
    text = file.read_bytes()
    file.write_bytes(text[:place] + bytes([text[place] ^ 0xFF]) + text[place + 1 :])
    return folder / "store"


@pytest.mark.parametrize(
    "words", [("serve", "--port", "0", "--store", "STORE"), ("switch", "--store", "STORE", "1")]
)
def test_a_store_that_is_damaged_is_not_put_into_service(tmp_path, words):
    store = damaged(tmp_path, "CURRENT", 3)
    done = run(*(store if each == "STORE" else each for each in words))
    assert done.returncode == 3
    assert_one_line(done.stderr.strip(), "cannot be opened", "load it again")
    report(f"damaged store: {words[0]}", 1, "one line, exit code 3")


def test_a_store_that_is_damaged_where_only_queries_read_it(tmp_path):
    """Who asks is told; nobody gets a part of an answer for all of it."""
    with RunningServer("--store", damaged(tmp_path, "*.sst", 1500)) as server:
        found = [server.ask(query) for query in ("SELECT * { ?s ?p ?o }", "ASK { ?s ?p 1 }")]
    assert [each.status_code for each in found] == [500, 500]
    assert all("is damaged" in each.json()["detail"] for each in found)
    report("damaged store: queries", 2, "500, which says so")


def test_a_worker_that_ended_before_its_first_job_is_given_out_with_the_reason(
    tmp_path, monkeypatch
):
    """Whether its end is reported before or after its connection closes: the job tells why."""
    stored = Stored(str(versions.in_service(damaged(tmp_path, "*.sst", 1500))))
    next_frame = Connection.next_frame

    async def scenario():
        async def after_the_report(connection):
            frame = await next_frame(connection)
            while frame is None and found.count:  # noqa: ASYNC110  it has no event
                await asyncio.sleep(0.01)
            return frame

        found = Supervisor(ForkServerOptions(source=stored), lambda: None)
        await found.start()
        monkeypatch.setattr(Connection, "next_frame", after_the_report)
        try:
            worker = await found.fork()
            return await worker.exited
        finally:
            await found.stop()

    exited = asyncio.run(scenario())
    assert exited.code
    assert "Corruption" in exited.output


# --- Disks ---------------------------------------------------------------------------------------------

WRITING = {
    "new": ("new", "PLACE/new"),
    "queries manifest": ("queries", "manifest", "PLACE/manifest"),
    "queries check --update": ("queries", "check", "--update"),
    "load": ("load", "PLACE/store", "DATA"),
    "switch": ("switch", "--store", "PLACE/store", "1"),
    "rollback": ("rollback", "--store", "PLACE/store"),
}
"""Every command that writes files where it is told to."""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder of a dataset with canned queries."""
    folder = tmp_path_factory.mktemp("project") / "project"
    made = run("new", folder)
    assert made.returncode == 0, made.stderr
    return folder


def written(name, place, project):
    """What the command says and ends with, that writes to *place*."""
    words = [each.replace("PLACE", str(place)) for each in WRITING[name]]
    data = next((project / "data").iterdir())
    words = [str(data) if each == "DATA" else each for each in words]
    inside = place / "project" if "--update" in words else project
    return run(*words, cwd=inside)


def prepared(place, project):
    """A store with two versions, and the project without its expected answers, at *place*."""
    for number in range(2):
        source = file_with(place / f"{number}.nt", f"<urn:s> <urn:p> <urn:o{number}> .\n")
        load(place / "store", [source])
    shutil.copytree(project, place / "project")
    shutil.rmtree(place / "project" / "queries" / "expected")


def tree(folder):
    """The files of a folder with what they hold, but for what a load that failed leaves to the next."""
    return {
        str(path.relative_to(folder)): path.readlink() if path.is_symlink() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if (path.is_file() or path.is_symlink()) and "partial" not in str(path)
    }


# Switches need no room: their list has some left in its block.
@pytest.mark.parametrize("name", some(sorted(WRITING.keys() - {"switch", "rollback"}), *FEW))
def test_a_full_disk(tmp_path, project, name):
    """One line, exit code 3; no file is there by half, and what was there is as it was."""
    with disk(tmp_path / "disk", 16_000) as place:
        prepared(place, project)
        filler = file_with(place / "filler", bytes(1 << 20))
        before = tree(place)
        before.pop("filler")
        fill(filler)
        done = written(name, place, project)
        filler.unlink()
        assert done.returncode == 3, done.stderr
        assert_one_line(done.stderr)
        assert "space" in done.stderr or "full" in done.stderr, done.stderr
        assert tree(place) == before
        again = written(name, place, project)
        assert again.returncode == 0, again.stderr
    report(f"full disk: {name}", 1, "one line, exit code 3, then done with room")


@pytest.mark.soak
def test_a_release_on_a_full_disk(tmp_path):
    """What was released stays as it is, and a release that does not fit is not there by half."""
    for name in ("src", "data", "ontology", "queries", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name)
    releases = tmp_path / "data" / "releases"
    shutil.move(releases, tmp_path / "kept")
    options = {"cwd": tmp_path, "env": os.environ | {"PYTHONPATH": str(tmp_path / "src")}}
    with disk(releases, 4_000) as place:
        shutil.copytree(tmp_path / "kept", place, dirs_exist_ok=True)
        for path in place.rglob(f"{__version__}.*"):
            path.unlink()
        before = tree(place)
        filler = file_with(place / "filler", b"")
        fill(filler)
        done = run("release", **options)
        filler.unlink()
        assert done.returncode == 3, done.stderr
        assert_one_line(done.stderr, "No space left on device")
        assert tree(place) == before
        done = run("release", **options)
        assert done.returncode == 0, done.stderr
        assert tree(place).keys() > before.keys()
    report("full disk: release", 1, "one line, exit code 3, then done with room")


def fill(path):
    """Append to a file until there is no more room."""
    opened = os.open(path, os.O_WRONLY | os.O_APPEND)
    for size in (1 << 20, 4096, 1):
        try:
            while True:
                os.write(opened, bytes(size))
        except OSError:
            continue
    os.close(opened)


@pytest.mark.parametrize("name", some(WRITING, "load"))
def test_a_file_system_that_cannot_be_written(tmp_path, project, name):
    with disk(tmp_path / "disk", 16_000) as place:
        prepared(place, project)
        before = tree(place)
        processes.run(["mount", "-o", "remount,ro", str(place)], check=True)
        done = written(name, place, project)
        assert done.returncode == 3, done.stderr
        assert_one_line(done.stderr, "Read-only file system")
        assert tree(place) == before
    report(f"read-only file system: {name}", 1, "one line, exit code 3")


def test_a_store_on_a_file_system_that_cannot_be_written_is_served(tmp_path, project):
    with disk(tmp_path / "disk", 16_000) as place:
        prepared(place, project)
        processes.run(["mount", "-o", "remount,ro", str(place)], check=True)
        with RunningServer("--store", place / "store") as server:
            assert server.rows("SELECT ?o { ?s ?p ?o }") == [{"o": "urn:o1"}]
    report("a store on a read-only file system", 1, "served")
