"""The reference questions: what their files say, and the gold answers that are kept."""

import asyncio
import json
import re

import pyoxigraph as ox
import pytest
import yaml

import gold
from gbagraph.engine import Engine
from gbagraph.errors import QueryFileError, RequestError
from gbagraph.features.benchmark import formats
from gbagraph.features.benchmark.answers import read, table
from gbagraph.features.benchmark.graphs import Graphs
from gbagraph.features.benchmark.questions import (
    LANGUAGES,
    Question,
    declared,
    load,
    own,
    passage,
)
from gbagraph.features.benchmark.scoring import agree
from gbagraph.sparql.parsed import ParsedQuery

QUESTIONS = load(own())
QUESTION = {each.id: each for each in QUESTIONS}
KEPT = max(own().glob("gold/*.json"))
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


def test_an_answer_with_further_candidates_is_right_for_no_question():
    """Neither many guesses in one row, nor the right row with one more thing or value."""
    accepted = {name: list(map(table, each)) for name, each in GOLD.items()}
    cells = {
        cell for tables in accepted.values() for rows in tables for row in rows for cell in row
    }
    guesses = [[*sorted(cells)], [*range(301), "true", "false"], ["yes", "no"]]

    def right(name, rows):
        return any(agree(gold, table(rows), order=QUESTION[name].order) for gold in accepted[name])

    assert [name for name in GOLD for each in guesses if right(name, [each])] == []
    for name, (rows, *_) in accepted.items():
        assert right(name, rows)
        more = [[*row, row[0]] for row in rows]
        assert not right(name, more), name


def test_the_examples_of_the_datasheet_are_answers(tmp_path):
    text = (own() / "README.md").read_text()
    lines = tmp_path / "answers.jsonl"
    lines.write_text("\n".join(re.findall(r'^\{"id": .*$', text, re.MULTILINE)))

    assert len(read(lines, QUESTION)) == 3
    assert f"{sum(bool(q.trap) for q in QUESTIONS)} have a named trap" in " ".join(text.split())
    assert (
        f"{sum(not q.refuse and not q.passages for q in QUESTIONS)} that are answered name no passages"
        in " ".join(text.split())
    )


@pytest.mark.processes
def test_data_without_gold_are_refused():
    async def gold_of(question):
        async with Graphs(Engine(), (), own()) as graphs:
            return await graphs.gold([question])

    with pytest.raises(
        RequestError, match=r"no answer to 1 of the 1 questions.*such as x.*from 0.4.0"
    ):
        asyncio.run(gold_of(Question(**RIGHT | {"query": "SELECT * { id:none ?a ?b }"})))


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
