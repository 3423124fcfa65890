"""A query that is empty, partial or misleading is explained and repaired; one that is right is not."""

import re
import socket
import time
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest
from naive_tables import PREFIXES, TABLES, answer, explainer_of, table, whole, written

from gbagraph.dataset.service import GEOSPARQL
from gbagraph.features.diagnostics.diagnosis import Explainer
from gbagraph.features.diagnostics.rules import RULES
from gbagraph.paths import resource
from gbagraph.rdf.namespaces import base_iri, declarations
from support.queries import local_query

ARTICLE, MUSEUM, SCHEMA_ORG = map(table, TABLES)


@pytest.fixture(scope="module")
def article():
    return explainer_of("article")


@pytest.fixture(scope="module")
def museum():
    return explainer_of("museum")


@pytest.fixture(scope="module")
def schema_org():
    return explainer_of("schema-org")


def _told(explainer, query, severities=("error", "warning")):
    return [each for each in explainer.diagnose(query) if each.severity in severities]


GRAPHS = [
    *(pytest.param("article", declarations(), naive, id=str(naive[:2])) for naive in ARTICLE),
    *(pytest.param("museum", PREFIXES, naive, id=str(naive[:2])) for naive in MUSEUM),
    *(pytest.param("schema_org", PREFIXES, naive, id=str(naive[:2])) for naive in SCHEMA_ORG),
]


@pytest.mark.parametrize(("graph", "prefixes", "naive"), GRAPHS)
def test_a_naive_query_is_explained_and_repaired(request, graph, prefixes, naive):
    """The diagnostic is there, stands where it should, and its repair gives the right answer."""
    explainer, query = request.getfixturevalue(graph), whole(naive.query, prefixes)
    told = explainer.diagnose(query)
    found = [each for each in told if each.code == naive.code]
    assert found, [each.code for each in told]
    first = found[0]
    assert first.suggestion.replace("\n", " ").strip() == naive.suggestion
    assert query.split("\n")[first.line - 1][first.column - 1 :].strip()
    assert first.message.endswith((".", ">")) or first.code == "no-solution"
    rows = answer(explainer.store, first.query) if first.query else []
    assert bool(rows) if naive.answer == "some" else (written(rows) if rows else "") == naive.answer


def test_there_are_enough_of_each_kind():
    kinds = Counter(each.code for each in (*ARTICLE, *MUSEUM, *SCHEMA_ORG))
    codes = _codes_in_docs() - ALONE - OF_THE_CORPUS

    assert len(ARTICLE) >= 100
    assert len(codes) >= 45
    assert {code: kinds[code] for code in codes if kinds[code] < 4} == {}
    assert kinds.keys() - ALONE <= codes | OF_THE_CORPUS


def test_the_table_of_rules_and_the_documentation_have_the_same_codes():
    of_rules = {code for codes in RULES.values() for code in codes}
    of_tokens = {"service-not-allowed", "statement-about-triple", "dialect"}

    assert of_rules | of_tokens == (_codes_in_docs() - ALONE) | {"no-data"}


# Of these there are tests by themselves: there is little to repair, or nothing.
# Those of calls are in tests/features/federation: they need somebody to call.
CALLS = {"unsupported", "failed", "empty", "without-match", "not-called", "called"}
ALONE = {
    "syntax",
    "not-analysed",
    "no-data",
    "unsupported-function",
    *(f"service-{name}" for name in CALLS),
}


# The corpus has some of these: they need names, or solutions, that these graphs do not have.
OF_THE_CORPUS = {"inner-select", "asked-in-part", "opaque-names"}


def _codes_in_docs():
    """The codes of diagnostics in the table of the documentation."""
    text = (Path(__file__).parents[3] / "docs" / "diagnostics.md").read_text(encoding="utf-8")
    table = "".join(re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE))
    return set(re.findall(r"`([a-z-]+)`", table))


@local_query
def test_no_warning_on_a_canned_query(article, query):
    assert _told(article, query.bind(query.examples.items())) == []


