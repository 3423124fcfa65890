"""The reference questions: what their files say, and the gold answers that are kept."""

import asyncio
import json
import re

import pyoxigraph as ox
import pytest
import yaml

import gold
from gbagraph.errors import QueryFileError
from gbagraph.features.benchmark import formats
from gbagraph.features.benchmark.questions import (
    LANGUAGES,
    declared,
    load,
    own,
    passage,
)
from gbagraph.sparql.parsed import ParsedQuery

QUESTIONS = load(own())
(KEPT,) = own().glob("gold/*-dev.json")
GOLD = json.loads(KEPT.read_text())["answers"]
RIGHT = {"id": "x", "kind": "lookup", "en": "What?", "query": "ASK {}"}


def test_there_are_as_many_as_are_promised_in_each_language():
    refused, trapped = ([q for q in QUESTIONS if getattr(q, name)] for name in ("refuse", "trap"))

    assert len(QUESTIONS) >= 300
    assert len(refused) >= 0.2 * len(QUESTIONS) <= len(trapped)
    assert [each.id for each in QUESTIONS if tuple(each.texts) != LANGUAGES] == []


def test_each_rests_on_passages_that_there_are(graph):
    kinds = "VALUES ?kind { gba:Paragraph gba:Section }"
    known = graph.query(declared(f"SELECT ?it {{ {kinds} ?it a ?kind }}")).column("it")
    named = {passage(each) for question in QUESTIONS for each in question.passages}

    assert named - set(known) == set()


@pytest.mark.processes
def test_the_gold_answers_are_those_of_the_data():
    """Else: python scripts/gold.py."""
    version, text = asyncio.run(gold.gold())

    assert (KEPT.stem, KEPT.read_text()) == (version, text)


def test_only_prefixes_that_are_used_are_declared():
    text = 'SELECT * { ?a rdfs:label "gba:x"@en . FILTER (?a != id:y) }'

    assert re.findall(r"PREFIX (\w+):", declared(text)) == ["rdfs", "id"]
    assert declared(declared(text)) == declared(text)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kind": "riddle"}, "Invalid enum value 'riddle'.*kind \\(lookup, path"),
        ({"refuse": True}, "either a query or refuse: true"),
        ({"trap": "bound"}, "say why, with because"),
        ({"en": ""}, "give en, zh-Hans or zh-Hant"),
        ({"query": "ASK { ?a gba:b|gba:c }"}, "query is not right: .*not valid SPARQL"),
        ({"order": "yes"}, "Expected `bool`, got `str`"),
        ({"answer": 3}, "unknown field `answer`"),
        ({"passages": ["a b"]}, "knowledge-city-3: 2"),
    ],
)
def test_an_entry_with_a_fault_is_named_with_what_would_be_right(tmp_path, change, says):
    path = tmp_path / "some.yaml"
    path.write_text(yaml.safe_dump([{**RIGHT, "id": "first"}, RIGHT | change]))

    with pytest.raises(QueryFileError, match=f"some.yaml, entry x: .*{says}"):
        load(tmp_path)


def test_an_id_stands_once_and_a_folder_without_questions_is_none(tmp_path):
    with pytest.raises(QueryFileError, match="has no questions"):
        load(tmp_path)
    (tmp_path / "some.yaml").write_text(yaml.safe_dump([RIGHT, RIGHT]))
    with pytest.raises(QueryFileError, match="another question with this id"):
        load(tmp_path)


def test_the_formats_have_each_question_that_has_a_query():
    asked = {each.id: each for each in QUESTIONS if each.queries}
    written = {name: form.write(QUESTIONS, GOLD) for name, form in formats.FORMATS.items()}
    rows = yaml.load(written["text2sparql"], yaml.CSafeLoader)["questions"]
    qald = {each["id"]: each for each in json.loads(written["qald"])["questions"]}

    assert {each["name"]: each["question"] for each in rows} == {
        n: q.texts for n, q in asked.items()
    }
    assert len({each["id"] for each in rows}) == len(rows)
    assert {name: each["answers"] for name, each in qald.items()} == {n: GOLD[n][:1] for n in asked}
    assert len(json.loads(written["json"])["questions"]) == len(QUESTIONS)


def test_the_examples_fit_the_shape_that_they_are_checked_by():
    """As the SIB's tools check them: one query, a comment in each language, a target."""
    store = ox.Store()
    store.load(formats.examples(QUESTIONS, GOLD).encode(), format=ox.RdfFormat.TURTLE)
    found = store.query(
        declared("""SELECT ?text (COUNT(DISTINCT ?said) AS ?n) {
          ?it a sh:SPARQLExecutable ; sh:select|sh:ask ?text ; schema:target ?any ; rdfs:comment ?said
        } GROUP BY ?it ?text""")
    )
    rows = {row["text"].value: row["n"].value for row in found}

    assert rows == {each.queries[0]: "3" for each in QUESTIONS if each.queries}
    for text in rows:
        ParsedQuery(text).require_valid()
