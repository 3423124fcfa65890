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


def test_a_tag_must_be_that_of_the_version(monkeypatch):
    said = {("status", "--porcelain"): "", ("tag", "--list", "v7.8.9"): "v7.8.9"}
    monkeypatch.setattr(release, "_git", lambda *arguments: said[arguments])

    monkeypatch.delenv("GITHUB_REF_NAME", raising=False)
    assert list(release.tree_faults(VERSION)) == [
        "the tag v7.8.9 is there: this version was released"
    ]
    monkeypatch.setenv("GITHUB_REF_NAME", "v7.8.9")
    assert list(release.tree_faults(VERSION)) == []
    monkeypatch.setenv("GITHUB_REF_NAME", "v7.9.0")
    assert list(release.tree_faults(VERSION)) == [
        "the tag is v7.9.0, but the version 7.8.9: name it v7.8.9"
    ]


def test_the_repository_must_be_named(monkeypatch, tmp_path):
    """Readers expect its workflow to have signed, so it is the one in which that runs."""
    path = tmp_path / "pyproject.toml"
    path.write_text("[project]\n")
    assert "does not name the repository" in next(release.repository_faults(tmp_path))

    path.write_text('[project.urls]\nRepository = "https://github.com/example/gbagraph"\n')
    monkeypatch.setenv("GITHUB_REPOSITORY", "example/gbagraph")
    assert list(release.repository_faults(tmp_path)) == []
    monkeypatch.setenv("GITHUB_REPOSITORY", "other/gbagraph")
    assert "but this is https://github.com/other/gbagraph" in next(
        release.repository_faults(tmp_path)
    )


@pytest.mark.parametrize("version", [VERSION, "7.9.0.dev0"])
def test_notes_are_the_section_of_the_version(tmp_path, version):
    head = "Unreleased" if "dev" in version else f"{version} ({DAY})"
    (tmp_path / "CHANGELOG.md").write_text(
        f"# Changelog\n\n## {head}\n\n### New\n\n- A.\n\n## 7.8.8 (2031-01-01)\n\n- B.\n"
    )

    assert release.notes(tmp_path, version) == "### New\n\n- A."


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