def _documented():
    """The worked examples, and the queries of the README and docs."""
    for path in sorted(resource("ontology").glob("examples/*.rq")):
        yield path.name, path.read_text(encoding="utf-8")
    root = Path(__file__).parents[3]
    # A query file is explained with its parameters bound (above). In the manual of formats a property
    # is asked for on purpose that the thing has not, and that of evidence asks data of its own.
    others = ("formats.md", "evidence-of-your-own.md")
    paths = [path for path in sorted(root.glob("docs/**/*.md")) if path.name not in others]
    for path in (root / "README.md", *paths):
        blocks = re.findall(r"```\w*\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
        queries = [text for block in blocks for text in re.findall(r"(?s)PREFIX.*?\n}", block)]
        for number, text in enumerate(queries):
            if "?_" not in text and "SERVICE" not in text:  # nobody is called in this process
                yield f"{path.name}-{number}", text


@pytest.mark.parametrize(("name", "query"), list(_documented()), ids=lambda each: each[:40])
def test_no_warning_on_a_query_of_the_documentation(article, name, query):
    assert (name, _told(article, query)) == (name, [])


@pytest.mark.parametrize("given", ["VALUES ?k { 1 }", "VALUES (?k ?x) { (1 UNDEF) (2 UNDEF) }"])
def test_values_after_the_columns_of_a_subquery_are_bound(article, given):
    query = whole(f"SELECT ?x ?k {{ {{ SELECT * {{ ?x a gba:Zone }} {given} }} }}", declarations())

    assert article.diagnose(query) == []


MANY = " ".join(f"(id:no-such-thing-{n} {n})" for n in range(10_000))


@pytest.mark.parametrize(
    ("query", "code", "said"),
    [
        pytest.param(
            "SELECT ?z { ?z a gba:Zone ; gba:area ?a ; gba:focusesOn ?t . ?z a gba:Company }",
            *("no-solution", " ?z a gba:Zone . ?z a gba:Company ."),
            id="the smallest part without a solution",
        ),
        pytest.param(
            "SELECT ?z { ?z a gba:Zone ; gba:area/gba:value ?v FILTER(?v > 500) }",
            *("filter-removes-all", "123"),
            id="what there is besides what a filter leaves",
        ),
        pytest.param(
            f"SELECT * {{ VALUES (?it ?n) {{ {MANY} }} ?it gba:locatedIn ?place }}",
            *("not-analysed", "too large"),
            id="thousands of values",
        ),
    ],
)
def test_what_leaves_no_row_is_told(article, query, code, said):
    (found,) = article.diagnose(declarations() + query)

    assert found.code == code
    assert said in found.message


SAID = [
    ('SELECT ?x { ?x gba:gbCode ?c FILTER(?c > "5") }', '"440100"', 'letter by letter: "9" comes'),
    ("SELECT ?d { ?x gba:date ?d FILTER(MONTH(?d) = 5) }", "for 7 of 11 solutions", "xsd:gYear"),
    (
        'SELECT ?d { ?x gba:published ?d FILTER(?d > "2022-13-45"^^xsd:date) }',
        *('"2022-13-45"^^xsd:date is ill-formed', 'written as in "2024-06-01".'),
    ),
    (
        'SELECT ?d { ?x gba:published ?d FILTER(?d > "01/06/2024"^^xsd:date) }',
        *("is ill-formed", '"2024-06-01"^^xsd:date, "2024-01-06"^^xsd:date.'),
    ),
    (
        "SELECT ?z ?a { ?z a gba:Zone OPTIONAL { ?z gba:area/gba:value ?a } FILTER(?a > 90) }",
        *("drops 11 of the 13 solutions", "braces of OPTIONAL"),
    ),
    (
        "SELECT ?z { ?z gba:area ?a FILTER(?a = 123) }",
        *("id:knowledge-city-area", "gba:area/gba:value has values"),
    ),
    (
        'SELECT ?l { id:macau rdfs:label ?l FILTER(LANG(?l) = "pt") }',
        *('No value of LANG(?l) fits "pt"', '"zh-hans", "zh-hant", "en"'),
    ),
    (
        'SELECT ?x ?l { ?x a gba:City ; rdfs:label ?l FILTER(LANG(?l) = "zh") }',
        *('once for each of "zh-hans", "zh-hant"', 'Compare with "zh-hans"'),
    ),
    (
        'SELECT ?x { ?x a gba:City FILTER(?x NOT IN (id:guangzhou, "Shenzhen")) }',
        *('?x is never "Shenzhen": it is IRI', "leaves nothing out"),
    ),
]


@pytest.mark.parametrize(("query", "counted", "said"), SAID)
def test_what_an_expression_gives_is_told_with_numbers_and_values(article, query, counted, said):
    (found,) = article.diagnose(declarations() + query)

    assert counted in found.message
    assert said in found.message


@pytest.mark.parametrize(
    ("literal", "forms"),
    [
        ('"2020/6/1"^^xsd:date', {'"2020-06-01"^^xsd:date'}),
        ('"13.6.2020"^^xsd:date', {'"2020-06-13"^^xsd:date'}),
        ('"20200601"^^xsd:date', {'"2020-06-01"^^xsd:date'}),
        ('"2020-06-01 10:00"^^xsd:dateTime', {'"2020-06-01T10:00:00"^^xsd:dateTime'}),
        ('"Yes"^^xsd:boolean', {'"true"^^xsd:boolean'}),
        ('"1,5"^^xsd:decimal', {"1.5"}),
        ('"1,500"^^xsd:decimal', {"1.500", "1500"}),
        ('"1.500,5"^^xsd:decimal', {"1500.5"}),
        ('"5.0"^^xsd:integer', {"5"}),
        ('"soon"^^xsd:dateTime', set()),
    ],
)
def test_a_literal_that_is_ill_formed_is_named_with_what_it_may_mean(article, literal, forms):
    query = declarations() + f"SELECT ?x ?v {{ ?x a gba:Zone BIND({literal} AS ?v) }}"
    found = [e for e in article.diagnose(query) if "ill-formed" in e.message]
    said = {form for form in forms if form in found[0].message}

    assert (found[0].code, said) == ("literal-datatype", forms)
    assert found[0].suggestion == ("".join(forms) if len(forms) == 1 else "")


@pytest.mark.parametrize("literal", ['"12345678901234567890123"^^xsd:integer', '"1"^^xsd:boolean'])
def test_a_literal_that_is_rare_is_not_ill_formed(article, literal):
    found = article.diagnose(f"SELECT ?v {{ VALUES ?v {{ {literal} }} }}")

    assert not [each for each in found if "ill-formed" in each.message]


@pytest.mark.parametrize(
    "select",
    [
        "SELECT DISTINCT ?x { %s }",
        "SELECT (COUNT(DISTINCT ?x) AS ?n) { %s }",
        "SELECT ?x (SAMPLE(?l) AS ?name) { %s } GROUP BY ?x",
        "ASK { %s }",
    ],
)
def test_a_range_of_languages_is_a_repair_where_each_thing_comes_once(article, select):
    asked = '?x a gba:City ; rdfs:label ?l FILTER(LANG(?l) = "zh")'
    (found,) = article.diagnose(declarations() + select % asked)

    assert 'LANGMATCHES(LANG(?l), "zh")' in found.query


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?z ?a { ?z a gba:Zone OPTIONAL { ?z gba:area ?a } FILTER(!BOUND(?a)) }",
        "SELECT ?z { ?z a gba:Zone OPTIONAL { ?z gba:area/gba:value ?a } FILTER(COALESCE(?a, 0) > 9) }",
        "SELECT ?x { ?x gba:value ?v FILTER(?v != 123.0) }",
        'SELECT ?x { ?x a gba:Zone ; rdfs:label ?l FILTER(?l = "AI Zone"@en || ?x = id:ai-zone) }',
        'SELECT ?x (IF(?v > 10, "big", "small") AS ?s) { ?x gba:value ?v }',
        "SELECT ?y (COUNT(*) AS ?n) { ?x gba:date ?d } GROUP BY (YEAR(?d) AS ?y) ORDER BY ?y",
    ],
)
def test_nothing_is_said_of_an_expression_that_is_meant_so(article, query):
    codes = {each.code for each in article.diagnose(declarations() + query)}

    assert codes <= {"planned-listed"}


