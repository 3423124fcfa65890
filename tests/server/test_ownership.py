"""Whatever is taken is given back: after any client, however it asks and leaves, all slots are free."""

import concurrent.futures
import http.client
import itertools
import json
import random
import threading
import time

import pytest

from support import RUNAWAY, RunningServer, eventually, get, query_target

pytestmark = pytest.mark.processes

LARGE = "/dumps/gbagraph.nt"
ROWS = "SELECT * {{ ?a ?b ?c . ?d a ?e }} LIMIT 60000 #{n}"
LIMIT = 3.0
numbers = itertools.count()


@pytest.fixture(scope="module")
def limited():
    with RunningServer("--query-timeout", LIMIT) as running:
        yield running


def large_answers(server):
    """How many of eight large answers at once, from two clients, are whole."""

    def fetch(number):
        address = f"127.0.0.{2 + number % 2}"
        connection = http.client.HTTPConnection(
            "127.0.0.1", server.port, timeout=20, source_address=(address, 0)
        )
        connection.request("GET", LARGE)
        response = connection.getresponse()
        size = len(response.read())
        connection.close()
        return response.status == 200 and size > 3_000_000

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return sum(pool.map(fetch, range(8)))


def nothing_is_taken(server):
    """All slots are free but the one of nobody: /metrics itself needs none."""
    return set(server.slots().values()) == {0}


def assert_all_is_free(server):
    assert eventually(lambda: nothing_is_taken(server), 10), server.slots()
    assert large_answers(server) == 8


@pytest.mark.parametrize("accept", ["application/n-triples", "text/turtle"])
def test_clients_that_leave_at_every_stage_while_the_server_is_busy(limited, accept):
    """They ask for large answers and close after 0 to 270 ms; two others keep the event loop busy."""
    done = threading.Event()

    def keep_busy():
        header = f"Accept: {'a/b,' * 1500}*/*"
        while not done.is_set():
            with limited.raw(get(query_target(f"ASK {{}} #{next(numbers)}"), header)) as client:
                client.response()

    def leave(number):
        chance = random.Random(number)
        query = f"CONSTRUCT WHERE {{?s ?p ?o}} #{next(numbers)}"
        with limited.raw(
            get(query_target(query), f"Accept: {accept}"), address=f"127.0.0.{2 + number % 9}"
        ):
            time.sleep(chance.uniform(0, 0.27))

    busy = [threading.Thread(target=keep_busy) for _ in range(2)]
    for thread in busy:
        thread.start()
    try:
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(leave, range(600)))
    finally:
        done.set()
        for thread in busy:
            thread.join()
    assert_all_is_free(limited)


def test_clients_that_leave_a_shared_evaluation(limited):
    """Several wait for one evaluation; whoever stays gets the answer, and nobody's leaving costs it."""
    for turn in range(20):
        target = query_target(ROWS.format(n=f"shared {turn} {next(numbers)}"))
        leaving = [limited.raw(get(target)) for _ in range(3)]
        with limited.raw(get(target, version="1.0")) as staying:
            for client in leaving:
                time.sleep(0.003 * (turn % 5))
                client.socket.close()
            assert b"HTTP/1.1 200" in staying.rest()[:20]
    assert_all_is_free(limited)


def test_a_client_that_takes_nothing_is_cut_off(small_file):
    with RunningServer("--data", small_file, "--transfer-timeout", "1") as server:
        endless = query_target(
            "SELECT * {{ {} }}".format(
                " ".join(f"VALUES ?{c} {{ {' '.join(map(str, range(400)))} }}" for c in "abc")
            )
        )
        with server.raw(get(endless)) as client:
            assert eventually(lambda: server.slots()["large"] == 1, 5)
            assert eventually(lambda: nothing_is_taken(server), 5)
            assert is_cut(client)


def is_cut(client):
    """Whether the connection ends without the last chunk."""
    try:
        return not client.rest().endswith(b"0\r\n\r\n")
    except ConnectionError:
        return True


def test_a_slow_client_has_its_time(limited):
    """Who takes something is not cut off, and who reads on gets the whole answer."""
    with limited.raw(get(LARGE, version="1.0")) as client:
        size = 0
        while part := client.socket.recv(200_000):
            size += len(part)
            time.sleep(0.05)
    assert size > 3_000_000


def test_an_answer_that_is_not_slow_is_not_refused_while_slow_ones_run():
    """Of several hundred kilobytes and a few milliseconds, or large, while all slow slots are taken."""
    # They are to run until the end of the test.
    with RunningServer("--query-timeout", 20) as server:
        running = [
            server.raw(
                get(query_target(f"{RUNAWAY} # {number}")), address=f"127.0.0.{2 + number % 3}"
            )
            for number in range(10)
        ]
        assert eventually(lambda: server.slots()["slow"] == 8, 10)
        rows = server.ask(f"SELECT * {{ ?s ?p ?o }} LIMIT 2000 #{next(numbers)}")
        assert len(rows.content) > 200_000
        assert len(json.loads(rows.content)["results"]["bindings"]) == 2000
        assert len(server.client.get(LARGE).content) > 3_000_000
        assert server.slots()["slow"] == 8
        for client in running:
            client.socket.close()
        assert_all_is_free(server)
