"""Stores on disk: they hold what the files say, and what is in service stays until it is replaced."""

import bz2
import errno
import fcntl
import gzip
import os
from pathlib import Path
from unittest.mock import Mock

import pyoxigraph as ox
import pytest
import zstandard

from gbagraph.composition import published
from gbagraph.dataset import loader
from gbagraph.errors import DatasetError, SettingError
from gbagraph.features.stores import UNION, loading, serving, versions
from gbagraph.features.stores.loading import load
from gbagraph.features.stores.manifest import MANIFEST, find
from gbagraph.settings import Settings

TRIG = """
PREFIX e: <http://example.org/>
e:a e:p "x"@en, 1.5 ; e:q [ e:r e:b ] .
GRAPH e:g { e:a e:p e:b . e:c e:p "2020-01-01"^^<http://www.w3.org/2001/XMLSchema#date> . }
GRAPH e:h { e:a e:p e:b . }
"""
EXTENSIONS = ("ttl", "nt", "n3", "rdf", "jsonld", "trig", "nq")
PACKED = {"gz": gzip.compress, "zst": zstandard.compress, "bz2": bz2.compress}


def written(folder, extension):
    """The sample in one format; only the default graph where the format has no graphs."""
    name, _, packing = extension.partition(".")
    store, found = ox.Store(), ox.RdfFormat.from_extension(name)
    store.load(TRIG, ox.RdfFormat.TRIG)
    graph = {} if found.supports_datasets else {"from_graph": ox.DefaultGraph()}
    path = folder / f"sample.{extension}"
    path.write_bytes(PACKED.get(packing, bytes)(store.dump(format=found, **graph)))
    return path


def triples(path, *lines):
    """A file of N-Triples."""
    path.write_text("".join(f"<urn:{name}> <urn:p> <urn:o> .\n" for name in lines))
    return path


def opened(folder):
    return ox.Store.read_only(str(versions.in_service(folder) / "database"))


def manifest_of(store):
    """That of the version in service."""
    return find(versions.in_service(store))


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


@pytest.fixture
def loaded(tmp_path, target):
    """What loads a file about each of some names, as one version after another."""

    def load_each(*names, **options):
        found = [
            load(target, [triples(tmp_path / f"{each}.nt", each)], **options) for each in names
        ]
        return found[-1]

    return load_each


@pytest.mark.parametrize("extension", [*EXTENSIONS, *(f"ttl.{packing}" for packing in PACKED)])
@pytest.mark.parametrize("small", [loading._SMALL, 0])
def test_a_file_of_any_format_and_size_is_loaded_as_in_memory(
    tmp_path, target, monkeypatch, extension, small
):
    monkeypatch.setattr(loading, "_SMALL", small)
    path = written(tmp_path, extension)
    in_memory = ox.Store()
    loader.read_into(in_memory, path, ox.DefaultGraph())
    manifest = load(target, [path])
    assert same(opened(target), in_memory)
    assert manifest.triples == len(in_memory)


def test_the_manifest_says_what_is_where(tmp_path, target):
    manifest = load(target, [written(tmp_path, "trig"), triples(tmp_path / "more.nt", "z")])
    assert manifest == manifest_of(target)
    assert manifest.graphs == {"http://example.org/g": 2, "http://example.org/h": 1}
    assert manifest.default_graph == 5
    assert [Path(file.path).name for file in manifest.files] == ["sample.trig", "more.nt"]


def test_the_default_graph_is_not_merged(tmp_path, target):
    load(target, [written(tmp_path, "trig")])
    assert list(opened(target).query("SELECT * { <http://example.org/c> ?p ?o }")) == []


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
    assert manifest_of(target) == before
    assert subjects(target) == ["urn:old"]


def test_a_full_disk_is_told_with_what_to_do(loaded, monkeypatch):
    monkeypatch.setattr(
        loading, "_read", Mock(side_effect=OSError(errno.ENOSPC, "No space left on device"))
    )
    with pytest.raises(DatasetError, match=r"is full. Make room"):
        loaded("a")


@pytest.mark.parametrize(
    "given", [{"data": [Path("x.ttl")]}, {"infer": True}, {"store": None, "default_graph": UNION}]
)
def test_settings_that_do_not_go_with_a_store_are_refused(target, loaded, given):
    loaded("a")
    with pytest.raises(SettingError, match=r"not for it|is for a store"):
        published(Settings.from_values({"store": target, **given}))


@pytest.fixture
def stopped(tmp_path, target):
    """Two files, of which a load has read the first and stopped at the other, now put right."""
    good, bad = tmp_path / "good.ttl", tmp_path / "bad.nt"
    good.write_text("<urn:a> <urn:p> [ <urn:q> 1 ] .")
    bad.write_text("oops")
    for _ in range(3):
        with pytest.raises(DatasetError):
            load(target, [good, bad])
    return good, triples(bad, "b")


def test_after_a_bad_file_is_put_right_those_before_it_are_not_read_again(target, stopped):
    good, bad = stopped
    reads = []
    load(target, [good, bad], seen=lambda path, size: reads.append((path.name, size)))
    assert reads[0] == ("good.ttl", good.stat().st_size)
    assert [name for name, _ in reads].count("good.ttl") == 1


def test_a_file_that_has_changed_is_loaded_anew(target, stopped):
    triples(stopped[0], "changed")
    load(target, stopped)
    assert subjects(target) == ["urn:b", "urn:changed"]


def test_blank_nodes_of_a_file_come_once_however_often_a_load_is_interrupted(target, stopped):
    assert load(target, stopped).triples == 3


