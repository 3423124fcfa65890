"""What each step leaves out and keeps: true of the data, and as many as the step drops and passes."""

# ruff: noqa: RUF001  signs that readers see

import re
from collections import Counter
from dataclasses import asdict
from random import Random

import pyoxigraph as ox
import pytest

import gbagraph
from features.diagnostics.test_way import _query
from gbagraph.api.explanations import Explanation, Share, Step
from gbagraph.features.diagnostics.asked import Asked
from gbagraph.features.diagnostics.case import Case
from gbagraph.features.diagnostics.diagnosis import Explainer
from gbagraph.features.diagnostics.left_out import Sides
from gbagraph.features.diagnostics.told import sides, text
from gbagraph.features.diagnostics.tools import _short
from gbagraph.features.diagnostics.way import way
from gbagraph.rdf.namespaces import declarations
from gbagraph.sparql.parsed import ParsedQuery
from support.soak import examples

BAYS = """
PREFIX : <http://e/>
:s1 a :Substation . :l1 a :Level ; :in :s1 . :l2 a :Level ; :in :s1 .
:y1 a :Bay ; :on :l1 . :y2 a :Bay ; :on :l2 .
:b1 a :Breaker ; :at :l1 ; :state :Open . :b2 a :Breaker ; :at :y1 ; :state :Open , :Old .
:b3 a :Breaker ; :at :y1 ; :state :Closed ; :volts 10 . :b4 a :Breaker ; :at :y2 ; :volts "10 kV" .
:b5 a :Breaker ; :at :l2 ; :state :Closed ; :volts 110 ; :name "five"@en , "fünf"@de .
"""
PREFIX = "PREFIX : <http://e/> "


@pytest.fixture(scope="module")
def bays():
    store = ox.Store()
    store.load(BAYS.encode(), ox.RdfFormat.TURTLE)
    return Explainer(store)


@pytest.fixture(scope="module")
def explainer():
    return Explainer(gbagraph.open().store)


def lines(explainer, where, language="en"):
    found = explainer.diagnose(f"{PREFIX}SELECT * {{ {where} }}", language=language)
    return [line for step in found.steps for line in sides(step, language)]


