"""Stores on disk: they hold what the files say, and what is in service stays until it is replaced."""

import bz2
import fcntl
import gzip
import os
from pathlib import Path

import pyoxigraph as ox
import pytest
import zstandard

from gbagraph.dataset import loader
from gbagraph.dataset.stores import loading, serving
from gbagraph.dataset.stores.loading import load
from gbagraph.dataset.stores.manifest import MANIFEST, find
from gbagraph.errors import DatasetError, SettingError
from gbagraph.rdf import canonical

TRIG = """
PREFIX e: <http://example.org/>
e:a e:p "x"@en, 1.5 ; e:q [ e:r e:b ] .
GRAPH e:g { e:a e:p e:b . e:c e:p "2020-01-01"^^<http://www.w3.org/2001/XMLSchema#date> . }
GRAPH e:h { e:a e:p e:b . }
"""
EXTENSIONS = ("ttl", "nt", "n3", "rdf", "jsonld", "trig", "nq")
PACKED = {".gz": gzip.compress, ".zst": zstandard.compress, ".bz2": bz2.compress}


def written(folder, extension, packing=""):
    """The sample in one format; only the default graph where the format has no graphs."""
    store, found = ox.Store(), ox.RdfFormat.from_extension(extension)
    store.load(TRIG, ox.RdfFormat.TRIG)
    graph = {} if found.supports_datasets else {"from_graph": ox.DefaultGraph()}
    path = folder / f"sample.{extension}{packing}"
    path.write_bytes(PACKED.get(packing, bytes)(store.dump(format=found, **graph)))
    return path


def triples(path, *lines):
    """A file of N-Triples."""
    path.write_text("".join(f"<urn:{name}> <urn:p> <urn:o> .\n" for name in lines))
    return path


def opened(folder):
    return ox.Store.read_only(str(folder / "database"))


def same(store, other):
    found, expected = (ox.Dataset(each) for each in (store, other))
    for dataset in (found, expected):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return set(found) == set(expected)


def subjects(folder):
    return sorted(quad.subject.value for quad in opened(folder))


@pytest.fixture
def target(tmp_path):
    return tmp_path / "store"


@pytest.mark.parametrize(
    ("extension", "packing"),
    [*((extension, "") for extension in EXTENSIONS), *(("ttl", packing) for packing in PACKED)],
)
def test_a_file_of_any_format_is_loaded_as_in_memory(tmp_path, target, extension, packing):
    path = written(tmp_path, extension, packing)
    in_memory = ox.Store()
    loader.read_into(in_memory, path, ox.DefaultGraph())
    manifest = load(target, [path])
    assert same(opened(target), in_memory)
    assert manifest.triples == len(in_memory)


@pytest.mark.parametrize("is_small", [True, False])
def test_a_large_file_is_loaded_like_a_small_one(tmp_path, target, monkeypatch, is_small):
    monkeypatch.setattr(loading, "_SMALL", 1_000_000 if is_small else 0)
    path = written(tmp_path, "trig", ".gz")
    in_memory = ox.Store()
    loader.read_into(in_memory, path, ox.DefaultGraph())
    load(target, [path])
    assert same(opened(target), in_memory)


def test_the_manifest_says_what_is_where(tmp_path, target):
    manifest = load(target, [written(tmp_path, "trig"), triples(tmp_path / "more.nt", "z")])
    assert manifest == find(target)
    assert manifest.graphs == {"http://example.org/g": 2, "http://example.org/h": 1}
    assert manifest.default_graph == 5
    assert [Path(file.path).name for file in manifest.files] == ["sample.trig", "more.nt"]


def test_the_default_graph_is_not_merged(tmp_path, target):
    load(target, [written(tmp_path, "trig")])
    asked = opened(target).query("SELECT * { <http://example.org/c> ?p ?o }")
    assert list(asked) == []


def test_triples_come_into_the_graph_that_is_named(tmp_path, target):
    manifest = load(target, [triples(tmp_path / "a.nt", "a", "b")], graph="urn:g")
    assert (manifest.graphs, manifest.default_graph) == ({"urn:g": 2}, 0)


