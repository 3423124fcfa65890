"""assert_solutions: what is equal, what is not, and how the difference is told."""

import asyncio
import json
import random
from datetime import date
from decimal import Decimal

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from gbagraph.errors import GbaGraphError, QueryFileError
from gbagraph.features.testing import blank_nodes
from gbagraph.testing import AnswerDiffers, assert_solutions, compare
from support import file_with, store_with

XSD = "http://www.w3.org/2001/XMLSchema#"
DATA = """
PREFIX e: <http://example.org/>
PREFIX id: <https://w3id.org/gbagraph/id/>
e:a e:size 1 ; e:name "Ann"@en ; e:in id:baidu .
e:b e:size 2.5 ; e:name "Bob" ; e:on "2020-01-31"^^<http://www.w3.org/2001/XMLSchema#date> .
_:x e:size 1e1 .
"""
ALL = """PREFIX e: <http://example.org/>
SELECT ?size ?name ?in ?on { ?s e:size ?size OPTIONAL { ?s e:name ?name } OPTIONAL { ?s e:in ?in }
OPTIONAL { ?s e:on ?on } }"""
ROWS = [
    {"size": 1, "name": "Ann", "in": "baidu"},
    {"size": 2.5, "name": "Bob", "on": date(2020, 1, 31)},
    {"size": 10},
]


@pytest.fixture(scope="module")
def store():
    return store_with(DATA)


def message(actual, expected, **options):
    """What a failing assertion says."""
    with pytest.raises(AnswerDiffers) as caught:
        assert_solutions(actual, expected, **options)
    return str(caught.value)


def literal(text, kind="string"):
    return ox.Literal(text, datatype=ox.NamedNode(XSD + kind))


def test_rows_of_python_values_match_an_answer_in_any_order_of_rows_and_columns(store):
    assert_solutions(store.query(ALL), ROWS[::-1])


@pytest.mark.parametrize(
    "form", [ox.QueryResultsFormat.JSON, ox.QueryResultsFormat.XML, ox.QueryResultsFormat.TSV]
)
def test_an_answer_in_a_sparql_format_matches_as_text_bytes_file_and_dict(store, form, tmp_path):
    path = file_with(
        tmp_path / f"answer.{form.file_extension}", store.query(ALL).serialize(format=form)
    )

    assert_solutions(store.query(ALL), path)
    if form != ox.QueryResultsFormat.TSV:
        assert_solutions(path.read_bytes(), path.read_text())
    if form == ox.QueryResultsFormat.JSON:
        assert_solutions(store.query(ALL), json.loads(path.read_text()))


@pytest.mark.parametrize(
    "rows",
    [
        "Bob,2.50,,2020-01-31\nAnn,1.0,baidu,\n,10,,\n",
        "Bob,2.5,,2020-01-31\nAnn,1,id:baidu,\n,10,,\n",
        "Bob,2.5,,2020-01-31\nAnn,1,https://w3id.org/gbagraph/id/baidu,\n,10,,\n",
        'Bob,2.5,,2020-01-31\n"""Ann""@en",1,<https://w3id.org/gbagraph/id/baidu>,\n,10,,\n',
    ],
    ids=["short names", "prefixes", "full IRIs", "Turtle"],
)
def test_the_csv_of_a_subject_expert_matches_and_another_language_does_not(store, rows):
    assert_solutions(store.query(ALL), f"name,size,in,on\n{rows}")
    said = message(store.query(ALL), f"name,size,in,on\n{rows}".replace("Bob", '"""Bob""@fr"'))
    assert said.startswith('name of 2.5: expected "Bob"@fr, actual "Bob" (1 changed)\n')


def test_rdflib_results_and_terms_match(store):
    graph = rdflib.Graph().parse(data=DATA, format="turtle")
    construct = "CONSTRUCT WHERE { ?s ?p ?o }"

    assert_solutions(store.query(ALL), graph.query(ALL))
    assert_solutions(graph.query(ALL), ROWS)
    assert_solutions(graph.query("ASK { ?s ?p ?o }"), True)
    assert_solutions(graph.query(construct), store.query(construct))
    assert_solutions(store.query(construct), graph)
    answer = [{"x": ox.NamedNode("http://e/a"), "y": literal("1", "integer")}]
    assert_solutions(answer, [{"x": rdflib.URIRef("http://e/a"), "y": rdflib.Literal(1)}])


