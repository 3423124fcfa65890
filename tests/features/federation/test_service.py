"""Queries with SERVICE, asked of a server that calls another."""

import json

import pytest

from support import RunningServer, problem
from support.services import NAMED, allowed

pytestmark = pytest.mark.processes

PREFIX = "PREFIX : <http://e/>\n"
JOIN = PREFIX + "SELECT * {{ ?s :p ?n SERVICE <{}> {{ ?s :q ?v }} }}"
BLANK = "PREFIX : <http://e/> SELECT * {{ ?s :p ?n SERVICE <{}> {{ ?s :q ?b . ?b :r ?r }} }}"


def ends(rows, name):
    return sorted(row[name].rpartition("/")[2] for row in rows)


# --- Being allowed --------------------------------------------------------------------------------


def test_an_allowed_endpoint_is_joined(calling_server, other_server):
    found = calling_server.rows(JOIN.format(other_server.sparql))

    assert ends(found, "s") == ["x", "x", "y"]
    assert {row["n"] for row in found} == {"1", "2"}


def test_an_endpoint_is_called_at_its_address(calling_server):
    assert ends(calling_server.rows(JOIN.format(NAMED)), "s") == ["x", "x", "y"]


def test_a_name_that_is_prefixed_or_relative_is_the_same_endpoint(calling_server):
    prefixed = "PREFIX e: <https://named.example/> SELECT * { SERVICE e:sparql { ?s ?p 'w' } }"
    relative = "BASE <https://named.example/x> SELECT * { SERVICE <sparql> { ?s ?p 'w' } }"
    escaped = "SELECT * { SERVICE <https://named.example/sp\\u0061rql> { ?s ?p 'w' } }"

    for query in (prefixed, relative, escaped):
        assert ends(calling_server.rows(query), "s") == ["w"]


def test_blank_nodes_of_an_endpoint_join_within_its_answer(calling_server):
    (row,) = calling_server.rows(BLANK.format(NAMED))

    assert (row["s"], row["r"]) == ("http://e/y", "5")


def test_all_forms_of_queries(calling_server):
    where = f"{{ ?s :p ?n SERVICE <{NAMED}> {{ ?s :q ?v }} }}"

    assert calling_server.ask(f"{PREFIX} ASK {where}").json()["boolean"] is True
    built = calling_server.ask(
        f"{PREFIX} CONSTRUCT {{ ?s :both ?n }} {where}", "application/n-triples"
    )
    assert sorted(built.text.split("\n"))[1:] == [
        f'<http://e/{s}> <http://e/both> "{n}"^^<http://www.w3.org/2001/XMLSchema#integer> .'
        for s, n in (("x", 1), ("y", 2))
    ]
    described = calling_server.ask(f"{PREFIX} DESCRIBE ?s {where}", "application/n-triples")
    assert "<http://e/p>" in described.text
    assert calling_server.rows(f"{PREFIX} SELECT (COUNT(*) AS ?c) {where}") == [{"c": "3"}]
    for accept in ("text/csv", "application/sparql-results+xml", "text/tab-separated-values"):
        assert "ex2" in calling_server.ask(JOIN.format(NAMED), accept).text


def test_a_post_is_answered_as_a_get(calling_server):
    by_post = calling_server.client.post(
        "/sparql", data={"query": JOIN.format(NAMED)}, headers={"Accept": "text/csv"}
    )

    assert by_post.status_code == 200
    assert len(by_post.text.splitlines()) == 4


# --- What is told ---------------------------------------------------------------------------------


def test_an_answer_names_whom_it_is_from_and_is_not_kept(calling_server):
    response = calling_server.ask(JOIN.format(NAMED))

    assert f'<{NAMED}>; rel="via"' in ", ".join(response.headers.get_list("link"))
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


def test_each_row_says_whether_it_is_from_there(calling_server):
    query = PREFIX + f"SELECT * {{ ?s :p ?n OPTIONAL {{ SERVICE <{NAMED}> {{ ?s :q ?v }} }} }}"
    results = calling_server.ask(query, evidence="true").json()["results"]

    assert len(results["evidence"]) == 4
    for row, evidence in zip(results["bindings"], results["evidence"], strict=True):
        is_theirs = "v" in row
        assert evidence["complete"] is not is_theirs
        assert [each["endpoint"] for each in evidence.get("services", [])] == [NAMED] * is_theirs
        assert all(each["retrieved"].startswith("20") for each in evidence.get("services", []))
        assert evidence["triples"][0]["predicate"]["value"] == "http://e/p"


def test_silent_is_told_in_the_evidence_of_rows(calling_server):
    query = PREFIX + "SELECT * { ?s :p 1 SERVICE SILENT <http://no.example/> { ?s :q ?v } }"
    results = calling_server.ask(query, evidence="true").json()["results"]

    assert [set(row) for row in results["bindings"]] == [{"s"}]
    assert "passes over a failure" in results["evidence"][0]["note"]
    assert "http://no.example/" in results["evidence"][0]["note"]


# --- What is not allowed --------------------------------------------------------------------------


