"""Every format has what writes it, and what it writes is of that format."""

import csv
import io
import json
from html.parser import HTMLParser

import pyoxigraph as ox
import pytest
from markdown_it import MarkdownIt

from gbagraph.rdf.formats import GRAPH
from gbagraph.rdf.result_formats import ALL

ROWS = [(ox.NamedNode("urn:a"), ox.Literal('b "c", d')), (None, ox.Literal("百度", language="zh"))]
NAMES = ["x", "y"]


def _lines(text, delimiter=","):
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))[1:]


def _engine(serializer):
    def parsed(body):
        return list(ox.parse_query_results(body, format=serializer))

    return parsed


def _html(text):
    rows = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _: rows.append(tag) if tag == "tr" else None
    parser.feed(text)
    return rows[1:]


PARSERS = {
    "srj": _engine(ox.QueryResultsFormat.JSON),
    "srx": _engine(ox.QueryResultsFormat.XML),
    "tsv": _engine(ox.QueryResultsFormat.TSV),
    "csv": lambda body: _lines(body.decode()),
    "csv-bom": lambda body: _lines(body.decode("utf-8-sig")),
    "records": json.loads,
    "ndjson": lambda body: list(map(json.loads, body.splitlines())),
    "md": lambda body: _html(MarkdownIt("commonmark").enable("table").render(body.decode())),
    "html-table": lambda body: _html(body.decode()),
}
"""A reader that gives the rows of each format, by its name."""


@pytest.mark.parametrize("offer", ALL["solutions"], ids=lambda offer: offer.media_type)
def test_rows_in_each_format_are_read_as_that_format(offer):
    assert len(PARSERS[offer.name](offer.written(NAMES, ROWS))) == len(ROWS)
    assert len(PARSERS[offer.name](offer.written(NAMES, []))) == 0
    assert len(PARSERS[offer.name](b"".join(offer.rows(NAMES, ROWS)))) == len(ROWS)


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
