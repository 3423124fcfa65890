"""Questions about the article, answered by an assistant with the tools alone.

Each step uses only what the steps before it gave: names of the graph stand only in what is asserted.
"""

import pytest

from support.assistant import Assistant

ID, ARTICLE = "https://w3id.org/gbagraph/id/", "https://w3id.org/gbagraph/article/"

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def assistant():
    with Assistant.over_stdio("--tools", "all") as found:
        yield found


def first(assistant, text, kind):
    """What a name means, as the assistant looks it up."""
    return next(
        row for row in assistant.call("search", text=text)["results"] if row["kind"] == kind
    )


def test_which_companies_are_to_have_headquarters_in_pazhou(assistant):
    refused = assistant.error("headquarters-plans", place="Pazhou")
    (place,) = [iri for iri in refused["near"] if is_a(assistant, iri, "Zone")]
    found = assistant.call("headquarters-plans", place=place, evidence=True)

    assert {row["companyLabel"] for row in found["rows"]} == {
        "Alibaba",
        "Fosun",
        "Tencent",
        "Xiaomi",
    }
    assert all(row["openList"] for row in found["rows"])
    assert all(ARTICLE + "ai-zone-4" in each["paragraphs"] for each in found["evidence"])


def is_a(assistant, iri, name):
    return any(
        row["class"].endswith(f"#{name}") for row in assistant.call("classes-of", thing=iri)["rows"]
    )


def test_a_question_that_no_tool_has_is_asked_in_sparql(assistant):
    """How large are all zones together whose area the article gives?"""
    zone = first(assistant, "Zone", "class")["iri"]
    about = assistant.call("schema", about=zone)["properties_of_its_things"]
    area = next(row["property"] for row in about if row["propertyLabel"] == "area")
    (joined, *_) = assistant.call("schema", about=area)["joins"]
    about = assistant.call("schema", about=joined["object"])["properties_of_its_things"]
    value = next(row["property"] for row in about if row["propertyLabel"] == "value")
    text = f"SELECT (SUM(?km) AS ?sum) {{ ?z a <{zone}> ; <{area}>/<{value}> ?km }}"
    found = assistant.call("query", sparql=text, evidence=True)

    assert found["rows"] == [{"sum": 123 + 99 + 81}]
    paragraphs = set(found["evidence"][0]["paragraphs"])
    assert {ARTICLE + name for name in ("knowledge-city-1", "nansha-1", "ai-zone-1")} <= paragraphs
