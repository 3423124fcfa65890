"""Queries that call other endpoints mean what the standard says, whatever is sent along with a call.

The reference is the engine itself, with the data of the endpoint in a named graph: by the standard, the
solutions of ``SERVICE <e> { P }`` are those of ``GRAPH <e> { P }`` over these data.
"""

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbagraph.dataset.view import View
from gbagraph.errors import ServiceFailed, ServiceNotAllowed, UnsupportedService
from gbagraph.features.federation import evaluation
from gbagraph.features.federation.evaluation import evaluated
from gbagraph.features.federation.messages import Reply
from gbagraph.setting import AllowedService
from gbagraph.sparql.parsed import ParsedQuery
from support.services import PREFIX, Remote, store

ENDPOINT, OTHER = "http://endpoint.example/sparql", "http://other.example/sparql"
SERVICES = {
    ENDPOINT: AllowedService(iri=ENDPOINT, batch=2),
    OTHER: AllowedService(iri=OTHER, name="other", batch=100),
}


def rows(answer):
    names = [variable.value for variable in answer.variables]
    return Counter(frozenset(zip(names, map(str, row), strict=True)) for row in answer)


def federated(query, local, remote, services=SERVICES):
    marked, view = evaluated(ParsedQuery(PREFIX + query), View(local), services, remote)
    return rows(view.query(marked.text))


LOCAL = ":x :p 1 , 5 . :y :p 2 . :z :p 3 . :x :name 'X' . _:b :p 9 ."
THERE = ":x :q 'ex', 'ex2' . :y :q 'y' . :w :q 'w' . _:b :q 'blank' ."


@pytest.fixture
def local():
    found = store(LOCAL)
    found.extend(store(":x :p 7 .", "http://e/g"))
    return found


@pytest.fixture
def remote():
    return Remote({ENDPOINT: store(THERE), OTHER: store(":x :r :other .")})


# --- What is sent along ---------------------------------------------------------------------------


def test_bindings_are_sent_along_in_batches(local, remote):
    federated(f"SELECT * {{ ?s :p ?n SERVICE <{ENDPOINT}> {{ ?s :q ?v }} }}", local, remote)

    first, second = remote.texts
    assert first.startswith("SELECT ?s ?v WHERE { VALUES (?s) { (<http://e/")
    assert first.count("(<") == 2, "a batch of two"
    assert second.count("(<") == 1
    assert "_:" not in first + second, "a blank node means nothing elsewhere"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * {{ SERVICE <{}> {{ ?s :q ?v }} ?s :p ?n }}",
        "SELECT * {{ ?s :p ?n OPTIONAL {{ SERVICE <{}> {{ ?s :q ?v }} }} }}",
        "SELECT * {{ {{ SERVICE <{}> {{ ?s :q ?v }} }} UNION {{ ?s :name ?v }} ?s :p ?n }}",
        "SELECT * {{ VALUES ?s {{ :x :y }} SERVICE <{}> {{ ?s :q ?v }} }}",
        "SELECT * {{ SERVICE <{}> {{ ?s :q ?v }} }} VALUES ?s {{ :x }}",
        "SELECT * {{ GRAPH :g {{ ?s :p ?n SERVICE <{}> {{ ?s :q ?v }} }} }}",
        "SELECT * {{ BIND (:x AS ?s) SERVICE <{}> {{ ?s :q ?v }} }}",
        "SELECT * {{ {{ SELECT ?s {{ ?s :p ?n }} }} SERVICE <{}> {{ ?s :q ?v }} }}",
        "SELECT * {{ ?s :p ?n MINUS {{ ?s :name ?x SERVICE <{}> {{ ?s :q ?v }} }} }}",
        "SELECT * {{ ?s :p ?n SERVICE <{}> {{ ?s :q ?v FILTER (?v != 'w') }} }}",
        "SELECT * {{ ?s :p ?n SERVICE <{}> {{ ?s :q ?v OPTIONAL {{ ?s :r ?w }} }} }}",
        "SELECT * {{ ?s :p ?n SERVICE <{}> {{ {{ ?s :q ?v }} UNION {{ ?s :r ?v }} }} }}",
    ],
)
def test_bindings_are_sent_where_that_keeps_the_meaning(local, remote, query):
    federated(query.format(ENDPOINT), local, remote)

    assert all("VALUES (?s)" in text for text in remote.texts)
    assert remote.texts


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * {{ SERVICE <{}> {{ ?s :q ?v }} }}",
        "SELECT * {{ OPTIONAL {{ ?s :p ?n }} SERVICE <{}> {{ ?s :q ?v }} }}",
        "SELECT * {{ BIND (1/0 AS ?s) SERVICE <{}> {{ ?s :q ?v }} }}",
        "SELECT * {{ VALUES ?s {{ :x UNDEF }} SERVICE <{}> {{ ?s :q ?v }} }}",
        "SELECT * {{ ?s :p ?n SERVICE <{}> {{ OPTIONAL {{ ?s :q ?v }} }} }}",
        "SELECT * {{ ?s :p ?n SERVICE <{}> {{ SELECT ?s {{ ?s :q ?v }} LIMIT 1 }} }}",
        "SELECT * {{ ?s :p ?n SERVICE <{}> {{ ?s :q ?v MINUS {{ ?s :r ?v }} }} }}",
        "SELECT * {{ ?s :p ?n MINUS {{ SERVICE <{}> {{ ?s :q ?v }} }} }}",
        "SELECT * {{ ?s :p ?n FILTER EXISTS {{ SERVICE <{}> {{ ?s :q ?v }} }} }}",
        "SELECT * {{ ?s :p ?n FILTER EXISTS {{ SERVICE <{}> {{ ?s :q ?v FILTER (?v != 'w') }} }} }}",
        "SELECT * {{ ?s :p ?n {{ SELECT ?s {{ SERVICE <{}> {{ ?s :q ?v }} }} LIMIT 1 }} }}",
        "SELECT * {{ OPTIONAL {{ SERVICE <{}> {{ ?s :q ?v }} }} ?s :p ?n }}",
    ],
)
def test_and_nowhere_else(local, remote, query):
    federated(query.format(ENDPOINT), local, remote)

    assert "VALUES" not in "".join(remote.texts)
    assert len(remote.texts) == 1


