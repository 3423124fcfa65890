"""Canned queries are found by a question in words, in any language in which they are told."""

import pytest

from gbagraph.names.finding import find_queries
from gbagraph.queries.catalog import all_queries
from support import file_with


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Where will Xiaomi have its headquarters?", "headquarters-plans"),
        ("How large is the Knowledge City?", "zones-by-area"),
        ("Which partners cooperate with the blockchain zone?", "cooperation-partners"),
        ("targets due by 2025", "targets-by-year"),
        ("When was the AI zone launched?", "milestones"),
        ("小米的总部将设在哪里", "headquarters-plans"),
        ("區塊鏈園區有哪些合作夥伴", "cooperation-partners"),
        ("从市中心开车过去要多长时间", "quantities"),
        ("第三段说了什么", "facts-of-paragraph"),
    ],
)
def test_a_question_finds_the_query_that_answers_it(text, name):
    found = find_queries(text)

    assert found[0].query.name == name
    assert found[0].score > found[1].score


def test_the_question_of_a_query_finds_that_query():
    missed = [
        name
        for name, query in all_queries().items()
        if name not in [each.query.name for each in find_queries(query.summary, 1)]
    ]

    assert missed == []


def test_words_of_no_query_find_none_and_so_many_are_given_as_are_asked_for():
    assert find_queries("xyzzy") == find_queries("") == []
    assert len(find_queries("zones", 3)) == 3


def test_a_translation_that_has_no_question_takes_no_part(tmp_path):
    file_with(tmp_path / "zones.rq", "# Which zones are there?\nSELECT ?x { ?x a ?kind }\n")
    (tmp_path / "texts").mkdir()
    said = '{"queries": {"zones": {"description": "所有园区。"}}}'
    file_with(tmp_path / "texts/zh-Hans.json", said)

    assert [each.query.name for each in find_queries("zones", folder=str(tmp_path))] == ["zones"]
