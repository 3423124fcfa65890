"""What is told of a thing: the same record here and from a server; and in short, for assistants."""

import asyncio
import json

import pytest

import gbagraph
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.engine import Engine
from gbagraph.errors import BadParameter, UnknownResource
from gbagraph.features.assistants.completion import complete
from gbagraph.features.assistants.resources import read_resource
from gbagraph.features.assistants.tool import Asker
from gbagraph.features.things.describing import describe
from gbagraph.features.things.tools import DESCRIBE, PATH
from gbagraph.rdf.namespaces import PREFIXES
from support import file_with

KNOWLEDGE_CITY_3 = PREFIXES["art"] + "knowledge-city-3"


def record(graph, name, *languages):
    return graph._all(describe(name, languages or ("en",)))


def values(found, table, name):
    rows = [each for each in found[table] if each["property"]["iri"] == PREFIXES["gba"] + name]
    return {each["iri"]: each for row in rows for each in row["values"]}


def test_facts_names_and_passages(graph):
    found = record(graph, "Baidu")

    assert (found["label"], found["kind"], found["types"][0]["label"]) == (
        "Baidu",
        "thing",
        "Company",
    )
    assert {"text": "百度", "kind": "zh-hant"} in found["names"]
    assert {"iri": PREFIXES["wd"] + "Q14772", "label": "wd:Q14772"} in found["identifiers"]
    centre = values(found, "facts", "develops")[PREFIXES["id"] + "apollo-rd-centre"]
    assert (centre["basis"], centre["passages"]) == ("inferred", [KNOWLEDGE_CITY_3])
    assert centre["sentences"] == [[KNOWLEDGE_CITY_3, 2]]
    city = values(found, "facts", "involvedIn")[PREFIXES["id"] + "knowledge-city"]
    assert city["basis"] == "derived"
    (passage,) = [each for each in found["passages"] if each["iri"] == KNOWLEDGE_CITY_3]
    assert passage["label"].endswith("paragraph 3")
    assert "Baidu" in passage["summary"]


def test_numbers_and_other_sources(graph):
    found = record(graph, "knowledge-city")

    (area,) = values(found, "facts", "area").values()
    assert (area["says"], area["basis"]) == ("123 unit:KiloM2", "stated")
    assert any(
        each["says"] == "178 unit:KiloM2"
        for each in values(found, "other_sources", "area").values()
    )


@pytest.mark.parametrize("name", ["百度", "id:baidu", "<id/baidu>", PREFIXES["id"] + "baidu"])
def test_each_kind_of_name_means_the_same(graph, name):
    assert {**record(graph, name), "asked": 0} == {**record(graph, "baidu"), "asked": 0}


def test_a_name_of_several_things_gives_these_and_a_wrong_one_near_ones(tmp_path, graph):
    text = '@prefix e: <urn:> . e:a <http://www.w3.org/2000/01/rdf-schema#label> "Same" .'
    own = gbagraph.open(
        file_with(tmp_path / "own.ttl", text + text.partition(".")[2].replace("e:a", "e:b"))
    )

    assert [each["iri"] for each in record(own, "same")["candidates"]] == ["urn:a", "urn:b"]
    with pytest.raises(UnknownResource, match=r"Nothing here .*id:baidu \(Baidu\)") as raised:
        record(graph, "Baidoo")
    assert raised.value.details["suggestions"][0]["iri"] == PREFIXES["id"] + "baidu"


def test_a_paragraph_a_class_and_a_property(graph):
    paragraph, of_class, term = (
        record(graph, n) for n in ("art:knowledge-city-3", "gba:Company", "gba:develops")
    )

    assert (paragraph["kind"], of_class["kind"], term["kind"]) == ("paragraph", "class", "property")
    assert paragraph["rests"][0]["value"]["label"] == "Apollo R&D Centre"
    rests = [json.dumps({**each, "basis": ""}) for each in paragraph["rests"]]
    assert len(rests) == len(set(rests))
    assert any(e["label"] == "Baidu" for r in of_class["neighbours"] for e in r["values"])
    assert {use["subject"]["label"] for use in term["uses"]} == {"Baidu", "Xpeng"}


def test_a_graph_of_others_is_described_without_evidence(small_file):
    found = record(gbagraph.open(small_file), "http://example.org/b")

    assert found["facts"][0]["values"][0] | {"passages": []} == {
        "iri": "http://example.org/c",
        "label": "e:c",
        "basis": "asserted",
        "passages": [],
    }
    assert found["neighbours"][0]["back"]
    assert "passages" not in found


@pytest.fixture(scope="module")
def asked_server():
    """A function that waits for what an asker of the built-in dataset is asked, in workers."""
    with asyncio.Runner() as runner:
        engine = Engine()
        runner.run(engine.__aenter__())
        asker = Asker(ResultCache(engine, 64))
        yield lambda function, *given: runner.run(function(asker, *given))
        runner.run(engine.__aexit__(None, None, None))


def told(asked, tool, **arguments):
    answer = asked(tool.answer, arguments)
    return answer, json.dumps(answer, ensure_ascii=False, separators=(",", ":"))


