"""Solutions of other endpoints as a part of a query."""

import json

import pyoxigraph as ox
import pytest

from gbagraph.errors import ServiceFailed
from gbagraph.features.federation.messages import Reply, Solutions, read

A, B = ox.NamedNode("http://e/a"), ox.Literal('it\'s "b"\n\\', language="en")


def asked(solutions, text, query="SELECT * {{ {} }}"):
    found = ox.Store().query(query.format(text), custom_functions=solutions.functions)
    names = [f"?{variable.value}" for variable in found.variables]
    return [dict(zip(names, row, strict=True)) for row in found]


def test_terms_duplicates_and_gaps_are_kept():
    rows = [
        (A, B),
        (A, B),
        (None, ox.Literal("01", datatype=ox.NamedNode("http://e/t"))),
        (A, None),
        (A, ox.Literal('" } SERVICE <http://z/> { ?s ?p "\\u0022')),
    ]
    solutions = Solutions()

    found = asked(solutions, solutions.text(["?x", "?y"], rows))

    assert [(row["?x"], row["?y"]) for row in found] == rows


def test_solutions_without_variables_are_counted():
    solutions = Solutions()

    assert len(asked(solutions, solutions.text([], [(), (), ()]))) == 3
    assert asked(solutions, solutions.text([], [])) == []
    assert asked(solutions, solutions.text(["?x"], [])) == []


def test_blank_nodes_are_the_same_within_an_answer_and_iris_of_the_same_form_stay_iris():
    first, second = ox.BlankNode(), ox.BlankNode()
    like_ours = ox.NamedNode("tag:w3id.org,2026:gbagraph:blank-node:other")
    solutions = Solutions()
    text = solutions.text(["?x", "?y"], [(first, first), (first, second), (like_ours, None)])

    found = asked(solutions, text)

    assert found[0]["?x"] == found[0]["?y"] == found[1]["?x"] != found[1]["?y"]
    assert all(isinstance(found[place]["?x"], ox.BlankNode) for place in (0, 1))
    assert found[2] == {"?x": like_ours, "?y": None}


def reply(body, media_type="json"):
    return Reply(0, body, media_type, "2026-11-26T00:00:00+00:00")


def test_labels_of_blank_nodes_mean_nothing_in_another_reply():
    body = b"""{"head":{"vars":["x"]},"results":{"bindings":[
      {"x":{"type":"bnode","value":"b"}}, {"x":{"type":"bnode","value":"b"}}]}}"""

    (first,), (second,) = read(reply(body), ["?x"], "it", "http://e/")
    (other,), _ = read(reply(body), ["?x"], "it", "http://e/")

    assert first == second != other
    assert first.value != "b"


def test_members_that_the_standard_does_not_have_are_passed_over():
    body = b"""{"metadata":[1],"head":{"link":["x"],"vars":["x"],"more":{}},"results":{"ordered":true,
      "bindings":[{"x":{"type":"uri","value":"http://e/a"}}],"metadata":{"httpRequests":5}}}"""

    assert read(reply(body), ["?x"], "it", "http://e/") == [(A,)]


def test_xml_is_read_and_columns_come_in_the_order_asked_for():
    body = b"""<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="b"/>
      <variable name="a"/><variable name="more"/></head><results><result>
      <binding name="a"><uri>http://e/a</uri></binding></result></results></sparql>"""

    assert read(reply(body, "xml"), ["?a", "?b", "?c"], "it", "http://e/") == [(A, None, None)]


def uri(value):
    return {"type": "uri", "value": value}


TRIPLE = {"subject": {"type": "bnode", "value": "b"}, "predicate": uri("e:p"), "object": uri("e:o")}


def cell(value):
    return b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":%s}]}}' % value


def document(told, head=b""):
    start = (
        b'%s<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="x"/>'
        % head
    )
    return start + b'</head><results><result><binding name="x"><literal>%s' % told


@pytest.mark.parametrize(
    "body",
    [
        document(b"&e;", b'<!DOCTYPE sparql [<!ENTITY e SYSTEM "file:///etc/hostname">]>'),
        document(b"&b;", b'<!DOCTYPE sparql [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'),
        document(b"SECRET</litera></binding>"),
        b"SECRET",
        cell(b'{"type":"SECRET","value":"v"}'),
        cell(b'{"type":"literal","value":"v"}') + b"SECRET",
        b"",
        b"[]",
        b"[" * 100_000,
        b'{"boolean": true}',
        b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":',
        cell(b'{"type":"uri","value":"a b"}'),
        cell(b'{"type":"uri","value":"e:> } SERVICE <e:x"}'),
        cell(b'{"type":"literal","value":"v","xml:lang":"e n"}'),
        cell(b'{"type":"literal","value":"v","datatype":"t>"}'),
        b'{"head":{"vars":["x } SERVICE <http://z/> { ?s ?p ?o"]},"results":{"bindings":5}}',
        cell(json.dumps({"type": "triple", "value": TRIPLE}).encode()),
        b"\xff\xfe",
        b"<html>",
    ],
)
def test_what_is_no_result_is_told_with_the_endpoint(body):
    media_type = "xml" if body.startswith((b"<", b"SECRET")) else "json"
    with pytest.raises(ServiceFailed, match="it answered with what is no result") as caught:
        read(reply(body, media_type), ["?x"], "it", "http://e/")

    assert caught.value.details == {"endpoint": "http://e/"}
    assert "SECRET" not in caught.value.message