def test_several_mistakes_are_told_together_and_repaired_together(article):
    query = declarations() + (
        'SELECT ?zone { ?z a gba:Zonne ; gba:locatedin id:guangzhu ; gba:label "Pazhou Core Area" }'
    )

    found = article.diagnose(query)

    codes = {each.code for each in found}
    assert {"unknown-class", "unknown-property", "unknown-thing", "label-property"} <= codes
    assert answer(article.store, found[0].query) == ["pazhou-core-area"]


def test_one_mistake_behind_another_is_repaired_too(article):
    (found,) = article.diagnose("SELECT ?x, ?x { ?x a gba:Compny ?x rdfs:label “Baidu” }")

    assert found.code == "syntax"
    assert answer(article.store, found.query) == ["baidu"]


def test_what_is_new_in_sparql_1_2_is_not_analysed_further(article):
    query = "SELECT ?s { ?s ?p ?o FILTER(isTRIPLE(<<( ?s ?p ?o )>>)) }"

    assert "not-analysed" in [each.code for each in article.diagnose(query)]


def test_a_triple_term_over_data_that_has_them_is_right():
    store = ox.Store()
    store.load(
        b"PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> <a:s> <a:p> <a:o> ."
        b"<a:c> rdf:subject <a:s> ."
        b"_:r rdf:reifies <<( <a:s> <a:p> <a:o> )>> ; <a:by> <a:me> .",
        format=ox.RdfFormat.TURTLE,
    )

    found = Explainer(store).diagnose("SELECT ?who { << <a:s> <a:p> <a:o> >> <a:by> ?who }")

    assert [each.severity for each in found] == ["info"]


