"""What an engine loses is found out at the start, and queries with it are put otherwise or refused."""

from io import BytesIO

import pyoxigraph as ox
import pytest

from gbagraph.dataset.loader import load
from gbagraph.errors import EngineUnsupported
from gbagraph.features.remote import source
from gbagraph.features.remote.dataset import Elsewhere
from gbagraph.features.remote.dialects import without
from gbagraph.features.remote.idioms import IDIOMS, UNTRIED
from gbagraph.features.remote.source import learn
from gbagraph.queries.catalog import local_queries

TWICE = "DISTINCT rows with unbound variables"
BEYOND = "characters beyond ASCII within CONCAT, GROUP_CONCAT, IF, COALESCE or a part of a text"
MENDED = [idiom for idiom in IDIOMS if idiom.other and idiom.name not in (TWICE, BEYOND)]
REFUSED = [idiom for idiom in IDIOMS if not idiom.other]
WITHOUT = [
    idiom for idiom in (*IDIOMS, *UNTRIED) if idiom.other or idiom.name.startswith("MINUS without")
]


class Reply(BytesIO):
    media_type = "application/sparql-results+json"


def json_of(found):
    return found.serialize(format=ox.QueryResultsFormat.JSON)


def engine(*loses):
    """A store over an engine that gives no row for the questions of the idioms that it *loses*."""
    questions = {idiom.question for idiom in loses}

    def ask(question):
        text = "SELECT ?x {}" if question.text in questions else question.text
        return Reply(json_of(ox.Store().query(text)))

    return Elsewhere(ask)


def rows(found):
    return sorted(str([None if cell is None else str(cell) for cell in row]) for row in found)


def test_a_right_engine_loses_nothing_and_its_queries_are_sent_as_they_are():
    store = engine()

    assert learn(store) == []
    assert store.lost == ()


def test_what_a_slow_engine_is_not_asked_in_time_is_told(monkeypatch):
    monkeypatch.setattr(source, "_TRIAL", 0.0)

    assert source.learn(engine()) == [idiom.name for idiom in IDIOMS]


@pytest.mark.parametrize("idiom", MENDED, ids=lambda each: each.name)
def test_the_other_way_means_the_same_and_is_asked_where_the_first_is_lost(idiom):
    store = engine(idiom)
    learn(store)

    untried = UNTRIED if idiom is IDIOMS[0] else ()
    assert [each.name for each in store.lost] == [each.name for each in (idiom, *untried)]
    assert store.lost[0].other is idiom.other
    assert rows(store.query(idiom.question)) == rows(ox.Store().query(idiom.question))


@pytest.mark.parametrize("idiom", REFUSED, ids=lambda each: each.name)
def test_what_has_no_other_way_is_refused_with_the_reason(idiom):
    store = engine(idiom)
    learn(store)

    assert store.lost[0] == idiom
    with pytest.raises(EngineUnsupported, match=idiom.name.split()[0]):
        store.query(idiom.question)


@pytest.mark.parametrize(
    ("limit", "found"), [("", 2), (" LIMIT 9", 2), (" LIMIT 4 OFFSET 0", None), (" OFFSET 1", None)]
)
def test_rows_that_an_engine_repeats_are_taken_once_unless_it_cuts_them(limit, found):
    (idiom,) = (each for each in IDIOMS if each.name == TWICE)
    store = Elsewhere(lambda _: Reply(json_of(ox.Store().query(repeated))))
    store.lost = (idiom,)
    repeated = "SELECT ?x ?y { VALUES ?x { 1 1 2 2 } OPTIONAL { VALUES (?x ?y) { (2 3) } } }"
    query = repeated.replace("SELECT", "SELECT DISTINCT") + limit

    if found is None:
        with pytest.raises(EngineUnsupported, match="DISTINCT"):
            store.query(query)
    else:
        assert len(list(store.query(query))) == found


def test_same_term_is_written_so_that_it_means_the_same():
    values = 'VALUES {} {{ <urn:a> 1 01 1.0 "1" "1"@en "1"@de UNDEF }}'
    text = "SELECT * {{ {} {} BIND(SAMETERM(?x, ?y) AS ?z) }}".format(
        values.format("?x"), values.format("?y")
    )
    other, _ = without(UNTRIED, text)

    assert "SAMETERM" not in other
    assert rows(ox.Store().query(other)) == rows(ox.Store().query(text))