def test_a_folder_stands_for_the_files_in_it(tmp_path, target):
    folder = tmp_path / "files"
    (folder / "inner").mkdir(parents=True)
    triples(folder / "a.nt", "a")
    triples(folder / "inner" / "b.nt", "b")
    load(target, [folder])
    assert subjects(target) == ["urn:a", "urn:b"]


def test_the_same_files_are_the_same_version_whatever_their_order(tmp_path):
    files = [triples(tmp_path / f"{name}.nt", name) for name in "ab"]
    first, second = load(tmp_path / "one", files), load(tmp_path / "two", files[::-1])
    assert first.digest == second.digest
    assert first.digest != load(tmp_path / "three", files, graph="urn:g").digest
    assert first.digest != load(tmp_path / "four", files[:1]).digest


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("bad.nt", b"<urn:a> <urn:p> <urn:o> .\noops\n", "bad.nt, line 2"),
        ("bad.ttl.gz", gzip.compress(b"<urn:a> <urn:p> <urn:o> .\noops\n"), "bad.ttl.gz, line"),
        ("bad.nt.gz", b"no gzip", "no file that gzip made"),
        ("cut.nt.gz", gzip.compress(os.urandom(9999).hex().encode())[:-99], "gzip"),
        ("bad.nt.zst", b"no zstd", "no file that zstd made"),
        (
            "cut.nt.zst",
            zstandard.compress(b"<urn:a> <urn:p> <urn:o> .\n" * 9)[:-4],
            "no file that zstd made",
        ),
        ("bad.nt.bz2", b"no bzip2", "no file that bzip2 made"),
        ("cut.nt.bz2", bz2.compress(b"<urn:a> <urn:p> <urn:o> .\n")[:-9], "bzip2"),
        ("far.jsonld", b'{"@context": "http://x.example/", "@id": "urn:a"}', "not fetched"),
    ],
    ids=[
        "nt",
        "ttl.gz",
        "no gzip",
        "cut gzip",
        "no zstd",
        "cut zstd",
        "no bzip2",
        "cut bzip2",
        "far",
    ],
)
def test_a_bad_file_is_named_and_leaves_the_old_store(tmp_path, target, name, content, said):
    before = load(target, [triples(tmp_path / "old.nt", "old")])
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DatasetError, match=said):
        load(target, [triples(tmp_path / "new.nt", "new"), tmp_path / name])
    assert find(target) == before
    assert subjects(target) == ["urn:old"]


def test_after_a_bad_file_is_put_right_those_before_it_are_not_read_again(tmp_path, target):
    good, bad = triples(tmp_path / "good.nt", "a"), tmp_path / "bad.nt"
    bad.write_text("oops")
    with pytest.raises(DatasetError):
        load(target, [good, bad])
    triples(bad, "b")
    reads = []
    load(target, [good, bad], seen=lambda path, size: reads.append((path.name, size)))
    assert reads[0] == ("good.nt", good.stat().st_size)
    assert [name for name, _ in reads].count("good.nt") == 1
    assert subjects(target) == ["urn:a", "urn:b"]


def test_a_file_that_has_changed_is_loaded_anew(tmp_path, target):
    good, bad = triples(tmp_path / "good.nt", "a"), tmp_path / "bad.nt"
    bad.write_text("oops")
    with pytest.raises(DatasetError):
        load(target, [good, bad])
    triples(good, "changed")
    triples(bad, "b")
    load(target, [good, bad])
    assert subjects(target) == ["urn:b", "urn:changed"]


def test_blank_nodes_of_a_file_come_once_however_often_a_load_is_interrupted(tmp_path, target):
    first, bad = tmp_path / "first.ttl", tmp_path / "bad.nt"
    first.write_text("<urn:a> <urn:p> [ <urn:q> 1 ] .")
    bad.write_text("oops")
    for _ in range(3):
        with pytest.raises(DatasetError):
            load(target, [first, bad])
    triples(bad, "b")
    assert load(target, [first, bad]).triples == 3


