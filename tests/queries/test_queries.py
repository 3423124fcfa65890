"""Canned queries: described, bound as terms, and answered alike by two engines."""

import json
import re

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.plugins.sparql import prepareQuery

from gbagraph.errors import BadParameter, QueryFileError, UnknownResource
from gbagraph.paths import resource
from gbagraph.queries.catalog import all_queries, find
from gbagraph.queries.parse import parse
from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.sparql.tokens import tokens

QUERIES = list(all_queries().values())
every_query = pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)


@pytest.fixture(scope="session")
def rdflib_dataset(graph):
    """The same dataset in rdflib: its named graphs, and its default graph as it is composed."""
    found = rdflib.Dataset()
    found.parse(data=graph.store.dump(format=ox.RdfFormat.N_QUADS), format="nquads")
    return found


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("Guangzhou Knowledge City", "knowledge-city"),
        ("CSGKC", "knowledge-city"),
        ("中新广州知识城", "knowledge-city"),
        ("中新廣州知識城", "knowledge-city"),
        ("百度", "baidu"),
        ("小鹏", "xpeng"),
        ("小鵬", "xpeng"),
        ("xiaopeng", "xpeng"),
        ("GBA", "greater-bay-area"),
        ("大湾区", "greater-bay-area"),
        ("大灣區", "greater-bay-area"),
        ("macao", "macau"),
        ("Tsuihang", "cuiheng-city"),
        ("区块链发展先行示范区", "blockchain-zone"),
        ("智能汽車測試", "smart-vehicle-testing"),
        ("人才", "talent"),
        ("经济", "economy"),
    ],
)
def test_a_thing_is_found_by_any_of_its_names(graph, text, thing):
    found = {row["thing"].value for row in graph.run("search-names", text=text)}

    assert PREFIXES["id"] + thing in found


def test_there_are_enough_queries():
    assert len(QUERIES) >= 20
    assert sum(bool(query.parameters) for query in QUERIES) >= 8
    assert {path.stem for path in resource("queries", "expected").iterdir()} == set(all_queries())


@every_query
def test_a_query_is_described(query):
    assert query.summary
    assert query.description
    assert query.tags
    for row in query.parameters:
        assert row.description
        assert row.default is not None or not row.required


@every_query
def test_a_parameter_is_only_ever_read(query):
    """Bound in place of a variable, a term may not stand where only a variable can."""
    words = [token for token in tokens(query.text) if token.kind not in ("space", "comment")]
    names = {f"?{row.variable}" for row in query.parameters}
    for position, token in enumerate(words):
        if token.text not in names:
            continue
        before = [word.text.upper() for word in words[:position]]
        assert before[-1] not in ("AS", "SELECT", "DISTINCT", "BY", "VALUES")
        last = max(
            (before.index(word, 0) for word in ("WHERE", "{") if word in before), default=None
        )
        assert last is not None, "a parameter stands before the pattern"
    for name in names:
        assert not re.search(rf"BOUND\s*\(\s*{re.escape(name)}\s*\)", query.text)


@every_query
def test_the_expected_answer_on_pyoxigraph(graph, query):
    answer = graph.run(query.name, **query.defaults)

    assert json.loads(answer.serialize(format=ox.QueryResultsFormat.JSON)) == expected(query)


@pytest.mark.slow
@every_query
def test_the_expected_answer_on_rdflib(rdflib_dataset, query):
    answer = rdflib_dataset.query(query.bind(query.defaults.items()))

    assert comparable(json.loads(answer.serialize(format="json"))) == comparable(expected(query))


@every_query
def test_the_order_is_total(query):
    """With the rows sorted by their own order, no two rows are the same in all columns."""
    results = expected(query)
    if "boolean" in results:
        return
    rows = [json.dumps(row, sort_keys=True) for row in results["results"]["bindings"]]
    assert len(set(rows)) == len(rows)
    assert len(rows) <= 1 or "ORDER BY" in query.text
    assert rows, "an expected answer that is empty shows nothing"


def expected(query):
    return json.loads(query.expected.read_text())


def comparable(results):
    """SPARQL JSON with plain strings written one way."""
    if "boolean" in results:
        return results["boolean"]
    names = results["head"]["vars"]
    return [
        [
            (row[n]["type"], row[n]["value"], row[n].get("xml:lang"), datatype(row[n]))
            if n in row
            else None
            for n in names
        ]
        for row in results["results"]["bindings"]
    ]


def datatype(cell):
    found = cell.get("datatype")
    return None if found == str(rdflib.XSD.string) else found


# --- Binding -----------------------------------------------------------------------------------


def query_with(variable, tmp_path, header=""):
    name = re.match(r"_+([A-Za-z0-9]+)", variable)[1]
    path = tmp_path / "q.rq"
    path.write_text(
        f"#+ summary: Q\n#+ params:\n#+   - {name}: What.\n{header}\n"
        f"SELECT ?x {{ VALUES ?x {{ 1 }} FILTER (?{variable} = ?{variable}) ?x ?y ?{variable} }}"
    )
    return parse(path)


