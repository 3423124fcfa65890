"""Answers of two versions compared: rows removed and added, what failed, and how it is told."""

import json

import pytest

from gbagraph.errors import QueryTimeout
from gbagraph.features.releases import answer_diff
from gbagraph.features.releases.answer_diff import Comparison
from gbagraph.queries.catalog import local_queries
from support import run


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
        "From 1 to 2, of 1 queries: 0 same, 0 changed, 1 failed.\n\n"
        "failed  q\n"
        "  2: It took too long.\n"
    )


def test_rows_that_are_alike_are_told_as_a_change():
    before = [row(zone="a", label="A", area="1"), row(zone="b", label="B", area="2")]
    after = [row(zone="a", label="A", area="3"), row(zone="c", label="C", area="4")]
    missing = compared([row(zone="a", label="A")], [row(zone="a", label="A", area="1")])

    assert answer_diff.text("1", "2", [compared(before, after)]).split("\n")[2:-1] == [
        "changed q: 2 rows removed, 2 added",
        '  ~ zone "a", label "A": area "1" → "3"',
        '  - zone "b", label "B", area "2"',
        '  + zone "c", label "C", area "4"',
    ]
    assert '~ zone "a", label "A": area nothing → "1"' in answer_diff.text("1", "2", [missing])


def test_many_rows_and_long_rows_are_cut_in_text_and_not_in_json():
    found = compared([], [row(x=str(number) * 1000) for number in range(9)])
    lines = answer_diff.text("1", "2", [found]).split("\n")
    content = json.loads(answer_diff.as_json("1", "2", [found]))

    assert lines[-2] == "  + and 4 more: --format json has all"
    assert len(lines) == len(["head", "", "query", *range(answer_diff._SHOWN), "more", ""])
    assert max(map(len, lines)) < 200
    assert content["queries"][0]["added"] == list(found.added)


@pytest.mark.processes
def test_each_canned_query_is_asked_of_both_in_the_order_of_names():
    done = run("diff", "--queries", "0.2.0", "--format", "json")
    found = json.loads(done.stdout)
    by_name = {entry["query"]: entry for entry in found["queries"]}
    same, changed = by_name["everything-in"], by_name["counts-by-class"]

    assert (done.returncode, found["before"], found["after"]) == (1, "0.2.0", "current")
    assert list(by_name) == list(local_queries())
    assert {entry["status"] for entry in found["queries"]} == {"same", "changed"}
    assert (same["status"], same["removed"], same["added"]) == ("same", [], [])
    assert {entry["class"]["type"] for entry in changed["removed"]} == {"uri"}
