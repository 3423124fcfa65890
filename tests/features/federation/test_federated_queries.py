"""The canned queries that ask Wikidata, with a second server in its place that has data of its shape.

What is asked is the text with the IRI of the real endpoint: the setting says where the calls go.
"""

import html
import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from gbagraph.queries.catalog import all_queries, find, local_queries
from gbagraph.rdf.namespaces import BASE, declarations
from support import RunningServer, ok
from support.assistant import Assistant, ToolServer
from support.recorder import Recorder

WIKIDATA = "https://query.wikidata.org/sparql"
WD = "http://www.wikidata.org/entity/"
BROWSER = {"Accept": "text/html,*/*;q=0.8"}
FEDERATED = sorted(all_queries().keys() - local_queries().keys())
BATCH = 4

EXPECTED = {
    "cities-in-wikidata": [
        ("guangzhou", "Q16572", "4000", "Point(113.5 23.5)"),
        ("shenzhen", "Q15174", "3000", "Point(114.5 22.5)"),
        ("zhuhai", "Q59095", "2000", None),
        ("macau", "Q14773", "1000", "Point(113.6 22.1)"),
        ("macau", "Q14773", "900", "Point(113.6 22.1)"),
    ],
    "companies-in-wikidata": [
        ("baidu", "Q14772", "Q956", "Beijing", None, None, None),
        (
            *("tencent", "Q860580", "Q15174", "Shenzhen", "shenzhen"),
            *("1901-02-03T00:00:00Z", "https://tencent.example/"),
        ),
    ],
    "names-in-wikidata": [
        ("guangzhou", "Q16572", "Cantão"),
        ("macau", "Q14773", "Macau"),
        ("shenzhen", "Q15174", "Xenzim"),
    ],
}
"""The rows, without our labels; an IRI is what comes after that of its folder."""


def short(value):
    return value and value.removeprefix(f"{BASE}id/").removeprefix(WD)


def rows(results, *left_out):
    """The rows of results JSON as they are expected."""
    skipped = {"cityLabel", "companyLabel", "thingLabel", *left_out}
    names = [name for name in results["head"]["vars"] if name not in skipped]
    return [
        tuple(short(row[name]["value"]) if name in row else None for name in names)
        for row in results["results"]["bindings"]
    ]


def mapped(address, **limits):
    """The option that allows Wikidata's endpoint, with calls that go to *address* instead."""
    return "--allow-service", json.dumps(
        {"iri": WIKIDATA, "name": "wikidata", "address": address, **limits}
    )


@pytest.fixture(scope="module")
def wikidata_server():
    """A server with a few items of Wikidata's shape."""
    with RunningServer("--data", Path(__file__).with_name("wikidata-shaped.ttl")) as running:
        yield running


@pytest.fixture(scope="module")
def way(wikidata_server):
    """The way to that server, on which each call is seen."""
    with Recorder(wikidata_server.sparql) as found:
        yield found


@pytest.fixture(scope="module")
def federated_server(way):
    """A server of our graph that may call Wikidata, with a few bindings at a time."""
    with RunningServer(*mapped(way.url, batch=BATCH)) as running:
        yield running


@pytest.fixture
def calls(way):
    way.queries.clear()
    return way


@pytest.fixture
def lonely_server(federated_server, way, monkeypatch):
    """The server while nothing answers where Wikidata should be."""
    monkeypatch.setattr(way, "target", "http://127.0.0.1:1/sparql")
    return federated_server


def page(server, path, **parameters):
    return server.client.get(path, params=parameters or None, headers=BROWSER)


def said(text):
    main = re.search(r"(?s)<main.*?</main>", text)[0]
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", main)).split())


def silenced(name):
    query = find(name)
    return query.bind(query.examples.items()).replace("SERVICE", "SERVICE SILENT")


# --- Where it is allowed ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", FEDERATED)
def test_rest_answers_with_what_both_know(federated_server, name):
    response = ok(federated_server.client.get(f"/queries/{name}"))

    assert rows(response.json()) == EXPECTED[name]
    assert response.links["via"]["url"] == WIKIDATA


def test_parameters_are_bound_on_both_sides(federated_server, calls):
    def get(name, **given):
        return rows(federated_server.client.get(f"/queries/{name}", params=given).json())

    assert get("names-in-wikidata", language="en", thing="macau") == [("macau", "Q14773", "Macau")]
    assert len(calls.queries) == 1
    assert '"en"' in calls.queries[0]
    assert calls.queries[0].count(f"<{WD}") == 1
    assert [row[0] for row in get("companies-in-wikidata", company="baidu")] == ["baidu"]
    assert get("cities-in-wikidata", area="greater-bay-area") == EXPECTED["cities-in-wikidata"]
    assert [row[0] for row in get("cities-in-wikidata", area="guangdong")] == [
        *("guangzhou", "shenzhen", "zhuhai")
    ]
    assert get("cities-in-wikidata", filter="population>2500", sort="city") == [
        *EXPECTED["cities-in-wikidata"][:2]
    ]


