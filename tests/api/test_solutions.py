"""Solutions: a sequence of rows by name, terms and values, written as pyoxigraph writes them."""

import copy
import json
import pickle

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from gbagraph.answers import Solutions, Source, Triples
from gbagraph.api.answer import Boolean
from gbagraph.api.solutions import ExplainedSolutions, UnknownVariable
from gbagraph.errors import NotAcceptable
from gbagraph.rdf.dataset import canonical_lines
from support import store_with

DATA = """
@prefix e: <http://e/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
e:a e:n 7, 1.5, 2e0, true, "x"@en, "a\\tb\\nc", "<&>", _:b, e:iri, "2020"^^xsd:gYear, "q"^^e:own .
e:a e:t <<( e:a e:n 7 )>> . e:a e:d "l"@en--ltr .
"""
SELECT = "SELECT ?value ?unbound { ?s ?p ?value } ORDER BY STR(?value)"
FORMATS = [
    ox.QueryResultsFormat.JSON,
    ox.QueryResultsFormat.XML,
    ox.QueryResultsFormat.CSV,
    ox.QueryResultsFormat.TSV,
]


@pytest.fixture(scope="module")
def store():
    return store_with(DATA)


def solutions(store, query):
    found = store.query(query)
    return Solutions([variable.value for variable in found.variables], found)


@pytest.fixture(scope="module")
def answer(store):
    return solutions(store, SELECT)


def literals(**values):
    names = list(values)
    return Solutions(names, [tuple(ox.Literal(value) for value in values.values())])


def test_an_empty_answer_is_false_and_one_with_rows_is_true(store):
    empty = solutions(store, "SELECT ?s { ?s <urn:nothing> ?o }")

    assert not empty
    assert len(empty) == 0
    assert solutions(store, "SELECT * {}")
    assert len(solutions(store, "SELECT * {}")) == 1


def test_an_answer_is_read_any_number_of_times(answer):
    assert list(answer) == list(answer)
    assert len(list(answer)) == len(answer) == 13
    assert answer[0] == next(iter(answer))
    assert answer[-1] == list(answer)[-1]
    assert answer[2:4] == Solutions(answer.variables, [tuple(row) for row in list(answer)[2:4]])


def test_a_row_has_terms_by_name_by_place_and_in_order(answer):
    row = answer[0]
    value, unbound = row

    assert row["value"] == row[0] == row[ox.Variable("value")] == value
    assert row["unbound"] is row[1] is row[-1] is unbound is None
    assert len(row) == 2
    with pytest.raises(IndexError):
        row[2]


def test_a_row_has_values_by_attribute_and_an_answer_has_records():
    found = literals(number=7, text="x", flag=True, part=1.5)

    assert found[0].number == 7
    assert found[0].flag is True
    assert found.records() == [{"number": 7, "text": "x", "flag": True, "part": 1.5}]
    assert found.column("number") == [7]
    assert repr(found[0]) == "Row(number=7, text='x', flag=True, part=1.5)"
    assert repr(found) == "<Solutions: 1 row of ?number ?text ?flag ?part>"


def test_a_misspelt_variable_is_an_error_that_names_those_there_are():
    found = literals(outerLabel="x", square=1)

    for misspelt in (lambda: found[0]["outerLable"], lambda: found.column("outerLable")):
        with pytest.raises(KeyError) as raised:
            misspelt()
        assert isinstance(raised.value, UnknownVariable)
        assert str(raised.value) == (
            "The answer has no variable ?outerLable. Did you mean ?outerLabel? "
            "It has: ?outerLabel, ?square."
        )
        assert raised.value.details["variables"] == ["outerLabel", "square"]
    with pytest.raises(AttributeError, match=r"no variable \?outerLable\. Did you mean"):
        found[0].outerLable  # noqa: B018
    assert not hasattr(found[0], "outerLable")


def test_a_variable_may_have_any_name():
    found = literals(count=1, index=2, evidence=3, records=4)[0]

    assert (found.count, found.index, found.evidence, found.records) == (1, 2, 3, 4)


def test_rows_can_be_members_of_sets_and_are_equal_by_names_and_terms():
    one, other = literals(a=1), literals(b=1)

    assert {one[0], literals(a=1)[0]} == {one[0]}
    assert one != other
    assert one[0] != other[0]
    assert one == literals(a=1)
    assert one != literals(a=2)
    assert one != [one[0]]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.file_extension)
def test_an_answer_is_written_to_the_byte_as_pyoxigraph_writes_its_own(store, answer, form):
    assert answer.serialize(format=form) == store.query(SELECT).serialize(format=form)
    assert answer.serialize(format=form.file_extension) == answer.serialize(format=form)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TERMS = st.one_of(
    st.none(),
    TEXTS.map(ox.Literal),
    TEXTS.map(lambda text: ox.Literal(text, language="en-gb")),
    TEXTS.map(lambda text: ox.Literal(text, datatype=ox.NamedNode("http://e/own"))),
    st.integers().map(ox.Literal),
    st.sampled_from([ox.NamedNode("http://e/\u00e9?a#b"), ox.BlankNode("b0")]),
)


@given(st.lists(st.tuples(TERMS, TERMS), max_size=4))
def test_any_terms_come_back_from_what_is_written(rows):
    answer = Solutions(("a", "b"), rows)
    written = answer.serialize(format=ox.QueryResultsFormat.JSON)
    again = ox.parse_query_results(written, format=ox.QueryResultsFormat.JSON)

    assert Solutions(("a", "b"), again) == answer