def test_what_one_endpoint_gave_is_sent_to_the_next(local, remote):
    found = federated(
        f"SELECT * {{ SERVICE <{ENDPOINT}> {{ ?s :q 'ex' }} SERVICE <{OTHER}> {{ ?s :r ?o }} }}",
        local,
        remote,
    )

    assert len(found) == 1
    assert "VALUES (?s) { (<http://e/x>) }" in remote.texts[1]


def test_nobody_is_called_where_nothing_would_go_with_it(local, remote):
    assert not federated(
        f"SELECT * {{ ?s :none ?n SERVICE <{ENDPOINT}> {{ ?s :q ?v }} }}", local, remote
    )
    assert not remote.texts


def test_too_many_bindings_are_not_sent(local, remote, monkeypatch):
    monkeypatch.setattr(evaluation, "_MOST_BINDINGS", 2)

    found = federated(f"SELECT * {{ ?s :p ?n SERVICE <{ENDPOINT}> {{ ?s :q ?v }} }}", local, remote)

    assert "VALUES" not in remote.texts[0]
    assert sum(found.values()) == 5


def test_prefixes_and_comments_are_not_sent(local, remote):
    federated(f"SELECT ?v {{ SERVICE <{ENDPOINT}> {{ # all of them\n ?s :q ?v }} }}", local, remote)

    assert remote.texts == ["SELECT ?s ?v WHERE { ?s <http://e/q> ?v }"]


# --- What comes back ------------------------------------------------------------------------------


def test_an_endpoint_that_ignores_the_bindings_does_not_multiply_rows(local, remote):
    class Ignoring(Remote):
        def reply(self, call, number, text):
            return super().reply(call, number, text.partition("{")[0] + "{ ?s <http://e/q> ?v }")

    query = f"SELECT * {{ ?s :p ?n SERVICE <{ENDPOINT}> {{ ?s :q ?v }} }}"

    assert federated(query, local, Ignoring({ENDPOINT: store(THERE)})) == federated(
        query, local, remote
    )


