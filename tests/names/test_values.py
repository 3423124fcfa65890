"""Values of parameters by label, and what is said of those that name nothing."""

import pytest

import gbagraph
from gbagraph.errors import BadParameter
from gbagraph.paths import resource


def things(graph, **values):
    return {row["thing"].value.rpartition("/")[2] for row in graph.run("everything-in", **values)}


@pytest.mark.parametrize(
    "value",
    [
        "knowledge-city",
        "id:knowledge-city",
        "https://w3id.org/gbagraph/id/knowledge-city",
        "China-Singapore Guangzhou Knowledge City",
        "knowledge city",
        "中新广州知识城",
        "中新廣州知識城",
    ],
)
def test_a_thing_is_named_in_any_way(graph, value):
    assert things(graph, place=value) == {"apollo-rd-centre", "xpeng-production-site"}


@pytest.mark.parametrize(
    "value",
    ["Q16572", "q16572", "wd:Q16572", "1809858", "https://sws.geonames.org/1809858/"],
)
def test_a_thing_is_named_by_its_identifier_elsewhere(graph, value):
    assert things(graph, place=value) == things(graph, place="guangzhou")


def test_a_value_that_names_nothing_is_an_error_with_the_nearest_names(graph):
    with pytest.raises(
        BadParameter, match=r"'guangzhu', which names nothing here.*guangzhou"
    ) as raised:
        things(graph, place="guangzhu")

    assert "https://w3id.org/gbagraph/id/guangzhou" in raised.value.details["near"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("companies-to-zones", {"company": "bidu"}),
        ("is-in", {"inner": "atlantis", "outer": "china"}),
    ],
    ids=["optional", "ASK"],
)
def test_no_query_answers_of_what_there_is_not(graph, name, values):
    with pytest.raises(BadParameter, match="names nothing here"):
        graph.run(name, **values)


def test_an_ambiguous_label_is_an_error_with_the_candidates(tmp_path):
    path = tmp_path / "two.ttl"
    path.write_text(
        "@prefix : <urn:t:> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        ':a rdfs:label "Same" . :b rdfs:label "Same" .'
    )
    with pytest.raises(BadParameter, match=r"names several things.*urn:t:[ab].*urn:t:[ab]"):
        gbagraph.open(path, queries=resource("queries")).run("everything-in", place="Same")