def test_a_description_is_short_and_cites(asked_server):
    names = ("baidu", "xpeng", "id:guangzhou", "id:ai-zone", "art:knowledge-city-3", "gba:Company")
    sizes = [len(told(asked_server, DESCRIBE, thing=name)[1]) for name in names]
    answer, text = told(asked_server, DESCRIBE, thing="百度")

    assert max(sizes) < 2000
    assert sorted(sizes)[2] <= 1500
    assert answer["is"] == 'id:baidu "Baidu"'
    assert set(answer["names"].split(", ")) == {"百度 (zh-hans)", "百度 (zh-hant)"}
    assert answer["facts"][:2] == [
        [
            "gba:focusesOn",
            'id:internet-industry "Internet industry"',
            "stated",
            "art:blockchain-3: 1",
        ],
        [
            "gba:develops",
            'id:apollo-rd-centre "Apollo R&D Centre"',
            "inferred",
            "art:knowledge-city-3: 2",
        ],
    ]
    involved = [row[1] for row in answer["facts"] if row[0] == "gba:involvedIn"]
    assert involved == ['id:knowledge-city "China-Singapore Guangzhou Knowledge City"']
    assert f"<{KNOWLEDGE_CITY_3}>" in text
    assert answer["more"]
    assert answer["left_out"]["gba:plannedIn"] > 0
    assert answer["resource_links"][0]["uri"] == "gbagraph://paragraph/art:knowledge-city-3"


def test_what_a_passage_states_is_told_before_what_follows(asked_server):
    answer, _ = told(asked_server, DESCRIBE, thing="id:target-5g-base-stations")

    assert ['gba:targetKind "has target kind"', "gba:Increase"] in [r[:2] for r in answer["facts"]]
    assert {row[2] for row in answer["facts"]} == {"stated"}


def test_each_property_has_a_value_before_one_has_more(asked_server):
    answer, _ = told(asked_server, DESCRIBE, thing="id:guangzhou")
    names = [row[0] for row in answer["facts"]]

    assert len(set(names)) == len(names)
    assert {"gba:capitalOf", "gba:inRegion"} <= {*names}
    assert answer["left_out"]["gba:contains"] == 15


def test_a_property_that_only_repeats_others_takes_no_values_from_them(asked_server):
    answer, _ = told(asked_server, DESCRIBE, thing="apollo-rd-centre")

    assert [*answer["left_out"]] == ["gba:locatedIn"]
    assert not any(" more" in row[1] for row in answer["facts"])


def test_a_long_description_is_cut(asked_server):
    answer, text = told(asked_server, DESCRIBE, thing="<id/article>", detail="full")
    whole, _ = told(asked_server, DESCRIBE, thing="id:xpeng", detail="full")

    assert len(text) < 12_000
    assert answer["left_out"]["rests"] > 100
    assert answer["hint"] == "query gives all."
    assert "left_out" not in whole
    assert [v["repeats"] for f in whole["facts"] for v in f["values"] if "repeats" in v]


def test_a_path_has_basis_and_passages(asked_server):
    answer, _ = told(asked_server, PATH, **{"from": "百度", "to": "Knowledge City"})

    assert answer["paths"][0] == [
        [
            "gba:develops",
            'id:apollo-rd-centre "Apollo R&D Centre"',
            "inferred",
            "art:knowledge-city-3: 2",
        ],
        [
            "gba:directlyIn",
            'id:knowledge-city "China-Singapore Guangzhou Knowledge City"',
            "inferred",
            "art:knowledge-city-3: 1, 2",
        ],
    ]
    assert "^" in answer["paths"][1][1][0]
    nothing, _ = told(asked_server, PATH, **{"from": "baidu", "to": "gba:Company", "length": 2})
    assert nothing["paths"] == []
    assert nothing["looked"].startswith("Up to 2 steps, ")


def test_a_wrong_argument_is_told_with_the_names_of_arguments(asked_server):
    with pytest.raises(BadParameter, match=r"unknown field `x`.* It takes: from, to, length"):
        told(asked_server, PATH, **{"from": "baidu", "to": "xpeng", "x": 1})


def test_two_tools_take_few_characters_of_a_list():
    schemas = [
        (t.name, t.title, t.description, t.input_schema, t.output_schema) for t in (DESCRIBE, PATH)
    ]

    assert len(json.dumps(schemas)) < 2200


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        (("gbagraph://thing/{name}", "name", "百", {}), "百度"),
        (("gbagraph://thing/{name}", "name", "Apol", {}), "Apollo R&D Centre"),
        (("gbagraph://paragraph/{name}", "name", "know", {}), "art:knowledge-city-1"),
        (("gbagraph://queries/{name}", "name", "zones", {}), "zones-by-area"),
        (("explore", "thing", "xpe", {}), "Xpeng"),
        (("check", "topic", "big", {"question": "zones-for-topic"}), "big-data-centre"),
        (("check", "other", "big", {"question": "zones-for-topic"}), None),
    ],
)
def test_names_and_values_complete(asked_server, asked, first):
    assert next(iter(asked_server(complete, *asked)), None) == first


def test_a_thing_a_paragraph_and_the_queries_can_be_read(asked_server):
    thing, _ = asked_server(read_resource, "gbagraph://thing/%E7%99%BE%E5%BA%A6")
    paragraph, _ = asked_server(read_resource, "gbagraph://paragraph/knowledge-city-3")
    queries, _ = asked_server(read_resource, "gbagraph://queries")

    assert json.loads(thing)["iri"] == PREFIXES["id"] + "baidu"
    assert json.loads(paragraph)["kind"] == "paragraph"
    assert "- zones-by-area: " in queries