def test_blank_nodes_of_an_endpoint_are_nobody_elses(local, remote):
    found = federated(
        f"SELECT * {{ SERVICE <{ENDPOINT}> {{ ?s :q 'blank' }} ?s :p ?n }}", local, remote
    )

    assert not found


def test_a_variable_is_the_endpoint_that_answered(local, remote):
    found = federated(
        f"SELECT * {{ VALUES ?e {{ <{ENDPOINT}> <{OTHER}> }} SERVICE ?e {{ :x ?p ?o }} }}",
        local,
        remote,
    )

    assert Counter(dict(row)["e"] for row in found) == {f"<{ENDPOINT}>": 2, f"<{OTHER}>": 1}


def test_what_is_no_iri_is_passed_over_by_silent(local, remote):
    (row,) = federated(
        "SELECT * { VALUES ?e { 'text' } SERVICE SILENT ?e { :x ?p ?o } }", local, remote
    )

    assert dict(row) == {"e": '"text"', "p": "None", "o": "None"}


@pytest.mark.parametrize(
    "query",
    [
        "PREFIX e: <http://endpoint.example/> SELECT * { SERVICE e:sparql { ?s :q 'w' } }",
        "BASE <http://endpoint.example/x> SELECT * { SERVICE <sparql> { ?s :q 'w' } }",
        "SELECT * { SERVICE <http://endpoint.example/sp\\u0061rql> { ?s :q 'w' } }",
    ],
)
def test_a_name_that_is_prefixed_relative_or_escaped_is_the_same_endpoint(local, remote, query):
    assert len(federated(query, local, remote)) == 1


def test_one_batch_that_fails_is_a_failure(local):
    remote = Remote({ENDPOINT: store(THERE)}, fails_from=1)
    query = f"SELECT * {{{{ ?s :p ?n SERVICE {{}} <{ENDPOINT}> {{{{ ?s :q ?v }}}} }}}}"

    with pytest.raises(ServiceFailed, match="It is down"):
        federated(query.format(""), local, remote)
    found = federated(query.format("SILENT"), local, remote)

    assert sum(found.values()) == 5, "one empty solution: all of ours, and nothing of theirs"
    assert all(dict(row)["v"] == "None" for row in found)


def test_sources_tell_what_was_called():
    _, view = evaluated(
        ParsedQuery(
            f"{PREFIX}SELECT * {{ ?s :p ?n SERVICE <{ENDPOINT}> {{ ?s :q ?v }} "
            "SERVICE SILENT <http://no.example/> { ?s ?any ?thing } }"
        ),
        View(store(LOCAL)),
        SERVICES,
        Remote({ENDPOINT: store(THERE)}),
    )

    called, refused = view.called
    assert (called.endpoint, called.rows, called.failure) == (ENDPOINT, 3, "")
    assert len(called.queries) == 2
    assert refused.endpoint == "http://no.example/"
    assert "does not call" in refused.failure


# --- What may not be called -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clause", "error", "told"),
    [
        ("SERVICE <http://no.example/> { ?s ?p ?o }", ServiceNotAllowed, "does not call"),
        (f"SERVICE <{ENDPOINT}#> {{ ?s ?p ?o }}", ServiceNotAllowed, "does not call"),
        (
            f"SERVICE <{ENDPOINT}> {{ SERVICE <http://i/> {{ }} }}",
            ServiceNotAllowed,
            "not allowed there",
        ),
        (f"SERVICE <{ENDPOINT}> {{ SERVICE ?e {{ }} }}", ServiceNotAllowed, "not allowed there"),
        (
            f"SERVICE <{ENDPOINT}> {{ OPTIONAL {{ SERVICE SILENT <{OTHER}> {{ }} }} }}",
            ServiceNotAllowed,
            "not allowed there",
        ),
        ("VALUES ?e { <http://no.example/> } SERVICE ?e { }", ServiceNotAllowed, "does not call"),
        ("VALUES ?e { 'text' } SERVICE ?e { }", ServiceNotAllowed, "does not call"),
        ("SERVICE ?e { ?s ?p ?o }", UnsupportedService, "binds it to an endpoint"),
        ("OPTIONAL { ?e :p 1 } SERVICE ?e { ?s ?p ?o }", UnsupportedService, "binds it"),
        (f"SERVICE <{ENDPOINT}> {{ << :a :b :c >> ?p ?o }}", UnsupportedService, "SPARQL 1.2"),
    ],
)
def test_what_is_not_called(local, remote, clause, error, told):
    with pytest.raises(error, match=told):
        federated(f"SELECT * {{ {clause} }}", local, remote)

    assert not remote.texts