SAID = {
    "?b a :Breaker ; :state :Open": ["left out: :state :Closed ×2, no :state"],
    "?b a :Breaker ; :state :Old": ["left out: :state :Closed ×2, :state :Open, no :state"],
    "?b :at ?l . ?l :in ?s": [
        "kept: ?l a :Bay ×3, ?l a :Level ×2", "left out: :y1 a :Bay ×2, :y2 a :Bay",
    ],
    "?b :at ?l . ?l a :Level": [
        "kept: ?l a :Bay ×3, ?l a :Level ×2", "left out: :y1 a :Bay ×2, :y2 a :Bay",
    ],
    "?b a :Breaker ; :volts ?v": ["left out: :b1, :b2", "kept: xsd:integer ×2, xsd:string"],
    "?b :volts ?v FILTER(?v > 50)": [
        *("kept: xsd:integer ×2, xsd:string", 'left out: "10 kV" (in error), 10', "kept: 110"),
    ],
    "?b :state ?s FILTER(?s != :Open)": ["kept: :Closed ×2, :Old"],
    "?b :state ?s FILTER(?s NOT IN (:Old, :Open))": [
        "left out: :Open ×2, :Old", "kept: :Closed ×2",
    ],
    '?b :name ?n FILTER(LANG(?n) = "en")': ["kept: @de, @en", 'left out: "de"'],
    '?x a ?c FILTER(REGEX(STR(?x), "[bl]"))': [
        "left out: :s1, :y1, :y2", "kept: :b1, :b2, :b3, :b4, :b5 (five), :l1, :l2",
    ],
    '?b :name ?n FILTER(REGEX(STR(?n), "^f.v"))': [
        "kept: @de, @en", 'left out: "fünf"@de', 'kept: "five"@en',
    ],
    "?b a :Breaker FILTER EXISTS { ?b :volts ?v }": ["left out: :b1, :b2"],
    "?b a :Breaker FILTER NOT EXISTS { ?b :volts ?v }": ["left out: :b3, :b4, :b5 (five)"],
    "?b a :Breaker MINUS { ?b :at ?l . ?l a :Bay }": ["left out: :b2, :b3, :b4"],
    "?b :volts ?v MINUS { ?b :at ?l FILTER(?v > 5) }": ["kept: xsd:integer ×2, xsd:string"],
    "?b a :Breaker OPTIONAL { ?b :volts ?v }": [
        "kept: xsd:integer ×2, xsd:string", "unmatched: :b1, :b2",
    ],
    "?b :volts ?v BIND(?v + 1 AS ?w)": [
        *("kept: xsd:integer ×2, xsd:string", 'unbound: "10 kV"', "values: 11, 111"),
    ],
    "?b a :Breaker VALUES ?b { :b1 :b9 }": ["left out: :b2, :b3, :b4, :b5 (five)"],
    "VALUES ?b { :b1 :b9 } ?b :at ?l": ["left out: :b9"],
    "?b a :Breaker { ?b :at ?l . ?l a :Bay }": [
        "kept: ?l a :Bay ×3, ?l a :Level ×2", "left out: :l1 a :Level, :l2 a :Level",
        "left out: :b1, :b5 (five)",
    ],
    "?l a :Level . ?y :on ?l . ?b :at ?y": [],
    "?b a :Breaker ; :at/:in ?s": ["left out: :at a :Bay ×3"],
    "?b a :Breaker ; :at/:on/:in ?s": ["left out: :at a :Level ×2"],
    "?b a :Breaker ; :volts/:unit ?u": [
        'left out: no :volts ×2, :volts "10 kV", :volts 10, :volts 110',
    ],
    "?b a :Breaker ; :at/:in :s2": ["left out: :at a :Bay ×3, :at/:in :s1 ×2"],
    "?b a :Breaker ; :unit/:name ?n": ["left out: :b1, :b2, :b3, :b4, :b5 (five)"],
    "?b :name ?n": [],
    "?b a :Breaker ; :name ?n": ["left out: :b1, :b2, :b3, :b4"],
    "?b a :Breaker ; :at ?l": [],
    "?b a :Breaker ; :at|:state ?l . ?l a :Level": [
        "kept: ?l a :Bay ×3, ?l a :Level ×2, … ×5",
        "left out: :Closed ×2, :Open ×2, :y1 ×2, :Old, :y2",
    ],
    "?b :at ?l ; a ?c FILTER(?c = :Level || ?l = :l1 && ?b = :b9)": [
        "kept: ?l a :Bay ×3, ?l a :Level ×2",
        "left out: :Breaker · :l1 · :b1, :Breaker · :l2 · :b5 (five), :Breaker · :y1 · :b2, :Bre…",
        "  :Breaker · :y2 · :b4",
    ],
    "?b :at ?l ; :volts ?v FILTER(?l = :y1 || ?l = :l2 && ?v < 9)": [
        *("kept: ?l a :Bay ×3, ?l a :Level ×2", "left out: :b1 a :Breaker, :b2 a :Breaker"),
        "kept: xsd:integer ×2, xsd:string",
        *('left out: :l2 · 110, :y2 · "10 kV"', "kept: :y1 · 10"),
    ],
    "?b :at ?l . ?l a ?c FILTER(?c = :Bay && (?l = :y1 || ?l = :l2))": [
        "kept: ?l a :Bay ×3, ?l a :Level ×2",
        *("left out: :Bay · :y2, :Level · :l2, :Level · :l1", "kept: :Bay · :y1 ×2"),
    ],
    "?b :state ?s . ?s :name ?n": [
        "left out: :Closed not described here ×2, :Open not described here ×2, :Old not describe…",
    ],
    "VALUES ?b { :b9 :b8 :b7 :b6 } ?b :at ?l": ["left out: :b6, :b7, :b8, :b9"],
}  # fmt: skip


@pytest.mark.parametrize("where", SAID)
def test_a_step_says_what_it_leaves_out_and_what_it_keeps(bays, where):
    said = [line if len(line) <= 88 else f"{line[:87]}…" for line in lines(bays, where)]

    assert said == SAID[where]


ROOMS = """
PREFIX : <http://e/>
:r1 a :Room ; :no "9" ; :floor 1 ; :name "Hall"@en . :r2 a :Room ; :no "10" ; :floor 1 .
:r2 :name "hall"@en .
:r3 a :Room , :Office ; :no "100" ; :floor 2 ; :name "Hall"@en . :r4 a :Room ; :no "11" ; :floor 2 .
"""


