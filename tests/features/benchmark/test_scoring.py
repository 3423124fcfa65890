"""Answers of systems, and their scores: over a graph of others, with questions of others."""

import json
import re

import pytest
from typer.testing import CliRunner

from gbagraph import publication
from gbagraph.cli import app
from gbagraph.errors import RequestError
from gbagraph.features.benchmark.answers import read, table
from gbagraph.features.benchmark.questions import Question
from gbagraph.features.benchmark.scoring import _is_right, agree
from support import file_with

EX = "https://example.org/"
DATA = f"""@prefix ex: <{EX}> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
ex:a ex:size 3 ; rdfs:label "A" ; ex:in ex:b . ex:b ex:size 4 . ex:page rdfs:label "Page" .
"""
COMPANION = f"<{EX}a> <{EX}visits> 7 . <{EX}c> <{EX}visits> 8 ."
QUESTIONS = """
- {id: sizes, kind: lookup, en: What has which size?, passages: ["ex:page: 1"],
   query: "SELECT ?it ?size { ?it ex:size ?size }"}
- {id: largest, kind: comparison, en: What is larger?, order: true,
   query: "SELECT ?it { ?it ex:size ?size } ORDER BY DESC(?size)"}
- {id: is-in, kind: path, trap: bound, because: An end., en: Is a in b?, zh-Hans: a在b里吗,
   query: "ASK { ex:a ex:in ex:b }", also: ["SELECT ?b { ex:a ex:in ?b }"]}
- {id: weight, kind: lookup, refuse: true, because: Nobody says., en: How heavy is a?}
- {id: visits, kind: federation, en: How often was what has a size visited?,
   query: "SELECT ?n { ?it ex:size ?s SERVICE <https://example.org/questions-benchmark/companion>
     { ?it ex:visits ?n } }"}
"""


def binding(**cells):
    return {name: {"type": "literal", "value": value} for name, value in cells.items()}


A, B = f"{EX}a", f"{EX}b"


@pytest.mark.parametrize(
    ("found", "order", "is_right"),
    [
        ([["ex:b", 4], ["ex:a", 3]], False, True),
        ([["ex:b", 4], ["ex:a", 3]], True, False),
        ([["ex:a", 3.0], ["ex:b", "4.00"]], True, True),
        ([{"n": "03", "x": "y", "it": A}, {"n": "4e0", "it": B}], False, True),
        ([['ex:a "A"', 3], ["<https://example.org/b>", 4]], False, True),
        ([[A, 3], [B, 4], [B, 4]], False, True),
        ([[A, 3], [A, 3], [B, 4]], True, True),
        ([[A, 3], [B, 4], [A, 3]], True, False),
        ([[A, '3 "4"'], [B, 4]], False, False),
        ([[A, 3, B], [B, 4, A]], False, False),
        ([[A, 3, 4], [B, 4, 3]], False, False),
        ([["A", 3, A], ["B", 4, B]], True, True),
        ([[A, 3, *"wxyz"], [B, 4, *"wxyz"]], True, False),
        ([[A, 4], [B, 3]], False, False),
        ([[A], [B]], False, False),
        ([], False, False),
        ({"head": {"vars": ["n", "it"]},
          "results": {"bindings": [binding(n="3", it=A), binding(n="4", it=B)]}}, False, True),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("known")
def test_rows_are_compared_by_value_in_the_columns_of_their_kinds(found, order, is_right):
    gold = table([[A, 3], [B, 4]])

    assert agree(gold, table(found), order=order) is is_right


@pytest.fixture
def known(monkeypatch):
    monkeypatch.setattr("gbagraph.rdf.namespaces._Names.prefixes", {"ex": EX})


@pytest.mark.parametrize(
    ("gold", "found", "is_right"),
    [
        ([(A, B)], [[A, B]], True),
        ([(A, B)], [[B, A]], False),
        ([(A, B)], [{"to": B, "from": A}], True),
        ([(A, B)], [{"to": A, "from": B}], False),
        ([(A, B)], [{"to": A, "from": B, "name": "A"}], False),
        ([("0440",)], [["0440"]], True),
        ([("440",)], [["0440"]], False),
        ([("true",)], [["Yes", "since A is in b"]], True),
        ([("true",)], [["yes", "no"]], False),
        ([(A,), (A,)], [[A]], False),
        ([], [], True),
        ([("true",)], {"head": {}, "boolean": True}, True),
        ([("true",)], [["false"]], False),
    ],
)
def test_things_keep_their_roles_codes_are_texts_and_a_boolean_is_itself(gold, found, is_right):
    assert agree(gold, table(found, ["from", "to"]), order=False) is is_right


@pytest.mark.parametrize(
    ("found", "right"),
    [
        ([[A, 3]], True),
        ([[A, 4]], False),
        ([[B, 3]], False),
        ([[A]], True),
        ([[3, "a label"]], True),
    ],
)
def test_no_gold_of_another_kind_that_is_answered_may_be_missed(found, right):
    accepted = [(table(gold), table(found)) for gold in ([[A]], [[3]])]

    assert _is_right(accepted, order=False) is right


ASKED = {name: Question(id=name, kind="lookup", en="What?", query="ASK {}") for name in "xyz"}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "truncated"),
        (b'{"id": "\xff"}', "utf-8"),
        (b'{"id": "x"}', "language"),
        (b'{"id": "x", "language": "en", "query": "ASK {}", "refused": true}', "or two"),
        (b'{"id": "none", "language": "en", "refused": true}', "no question 'none'"),
        (b'{"id": "x", "language": "fr", "refused": true}', "not asked in 'fr'"),
        (b'{"id": "y", "language": "en", "refused": true}', "a line before answers this"),
        (b'{"id": "x", "language": "en", "refused": true, "why": ""}', "unknown field `why`"),
        (b'{"id": "x", "language": "en", "rows": {"head": {}}}', "rows are no table"),
        (b'{"id": "x", "language": "en", "rows": [["a"], {"b": 1}]}', "rows are no table"),
        (b'{"id": "x", "language": "en", "rows": ' + b"[" * 5000, "line 3"),
    ],
)
def test_a_line_of_another_form_is_named(tmp_path, line, says):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": "y", "language": "en", "refused": true}\n\n' + line)

    with pytest.raises(RequestError, match=f"(?=a.jsonl, line 3: .*A line is).*{says}"):
        read(path, ASKED)
    path.write_text("\n")
    with pytest.raises(RequestError, match="has no answers"):
        read(path, ASKED)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("own")
    for name, text in {"data.ttl": DATA, "companion.ttl": COMPANION, "q.yaml": QUESTIONS}.items():
        file_with(found / name, text)
    return found


