"""Conditional requests and cached answers: always the same answer, never a stale one."""

from types import SimpleNamespace

import pytest

from gbagraph.dataset.loader import load
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.engine import Query
from support import RUNAWAY, file_with

pytestmark = pytest.mark.processes

QUERY = "SELECT ?p ?o { <https://w3id.org/gbagraph/id/baidu> ?p ?o } ORDER BY ?p STR(?o)"


def get(server, query=QUERY, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.client.get("/sparql", params={"query": query}, headers=named)


def test_a_client_that_has_the_answer_is_told_so(server):
    first = get(server)
    again = get(server, if_none_match=first.headers["etag"])

    assert first.status_code == 200
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["dataset-version"] == first.headers["dataset-version"]


def test_nothing_is_evaluated_for_a_304(server):
    tag = get(server, "ASK {} # tagged").headers["etag"]
    before = server.metrics()["evaluations"]

    assert get(server, "ASK {} # tagged", if_none_match=tag, x_new="1").status_code == 304
    assert server.metrics()["evaluations"] == before


def test_an_error_has_no_tag_and_is_not_kept(small_server):
    response = small_server.client.get("/sparql", params={"query": RUNAWAY, "timeout": "0.1"})

    assert response.status_code == 504
    assert "etag" not in response.headers
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param('"other", {tag}', 304, id="a list"),
        pytest.param("W/{tag}", 304, id="weak comparison"),
        pytest.param('"other"', 200, id="another tag"),
        pytest.param("*", 304, id="any"),
        pytest.param("nonsense", 200, id="no tag"),
    ],
)
def test_if_none_match(server, header, status):
    tag = get(server).headers["etag"]

    assert get(server, if_none_match=header.format(tag=tag)).status_code == status


@pytest.mark.parametrize(
    ("date", "status"),
    [
        ("{last_modified}", 304),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 304),
        ("Fri, 01 Jan 2010 00:00:00 GMT", 200),
        ("yesterday", 200),
    ],
)
def test_if_modified_since(server, date, status):
    last = get(server).headers["last-modified"]

    assert get(server, if_modified_since=date.format(last_modified=last)).status_code == status


def test_conditions_do_not_hide_errors(server):
    for headers in ({"if_none_match": "*"}, {"if_modified_since": "Fri, 01 Jan 2100 00:00:00 GMT"}):
        assert get(server, "SELEC", **headers).status_code == 400


def test_each_format_and_encoding_has_its_own_tag(server):
    tags = [
        get(server, accept=accept, accept_encoding=encoding).headers["etag"]
        for accept in ("application/sparql-results+json", "text/csv")
        for encoding in ("identity", "gzip", "br", "zstd")
    ]

    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_an_encoded_answer_is_the_same_answer(server, encoding):
    plain, encoded = (get(server, accept_encoding=each) for each in ("identity", encoding))

    assert encoded.headers["content-encoding"] == encoding
    assert "Accept-Encoding" in encoded.headers["vary"]
    assert encoded.content == plain.content


@pytest.mark.parametrize("call", ["NOW()", "RAND()", "UUID()", "STRUUID()", "BNODE()", "now()"])
def test_what_changes_has_no_tag_and_is_not_kept(server, call):
    responses = [get(server, f"SELECT ({call} AS ?x) {{}}") for _ in range(2)]

    for response in responses:
        assert response.status_code == 200
        assert "etag" not in response.headers
        assert response.headers["cache-control"] == "no-store"
    if call != "NOW()":
        assert responses[0].content != responses[1].content or "bnode" in responses[0].text


def test_an_explanation_of_an_answer_that_changes_is_made_anew(server):
    asked = {"query": "ASK { FILTER(STRLEN(STRUUID()) = 1) }"}
    before = server.metrics()["evaluations"]

    explained = [server.client.get("/sparql/explain", params=asked) for _ in range(2)]

    assert {each.headers["cache-control"] for each in explained} == {"no-store"}
    assert server.metrics()["evaluations"] == before + 2


def test_a_name_in_a_string_or_comment_changes_nothing(server):
    assert "etag" in get(server, "ASK { FILTER ('NOW()' = 'x') } # RAND()").headers


def test_a_query_too_long_to_be_read_has_no_tag_or_a_weak_one(server):
    padding = "#" + "x" * 70_000
    posted = [
        server.client.post("/sparql", data={"query": f"{query} {padding}"})
        for query in (
            "ASK { FILTER ('NOW()' = 'x') }",
            "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER (?s = ?o) }",
            "ASK {}",
        )
    ]

    assert [response.status_code for response in posted] == [200, 200, 200]
    assert [response.headers.get("etag", "none")[0] for response in posted] == ["n", "W", '"']


@pytest.mark.parametrize("template", ["[] ?p ?o", "_:x ?p ?o", "?s ?p (1)"])
def test_an_answer_with_blank_nodes_has_a_weak_tag(server, template):
    weak = get(server, f"CONSTRUCT {{ {template} }} WHERE {{ ?s a ?c ; ?p ?o }} LIMIT 1")
    strong = get(server, "CONSTRUCT { ?s ?p ?o } WHERE { ?s a ?c ; ?p ?o } LIMIT 1")

    assert weak.headers["etag"].startswith('W/"')
    assert strong.headers["etag"].startswith('"')


def test_data_with_blank_nodes_has_weak_tags(tmp_path):
    _, description = load([file_with(tmp_path / "data.ttl", "[] <urn:p> 1 .")])
    engine = SimpleNamespace(description=description, may_differ=lambda _: False)
    identity = ResultCache(engine, 1).identify(Query("SELECT * { ?s ?p ?o }", {}))
    assert identity.etag.startswith('W/"')