@pytest.fixture(scope="module")
def rooms():
    store = ox.Store()
    store.load(ROOMS.encode(), ox.RdfFormat.TURTLE)
    return Explainer(store)


ANSWERED = {
    "SELECT ?r { ?r a :Room }": ["kept: ?r also a :Office, others ×3"],
    "SELECT ?r { ?r a :Office }": [],
    "SELECT ?r ?n { ?r a :Room ; :no ?n }": [],
    "SELECT ?n { ?r a :Room ; :no ?n }": ["kept: ?r also a :Office, others ×3"],
    "SELECT (COUNT(?r) AS ?n) { ?r a :Room }": ["kept: ?r also a :Office, others ×3"],
    "SELECT (SUBSTR(?n, 1, 1) AS ?d) { ?r :no ?n }": ['values: "1" ×3, "9"'],
    "SELECT ?n { ?r :no ?n } ORDER BY DESC(?n) LIMIT 2": [
        'left out: "100", "10"', 'kept: "9", "11"',
    ],
    "SELECT ?r { ?r :no ?n } ORDER BY ?n LIMIT 1": ['left out: "100", "11", "9"', 'kept: "10"'],
    "SELECT ?r { ?r :no ?n } ORDER BY ?n LIMIT 9": [],
    "SELECT ?r { ?r :no ?n } LIMIT 2": ["left out: any, without ORDER BY ×2"],
    "SELECT ?l { ?r :name ?l }": [],
    "SELECT DISTINCT ?l { ?r :name ?l }": [],
    "SELECT DISTINCT ?r ?l { ?r :name ?l }": [],
    "SELECT DISTINCT ?l { ?r :name ?l } ORDER BY ?l LIMIT 1": [
        'left out: "hall"@en', 'kept: "Hall"@en',
    ],
    "SELECT DISTINCT * { ?r :name ?l } ORDER BY ?l LIMIT 1": [
        'left out: "Hall"@en, "hall"@en', 'kept: "Hall"@en',
    ],
    "SELECT ?l { ?r :name ?l } GROUP BY ?l": ['groups: "Hall"@en ×2, "hall"@en'],
    "SELECT (COUNT(*) AS ?n) { ?r :name ?l }": [],
    "SELECT ?n (COUNT(*) AS ?c) { ?r :no ?n OPTIONAL { ?r :name ?l } } GROUP BY ?n": [
        "unmatched: :r4 a :Room",
        'groups: "10", "100", "11", "9"',
    ],
    "SELECT ?l { ?r :name ?l } GROUP BY ?l HAVING(COUNT(*) > 1)": [
        *('groups: "Hall"@en ×2, "hall"@en', "kept: 2"),
    ],
    "SELECT ?l { ?r :name ?l } GROUP BY ?l HAVING(COUNT(?r) < 9) (MIN(STR(?r)) > '')": [
        *('groups: "Hall"@en ×2, "hall"@en', "kept: 1, 2", 'kept: "http://e/r1", "http://e/r2"'),
    ],
    "SELECT ?l (COUNT(?r) AS ?n) { ?r :name ?l } GROUP BY ?l ORDER BY DESC(?n) LIMIT 1": [
        *('groups: "Hall"@en ×2, "hall"@en', "left out: 1", "kept: 2"),
    ],
    "SELECT ?r { { SELECT ?r { ?r :no ?n } ORDER BY ?n LIMIT 1 } ?r :name ?l }": [
        *('left out: "100", "11", "9"', 'kept: "10"'),
    ],
    "SELECT ?a ?b { ?r :floor ?f . ?s :floor ?f . ?r :no ?a . ?s :no ?b FILTER(?a != ?b) }": [
        *("kept: 1 ×2, 2 ×2", 'kept: "10" ×2, "100" ×2, "11" ×2, "9" ×2'),
        'left out: "10" · "10", "100" · "100", "11" · "11", "9" · "9"',
        'kept: "10" · "9", "100" · "11", "11" · "100", "9" · "10"',
    ],
}  # fmt: skip


@pytest.mark.parametrize("query", ANSWERED)
def test_what_makes_rows_of_solutions_says_what_of_what(rooms, query):
    found = rooms.diagnose(PREFIX + query)

    assert [line for step in found.steps for line in sides(step)] == ANSWERED[query]


