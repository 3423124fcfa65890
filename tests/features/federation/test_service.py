"""Queries with SERVICE, asked of a server that calls another."""

import json
import signal

import httpx
import pytest

from gbagraph._version import user_agent
from support import LoggedServer, RunningServer, eventually, file_with, ok, problem
from support.services import LEAKY, NAMED, Endpoint, allowed

pytestmark = pytest.mark.processes

CONTACT = "mailto:us@here.example"
PREFIX = "PREFIX : <http://e/>\n"
JOIN = PREFIX + "SELECT * {{ ?s :p ?n SERVICE <{}> {{ ?s :q ?v }} }}"


# --- Being allowed --------------------------------------------------------------------------------


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


# --- What is told ---------------------------------------------------------------------------------


def test_an_answer_names_whom_it_is_from_and_is_not_kept(calling_server):
    response = calling_server.ask(JOIN.format(NAMED))

    assert f'<{NAMED}>; rel="via"' in ", ".join(response.headers.get_list("link"))
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


# --- What is not allowed --------------------------------------------------------------------------


def test_another_endpoint_is_refused_with_those_that_are_allowed(calling_server, other_server):
    query = JOIN.format("http://no.example/sparql")

    found = problem(calling_server.ask(query), 403, "service-not-allowed", "--allow-service")

    assert found["endpoint"] == "http://no.example/sparql"
    assert {NAMED, other_server.sparql} <= set(found["allowed"])
    line, column = query.count("\n") + 1, query.index("<http://no") - query.rindex("\n")
    assert (found["line"], found["column"]) == (line, column)


def test_nobody_is_called_for_a_query_that_is_none(calling_server, other_server):
    before = other_server.metrics().get("evaluations", 0)

    problem(calling_server.ask(JOIN.format(NAMED) + " }"), 400, "query-syntax")
    problem(
        calling_server.ask(f"SELECT * {{ SERVICE <{NAMED}> {{ ?s :q }} }}"), 400, "query-syntax"
    )

    assert other_server.metrics().get("evaluations", 0) == before


# --- Calls ----------------------------------------------------------------------------------------


def test_bindings_come_in_one_request_for_each_batch(other_server, tmp_path):
    many = file_with(
        tmp_path / "many.nt",
        "".join(f"<http://e/{n}> <http://e/p> <http://e/x> .\n" for n in range(1000)),
    )
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
        problem(first.ask(circle), 502, "service-failed")
        assert first.metrics()['problems_total{problem="service-loop"}'] > 0
        assert len(first.rows("SELECT * { SERVICE <http://b.example/> { ?s ?p 'w' } }")) == 1


def test_of_the_way_of_a_request_only_such_servers_are_sent_on(calling_server, faulty):
    via = "1.0 proxy (secret of the client), 1.1 gbagraph-01234567, 1.1 " + "x" * 8000
    query = f"SELECT * {{ SERVICE <{faulty.url}/ok> {{ ?x ?y ?via }} }}"
    ok(calling_server.client.get("/sparql", params={"query": query}, headers={"Via": via}))

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


def test_several_processes_call_as_one(files, other_server, tmp_path):
    """As a file of settings allows; what an endpoint asks of one, all do, and those after them."""

    def refused(server):
        given = {"query": f"SELECT * {{ SERVICE <{LEAKY}> {{ ?s ?p ?o }} }}"}
        for media_type in ["application/json", "text/html"] * 4:
            headers = {"Accept": media_type}
            response = httpx.get(server.sparql, params=given, headers=headers, timeout=60)
            assert response.status_code == 502
            assert 3500 < int(response.headers["retry-after"]) <= 3600

    settings = tmp_path / "gbagraph.toml"
    with Endpoint() as limited:
        limited.status, limited.headers["Retry-After"] = 429, "3600"
        settings.write_text(
            f'data = {json.dumps(str(files["here"]))}\nworkers = 2\nreport = "{CONTACT}"\n'
            f'[[allow-service]]\niri = "{LEAKY}"\naddress = "{limited.url}"\n'
            f'[[allow-service]]\niri = "{NAMED}"\nname = "named"\naddress = "{other_server.sparql}"\n'
            "timeout = 20\nbatch = 7\n"
        )
        with LoggedServer(tmp_path / "log", "--config", settings) as server:
            for number in range(8):
                assert len(server.rows(JOIN.format(NAMED) + f" # {number}")) == 3
            refused(server)
            server.process.send_signal(signal.SIGHUP)
            assert eventually(lambda: "serves now" in server.said)
            refused(server)
        ((_, _, headers, _),) = limited.requests
    assert headers["user-agent"] == user_agent(CONTACT)
