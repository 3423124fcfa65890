"""An endpoint that hangs, lies or never ends costs its own query, and nothing else."""

import concurrent.futures
import time

import pytest

from support import RunningServer, alive, children, eventually, kill, problem
from support.services import NAMED, allowed

pytestmark = pytest.mark.processes

CALL = "SELECT * {{ SERVICE <{}> {{ ?s ?p ?o }} }}"


def is_free(server):
    return set(server.slots().values()) == {0}


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


def test_a_gateway_that_is_killed_is_started_again_and_the_next_ends_with_the_server(
    files, other_server, faulty
):
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
        second = gateway_of(server)
        assert eventually(lambda: is_free(server))
        kill(server.process.pid)
        assert eventually(lambda: not alive(first) and not alive(second))