SENSORS = (
    ":a :name 'Absolute Humidity Sensor'@en , 'Air Sensor' . :b :name 'Zone Return Air sensor' . "
)
SENSORS += ":c :name 'Returns for a long time and a very long one, again'@en , '641.5 DUP' . "
SENSORS += ":d :on '2024-01-01'^^xsd:date , '2024-10-02'^^xsd:date . "


@pytest.mark.parametrize(
    ("condition", "nearest"),
    [
        ("REGEX(STR(?n), '^Return*Sensor$')", '"Zone Return Air sensor"'),
        ("CONTAINS(?n, '641%')", '"641.5 DUP"'),
        ("?n = 'humid'", '"Absolute Humidity Sensor"@en'),
        ("?n = 'Returned'", '"Returns for a long time and a very long one, ag…"@en'),
        ("?n = 'xyz'", '"641.5 DUP"'),
        ("?n = 'for a'", '"Returns for a long time and a very long one, ag…"@en'),
        ("?d >= '2024-10-02'", "2024-01-01"),
    ],
)
def test_of_texts_that_a_condition_leaves_out_those_near_to_its_own_come_first(condition, nearest):
    store = ox.Store()
    store.load(f"{declarations()} PREFIX : <http://e/> {SENSORS}".encode(), ox.RdfFormat.TURTLE)
    pattern = "?s :name ?n" if "?n" in condition else "?s :on ?d"
    said = Explainer(store).diagnose(f"{PREFIX}SELECT * {{ {pattern} FILTER({condition}) }}")

    assert said.steps[-1].left_out[0].value.removesuffix(" (in error)") == nearest


def test_of_kinds_without_an_order_no_sort_keys_are_asked_for(bays):
    """The engine may not come back from that."""
    found = bays.diagnose(f"{PREFIX}SELECT * {{ ?b :volts ?v }} ORDER BY ?v LIMIT 1")

    assert "order-of-mixed-kinds" in [each.code for each in found]
    assert sides(found.steps[-1]) == []


def test_no_problems_does_not_stand_over_a_loss(rooms):
    said = (
        "Nothing wrong was found in names or form."
        " Check below that each step keeps and leaves out what you mean."
    )
    told = {
        query: text(rooms.diagnose(PREFIX + query)).decode().partition("\n")[0]
        for query in (
            "SELECT ?r { ?r a :Office }",
            "SELECT ?r { ?r a :Office } ORDER BY ?r",
            "SELECT ?r ?n { ?r :no ?n FILTER(?n != '9') }",
            "SELECT ?r ?n { ?r :no ?n } LIMIT 2",
        )
    }

    assert [*told.values()] == ["No problems found."] * 2 + [said] * 2


def test_what_has_no_prefix_is_called_by_the_name_that_the_data_give():
    """By whatever property says it; beside a part of its own name where it looks like a value."""
    names = {1: "Anvers", 2: "225.0", 3: ""}
    text = "".join(
        f'<http://long/_{i}abcdefghij> a <http://e/Level> ; <http://e/Object.name> "{name}" .'
        for i, name in names.items()
    )
    store = ox.Store()
    store.load(text.encode(), ox.RdfFormat.TURTLE)

    said = lines(Explainer(store), "?x a :Level ; :none ?y")

    assert said == ["left out: Anvers, _2abcdefg… (225.0), <…/_3abcdefghij>"]


def test_a_clause_of_the_whole_query_stands_for_itself(bays):
    query = f"{PREFIX}SELECT DISTINCT ?l {{ ?b :at ?l }} ORDER BY ?l LIMIT 2 OFFSET 1"
    counted = f"{PREFIX}SELECT (COUNT(*) AS ?n) {{ ?b :at ?l }}"

    assert [each.text for each in bays.diagnose(query).steps[-2:]] == [
        "DISTINCT",
        "LIMIT 2 OFFSET 1",
    ]
    assert bays.diagnose(counted).steps[-1].text == "(COUNT(*) AS ?n)"


