"""The tables of reports/reliability.md are what tests recorded."""

import json
from typing import get_args

import pytest

import reliability
from support.reliability import Chapter, record

EMPTY = "# Title\n\n<!-- recorded: faults -->\n<!-- /recorded -->\n\nThe end.\n"


def recorded(folder, monkeypatch, *rows):
    monkeypatch.setenv("RELIABILITY", str(folder))
    for name, figures in rows:
        record("faults", name, **figures)
    return [json.loads(file.read_text()) for file in folder.glob("*.json")]


def test_what_is_recorded_becomes_a_row_and_the_text_around_stays(tmp_path, monkeypatch):
    records = recorded(tmp_path, monkeypatch, ("full | disk", {"exit_code": 1, "took": 0.12345}))

    text = reliability.merged(EMPTY, records)

    assert reliability.rows(text, "faults") == [
        {"faults": "full | disk", "exit code": "1", "took": "0.123"}
    ]
    assert text.startswith("# Title\n")
    assert text.endswith("\nThe end.\n")


def test_a_row_stays_until_it_is_recorded_again(tmp_path, monkeypatch):
    first = reliability.merged(
        EMPTY, recorded(tmp_path / "a", monkeypatch, ("a", {"n": 1}), ("b", {"n": 2}))
    )

    again = reliability.merged(first, recorded(tmp_path / "b", monkeypatch, ("b", {"n": 30_000})))

    assert [row["n"] for row in reliability.rows(again, "faults")] == ["1", "30,000"]
    assert reliability.merged(again, []) == again


def test_nothing_is_recorded_unless_it_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.delenv("RELIABILITY", raising=False)
    monkeypatch.chdir(tmp_path)

    record("faults", "a", n=1)

    assert list(tmp_path.iterdir()) == []


def test_a_chapter_that_the_report_does_not_have_is_told(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="no table for faults"):
        reliability.merged("# Title\n", recorded(tmp_path, monkeypatch, ("a", {"n": 1})))


@pytest.mark.parametrize("chapter", get_args(Chapter))
def test_the_report_has_each_chapter_with_rows(chapter):
    text = reliability.REPORT.read_text()
    assert reliability.rows(text, chapter)

    added = reliability.merged(text, [{"chapter": chapter, "name": "~", "figures": {}}])

    assert reliability.rows(added, chapter)[-1][chapter] == "~"
