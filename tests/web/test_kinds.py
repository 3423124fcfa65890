"""The kinds of things in a dataset, as they are read from answers."""

import json

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
