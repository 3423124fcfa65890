"""Texts in traditional characters are those in simplified ones, by scripts/traditional.py."""

import json
import re

import pytest

import traditional


def shape(value):
    """The keys of a mapping and of those in it, and the values that texts have room for."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    return sorted(re.findall(r"%\(\w+\)s|\{\w+\}", value))


@pytest.mark.parametrize("path", traditional.simplified(), ids=lambda path: path.parent.name)
def test_texts_in_traditional_characters_are_up_to_date(path):
    texts = json.loads(path.read_text("utf-8"))
    derived = json.loads(traditional.traditional(path).read_text("utf-8"))

    assert shape(derived) == shape(texts), "run scripts/traditional.py"
    try:
        convert = traditional.converter()
    except ImportError:
        return
    assert derived == traditional.derived(texts, convert), "run scripts/traditional.py"


def test_pages_in_traditional_characters_are_up_to_date():
    pytest.importorskip("opencc")

    stale = [
        path
        for path, text in traditional.pages(traditional.converter())
        if path.read_text("utf-8") != text
    ]

    assert stale == [], "run scripts/traditional.py"
