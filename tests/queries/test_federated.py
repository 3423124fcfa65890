"""Canned queries that call other endpoints: what they say of it before they are asked."""

import pytest

from gbagraph.queries.canned import left_out, sentences, without_server
from gbagraph.queries.catalog import local_queries
from gbagraph.queries.parse import parse

ONE, TWO = "https://one.example/sparql", "https://two.example/sparql"
PLAIN = "SELECT ?s { ?s ?p ?o }"
CALLS = f"SELECT ?s {{ SERVICE <{ONE}> {{ ?s ?p ?o }} SERVICE SILENT <{TWO}> {{ ?s ?p ?x }} }}"


@pytest.fixture
def query(tmp_path):
    def written(text, name="q"):
        path = tmp_path / f"{name}.rq"
        path.write_text(f"#+ summary: What is at our SERVICE?\n{text}")
        return parse(path)

    return written


def test_a_query_of_the_data_alone_says_nothing(query):
    found = query(PLAIN)

    assert (found.is_federated, found.services, found.refused_services([])) == (False, (), ())
    assert sentences(found, []) == without_server(found) == left_out([found]) == ""


def test_the_endpoints_without_which_there_is_no_answer(query):
    found = query(CALLS)

    assert found.is_federated
    assert found.services == (ONE, TWO)
    assert found.refused_services([]) == (ONE,)
    assert found.refused_services([ONE]) == ()


def test_what_is_allowed_and_what_is_not_is_said(query):
    said = sentences(query(CALLS), [ONE])

    assert f"It calls <{ONE}> with SERVICE, which this server allows." in said
    assert f"<{TWO}> with SERVICE, which this server does not allow; the rest is answered." in said
    assert f"gbagraph serve --allow-service {ONE}" in sentences(query(CALLS), [])
    assert f"gbagraph serve --allow-service {ONE}" in without_server(query(CALLS))


def test_an_endpoint_in_a_variable_is_a_call_too(query):
    found = query("SELECT ?s { VALUES ?e { <urn:e> } SERVICE ?e { ?s ?p ?o } }")

    assert found.is_federated
    assert found.services == ()


def test_those_that_call_others_are_left_out_by_name(query, tmp_path):
    query(PLAIN, "plain"), query(CALLS, "calls")

    assert list(local_queries(str(tmp_path))) == ["plain"]
    assert left_out([query(PLAIN, "plain"), query(CALLS, "calls")]).endswith("SERVICE: calls.")
