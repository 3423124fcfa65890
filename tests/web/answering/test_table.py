"""Rows of an answer as a page shows them."""

from gbagraph.web.table import Address, in_order, table
from gbagraph.web.translated import english_texts, translate

ADDRESS = Address("", "/sparql", (("query", "x"),))
E = "http://example.org/"
XSD = "http://www.w3.org/2001/XMLSchema#"


def uri(name):
    return {"type": "uri", "value": E + name}


def literal(text, **more):
    return {"type": "literal", "value": text, **more}


def shown(names, *rows, labels=None, query="", address=ADDRESS, evidence=None):
    results = {"bindings": list(rows)} | ({"evidence": evidence} if evidence else {})
    read = {"head": {"vars": list(names)}, "results": results, "labels": labels or {}}
    return table(read, query, address)


def test_an_iri_is_shown_by_its_label_with_its_language():
    found = shown("x", {"x": uri("a")}, labels={E + "a": literal("甲", **{"xml:lang": "zh"})})
    (value,) = found.rows[0][0].values

    assert (value.text, value.iri, value.language, value.name) == ("甲", E + "a", "zh", E + "a")


def test_a_column_of_labels_is_shown_in_that_of_what_they_name():
    found = shown(["x", "xLabel"], {"x": uri("a"), "xLabel": literal("A")}, {"x": uri("b")})

    assert [column.name for column in found.columns] == ["x"]
    assert [row[0].values[0].text for row in found.rows] == ["A", E + "b"]


def test_a_column_of_labels_stays_where_it_labels_nothing():
    found = shown(["x", "xLabel"], {"x": literal("1"), "xLabel": literal("A")})

    assert [column.name for column in found.columns] == ["x", "xLabel"]


def test_what_all_texts_of_a_column_are_stands_in_its_head_once():
    number = {"datatype": XSD + "integer"}
    found = shown("ab", *({"a": literal(text, **number), "b": literal("x")} for text in "12"))

    assert [(column.note, column.is_number) for column in found.columns] == [
        ("integer", True),
        ("", False),
    ]
    assert [row[0].values[0].note for row in found.rows] == ["", ""]


def test_texts_of_several_kinds_say_which():
    found = shown("a", {"a": literal("1", datatype=XSD + "integer")}, {"a": literal("x")})

    assert [row[0].values[0].note for row in found.rows] == ["integer", ""]
    assert not found.columns[0].is_number


def test_blank_nodes_triples_and_gaps():
    triple = {"subject": uri("s"), "predicate": uri("p"), "object": literal("o")}
    found = shown(
        "ab", {"a": {"type": "bnode", "value": "b0"}}, {"b": {"type": "triple", "value": triple}}
    )

    assert found.rows[0][0].values[0].text == "_:b0"
    assert found.rows[0][1].values == ()
    assert [value.text for value in found.rows[1][1].values] == [E + "s", E + "p", "o"]


def test_a_long_text_is_cut():
    assert len(shown("a", {"a": literal("x" * 5000)}).rows[0][0].values[0].text) == 1001


def test_a_click_sorts_the_next_reverses_and_a_third_ends_it():
    orders = ["", "x", "-x"]
    links = [shown("x", address=Address("", "/s", (), (("order", o),))).columns[0] for o in orders]

    assert [(column.sorted, column.link) for column in links] == [
        ("", "/s?order=x"),
        ("ascending", "/s?order=-x"),
        ("descending", "/s"),
    ]


def test_the_columns_of_a_star_stand_as_the_query_mentions_them():
    assert in_order(["o", "p", "s"], "SELECT * { ?s ?p ?o }") == ["s", "p", "o"]
    assert in_order(["o", "s"], "SELECT ?o ?s { ?s ?p ?o }") == ["o", "s"]


def test_what_a_row_rests_on():
    told = {"paragraphs": [E + "p1"], "complete": False, "note": "Not all."}
    told |= {"sentences": {E + "p1": [2]}, "words": {E + "p1": ["a few"]}}
    found = shown("x", {"x": uri("a")}, labels={E + "p1": literal("One")}, evidence=[told])

    (rests,) = found.evidence
    (place,) = rests.sources
    assert (place.source.text, place.sentences, place.words) == ("One", [2], ["a few"])
    assert (rests.note, rests.is_all) == ("Not all.", False)


def test_rows_of_a_canned_query_are_told_to_the_reader():
    def text(value, language=""):
        return {"type": "literal", "value": value} | ({"xml:lang": language} if language else {})

    thing = {"type": "uri", "value": "https://example.org/thing"}
    plain = {"type": "uri", "value": "https://example.org/plain"}
    read = {
        "head": {"vars": ["thing", "thingLabel", "way", "said"]},
        "results": {
            "bindings": [
                {"thing": thing, "thingLabel": text("Thing", "en"), "said": text("major", "en")},
                {"thing": plain, "thingLabel": text("Plain", "en"), "way": text("in")},
            ]
        },
        "labels": {thing["value"]: text("事物", "zh-hans"), plain["value"]: text("Plain", "en")},
    }
    query = 'SELECT (SAMPLE(?s) AS ?said) { FILTER (lang(?s) = "en" && lang(?thingLabel) = "en") }'

    assert english_texts(read, query) == ["major"]
    assert english_texts(read, f"{query} ORDER BY lang(?s)") == []
    translate(read, {"in": "位于"}, {"major": {thing["value"]: "重大", plain["value"]: "主要"}})

    assert [
        [row[name]["value"] for name in row if name != "thing"]
        for row in read["results"]["bindings"]
    ] == [["事物", "重大"], ["Plain", "位于"]]