def test_the_store_that_was_replaced_is_kept_until_the_next_load(tmp_path, target):
    for name in "abc":
        load(target, [triples(tmp_path / f"{name}.nt", name)])
    assert subjects(target) == ["urn:c"]
    assert subjects(target.with_name("store.previous")) == ["urn:b"]
    assert not target.with_name("store.partial").exists()


def test_a_store_that_is_open_is_not_deleted(tmp_path, target):
    load(target, [triples(tmp_path / "a.nt", "a")])
    held = serving.OpenStore(target)
    load(target, [triples(tmp_path / "b.nt", "b")])
    assert [quad.subject.value for quad in held.open()] == ["urn:a"]
    with pytest.raises(DatasetError, match="Restart the server"):
        load(target, [triples(tmp_path / "c.nt", "c")])
    assert subjects(target) == ["urn:b"]


def test_two_loads_of_a_store_at_once_are_refused(tmp_path, target):
    (tmp_path / "store.partial").mkdir()
    with (tmp_path / "store.partial" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DatasetError, match="by another process"):
            load(target, [triples(tmp_path / "a.nt", "a")])


def test_what_was_replaced_just_before_a_crash_is_not_taken_for_a_new_load(tmp_path, target):
    load(target, [triples(tmp_path / "a.nt", "a")])
    load(target, [triples(tmp_path / "b.nt", "b")])
    (tmp_path / "store.partial").mkdir()
    (tmp_path / "store.previous").rename(tmp_path / "store.partial" / "work")
    bad = tmp_path / "bad.nt"
    bad.write_text("oops")
    with pytest.raises(DatasetError, match=r"bad\.nt"):
        load(target, [bad])
    assert subjects(target) == ["urn:b"]
    assert subjects(tmp_path / "store.previous") == ["urn:a"]


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("missing.nt", {}, "no file missing.nt|no file .*missing"),
        ("a.docx", {}, "names no RDF format"),
        ("a.nt", {"graph": "no iri"}, "no IRI"),
        ("a.nq", {"graph": "urn:g"}, "names its graphs itself"),
    ],
)
def test_what_is_plainly_wrong_is_told_before_anything_is_made(
    tmp_path, target, name, options, said
):
    if name != "missing.nt":
        triples(tmp_path / name, "a")
    with pytest.raises(SettingError, match=said):
        load(target, [tmp_path / name], **options)
    assert not target.with_name("store.partial").exists()


def test_a_folder_of_something_else_is_not_replaced(tmp_path, target):
    target.mkdir()
    (target / "letter.txt").write_text("Dear")
    with pytest.raises(SettingError, match="no store"):
        load(target, [triples(tmp_path / "a.nt", "a")])
    assert (target / "letter.txt").exists()


def test_what_is_no_complete_store_of_this_version_is_not_served(tmp_path, target):
    with pytest.raises(DatasetError, match="There is no store"):
        serving.found(target)
    load(target, [triples(tmp_path / "a.nt", "a")])
    manifest = target / MANIFEST
    text = manifest.read_text()
    manifest.write_text(text.replace('"format": 1', '"format": 2'))
    with pytest.raises(DatasetError, match="newer gbagraph"):
        serving.found(target)
    manifest.write_text("{}")
    with pytest.raises(DatasetError, match="no manifest of a store"):
        serving.found(target)
    manifest.unlink()
    with pytest.raises(DatasetError, match="no store, or not a complete one"):
        serving.found(target)
    target.rename(tmp_path / "store.partial")
    with pytest.raises(DatasetError, match="not complete"):
        serving.found(tmp_path / "store.partial")


def test_a_release_is_loaded_as_it_is_read(target):
    path = sorted(Path(loader.resource("data", "releases")).rglob("*.nq.gz"))[-1]
    in_memory = ox.Store()
    loader.read_into(in_memory, path, ox.DefaultGraph())
    load(target, [path])
    assert canonical.lines(opened(target)) == canonical.lines(in_memory)
