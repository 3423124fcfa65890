"""What is written in each format is of that format, as the readers of others find."""

import csv
import io
import json
import re
from html.parser import HTMLParser

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gbagraph.rdf.formats import GRAPH
from gbagraph.rdf.namespaces import expand
from gbagraph.rdf.result_formats import ALL
from gbagraph.sparql.negotiation import by_name

NAMES = ["thing", "label", "n"]
ROWS = [
    (
        ox.NamedNode(expand("id:baidu")),
        ox.Literal("百度", language="zh-hans"),
        ox.Literal("3", datatype=ox.NamedNode(expand("xsd:integer"))),
    ),
    (ox.NamedNode("javascript:alert(1)"), ox.Literal('a|b "c"\n<d> & _e_'), None),
]
OWN = [offer for offer in ALL["solutions"] if offer.engine is None]


def written(name, rows=ROWS, names=NAMES):
    return b"".join(by_name(name, ALL["solutions"]).rows(names, rows)).decode()


class Html(HTMLParser):
    """The cells of a table, and where its links go."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.links, self.languages = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        elif tag == "a":
            self.links.append(dict(attributes)["href"])
        self.languages += [value for name, value in attributes if name == "lang"]

    def handle_data(self, data):
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.rstrip("\n") if data.strip() == "" else data


def test_records_are_objects_with_native_values():
    assert json.loads(written("records")) == [
        {"thing": expand("id:baidu"), "label": "百度", "n": 3},
        {"thing": "javascript:alert(1)", "label": 'a|b "c"\n<d> & _e_', "n": None},
    ]


def test_ndjson_has_one_record_a_line():
    assert list(map(json.loads, written("ndjson").splitlines())) == json.loads(written("records"))
    assert written("ndjson").endswith("\n")


def test_csv_with_a_byte_order_mark_is_csv_after_one():
    assert written("csv-bom") == "\ufeff" + written("csv")
    assert list(csv.reader(io.StringIO(written("csv")))) == [
        NAMES,
        [expand("id:baidu"), "百度", "3"],
        ["javascript:alert(1)", 'a|b "c"\n<d> & _e_', ""],
    ]


def test_csv_for_spreadsheets_has_numbers_and_no_formulas():
    texts = ["=1+1", "+86 20", "-5", "+1.5e-3", "-1+2", "@x", "\tx", "\rx", "\uff1d1", "a=1", ""]
    unseen = " \x00\v\x7f\xa0\xad\u200b\u2028\u202e\u3000\ufeff"
    texts += (
        [f"{each}=1" for each in unseen]
        + [f"{unseen}{each}1" for each in "=\ufe66\ufe62\ufe63\ufe6b\uff0b\u2212"]
        + [" a", "\u22125"]
    )
    rows = [[ox.Literal(text)] for text in texts]
    found = [row[0] for row in PARSERS["csv"](written("csv-spreadsheet", rows, ["x"]).encode())]

    numbers = {"-5", "\u22125", "+1.5e-3", "a=1", " a", ""}
    assert found == [text if text in numbers else f"'{text}" for text in texts]
    assert PARSERS["csv"](written("csv", rows, ["x"]).encode()) == [[text] for text in texts]


def test_html_has_no_character_that_it_must_not_have():
    text = "".join(map(chr, [*range(32), 0x7F, 0x85, 0x9B, 0xFDD0, 0xFFFE, 0xFFFF, 0x10FFFF, 0x41]))
    shown = written("html-table", [[ox.Literal(text)]], ["x"])

    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0\ufffe\uffff\U0010ffff]", shown)
    assert shown.count("\N{REPLACEMENT CHARACTER}") == len(text) - 4  # tab, line ends, the letter


def test_html_links_what_is_on_the_web_and_names_languages():
    found = Html(written("html-table"))

    assert found.rows == [
        NAMES,
        ["id:baidu", "百度", "3"],
        ["javascript:alert(1)", 'a|b "c"\n<d> & _e_', ""],
    ]
    assert found.links == [expand("id:baidu")]
    assert found.languages == ["zh-hans"]


def rendered(text):
    """A Markdown table as a foreign program makes HTML of it."""
    return Html(MarkdownIt("commonmark").enable("table").render(text))


def test_a_markdown_table_reads_the_same_when_it_is_rendered():
    found = rendered(written("markdown"))

    assert found.rows[0] == NAMES
    assert found.rows[1] == ["id:baidu", "百度", "3"]
    assert found.rows[2][0] == "javascript:alert(1)"
    assert found.links == [expand("id:baidu")]


texts = st.text(
    st.characters(
        codec="utf-8", categories=("L", "N", "P", "S", "Zs"), include_characters="\n|\\`*_<&"
    ),
    max_size=20,
)


@given(st.lists(st.tuples(texts, texts), max_size=4))
def test_any_text_survives_the_way_through_json_csv_and_html(pairs):
    rows = [tuple(map(ox.Literal, pair)) for pair in pairs]
    names = ["a", "b"]

    assert [tuple(r.values()) for r in json.loads(written("records", rows, names))] == pairs
    read = list(csv.reader(io.StringIO(written("csv", rows, names), newline="")))
    assert [tuple(row) for row in read[1:]] == pairs
    assert len(Html(written("html-table", rows, names)).rows) == len(pairs) + 1


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=4))
def test_no_text_breaks_a_markdown_table_or_becomes_markup(pairs):
    rows = [tuple(map(ox.Literal, pair)) for pair in pairs]
    found = rendered(written("markdown", rows, ["a", "b"]))

    assert [len(row) for row in found.rows] == [2] * (len(pairs) + 1)
    assert found.links == []
    if not any("\n" in cell for pair in pairs for cell in pair):
        shown = [tuple(" ".join(cell.split()) for cell in row) for row in found.rows[1:]]
        assert shown == [tuple(" ".join(cell.split()) for cell in pair) for pair in pairs]


def test_a_link_in_markdown_keeps_its_brackets():
    found = rendered(written("markdown", [(ox.NamedNode("https://example.org/a_(b)"),)], ["x"]))

    assert found.links == ["https://example.org/a_%28b%29"]
    assert found.rows[1] == ["https://example.org/a_(b)"]


def by_engine(serializer):
    return lambda body: list(ox.parse_query_results(body, format=serializer))


PARSERS = {
    "srj": by_engine(ox.QueryResultsFormat.JSON),
    "srx": by_engine(ox.QueryResultsFormat.XML),
    "tsv": by_engine(ox.QueryResultsFormat.TSV),
    "csv": lambda body: list(csv.reader(io.StringIO(body.decode(), newline="")))[1:],
    "csv-bom": lambda body: list(csv.reader(io.StringIO(body.decode(), newline="")))[1:],
    "csv-spreadsheet": lambda body: list(csv.reader(io.StringIO(body.decode(), newline="")))[1:],
    "records": json.loads,
    "ndjson": lambda body: list(map(json.loads, body.splitlines())),
    "md": lambda body: rendered(body.decode()).rows[1:],
    "html-table": lambda body: Html(body.decode()).rows[1:],
}
"""A reader that gives the rows of each format, by its name."""


@pytest.mark.parametrize("offer", ALL["solutions"], ids=lambda offer: offer.media_type)
@pytest.mark.parametrize("rows", [[], [(None, None, None)], ROWS], ids=len)
def test_rows_in_each_format_are_read_as_that_format(offer, rows):
    body = b"".join(offer.rows(NAMES, rows))

    assert len(PARSERS[offer.name](body)) == len(rows)
    assert len(PARSERS[offer.name](offer.written(NAMES, rows))) == len(rows)
    assert offer.has_no_rows(body) == (not rows)


@pytest.mark.parametrize("offer", ALL["boolean"], ids=lambda offer: offer.media_type)
@pytest.mark.parametrize("value", [True, False])
def test_a_boolean_in_each_format_is_its_word(offer, value):
    body = offer.boolean(value)

    assert ("true" if value else "false") in body.decode()
    assert offer.has_no_rows(body) is not value


@pytest.mark.parametrize("offer", GRAPH, ids=lambda offer: offer.media_type)
def test_triples_in_each_format_are_read_as_that_format(offer):
    triple = ox.Triple(ox.NamedNode("urn:a"), ox.NamedNode("urn:b"), ox.Literal("c"))
    body = ox.serialize([triple], format=offer.rdf_format)

    assert [quad.triple for quad in ox.parse(body, format=offer.rdf_format)] == [triple]
    assert not offer.has_no_rows(body)


@pytest.mark.parametrize("offer", OWN, ids=lambda offer: offer.media_type)
def test_rows_are_written_as_they_come(offer):
    """The first part is there when only the first row has been asked for."""
    asked = []

    def rows():
        for number, row in enumerate(ROWS):
            asked.append(number)
            yield row

    parts = offer.rows(NAMES, rows())
    while not asked:
        next(parts)

    assert asked == [0]
