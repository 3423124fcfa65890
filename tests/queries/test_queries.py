"""Canned queries: described, bound as terms, and answered alike by two engines."""

import datetime as dt
import json
import re
from dataclasses import replace
from decimal import Decimal

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

import gbagraph
from gbagraph import publication
from gbagraph.errors import BadParameter, QueryFileError, UnknownResource
from gbagraph.paths import resource
from gbagraph.queries.catalog import all_queries, find, local_queries
from gbagraph.queries.parse import parse
from gbagraph.rdf.namespaces import PREFIXES, expand
from gbagraph.sparql.tokens import tokens
from support import file_with
from support.queries import sample_query

XSD = PREFIXES["xsd"]


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


def test_each_query_of_the_data_alone_has_an_expected_answer():
    assert {path.stem for path in resource("queries", "expected").iterdir()} == set(local_queries())


def test_a_query_is_described():
    for query in all_queries().values():
        assert query.summary != query.name
        assert query.description, query.name
        assert query.tags, query.name
        for row in query.parameters:
            assert row.description, query.name
            assert row.name in query.examples or not row.required, query.name


def test_the_expected_answer_on_pyoxigraph(graph):
    for name, query in local_queries().items():
        answer = graph.run(name, **query.examples).serialize(format=ox.QueryResultsFormat.JSON)
        assert json.loads(answer) == expected(query), name


@pytest.mark.slow
@sample_query
def test_the_expected_answer_on_rdflib(rdflib_dataset, query):
    answer = rdflib_dataset.query(query.bind(query.examples.items()))

    assert comparable(json.loads(answer.serialize(format="json"))) == comparable(expected(query))


