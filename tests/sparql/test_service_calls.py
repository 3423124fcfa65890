"""Which endpoints a query calls, by its tokens."""

import pytest

from gbagraph.sparql.parsed import ParsedQuery, ServiceCall

ONE, TWO = "https://one.example/sparql", "https://two.example/sparql"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * { ?s ?p ?o }", []),
        (f"SELECT * {{ SERVICE <{ONE}> {{ ?s ?p ?o }} }}", [(ONE, True)]),
        (f"SELECT * {{ service silent <{ONE}> {{ ?s ?p ?o }} }}", [(ONE, False)]),
        (
            "PREFIX one: <https://one.example/> ASK { SERVICE one:sparql { ?s ?p ?o } }",
            [(ONE, True)],
        ),
        ("BASE <https://one.example/> ASK { SERVICE <sparql> { ?s ?p ?o } }", [(ONE, True)]),
        ("ASK { VALUES ?e { <a:b> } SERVICE ?e { ?s ?p ?o } }", [("", True)]),
        (
            f"ASK {{ SERVICE <{ONE}> {{ ?s ?p ?o SERVICE <{TWO}> {{ ?o ?p ?x }} }} }}",
            [(ONE, True), (TWO, False)],
        ),
        (
            f"ASK {{ SERVICE <{ONE}> {{ ?s ?p ?o }} SERVICE <{TWO}> {{ ?o ?p ?x }} }}",
            [(ONE, True), (TWO, True)],
        ),
        (f"# SERVICE <{ONE}> {{ }}\nASK {{ ?s ?p 'SERVICE <{TWO}>' }}", []),
        ("ASK { SERVICE none:x { ?s ?p ?o } }", [("", True)]),
        (f"SELECT * {{ SERVICE<{ONE}>{{ ?s ?p ?o }} }}", [(ONE, True)]),
        (f"SELECT * {{ ?s ?p 'x'@en.SERVICE <{ONE}> {{ }} }}", [(ONE, True)]),
        (f"SELECT * {{ ?s ?p 2.SERVICE <{ONE}> {{ }} }}", [(ONE, True)]),
        (f"SELECT * {{ ?s <a:\\u0041#> ?o SERVICE <{ONE}> {{ }} }}", [(ONE, True)]),
        (f"SELECT * {{ # comment\n#\nSERVICE#\n<{ONE}>#\n{{ }} }}", [(ONE, True)]),
        (f"ASK {{ OPTIONAL {{ {{ SELECT * {{ SERVICE <{ONE}> {{ }} }} }} }} }}", [(ONE, True)]),
        (f"ASK {{ FILTER EXISTS {{ SERVICE <{ONE}> {{ }} }} }}", [(ONE, True)]),
        ("PREFIX service: <urn:> ASK { service:SERVICE a service:service }", []),
        ("ASK { SERVICE", []),
        (f"ASK {{ SERVICE <{ONE}>", [(ONE, True)]),
    ],
)
def test_the_calls_of_a_query(query, expected):
    assert list(ParsedQuery(query).service_calls()) == [ServiceCall(*each) for each in expected]