@given(st.text(max_size=40))
def test_a_text_is_bound_as_one_literal(tmp_path_factory, value):
    query = query_with("_text", tmp_path_factory.mktemp("q"))

    bound = query.bind([("text", value)])

    term = re.search(r"FILTER \((.*) = ", bound, re.S)[1]
    store = ox.Store()
    (row,) = store.query(f"SELECT ({term} AS ?v) {{}}")
    assert row["v"] == ox.Literal(value)
    assert [token.kind for token in tokens(term)] == ["string"]


@pytest.mark.parametrize(
    ("variable", "value", "term"),
    [
        ("_it_iri", "https://example.org/a", "<https://example.org/a>"),
        ("_it_iri", "id:baidu", "<https://w3id.org/gbagraph/id/baidu>"),
        ("_it_iri", "baidu", "<https://w3id.org/gbagraph/id/baidu>"),
        ("_it_iri", "art:title", "<https://w3id.org/gbagraph/article/title>"),
        ("__it_integer", "-7", '"-7"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        ("_it_xsd_date", "2020-08-31", '"2020-08-31"^^<http://www.w3.org/2001/XMLSchema#date>'),
        ("_it_xsd_gYear", "2020", '"2020"^^<http://www.w3.org/2001/XMLSchema#gYear>'),
        ("_it_en", 'a "b"', '"a \\"b\\""@en'),
        ("_it", "x", '"x"'),
        ("_it_string", "x", '"x"'),
    ],
)
def test_a_value_of_each_type(tmp_path, variable, value, term):
    assert f"FILTER ({term} = {term})" in query_with(variable, tmp_path).bind([("it", value)])


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("_it_iri", "a b"),
        ("_it_iri", "urn:x> ?s ?p"),
        ("_it_iri", ""),
        ("_it_iri", "Über"),
        ("_it_integer", "1.5"),
        ("_it_integer", "1 } UNION {"),
        ("_it_integer", "\u0661"),
        ("_it_xsd_date", "2020-02-30"),
        ("_it_xsd_date", "20200231"),
        ("_it_xsd_gYear", "20"),
    ],
)
def test_a_value_that_is_not_of_the_type(tmp_path, variable, value):
    with pytest.raises(BadParameter, match="Expected: ") as caught:
        query_with(variable, tmp_path).bind([("it", value)])

    assert caught.value.details["parameter"] == "it"


def test_an_optional_parameter_left_out_is_left_free(tmp_path):
    assert "?__it_iri" in query_with("__it_iri", tmp_path).bind([])


def test_choices(tmp_path):
    query = query_with("_it", tmp_path, header="#+ enumerate:\n#+   - it: [a, b]\n")

    assert query.bind([("it", "a")])
    with pytest.raises(BadParameter, match="one of a, b"):
        query.bind([("it", "c")])


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        pytest.param("#+ summary: Q\n#+ colour: red", 2, "not a key", id="an unknown key"),
        pytest.param("#+ description: D", 1, "no summary", id="no summary"),
        pytest.param("", 1, "no summary", id="no header"),
        pytest.param("#+ summary: Q\n#+ tags: [a", 2, "not YAML", id="a slip in YAML"),
        pytest.param("#+ just words", 1, "no key|not a list", id="no keys"),
        pytest.param(
            "#+ summary: Q\n#+ params:\n#+   - other: x\n#+   - it: y", 3, r"\?_other", id="stray"
        ),
        pytest.param("#+ summary: Q", 2, "not describe the parameter it", id="not described"),
        pytest.param("#+ summary: Q\n#+ params: it", 2, "lists with lines", id="no list"),
        pytest.param("#+ summary: Q\n#+ inference: maybe", 2, "inference", id="inference"),
    ],
)
def test_a_fault_of_a_query_file_is_told_with_its_line(tmp_path, text, line, says):
    path = tmp_path / "bad.rq"
    path.write_text(f"{text}\nASK {{ ?_it ?p ?o }}")

    with pytest.raises(QueryFileError, match=rf"bad\.rq, line {line}: .*{says}"):
        parse(path)


@pytest.mark.parametrize(
    ("variable", "default", "says"),
    [("_it_integer", "x", "integer"), ("_it_decimal", "1", "unknown type 'decimal'")],
)
def test_a_parameter_that_cannot_be_is_told(tmp_path, variable, default, says):
    with pytest.raises(QueryFileError, match=says):
        query_with(variable, tmp_path, f"#+ defaults:\n#+   - it: {default}")


def test_an_unknown_name():
    with pytest.raises(UnknownResource, match="Did you mean timeline"):
        find("time-line")


@pytest.mark.slow
@pytest.mark.parametrize(
    "query", [query for query in QUERIES if query.parameters], ids=lambda query: query.name
)
def test_binding_agrees_with_an_independent_implementation(rdflib_dataset, query):
    """rdflib binds variables by its own means (initBindings) and must find the same."""
    bound = rdflib_dataset.query(query.bind(query.defaults.items()))
    terms = {
        row.variable: rdflib.util.from_n3(row.term(row.default))
        for row in query.parameters
        if row.default is not None
    }
    # Subselects do not see initial bindings in rdflib; such queries are compared only above.
    if query.text.upper().count("SELECT") > 1:
        return
    independent = rdflib_dataset.query(prepareQuery(query.text), initBindings=terms)

    assert comparable(json.loads(bound.serialize(format="json"))) == comparable(
        json.loads(independent.serialize(format="json"))
    )