def test_a_boolean_matches_a_boolean_only(store):
    assert_solutions(store.query("ASK { ?s ?p ?o }"), True)
    assert_solutions(store.query("ASK { ?s ?p 7 }"), "false\n")
    assert "boolean: expected false, actual true" in message(True, False)
    assert "A boolean (ASK) was expected" in message(store.query(ALL), True)


def test_tuples_are_rows_in_the_order_of_the_columns(store):
    query = "SELECT ?s ?size { ?s <http://example.org/size> ?size FILTER (!isBlank(?s)) }"

    assert_solutions(
        store.query(query), [("http://example.org/a", 1), ("http://example.org/b", Decimal("2.5"))]
    )


def test_numbers_are_equal_by_value_or_as_terms():
    one = [{"n": literal("1", kind)} for kind in ("integer", "decimal", "double", "byte")]
    for left in one:
        for right in one:
            assert_solutions([left], [right])
            assert (compare([left], [right], numeric="term") is None) == (left == right)
    assert_solutions([{"n": literal("0.1", "double")}], [{"n": literal("0.10", "decimal")}])
    assert_solutions([{"n": literal("INF", "double")}], [{"n": float("inf")}])
    assert compare([{"n": literal("1", "integer")}], [{"n": literal("1", "string")}])


def test_a_python_text_is_no_number_and_a_csv_cell_is():
    answer = [{"n": literal("1", "decimal")}]

    assert_solutions(answer, "n\n1.0\n")
    assert compare(answer, [{"n": "1.0"}]) is not None


def test_a_bag_counts_rows_and_a_set_does_not():
    twice = [{"x": 1}, {"x": 1}, {"x": 2}]

    assert_solutions(twice, [{"x": 2}, {"x": 1}, {"x": 1}])
    assert_solutions(twice, [{"x": 2}, {"x": 1}], order="set")
    assert "1 unexpected" in message(twice, [{"x": 2}, {"x": 1}])


def test_order_is_told_apart_from_other_rows():
    said = message([{"x": 1}, {"x": 3}, {"x": 2}], [{"x": 1}, {"x": 2}, {"x": 3}], order="ordered")

    assert "in another order from row 2 on: expected 2, actual 3. If" in said
    assert_solutions([{"x": 1}, {"x": 2}], [{"x": 1}, {"x": 2}], order="ordered")


def test_the_message_names_the_cell_that_differs():
    expected = [{"zone": f"zone-{n}", "area": n} for n in range(1, 30)]
    actual = [
        {"zone": ox.NamedNode(f"https://w3id.org/gbagraph/id/zone-{n}"), "area": n}
        for n in range(1, 30)
    ]
    actual[2]["area"] = 4
    del actual[10]
    actual.append({"zone": ox.NamedNode("http://example.org/new"), "area": 99})

    assert message(actual, expected) == "\n".join(
        [
            "area of id:zone-3: expected 3, actual 4 (1 changed, 1 missing, 1 unexpected)",
            "The answer is not the expected one: 29 expected, 29 actual rows.",
            "~ expected, and what it is instead   - missing   + unexpected",
            "   row  zone                      area",
            "~  3    zone-3                    3",
            "   3                              4",
            "-  11   zone-11                   11",
            "+  29   <http://example.org/new>  99",
        ]
    )


@pytest.mark.parametrize(
    ("actual", "expected", "said"),
    [
        (
            ox.NamedNode("https://w3id.org/gbagraph/id/apollo-rd-centre"),
            ox.NamedNode("https://w3id.org/gbagraph/id/apollo"),
            "x: expected id:apollo, actual id:apollo-rd-centre",
        ),
        (
            literal("cafe\u0301"),
            literal("caf\u00e9"),
            'expected "caf\\u00E9", actual "cafe\\u0301"',
        ),
        (literal("1", "int"), literal("1"), '"1"^^xsd:int'),
        (literal("a\u00a0b "), literal("a b"), 'expected "a b", actual "a\\u00A0b "'),
        (literal("a\u200bb"), literal("ab"), 'expected "ab", actual "a\\u200Bb"'),
        (literal("x" * 500 + "a"), literal("x" * 500 + "b"), 'xb", actual …'),
    ],
    ids=["IRIs", "composed letters", "datatypes", "spaces", "no width", "long texts"],
)
def test_a_cell_that_differs_is_written_so_that_the_difference_shows(actual, expected, said):
    assert said in message([{"x": actual}], [{"x": expected}])


