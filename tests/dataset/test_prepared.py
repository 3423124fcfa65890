"""The built-in dataset as it is kept: what would be computed, or nothing."""

import shutil

import pytest

from gbagraph.dataset import prepared
from gbagraph.dataset.loader import compute_built_in, load


@pytest.fixture(scope="module")
def computed():
    return compute_built_in(infer=True)


@pytest.fixture(scope="module")
def kept(computed, tmp_path_factory):
    """A folder with what is computed."""
    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepared, "_STORE", folder / "store.nq.zst")
        patch.setattr(prepared, "_ABOUT", folder / "about.json")
        prepared.keep(*computed)
        yield folder


@pytest.mark.slow
@pytest.mark.usefixtures("kept")
def test_what_is_kept_is_what_is_computed(computed, graph):
    """The same quads in the same order, in which the engine answers; and at each load."""
    store, description = prepared.read()

    assert list(map(str, store)) == list(map(str, computed[0])) == list(map(str, graph.store))
    assert description == computed[1]


@pytest.mark.usefixtures("kept")
def test_loading_takes_what_is_kept(monkeypatch):
    monkeypatch.setattr("gbagraph.dataset.loader.compute_built_in", None)

    assert load()[1].built_in


@pytest.mark.parametrize("name", ["store.nq.zst", "about.json"])
def test_what_is_damaged_is_not_taken(kept, name):
    path = kept / name
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    taken = prepared.read()
    path.write_bytes(whole)

    assert taken is None


@pytest.mark.usefixtures("kept")
def test_what_was_made_of_another_file_is_not_taken(monkeypatch, tmp_path):
    changed = tmp_path / "changed"
    for folder in ("data", "ontology", "queries"):
        shutil.copytree(prepared.resource(folder), changed / folder)
    monkeypatch.setattr(prepared, "resource", changed.joinpath)
    assert prepared.read() is not None

    with (changed / "data" / "links.ttl").open("a") as file:
        file.write("# a comment\n")

    assert prepared.read() is None


@pytest.mark.usefixtures("kept")
def test_what_was_made_with_other_features_is_not_taken(monkeypatch):
    monkeypatch.setattr("gbagraph.feature.present", dict)

    assert prepared.read() is None
