"""Where the rows went: what is measured of each part is what the engine gives for the whole."""

from random import Random

import pytest

import gbagraph
from gbagraph.features.diagnostics.asked import Asked
from gbagraph.features.diagnostics.case import Case
from gbagraph.features.diagnostics.diagnosis import Explainer
from gbagraph.features.diagnostics.way import way
from gbagraph.rdf.namespaces import declarations
from gbagraph.sparql.parsed import ParsedQuery
from support.soak import examples

CLASSES = ("gba:Zone", "gba:City", "gba:Company", "gba:Project")
LINKS = (
    "gba:locatedIn",
    "gba:directlyIn",
    "gba:develops",
    "gba:focusesOn",
    "rdfs:label",
    "gba:area",
)
VARIABLES = "?a", "?b", "?c", "?d"
CONDITIONS = (
    "ISIRI({})", "BOUND({})", "LANG({}) = 'en'", "{} > 100", "CONTAINS({}, 'a')", "{} != id:guangzhou",
    "EXISTS {{ {} a gba:Zone }}", "NOT EXISTS {{ {} gba:area ?e }}", "{} IN (id:baidu, id:nansha)",
)  # fmt: skip


@pytest.fixture(scope="module")
def explainer():
    return Explainer(gbagraph.open().store)


def _triple(rng: Random) -> str:
    first, second = rng.sample(VARIABLES, 2)
    if rng.random() < 0.4:
        return f"{first} a {rng.choice(CLASSES)} ."
    return f"{first} {rng.choice(LINKS)} {second} ."


def _part(rng: Random, depth: int) -> str:
    kind = rng.randrange(9 if depth else 5)
    if kind < 3:
        return _triple(rng)
    if kind == 3:
        return f"FILTER({rng.choice(CONDITIONS).format(rng.choice(VARIABLES))})"
    if kind == 4:
        return f"BIND(STR({rng.choice(VARIABLES)}) AS ?s{rng.randrange(10**9)})"
    inner = _group(rng, depth - 1)
    return {
        5: f"OPTIONAL {inner}",
        6: f"{inner} UNION {_group(rng, depth - 1)}",
        7: f"MINUS {inner}",
        8: f"{{ SELECT {rng.choice(('*', 'DISTINCT ?a ?b'))} {inner} LIMIT 20 }}",
    }[kind]


def _group(rng: Random, depth: int) -> str:
    parts = (_part(rng, depth) for _ in range(rng.randint(1, 3)))
    return f"{{ {_triple(rng)} {' '.join(parts)} }}"


def _query(rng: Random) -> str:
    where = _group(rng, 2)
    return rng.choice(
        (
            f"SELECT * {where}",
            f"SELECT DISTINCT ?a ?b {where}",
            f"SELECT * {where} LIMIT 5",
            f"SELECT ?a (COUNT(*) AS ?n) {where} GROUP BY ?a",
            f"SELECT ?a (COUNT(*) AS ?n) {where} GROUP BY ?a HAVING (COUNT(*) > 1)",
        )
    )


@pytest.mark.slow
@pytest.mark.parametrize("count", [40, pytest.param(1000, marks=pytest.mark.matrix)])
def test_the_last_step_has_as_many_rows_as_the_query(explainer, count):
    """Generated queries: measured part by part, and asked at once."""
    compared = 0
    for seed in range(examples(count)):
        query = declarations() + _query(Random(seed))
        rows = 0
        for _ in explainer.store.query(query):
            rows += 1
            if rows == 10_000:
                break
        parsed = ParsedQuery(query)
        case = Case(
            parsed,
            parsed.tree,
            explainer.names,
            explainer.schema,
            Asked(explainer.store),
            ends=float("inf"),
        )
        steps = [each for each in way(case) if not each.depth]
        if steps:
            compared += 1
            assert (query, steps[-1].after) == (query, rows)
    assert compared > 0.9 * count


def test_a_step_says_what_its_part_does(explainer):
    query = declarations() + (
        "SELECT ?z ?v { ?z a gba:Zone OPTIONAL { ?z gba:area/gba:value ?v } FILTER(?v > 100) }"
    )
    zones = explainer.diagnose(query).steps

    assert [(each.kind, each.depth, each.before, each.after) for each in zones] == [
        ("pattern", 0, 1, 13),
        ("pattern", 1, 13, 3),
        ("optional", 0, 13, 13),
        ("filter", 0, 13, 1),
    ]
    assert zones[2].counts == {"unmatched": 10}
    assert zones[3].counts == {"true": 1, "false": 2, "error": 10}
    assert query.split("\n")[zones[3].line - 1][zones[3].column - 1 :].startswith("FILTER")
