"""Comparisons over HTTP: of canned queries and others, of releases and what is served now."""

import html

import pytest

import gbagraph
from gbagraph.features.releases import cause_diff
from support import RunningServer, ok

ADDRESS = "/versions/0.2.0/compare/0.3.0"
ZONES = """SELECT ?zone { ?zone a <https://w3id.org/gbagraph/ontology#Zone> ;
    <https://w3id.org/gbagraph/ontology#area> ?area }"""


def compared(server, query, address=ADDRESS, **more):
    return ok(server.client.get(address, params={"query": query, **more}))


def test_a_canned_query_is_compared_as_in_python(server):
    told = compared(server, "builders").json()
    made = gbagraph.open("0.2.0").compare(gbagraph.open("0.3.0"), "builders")

    assert told["columns"] == list(made.columns) == ["+jointWork"]
    assert len(told["rows"]) == len(made.rows) == 1
    (triple,) = told["rows"][0]["cause"]["triples"]
    (same,) = made.rows[0].cause.triples
    assert triple["predicate"]["value"] == same.triple.predicate.value
    assert triple["paragraphs"] == ["https://w3id.org/gbagraph/article/nansha-1"]


def test_text_and_markdown_are_those_of_the_command(server):
    for form in ("text", "markdown"):
        said, code = cause_diff.of_query("0.2.0", "0.3.0", "builders", form, None)
        assert (code, compared(server, "builders", format=form).text) == (1, said)


def test_a_query_of_ones_own_is_explained(server):
    told = compared(server, ZONES).json()

    assert told["rows"]
    assert all(row["cause"]["triples"] for row in told["rows"])


def test_what_is_served_now_is_compared_too(server):
    now = server.client.get("/versions").json()["versions"][-1]["version"]
    told = compared(server, "zones-by-area", f"/versions/0.3.0/compare/{now}").json()

    assert told["after"] == now
    assert told["rows"]
    assert all(row["cause"]["triples"] or row["cause"]["byQuery"] for row in told["rows"])


def test_values_of_parameters_are_those_that_are_given(server):
    given = compared(server, "classes-of", thing="baidu").json()

    assert given["query"] == "classes-of"


def test_the_page_has_rows_with_their_causes_and_links_into_each_version(server):
    page = server.page(f"{ADDRESS}?query=builders")
    empty = server.page(ADDRESS)

    assert 'href="/versions/0.2.0/id/nansha-science-city"' in page
    assert "Each cause is proven" in page
    assert f'href="{ADDRESS}?query=builders"' in empty
    assert f'href="{ADDRESS}"' in server.page("/versions")


def test_a_page_has_rows_of_one_cause_together_and_so_many_of_each(server):
    rows = server.page(f"{ADDRESS}?query=organizations-and-roles")
    causes = server.page(f"{ADDRESS}?query=external-identifiers")
    triples = server.page(f"{ADDRESS}?query=counts-by-class")

    assert "and 14 more rows" in rows
    assert rows.count('class="change"') == 9
    assert causes.count('class="change"') == 50
    assert "100 more causes" in causes
    link = html.unescape(causes.partition('100 more causes: <a href="?')[2].partition('"')[0])
    assert ok(server.client.get(f"{ADDRESS}?{link}")).text.count("\n\n") > 150
    assert "and 44 more triples" in triples


def test_a_page_says_where_other_changes_would_do_as_well(server):
    told = compared(server, "rests-on-section").json()
    page = server.page(f"{ADDRESS}?query=rests-on-section")

    assert [row["cause"]["mirrored"] for row in told["rows"]].count(False) == 1
    assert page.count("Other changes would do as well") == 1
    assert "unless a cause says otherwise" in page


def test_variables_of_a_text_are_bound_as_at_the_endpoint(server):
    whole = compared(server, ZONES).json()["rows"]
    zone = whole[-1]["row"]["zone"]
    bound = compared(server, ZONES, **{"$zone": f"<{zone['value']}>"}).json()
    refused = server.client.get(ADDRESS, params={"query": ZONES, "$none": "1"})

    assert bound["rows"] == [row for row in whole if row["row"]["zone"] == zone]
    assert refused.status_code == 422
    for graphs in ({"default-graph-uri": "https://x.example/"}, {"infer": "false"}):
        wrong = server.client.get(ADDRESS, params={"query": ZONES} | graphs)
        assert wrong.status_code == 400
        assert "with GRAPH or FROM" in wrong.json()["detail"]


def test_what_is_wrong_is_said(server):
    def status(address=ADDRESS, **parameters):
        return server.client.get(address, params=parameters).status_code

    assert status() == 400
    assert status(query="no-such-query") == 404
    assert status("/versions/0.2.0/compare/9.9.9", query="builders") == 404
    assert status(query="SELECT * {") == 400
    assert status(query="SELECT (NOW() AS ?n) {}") == 400
    assert status(query="SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }") == 403
    for name in ("nothing", "after", "infer"):
        assert status(query="builders", **{name: "1"}) == 422


@pytest.mark.processes
def test_the_limit_of_time_holds():
    with RunningServer("--query-timeout", "8") as running:
        slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
        response = running.client.get(ADDRESS, params={"query": slow})
        assert response.status_code == 504
        assert compared(running, "ASK {}").json()["rows"] == []


def test_data_of_others_have_no_versions_to_compare(small_server):
    (only,) = ok(small_server.client.get("/versions")).json()["versions"]
    address = "/versions/{version}/compare/{version}".format_map(only)
    refused = small_server.client.get(address, params={"query": "ASK {}"})

    assert refused.status_code == 404
    assert "cannot be compared" in refused.json()["detail"]