def test_a_number_says_that_there_may_be_more():
    """That of a FILTER too, which is measured on as many as are counted."""
    steps = [
        Step("pattern", "?a ?b ?c", 1, 1, 0, 1, 10_000, {}),
        Step("filter", "FILTER(?c > 1)", 1, 1, 0, 10_000, 9_439, {"false": 561}),
        Step("pattern", "?c ?d ?e", 1, 1, 0, 10_000, 12, {}),
        Step("filter", "FILTER(?c > 2)", 1, 1, 0, 12, 9, {"true": 9, "false": 3}),
        Step("filter", "FILTER(?c > 1)", 1, 1, 0, 9_439, 7_000, {"true": 7_000, "false": 3_000}),
        Step("group", "GROUP BY ?c", 1, 1, 0, 7_000, 4, {}),
    ]
    told = re.findall(r"\S+ → \S+", text(Explanation([], steps)).decode())

    assert told == [
        *("1 → 10,000+", "10,000+ → 9,439+", "10,000+ → 12", "12 → 9"),
        *("9,439 → 7,000+", "7,000+ → 4"),
    ]


def test_lines_are_cut_between_words_and_what_is_kept_has_several():
    kept = tuple(Share(f"a value of some length {number}", 1) for number in range(30))
    step = Step("filter", f"FILTER({' '.join(['?abcd'] * 30)})", 1, 1, 0, 30, 30, {}, (), kept)
    _, _, table = text(Explanation([], [step])).decode().partition(":\n")
    line, *lines = table.rstrip().split("\n")

    assert re.fullmatch(r"  FILTER\((\?abcd ){10}\?abcd  30 → 30", line)
    assert [each.strip()[:8] for each in lines[-3:]] == ["kept: a ", "a value ", "a value "]
    assert [each[-1] for each in lines[-3:]] == [",", ",", "9"]


def test_one_class_of_what_another_class_leaves_out_is_told():
    store = ox.Store()
    data = " ".join(f":f{n} a :Forecast ; :p 1 . :m{n} a :Measured ; :p 1 ." for n in range(9))
    store.load(f"PREFIX : <http://e/> {data}".encode(), ox.RdfFormat.TURTLE)

    assert lines(Explainer(store), "?m :p ?v ; a :Measured") == ["left out: ?m a :Forecast ×9"]


def test_groups_of_which_none_is_larger_are_not_told():
    store = ox.Store()
    store.load(
        b"PREFIX : <http://e/> "
        + b" ".join(b":x%d :on :d%d . :y%d :on :d%d ." % (n, n, n, n) for n in range(9)),
        ox.RdfFormat.TURTLE,
    )
    said = Explainer(store).diagnose(f"{PREFIX}SELECT (COUNT(*) AS ?n) {{ ?x :on ?d }} GROUP BY ?d")

    assert sides(said.steps[-1]) == []


def test_what_joins_the_parts_of_a_product_leaves_out_nothing(bays):
    """Unlike what one of them is asked for."""
    assert lines(bays, "?l a :Level OPTIONAL { ?b a :Breaker . ?b :at ?l }") == []
    assert lines(bays, "?b a :Breaker . ?l a :Level . ?b :state :Old . ?b :at ?l") == [
        "left out: :state :Closed ×4, :state :Open ×2, no :state ×2"
    ]


def test_values_with_commas_are_not_cut_in_their_middle():
    shares = tuple(
        Share(f'"one, two, {number}"@en · "three, {number}"@en', 1) for number in range(30)
    )
    told = sides(Step("filter", "FILTER(?a)", 1, 1, 0, 30, 30, {}, (), shares))

    assert [line[-4:] for line in told] == ["@en,", "@en,", " ×21"]


def test_what_has_many_values_is_told_by_name():
    data = ":a :in :x , :y , :z , :k . :b :in :x , :y , :z , :l . :c :in :w ."
    store = ox.Store()
    store.load(f"PREFIX : <http://e/> {data}".encode(), ox.RdfFormat.TURTLE)
    said = lines(Explainer(store), "?t :in ?p . ?t :in :w")

    assert said[-1] == "left out: :a ×4, :b ×4"


def test_what_is_met_is_not_taken_for_what_is_left_out(bays):
    assert lines(bays, "?l a :Level . :b2 :at/:on ?l")[-1] == "left out: ^(:at/:on) :b4"
    assert lines(bays, "?l a :Level . :b1 :at ?l")[-1] == "left out: ^:at :b5 (five)"
    assert lines(bays, "?l a :Level . ?l ^:at :b1")[-1] == "left out: ^:at :b5 (five)"


