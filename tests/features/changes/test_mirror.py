"""A mirror of a real server, and of servers that lie, break off, stall or send too much."""

import gzip
import json

import pytest
from typer.testing import CliRunner

import gbagraph
from gbagraph.cli import app
from gbagraph.dataset import identity
from gbagraph.errors import BadParameter, DatasetError, ServiceFailed
from gbagraph.features.changes import feed, mirror
from gbagraph.features.changes.forms import as_json
from gbagraph.features.testing.faulty import FAULTS, FaultyEndpoint

ENTRIES = feed.entries()
PATCHES = {entry.version: entry.patch for entry in ENTRIES if entry.patch}
FEED = as_json(ENTRIES, "http://127.0.0.1")
KNOWN = identity.releases()
BOMB = gzip.compress(b" " * 4_000_000)


class Server(FaultyEndpoint):
    """A server of the feed; *others* are bodies by path that are not as they should be, or faults."""

    def __init__(self, **others):
        super().__init__()
        self.others = {f"/{path.replace('_', '/')}": other for path, other in others.items()}
        self.bodies = {"/changes": FEED.encode()}
        self.bodies |= {f"/changes/{name}": patch.text for name, patch in PATCHES.items()}

    def fault_of(self, path):
        other = self.others.get(path.replace(".", ""), "ok")
        self.body = other if isinstance(other, bytes) else self.bodies[path]
        return "ok" if isinstance(other, bytes) else other


def state(version):
    return gzip.decompress(KNOWN[version].read_bytes())


def edited(**changes):
    """The feed with another hash, or the like, of 0.2.0."""
    content = json.loads(FEED)
    content["releases"][1] |= changes
    return json.dumps(content).encode()


@pytest.fixture
def path(tmp_path):
    """A mirror that stands at 0.1.0."""
    (tmp_path / "m.nq").write_bytes(state("0.1.0"))
    return tmp_path / "m.nq"


def command(*arguments):
    return CliRunner().invoke(app, ["mirror", *map(str, arguments)])


@pytest.mark.parametrize("name", ["m.nq", "m.nq.gz"])
def test_a_mirror_follows_a_server_and_takes_up_where_it_stands(server, tmp_path, name):
    path = tmp_path / name
    first = command(server.url, path, "--until", "0.2.0")
    half = gbagraph.open(path).hash
    second, third = command(server.url, path), command(server.url, path)

    assert (first.exit_code, second.exit_code, third.exit_code) == (0, 0, 0)
    assert [line.split(":")[0] for line in first.output.splitlines()] == ["0.1.0", "0.2.0"]
    assert [line.split(":")[0] for line in second.output.splitlines()] == ["0.3.0"]
    assert third.output.replace("\n", "").endswith("is up to date.")
    written = path.read_bytes()
    assert (gzip.decompress(written) if name.endswith("gz") else written) == state("0.3.0")
    assert half == PATCHES["0.2.0"].hash
    assert gbagraph.open(path).hash == PATCHES["0.3.0"].hash == gbagraph.open("0.3.0").hash


CUT = PATCHES["0.2.0"].text.replace(b"TC .\n", b"")
FORGED = PATCHES["0.2.0"].text.replace(b"TX .\n", b'TX .\nA <a:a> <a:b> "forged" .\n')
BLANK = PATCHES["0.2.0"].text.replace(b"TX .\n", b"TX .\nA _:a <a:b> <a:c> .\n")
GARBAGE = PATCHES["0.2.0"].text.replace(b"TX .\n", b"TX .\nA what is this\n")
PREFIX = PATCHES["0.2.0"].text.replace(b"TX .\n", b'TX .\nPA "a" "urn:a" .\n')
ABSENT = PATCHES["0.2.0"].text.replace(b"TX .\n", b"TX .\nD <a:a> <a:b> <a:c> .\n")


