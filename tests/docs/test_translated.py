"""Pages of the manual in Chinese have the examples of the English ones, and as many sections."""

import re

import pytest

from support import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("zh-*/*.md"))
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_a_page_has_the_examples_and_the_sections_of_the_english_one(page):
    text, english = (path.read_text("utf-8") for path in (page, DOCS / page.name))

    assert BLOCK.findall(text) == BLOCK.findall(english)
    assert heads(text) == heads(english)
    assert text.count("\n| ") == english.count("\n| ")


def heads(text):
    return [len(head) for head in re.findall(r"^(#+) ", BLOCK.sub("", text), re.MULTILINE)]


def test_there_are_pages_for_a_first_reader_in_both_scripts():
    assert len(PAGES) == 10
