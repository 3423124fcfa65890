"""The table of steps is readable: what matters comes first, and nothing is there that tells nothing."""

# ruff: noqa: E501, RUF001  lines and signs that readers see

import pyoxigraph as ox
import pytest

from gbagraph.api.explanations import Explanation, Share, Step
from gbagraph.features.diagnostics.diagnosis import Explainer
from gbagraph.features.diagnostics.told import sides, text

DATA = """
@prefix : <http://e/> . @prefix unit: <http://qudt.org/vocab/unit/> .
@prefix qudt: <http://qudt.org/schema/qudt/> .
:huangpu :in :china , :guangdong , :guangzhou . :kc :in :huangpu . :tianhe :in :guangzhou .
:china a :Place . :guangdong a :Place . :guangzhou a :Place .
:a a :City . :b a :City . :c a :City . :d a :City . :e a :City . :z a :City .
:l1 :name "Ash Light"@en , "Leuchtturm Ash"@de , "阿什灯塔"@zh .
:l2 :name "Elm Light"@en , "Leuchtturm Elm"@de .
:l3 :name "Ash Rock"@en , "Aschefels"@de , "小灯塔"@zh .
:k1 :at :w , :v . :k2 :at :w . :k3 :at :v .
GRAPH :other { :a1 a :Approval ; :date 1 } :a1 :differs :b1 .
""" + "".join(
    f":r{n} :value {n} ; qudt:unit unit:{'DEG_F' if n > 34 else 'DEG_C'} . "
    for n in (*range(10, 36), *range(60, 70))
)
PREFIX = "PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "


@pytest.fixture(scope="module")
def data():
    store = ox.Store()
    store.load(DATA.encode(), ox.RdfFormat.TRIG)
    return Explainer(store)


def lines(explainer, query):
    form = query if query.startswith("SELECT") else f"SELECT * {{ {query} }}"
    return [line for step in explainer.diagnose(PREFIX + form).steps for line in sides(step)]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        # Of a first step that keeps few things, these.
        (":huangpu :in ?place", ["kept: :china, :guangdong, :guangzhou"]),
        # What the query names comes first.
        (
            "?c a :City FILTER(?c = :a || :z)",
            ["left out: :z (in error), :b (in error), :c (in error), :d (in error), :e (in error)"],
        ),
        # So does what is in the language that is asked for, or in its script; else one of each language.
        (
            '?l :name ?n FILTER(LANG(?n) = "de" && CONTAINS(?n, "xyz"))',
            [
                "kept: @de ×3, @en ×3, @zh ×2",
                'left out: "Aschefels"@de, "Leuchtturm Ash"@de, "Leuchtturm Elm"@de, "Ash Light"@en, … ×4',
            ],
        ),
        (
            '?l :name ?n FILTER(CONTAINS(?n, "燈塔"))',
            [
                "kept: @de ×3, @en ×3, @zh ×2",
                'left out: "小灯塔"@zh, "阿什灯塔"@zh, "Aschefels"@de, "Ash Light"@en, … ×4',
            ],
        ),
        (
            '?l :name ?n FILTER(CONTAINS(?n, "xyz"))',
            [
                "kept: @de ×3, @en ×3, @zh ×2",
                'left out: "Aschefels"@de, "Ash Light"@en, "小灯塔"@zh, "Ash Rock"@en, … ×4',
            ],
        ),
        # A pair is taken once: that tells nothing of things.
        ("?a :at ?p . ?b :at ?p FILTER(STR(?a) < STR(?b))", ["kept: :v ×2, :w ×2"]),
        # A class in another graph is not told.
        ("?a :differs :b1 ; :date ?d", ["left out: :a1"]),
    ],
)
def test_what_matters_is_told(data, query, said):
    assert lines(data, query) == said


@pytest.mark.parametrize(
    "condition",
    ["FILTER(?v > 30)", "BIND(xsd:decimal(?v) AS ?d) FILTER(?d > 30)"],
)
def test_numbers_in_several_units_have_theirs(data, condition):
    said = lines(data, f"?r :value ?v {condition}")

    assert said[-2:] == [
        "left out: 10 to 30 DEG_C ×21",
        "kept: 35 to 69 DEG_F ×11, 31 to 34 DEG_C ×4",
    ]


def test_few_numbers_have_their_units(data):
    said = lines(data, "?r :value ?v FILTER(?v > 33 && ?v < 61)")

    assert said[-1] == "kept: 34 DEG_C, 35 DEG_F, 60 DEG_F"


def test_groups_are_told_though_the_step_before_keeps_the_same(data):
    said = lines(data, "SELECT ?p (COUNT(*) AS ?n) { ?k :at ?p } GROUP BY ?p")

    assert said == ["kept: :v ×2, :w ×2", "groups: :v ×2, :w ×2"]


@pytest.mark.parametrize("kinds", [1, 1_000])
def test_of_the_first_of_many_nothing_is_told_that_tells_nothing(kinds):
    store = ox.Store()
    rows = (f":r{n} :of :k{n % kinds} . :k{n % kinds} :p :q{n % kinds} ." for n in range(3_000))
    store.load(f"PREFIX : <http://e/> {' '.join(rows)} :x :p :y .".encode(), ox.RdfFormat.TURTLE)

    assert lines(Explainer(store), "?r :of ?k . ?k :p :y") == []


def test_a_step_is_a_whole_triple_with_both_ends_and_what_is_not_shown_is_counted():
    values = ", ".join(f":v{n}" for n in range(30))
    store = ox.Store()
    store.load(f"PREFIX : <http://e/> :s a :T ; :p {values} .".encode(), ox.RdfFormat.TURTLE)
    query = f"{PREFIX}SELECT * {{ ?s a :T ; :p ?v FILTER(?v NOT IN ({values}, :last)) }}"
    told = text(Explainer(store).diagnose(query)).decode().split("Where the rows went:\n")[1]

    assert "\n  ?s :p ?v " in told
    assert ":v29, :last))\n" in told
    shares = (*(Share(f"{'x' * 40} {n}", 2) for n in range(9)), Share("…", 5))
    step = Step("filter", "FILTER(?a)", 1, 1, 0, 23, 23, {}, (), shares)
    assert text(Explanation([], [step])).decode().rstrip().endswith("… ×11")
