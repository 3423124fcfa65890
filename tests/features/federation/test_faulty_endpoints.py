"""An endpoint that hangs, lies or never ends costs its own query, and nothing else."""

import concurrent.futures
import contextlib

import pytest

from support import RunningServer, alive, children, eventually, get, kill, problem, query_target
from support.services import NAMED, allowed

pytestmark = pytest.mark.processes

CALL = "SELECT * {{ SERVICE <{}> {{ ?s ?p ?o }} }}"


def is_free(server):
    return set(server.slots().values()) == {0}


def test_an_endpoint_that_hangs_keeps_nobody_waiting_and_clients_that_leave_end_their_calls(
    calling_server, faulty
):
    with contextlib.ExitStack() as stack:
        for number in range(30):
            target = query_target(f"{CALL.format(f'{faulty.url}/stall-body')} # {number}")
            stack.enter_context(calling_server.raw(get(target)))
        assert eventually(lambda: not is_free(calling_server), 60)
        for number in range(20):
            assert calling_server.ask(f"ASK {{}} # {number}").status_code == 200
        assert not is_free(calling_server), "they hang still"
    assert eventually(lambda: is_free(calling_server), 30)


def gateway_of(server):
    """The process of the gateway: the child of the server that has no children."""
    (found,) = [pid for pid in children(server.server_process) if not children(pid)]
    return found


def test_a_gateway_that_is_killed_is_started_again_and_the_next_ends_with_the_server(
    files, other_server, faulty
):
    options = [
        *allowed(NAMED, address=other_server.sparql),
        *allowed(f"{faulty.url}/stall", timeout=60),
    ]
    with RunningServer("--data", files["here"], *options) as server:
        query = f"SELECT * {{ SERVICE <{NAMED}> {{ ?s ?p 'w' }} }}"
        assert len(server.rows(query)) == 1
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            before = len(faulty.requests)
            hanging = pool.submit(server.ask, CALL.format(f"{faulty.url}/stall"))
            assert eventually(lambda: len(faulty.requests) > before)
            first = gateway_of(server)
            kill(first)
            found = problem(hanging.result(), 502, "service-failed")
        assert "restarted" in found["detail"]
        assert eventually(lambda: server.ask(query).status_code == 200)
        second = gateway_of(server)
        assert eventually(lambda: is_free(server))
        kill(server.process.pid)
        assert eventually(lambda: not alive(first) and not alive(second))
