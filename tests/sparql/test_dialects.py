"""What belongs to other languages and stores is named as that."""

import itertools
import re

import pyoxigraph as ox
import pytest

from gbagraph.errors import ServiceNotAllowed
from gbagraph.sparql.failures import syntax_error
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.slips import dialects, slip
from gbagraph.sparql.slips.languages import DIALECTS, FUNCTIONS
from gbagraph.sparql.slips.operators import OPERATORS
from gbagraph.sparql.slips.table import SYNTAX
from support.corpus import corpus

GEOF = "http://www.opengis.net/def/function/geosparql/"
UOM = "http://www.opengis.net/def/uom/OGC/1.0/"
JENA = "http://jena.apache.org/ARQ/"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"


@pytest.mark.parametrize(
    ("query", "token", "says"),
    [
        ("MATCH (n:Company)-[:DEVELOPS]->(m) RETURN m", "MATCH", "Cypher"),
        ("SELECT name FROM companies WHERE city = 'X'", "FROM", "SQL"),
        ("SELECT COUNT(*) FROM companies", "FROM", "SQL"),
        ("g.V().hasLabel('company')", "g.V", "Gremlin"),
        ("{ companies { name } }", "{ companies {", "GraphQL"),
        ("query { company(id: 1) { name } }", "query {", "GraphQL"),
        ("DEFINE input:inference 'x' SELECT * { ?s ?p ?o }", "DEFINE", "Virtuoso"),
        ("SELECT * { ?s ?p ?o . ?o bif:contains 'x' }", "?o bif:contains", "CONTAINS"),
        ("SELECT * { ?s text:query 'x' }", "text:query", "Apache Jena"),
        ("SELECT * { ?s luc:index 'x' }", "luc:index", "GraphDB"),
        ("SELECT * { hint:Query hint:optimizer 'None' . ?s ?p ?o }", "hint:Query", "Blazegraph"),
        ("SELECT * WITH { SELECT * { ?s ?p ?o } } AS %x { INCLUDE %x }", "AS %x", "Blazegraph"),
        ("SELECT * { SERVICE wikibase:label { ?s ?p ?o } }", "SERVICE", "Wikidata's label service"),
        ("SELECT * { ?s p:P31 ?o }", "p:P31", "Wikidata"),
    ],
)
def test_what_does_not_parse_is_named_as_what_it_is(query, token, says):
    with pytest.raises(SyntaxError) as caught:
        ox.Store().query(query)
    found = syntax_error(query, str(caught.value))

    assert found.details["token"].startswith(token)
    assert says in found.message


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("PREFIX bif: <bif:> SELECT * { ?s ?p ?o . ?o bif:contains 'x' }", "Virtuoso"),
        ("SELECT * { ?s ?p ?o . ?o <bif:contains> 'x' }", "Virtuoso"),
        (
            "PREFIX text: <http://jena.apache.org/text#> SELECT * { ?s text:query 'x' }",
            "Apache Jena",
        ),
        ("PREFIX luc: <http://www.ontotext.com/owlim/lucene#> ASK { ?s luc:x 'x' }", "GraphDB"),
        ("SELECT * FROM <http://www.ontotext.com/explicit> { ?s ?p ?o }", "another store"),
        ("SELECT * FROM <tag:stardog:api:context:all> { ?s ?p ?o }", "another store"),
        ("ASK { GRAPH <urn:x-arq:UnionGraph> { ?s ?p ?o } }", "another store"),
        ("ASK { ?s <tag:stardog:api:property:textMatch> 'x' }", "Stardog"),
        ("PREFIX h: <http://www.bigdata.com/queryHints#> ASK { ?s ?p 1 }", None),
        ("PREFIX text: <http://example.org/jena#> SELECT * { ?s text:title 'x' }", None),
        ("PREFIX list: <http://e/> SELECT * { ?s list:item 'bif:contains' }", None),
        ("ASK { ?s ?p ?o FILTER(?o > 2020-01-31) }", "subtraction"),
        ('ASK { ?s ?p ?o FILTER(?o > "2020-01-31") }', None),
        ("ASK { ?s ?p <http://e/2020-01-31> }", None),
        ("ASK { ?s\uff0c?p ?o }", "full-width"),
    ],
)
def test_what_parses_and_only_another_store_means(query, says):
    ParsedQuery(query).require_valid()
    found = [str(each.reason) for _, each in dialects(query)]

    assert (says in found[0] and len(found) == 1) if says else found == []


def test_what_is_right_belongs_to_no_other_store():
    found = {each.text: dialects(each.text) for each in corpus() if each.right}

    assert len(found) > 50
    assert {text for text, said in found.items() if said} == set()


