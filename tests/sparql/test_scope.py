"""Which variables the parts of a query bind, surely or not, and which they name."""

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbagraph.sparql.nodes import NAMES, Scopes
from gbagraph.sparql.parsed import ParsedQuery

DATA = "<e:a> <e:p> 1 , 2 ; <e:q> <e:b> . <e:b> <e:p> 3 . <e:g> { <e:a> <e:p> 4 . }"


def group(where):
    return ParsedQuery(f"PREFIX : <e:> SELECT * {{ {where} }}").tree.where.elements


@pytest.mark.parametrize(
    ("where", "visible", "certain", "mentioned"),
    [
        ("?x :p ?y", "x y", "x y", ""),
        ("?x ?p [] . ?x :p/:q ?z", "x p z", "x p z", ""),
        ("OPTIONAL { ?x :p ?y }", "x y", "", ""),
        ("{ ?x :p 1 } UNION { ?x :q ?y }", "x y", "x", ""),
        ("GRAPH ?g { ?x :p 1 OPTIONAL { ?x :q ?y } }", "g x y", "g x", ""),
        ("GRAPH ?g { { ?x :p 1 } UNION { ?x :q 1 } }", "g x", "g x", ""),
        ("GRAPH ?g { { SELECT ?x { ?x :p 1 } } }", "g x", "x", ""),
        ("?x :p 1 MINUS { ?x :q ?y }", "x", "x", "y"),
        ("?x :p 1 FILTER (?y > 1)", "x", "x", "y"),
        ("?x :p 1 FILTER EXISTS { ?x :q ?y }", "x", "x", "y"),
        ("BIND (1 AS ?x)", "x", "x", ""),
        ("BIND (?y + 1 AS ?x)", "x", "", "y"),
        ("BIND (1/0 AS ?x)", "x", "", ""),
        ("VALUES ?x { 1 2 }", "x", "x", ""),
        ("VALUES (?x ?y) { (1 UNDEF) (2 3) }", "x y", "x", ""),
        ("SERVICE <e:s> { ?x :p ?y }", "x y", "x y", ""),
        ("SERVICE SILENT ?s { ?x :p ?y }", "s x y", "", ""),
        ("{ SELECT ?x { ?x :p ?y } }", "x", "x", ""),
        ("{ SELECT * { ?x :p [] FILTER (?y > 1) } }", "x", "x", ""),
        ("{ SELECT * { ?x a :Zone } VALUES ?k { 1 } }", "x k", "x k", ""),
        ("{ SELECT * { ?x a :Zone } VALUES ?k { UNDEF } }", "x k", "x", ""),
        ("{ SELECT (COUNT(?y) AS ?n) ?x { ?x :p ?y } GROUP BY ?x }", "n x", "x", ""),
    ],
)
def test_variables_of_a_group(where, visible, certain, mentioned):
    parts = group(where)
    blank = {name for name in NAMES.visible(*parts) if name.startswith("_blank_")}

    assert [name for name in NAMES.visible(*parts) if name not in blank] == visible.split()
    assert NAMES.certain(*parts) - blank == set(certain.split())
    assert NAMES.mentioned(*parts) - blank == {*visible.split(), *mentioned.split()}


def test_names_are_those_that_the_caller_gives():
    scopes = Scopes(lambda term: f"?{term.kind}_{term.value}")

    assert scopes.visible(*group("?x :p _:x")) == ("?variable_x", "?blank__blank_nx")


def _groups(inner):
    either = st.tuples(inner, inner)
    return (
        st.builds("{} {}".format, inner, inner)
        | either.map(lambda pair: f"{{ {pair[0]} }} UNION {{ {pair[1]} }}")
        | inner.map(lambda text: f"OPTIONAL {{ {text} }}")
        | inner.map(lambda text: f"GRAPH ?g {{ {text} }}")
        | inner.map(lambda text: f"{{ SELECT * {{ {text} }} VALUES ?k {{ 1 UNDEF }} }}")
        | inner.map(lambda text: f"{{ SELECT ?x ?y {{ {text} }} }}")
        | inner.map(lambda text: f"?x :p ?z MINUS {{ {text} }}")
    )


PATTERNS = st.sampled_from(
    [
        "?x :p ?y .",
        "?x :q [ :p ?z ] .",
        "VALUES (?x ?k) { (:a 1) (UNDEF 2) }",
        "{ BIND (1 AS ?k) }",
        "?x :none ?w .",
        "FILTER (!BOUND(?w))",
    ]
)


@given(st.recursive(PATTERNS, _groups, max_leaves=5))
def test_solutions_bind_what_is_certain_and_nothing_that_is_not_visible(where):
    store = ox.Store()
    store.load(DATA.encode(), format=ox.RdfFormat.TRIG)
    parts = group(where)
    solutions = store.query(f"PREFIX : <e:> SELECT * {{ {where} }}")
    names = [variable.value for variable in solutions.variables]

    assert set(names) <= set(NAMES.visible(*parts))
    for solution in solutions:
        assert NAMES.certain(*parts) & set(names) <= {
            name for name in names if solution[name] is not None
        }
