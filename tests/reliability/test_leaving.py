"""Whoever leaves, at whatever byte and in whatever way, leaves nothing behind."""

import contextlib
import dataclasses
import itertools
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import LoggedServer, RunningServer, eventually
from support.holdings import QUICKLY, THREADS, Holdings, held, leaked, settled
from support.leaving import (
    CANNED,
    DUMP,
    ENDS,
    KINDS,
    PARTS,
    Kind,
    close,
    leave,
    leave_while_receiving,
    leave_while_sending,
    size_of_answers,
    slow_slots_taken,
    stop_reading,
)
from support.queries import sampled
from support.reliability import record
from support.services import allowed
from support.soak import SECONDS

pytestmark = pytest.mark.processes

MEGABYTE = 1024 * 1024
SLOW = 2
STRIDE = 17
"""How many bytes further a client leaves the next time, where not all are tried."""
ROOM = 48 * MEGABYTE
"""How far the memory of a server process may go up and down: large answers, and what it keeps."""
REFERENCES = [
    *((DUMP, "*/*"), (CANNED, "text/csv"), (CANNED, "text/html")),
    ("/sparql?query=SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 500 OFFSET 100", "text/csv"),
]

SAMPLE_KINDS = (
    *("page of a thing", "dump in gzip", "large SELECT", "endless answer", "slow query, refused"),
    *("POST that waits", "federated query", "two at once"),
)
every_kind = pytest.mark.parametrize("name", KINDS)


@pytest.fixture(scope="module")
def other_server(small_file):
    """The endpoint that a federated query calls."""
    with RunningServer("--data", small_file) as running:
        yield running


def _without_workers(found):
    """All processes but the workers, of which there are now a few more, now a few less."""
    return found.of("processes") - found.counts["processes: workers"]


@dataclasses.dataclass
class Left:
    """A server that clients leave: what it can be asked, what it answers, what it held before."""

    server: LoggedServer
    kinds: dict[str, Kind]
    sizes: dict[str, int]
    before: Holdings
    references: list[bytes]

    def assert_nothing_is_left(self):
        assert leaked(self.server, self.before, memory=ROOM) == []
        assert answers(self.server) == self.references
        assert "Traceback" not in self.server.said, self.server.said[-3000:]

    def report(self, name, clients):
        """Keep what was found, which is nothing, or the test has failed."""
        before, now = self.before, held(self.server)
        record(
            "leaving",
            name,
            clients=clients,
            slots=now.of("slots"),
            processes_more=max(0, _without_workers(now) - _without_workers(before)),
            descriptors_more=max(0, now.of("descriptors") - before.of("descriptors")),
            memory_more_kB=max(0, now.memory - before.memory) // 1024,
        )


@pytest.fixture(scope="module")
def left_server(other_server, tmp_path_factory):
    """It waits only a second for those who neither send nor read, and writes a log."""
    options = (
        *("--query-timeout", 30, "--transfer-timeout", 1, "--head-timeout", 2),
        *("--max-slow-queries", SLOW, "--cache-size", 2, *allowed(other_server.sparql)),
    )
    with LoggedServer(tmp_path_factory.mktemp("log") / "log", *options, prelude=QUICKLY) as running:
        yield running


@pytest.fixture(scope="module")
def left(left_server, other_server):
    """The server once it has answered a request of every kind."""
    endpoint = other_server.sparql.encode()
    kinds = {
        name: dataclasses.replace(kind, request=kind.request.replace(b"ENDPOINT", endpoint))
        for name, kind in KINDS.items()
    }
    sizes = {name: ask(left_server, kind) for name, kind in kinds.items()}
    before = settled(left_server)
    before.counts["threads: server process"] = THREADS
    return Left(left_server, kinds, sizes, before, answers(left_server))


def answers(server):
    """The bytes of some answers that must always be the same."""
    found = [server.client.get(path, headers={"Accept": accept}) for path, accept in REFERENCES]
    assert [each.status_code for each in found] == [200] * len(found)
    return [each.content for each in found]