def test_the_order_is_total():
    """With the rows sorted by their own order, no two rows are the same in all columns."""
    for name, query in local_queries().items():
        results = expected(query)
        if "boolean" not in results:
            rows = [json.dumps(row, sort_keys=True) for row in results["results"]["bindings"]]
            assert rows, f"{name}: an expected answer that is empty shows nothing"
            assert len(set(rows)) == len(rows), name
            assert len(rows) == 1 or "ORDER BY" in query.text, name


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
    path = file_with(
        tmp_path / "q.rq",
        f"#+ summary: Q\n#+ params:\n#+   - {name}: What.\n{header}\n"
        f"SELECT ?x {{ VALUES ?x {{ 1 }} FILTER (?{variable} = ?{variable}) ?x ?y ?{variable} }}",
    )
    return parse(path)


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
        ("_it_literal", "x", '"x"'),
        ("_it_iri", "Q16572", "<http://www.wikidata.org/entity/Q16572>"),
        ("_it_decimal", "2.50", f'"2.50"^^<{XSD}decimal>'),
        ("_it_double", "2.5e6", f'"2.5e6"^^<{XSD}double>'),
        ("_it_double", "-INF", f'"-INF"^^<{XSD}double>'),
        ("_it_number", "7", f'"7"^^<{XSD}integer>'),
        ("_it_number", "7.5", f'"7.5"^^<{XSD}decimal>'),
        ("_it_number", "7e1", f'"7e1"^^<{XSD}double>'),
        ("_it_boolean", "true", f'"true"^^<{XSD}boolean>'),
        ("_it_boolean", "0", f'"false"^^<{XSD}boolean>'),
        ("_it_date", "2020-02-29", f'"2020-02-29"^^<{XSD}date>'),
        ("_it_dateTime", "2020-02-29T12:00", f'"2020-02-29T12:00:00"^^<{XSD}dateTime>'),
        (
            "_it_xsd_dateTime",
            "2020-02-29T12:00:01.5Z",
            f'"2020-02-29T12:00:01.5Z"^^<{XSD}dateTime>',
        ),
        ("_it_year", "2020", f'"2020"^^<{XSD}gYear>'),
        ("_it_yearMonth", "2020-08", f'"2020-08"^^<{XSD}gYearMonth>'),
        ("_it_zh_hant", "\u6fb3", '"\u6fb3"@zh-hant'),
        ("_it_lang_yue", "x", '"x"@yue'),
        # Values of Python and terms.
        ("_it_integer", 7, f'"7"^^<{XSD}integer>'),
        ("_it_decimal", 0.1, f'"0.1"^^<{XSD}decimal>'),
        ("_it_decimal", 1e-7, f'"0.0000001"^^<{XSD}decimal>'),
        ("_it_decimal", Decimal("1E+2"), f'"100"^^<{XSD}decimal>'),
        ("_it_double", 1e300, f'"1e+300"^^<{XSD}double>'),
        ("_it_double", float("inf"), f'"INF"^^<{XSD}double>'),
        ("_it_boolean", True, f'"true"^^<{XSD}boolean>'),
        ("_it_date", dt.date(2020, 8, 31), f'"2020-08-31"^^<{XSD}date>'),
        (
            "_it_dateTime",
            dt.datetime(2020, 8, 31, 1, 2, tzinfo=dt.UTC),
            f'"2020-08-31T01:02:00+00:00"^^<{XSD}dateTime>',
        ),
        ("_it_iri", ox.NamedNode("urn:x"), "<urn:x>"),
        ("_it_iri", rdflib.URIRef("urn:x"), "<urn:x>"),
        ("_it_string", rdflib.Literal("x"), '"x"'),
        ("_it_en", rdflib.Literal("x", lang="en"), '"x"@en'),
        ("_it_integer", rdflib.Literal(7), f'"7"^^<{XSD}integer>'),
        ("_it_integer", ox.Literal(7), f'"7"^^<{XSD}integer>'),
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
        ("_it_decimal", "1e3"),
        ("_it_decimal", "1,5"),
        ("_it_double", "inf"),
        ("_it_number", "x"),
        ("_it_number", ""),
        ("_it_boolean", "yes"),
        ("_it_boolean", "truely"),
        ("_it_dateTime", "2020-02-30T12:00"),
        ("_it_dateTime", "2020-02-28 12:00"),
        ("_it_gYearMonth", "2020-13"),
        ("_it_integer", True),
        ("_it_integer", 1.5),
        ("_it_integer", 10**30),
        ("_it_integer", ()),
        ("_it_integer", ox.Literal("7")),
        ("_it_en", ox.Literal("x")),
        ("_it_en", ox.Literal("x", language="de")),
        ("_it_string", ox.Literal("x", language="en")),
        ("_it_iri", rdflib.BNode("b")),
        ("_it_iri", ox.BlankNode("b")),
        ("_it_date", dt.datetime(2020, 8, 31, tzinfo=dt.UTC)),
    ],
)
def test_a_value_that_is_not_of_the_type(tmp_path, variable, value):
    with pytest.raises(BadParameter, match="Expected: ") as caught:
        query_with(variable, tmp_path).bind([("it", value)])

    assert caught.value.details["parameter"] == "it"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        pytest.param("#+ summary: Q\n#+ colour: red", 2, "not a key", id="an unknown key"),
        pytest.param("#+ summary: [a]", 1, "has to be a sentence", id="no sentence"),
        pytest.param("#+ summary: Q\n#+ tags: a", 2, "has to be a list", id="tags"),
        pytest.param("#+ summary: Q\n#+ pagination: many", 2, "number of rows", id="pagination"),
        pytest.param("#+ summary: Q\n#+ pagination: 0", 2, "number of rows", id="no rows"),
        pytest.param("#+ summary: Q\n#+ tags: [a", 2, "not YAML", id="a slip in YAML"),
        pytest.param("#+ just words", 1, "no key|not a list", id="no keys"),
        pytest.param(
            "#+ summary: Q\n#+ params:\n#+   - other: x\n#+   - it: y", 3, r"\?_other", id="stray"
        ),
        pytest.param(
            "#+ summary: Q\n#+ defaults:\n#+   - it: [1]\n#+ enumerate: 5",
            4,
            "lists with lines",
            id="enumerate",
        ),
        pytest.param("#+ enumerate:\n#+   - it: []", 2, "list of values", id="no values"),
        pytest.param("#+ values:\n#+   - it: {query: x}", 2, "which column", id="no column"),
        pytest.param(
            "#+ values:\n#+   - it: {query: x, value: y, of: z}", 2, "not of", id="strange key"
        ),
        pytest.param("#+ summary: Q\n#+ params: it", 2, "lists with lines", id="no list"),
        pytest.param("#+ summary: Q\n#+ inference: maybe", 2, "inference", id="inference"),
    ],
)
def test_a_fault_of_a_query_file_is_told_with_its_line(tmp_path, text, line, says):
    path = file_with(tmp_path / "bad.rq", f"{text}\nASK {{ ?s ?p ?_it }}")

    with pytest.raises(QueryFileError, match=rf"bad\.rq, line {line}: .*{says}"):
        parse(path)


@pytest.mark.parametrize(
    ("variable", "default", "says"),
    [
        ("_it_integer", "x", "integer"),
        ("_it_anyURI", "1", "unknown type 'anyURI'"),
        ("_it_int", "1", "unknown type 'int'"),
        ("_it_float", "1", "unknown type 'float'"),
        ("_it_xy", "1", "unknown type 'xy'"),
        ("_it_list", "1", "be a list: write 'IN"),
        ("_it_boolean", "maybe", "true or false"),
    ],
)
def test_a_parameter_that_cannot_be_is_told(tmp_path, variable, default, says):
    with pytest.raises(QueryFileError, match=says):
        query_with(variable, tmp_path, f"#+ defaults:\n#+   - it: {default}")


