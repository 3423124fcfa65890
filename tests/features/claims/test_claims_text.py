"""A text as passages and sentences: plain, Markdown, HTML; English and Chinese."""
# ruff: noqa: RUF001  it has the marks of Chinese

import pytest

from gbagraph.errors import BadParameter
from gbagraph.features.claims import text
from gbagraph.features.claims.model import Words
from gbagraph.features.claims.text import FromText, numbered, passages_of
from gbagraph.features.verify import texts as source
from gbagraph.features.verify.selectors import sentence, sha256
from gbagraph.features.verify.texts import Passage

MARKDOWN = """\
---
title: Not of the text
---
The mill
========

It *opened* in 1931. It has
“nine” wheels.

- the first wheel
- the second

| wheel | tons |
| --- | --- |
| old | 3 |
"""
HTML = """\
<head><title>Not of the text</title><style>p { color: red }</style>
<body><header>Name of the paper<nav><ul><li>Menu</ul></nav></header>
<h2>The <em>mill</em></h2><div>It opened&nbsp;in 1931.<p>It has<br>nine wheels<aside>Not this</aside>
<table><tr><td>old<td><p>3</p><tr><th>new</th><td>4</td></tr></table>
<ul><li>first<li>second</ul><script>let x = "</p>"</script><footer>Nor this</footer>
"""


def told(passages):
    return [(each.name, each.text) for each in passages]


def test_markdown_has_headings_paragraphs_items_and_rows():
    assert told(passages_of(MARKDOWN, ".md")) == [
        ("h1", "The mill"),
        ("p1", 'It opened in 1931. It has "nine" wheels.'),
        ("p2", "the first wheel"),
        ("p3", "the second"),
        ("p4", "wheel tons"),
        ("p5", "old 3"),
    ]


def test_html_is_read_without_what_stands_around_its_text_also_where_ends_are_left_out():
    passages = passages_of(HTML, ".html")

    assert [each.text for each in passages] == [
        *("The mill", "It opened in 1931.", "It has nine wheels"),
        *("old 3", "new 4", "first", "second"),
    ]
    assert [each.level for each in passages] == [2, *[0] * 6]


@pytest.mark.parametrize(
    ("written", "passages"),
    [
        ("<div role=dialog>Cookies?<br><p>Yes</div><p>It opened.", ["It opened."]),
        ("<div role=region aria-label='Your cookies'>No</div>It opened.", ["It opened."]),
        ("<body class=has-breadcrumb><p class='a breadcrumb'>No<p>It opened.", ["It opened."]),
        ("<ol aria-label=Breadcrumbs><li>Home<li>News</ol><p>It opened.", ["It opened."]),
        ("<p hidden>Not<p>It<ul><li aria-hidden=true>No<li>opened.</ul>", ["It", "opened."]),
        (
            "<div style='display: none'><input hidden>No</div><input hidden>It opened.",
            ["It opened."],
        ),
        ("<p>Share<main><header><h1>Mill</h1></header>It<nav>No</nav></main>Or", ["Mill", "It"]),
        ("<header>No</header><main></main><p>It opened.", ["It opened."]),
        ("<b></i>" * 5_000 + "<article><nav>No</article>It", ["It"]),
    ],
)
def test_what_stands_around_the_text_of_a_page_is_left_out(written, passages):
    assert [each.text for each in passages_of(written, ".html")] == passages


@pytest.mark.parametrize(
    ("written", "passages"),
    [
        ("One\nline.\n\nTwo.\n \n\n\tThree.", ["One line.", "Two.", "Three."]),
        ("\u3000\u3000一。\n\u3000\u3000二。\n\n三。", ["一。", "二。", "三。"]),
        ("A line\r\neach\ris one", ["A line", "each", "is one"]),
        ("\u2022 \u00ad", []),
    ],
)
def test_plain_text_is_parted_by_blank_lines_indents_or_else_by_lines(written, passages):
    assert [each.text for each in passages_of(written)] == passages


@pytest.mark.parametrize(
    ("passage", "sentences"),
    [
        (
            "It rose by 3.5 m. 9 left! \u2018No.\u2019 Why?",
            ["It rose by 3.5 m.", "9 left!", "'No.' Why?"],
        ),
        (
            "他说：“好。”走了！真的？？（是的。）“再见。”他答。",
            ['他说："好。"', "走了！", "真的？？", "（是的。）", '"再见。"', "他答。"],
        ),
        ("停。“好。”「行。」 OK。", ["停。", '"好。"', "「行。」", "OK。"]),
    ],
)
def test_sentences_end_in_english_and_chinese(passage, sentences):
    (found,) = passages_of(passage)

    assert list(found.sentences()) == sentences
    for number, (start, end) in enumerate(found.bounds(), start=1):
        assert {sentence(found.text, place) for place in range(start, end)} == {number}


@pytest.mark.parametrize("text", ["No end " * 50_000, "“一。”" * 20_000])
def test_a_huge_paragraph_is_one_and_is_soon_read(text):
    (found,) = passages_of(text)
    assert len(found.bounds()) in (1, 20_000)


def test_words_are_selected_verbatim_by_sentence_or_by_place():
    passages = FromText([Passage("p1", "The mill opened. It has nine wheels.")], "x:")
    whole = passages.select("x:p1", Words(sentence=2))

    assert whole == passages.select("x:p1", Words("It  has nine wheels."))
    assert whole == passages.select("x:p1", Words(start=17, end=36))
    assert (whole.sha256, whole.sentence) == (sha256("It has nine wheels."), 2)
    twice = FromText([Passage("p1", "The mill. The mill has wheels.")], "x:")
    assert twice.select("x:p1", Words("mill", sentence=2))[:2] == (14, 18)
    for words, said in (
        (Words("mill", sentence=2), "0 times"),
        (Words(sentence=3), "sentences 1 to 2"),
        (Words(start=30, end=37), "0 to 36"),
        (Words("nin"), "0 times"),
    ):
        with pytest.raises(BadParameter, match=said):
            passages.select("x:p1", words)
    changed = FromText([Passage("p1", "The mill closed. It has eight wheels.")], "x:")
    with pytest.raises(BadParameter, match="other words in x:p1 from 17 to 36"):
        changed.words("x:p1", whole)
    with pytest.raises(BadParameter, match="no passage x:p2"):
        passages.select("x:p2", Words("mill"))


def test_a_paragraph_that_stands_twice_is_told(tmp_path):
    file = tmp_path / "mill.txt"
    file.write_bytes(b"\xef\xbb\xbfIt stands.\n\nIt stands.\n")

    assert [line for line in numbered(text.read(file)).splitlines() if "same" in line] == [
        f"p2: 10 characters, SHA-256 {sha256('It stands.')}, the same text as p1"
    ]


def test_verify_reads_a_text_without_its_markup(tmp_path):
    file = tmp_path / "mill.md"
    file.write_text("# Mill\n\nIt [opened](https://example.org) in *1931*.", encoding="utf-8")

    assert source.read(file) == "Mill\nIt opened in 1931."