def test_what_is_not_seen_is_seen_in_the_table_too():
    said = message([{"x": "Ann ", "y": 1}], "x,y\nAnn,2\n")

    assert said.splitlines()[0] == 'x: expected "Ann", actual "Ann " (1 changed)'
    assert '1    "Ann "' in said.splitlines()[-1]


def test_a_prefix_that_is_not_known_is_told_and_those_given_are_more():
    answer = [
        {"x": ox.NamedNode("http://e/a"), "y": ox.NamedNode("https://w3id.org/gbagraph/id/b")}
    ]

    assert_solutions(answer, "x,y\ne:a,id:b\n", prefixes={"e": "http://e/"})
    said = message(answer, "x,y\ne:a,urn:b\n")
    assert (
        'The prefix e: is not known here. Declare it in the query file, or give it: prefixes={"e"'
        in said
    )
    assert "urn: is" not in said


def test_a_text_that_was_taken_for_csv_is_told_to_be():
    for expected in ("expected/x.txt", "SELECT ?x { ?x ?y ?z }", "x\n"):
        assert "The expected text was read as CSV: it neither" in message(True, expected)
    with pytest.raises(
        GbaGraphError, match=r"Line 2 has 2 cells for 1 columns \(SELECT \*\) of CSV\."
    ):
        assert_solutions(True, "SELECT *\n{ ?x ?y ?z, ?a }")


def test_a_row_that_is_missing_is_named_first():
    said = message([{"x": 1, "y": 2}], [{"x": 1, "y": 2}, {"x": 3, "y": 4}, {"x": 5, "y": 6}])

    assert said.startswith("missing: x 3, y 4 (2 missing)\n")


def test_a_column_that_differs_is_named_and_an_unbound_one_does_not_differ(store):
    said = message([{"zone": 1, "areaa": 2}], "zone,area\n1,2\n")
    unbound = store.query("SELECT ?a ?b { VALUES ?a { 1 } OPTIONAL { ?b ?b ?b } }")

    assert (
        "The column area is expected, and the answer does not have it (did you mean areaa?" in said
    )
    assert "did you mean size?" in message(store.query(ALL), [{"siez": 1}])
    assert_solutions(unbound, [{"a": 1}])


def test_many_differences_are_cut_and_counted():
    said = message([{"x": n} for n in range(1000)], [{"x": -n - 1} for n in range(1000)])

    assert "and 980 more missing" in said
    assert len(said.splitlines()) < 60


def test_the_message_is_the_same_each_time():
    actual, expected = ([{"a": n % 7, "b": n * k} for n in range(60)] for k in (2, 3))

    assert len({message(actual, expected) for _ in range(4)}) == 1


def test_what_is_no_answer_is_refused(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1\n")

    with pytest.raises(GbaGraphError, match="type int is no answer"):
        assert_solutions(True, 7)
    coroutine = asyncio.sleep(0)
    with pytest.raises(GbaGraphError, match="Write await before it"):
        assert_solutions(coroutine, True)
    coroutine.close()
    with pytest.raises(QueryFileError, match="--update-answers"):
        assert_solutions(True, tmp_path / "missing.csv")
    with pytest.raises(
        QueryFileError, match=r"x\.csv: Line 2 has 1 cells for 2 columns .* or delete it"
    ):
        assert_solutions(True, tmp_path / "x.csv")


# Blank nodes


def blank(name):
    return ox.BlankNode(name)


def edges(pairs, name=""):
    return [{"s": blank(f"{name}{one}"), "o": blank(f"{name}{two}")} for one, two in pairs]


def test_blank_nodes_are_the_same_by_a_bijection_over_the_whole_table():
    assert_solutions(edges([(1, 2), (2, 3)]), edges([(3, 2), (2, 1)], "x"))
    assert compare(edges([(1, 2), (2, 1)]), edges([(1, 1), (2, 2)])) is not None
    assert compare(edges([(1, 2), (3, 4)]), edges([(1, 2), (2, 4)])) is not None
    assert_solutions(edges([(1, 2), (2, 3)]), edges([(5, 6), (6, 7)]), order="ordered")
    assert compare(edges([(1, 2), (2, 3)]), edges([(5, 6), (7, 6)]), order="ordered") is not None


def test_two_triangles_are_not_a_hexagon():
    triangles = edges([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)])

    assert "no bijection" in message(triangles, edges([(n, (n + 1) % 6) for n in range(6)]))