def test_only_our_items_are_asked_for_in_as_few_calls_as_there_are_batches(federated_server, calls):
    federated_server.client.get("/queries/cities-in-wikidata?format=csv")
    sent = [re.findall(rf"<{WD}(Q\d+)>", query) for query in calls.queries]

    assert sorted(map(len, sent)) == [2, BATCH, BATCH]
    asked = {item for batch in sent for item in batch}
    assert {"Q16572", "Q15174", "Q8646"} <= asked
    assert not asked & {"Q59223", "Q90"}
    assert all("VALUES" in query for query in calls.queries)


def test_a_page_makes_the_calls_once(federated_server, calls):
    assert page(federated_server, "/queries/companies-in-wikidata").status_code == 200
    assert len(calls.queries) == 1


@pytest.mark.processes
@pytest.mark.parametrize(
    ("which", "is_allowed", "said_of_calls", "said_in_list"),
    [
        ("federated_server", True, "which this server allows.", "asks query.wikidata.org"),
        ("server", False, f"gbagraph serve --allow-service {WIKIDATA}", "switched off here"),
    ],
)
def test_lists_say_whether_it_is_allowed(request, which, is_allowed, said_of_calls, said_in_list):
    asked = request.getfixturevalue(which)
    found = asked.client.get("/queries", params={"format": "json"}).json()["queries"]
    services = {row["name"]: row["services"] for row in found}
    described = asked.client.get("/openapi.json").json()["paths"]
    listed = page(asked, "/queries").text

    for name in FEDERATED:
        assert services[name] == [{"endpoint": WIKIDATA, "allowed": is_allowed}]
        operation = described[f"/queries/{name}"]["get"]
        assert said_of_calls in operation["description"]
        assert {"403", "502"} <= operation["responses"].keys()
        (address,) = set(re.findall(rf'href="(/queries/{name}[^"]*)"', listed))
        assert page(asked, html.unescape(address)).status_code == 200
    assert services["timeline"] == []
    assert "502" not in described["/queries/timeline"]["get"]["responses"]
    assert listed.count(said_in_list) == len(FEDERATED)


def test_the_page_of_a_company_offers_the_question(federated_server, server):
    address = "companies-in-wikidata?company="

    assert address in page(federated_server, "/doc/id/tencent").text
    assert address not in page(server, "/doc/id/tencent").text


def test_an_assistant_gets_the_rows(way):
    with (
        ToolServer("--tools", "all", *mapped(way.url)) as running,
        Assistant(running.url) as assistant,
    ):
        tool = assistant.tools()["companies-in-wikidata"]
        found = assistant.call("companies-in-wikidata", company="tencent")

    assert tool.annotations.open_world_hint
    assert "which this server allows" in tool.description
    assert found["rows"][0]["place"] == f"{BASE}id/shenzhen"


# --- Where it is not -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FEDERATED)
def test_where_it_is_not_allowed_the_page_is_no_error_and_says_so(server, name):
    response = ok(page(server, f"/queries/{name}"))

    assert said(response.text).startswith("Questions")
    assert f"gbagraph serve --allow-service {WIKIDATA}" in said(response.text)
    assert "Not asked: the query calls" in said(response.text)
    assert '<section id="answer"' not in response.text


def test_the_tools_of_the_sib_find_what_a_query_federates_with(server):
    asked = (
        "SELECT ?query ?endpoint { ?query a sh:SPARQLExecutable ; spex:federatesWith ?endpoint }"
    )
    found = {
        str(query).removeprefix(f"{BASE}query/"): str(endpoint)
        for query, endpoint in server.turtle().query(declarations() + asked)
    }

    assert found == dict.fromkeys(FEDERATED, WIKIDATA)
    turtle = server.client.get("/.well-known/sparql-examples", headers={"Accept": "text/turtle"})
    assert turtle.text.count(f"spex:federatesWith <{WIKIDATA}>") == len(FEDERATED)


# --- Where it fails --------------------------------------------------------------------------------


def test_its_page_keeps_form_and_query(lonely_server):
    response = page(lonely_server, "/queries/companies-in-wikidata", company="tencent")

    assert response.status_code == 502
    assert response.headers["cache-control"] == "no-store"
    assert "Another endpoint gave no answer" in said(response.text)
    assert 'name="company" value="tencent"' in response.text
    assert quote(f"SERVICE <{WIKIDATA}>", safe="") in response.text


def test_with_silent_the_failure_is_told(lonely_server):
    found = lonely_server.ask(silenced("companies-in-wikidata"), evidence="true").json()

    assert {row["company"]["value"].rpartition("/")[2] for row in found["results"]["bindings"]} == {
        *("baidu", "tencent", "xpeng")
    }
    for row in found["results"]["evidence"]:
        assert "services" not in row
        assert "SILENT" in row["note"]
        assert WIKIDATA in row["note"]