def test_an_unknown_name():
    with pytest.raises(UnknownResource, match="Did you mean timeline"):
        find("time-line")


# --- Lists, defaults, values that a query finds ------------------------------------------------


def written(tmp_path, header, body, name="q"):
    path = file_with(
        tmp_path / f"{name}.rq", "".join(f"#+ {line}\n" for line in header.splitlines()) + body
    )
    return parse(path)


def test_a_list_takes_several_values(tmp_path):
    query = written(tmp_path, "summary: Q", "SELECT ?x { ?x ?p ?o FILTER(?o IN (?_it_iri_list)) }")

    bound = query.bind([("it", "urn:a"), ("it", "baidu")])

    assert f"IN (<urn:a>, <{PREFIXES['id']}baidu>)" in bound
    with pytest.raises(BadParameter, match="needs the parameter it"):
        query.bind([])


def test_a_parameter_that_is_no_list_is_given_once(tmp_path):
    with pytest.raises(BadParameter, match="is given twice"):
        query_with("_it", tmp_path).bind([("it", "a"), ("it", "b")])


def test_a_default_is_bound_and_an_example_is_not(tmp_path):
    header = "defaults:\n  - it: 5\nexamples:\n  - other: 7"
    query = written(
        tmp_path,
        header,
        "SELECT ?x { ?x ?p ?o FILTER(?o > ?_it_integer || ?o < ?__other_integer) }",
    )

    assert '"5"^^' in query.bind([])
    assert "?__other_integer" in query.bind([])
    assert query.examples == {"it": "5", "other": "7"}


def test_an_empty_text_leaves_an_optional_parameter_free(tmp_path):
    query = written(
        tmp_path,
        "defaults:\n  - it: 5",
        "SELECT ?x { ?x ?p ?o FILTER(COALESCE(?o > ?__it_integer, true)) }",
    )

    assert "?__it_integer" in query.bind([("it", "")])


def test_a_choice_may_be_written_otherwise(tmp_path):
    query = written(
        tmp_path,
        "enumerate:\n  - it: [{gba:Zone: Zones}, gba:City]",
        "ASK { ?s a ?_it_iri }",
    )

    assert query.parameters[0].choices[0].label == "Zones"
    assert query.bind([("it", PREFIXES["gba"] + "Zone")])
    assert query.bind([("it", ox.NamedNode(PREFIXES["gba"] + "City"))])
    with pytest.raises(BadParameter, match="one of gba:Zone, gba:City"):
        query.bind([("it", "gba:Company")])


def test_two_parameters_of_one_name_are_a_fault(tmp_path):
    with pytest.raises(QueryFileError, match="the same name"):
        written(tmp_path, "summary: Q", "ASK { ?s ?p ?_it , ?_it_integer }")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("ASK { ?_it ?p ?o }", "the subject of a triple"),
        ("ASK { ?s ?_it ?o }", "the property of a triple"),
        ("SELECT ?s { VALUES ?_it { 1 } }", "gives it one itself"),
        ("ASK { ?s ?p ?_it_iri_list }", "write 'IN"),
        ("nothing", "there is no query"),
    ],
)
def test_a_parameter_stands_where_it_can_be_bound(tmp_path, body, says):
    with pytest.raises(QueryFileError, match=says):
        written(tmp_path, "summary: Q", body)


def test_the_values_of_a_parameter_are_those_that_another_query_finds(
    tmp_path, folder_of, small_file
):
    folder_of(
        kinds="SELECT ?it ?itLabel { VALUES (?it ?itLabel) { (<urn:a> 'A') (<urn:b> 'B') } }",
        uses=(
            "#+ values:\n#+   - it: {query: kinds, value: it, label: itLabel}\nASK { ?s a ?_it_iri }"
        ),
    )

    (parameter,) = find("uses").parameters

    assert (parameter.drawn.value, parameter.drawn.label) == ("it", "itLabel")
    with pytest.raises(
        BadParameter, match=r"which is none of its values\. These are: urn:a, urn:b"
    ):
        gbagraph.open(small_file, queries=tmp_path).run("uses", it="http://example.org/a")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ("{query: none, value: it}", "which there is not"),
        ("{query: uses, value: it}", "itself"),
        ("{query: kinds, value: other}", "no column other"),
        ("{query: kinds, value: it, with: {x: 1}}", "has no parameter x"),
    ],
)
def test_a_query_that_cannot_find_values_is_a_fault(folder_of, values, says):
    folder_of(
        kinds="SELECT ?it { VALUES ?it { 1 } }",
        uses=f"#+ values:\n#+   - it: {values}\nASK {{ ?s ?p ?_it_integer }}",
    )
    with pytest.raises(QueryFileError, match=says):
        all_queries()


