"""Answers of two versions compared: rows removed and added, what failed, and how it is told."""

import asyncio
import json
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

import changes
import gbagraph
from gbagraph import publication
from gbagraph.cli import app, project
from gbagraph.dataset.identity import queries_file
from gbagraph.errors import QueryTimeout
from gbagraph.features.changes import feed
from gbagraph.features.releases import answer_diff
from gbagraph.features.releases.answer_diff import Comparison
from gbagraph.queries.catalog import local_queries
from gbagraph.rdf import namespaces
from gbagraph.settings import Settings
from support import ROOT, file_with
from support.queries import sampled


def term(value):
    return {"type": "literal", "value": value}


def row(**values):
    return {name: term(value) for name, value in values.items()}


def compared(before, after):
    return answer_diff._comparison("q", {"1": before, "2": after})


def test_rows_are_compared_as_often_as_they_come():
    one, two, three = (row(x=value) for value in "abc")

    assert compared([one, two, two], [one, two, three]) == Comparison("q", (two,), (three,))
    assert compared([one, two], [one, two]).status == "same"
    assert compared([one, two], [two, one]) == Comparison("q", is_reordered=True)
    assert compared([one, two], [two, one]).status == "changed"


def test_an_error_is_told_with_its_version():
    found = compared([row(x="a")], QueryTimeout("It took too long."))

    assert found == Comparison("q", problems=(("2", "It took too long."),))
    assert answer_diff.text("1", "2", [found]) == (
        "From 1 to 2, of 1 query: 1 failed.\n\n"
        "failed   q\n"
        "  2: It took too long.\n\n"
        "What tests that assert these answers must change:\n"
        "  q: 2: It took too long.\n"
    )


def test_rows_that_are_alike_are_told_as_a_change():
    before = [row(zone="a", label="A", area="1"), row(zone="b", label="B", area="2")]
    after = [row(zone="a", label="A", area="3"), row(zone="c", label="C", area="4")]
    missing = compared([row(zone="a", label="A")], [row(zone="a", label="A", area="1")])

    assert answer_diff.text("1", "2", [compared(before, after)]).split("\n")[2:6] == [
        "changed  q: 2 rows removed, 2 added",
        '  ~ zone "a", label "A": area "1" → "3"',
        '  - zone "b", label "B", area "2"',
        '  + zone "c", label "C", area "4"',
    ]
    assert '~ zone "a", label "A": area nothing → "1"' in answer_diff.text("1", "2", [missing])


def test_many_rows_and_long_rows_are_cut_in_text_and_not_in_json():
    found = compared([], [row(x=str(number) * 1000) for number in range(9)])
    lines = answer_diff.text("1", "2", [found]).split("\n")
    content = json.loads(answer_diff.as_json("1", "2", [found]))

    assert lines[3 + answer_diff._SHOWN] == "  + and 4 more: --format json has all"
    assert lines[-2] == "  q: expect 9 rows more"
    assert max(map(len, lines)) < 200
    assert content["queries"][0]["added"] == list(found.added)


@pytest.fixture(scope="module")
def of_two_releases():
    """The answers of 0.2.0 and of 0.3.0, compared."""
    return answer_diff.compare("0.2.0", "0.3.0")


@pytest.mark.processes
def test_a_release_is_asked_its_own_queries(of_two_releases):
    found = json.loads(answer_diff.as_json("0.2.0", "0.3.0", of_two_releases))
    status = {entry["query"]: entry["status"] for entry in found["queries"]}

    assert (found["before"], found["after"]) == ("0.2.0", "0.3.0")
    assert list(status) == sorted(local_queries(str(queries_file("0.3.0"))))
    assert "failed" not in status.values()