def test_texts_are_put_together_by_the_engine_where_the_query_has_ascii_alone():
    (idiom,) = (each for each in IDIOMS if each.name == BEYOND)
    text = 'SELECT (GROUP_CONCAT(?x; separator="|") AS ?y) { BIND(CONCAT("a", ?z) AS ?x) }'

    assert without((idiom,), text)[0] == text
    for part in ("a", "|"):
        for other in ("、", "\\u3001"):
            if (part, other) != ("|", "\\u3001"):
                with pytest.raises(EngineUnsupported, match="beyond"):
                    without((idiom,), text.replace(part + '"', other + '"'))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("FILTER (!SAMETERM(?x, <urn:a>))", "FILTER (!(?x = <urn:a>))"),
        ("?x <urn:p>+ <urn:a>", "{ SELECT DISTINCT ?x { ?x <urn:p>+ <urn:a> } }"),
        ("?x a ?y ; <urn:p>+ <urn:a>", "?x a ?y ; <urn:p>+ <urn:a>"),
        ("?c <urn:p>* <urn:a> . ?x a ?c . ?y <urn:q>+ <urn:b> . ?x ?y ?z .", None),
        ("?c <urn:p>* <urn:a> . ?x a ?c . ?y <urn:q>+ <urn:b> .", "{ SELECT DISTINCT ?y { ?y "),
        ("?x ?y 1 OPTIONAL { ?x ?z 2 } MINUS { ?a ?z ?b }", None),
        ("?x ?y 1 OPTIONAL { ?x ?z 2 } FILTER EXISTS { ?a ?z ?b }", None),
        ("OPTIONAL { ?x ?z 2 } ?x ?y 1 FILTER EXISTS { ?x ?z ?b }", "OPTIONAL { ?x ?z 2 } "),
    ],
)
def test_what_shows_only_over_triples_is_put_otherwise_or_refused(text, written):
    query = f"SELECT * {{ ?x ?q 1 {{ {text} }} }}"

    if written is None:
        with pytest.raises(EngineUnsupported):
            without(UNTRIED, query)
    else:
        assert written in without(UNTRIED, query)[0]


def test_a_parameter_that_is_not_given_is_left_out_with_its_filter():
    text = "SELECT ?x { VALUES ?x { 1 2 } FILTER (COALESCE(sameTerm(?x, ?__x_iri), true)) }"

    assert without(tuple(WITHOUT), text)[0] == "SELECT ?x { VALUES ?x { 1 2 } FILTER (true) }"


@pytest.mark.matrix
def test_canned_queries_written_without_what_virtuoso_loses_have_the_same_rows():
    store = load()[0]
    for query in local_queries().values():
        if query.kind == "rows" and not query.is_federated:
            text = query.bind(query.examples.items())
            other, _ = without(tuple(WITHOUT), text)

            assert rows(store.query(other)) == rows(store.query(text)), query.name


def test_nested_idioms_are_written_in_time():
    deep = "".join("COALESCE(?x + " for _ in range(40)) + "1" + ", 2)" * 40

    assert without(tuple(WITHOUT), f"SELECT ?x {{ VALUES ?x {{ 1 }} FILTER ({deep} > 0) }}")


def test_a_truth_value_and_a_point_as_virtuoso_writes_them():
    a = '"datatype": "http://www.w3.org/2001/XMLSchema#boolean", "value": "1"'
    b = '"datatype": "http://www.openlinksw.com/schemas/virtrdf#Geometry", "value": "POINT(1 2)"'
    row = f'{{"a": {{"type": "typed-literal", {a}}}, "b": {{"type": "typed-literal", {b}}}}}'
    document = f'{{"head": {{"vars": ["a", "b"]}}, "results": {{"bindings": [{row}]}}}}'
    (cells,) = Elsewhere(lambda _: Reply(document.encode())).query("SELECT ?a ?b {}")

    assert str(cells[0]) == str(ox.Literal(True))
    assert cells[1].datatype.value == "http://www.opengis.net/ont/geosparql#wktLiteral"