def test_a_parameter_without_values_draws_them_from_its_own_query(tmp_path, folder_of, small_file):
    folder_of(own="#+ enumerate:\n#+   - it\nSELECT ?x { ?x a <urn:none> . ?x ?p ?_it_iri }")

    with pytest.raises(BadParameter, match=r"none of its values\. These are: \."):
        gbagraph.open(small_file, queries=tmp_path).run("own", it="http://example.org/a")


@pytest.fixture
def folder_of(tmp_path):
    """Writes query files into a folder of its own, which is then that of the canned queries."""

    def write(**files):
        for name, text in files.items():
            (tmp_path / f"{name}.rq").write_text(text)

    publication.use(replace(publication.OWN, queries=str(tmp_path)))
    yield write
    publication.use(publication.OWN)


# --- A part of the rows, their order, conditions --------------------------------------------------


@pytest.mark.parametrize(
    ("name", "condition", "holds"),
    [
        (
            "zones-by-area",
            "squareKilometres>90",
            lambda row: float(row["squareKilometres"].value) > 90,
        ),
        (
            "zones-by-area",
            "zoneLabel ~ SCIENCE",
            lambda row: "science" in row["zoneLabel"].value.lower(),
        ),
        (
            "zones-by-area",
            "zone=knowledge-city",
            lambda row: row["zone"].value.endswith("/knowledge-city"),
        ),
        (
            "zones-by-area",
            "zone!=id:knowledge-city",
            lambda row: not row["zone"].value.endswith("/knowledge-city"),
        ),
        ("timeline", "earliest>=2020-01-01", lambda row: row["earliest"].value >= "2020-01-01"),
        ("topics-by-kind", "things>3", lambda row: int(row["things"].value) > 3),
        (
            "topics-by-kind",
            "kind=gba:Technology",
            lambda row: row["kind"].value.endswith("#Technology"),
        ),
        (
            "investments",
            "meanForOneProject>0",
            lambda row: float(row["meanForOneProject"].value) > 0,
        ),
    ],
)
def test_rows_are_filtered_by_conditions_on_columns(graph, name, condition, holds):
    whole = [tuple(row) for row in graph.run(name)]
    found = list(graph.run(name, filter=condition))

    wanted = [tuple(row) for row in graph.run(name) if holds(row)]
    assert [tuple(row) for row in found] == wanted
    assert 0 < len(wanted) <= len(whole)


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [("intended-roles", "kind", "id:hub"), ("acts-of-authority", "level", "gba:NationalLevel")],
)
def test_a_row_without_the_value_asked_for_is_left_out(graph, name, column, value):
    everything, found = graph.run(name), graph.run(name, **{column: value})

    assert any(row[column] is None for row in everything)
    assert {row[column] for row in found} == {ox.NamedNode(expand(value))}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"limit": "many"}, "a whole number"),
        ({"limit": "-1"}, "a whole number"),
        ({"offset": "1; DROP"}, "a whole number"),
        ({"sort": "nothing"}, "one of the columns zone"),
        ({"sort": "zone)"}, "columns such as"),
        ({"filter": "zone"}, "a condition such as"),
        ({"filter": "nothing=1"}, "one of the columns zone"),
    ],
)
def test_a_change_that_cannot_be_is_told(graph, given, says):
    with pytest.raises(BadParameter, match=says):
        graph.run("zones-by-area", **given)


def test_only_the_rows_of_select_are_changed(graph):
    with pytest.raises(BadParameter, match="only the rows of SELECT"):
        graph.run("is-in", **find("is-in").examples, limit=1)


@given(value=st.text(min_size=1, max_size=40), sign=st.sampled_from(["=", "~", "<"]))
def test_a_condition_stays_one_condition(value, sign):
    """Whatever is compared with is one term: the query has as many tokens as with another value."""
    query = find("zones-by-area")
    try:
        bound = query.bind([("filter", f"zoneLabel{sign}x{value}")])
    except BadParameter:
        return
    # A text or, with "://", an IRI.
    plain = (query.bind([("filter", f"zoneLabel{sign}{each}")]) for each in ("x y", "x://y"))
    assert [t.kind for t in tokens(bound)] in [[t.kind for t in tokens(each)] for each in plain]


def test_pagination_is_the_limit_that_a_query_has_by_itself(tmp_path):
    query = written(tmp_path, "pagination: 20", "SELECT ?x { ?x ?p ?o } ORDER BY ?x")

    assert query.bind([]).split()[-2:] == ["LIMIT", "20"]
    assert query.bind([("limit", "5")]).split()[-2:] == ["LIMIT", "5"]