@pytest.mark.processes
def test_every_query_that_answers_otherwise_is_in_the_changes(of_two_releases, monkeypatch):
    monkeypatch.setattr(answer_diff, "compare", lambda *_: of_two_releases)
    (words,) = (each.words for each in feed.entries() if each.version == "0.3.0")

    assert words["queries"] == feed.QUERIES | changes.of_answers("0.2.0", "0.3.0")


@pytest.mark.processes
def test_columns_and_parameters_are_told_before_rows(of_two_releases):
    lines = answer_diff.text("0.2.0", "0.3.0", of_two_releases).split("\n")
    reshaped = next(line for line in lines if line.startswith("reshaped"))

    assert ": columns " in reshaped or ": parameters " in reshaped
    assert "What tests that assert these answers must change:" in lines
    assert [line for line in lines if line.startswith("  ") and "expect the column" in line]


@pytest.mark.processes
@pytest.mark.parametrize(
    ("query", "code", "said"),
    [
        ("ASK { ?z a <https://w3id.org/gbagraph/ontology#Zone> }", 0, "1 same."),
        ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", 1, "1 changed."),
    ],
)
def test_both_are_asked_the_queries_of_a_folder_on_wish(tmp_path, query, code, said):
    (tmp_path / "one.rq").write_text(query)
    done = CliRunner().invoke(app, ["diff", "0.1.0", "--queries-from", str(tmp_path)])

    assert (done.exit_code, done.stdout.split("\n")[0]) == (
        code,
        f"From 0.1.0 to current, of 1 query: {said}",
    )


@pytest.mark.processes
@pytest.mark.parametrize(
    "version", sampled({each: each for each in ("0.1.0", "0.2.0", "0.3.0")}, ["0.3.0"])
)
def test_each_query_of_a_release_answers_what_it_did(version):
    """The files of the archive are those of the release, and so are their answers, row by row."""
    with zipfile.ZipFile(queries_file(version)) as archive:
        names = [name for name in archive.namelist() if name.startswith("expected/")]
        expected = {Path(name).stem: json.loads(archive.read(name)) for name in names}
    answered = asyncio.run(answer_diff._answers(version, None))

    assert answered.keys() == expected.keys()
    for name, answer in answered.items():
        assert (name, answer.rows) == (name, _rows(expected[name]))


def _rows(results):
    if "boolean" in results:
        return [{"answer": term(str(results["boolean"]).lower())}]
    return results["results"]["bindings"]


def test_a_release_is_opened_with_its_own_queries():
    """``is-in`` was false of each example with the files of today, and is true with those of then."""
    query = local_queries(str(queries_file("0.2.0")))["is-in"]

    assert bool(gbagraph.open("0.2.0").run("is-in", **query.examples))


def test_data_of_an_option_are_asked_their_own_queries_not_those_of_the_folder(
    tmp_path, monkeypatch
):
    (tmp_path / "gbagraph.toml").write_text('data = ["0.2.0"]')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(project._Here, "settings", Settings())
    monkeypatch.setattr(publication._Current, "publication", publication.OWN)

    project.use_folder()
    project.publish([Path("0.2.0")])
    assert publication.current().queries == str(queries_file("0.2.0"))
    project.publish([Path("0.1.0")])
    assert publication.current().queries == str(queries_file("0.1.0"))
    project.publish([file_with(tmp_path / "other.ttl", "<urn:a> <urn:b> <urn:c> .")])
    assert publication.current().queries == ""
    namespaces.use_own()


@pytest.mark.processes
def test_the_changelog_counts_what_answers_otherwise_than_the_release_before():
    count = Counter(row.status for row in answer_diff.compare("0.3.0"))
    text = " ".join((ROOT / "CHANGELOG.md").read_text("utf-8").split())

    assert not count["gone"] + count["failed"]
    assert (
        f"Of the {count.total() - count['new']} canned queries of 0.3.0 that the data alone answer, "
        f"{count['same']} answer the same, {count['reshaped']} have other columns or parameters, and "
        f"{count['changed']} other rows; {count['new']} are new."
    ) in text