@pytest.mark.parametrize(
    ("query", "right"),
    [
        (f"PREFIX list: <{JENA}list#> ASK {{ ?s list:member ?o }}", "rdf:rest*/rdf:first"),
        (
            f"PREFIX afn: <{JENA}function#> SELECT (afn:localname(?s) AS ?x) {{ ?s ?p ?o }}",
            'REPLACE(STR(?s), "^.*[/#]", "")',
        ),
        (
            f"PREFIX afn: <{JENA}function#> ASK {{ ?s ?p ?o FILTER(afn:namespace(?s) != '') }}",
            'REPLACE(STR(?s), "[^/#]+$", "")',
        ),
        (f"PREFIX afn: <{JENA}function#> ASK {{ ?s ?p ?o FILTER(afn:sqrt(?o) > 1) }}", None),
    ],
)
def test_what_jena_adds_becomes_what_there_is_with_the_prefixes_of_the_query(query, right):
    ((_, found),) = dialects(f"PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> {query}")

    assert right in found.edits[0][2] if right else found.edits == ()


@pytest.mark.parametrize("prefix", ["", "PREFIX wikibase: <http://wikiba.se/ontology#> "])
def test_the_label_service_is_no_endpoint_that_could_be_allowed(prefix):
    query = ParsedQuery(prefix + "ASK { ?s ?p ?o SERVICE wikibase:label { ?s ?p 'en' } }")

    with pytest.raises(ServiceNotAllowed, match="Wikidata's label service") as caught:
        assert query.normalized

    assert "--allow-service" not in str(caught.value)


def test_the_label_service_becomes_a_label():
    query = (
        "SELECT ?s ?sLabel { ?s ?p ?o . SERVICE wikibase:label "
        '{ bd:serviceParam wikibase:language "[AUTO_LANGUAGE],de,en". } }'
    )
    ((start, end, text),) = slip(query).edits

    assert query[:start] + text + query[end:] == (
        "SELECT ?s ?sLabel { ?s ?p ?o . "
        f'OPTIONAL {{ ?s <{RDFS}label> ?sLabel FILTER(LANG(?sLabel) = "de") }}\n'
        f'OPTIONAL {{ ?s <{RDFS}label> ?sLabel FILTER(LANG(?sLabel) = "en") }} }}'
    )


@pytest.mark.parametrize(
    ("expression", "token", "says"),
    [
        ("MEDIAN(?o)", "MEDIAN", "ORDER BY ?x LIMIT 1 OFFSET 50"),
        ("PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY ?o)", "PERCENTILE_CONT", "no aggregate"),
        ("STDDEV(?o)", "STDDEV", "AVG(?x * ?x)"),
        ("MODE(?o)", "MODE", "DESC(COUNT(*))"),
        ("LAST_VALUE(?o)", "LAST_VALUE", "MAX(?x)"),
        ("COUNTIF(?o > 3)", "COUNTIF", "SUM(IF("),
        ("SUM(?o) OVER (ORDER BY ?o DESC)", "SUM(?o) OVER", "FILTER NOT EXISTS"),
        ("RANK() OVER ()", "RANK", "window functions"),
        ("CONCAT_WS(', ', ?s, ?o)", "CONCAT_WS", "CONCAT(?a"),
        ("DATE_TRUNC('month', ?o)", "DATE_TRUNC", "YEAR(?x)"),
        ("TO_DATE(?o)", "TO_DATE", "xsd:date(?x)"),
        ("SPLIT(?o, ',')", "SPLIT", "STRBEFORE"),
        ("TRIM(?o)", "TRIM", "REPLACE"),
        ("POW(?o, 2)", "POW", "no function POW"),
        ("POW(?o, ?s)", "POW", "It calculates by"),
        ("?o ^ 20", "^", "a square is a product"),
        ("ST_Area(?o)", "ST_Area", "geof:distance"),
        ("STRLEN(?o, 1)", "STRLEN", "1, not 2"),
        ("SUBSTR(?o)", "SUBSTR", "2-3, not 1"),
        ("IF(BOUND(?o), CONCAT(?o, 'a', 'b'))", "IF", "3, not 2"),
        ("YEAR()", "YEAR", "1, not 0"),
    ],
)
def test_a_function_of_others_is_named_with_what_there_is(expression, token, says):
    found = slip(f"SELECT ({expression} AS ?x) {{ ?s a/?p ?o }} ORDER BY ?x")

    assert found.token.text == token
    assert says in str(found.reason)


