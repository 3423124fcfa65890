"""The kinds of things in a dataset, as they are read from answers."""

import json
import re

import pytest

from gbagraph.web import kinds


def answer(*rows):
    return json.dumps({"results": {"bindings": rows}}).encode()


def row(name, number, **more):
    return {
        "class": {"type": "uri", "value": f"urn:{name}"},
        "number": {"type": "literal", "value": str(number)},
        **more,
    }


def test_a_class_of_which_an_engine_gives_no_example_is_left_out():
    """Some know no least IRI, though SPARQL orders them (section 15.1)."""
    example = {"type": "uri", "value": "urn:a1"}

    found = kinds.read_kinds(answer(row("B", 5), row("A", 2, example=example)), answer())

    assert [(each.term.iri, each.number) for each in found.classes] == [("urn:A", 2)]


# --- Families ---

SHOP = "http://shop.example/terms/"


def kinds_of(numbers, above=()):
    """The kinds of data in which each class has so many things; *above* are pairs of classes."""
    example = {"type": "uri", "value": "urn:a1"}
    counted = [
        {**row("", number), "class": {"type": "uri", "value": SHOP + name}, "example": example}
        for name, number in numbers.items()
    ]
    pairs = [
        {name: {"value": SHOP + each} for name, each in zip(("class", "above"), pair, strict=True)}
        for pair in above
    ]
    return kinds.read_kinds(answer(*counted), answer(*pairs))


def numbers(found, names):
    return [found.colour(SHOP + name) for name in names]


def test_families_are_the_highest_classes_the_largest_first():
    found = kinds_of(
        {"Tea": 9, "Pot": 4, "GreenTea": 3, "Shop": 2}, [("GreenTea", "Tea"), ("BlackTea", "Tea")]
    )

    assert numbers(found, ["Tea", "GreenTea", "BlackTea", "Pot", "Shop"]) == [1, 1, 1, 2, 3]
    assert found.family(SHOP + "GreenTea").name == "tea"
    # Of a thing of two families it is the larger one, in whatever order its classes stand.
    assert found.family(SHOP + "Shop", SHOP + "Pot").number == 2


def test_a_class_of_nearly_all_is_no_family_but_those_below_it_are():
    names = ["Equipment", "Point", "Location", "System"]
    found = kinds_of({"Entity": 20} | dict.fromkeys(names, 5), [(each, "Entity") for each in names])

    assert numbers(found, [*names, "Entity"]) == [1, 2, 3, 4, 0]


def test_families_beyond_the_last_colour_have_none():
    found = kinds_of({f"K{n:02}": 99 - n for n in range(12)})

    assert numbers(found, [f"K{n:02}" for n in range(12)]) == [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0]


def test_classes_of_evidence_leave_the_colours_to_others():
    found = kinds_of({"Tea": 1})
    term = "http://www.w3.org/2002/07/owl#Class"

    assert (found.colour(term), found.colour(SHOP + "Tea")) == (0, 1)


PAGES = {
    "box on the start page": ("/", r'id/baidu"><title>[^<]*</title><rect class="node kind-(\d)'),
    "chip of a thing": ("/doc/id/baidu", r'kind-(\d)" href="[^"]*Company"'),
    "box of a network": (
        "/queries/companies-to-zones?view=network",
        r'id/baidu"><title>[^<]*</title><rect class="node kind-(\d)',
    ),
    "box of an answer with other things": (
        "/sparql?view=network&query=SELECT*{?who+<https://w3id.org/gbagraph/ontology%23develops>+?what}",
        r'id/baidu"><title>[^<]*</title><rect class="node kind-(\d)',
    ),
    "class of the diagram": ("/ontology", r'#Company"><rect class="kind-(\d)'),
    "term": ("/ontology", r'class="family kind-(\d)" href="/ontology/terms/Company"'),
    "page of the term": ("/ontology/terms/Company", r'class="family kind-(\d)">Organizations'),
}


@pytest.mark.parametrize("place", PAGES)
def test_a_family_has_the_same_colour_on_all_pages_and_its_name_beside_it(server, place):
    path, mark = PAGES[place]
    page = server.page(path)

    assert set(re.findall(mark, page)) == {"2"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_legend_names_the_families_drawn(server, language):
    page = server.page("/queries/companies-to-zones?view=network", language)
    (first, *_) = re.findall(r'<ul class="families">.*?</ul>', page, re.DOTALL)
    told = re.findall(r'kind-(\d)">.*</svg>(.*)</li>', first)

    english = ["Places", "Organizations and people", "Projects", "Plans and aims"]
    chinese = ["地点", "机构与人物", "项目", "规划与目的"]
    assert told == list(zip("1235", english if language == "en" else chinese, strict=True))