def test_classes_tell_of_things_and_not_of_terms():
    """Nor those that all have."""
    data = (
        ":a a owl:Class , :K . :b a owl:Class , rdfs:Class . :c a :K , :L , :All . :d a :K , :All . "
        ":x :in :a , :b , :c , :d . :e a :K , :L , :M , :All . :a a :All . :a :n 1 . "
        + " ".join(f":o{n} a owl:Class . :o{n} :p :a . " for n in range(9))
    )
    store = ox.Store()
    prefixes = declarations() + "PREFIX : <http://e/> "
    store.load(f"{prefixes} {data}".encode(), ox.RdfFormat.TURTLE)
    explainer = Explainer(store)

    assert lines(explainer, "?o :p :a ; :n 1")[-1] == "left out: :o0, :o1, :o2, :o3, … ×5"
    assert (
        lines(explainer, "?x :in ?k . ?k :n 1 ; :n ?n . ?k :p ?o")[-1] == "left out: :a a :All + :K"
    )
    assert lines(explainer, "?k a :K") == [
        "kept: ?k also a :L + :M, ?k also a :L, ?k also a owl:Class, others"
    ]


def test_what_has_the_class_that_is_asked_for_is_told_by_name(rooms):
    said = lines(rooms, "?r a :Room ; :name ?l ; a :Office")

    assert said[-1] == "left out: :r1 (Hall), :r2 (hall)"


def test_a_function_that_is_true_or_false_tells_of_what(rooms):
    said = lines(rooms, "?r :no ?n FILTER(!ISLITERAL(STRDT(?n, :t)) || CONTAINS(?n, '1'))")

    assert said == ['left out: "9"', 'kept: "10", "100", "11"']


def test_branches_are_marked_and_a_select_in_braces_is_told_once(rooms):
    union = f"{PREFIX}SELECT * {{ {{ ?r :no ?n }} UNION {{ ?r :name ?n ; :floor 2 }} }}"
    inner = f"{PREFIX}SELECT * {{ ?r :no ?m {{ SELECT ?r {{ ?r :no ?n }} LIMIT 2 }} }}"
    texts = [[step.text.strip() for step in rooms.diagnose(q).steps] for q in (union, inner)]

    assert texts[0][:3] == ["{ ?r :no ?n", "UNION { ?r :name ?n", "?r :floor 2"]
    assert texts[1] == ["?r :no ?m", "?r :no ?n", "LIMIT 2", "{ SELECT ?r { ?r :no ?n } LIMIT 2 }"]


def test_a_path_in_parentheses_is_asked_for_with_them(rooms):
    for path in ("(:no|:name)+", "(:no|:name)?", "(^:no/:no)*/:floor", ":no/(^:no/:no)?"):
        query = f"{PREFIX}SELECT * {{ ?r {path} ?n }}"

        assert rooms.diagnose(query).steps[0].after == len([*rooms.store.query(query)]) > 0


def test_without_the_mechanism_nothing_is_said(bays, monkeypatch):
    monkeypatch.setattr(Sides, "_shares", lambda *_, **__: ())

    assert {where for where in SAID if lines(bays, where)} == set()


def test_it_is_said_in_chinese(bays):
    said = lines(bays, "?b a :Breaker ; :state :Open FILTER(?b = :b1)", "zh-Hans")

    assert said == ["排除：:state :Closed ×2、无 :state", "排除：:b2"]


def test_a_line_is_short_and_the_rest_is_a_number(explainer):
    query = declarations() + "SELECT * { ?x ?p ?l . ?x a gba:Zone }"
    found = explainer.diagnose(query)
    left_out = found.steps[-1].left_out

    assert len(left_out) == 6
    assert (left_out[0].value, left_out[0].solutions) == ("among the first 2,000", 0)
    assert left_out[-1].value == "…"
    assert max(map(len, text(found).decode().splitlines())) <= 120


def _rows(explainer, pattern):
    """The solutions of a pattern, each as pairs of a name and a term; no more than the first."""
    found = explainer.store.query(f"{declarations()}SELECT * {{ {pattern} }} LIMIT 2001")
    names = [each.value for each in found.variables]
    return Counter(
        frozenset((name, row[name]) for name in names if row[name] is not None) for row in found
    )


def _ends(case, explainer, path):
    """How the values of a property are written."""
    rows = explainer.store.query(f"{declarations()}SELECT DISTINCT ?o {{ ?s {path} ?o }}")
    return {text for row in rows for text in (case.shown(row["o"]), case.shown(row["o"])[:40])} | {
        "…"
    }


