"""What grows with the input takes a time that grows no faster, up to the longest that a server reads."""

import contextlib
import time
from itertools import product

import pytest

from gbagraph.endpoint import response
from gbagraph.settings import MAX_FIELDS
from gbagraph.sparql import negotiation, tokens
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.slips import slip
from gbagraph.web import context
from support import ROOT
from support.installed import needs
from support.node import evaluated

pytestmark = pytest.mark.alone

_SIGNS = [*"=,;:.-+*/%&?$@#!|^~<>(){}[]\"'\\_ \t\na0", "q=", "a=", "é"]
HEADERS = {
    "Accept": lambda value: negotiation.preferred(value, negotiation.EVERYTHING),
    "Accept-Encoding": response.choose,
    "Accept-Language": negotiation.preferred_languages,
    "Cookie": context._chosen,
    "If-None-Match": lambda value: response.none_match(value, '"x"'),
    "If-Modified-Since": lambda value: response.not_modified_since(value, 0.0),
}
BEGINNINGS = {
    "Accept": "text/csv",
    "Cookie": "language=en; a",
    "Accept-Language": "en;q=",
    "If-Modified-Since": "Wed, 21 Oct 2015 07:28:00 GMT",
}


def seconds(read, value):
    """How long the processor takes to read or refuse a value: which of both does not matter here."""
    started = time.thread_time()
    with contextlib.suppress(Exception):
        read(value)
    return time.thread_time() - started


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_of_the_largest_size_is_read_in_an_instant(name):
    """On the event loop, where nobody else is answered meanwhile."""
    longest = 0.0
    for one, other in product(_SIGNS, ["", ";", "=", '"']):
        repeated = (one + other) * (MAX_FIELDS // len(one + other))
        for end in ("", '"b"', "\xe9"):
            value = BEGINNINGS.get(name, "") + repeated + end
            longest = max(longest, seconds(HEADERS[name], value))
    assert longest < 0.2


QUERIES = {
    "tokens": lambda query: list(tokens.tokens(query)),
    "IRIs": lambda query: ParsedQuery(query).iris,
    "FROM": lambda query: ParsedQuery(query).dataset,
    "comments": tokens.without_comments,
    "normalize": lambda query: ParsedQuery(query).normalized,
    "code points": lambda query: ParsedQuery(query).without_code_points,
    "silenced": lambda query: ParsedQuery(query).silenced,
    "lost rows": lambda query: ParsedQuery(query).may_lose_rows,
    "services": lambda query: list(ParsedQuery(query).service_calls()),
    "nesting": lambda query: tokens.nesting(tokens.words(query)),
    "slips": slip,
}
_PIECES = (
    *("SELECT ", "SERVICE ", "SERVICE SILENT <x> { ", "SERVICE ?a { }", "PREFIX a: ", "BASE <a> "),
    *('""^^gYear', "COUNT(", "SUM(1) ", "FROM <", "FROM NAMED a:", "a:%41", "_:a.", "{?a ?b ?c . "),
    *(
        "SELECT ?a (?b as ?c) ",
        "<a",
        "<\\u0041",
        '"',
        "'",
        '"""',
        "(*",
        "^&",
        "]",
        ":>",
        "?a ",
    ),
)


@pytest.mark.parametrize("name", QUERIES)
def test_a_long_query_takes_a_time_in_proportion(name):
    """Sixteen times as long, and not the square of it, beyond what is too short to measure."""
    read = QUERIES[name]
    for piece in _PIECES:
        short, long = (piece * (size // len(piece)) for size in (4_000, 64_000))
        assert seconds(read, long) < 80 * max(seconds(read, short), 0.01), piece


def test_a_query_as_deep_as_it_is_long_is_read_once():
    query = "SERVICE SILENT <urn:x> { " * 20_000 + "}" * 20_000
    assert seconds(lambda text: ParsedQuery(text).normalized, query) < 3


IN_BROWSERS = """
return given.map((piece) => {
  const began = process.cpuUsage();
  module.tokens(piece.repeat(32_000));
  return process.cpuUsage(began).user / 1e6;
});
"""


@pytest.mark.processes
def test_the_tokens_of_the_editor_take_no_longer_where_something_does_not_end():
    needs("node")
    module = ROOT / "src" / "gbagraph" / "web" / "static" / "sparql-tokens.js"

    assert max(evaluated(module, IN_BROWSERS, ['"\\', "'''\\", "a.", "a-"])) < 2


IN_SUMS = """
const began = process.cpuUsage();
given.forEach((query) => module.withSums(query));
return process.cpuUsage(began).user / 1e6;
"""


@pytest.mark.processes
def test_comments_beside_a_sum_are_read_once_in_browsers():
    needs("node")
    queries = [f"SELECT ?a {sign * 32} + " for sign in ("#", "# ", "#\n")]

    assert evaluated("sums.js", IN_SUMS, queries) < 2
