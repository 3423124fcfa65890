"""The Reconciliation Service API over HTTP, as OpenRefine and the specifications 0.1 and 0.2 have it."""

import json
import re
from urllib.parse import quote

import jsonschema
import pytest

from gbagraph.features.reconcile.reconciliation import called_back
from support import ok
from support.serving import serving

ID = "https://w3id.org/gbagraph/id/"
GBA = "https://w3id.org/gbagraph/ontology#"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
NAMED = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "name": {"type": "string", "minLength": 1},
        "description": {"type": "string"},
    },
}
CANDIDATE = {
    "type": "object",
    "required": ["id", "name", "type", "score", "match", "features"],
    "additionalProperties": False,
    "properties": {
        **NAMED["properties"],
        "type": {"type": "array", "items": {**NAMED, "additionalProperties": False}},
        "score": {"type": "number", "minimum": 0, "maximum": 100},
        "match": {"type": "boolean"},
        "features": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "value"],
                "properties": {"id": {"type": "string"}, "value": {"type": "number"}},
            },
        },
    },
}
BATCH = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["result"],
        "properties": {"result": {"type": "array", "items": CANDIDATE}},
    },
}
WITH_ID = {"type": "string", "pattern": r"^https?://.*\{\{id\}\}"}
SERVICE = {
    "type": "object",
    "required": ["service_url", "service_path"],
    "additionalProperties": {"type": "string"},
}
MANIFEST = {
    "type": "object",
    "required": ["versions", "name", "identifierSpace", "schemaSpace", "view", "batchSize"],
    "properties": {
        "versions": {"const": ["0.1", "0.2"]},
        "name": {"type": "string", "minLength": 1},
        "identifierSpace": {"type": "string", "pattern": "^https?://"},
        "schemaSpace": {"type": "string", "pattern": "^https?://"},
        "defaultTypes": {"type": "array", "items": NAMED, "uniqueItems": True},
        "view": {"type": "object", "required": ["url"], "properties": {"url": WITH_ID}},
        "preview": {
            "type": "object",
            "required": ["url", "width", "height"],
            "properties": {
                "url": WITH_ID,
                "width": {"type": "integer"},
                "height": {"type": "integer"},
            },
        },
        "suggest": {
            "type": "object",
            "required": ["entity", "type", "property"],
            "additionalProperties": SERVICE,
        },
        "extend": {
            "type": "object",
            "required": ["propose_properties", "property_settings"],
            "properties": {
                "propose_properties": SERVICE,
                "property_settings": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["name", "label", "type", "default", "help_text"],
                    },
                },
            },
        },
    },
}
CELL = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "str": {"type": "string"},
        "int": {"type": "integer"},
        "float": {"type": "number"},
        "date": {"type": "string", "pattern": r"^-?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"},
    },
}
EXTENSION = {
    "type": "object",
    "required": ["meta", "rows"],
    "properties": {
        "meta": {"type": "array", "items": NAMED},
        "rows": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": CELL},
            },
        },
    },
}
SHOP = """
@prefix ex: <http://shop.example/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
ex:sencha a ex:Tea ; rdfs:label "Sencha" ; ex:price 7 .
ex:assam a ex:Tea ; rdfs:label "Assam" ; ex:price 5 .
"""
SAME = "http://www.w3.org/2002/07/owl#sameAs"
CROWD = "".join(
    f'<urn:t{n}> <{LABEL}> "Crowd {n}" ; rdfs:comment "{"long " * 60}" ;\n'
    f"<{SAME}> <http://www.wikidata.org/entity/Q{n // 50}> .\n"
    for n in range(500)
)
"""Five hundred things of one name and one identifier, each with a long description."""

shop_server = serving(SHOP + CROWD)


def is_valid(value, schema):
    jsonschema.validate(value, schema)
    return value


def post(server, queries, status=200):
    response = server.client.post("/reconcile", data={"queries": json.dumps(queries)})
    assert response.status_code == status, response.text
    return response.json()


def ask(server, text, **more):
    return is_valid(post(server, {"q0": {"query": text, **more}}), BATCH)["q0"]["result"]


def manifest(server):
    response = server.client.get("/reconcile")
    assert response.headers["Content-Type"] == "application/json"
    return is_valid(response.json(), MANIFEST)