@pytest.mark.parametrize(
    ("expression", "right"),
    [
        ("ROUND(AVG(?o), 1)", "(ROUND(AVG(?o) * 10) / 10)"),
        ("ROUND(?o / 3, 2)", "(ROUND((?o / 3) * 100) / 100)"),
        ("ROUND(?o, 0)", "ROUND(?o)"),
        ("N_DISTINCT(?o)", "COUNT(DISTINCT ?o)"),
        ("ISNULL(?o)", "!BOUND(?o)"),
        ("ISNULL(?o, 0)", "COALESCE(?o, 0)"),
        ("!is.na(?o)", "BOUND(?o)"),
        ("EXTRACT(HOUR FROM ?o)", "HOURS(?o)"),
        ("CAST(?o AS VARCHAR(10))", "STR(?o)"),
        ("CAST(?o AS int)", "<http://www.w3.org/2001/XMLSchema#integer>(?o)"),
        ("LEFT(?o, 3)", "SUBSTR(?o, 1, 3)"),
        ("RIGHT(?o, 3)", "SUBSTR(?o, STRLEN(?o) + 1 - 3)"),
        ("paste0(?o, 'a')", "CONCAT(?o, 'a')"),
        ("CURRENT_TIMESTAMP", "NOW()"),
        ("(?o - 1)^2", "((?o - 1) * (?o - 1))"),
        ("ABS(?o) ** 3", "(ABS(?o) * ABS(?o) * ABS(?o))"),
        ("POWER(?o, 2)", "(?o * ?o)"),
        ("ST_Touches(?s, ?o)", f"<{GEOF}sfTouches>(?s, ?o)"),
        ("ST_Distance(?s, ?o)", f"<{GEOF}distance>(?s, ?o, <{UOM}metre>)"),
        ("ST_DWithin(?s, ?o, 50)", f"(<{GEOF}distance>(?s, ?o, <{UOM}metre>) <= 50)"),
    ],
)
def test_a_function_of_others_becomes_that_of_sparql(expression, right):
    head, tail = "SELECT (", " AS ?x) { ?s ?p ?o }"
    query = f"{head}{expression}{tail}"
    ((start, end, text),) = slip(query).edits

    assert query[:start] + text + query[end:] == f"{head}{right}{tail}"


@pytest.mark.parametrize(
    ("query", "token", "says"),
    [
        ("WITH x AS (SELECT ?s { ?s ?p ?o }) SELECT ?s FROM x {}", "WITH x", "{ SELECT … { … } }"),
        ("SELECT * { ?s ?p ?o } QUALIFY RANK() OVER (ORDER BY ?o DESC) = 1", "QUALIFY", "window"),
        ("SELECT * { ?s ?p ?o LATERAL (SELECT ?x { ?x ?y ?o }) }", "LATERAL", "no version"),
        ("SELECT * { ?s ?p ?o } PIVOT (COUNT(?s) FOR ?o IN (1))", "PIVOT", "OPTIONAL"),
        ("SELECT * { ?s ?p ?o LEFT JOIN { ?o ?q ?r } }", "LEFT JOIN", "OPTIONAL"),
        ("SELECT * { ?s ?p ?o FILTER(?s NOT IN (SELECT ?x { ?x ?y 1 })) }", "IN (SELECT", "EXISTS"),
        ("WITH <a:b> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", "WITH", "SPARQL Update"),
        ("SELECT * { ?s ?p ?o FILTER(?o > DATE '2020-01-01') }", "DATE", "^^xsd:date"),
    ],
)
def test_what_is_sql_is_named_at_its_own_word(query, token, says):
    found = slip(query)

    assert found.token.text == token
    assert says in str(found.reason)


def slips_of(query):
    """What is known of a query: slips are looked for where the engine refuses it."""
    try:
        ox.Store().query(query)
    except SyntaxError:
        return filter(None, [slip(query)])
    except (OSError, RuntimeError):
        return ()
    return (each for _, each in dialects(query))


def test_every_repair_of_every_slip_can_be_applied():
    """Edits stay in the text and do not overlap."""
    known = [(query.text, each) for query in corpus() for each in slips_of(query.text)]

    assert len(known) > 80
    for query, each in known:
        edits = sorted(each.edits)
        assert all(0 <= start <= end <= len(query) for start, end, _ in edits), query
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(edits)), query


@pytest.mark.parametrize(
    "row", [*DIALECTS, *OPERATORS, *SYNTAX, *FUNCTIONS], ids=lambda row: row.said[:40]
)
def test_what_a_row_says_and_what_is_right_name_its_groups(row):
    groups = {"at": "x", "right": "x"} | dict.fromkeys(re.compile(row.form).groupindex, "x")

    assert row.said % groups
    assert callable(row.right) or (row.right or "").format(**groups) is not None
    assert row.tail.format(**groups) is not None
