"""The benchmark compares this version with the one before it, and never mixes their figures."""

import pytest

import gbagraph
from bench import former, records, report


@pytest.fixture(autouse=True)
def results(monkeypatch, tmp_path):
    monkeypatch.setattr(records, "_RESULTS", tmp_path / "results")
    former.built.cache_clear()
    yield
    former.built.cache_clear()


def kept(monkeypatch, version, part, *rows):
    with monkeypatch.context() as patch:
        patch.setattr(gbagraph, "__version__", version)
        records.keep(part, list(rows), ["own"])


def written(tmp_path):
    page = tmp_path / "page.md"
    report.write(page)
    return page.read_text()


def test_the_page_says_of_which_version_its_figures_are(tmp_path):
    first = written(tmp_path).splitlines()[2]

    assert first == f"Figures of gbagraph {gbagraph.__version__}, made by `make bench`."


def test_records_of_other_versions_are_left_out_and_told(monkeypatch, tmp_path):
    row = {"size": "own", "server": "gbagraph", "seconds": 7.77, "load": 0.0, "memory": 1.0}
    kept(monkeypatch, "0.1.0", "start", row)

    assert records.read("start") == []
    assert "Left out are records of other versions: start of 0.1.0.\n" in written(tmp_path)
    assert "7.77" not in written(tmp_path)


def test_records_of_this_version_stay_where_other_sizes_are_measured(monkeypatch):
    kept(monkeypatch, "0.1.0", "start", {"size": "10k", "seconds": 1.0})
    records.keep("start", [{"size": "10k", "seconds": 2.0}], ["10k"])
    records.keep("start", [{"size": "own", "seconds": 3.0}], ["own"])

    assert records.values(records.read("start"), "seconds") == [2.0, 3.0]
    assert records.of_other_versions(["start"]) == {}


@pytest.mark.parametrize(("version", "before"), [("0.3.0", "0.2.0"), ("0.4.0.dev0", "0.3.0")])
def test_the_former_release_is_the_newest_other_one(monkeypatch, version, before):
    monkeypatch.setattr(gbagraph, "__version__", version)

    assert former._newest() == before


@pytest.mark.parametrize(
    ("history", "why"),
    [({"log": ""}, "no commit of"), ({"log": "abc", "show": "9.9"}, "another version")],
)
def test_a_former_release_that_is_not_in_the_history_is_left_out(monkeypatch, history, why):
    monkeypatch.setattr(former, "_run", lambda *command: history.get(command[1], ""))

    assert former.built().program is None
    assert why in former.built().why