def test_the_manifest_says_what_there_is(server):
    found = manifest(server)

    assert found["identifierSpace"] == "https://w3id.org/gbagraph/"
    assert f"{GBA}City" in [each["id"] for each in found["defaultTypes"]]
    assert server.client.get("/reconcile").headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("name", ["view", "preview"])
def test_the_addresses_of_the_manifest_lead_to_pages(server, name):
    (first, *_) = ask(server, "Baidu")
    address = manifest(server)[name]["url"].replace("{{id}}", quote(first["id"], safe=""))
    response = ok(
        server.client.get(address, headers={"Accept": "text/html"}, follow_redirects=True)
    )

    assert "Baidu" in response.text


def test_a_service_of_others_data_says_so(shop_server):
    found = manifest(shop_server)

    assert found["identifierSpace"] == "http://www.ietf.org/rfc/rfc3986"
    assert found["defaultTypes"] == [{"id": "http://shop.example/Tea", "name": "ex:Tea"}]
    assert "gbagraph" not in json.dumps({**found, "serviceVersion": ""}).lower()


def test_the_data_of_others_is_reconciled(shop_server):
    (found,) = ask(shop_server, "sencha", type="http://shop.example/Tea")

    assert (found["id"], found["match"]) == ("http://shop.example/sencha", True)


def test_a_batch_as_openrefine_sends_it(server):
    """Names of a column with its type, and values of another column for a property."""
    queries = {
        "q0": {
            "query": "Guangzhou",
            "type": f"{GBA}City",
            "type_strict": "should",
            "limit": 3,
            "properties": [{"pid": f"{GBA}locatedIn", "v": "Guangdong"}],
        },
        "q1": {"query": "Nansha", "type": f"{GBA}District", "type_strict": "should"},
        "q2": {"query": "qqqqqq"},
    }
    response = server.client.post(
        "/reconcile",
        content=f"queries={quote(json.dumps(queries))}",
        headers={
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "Accept": "application/json",
            "User-Agent": "OpenRefine 3.8.2 [a1b2c3d]",
        },
    )
    found = is_valid(response.json(), BATCH)

    assert list(found) == ["q0", "q1", "q2"]
    assert next((r["id"], r["match"]) for r in found["q0"]["result"]) == (f"{ID}guangzhou", True)
    assert found["q1"]["result"][0]["id"] == f"{ID}nansha"
    assert found["q2"]["result"] == []
    assert len(found["q0"]["result"]) <= 3


def test_the_same_comes_by_every_way(server):
    queries = {"q0": {"query": "Baidu", "limit": 2}}
    by_form = post(server, queries)
    by_get = server.client.get("/reconcile", params={"queries": json.dumps(queries)}).json()
    by_json = server.client.post("/reconcile", json={"queries": queries}).json()
    called = server.client.get(
        "/reconcile", params={"queries": json.dumps(queries), "callback": "jQuery34_1"}
    )

    assert by_form == by_get == by_json
    assert called.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert called.headers["X-Content-Type-Options"] == "nosniff"
    assert called.text.startswith("/**/jQuery34_1({")
    assert json.loads(called.text[len("/**/jQuery34_1(") : -2]) == by_form


@pytest.mark.parametrize("name", ["alert(1)//", "<script>", "a-b", "x" * 200, "a..b", "été", "a;b"])
def test_only_a_name_is_called_back(server, name):
    response = server.client.get("/reconcile", params={"callback": name})

    assert response.status_code == 422
    assert "javascript" not in response.headers["Content-Type"]


@pytest.mark.parametrize(
    "query",
    [
        {"query": "Nansha", "type": [f"{GBA}District"]},
        {"query": "Nansha", "type": {"id": f"{GBA}District", "name": "District"}},
        {"query": "Nansha", "type": "gba:District", "limit": 1.0},
        {"query": "Nansha", "properties": [{"pid": f"{GBA}locatedIn", "v": {"id": f"{ID}guangzhou"}}]},
        {"query": "Nansha", "properties": [{"pid": "located in", "v": ["China", {"id": "id:china"}]}]},
        {"query": "Nansha", "type": None, "properties": None, "limit": None},
        {"query": "南沙"},
        {"query": "id:nansha"},
        {"query": f"{ID}nansha"},
        {"properties": [{"pid": f"{GBA}gbCode", "v": 440115}]},
    ],
)  # fmt: skip
def test_what_the_specifications_allow_is_understood(server, query):
    assert is_valid(post(server, {"x": query}), BATCH)["x"]["result"][0]["id"] == f"{ID}nansha"


