"""Answers of two versions compared: rows removed and added, what failed, and how it is told."""

import asyncio
import json
import zipfile
from collections import Counter
from pathlib import Path

import pytest

import gbagraph
from gbagraph import publication
from gbagraph.cli import project
from gbagraph.dataset.identity import queries_file
from gbagraph.errors import QueryTimeout
from gbagraph.features.releases import answer_diff
from gbagraph.features.releases.answer_diff import Comparison
from gbagraph.queries.catalog import local_queries
from gbagraph.rdf import namespaces
from gbagraph.settings import Settings
from support import ROOT, file_with, run
from support.serving import RunningServer


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


@pytest.mark.processes
def test_a_release_is_asked_its_own_queries():
    done = run("diff", "--queries", "0.1.0", "0.2.0", "--format", "json")
    found = json.loads(done.stdout)
    by_name = {entry["query"]: entry for entry in found["queries"]}
    same, new = by_name["bay-area-cities"], by_name["assessments"]

    assert (done.returncode, found["before"], found["after"]) == (1, "0.1.0", "0.2.0")
    assert list(by_name) == sorted(local_queries(str(queries_file("0.2.0"))))
    assert (same["status"], new["status"]) == ("same", "new")
    assert not {"failed", "gone"} & {entry["status"] for entry in found["queries"]}


@pytest.mark.processes
def test_columns_and_parameters_are_told_before_rows():
    done = run("diff", "--queries", "0.2.0", "0.3.0")
    lines = done.stdout.split("\n")
    reshaped = next(line for line in lines if line.startswith("reshaped"))

    assert ": columns " in reshaped or ": parameters " in reshaped
    assert "What tests that assert these answers must change:" in lines
    assert [line for line in lines if line.startswith("  ") and "expect the column" in line]


@pytest.mark.processes
def test_both_are_asked_the_queries_of_a_folder_on_wish(tmp_path):
    (tmp_path / "zones.rq").write_text(
        "PREFIX gba: <https://w3id.org/gbagraph/ontology#>\nASK { ?z a gba:Zone }\n"
    )
    done = run("diff", "0.1.0", "--queries-from", tmp_path)

    assert (done.returncode, done.stdout.split("\n")[0]) == (
        0,
        "From 0.1.0 to current, of 1 query: 1 same.",
    )


@pytest.mark.processes
@pytest.mark.parametrize("version", ["0.1.0", "0.2.0", "0.3.0"])
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
def test_a_server_of_a_release_has_its_own_queries():
    with RunningServer("--data", "0.2.0") as server:
        listed = server.client.get("/queries", headers={"Accept": "application/json"}).json()
        answer = server.client.get("/queries/is-in", headers={"Accept": "application/json"}).json()
        page = server.client.get("/queries/is-in", headers={"Accept": "text/html"})

    names = [row["name"] for row in listed["queries"]]
    assert names == list(local_queries(str(queries_file("0.2.0"))))
    assert answer["boolean"] is True
    assert page.status_code == 200


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
