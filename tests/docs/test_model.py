"""The model on one page: each of its queries runs, and finds something."""

import re

import pytest

from gbagraph.paths import resource

PAGE = resource("docs", "model.md").read_text()
PREFIXES = "".join(
    f"PREFIX {name}: <https://w3id.org/gbagraph/{space}>\n"
    for name, space in (("gba", "ontology#"), ("id", "id/"))
)
PATHS = re.findall(r"^### (\d+)\. (.*?)\n.*?```sparql\n(.*?)```", PAGE, re.M | re.S)


def test_it_has_twenty_paths():
    assert [int(number) for number, _, _ in PATHS] == [*range(1, 21)]
    assert PAGE.count("```sparql") == len(PATHS)


@pytest.mark.parametrize(
    "query", [query for _, _, query in PATHS], ids=[name for _, name, _ in PATHS]
)
def test_a_path_leads_somewhere(graph, query):
    assert list(graph.query(query))


def test_what_lies_in_the_greater_bay_area_agrees_with_its_members_and_its_scheme(graph):
    """The two paths, the members, the number of nine, and the places that the scheme is for."""

    def asked(pattern):
        return {row["x"].value for row in graph.query(f"{PREFIXES}SELECT ?x {{ {pattern} }}")}

    lying, cities = (list(graph.query(query)) for _, _, query in PATHS[:2])
    kinds = {
        kind: {row["thing"].value for row in lying if row["kind"].value.endswith(f"#{kind}")}
        for kind in ("UrbanArea", "Zone")
    }
    cities = {row["city"].value for row in cities}
    region = asked("VALUES ?x { id:greater-bay-area }")
    scheme = asked("id:greater-bay-area-scheme gba:planFor ?x")
    aim = asked("id:target-bay-area-powerhouse gba:aimFor ?x")

    assert kinds["UrbanArea"] == cities == asked("?x gba:memberOf id:greater-bay-area")
    assert len(cities & asked("?x a gba:City ; gba:locatedIn id:guangdong")) == 9
    assert asked("id:greater-bay-area gba:memberCount/gba:value ?x") == {"9"}
    assert len(cities & asked("?x a gba:SpecialAdministrativeRegion")) == 2
    assert region < scheme | aim <= region | cities
    assert kinds["Zone"] == asked(
        "?x a gba:Zone ; gba:locatedIn ?city . ?city gba:inRegion id:greater-bay-area"
    )