def test_versions_are_kept_as_many_as_are_wanted(target, loaded):
    loaded("a", "b", "c")
    assert names(target) == ["2", "3"]
    loaded("d", keep=3)
    assert (names(target), subjects(target)) == (["2", "3", "4"], ["urn:d"])
    loaded("e", keep=1)
    assert names(target) == ["5"]
    assert not (target / "partial").exists()


def test_the_version_before_is_kept_whatever_its_age(target, loaded):
    loaded("a", "b", "c", keep=9)
    versions.switch(target, "1")
    loaded("d")
    assert names(target) == ["1", "4"]


def test_a_load_that_does_not_switch_changes_nothing_in_service(target, loaded):
    loaded("a", "b")
    loaded("c", name="draft", switches=False)
    assert (names(target), subjects(target)) == (["1", "2", "draft"], ["urn:b"])
    versions.switch(target, "draft")
    assert subjects(target) == ["urn:c"]


def test_rollback_goes_to_the_version_before_and_back(target, loaded):
    loaded("a", "b")
    found = [(versions.rollback(target).name, subjects(target)) for _ in range(3)]
    assert found == [("1", ["urn:a"]), ("2", ["urn:b"]), ("1", ["urn:a"])]


def test_after_a_crash_before_a_switch_is_listed_the_version_before_is_still_known(target, loaded):
    loaded("a", "b", "c", keep=3)
    switches = (target / "switches").read_text()
    versions.switch(target, "1")
    (target / "switches").write_text(switches)
    assert versions.before(target) == "3"


def test_without_a_version_before_there_is_no_way_back(target, loaded):
    loaded("a")
    with pytest.raises(SettingError, match="no version that was in service before"):
        versions.rollback(target)


@pytest.mark.parametrize("damage", ["database/CURRENT", "manifest.json"])
def test_a_version_that_does_not_open_is_not_put_into_service(target, loaded, damage):
    loaded("a", "b")
    (target / "versions" / "1" / damage).unlink()
    with pytest.raises((DatasetError, SettingError), match=r"cannot be opened|no complete version"):
        versions.switch(target, "1")
    assert subjects(target) == ["urn:b"]


@pytest.mark.parametrize("name", ["7", "../a", ".a", "a b", "b/c"])
def test_a_name_that_is_none_is_refused_before_anything_is_made(target, loaded, name):
    with pytest.raises(SettingError, match="no name for a version"):
        loaded("a", name=name)
    assert not target.exists()


def test_a_version_is_never_changed(tmp_path, target, loaded):
    loaded("a", name="one")
    for folder, given in ((target, "one"), (target / "versions" / "one", "")):
        with pytest.raises(SettingError, match="versions are never changed"):
            load(folder, [triples(tmp_path / "b.nt", "b")], name=given)


def test_a_version_by_itself_stands_for_a_store(target, loaded):
    loaded("a", "b")
    assert subjects(target / "versions" / "1") == ["urn:a"]
    assert serving.manifest_in(target / "versions" / "1").version == "1"


@pytest.mark.parametrize("asked", ["", "versions/1"])
def test_a_version_that_is_open_is_not_deleted(target, loaded, asked):
    loaded("a")
    held = serving.OpenStore(target / asked)
    loaded("b", "c", keep=1)
    assert [quad.subject.value for quad in held.open()] == ["urn:a"]
    assert names(target) == ["1", "3"]


def test_what_a_deletion_left_that_was_interrupted_is_deleted(target, loaded):
    loaded("a", "b")
    (target / "versions" / "1" / MANIFEST).unlink()
    loaded("c")
    assert sorted(each.name for each in (target / "versions").iterdir()) == ["2", "3"]


def names(store):
    return sorted(each.name for each in versions.listed(store))


def test_two_loads_of_a_store_at_once_are_refused(target, loaded):
    target.mkdir()
    with (target / "partial.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DatasetError, match="by another process"):
            loaded("a")


def test_a_load_that_was_complete_but_not_among_the_versions_is_begun_anew(target, loaded):
    """As after a crash between the two."""
    loaded("a")
    (target / "partial").mkdir()
    (target / "versions" / "1").rename(target / "partial" / "work")
    loaded("b")
    assert (names(target), subjects(target)) == (["1"], ["urn:b"])


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
    assert not target.exists()


def test_a_folder_of_something_else_is_not_replaced(target, loaded):
    target.mkdir()
    (target / "letter.txt").write_text("Dear")
    with pytest.raises(SettingError, match="no store"):
        loaded("a")
    assert (target / "letter.txt").exists()


def test_what_is_no_complete_store_of_this_version_is_not_served(target, loaded):
    with pytest.raises(DatasetError, match="There is no store"):
        serving.manifest_in(target)
    loaded("a")
    manifest = target / "versions" / "1" / MANIFEST
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(DatasetError, match="newer gbagraph"):
        serving.manifest_in(target)
    manifest.write_text("{}")
    with pytest.raises(DatasetError, match="no manifest of a store"):
        serving.manifest_in(target)
    manifest.unlink()
    with pytest.raises(DatasetError, match=r"No complete version of .* is in service.*switch"):
        serving.manifest_in(target)


def test_a_store_whose_first_load_was_interrupted_is_not_served(tmp_path, target):
    (tmp_path / "bad.nt").write_text("oops")
    with pytest.raises(DatasetError, match=r"bad\.nt"):
        load(target, [tmp_path / "bad.nt"])
    with pytest.raises(DatasetError, match="its load was interrupted"):
        serving.manifest_in(target)
    (target / "other").mkdir()
    with pytest.raises(DatasetError, match="no store"):
        serving.manifest_in(target / "other")
