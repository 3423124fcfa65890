"""Texts of queries: split into tokens, rewritten, bound, changed and explained."""

from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import pyoxigraph as ox

from fuzzing.entrances.inputs import text, texts
from gbagraph.dataset.loader import load
from gbagraph.errors import BadParameter, GbaGraphError
from gbagraph.features.diagnostics.diagnosis import explainer_of, json_text, paragraph
from gbagraph.queries import modifiers
from gbagraph.queries.catalog import all_queries
from gbagraph.rdf.namespaces import base_iri
from gbagraph.sparql import binding
from gbagraph.sparql import tokens as token
from gbagraph.sparql.expressions import NotRead
from gbagraph.sparql.failures import syntax_error
from gbagraph.sparql.parsed import ParsedQuery

_LEVELS, _LONGEST = 30, 3000
"""What is passed to the engine in this process, which deeper queries would end."""
_EMPTY = ox.Store()
_DATA = """
PREFIX e: <http://example.org/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
e:a e:knows e:b ; rdfs:label "one"@en ; e:size 1 ; a e:Thing .
e:b e:knows e:c ; rdfs:label "two"@en ; e:size 2 ; a e:Thing .
GRAPH e:g { e:a e:born "1999"^^<http://www.w3.org/2001/XMLSchema#gYear> . }
"""


def tokens_of(data: bytes) -> str:
    """What is known of a query by its tokens."""
    query = text(data)
    found = list(token.tokens(query))
    assert "".join(each.text for each in found) == query
    assert all(token.token_at(query, each.start) == each for each in found)
    assert len(token.without_text(query)) == len(query)
    assert token.words(token.without_comments(query)) is not None
    parsed = ParsedQuery(query)
    assert parsed.iris is not None
    assert parsed.dataset is not None
    assert parsed.prefixes is not None
    for each in found[-3:]:
        parsed.iri(each)
    token.excerpt(query, query.count("\n") + 1, 1)
    token.nesting(parsed.words)
    return "graph" if parsed.makes_graph else "no graph"


def rewritten(data: bytes) -> str:
    """A query in the forms in which others get it: what is SPARQL stays SPARQL."""
    query = text(data)
    fault = _fault(query)
    parsed = ParsedQuery(query)
    list(parsed.service_calls())
    assert parsed.may_lose_rows in (True, False)
    _read(parsed)
    bare = parsed.without_code_points
    standard = parsed.standard
    assert standard.standard.text == standard.text
    silent = parsed.silenced.normalized
    # Beyond ASCII, names of the standard have signs that end them here (U+3001, U+FFFD).
    found = parsed.variables if query.isascii() else []
    bound = _bound(query, found[:1]) if found else query
    for each in (standard.text, silent.text, bound, bare.text) if fault is None else ():
        assert _is_right(each) or "\\u" in query.lower(), each
    if fault is not None:
        raise fault
    return "right"


def _is_right(query: str) -> bool:
    """Whether the engine takes the query; False also for those that this process would not survive."""
    return _fault(query) is None


def _fault(query: str) -> Exception | None:
    """What the engine says against the query, of an empty store and without calling anybody."""
    if (
        token.nesting(token.words(query))[0] > _LEVELS
        or len(query) > _LONGEST
        or query.count("(") > _LEVELS
    ):
        return BadParameter("It is large.")
    try:
        parsed = ParsedQuery(query)
        if parsed.calls_services:
            query = parsed.silenced.normalized.text
        _EMPTY.query(query, base_iri=base_iri())
    except SyntaxError as problem:
        return syntax_error(query, str(problem))
    except (ValueError, RuntimeError, OSError):
        return None  # it is a query, of which the engine cannot evaluate a part
    except GbaGraphError as problem:
        return problem
    return None


def _read(query: ParsedQuery) -> None:
    try:
        assert query.tree
    except NotRead:
        return


def _bound(query: str, names: list[str]) -> str:
    try:
        return binding.bind(query, {name: ox.NamedNode("urn:x") for name in names})
    except BadParameter:
        return query


def modified(data: bytes) -> str:
    """A canned query with limit, offset, order and filter: what comes of it is SPARQL."""
    which, limit, offset, sort, condition = texts(data, 5)
    queries = list(all_queries().values())
    query = queries[len(which) % len(queries)]
    given = {"limit": limit, "offset": offset, "sort": sort, "filter": condition}
    pairs = [(name, value) for name, value in given.items() if value]
    changed = modifiers.apply(query.name, query.text, pairs, query.page_size)
    assert _is_right(changed) or not _is_right(query.text), (pairs, changed)
    return "changed" if changed != query.text else "as it was"


@cache
def _store() -> ox.Store:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.trig"
        path.write_text(_DATA)
        return load([path])[0]


def explained(data: bytes) -> str:
    """What is wrong with a query: told with a place in it, and repaired to what can be told again."""
    query = text(data)
    levels, parts = token.nesting(token.words(query))
    if levels > _LEVELS or len(query) > _LONGEST or parts > 100:
        return "large"
    found = explainer_of(_store()).diagnose(query, 0.05)
    lines = query.split("\n")
    for each in found:
        assert 1 <= each.line <= len(lines)
        assert 1 <= each.column <= len(lines[each.line - 1]) + 1
        assert paragraph(each)
    json_text(found)
    return ", ".join(islice(sorted({each.code for each in found}), 1)) or "nothing is wrong"