def test_formats_have_names_and_files_extensions(answer, tmp_path):
    path = tmp_path / "rows.csv"
    answer.serialize(path)
    with (tmp_path / "rows.json").open("wb") as file:
        answer.serialize(file, "json")
    answer.serialize(str(tmp_path / "rows.md"))

    assert path.read_bytes() == answer.serialize(format="csv")
    assert json.loads((tmp_path / "rows.json").read_bytes())["head"]["vars"] == ["value", "unbound"]
    assert (tmp_path / "rows.md").read_bytes() == answer.serialize(format="markdown")


@pytest.mark.parametrize("wanted", ["turtle", "docx", None])
def test_a_format_that_does_not_fit_is_an_error(answer, wanted):
    with pytest.raises(NotAcceptable, match=r"[Ff]ormat"):
        answer.serialize(format=wanted)


def test_an_answer_can_be_pickled_and_copied(answer):
    assert pickle.loads(pickle.dumps(answer)) == answer
    assert copy.deepcopy(answer) == copy.copy(answer) == answer
    assert pickle.loads(pickle.dumps(answer[0])) == answer[0]


def test_rows_with_evidence_keep_it_beside_a_variable_of_that_name():
    found = ExplainedSolutions(["evidence"], [(ox.Literal(1),)], ["why"])
    again = pickle.loads(pickle.dumps(found))

    assert found[0].evidence == again[0].evidence == "why"
    assert found[0]["evidence"] == ox.Literal(1)
    assert [row.evidence for row in found] == [row.evidence for row in found[:1]] == ["why"]
    assert found.records() == [{"evidence": 1}]
    assert pickle.loads(pickle.dumps(found[0])).evidence == "why"


def test_notebooks_show_a_table_in_which_nothing_is_markup():
    rows = [(ox.Literal("<b>"), ox.NamedNode("javascript:alert(1)"))] * 103
    shown = Solutions(("a", "b"), rows)._repr_html_()

    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown
    assert 'href="javascript' not in shown
    assert shown.count("<tr>") == 101
    assert "… and 3 more rows" in shown
    assert Boolean(False)._repr_html_() == "<p>false</p>\n"


def test_rdflib_gets_the_same_rows(store):
    found = solutions(store, "SELECT ?value ?unbound { ?s <http://e/n> ?value }")
    result = found.to_rdflib()
    written = result.serialize(format="json")

    assert result.type == "SELECT"
    assert len(result) == len(found)
    assert (
        Solutions(found.variables, ox.parse_query_results(written, ox.QueryResultsFormat.JSON))
        == found
    )


def test_rdflib_has_no_terms_of_rdf_1_2(answer):
    with pytest.raises(NotAcceptable, match=r"RDF 1\.2"):
        answer.to_rdflib()


def test_triples_are_a_sequence_of_pyoxigraphs(store):
    query = "CONSTRUCT { ?s ?p ?o } { ?s <http://e/n> ?o . ?s ?p ?o }"
    triples = Triples(store.query(query))

    assert len(triples) == len(list(triples)) == len(list(triples)) == 11
    assert isinstance(triples[0], ox.Triple)
    assert triples[:3] == Triples(list(triples)[:3])
    for form in (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.TURTLE, ox.RdfFormat.RDF_XML):
        assert triples.serialize(format=form) == store.query(query).serialize(format=form)
    assert triples.serialize(format="nt") == triples.serialize(format=ox.RdfFormat.N_TRIPLES)
    assert b"@prefix e:" in triples.serialize(format="turtle", prefixes={"e": "http://e/"})
    with pytest.raises(NotAcceptable, match="CONSTRUCT"):
        triples.serialize(format="csv")
    with pytest.raises(NotAcceptable, match="missing"):
        triples.serialize()
    with pytest.raises(NotAcceptable, match="docx"):
        triples.serialize("x.docx")
    assert not Triples([])
    assert pickle.loads(pickle.dumps(triples)) == triples == Triples(reversed(triples))
    assert "<td>" in triples._repr_html_()


def test_rdflib_gets_the_same_triples(store):
    triples = Triples(store.query("CONSTRUCT WHERE { ?s <http://e/n> ?o }"))
    graph = triples.to_rdflib()
    again = ox.parse(graph.serialize(format="nt"), format=ox.RdfFormat.N_TRIPLES)

    assert isinstance(graph, rdflib.Graph)
    assert canonical_lines(again) == canonical_lines(ox.Quad(*triple) for triple in triples)


@pytest.mark.parametrize("value", [True, False])
def test_a_boolean_is_equal_to_its_value(store, value):
    query = "ASK { ?s ?p 7 }" if value else "ASK { ?s ?p 8 }"
    found, again = Boolean(bool(store.query(query))), store.query(query)

    assert found == value
    assert found != (not value)
    assert bool(found) is found.value is value
    assert found == Boolean(value) == pickle.loads(pickle.dumps(found)) == again
    assert {found: 1}[value] == 1
    for form in FORMATS:
        assert found.serialize(format=form) == store.query(query).serialize(format=form)
    assert found.to_rdflib().askAnswer is value
    assert found != "true"


SOURCE = Source("https://data.example/sparql", rows=12)


def test_answers_keep_their_sources():
    for answer in (
        Solutions(["x"], [(None,)], [SOURCE]),
        Boolean(True, [SOURCE]),
        Triples([], [SOURCE]),
    ):
        assert answer.sources == (SOURCE,)
        assert pickle.loads(pickle.dumps(answer)).sources == (SOURCE,)
    assert Solutions(["x"], [(None,)], [SOURCE])[:1].sources == (SOURCE,)
    assert Solutions(["x"], []).sources == ()