@pytest.mark.parametrize(
    ("queries", "status", "said"),
    [
        ("", 422, "JSON"),
        ("{", 422, "JSON"),
        ("[]", 422, "object"),
        ('"x"', 422, "object"),
        ('{"q": 1}', 422, "object"),
        ('{"q": {}}', 422, "neither a query nor properties"),
        ('{"q": {"querry": "x"}}', 422, "neither a query nor properties"),
        ('{"q": {"query": ["x"]}}', 422, "query"),
        ('{"q": {"query": "x", "limit": 0}}', 422, "limit"),
        ('{"q": {"query": "x", "limit": -1e300}}', 422, "limit"),
        ('{"q": {"query": "x", "type_strict": "maybe"}}', 422, "type_strict"),
        ('{"q": {"query": "x", "properties": [{"v": "x"}]}}', 422, "pid"),
        ("[" * 100_000, 422, "JSON"),
        (json.dumps({str(n): {"query": "x"} for n in range(51)}), 413, "at most 50"),
        (
            json.dumps({"q": {"query": "x", "properties": [{"pid": "x", "v": ["x"] * 1001}]}}),
            413,
            "at most 1000",
        ),
    ],
)
def test_what_is_wrong_is_told(server, queries, status, said):
    response = server.client.post("/reconcile", data={"queries": queries})

    assert response.status_code == status
    assert said in response.json()["detail"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_form_without_queries_is_told_what_to_send(server):
    response = server.client.post("/reconcile", data={"query": "x"})

    assert response.status_code == 422
    assert '{"q0": {"query": "NAME"}}' in response.json()["detail"]


BLANK = ["", " \t", None, float("nan"), "\x00", "!?", "\ud83d", "🎉" * 999, "x" * 10_000]
ODD = [7.75, True, "(a+)+$" * 300, "a " * 9999]


def test_no_cell_ends_a_batch_or_costs_much(server):
    cells = {f"q{n}": {"query": text} for n, text in enumerate(BLANK * 4 + ODD)}
    found = post(server, {"good": {"query": "Baidu"}, **cells})

    assert [any(row["match"] for row in each["result"]) for each in found.values()] == [
        True,
        *[False] * len(cells),
    ]
    assert [each["result"] for each in found.values()][1 : -len(ODD)] == [[]] * len(BLANK * 4)


def test_the_limit_is_kept_and_bounded(server):
    assert len(ask(server, "zone", limit=2)) == 2
    assert len(ask(server, "zone", limit=1_000_000)) <= 100


def suggested(server, kind, prefix, **more):
    response = ok(
        server.client.get(f"/reconcile/suggest/{kind}", params={"prefix": prefix, **more})
    )
    found = is_valid(response.json(), {"properties": {"result": {"items": NAMED}}})["result"]
    return [row["id"] for row in found]


@pytest.mark.parametrize(
    ("kind", "prefix", "first"),
    [
        ("entity", "Nansh", f"{ID}nansha"),
        ("entity", f"{ID}nansha", f"{ID}nansha"),
        ("type", "distr", f"{GBA}District"),
        ("type", f"{GBA}District", f"{GBA}District"),
        ("property", "located", f"{GBA}locatedIn"),
        ("property", "gba:locatedIn", f"{GBA}locatedIn"),
    ],
)
def test_what_is_begun_is_suggested(server, kind, prefix, first):
    assert suggested(server, kind, prefix)[0] == first


def test_suggestions_go_on_where_the_cursor_is(server):
    every = suggested(server, "entity", "zone", limit=9)

    assert suggested(server, "entity", "zone", limit=5, cursor=4) == every[4:9]
    assert suggested(server, "entity", "") == []
    assert server.client.get("/reconcile/suggest/entity?prefix=x&cursor=-1").status_code == 422
    assert server.client.get("/reconcile/suggest/planet?prefix=x").status_code == 404


def test_suggested_entities_have_types_and_may_be_of_one(server):
    response = server.client.get(
        "/reconcile/suggest/entity", params={"prefix": "Guang", "type": f"{GBA}City"}
    )

    types = [row["notable"] for row in response.json()["result"]]
    assert types
    assert all({"id": f"{GBA}City", "name": "City"} in each for each in types)


def test_properties_of_a_class_are_proposed(server):
    found = server.client.get("/reconcile/properties", params={"type": f"{GBA}City"}).json()
    names = [
        each["id"]
        for each in is_valid(found, {"properties": {"properties": {"items": NAMED}}})["properties"]
    ]

    assert {f"{GBA}locatedIn", LABEL} <= set(names)
    assert found["type"] == f"{GBA}City"
    few = server.client.get("/reconcile/properties", params={"type": f"{GBA}City", "limit": 3})
    assert [each["id"] for each in few.json()["properties"]] == names[:3]
    assert server.client.get("/reconcile/properties").json()["properties"]
    assert server.client.get("/reconcile/properties?type=%3C").status_code == 422


def test_values_extend_what_was_reconciled(server):
    asked = {
        "ids": [f"{ID}guangzhou", f"{ID}nansha", "nothing"],
        "properties": [
            {"id": f"{GBA}locatedIn"},
            {"id": LABEL, "settings": {"language": "en", "limit": "1"}},
            {"id": "https://schema.org/latitude"},
        ],
    }
    by_form = server.client.post("/reconcile", data={"extend": json.dumps(asked)})
    found = is_valid(by_form.json(), EXTENSION)

    assert [each["name"] for each in found["meta"]][:2] == ["located in", "label"]
    assert list(found["rows"]) == asked["ids"]
    assert {"id": f"{ID}guangzhou", "name": "Guangzhou"} in found["rows"][f"{ID}nansha"][
        f"{GBA}locatedIn"
    ]
    assert found["rows"][f"{ID}nansha"][LABEL] == [{"str": "Nansha"}]
    assert found["rows"]["nothing"] == {each["id"]: [] for each in asked["properties"]}
    by_get = server.client.get("/reconcile", params={"extend": json.dumps(asked)})
    assert by_get.json() == server.client.post("/reconcile", json={"extend": asked}).json() == found


@pytest.mark.parametrize(
    ("extend", "status"),
    [
        ("{}", 422),
        ('{"ids": "x", "properties": []}', 422),
        ('{"ids": ["x"], "properties": [{}]}', 422),
        (json.dumps({"ids": [str(n) for n in range(5001)], "properties": [{"id": "x"}]}), 413),
    ],
)
def test_what_is_wrong_with_an_extension_is_told(server, extend, status):
    assert server.client.post("/reconcile", data={"extend": extend}).status_code == status


def test_a_preview_may_be_framed_and_no_other_page(server):
    shown = server.client.get("/reconcile/preview", params={"id": f"{ID}baidu"})
    policy = shown.headers["Content-Security-Policy"]

    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert ">Baidu</a>" in shown.text
    assert "<script" not in shown.text
    other = server.client.get("/lookup", headers={"Accept": "text/html"})
    assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]


