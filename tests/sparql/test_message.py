"""Sentences of explanations: each template has a translation, and none is left over."""

import ast
import re

from gbagraph.sparql import message
from gbagraph.sparql.message import Message, catalogue, say
from support.sentences import english, half_width, templates, templates_in

WORDS = catalogue("zh-Hans")


def _values(text):
    return sorted(re.findall(r"%\((\w+)\)s", text))


def test_each_template_has_a_translation_and_none_is_left_over():
    places = templates()

    assert {text: places[text] for text in places.keys() - WORDS.keys()} == {}
    assert WORDS.keys() - places.keys() == set()
    assert list(WORDS) == sorted(WORDS)


def test_a_translation_has_the_same_values_and_is_chinese():
    for template, said in WORDS.items():
        assert _values(said) == _values(template)
        assert said != template
        assert english(said) + half_width(said) == [], template


def test_a_sentence_that_is_not_translated_is_seen():
    assert [each for each in WORDS if each.endswith(".") and not english(each)] == []


def test_templates_are_found_wherever_they_stand():
    source = """
TABLE = {1: "In a table."}
ROWS = (("code", "Of a row."), ("code", "Of another."))
say("Plain."), say("One." if x else "Two."), say(TABLE[x]), Row("form", "Of the slip.")
said = "Under a name."
said = said if x else "Or under it."
say(said)
"""
    looped = f"{source}for code, template in ROWS: say(template)"
    plain = {
        "Plain.",
        "One.",
        "Two.",
        "In a table.",
        "Of the slip.",
        "Under a name.",
        "Or under it.",
    }

    assert set(templates_in(ast.parse(source))) == plain
    assert set(templates_in(ast.parse(looped))) >= plain | {"Of a row.", "Of another."}


def test_sentences_are_joined_as_the_language_does(monkeypatch):
    words = {"One.": "一。", "Two: %(names)s.": "二为%(names)s。", "three": "三"}
    monkeypatch.setattr(message, "catalogue", lambda language: words if language == "zh" else {})
    told = say("One.") + say("Two: %(names)s.", names=("a", say("three")))

    assert str(told) == told.text("fr") == "One. Two: a, three."
    assert told.text("zh") == "一。二为a、三。"
    assert Message().joined([told, told]).text("zh") == "一。二为a、三。" * 2