def test_a_unit_that_there_is_not_is_named_with_those_that_there_are():
    store = ox.Store()
    point = ox.Literal(
        "POINT(1 2)", datatype=ox.NamedNode("http://www.opengis.net/ont/geosparql#wktLiteral")
    )
    store.add(ox.Quad(ox.NamedNode("a:s"), ox.NamedNode("a:at"), point))
    query = f"""PREFIX geof: <{GEOSPARQL}> PREFIX uom: <http://www.opengis.net/def/uom/OGC/1.0/>
        SELECT ?far {{ ?s <a:at> ?x BIND(geof:distance(?x, ?x, uom:degree) AS ?far) }}"""
    (found,) = Explainer(store).diagnose(query)

    assert "uom:degree is no unit of geometries. These are metre, kilometre" in found.message
    assert Explainer(store).diagnose(query.replace("degree", "metre")) == []


def test_nobody_is_called(article, monkeypatch):
    def refuse(*_):
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)

    found = article.diagnose(
        "ASK { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } OPTIONAL { SERVICE ?x { ?a ?b ?c } } }"
    )

    assert [each.code for each in found][:2] == ["service-not-allowed"] * 2


@pytest.mark.parametrize(
    "query",
    [
        "",
        "ASK {}",
        "ASK { {} UNION {} }",
        "SELECT * {}",
        "SELECT (1 AS ?x) {}",
        "DESCRIBE <a:b>",
        "CONSTRUCT WHERE { ?s ?p ?o }",
        "SELECT * { ?s (<a:b>|!<c:d>)* ?o }",
        "SELECT * { ?s ?p ?o } VALUES ?s { UNDEF }",
        "SELECT * { [] ?p ( 1 2 [ ?q ?r ] ) }",
        "SELECT * { BIND(IF(?x, 1, 2) AS ?y) }",
        "SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING (COUNT(*) > 1) ORDER BY DESC(?s) LIMIT 1",
        "SELECT * { { SELECT * { ?s ?p ?o } LIMIT 1 } FILTER EXISTS { ?s ?p ?o } }",
        "SELECT * { ?s ?p '''a\n\"b\"''' . ?s ?p \"\\u0041\"@en-GB }",
        "SELECT ?s { ?s ?p ?o " + "{" * 400 + "}" * 400 + " }",
        "SELECT ?s { ?s ?p ?o " + "FILTER(?o > 1) " * 2000 + " }",
        "\x00",
        "SELECT * { ?s ?p \ud800 }",
    ],
)
def test_no_query_is_too_odd(article, query):
    for each in article.diagnose(query):
        assert each.line >= 1
        assert each.column >= 1


def test_time_is_bounded(article):
    product = " ".join(f"?a{n} ?p{n} ?b{n} ." for n in range(6))
    began = time.monotonic()

    article.diagnose(f"SELECT * {{ {product} FILTER(?a0 = ?zz) }}", seconds=0.2)

    assert time.monotonic() - began < 60


def test_an_empty_graph_is_said_to_be_empty():
    (found,) = Explainer(ox.Store()).diagnose("SELECT ?x { ?x a <a:b> }")

    assert found.code == "no-data"


def test_relative_iris_are_resolved_as_in_queries(article):
    (found, *_) = article.diagnose("SELECT ?p { <id/baiduu> ?p ?o }")

    assert found.code == "unknown-thing"
    assert f"<{base_iri().rpartition('/')[0]}/id/baidu>" in found.query


def test_of_many_values_that_are_not_there_the_first_are_explained(article):
    values = " ".join(f"(id:no-such-thing-{n} {n})" for n in range(200))
    found = article.diagnose(
        f"{declarations()} SELECT * {{ VALUES (?it ?n) {{ {values} }} ?it gba:locatedIn ?place }}",
        seconds=60,
    )

    assert Counter(each.code for each in found)["unknown-thing"] == 20


