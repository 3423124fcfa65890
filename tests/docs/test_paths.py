"""The paths of the manual: each is a pattern that finds something."""

import re

import pytest

from gbagraph.paths import resource

PAGE = resource("docs", "query.md").read_text()
PREFIXES = "".join(
    f"PREFIX {name}: <https://w3id.org/gbagraph/{space}>\n"
    for name, space in (("gba", "ontology#"), ("id", "id/"))
)
PATHS = re.findall(
    r"^\| ([^|]+) \| `([^`]+)` \|$",
    PAGE.partition("## Walk from one thing to another")[2].partition("\n## ")[0],
    re.MULTILINE,
)


@pytest.mark.parametrize("path", [path for _, path in PATHS], ids=[name for name, _ in PATHS])
def test_a_path_leads_somewhere(graph, path):
    pattern = path.replace("\\|", "|")

    assert list(graph.query(f"{PREFIXES}SELECT * {{ {pattern} }}"))


def test_there_are_paths():
    assert len(PATHS) >= 18


def test_what_lies_in_the_greater_bay_area_agrees_with_its_members_and_its_scheme(graph):
    """Two paths, the members, the number of nine, and the places that the scheme is for."""

    def asked(pattern):
        return {row["x"].value for row in graph.query(f"{PREFIXES}SELECT ?x {{ {pattern} }}")}

    kinds = {
        kind: asked(f"?x a gba:{kind} ; gba:locatedIn id:greater-bay-area")
        for kind in ("UrbanArea", "Zone")
    }
    cities = asked("?x a gba:UrbanArea ; gba:inRegion id:greater-bay-area")
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
