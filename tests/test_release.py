"""The release checklist finds each place that was forgotten."""

import re

import pytest

import release
from support import ROOT

VERSION, DAY = "7.8.9", "2031-02-03"
FILES = dict.fromkeys(name for name, _ in (*release.VERSION_STANDS, *release.DATE_STANDS))


@pytest.fixture
def ready(tmp_path):
    """A folder in which every file names the version and the day."""
    for name in FILES:
        texts = [
            form.format(VERSION, DAY)
            for named, form in (*release.VERSION_STANDS, *release.DATE_STANDS)
            if named == name
        ]
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("\n".join(texts))
    return tmp_path


def faults(folder):
    return list(release.version_faults(folder, VERSION))


def test_what_is_ready_has_no_faults(ready):
    assert faults(ready) == []


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_the_last_version_is_found(ready, name):
    (ready / name).write_text((ready / name).read_text().replace(VERSION, "7.8.8"))

    assert any(fault.startswith(name) for fault in faults(ready))


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_day_is_found(ready, name):
    text = (ready / name).read_text()
    (ready / name).write_text(text.replace(DAY, "2031-02-02"))

    assert bool(faults(ready)) == (DAY in text)


def test_a_changelog_that_goes_on_is_found(ready):
    path = ready / "CHANGELOG.md"
    path.write_text(path.read_text() + "\n## Unreleased\n")

    assert faults(ready) == [
        f"CHANGELOG.md still has a section Unreleased: call it {VERSION}, with the day"
    ]


def test_a_file_that_is_not_kept_or_holds_other_data_is_told(monkeypatch, tmp_path):
    kept, missing = tmp_path / "kept.nq.gz", tmp_path / "missing.nq.gz"
    kept.touch()
    monkeypatch.setattr(release, "ROOT", tmp_path)
    monkeypatch.setattr(release, "releases", dict)
    monkeypatch.setattr(release, "outdated", lambda: [kept, missing])

    assert list(release.file_faults(VERSION)) == [
        "kept.nq.gz holds other data: give the dataset a new version",
        "missing.nq.gz is missing: run `gbagraph release` and commit it",
    ]


def test_every_place_is_there():
    """In the files as they are, of any version; the changelog's newest section may have none yet."""
    missing = [
        (name, form)
        for name, form in release.VERSION_STANDS
        if name != "CHANGELOG.md"
        and not re.search(
            re.escape(form).replace(r"\{\}", r"\d+\.\d+\.\d+(-dev)?"), (ROOT / name).read_text()
        )
    ]

    assert missing == []