@pytest.mark.parametrize(
    ("others", "error", "told"),
    [
        pytest.param({"changes_020": FORGED}, DatasetError, "leads to sha256:", id="forged"),
        pytest.param({"changes_020": CUT}, DatasetError, "it is cut", id="cut at a row"),
        pytest.param({"changes_020": b""}, DatasetError, "it is cut", id="nothing"),
        pytest.param({"changes_020": BLANK}, DatasetError, "blank nodes", id="blank node"),
        pytest.param({"changes_020": GARBAGE}, DatasetError, "no N-Quads", id="no quad"),
        pytest.param({"changes_020": PREFIX}, DatasetError, "line 5 cannot", id="other operation"),
        pytest.param({"changes_020": ABSENT}, DatasetError, "line 5 cannot", id="not there"),
        pytest.param({"changes_020": b"\xff\n"}, ServiceFailed, "no UTF-8", id="no text"),
        pytest.param(
            {"changes_020": PATCHES["0.3.0"].text}, DatasetError, "id is <urn", id="out of order"
        ),
        pytest.param(
            {"changes": edited(hash="sha256:" + "0" * 64)}, DatasetError, "hash is", id="other hash"
        ),
        pytest.param(
            {"changes": edited(hash="\x1b[2J")}, ServiceFailed, "no feed", id="hash that is none"
        ),
        pytest.param(
            {"changes": edited(patch={"id": PATCHES["0.2.0"].id, "prev": None})},
            ServiceFailed,
            "do not follow on each other",
            id="feed without order",
        ),
        pytest.param({"changes": b"<html>"}, ServiceFailed, "no feed", id="no feed"),
        pytest.param({"changes_020": "cut"}, ServiceFailed, "no whole answer", id="cut"),
        pytest.param({"changes_020": "late"}, ServiceFailed, "no whole answer", id="reset"),
        pytest.param({"changes": "drop"}, ServiceFailed, "no whole answer", id="no answer"),
        pytest.param({"changes_020": "clean-cut"}, DatasetError, "it is cut", id="cut cleanly"),
        pytest.param({"changes": "redirect"}, ServiceFailed, "redirects to /changes", id="loop"),
        pytest.param({"changes": "failed"}, ServiceFailed, "status 500", id="status"),
        pytest.param({"changes": "endless"}, ServiceFailed, "more than", id="endless"),
        pytest.param({"changes_020": "bomb"}, ServiceFailed, "more than", id="gzip bomb"),
        pytest.param({"changes": "coded"}, ServiceFailed, "content coding", id="content coding"),
        pytest.param({"changes_020": "stall"}, ServiceFailed, "more than 0.3 sec", id="stall"),
    ],
)
def test_what_is_wrong_is_told_and_the_file_stays(path, monkeypatch, others, error, told):
    monkeypatch.setattr(mirror, "_LARGEST", 3_000_000)
    if "stall" in others.values():
        monkeypatch.setattr(mirror, "_SECONDS_FOR_ALL", 0.3)
    for name, coding, body in (("bomb", "gzip", BOMB), ("coded", "zstd", b"")):
        monkeypatch.setitem(
            FAULTS,
            name,
            lambda to, _, coding=coding, body=body: to.plain(
                200, "text/plain", body, Content_Encoding=coding
            ),
        )

    with Server(**others) as running, pytest.raises(error, match=told):
        mirror.mirror(running.url, path)

    assert path.read_bytes() == state("0.1.0")
    assert [each.name for each in path.parent.iterdir()] == ["m.nq"]


def test_what_was_verified_before_a_fault_is_kept(tmp_path):
    path = tmp_path / "m.nq"
    with Server(changes_030="cut") as running:
        done = command(running.url, path)

    assert done.exit_code == 3
    assert "no whole answer" in done.output
    assert path.read_bytes() == state("0.2.0")


def test_a_file_that_was_changed_is_no_state(path):
    path.write_bytes(path.read_bytes() + b"<a:a> <a:b> <a:c> .\n")

    with Server() as running, pytest.raises(DatasetError, match="no release of this server"):
        mirror.mirror(running.url, path)


def test_a_file_is_read_as_rdf_and_not_as_lines(path):
    """The same quads in another order are the same state."""
    path.write_bytes(b"\n".join(reversed(path.read_bytes().split(b"\n"))))

    with Server() as running:
        mirror.mirror(running.url, path, "0.2.0")

    assert path.read_bytes() == state("0.2.0")


@pytest.mark.parametrize(
    ("file", "until", "told"),
    [
        pytest.param("m.ttl", "", "ends in .nq or .nq.gz", id="name"),
        pytest.param("m.nq", "0.9.0", "There are: 0.2.0, 0.3.0", id="unknown"),
        pytest.param("m.nq", "0.1.0", "There are: 0.2.0, 0.3.0", id="backwards"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, file, until, told):
    (tmp_path / "m.nq").write_bytes(state("0.2.0"))

    with Server() as running, pytest.raises(BadParameter, match=told):
        mirror.mirror(running.url, tmp_path / file, until)

    assert (tmp_path / "m.nq").read_bytes() == state("0.2.0")


@pytest.mark.parametrize(
    "url", ["127.0.0.1:1", "file:///etc/passwd", "http://127.0.0.1:1", "http://["]
)
def test_what_is_no_server_is_told(path, url):
    done = command(url, path)

    assert done.exit_code == 3
    assert "gave no whole answer" in done.output.replace("\n", " ")