def test_a_service_inside_is_passed_on_where_that_is_allowed(local):
    label = "http://wikiba.se/ontology#label"
    services = {ENDPOINT: msgspec.structs.replace(SERVICES[ENDPOINT], inner=(label,))}
    seen = []

    def ask(call):
        seen.extend(call.queries)
        return [Reply(0, b'{"head":{"vars":[]},"results":{"bindings":[]}}', "json")]

    federated(
        f"SELECT * {{ SERVICE <{ENDPOINT}> {{ ?s :q ?v SERVICE <{label}> {{ }} }} }}",
        local,
        ask,
        services,
    )

    assert f"SERVICE <{label}>" in seen[0]


# --- The meaning ----------------------------------------------------------------------------------

NODES = [":a", ":b", ":c", "1"]
VARIABLES = ["?x", "?y", "?z"]
PREDICATES = [":p", ":q"]

triples = st.builds(
    "{} {} {} .".format,
    st.sampled_from(NODES[:3]),
    st.sampled_from(PREDICATES),
    st.sampled_from(NODES),
)
data = st.lists(triples, max_size=7).map(" ".join)
terms = st.sampled_from([*VARIABLES * 3, *NODES[:3]])
patterns = st.builds("{} {} {} .".format, terms, st.sampled_from(PREDICATES), terms)
values = st.builds(
    "VALUES {} {{ {} }}".format,
    st.sampled_from(VARIABLES),
    st.lists(st.sampled_from([*NODES, "UNDEF"]), max_size=3).map(" ".join),
)
filters = st.builds(
    "FILTER ({} {} {})".format,
    st.sampled_from(VARIABLES),
    st.sampled_from(["=", "!="]),
    st.sampled_from([*VARIABLES, ":a", "1"]),
) | st.builds("FILTER ({}BOUND({}))".format, st.sampled_from(["", "!"]), st.sampled_from(VARIABLES))
plain = patterns | patterns | values | filters


def grouped(elements, least=1):
    return st.lists(elements, min_size=least, max_size=3).map(" ".join)


def nested(inner):
    """Elements that hold groups."""
    groups = grouped(inner)
    return st.one_of(
        groups.map("OPTIONAL {{ {} }}".format),
        groups.map("MINUS {{ {} }}".format),
        groups.map("FILTER EXISTS {{ {} }}".format),
        groups.map("FILTER NOT EXISTS {{ {} }}".format),
        groups.map("{{ SELECT * {{ {} }} }}".format),
        groups.map("{{ SELECT DISTINCT ?x {{ {} }} }}".format),
        groups.map("{{ SELECT ?x (COUNT(*) AS ?n) {{ {} }} GROUP BY ?x }}".format),
        groups.map("{{ {} }}".format),
        st.builds("{{ {} }} UNION {{ {} }}".format, groups, groups),
    )


inside = plain | plain | nested(plain)
services = grouped(inside).map(f"SERVICE <{ENDPOINT}> {{{{ {{}} }}}}".format)
# No GRAPH in a SERVICE, for the reference has one there.
outside = plain | services
queries = grouped(outside | services | nested(outside | nested(outside)), least=2)


@given(queries, data, data)
def test_a_federated_query_means_what_the_engine_says_over_all_data(pattern, here, there):
    local = store(here)
    whole = store(here)
    whole.extend(store(f":the :graph :exists . {there}", ENDPOINT))
    query = f"SELECT * {{ {pattern} }}"
    try:
        expected = rows(whole.query(PREFIX + query.replace("SERVICE", "GRAPH")))
    except SyntaxError:
        return

    try:
        found = federated(query, local, Remote({ENDPOINT: store(there)}))
    except UnsupportedService:
        assert "EXISTS" in pattern
        return
    assert found == expected
