"""Ways around the list of allowed endpoints: each is refused, and none reaches a listener."""

import socket

import pytest

from support import RunningServer, eventually
from support.services import NAMED, Listener, allowed

REFUSED = {400, 403, 502, 504}


@pytest.fixture(scope="module")
def listeners():
    """Who must hear nothing: on IPv4 and on IPv6, where the machine has that."""
    four = Listener()
    try:
        six = Listener(socket.AF_INET6, "::1")
    except OSError:
        six = Listener()
    yield four, six
    four.close()
    six.close()


@pytest.fixture(scope="module")
def strict_server(listeners, other_server, faulty, files):
    """It may call a name that resolves inside, other notations of an inner address, and a redirect."""
    four, six = listeners
    options = [*allowed(NAMED, address=other_server.sparql)]
    for host in ("localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1"):
        options += allowed(f"http://{host}:{four.port}/", timeout=30)
    options += allowed(f"http://ip6-localhost:{six.port}/", timeout=30)
    options += allowed(f"http://name.example.localhost:{four.port}/", timeout=30)
    options += allowed(f"{faulty.url}/redirect", timeout=30)
    with RunningServer("--data", files["here"], *options) as server:
        yield server


SPELLINGS = [
    "SERVICE <{}> { ?s ?p ?o }",
    "SERVICE<{}>{?s ?p ?o}",
    "service <{}> { ?s ?p ?o }",
    "SeRvIcE SiLeNt <{}> { ?s ?p ?o }",
    "SERVICE # a comment\n<{}>#\n{ ?s ?p ?o }",
    "\\u0053ERVICE <{}> { ?s ?p ?o }",
    "S\\U00000045RVICE <{}> { ?s ?p ?o }",
    "\u017fERVICE <{}> { ?s ?p ?o }",
    "OPTIONAL { SERVICE SILENT <{}> { ?s ?p ?o } }",
    "{ SELECT * { SERVICE <{}> { ?s ?p ?o } } }",
    "FILTER EXISTS { SERVICE <{}> { ?s ?p ?o } }",
    "BIND (EXISTS { SERVICE <{}> { ?s ?p ?o } } AS ?x)",
    "?s ?p 'x'@en.SERVICE <{}> { ?s ?p ?o }",
    "VALUES ?e { <{}> } SERVICE ?e { ?s ?p ?o }",
    "BIND (<{}> AS ?e) SERVICE ?e { ?s ?p ?o }",
    "BIND (IRI('{}') AS ?e) SERVICE ?e { ?s ?p ?o }",
    "VALUES ?e { '{}' } SERVICE ?e { ?s ?p ?o }",
    "BIND (IRI(CONCAT('', '{}')) AS ?e) SERVICE ?e { ?s ?p ?o }",
    "?s ?p ?e SERVICE ?e { ?a ?b ?c }",
    "SERVICE $e { ?s ?p ?o } VALUES ?e { <{}> }",
    # By way of one that may be called.
    "SERVICE <https://named.example/sparql> { SERVICE <{}> { ?s ?p ?o } }",
    "SERVICE <https://named.example/sparql> { { SELECT * { SERVICE SILENT <{}> { ?s ?p ?o } } } }",
    "SERVICE <https://named.example/sparql> { FILTER EXISTS { SERVICE <{}> { ?s ?p ?o } } }",
    "SERVICE <https://named.example/sparql> { ?s ?p ?o } } # \n SERVICE <{}> { ?s ?p ?o }",
    'SERVICE <https://named.example/sparql> { ?s ?p "\\u0022 . SERVICE <{}> { ?a ?b ?c } #" }',
    "SERVICE <https://named.example/sparql> { ?s ?p '\\u0027 . SERVICE <{}> { ?a ?b ?c } #' }",
    'SERVICE <https://named.example/sparql> { ?s ?p """\\u0022\\u0022\\u0022 SERVICE <{}> {} #""" }',
    "SERVICE <https://named.example/sparql> { ?s <http://e/\\u003E\\u0020SERVICE\\u0020<{}> ?o }",
    "SERVICE <https://named.example/sparql\\u003E> { } SERVICE <{}> { }",
]