@pytest.mark.parametrize(
    ("call", "meant"),
    [
        ('<https://w3id.org/gbagraph/function#nmed>(?z, "Guangzhou")', "function#named>"),
        ('xsd:unsigndInt("1")', "unsignedInt>"),
        ("<http://example.org/f>(?z)", ""),
        ("<http://www.opengis.net/def/function/geosparql/convexHull>(?z)", ""),
    ],
)
def test_a_function_that_is_not_known_is_named_with_the_one_that_is_meant(article, call, meant):
    (found,) = article.diagnose(f"{declarations()}SELECT ?z {{ ?z a gba:City FILTER({call}) }}")

    assert found.code == "unsupported-function"
    assert call.partition("(")[0] in found.message
    assert found.suggestion.endswith(meant)
    assert bool(found.suggestion) == bool(meant)


def test_an_offset_is_shown_where_it_stands_and_not_in_a_comment(article):
    query = 'SELECT ?x { ?x a gba:City FILTER(STR(?x) != "ßß") } OFFSET 1000 # of an offset\n'
    (found,) = (
        each
        for each in article.diagnose(f"{declarations()}{query}")
        if each.code == "offset-too-large"
    )

    assert found.column == query.index("OFFSET") + 1


@pytest.mark.parametrize("subject", ["?s", "<https://w3id.org/gbagraph/id/baidu>"])
def test_of_any_property_no_values_are_named(article, subject):
    (told,) = article.diagnose(f'SELECT * {{ {subject} ?p "no such text" }}')
    assert told.message == f'This pattern matches nothing: {subject} ?p "no such text" .'


@pytest.mark.parametrize(
    ("path", "says", "right"),
    [
        ("wdt:P279*", "uses rdfs:subClassOf.", "?x rdfs:subClassOf* gba:Zone"),
        ("wdt:P31/wdt:P279*", "uses rdf:type.", "?x rdf:type/rdfs:subClassOf* gba:Zone"),
        ("dbo:isPartOf*", "no property dbo:isPartOf", ""),
        ("rdfs:subClassOf*", "Add: PREFIX rdfs:", "?x rdfs:subClassOf* gba:Zone"),
    ],
)
def test_a_prefix_is_declared_only_where_the_data_has_its_names(article, path, says, right):
    query = f"PREFIX gba: <https://w3id.org/gbagraph/ontology#> SELECT ?x {{ ?x {path} gba:Zone }}"
    told = article.diagnose(query)

    assert any(says in each.message for each in told)
    assert "Add:" in says or not any("Add:" in each.message for each in told)
    assert (right in told[0].query) if right else not any(each.query for each in told)


def test_a_label_variable_of_wikidata_gets_the_names_of_this_data(article):
    query = f"{declarations()}SELECT ?z ?zLabel {{ ?z a gba:Zone }}"
    (found,) = _told(article, query)
    pattern = 'OPTIONAL { ?z rdfs:label ?zLabel FILTER(LANG(?zLabel) = "en") }'

    assert found.suggestion == pattern
    assert pattern in found.query
    assert "Variables that have values" not in found.message


def test_parentheses_in_a_triple_are_told_to_be_a_list(article):
    query = f'{declarations()}SELECT ?z {{ ?z a gba:Zone ; rdfs:label ("a"@en "b"@en) }}'
    told = [each for each in article.diagnose(query) if each.code == "rdf-list"]

    assert [query.split("\n")[e.line - 1][e.column - 1] for e in told] == ["("]
    assert "VALUES" in told[0].message


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("xsd:year(?d)", "SPARQL has YEAR"),
        ("<http://x/string#upper>(?d)", "SPARQL has UCASE"),
        ("<http://x/math#sqrt>(?d)", "for the program that asks"),
        ("<http://x/agg#median>(?d)", "The median is the value in the middle"),
        ("xsd:datetime(?d)", "XMLSchema#dateTime> is meant"),
        ("gba:status(?z)", "gba:status is a property, no function"),
    ],
)
def test_a_function_of_others_has_that_of_sparql_beside_it(article, call, says):
    query = f"{declarations()}SELECT ?z ({call} AS ?x) {{ ?z a gba:Zone ; gba:date ?d }}"
    (found,) = _told(article, query)

    assert found.code == "unsupported-function"
    assert says in found.message