def test_blank_nodes_in_triple_terms_count():
    predicate = ox.NamedNode("http://e/p")
    one, other = ([{"t": ox.Triple(blank(name), predicate, blank(name))}] for name in "ab")

    assert_solutions(one, other)
    assert compare(one, [{"t": ox.Triple(blank("a"), predicate, blank("b"))}]) is not None


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from("pq")),
        min_size=1,
        max_size=12,
    ),
    st.permutations(range(6)),
    st.randoms(use_true_random=False),
)
def test_renamed_blank_nodes_are_always_the_same(rows, names, shuffle):
    table = [{"s": blank(f"a{s}"), "o": blank(f"a{o}"), "p": p} for s, o, p in rows]
    renamed = [{"s": blank(f"b{names[s]}"), "o": blank(f"b{names[o]}"), "p": p} for s, o, p in rows]
    shuffle.shuffle(renamed)

    assert_solutions(renamed, table)


@given(
    *[
        st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=4, max_size=4)
        for _ in range(2)
    ]
)
def test_blank_nodes_agree_with_what_rdflib_calls_isomorphic(first, second):
    from rdflib.compare import isomorphic  # noqa: PLC0415

    first, second = sorted(set(first)), sorted(set(second))
    graphs = []
    for rows in (first, second):
        graph = rdflib.Graph()
        for s, o in rows:
            graph.add((rdflib.BNode(f"x{s}"), rdflib.URIRef("http://e/p"), rdflib.BNode(f"x{o}")))
        graphs.append(graph)

    assert (compare(graphs[0], graphs[1]) is None) == isomorphic(*graphs)


@pytest.mark.parametrize(
    "pairs",
    [
        [(n, n) for n in range(2000)],
        [(0, n) for n in range(2000)],
        [(n, n + 1) for n in range(1500)],
        [(n, (n + 1) % 800) for n in range(800)],
        [(2 * n, 2 * n + 1) for n in range(1000)],
        [(a, b) for a in range(25) for b in range(25) if a != b],
    ],
    ids=["loops", "star", "chain", "ring", "pairs", "clique"],
)
def test_much_that_is_alike_is_compared_with_little_work(pairs, monkeypatch):
    """Rows are looked at some ten times each: to look at all again in each round takes millions."""
    monkeypatch.setattr(blank_nodes, "_MOST_WORK", 60_000)
    shuffled = pairs.copy()
    random.Random(1).shuffle(shuffled)

    assert_solutions(edges(shuffled, "z"), edges(pairs))


def test_blank_nodes_that_are_too_much_alike_are_given_up(monkeypatch):
    monkeypatch.setattr(blank_nodes, "_MOST_WORK", 100)
    clique = [(a, b) for a in range(9) for b in range(9) if a != b]

    with pytest.raises(GbaGraphError, match="so much alike"):
        compare(edges(clique, "z"), edges(clique))


def test_an_answer_without_rows_matches_one_without_rows_and_no_other(store):
    assert_solutions(store.query("SELECT ?x { ?x <http://none> ?x }"), [])
    assert compare(store.query(ALL), []) is not None


def test_the_w3c_vocabulary_of_result_sets_is_read(tmp_path):
    path = file_with(
        tmp_path / "expected.ttl",
        """
        PREFIX rs: <http://www.w3.org/2001/sw/DataAccess/tests/result-set#>
        [] a rs:ResultSet ; rs:resultVariable "x", "y" ;
          rs:solution [ rs:index 2 ; rs:binding [ rs:variable "x" ; rs:value 2 ] ],
            [ rs:index 1 ; rs:binding [ rs:variable "x" ; rs:value 1 ],
              [ rs:variable "y" ; rs:value "a" ] ] .
        """,
    )

    assert_solutions([{"x": 1, "y": "a"}, {"x": 2}], path, order="ordered")
    assert compare([{"x": 2}, {"x": 1, "y": "a"}], path, order="ordered") is not None


def test_a_graph_matches_by_isomorphism_and_by_terms(store):
    turtle = "PREFIX e: <http://example.org/>\n_:other e:size 1e1 ."
    construct = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o FILTER isBlank(?s) }"

    assert_solutions(store.query(construct), turtle)
    assert 'object of <http://example.org/size>: expected 10, actual "10"^^xsd:double' in message(
        store.query(construct), turtle.replace("1e1", "10")
    )
    assert_solutions(store.query(construct), turtle.replace("1e1", "10"), numeric="value")