HOSTS = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://[::1]:{port6}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://0.0.0.0:{port}/",
    "http://user:secret@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "http://127.0.0.1:0{port}/",
    "http://127.0.0.1.:{port}/",
    "http://\uff11\uff12\uff17.0.0.1:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://nobody.invalid/",
    "https://named.example:8443/sparql",
    "https://named.example/other",
    "https://named.example//sparql",
    "https://named.example/x/../sparql",
    "https://named.example/%73parql",
    "https://named.example./sparql",
    "https://named.example\\\\@127.0.0.1:{port}/sparql",
    "https://named.example/sparql\\u000D\\u000AHost:127.0.0.1:{port}",
    "http://named.example@127.0.0.1:{port}/sparql",
    "https://named.example/sparql@127.0.0.1:{port}/",
    "https://named.example/sparql#@127.0.0.1:{port}/",
    "https://named.example/../sparql",
    "https://NAMED.example/sparql",
    "http://named.example/sparql",
    "https://named.example:443/sparql",
    "https://named.example/sparql?x=http://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/",
    "data:application/sparql-results+json,x",
    "//127.0.0.1:{port}/",
    "sparql",
    "",
]


def refused(server, listeners, query):
    """Ask, and see that nobody was reached; the response."""
    response = server.ask(query)
    is_silent = response.status_code == 200 and not any(
        {"o", "c"} & set(row) for row in response.json().get("results", {}).get("bindings", [])
    )
    assert response.status_code in REFUSED or is_silent, response.text
    assert [listener.connections for listener in listeners] == [[], []]
    return response


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_however_it_is_written(strict_server, listeners, spelling):
    query = f"SELECT * {{ {spelling.replace('{}', f'http://127.0.0.1:{listeners[0].port}/')} }}"

    refused(strict_server, listeners, query)


FORMS = ["SERVICE <{}>", "VALUES ?e {{ <{}> }} SERVICE ?e"]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("form", FORMS)
def test_whatever_the_address_is(strict_server, listeners, host, form):
    iri = host.format(port=listeners[0].port, port6=listeners[1].port)

    response = refused(
        strict_server, listeners, f"SELECT * {{ {form.format(iri)} {{ ?s ?p ?o }} }}"
    )

    assert response.status_code in (400, 403, 502), response.text


@pytest.mark.parametrize(
    "host",
    ["localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "name.example.localhost"],
)
def test_an_allowed_name_that_resolves_inside(strict_server, listeners, host):
    query = f"SELECT * {{ SERVICE <http://{host}:{listeners[0].port}/> {{ ?s ?p ?o }} }}"

    response = refused(strict_server, listeners, query)

    assert response.status_code == 502
    assert response.json()["type"].endswith("service-failed")
    assert "127.0.0.1" not in response.text


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM <http://127.0.0.1:{port}/> { ?s ?p ?o }",
        "SELECT * FROM NAMED <http://127.0.0.1:{port}/> { GRAPH ?g { ?s ?p ?o } }",
        "SELECT * { GRAPH <http://127.0.0.1:{port}/> { ?s ?p ?o } }",
        "LOAD <http://127.0.0.1:{port}/>",
        "INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:{port}/> { ?s ?p ?o } }",
        "DESCRIBE <http://127.0.0.1:{port}/>",
    ],
)
def test_nothing_is_loaded(strict_server, listeners, query):
    response = strict_server.ask(query.replace("{port}", str(listeners[0].port)), "*/*")

    assert response.status_code in (200, 400)
    assert [listener.connections for listener in listeners] == [[], []]


@pytest.mark.parametrize("name", ["default-graph-uri", "named-graph-uri"])
def test_nor_by_the_parameters_of_the_protocol(strict_server, listeners, name):
    address = f"http://127.0.0.1:{listeners[0].port}/"

    assert strict_server.ask("ASK { ?s ?p ?o }", **{name: address}).json()["boolean"] is False
    assert listeners[0].connections == []


def test_the_listener_would_hear_a_call():
    """So that a test above that hears nothing means something."""
    listener = Listener()
    socket.create_connection(("127.0.0.1", listener.port)).close()

    assert eventually(lambda: listener.connections)
    listener.close()
