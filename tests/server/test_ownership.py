"""Whatever is taken is given back: after any client, however it asks and leaves, all slots are free."""

import itertools
import json
import time

import pytest

from support import RUNAWAY, RunningServer, eventually, get, query_target

pytestmark = pytest.mark.processes

LARGE = "/dumps/gbagraph.nt"
ROWS = "SELECT * {{ ?a ?b ?c . ?d a ?e }} LIMIT 20000 #{n}"
"""More than a megabyte, so only one reader can have it."""
numbers = itertools.count()


def assert_all_is_free(server):
    assert eventually(lambda: not any(server.slots().values())), server.slots()


def test_clients_that_leave_a_shared_evaluation(server):
    """Several wait for one evaluation; whoever stays gets the answer, and nobody's leaving costs it."""
    for turn in range(3):
        target = query_target(ROWS.format(n=f"shared {turn} {next(numbers)}"))
        leaving = [server.raw(get(target)) for _ in range(3)]
        with server.raw(get(target, version="1.0")) as staying:
            for client in leaving:
                time.sleep(0.003 * turn)
                client.socket.close()
            assert b"HTTP/1.1 200" in staying.rest()[:20]
    assert_all_is_free(server)


def test_an_answer_that_is_not_slow_is_not_refused_while_slow_ones_run():
    """Of several hundred kilobytes and a few milliseconds, or large, while all slow slots are taken."""
    # They are to run until the end of the test.
    with RunningServer("--query-timeout", 300) as server:
        running = [
            server.raw(
                get(query_target(f"{RUNAWAY} # {number}")), address=f"127.0.0.{2 + number % 3}"
            )
            for number in range(10)
        ]
        assert eventually(lambda: server.slots()["slow"] == 8)
        rows = server.ask(f"SELECT * {{ ?s ?p ?o }} LIMIT 2000 #{next(numbers)}")
        assert len(rows.content) > 200_000
        assert len(json.loads(rows.content)["results"]["bindings"]) == 2000
        assert len(server.client.get(LARGE).content) > 3_000_000
        assert server.slots()["slow"] == 8
        for client in running:
            client.socket.close()
        assert_all_is_free(server)