def test_another_endpoint_is_refused_with_those_that_are_allowed(calling_server, other_server):
    query = JOIN.format("http://no.example/sparql")

    found = problem(calling_server.ask(query), 403, "service-not-allowed")

    assert found["endpoint"] == "http://no.example/sparql"
    assert {NAMED, other_server.sparql} <= set(found["allowed"])
    assert "--allow-service" in found["detail"]
    line, column = query.count("\n") + 1, query.index("<http://no") - query.rindex("\n")
    assert (found["line"], found["column"]) == (line, column)


def test_nobody_is_called_for_a_query_that_is_none(calling_server, other_server):
    before = other_server.metrics().get("evaluations", 0)

    problem(calling_server.ask(JOIN.format(NAMED) + " }"), 400, "query-syntax")
    problem(
        calling_server.ask(f"SELECT * {{ SERVICE <{NAMED}> {{ ?s :q }} }}"), 400, "query-syntax"
    )

    assert other_server.metrics().get("evaluations", 0) == before


def test_service_in_an_expression_is_told_to_be_unsupported(calling_server):
    query = f"SELECT (EXISTS {{ SERVICE <{NAMED}> {{ ?s ?p ?o }} }} AS ?e) {{ }}"

    assert "expression" in problem(calling_server.ask(query), 400, "service-unsupported")["detail"]


# --- Calls ----------------------------------------------------------------------------------------


def test_bindings_come_in_one_request_for_each_batch(other_server, tmp_path):
    many = tmp_path / "many.nt"
    many.write_text("".join(f"<http://e/{n}> <http://e/p> <http://e/x> .\n" for n in range(1000)))
    options = allowed(other_server.sparql, batch=250)
    query = (
        PREFIX
        + f"SELECT * {{ ?n :p ?s OPTIONAL {{ SERVICE <{other_server.sparql}> {{ ?n :q ?v }} }} }}"
    )
    with RunningServer("--data", many, *options) as server:
        before = other_server.metrics()["evaluations"]
        assert len(server.rows(query)) == 1000
        assert other_server.metrics()["evaluations"] - before == 4
        assert server.metrics()["service_calls"] == 1


def test_an_answer_is_kept_as_long_as_it_says(calling_server, other_server):
    """Our own endpoint lets an answer be kept for five minutes."""
    query = PREFIX + f"SELECT * {{ SERVICE <{NAMED}> {{ ?s :q 'w' }} }} # kept"
    calling_server.rows(query)
    before = other_server.metrics()
    calling_server.rows(query + " again")

    after = other_server.metrics()
    assert after["evaluations"] == before["evaluations"]
    assert after.get("results_from_cache", 0) == before.get("results_from_cache", 0)


def test_two_servers_that_call_each_other_end(files):
    """A, which calls B, which calls A again: there it ends."""
    first, second = (RunningServer("--data", files[name]) for name in ("here", "there"))
    names = "http://a.example/", "http://b.example/"
    first.options += allowed(names[1], address=second.sparql, inner=names)
    second.options += allowed(names[0], address=first.sparql, inner=names)
    circle = (
        "SELECT * { SERVICE <http://b.example/> { SERVICE <http://a.example/> "
        "{ SERVICE <http://b.example/> { ?s ?p ?o } } } }"
    )
    with second, first:
        assert "508" in problem(first.ask(circle), 502, "service-failed")["detail"]
        assert len(first.rows("SELECT * { SERVICE <http://b.example/> { ?s ?p 'w' } }")) == 1


def test_of_the_way_of_a_request_only_such_servers_are_sent_on(files, faulty):
    via = "1.0 proxy (secret of the client), 1.1 gbagraph-01234567, 1.1 " + "x" * 8000
    with RunningServer("--data", files["here"], *allowed(f"{faulty.url}/ok")) as server:
        query = f"SELECT * {{ SERVICE <{faulty.url}/ok> {{ ?x ?y ?via }} }}"
        response = server.client.get("/sparql", params={"query": query}, headers={"Via": via})

    assert response.status_code == 200
    sent = {name.lower(): value for name, value in faulty.requests[-1].headers.items()}["via"]
    first, own = sent.split(", ")
    assert first == "1.1 gbagraph-01234567"
    assert own.startswith("1.1 gbagraph-")


def test_a_request_that_was_here_before_or_too_often_elsewhere_calls_nobody(calling_server):
    via = ", ".join(f"1.1 gbagraph-{n:08x}" for n in range(5))
    response = calling_server.client.get(
        "/sparql",
        params={"query": JOIN.format(NAMED)},
        headers={"Via": via, "Accept": "application/sparql-results+json"},
    )

    assert "circle" in problem(response, 508, "service-loop")["detail"]


def test_settings_of_a_file_allow_endpoints_with_limits(files, other_server, tmp_path):
    settings = tmp_path / "gbagraph.toml"
    settings.write_text(
        f"data = {json.dumps(str(files['here']))}\n"
        f'[[allow-service]]\niri = "{NAMED}"\nname = "named"\naddress = "{other_server.sparql}"\n'
        "timeout = 2\nbatch = 7\n"
    )
    with RunningServer("--config", settings) as server:
        assert len(server.rows(JOIN.format(NAMED))) == 3


@pytest.mark.parametrize("workers", [2])
def test_several_processes_call_as_one(files, other_server, workers):
    options = ["--workers", workers, *allowed(NAMED, address=other_server.sparql)]
    with RunningServer("--data", files["here"], *options) as server:
        for number in range(8):
            assert len(server.rows(JOIN.format(NAMED) + f" # {number}")) == 3
