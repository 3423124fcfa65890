"""Sentences of errors in Chinese: found by their English text, and none is left over."""

import ast
import json
import re

import pytest

from gbagraph.errors import classes
from gbagraph.features.why import witnesses
from gbagraph.web import sentences
from support import ROOT

SAID = json.loads((ROOT / "src/gbagraph/web/locale/sentences/zh-Hans.json").read_text("utf-8"))


def texts():
    """The texts of all modules, with a sign for each value in them."""
    for path in (ROOT / "src" / "gbagraph").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield "".join(p.value if isinstance(p, ast.Constant) else "\0" for p in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def squeezed(text):
    return " ".join(text.split())


def errors():
    """What is said of the kinds of errors."""
    kinds = classes().values()
    return [error.__doc__ for error in kinds if error.__module__ == "gbagraph.errors"]


def test_what_is_said_of_each_kind_of_error_is_translated():
    parts = [squeezed(part) for text in errors()[1:] for part in text.split("\n\n")]

    assert [part for part in parts if not sentences.told(part, "zh-Hant")] == []


@pytest.mark.slow
def test_no_sentence_is_left_over():
    known = "\n".join(
        [*map(squeezed, errors()), *texts(), *filter(None, map(str, vars(witnesses).values()))]
    )
    keys = {key: re.split(r"\{\w+\}", key) for key in SAID}

    def is_known(parts):
        # An expression only where each part is there: it takes long to find that there is none.
        return all(part in known for part in parts) and (
            len(parts) == 1 or re.search(".+?".join(map(re.escape, parts)), known)
        )

    assert [key for key, parts in keys.items() if not is_known(parts)] == []


def test_values_of_a_sentence_stand_in_its_translation():
    for key, text in SAID.items():
        assert set(re.findall(r"\{(\w+)\}", text)) <= set(re.findall(r"\{(\w+)\}", key)), key


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            "The ontology has no term x. The ontology has no term y z.",
            "本体中没有术语 x。本体中没有术语 y z。",
        ),
        ("There is no such type of problem.", "没有这种问题类型。"),
        ("There is no such type of problem. Unheard of.", ""),
        ("There is no such type of problem. " * 60, ""),
    ],
)
def test_a_message_is_told_if_all_its_sentences_are_known(message, said):
    assert sentences.told(message, "zh-Hans") == said
    assert sentences.told(message, "en") == ""
