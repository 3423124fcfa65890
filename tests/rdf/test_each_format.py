"""Every format has what writes it, and what it writes is of that format; a new one is a single row."""

import csv
import io
import json
import os
import shutil
import sys
from html.parser import HTMLParser

import pyoxigraph as ox
import pytest
from markdown_it import MarkdownIt

from gbagraph.rdf.formats import GRAPH, AskFormat, RowsFormat
from gbagraph.rdf.result_formats import ALL
from support import ROOT, processes

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


def test_a_format_lacking_a_part_cannot_be_made():
    whole = {
        "boolean": bytes,
        "empty": None,
        "link": None,
        "rows": None,
        "takes_labels": False,
    }
    RowsFormat("text/x", "x", "X", **whole)
    for name in whole:
        parts = {key: value for key, value in whole.items() if key != name}
        with pytest.raises(TypeError, match=name):
            RowsFormat("text/x", "x", "X", **parts)
    with pytest.raises(TypeError):
        AskFormat("text/x", "x", "X")


ONE_ROW = r"""
def _shout(names, rows):
    yield b"! " + " ".join(names).encode() + b"\n"
    for row in rows:
        yield b"! " + " ".join(term.value for term in row).encode() + b"\n"


_LOUD: Final = RowsFormat(
    "text/x-loud",
    "loud",
    "loud lines",
    boolean=lambda value: b"! %d\n" % value,
    empty=re.compile(rb"\A[^\n]*\n\Z"),
    link=_no_place,
    rows=_shout,
    takes_labels=True,
)
SOLUTIONS: Final = ("""
END = '''
)
"""The formats of rows,'''
IN_PYTHON = """
import gbagraph, httpx
from support import RunningServer
query = 'SELECT ?x ?y { VALUES (?x ?y) { (1 "two") } }'
with gbagraph.open() as graph:
    print(graph.select(query).serialize(format="loud"))
    print(graph.ask("ASK {}").serialize(format="text/x-loud"))
with RunningServer() as server:
    for headers, more in (({"Accept": "text/x-loud"}, {}), ({}, {"format": "loud"})):
        params = {"query": query, **more}
        found = server.client.get("/sparql", params=params, headers=headers)
        print(found.headers["content-type"], found.content)
"""


@pytest.mark.processes
def test_a_new_format_is_one_row_for_the_command_line_python_and_http(tmp_path):
    shutil.copytree(ROOT / "src", tmp_path / "src")
    for name in ("data", "docs", "ontology", "queries"):
        (tmp_path / name).symlink_to(ROOT / name)
    file = tmp_path / "src" / "gbagraph" / "rdf" / "result_formats.py"
    text = file.read_text()
    assert (text.count("SOLUTIONS: Final = ("), text.count(END)) == (1, 1)
    changed = text.replace("SOLUTIONS: Final = (", ONE_ROW).replace(END, f"\n    _LOUD,{END}")
    file.write_text(changed)
    path = os.pathsep.join([str(tmp_path / "src"), *filter(None, sys.path)])
    environment = {**os.environ, "PYTHONPATH": path}

    def python(*arguments):
        command = [sys.executable, *arguments]
        done = processes.run(command, env=environment, capture_output=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()

    query = 'SELECT ?x ?y { VALUES (?x ?y) { (1 "two") } }'
    assert python("-m", "gbagraph", "query", query, "--format", "loud") == "! x y\n! 1 two\n"
    assert python("-c", IN_PYTHON).splitlines() == [
        "b'! x y\\n! 1 two\\n'",
        "b'! 1\\n'",
        *["text/x-loud; charset=utf-8 b'! x y\\n! 1 two\\n'"] * 2,
    ]
