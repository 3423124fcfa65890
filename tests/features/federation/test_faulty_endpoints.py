"""An endpoint that hangs, lies or never ends costs its own query, and nothing else."""

import concurrent.futures
import contextlib
import resource
import time

import pytest

from support import RunningServer, alive, children, eventually, kill, problem
from support.services import NAMED, allowed

pytestmark = pytest.mark.processes

CALL = "SELECT * {{ SERVICE <{}> {{ ?s ?p ?o }} }}"


def is_free(server):
    return set(server.slots().values()) == {0}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("cut", "cannot be reached"),
        ("malformed", "no result of the query"),
        ("media-type", "text/html"),
        ("redirect", "Redirects are not followed"),
        ("drop", "cannot be reached"),
        ("failed", "500"),
        ("endless", "more than 1 megabytes"),
    ],
)
def test_what_it_gives_is_told(calling_server, faulty, fault, told):
    iri = f"{faulty.url}/{fault}"

    found = problem(calling_server.ask(CALL.format(iri)), 502, "service-failed")

    assert told in found["detail"]
    assert found["endpoint"] == iri
    assert eventually(lambda: is_free(calling_server))


@pytest.mark.parametrize("fault", ["stall", "stall-body"])
def test_one_that_hangs_is_a_timeout_that_names_it(calling_server, faulty, fault):
    iri = f"{faulty.url}/{fault}"

    found = problem(calling_server.ask(CALL.format(iri)), 504, "service-timeout")

    assert found["limit"] == 1
    assert iri in found["detail"]
    assert eventually(lambda: is_free(calling_server))


def test_the_limit_of_the_query_is_one_of_the_call(calling_server, faulty):
    started = time.monotonic()
    found = calling_server.ask(CALL.format(f"{faulty.url}/stall"), timeout=0.5)

    problem(found, 504, "service-timeout")
    assert time.monotonic() - started < 5


def test_nobody_listening(calling_server):
    found = problem(
        calling_server.ask(CALL.format("http://127.0.0.1:1/sparql")), 502, "service-failed"
    )

    assert "nobody <http://127.0.0.1:1/sparql> cannot be reached" in found["detail"]


def test_silent_goes_on_without_it(calling_server, faulty):
    for fault in ("malformed", "stall", "drop"):
        query = f"SELECT * {{ ?s <http://e/p> ?n SERVICE SILENT <{faulty.url}/{fault}> {{ ?s ?p ?o }} }}"
        assert len(calling_server.rows(query)) == 3


def test_an_endpoint_that_hangs_keeps_nobody_waiting(calling_server, faulty):
    with concurrent.futures.ThreadPoolExecutor(30) as pool:
        hanging = [
            pool.submit(calling_server.ask, CALL.format(f"{faulty.url}/stall") + f"# {n}")
            for n in range(30)
        ]
        time.sleep(0.2)
        for number in range(20):
            started = time.monotonic()
            assert calling_server.ask(f"ASK {{}} # {number}").status_code == 200
            assert time.monotonic() - started < 1
        assert {future.result().status_code for future in hanging} <= {504, 503, 502}
    assert eventually(lambda: is_free(calling_server))


def test_after_five_failures_it_is_not_called_for_a_while(files, faulty):
    iri = f"{faulty.url}/busy"
    with RunningServer("--data", files["here"], *allowed(iri, timeout=20)) as server:
        before = len(faulty.requests)
        for _ in range(5):
            assert "503" in server.ask(CALL.format(iri)).json()["detail"]
        tried = len(faulty.requests) - before
        assert tried == 15, "three attempts each"
        assert "its last calls failed" in server.ask(CALL.format(iri)).json()["detail"]
        assert len(faulty.requests) - before == tried


def test_short_limits_of_queries_do_not_close_an_endpoint_to_others(files, faulty):
    iri = f"{faulty.url}/slow"
    with RunningServer("--data", files["here"], *allowed(iri, timeout=10)) as server:
        for number in range(8):
            assert server.ask(CALL.format(iri) + f"# {number}", timeout=0.3).status_code == 504
        assert len(server.rows(f"SELECT * {{ SERVICE <{iri}> {{ ?x ?y ?z }} }}")) == 20


def test_one_that_drips_is_not_waited_for(files, faulty):
    iri = f"{faulty.url}/slow"
    with RunningServer("--data", files["here"], *allowed(iri, timeout=0.3)) as server:
        problem(server.ask(CALL.format(iri)), 504, "service-timeout")


def test_a_failure_that_passes_is_tried_again(files, faulty):
    iri = faulty.script("busy", "drop")
    with RunningServer("--data", files["here"], *allowed(iri)) as server:
        assert len(server.rows(f"SELECT * {{ SERVICE <{iri}> {{ ?x ?y ?z }} }}")) == 20


def test_a_client_that_leaves_ends_the_call(calling_server, faulty):
    for _ in range(3):
        query = CALL.format(f"{faulty.url}/stall")
        calling_server.raw(
            f"GET /sparql?query={query.replace(' ', '%20')} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        ).socket.close()
    assert eventually(lambda: is_free(calling_server), 10)


def gateway_of(server):
    """The process of the gateway: the child of the server that has no children."""
    (found,) = [pid for pid in children(server.server_process) if not children(pid)]
    return found


def test_a_gateway_that_is_killed_is_started_again(files, other_server, faulty):
    options = [
        *allowed(NAMED, address=other_server.sparql),
        *allowed(f"{faulty.url}/stall", timeout=20),
    ]
    with RunningServer("--data", files["here"], *options) as server:
        query = f"SELECT * {{ SERVICE <{NAMED}> {{ ?s ?p 'w' }} }}"
        assert len(server.rows(query)) == 1
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            before = len(faulty.requests)
            hanging = pool.submit(server.ask, CALL.format(f"{faulty.url}/stall"))
            assert eventually(lambda: len(faulty.requests) > before, 15)
            first = gateway_of(server)
            kill(first)
            found = problem(hanging.result(), 502, "service-failed")
        assert "restarted" in found["detail"]
        assert eventually(lambda: server.ask(query).status_code == 200, 10)
        assert gateway_of(server) != first
        assert eventually(lambda: is_free(server))
    assert eventually(lambda: not alive(first))


def test_the_gateway_ends_with_the_server(files, other_server):
    with RunningServer(
        "--data", files["here"], *allowed(NAMED, address=other_server.sparql)
    ) as server:
        gateway = gateway_of(server)
        kill(server.process.pid)
        assert eventually(lambda: not alive(gateway))


def test_a_worker_has_no_network(calling_server):
    """What the workers may open is nothing, so what the gateway refuses, nobody does."""
    fork_server = next(pid for pid in children(calling_server.server_process) if children(pid))

    def each_may_open_nothing():
        with contextlib.suppress(OSError):  # one ends just now
            found = [resource.prlimit(pid, resource.RLIMIT_NOFILE) for pid in children(fork_server)]
            return set(found) == {(0, 0)}
        return False

    assert eventually(each_may_open_nothing)  # one is forked before it sets its limit