def ask(server, kind):
    """Ask a request of this kind in full: the bytes of its answers."""
    with slow_slots_taken(server, SLOW) if kind.is_busy else contextlib.nullcontext():
        return size_of_answers(server, kind)


def parts_of(size):
    """After how many bytes of an answer clients leave."""
    return [*(part for part in PARTS if part < size - 1), size - 1]


def leave_everywhere(server, kind, size, stride):
    """How many clients have left after each so many bytes, and after parts of the answer."""
    with slow_slots_taken(server, SLOW) if kind.is_busy else contextlib.nullcontext():
        return leave(server, kind, range(0, len(kind.request), stride), parts_of(size))


@pytest.mark.parametrize("name", sampled({name: name for name in KINDS}, SAMPLE_KINDS))
def test_after_some_bytes(left, name):
    leave_everywhere(left.server, left.kinds[name], left.sizes[name], STRIDE)
    left.assert_nothing_is_left()


@pytest.mark.soak
@every_kind
def test_after_every_byte(left, name):
    clients = leave_everywhere(left.server, left.kinds[name], left.sizes[name], 1)
    left.assert_nothing_is_left()
    left.report(name, clients)


def test_without_reading(left):
    """Who reads nothing keeps its connection for a while, and nothing else for longer than the limit."""
    clients = [stop_reading(left.server, kind.new()) for kind in left.kinds.values()]
    assert eventually(lambda: not any(left.server.slots().values())), left.server.slots()
    for each in clients:
        close(each)
    left.assert_nothing_is_left()
    left.report("all of these, without reading", len(clients))


def mix(left, chance):
    """One client of any kind that leaves in any way."""
    name, end = chance.choice(sorted(left.kinds)), chance.choice(ENDS)
    request = left.kinds[name].new()
    if chance.random() < 0.3:
        leave_while_sending(left.server, request, chance.randrange(len(request)), end)
    else:
        leave_while_receiving(left.server, request, chance.choice(parts_of(left.sizes[name])), end)


def mixed(left, seconds, least):
    """How many clients of all kinds have left within so many seconds, eight at once."""
    numbers, end = itertools.count(), time.monotonic() + seconds

    def go_on():
        while (number := next(numbers)) < least or time.monotonic() < end:
            mix(left, random.Random(number))

    with ThreadPoolExecutor(8) as pool:
        for each in [pool.submit(go_on) for _ in range(8)]:
            each.result()
    return next(numbers)


def test_in_a_mix(left):
    clients = mixed(left, SECONDS / 4, least=300)
    left.assert_nothing_is_left()
    left.report("all of these in a mix", clients)


# --- What the comparison finds -----------------------------------------------------------------------

LEAKS = """
import os, threading
from subprocess import Popen
from gbagraph.engine.admission import Admission
from gbagraph.engine.pool import Pool
from gbagraph.server.http_protocol import LimitedProtocol

end, kept = LimitedProtocol.connection_lost, []

def leak(self, why):
    kept.append(os.dup(0))
    kept.append(bytearray(2_000_000))
    kept.append(Popen(["cat"], stdin=-1))
    kept.append(Popen(["true"]))
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    end(self, why)

LimitedProtocol.connection_lost = leak
Admission.release = lambda *_: None
Pool.release = lambda self, *_, **__: self._refill()
"""
"""A server that keeps whatever it can."""


def test_leaks_are_found(small_file):
    """The tests above can fail: of each thing that is kept, the comparison says so."""
    with RunningServer("--data", small_file, prelude=f"exec({LEAKS!r})") as leaking_server:
        before = settled(leaking_server)
        for _ in range(4):
            leave_while_receiving(leaking_server, KINDS["ASK"].new(), 1, close)
        expected = {
            *("slots: fast", "memory", "descriptors: server process", "threads: server process"),
            *(
                "processes: of nobody",
                "processes: unknown",
                "processes: workers",
                "threads: unknown",
            ),
        }

        def found():
            more = leaked(leaking_server, before, memory=MEGABYTE, seconds=0)
            return {each.rpartition(": ")[0].partition(",")[0] for each in more}

        assert eventually(lambda: found() == expected), found()
