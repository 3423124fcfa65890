"""The endpoint in browsers writes terms, and sums of dates, into queries as the server does."""

from itertools import product

import pytest

from gbagraph.errors import GbaGraphError
from gbagraph.queries.catalog import all_queries
from gbagraph.rdf.namespaces import base_iri, prefixes, things
from gbagraph.sparql import sums
from gbagraph.sparql.binding import bound
from support.installed import needs
from support.node import evaluated

pytestmark = pytest.mark.processes

QUERIES = [
    "SELECT * { ?x ?y ?z . $y ?z ?x ; ?z ?y, ?x }",
    "SELECT ?x (STR(?x) AS ?y) { ?s ?p ?x } GROUP BY ?x ?z ORDER BY ?x DESC(?y) HAVING (?x > 1) LIMIT 1",
    "SELECT ?z { { SELECT ?x { ?x a ?y } } FILTER (?x IN (?y, 2) && BOUND(?x) && ?z = ?y) }",
    "ASK { GRAPH ?x { ?y ?z 1 } SERVICE SILENT ?y { ?x ?y ?z } } # ?x",
    "SELECT * { VALUES ?x { 1 } BIND(1 AS ?y) ?z ?p 'a ?z' }",
    "CONSTRUCT { << ?x ?y ?z >> a ?x } WHERE { ?x ^?y/:a ?z . [ ?y ?z ] ?y ( ?x ?z ) }",
    "SELECT (COUNT(*) AS ?n) { { ?x ?y ?z } UNION { OPTIONAL { ?z ?y ?x } } } VALUES ?y { UNDEF }",
    "ASK {}",
]
TEXTS = [
    "id:baidu",
    "<urn:x>",
    "<a>",
    "Q42",
    "baidu",
    "2",
    "-1.5",
    "1e3",
    "",
    '"x"@en-GB',
    '"x"@e_n',
]
TEXTS += [
    '"2020"^^xsd:gYear',
    '"a\\"\\u4e2d\\n"',
    '"\\q"',
    '"open',
    "<a b>",
    "a b",
    "nope:x",
    '"1"^^x',
]


def by_server(query, pairs):
    try:
        return bound(query, pairs)
    except GbaGraphError as problem:
        return [problem.name, problem.message, problem.details]


def test_terms_stand_where_the_server_writes_them():
    needs("node")
    cases = [(query, [("x", text)]) for query in QUERIES for text in ("<urn:x>", "2")]
    cases += [(query, [(name, "urn:v")]) for query in QUERIES for name in ("y", "z")]
    cases += [("SELECT ?x { ?s ?p ?x }", [("x", text)]) for text in TEXTS]
    cases += [(QUERIES[0], [("x", "urn:a"), ("z", "<urn:b>")]), (QUERIES[0], [("x", "1")] * 2)]
    cases += [
        (query.text, [(name, "id:baidu")])
        for query in all_queries().values()
        for name in query.variables[:2]
    ]
    settings = {"prefixes": dict(prefixes()), "things": things(), "relative_to": base_iri()}
    script = """return given.cases.map(([query, pairs]) => {
      try { return module.withTerms(query, pairs, given.settings); }
      catch ({ name, message, more }) { return [name, message, more]; }
    });"""

    found = evaluated("slots.js", script, {"cases": cases, "settings": settings})

    expected = [by_server(*case) for case in cases]
    assert [row for row in zip(cases, found, expected, strict=True) if row[1] != row[2]] == []


PARTS = ["?a", "(?b)", '"P1D"^^xsd:dayTimeDuration', "xsd:date(?c + ?d)", "MAX(?e)", "STR(?f)"]
PARTS += ["-now()", "2", '"x"@en--ltr', "?g * ?h", "COALESCE(?i, ?j - ?k)", "ex:p", "[]"]
SIGNS = ["{} + {}", "({}+{} - ?y) * 2", "?x IN ({}, 1 +#c\n {})", "{} + {})"]


def test_sums_of_dates_are_written_as_by_the_server():
    needs("node")
    queries = [
        f"SELECT ({sign.format(one, other)} AS ?n) {{ ?s ex:p+/ex:q ?o }}"
        for sign, one, other in product(SIGNS, PARTS, PARTS)
    ]
    expected = [sums.written(query) for query in queries]

    found = evaluated("sums.js", "return given.map(module.withSums)", queries)

    assert [row for row in zip(queries, found, expected, strict=True) if row[1] != row[2]] == []
    assert len(set(queries) - set(expected)) > 100