def _can_be_said(case, rows):
    """How the terms of solutions, and the classes of these, are written."""
    terms = {term for row in rows for _, term in row}
    things = (term for term in terms if isinstance(term, ox.NamedNode | ox.BlankNode))
    classes = {name for thing in things for name in case.schema.classes_of(thing)}
    texts = {*map(case.shown, terms)}
    return texts | {text[:40] for text in texts} | {*map(case.named, classes)}


@pytest.mark.slow
@pytest.mark.parametrize("count", [40, pytest.param(1000, marks=pytest.mark.matrix)])
def test_what_is_said_of_generated_queries_adds_up(explainer, count):
    """Beside the engine's own solutions before and after each step that stands in no group."""
    compared = Counter()
    for seed in range(examples(count)):
        query = ParsedQuery(declarations() + _query(Random(seed)))
        given = explainer.names, explainer.schema, Asked(explainer.store)
        case = Case(query, query.tree, *given, ends=float("inf"))
        own, before = "", Counter([frozenset()])
        for step in (each for each in way(case) if not each.depth):
            if step.kind in ("group", "having", "rows"):
                break
            own += f" {step.text}" + " ." * (step.kind == "pattern")
            after = _rows(explainer, own)
            if max(before.total(), after.total()) > 2000:
                break
            left_out, kept = (
                sum(each.solutions for each in side) for side in (step.left_out, step.kept)
            )
            # Whatever a solution became has its values, and perhaps others.
            gone = {row: n for row, n in before.items() if not any(row <= each for each in after)}
            lost = {"optional": step.counts.get("unmatched"), "bind": step.counts.get("unbound")}
            wanted = lost.get(step.kind, sum(gone.values()))
            assert (query.text, step.text, left_out) in (
                (query.text, step.text, wanted),
                (query.text, step.text, 0),
            )
            assert kept in (0, after.total())
            said = {each.value for each in step.left_out + step.kept} - {
                "…",
                "among the first 2,000",
            }
            known = _can_be_said(case, [*before, *after])
            if step.kind == "pattern":
                known |= _ends(case, explainer, step.text.split()[1])
            path = re.escape(step.text.split()[1]) if step.kind == "pattern" else "a"
            front = rf"^\?\w+ (also )?a |^\^?{path} | \(in error\)$"
            plain = {re.sub(front, "", each) for each in said}
            unknown = {
                each
                for each in plain
                if each[:40] not in known and not {*re.split(r", | [+·] | a ", each)} <= known
            }
            assert (query.text, step.text, _other(unknown)) == (query.text, step.text, set())
            compared[step.kind] += bool(left_out) + bool(kept)
            before = after
    assert compared.total() > count / 2


def _other(values):
    """Values that are of no kind that is told otherwise than a term is."""
    told = re.compile(
        r"@|xsd:|rdf:langString|no |(others|true|false)$"
        r"|.* (has no value|of no class|not described here)$"
    )
    return {each for each in values if not told.match(each)}


COUNTED = (
    declarations() + "SELECT * { ?x gba:status ?s . ?x a gba:Project FILTER(?s != gba:Completed) }"
)


def test_python_and_notebooks_tell_it():
    found = gbagraph.open().explain(COUNTED)
    kept = found.steps[-1].kept

    assert {(each.value, each.solutions) for each in kept} == {
        ("gba:Ongoing", 5),
        ("gba:Planned", 2),
    }
    assert "kept: gba:Ongoing ×5, gba:Planned ×2" in found._repr_html_()


def test_a_server_and_its_page_tell_it(server):
    asked = {"params": {"query": COUNTED}}
    json = server.client.get("/sparql/explain", **asked).json()
    page = server.client.get("/sparql/explain", headers={"Accept": "text/html"}, **asked).text

    assert json["steps"][-1]["kept"][0] == {"value": "gba:Ongoing", "solutions": 5}
    assert json["steps"][-1]["left_out"] == []
    assert "kept: gba:Ongoing ×5, gba:Planned ×2</td>" in page


def test_assistants_are_told_in_short(bays):
    step = asdict(bays.diagnose(f"{PREFIX}SELECT * {{ ?b a :Breaker ; :state :Open }}").steps[1])

    assert _short(step) == {
        **{
            name: step[name]
            for name in ("kind", "text", "line", "column", "depth", "before", "after")
        },
        "left_out": ":state :Closed ×2, no :state",
    }