@pytest.mark.parametrize("iri", ["", "x", "http://example.org/none", "<b>", "http://a/\x00"])
def test_a_preview_of_nothing_says_so(server, iri):
    response = server.client.get("/reconcile/preview", params={"id": iri})

    assert response.status_code == 404
    assert "Nothing here has this identifier." in response.text
    assert "<b>" not in response.text


def test_the_page_on_looking_up_names_the_service(server):
    text = server.client.get("/lookup", headers={"Accept": "text/html"}).text

    assert re.search(r"<code>[^<]*/reconcile</code>", text)


def test_a_script_has_no_line_ends_of_unicode():
    assert called_back("f", {"name": "a\u2028b\u2029c"}) == '/**/f({"name":"a\\u2028b\\u2029c"});'


def test_the_largest_answers_are_given(shop_server):
    """Each is of more than a megabyte, from where on the engine streams."""
    queries = {f"q{n}": {"query": "crowd", "limit": 100} for n in range(50)}
    found = shop_server.client.post("/reconcile", data={"queries": json.dumps(queries)})
    iris = [f"http://www.wikidata.org/entity/Q{n % 10}" for n in range(500)]
    table = shop_server.client.post("/lookup", json={"iris": iris}, headers={"Accept": "text/csv"})

    assert {len(each["result"]) for each in found.json().values()} == {100}
    assert len(found.content) > 1024 * 1024
    assert table.status_code == 200
    assert len(table.content) > 1024 * 1024