@pytest.fixture
def scored(folder, monkeypatch):
    """Score answers to the questions of the folder, whose base is known for this test alone."""
    monkeypatch.setenv("GBAGRAPH_BASE", EX)
    given = ("--questions", folder, "--data", folder / "data.ttl")

    def score(answers, *options):
        rows = (f"{json.dumps({'language': 'en'} | each)}\n" for each in answers)
        path = file_with(folder / "answers.jsonl", "".join(rows))
        done = CliRunner().invoke(app, ["benchmark", "score", *map(str, (path, *given, *options))])
        assert done.exit_code == 0, done.output
        return done.stdout

    yield score
    publication.use(publication.OWN)


@pytest.mark.processes
def test_each_answer_is_scored_with_its_reason(scored):
    answers = [
        {"id": "sizes", "query": "SELECT ?x ?more ?n { ?x ex:size ?n OPTIONAL { ?x rdfs:label ?more } }",
         "citations": ["ex:page: 1", "ex:page: 2", "ex:a", "http://[x", "no > IRI"]},
        {"id": "largest", "rows": [["A"]]},
        {"id": "is-in", "rows": [["ex:b"]]},
        {"id": "is-in", "language": "zh-Hans", "refused": True},
        {"id": "weight", "rows": [[5]]},
        {"id": "visits", "query": "PREFIX our: <https://example.org/questions-benchmark/>\n"
         "SELECT ?n { SERVICE # call\n our:companion { ex:a ex:visits ?n } }"},
    ]  # fmt: skip
    found = json.loads(scored(answers, "--json"))
    misses = {(each["id"], each["language"]): each for each in found["misses"]}

    assert (found["right"], found["of"]) == (3, 6)
    assert found["kinds"]["federation"] == {"right": 1, "of": 1}
    assert found["traps"] == {"bound": {"right": 1, "of": 2}}
    assert found["citations"] == {
        "cited": 4, "wanted": 1, "right": 1, "precision": 0.25, "recall": 1.0,
        "fabricated": ["ex:a", "ex:page: 2", "http://[x", "no > IRI"],
    }  # fmt: skip
    assert misses["largest", "en"]["outcome"] == "wrong"
    assert misses["largest", "en"]["why"] == [
        "columns of the answer: 1 of texts; asked for: 1 of things",
        "missing 2: ex:a; ex:b",
        "'A' is the label of ex:a: give the IRI or prefixed name",
    ]
    assert misses["is-in", "zh-Hans"]["outcome"] == "refused wrongly"
    assert misses["is-in", "zh-Hans"]["why"][0] == "asked for 1: true"
    assert misses["weight", "en"] == {
        "id": "weight", "language": "en", "outcome": "answered wrongly", "why": ["Nobody says."]
    }  # fmt: skip


@pytest.mark.processes
def test_two_runs_give_the_same_bytes_and_what_fails_says_why(scored):
    answers = [
        {"id": "sizes", "query": "SELECT ?x { ?x ex:size ?n"},
        {"id": "largest", "query": "SELECT ?it { ?it ex:sice ?size }"},
        {"id": "weight", "query": "SELECT ?it { ?it ex:weight ?any }"},
        {"id": "is-in", "error": "It was too late."},
    ]
    first, second = (scored(answers) for _ in range(2))

    assert first == second
    assert "4 of 5 answered, of which right: 0 of 4 (0%)\n2 empty, 2 failed, 1 unanswered" in first
    assert re.search("largest .*: empty\n  the answer has no rows\n.*sice", first)
    assert "It was too late." in first
    assert "not valid SPARQL" in first
