"""The index of names of a store: as good as names in memory, of more names, and whole or not there."""

import fcntl
import os
import resource as limits
import signal
import sqlite3

import pyoxigraph as ox
import pytest

from gbagraph.names import index as indexed
from gbagraph.names import indexing, names
from gbagraph.names.index import Index, IndexedNames
from gbagraph.names.names import Names
from gbagraph.paths import resource
from support import eventually

E = "http://index.example/"
LABEL = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
COMMENT = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#comment")
TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


@pytest.fixture(scope="module")
def built_in():
    """The files of the built-in dataset, as they are in a store."""
    store = ox.Store()
    for path in sorted(resource("data").glob("*.ttl")):
        store.load(path=str(path))
    return store


def indexed_names(store, folder):
    assert indexing.build(store, folder / "names.sqlite")
    return IndexedNames(store, Index(folder / "names.sqlite"))


def things(number):
    """A store of so many things with labels, one of them in Chinese, too, and with a sentence."""
    store = ox.Store()
    for n in range(number):
        thing = ox.NamedNode(f"{E}item{n}")
        store.add(ox.Quad(thing, TYPE, ox.NamedNode(E + "Item")))
        store.add(ox.Quad(thing, LABEL, ox.Literal(f"Item number {n}", language="en")))
    last = ox.NamedNode(f"{E}item{number - 1}")
    store.add(ox.Quad(last, LABEL, ox.Literal("深圳湾大桥", language="zh"), ox.NamedNode(E + "g")))
    store.add(ox.Quad(last, COMMENT, ox.Literal("Where the ferries were.", language="en")))
    return store


@pytest.fixture(scope="module")
def both(built_in, tmp_path_factory):
    """Its names in memory, and from an index."""
    return Names(built_in), indexed_names(built_in, tmp_path_factory.mktemp("built-in"))


@pytest.fixture(scope="module")
def of_things(tmp_path_factory):
    return indexed_names(things(100), tmp_path_factory.mktemp("things"))


@pytest.mark.slow
def test_every_label_finds_what_it_finds_in_memory(built_in, both):
    in_memory, by_index = both
    labels = sorted(
        {
            quad.object.value
            for quad in built_in.quads_for_pattern(None, LABEL, None, None)
            if not in_memory.is_out_of_use(quad.subject.value)
        }
    )
    assert len(labels) > 300
    for label in labels[::7]:
        expected = in_memory.finder.find(label).hits[0]
        found = by_index.finder.find(label).hits
        assert found[0].score == expected.score, label
        assert expected.entry.iri in {hit.entry.iri for hit in found if hit.score == found[0].score}


@pytest.mark.slow
def test_entries_have_the_names_that_they_have_in_memory(both):
    in_memory, by_index = both
    for iri in in_memory.of_kind("thing")[::11]:
        assert by_index.names_of(iri) == in_memory.names_of(iri), iri
        assert by_index.label_of(iri) == in_memory.label_of(iri)


def test_more_names_are_found_than_are_held(tmp_path, monkeypatch):
    monkeypatch.setattr(names, "BOUND", 50)
    store = things(400)
    held, by_index = Names(store), indexed_names(store, tmp_path)

    def found(where):
        asked = range(0, 400, 10)
        hits = (next(iter(where.finder.find(f"Item number {n}").hits), None) for n in asked)
        return sum(
            hit is not None and hit.entry.iri == f"{E}item{n}"
            for n, hit in zip(asked, hits, strict=True)
        )

    assert found(held) < 20
    assert found(by_index) == 40


@pytest.mark.parametrize(
    "asked", ["深圳湾大桥", "大桥", "ITEM-NUMBER 99", "item99", "number 99", "ferries were"]
)
def test_a_part_of_a_name_or_a_sentence_finds_it(of_things, asked):
    found = of_things.finder.find(asked)
    assert found.hits[0].entry.iri == E + "item99"
    assert found.hits[0].entry.label == "Item number 99"


def test_terms_take_part_and_slips_are_found(of_things):
    assert of_things.finder.find("item").hits[0].entry == ("class", E + "Item", "Item", "")
    assert of_things.finder.find("nunber").slips == {"nunber": ("number",)}
    assert of_things.labelled("item NUMBER 7")[0].iri == E + "item7"
    assert of_things.finder.find("zzzz").hits == []


def test_figures_are_those_of_the_default_graph(of_things):
    index = of_things.index
    assert index.figures("class") == [(E + "Item", 100)]
    assert dict(index.figures("property")) == {TYPE.value: 100, LABEL.value: 100, COMMENT.value: 1}
    assert index.terms("property", 10)[LABEL.value] == 101


@pytest.mark.processes
def test_what_a_process_has_left_that_was_killed_is_no_index(tmp_path):
    store, target = things(100_000), tmp_path / "names.sqlite"
    pid = os.fork()
    if pid == 0:
        indexing.build(store, target)
        os._exit(0)
    unfinished = tmp_path / "names.part"
    assert eventually(lambda: unfinished.exists() and unfinished.stat().st_size)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert not target.exists()
    assert indexing.build(things(10), target)
    assert list(tmp_path.iterdir()) == [target]
    assert Index(target).figures("class") == [(E + "Item", 10)]


def test_two_processes_do_not_make_it_at_once(tmp_path):
    target, store = tmp_path / "names.sqlite", things(5)
    with target.with_suffix(".part").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert not indexing.build(store, target)
        assert not target.exists()
    assert indexing.build(store, target)


@pytest.mark.processes
def test_on_a_full_disk_there_is_none(tmp_path):
    target, store = tmp_path / "names.sqlite", things(5_000)
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        limits.setrlimit(limits.RLIMIT_FSIZE, (40_000, 40_000))
        try:
            indexing.build(store, target)
        except (OSError, sqlite3.Error):
            os._exit(7)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 7
    assert not target.exists()


def test_a_process_takes_the_index_up_when_it_is_there(tmp_path):
    target = tmp_path / "names.sqlite"
    try:
        indexed.use(target, is_wanted=True)
        assert (indexed.state(), indexed.current()) == ("building", None)
        indexing.build(things(5), target)
        assert indexed.state() == ""
        assert indexed.current() is indexed.current()
        indexed.use(target, is_wanted=False)
        assert (indexed.state(), indexed.current()) == ("off", None)
    finally:
        indexed.use(None, is_wanted=False)
