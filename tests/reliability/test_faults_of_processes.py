"""Processes that are killed, suspended or told to end; and a system that gives too little."""

import contextlib
import os
import resource
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from support import (
    ENDLESS,
    GBAGRAPH,
    RUNAWAY,
    LoggedServer,
    RunningServer,
    alive,
    children,
    descendants,
    eventually,
    file_with,
    free_port,
    get,
    kill,
    processes,
    query_target,
)
from support.faults import Asking, answers, assert_one_line, report, seconds_until
from support.services import allowed
from support.soak import SECONDS, examples, some

pytestmark = pytest.mark.processes

ROWS = "SELECT ?s { ?s ?p ?o } ORDER BY ?s"
ANSWER = "s\r\nurn:a\r\nurn:b\r\n"
QUICKLY = (
    "from gbagraph.engine import supervisor; supervisor._SILENCE = 1.0; "
    "from gbagraph.server import generations; generations._END = 1.0"
)
"""What waits for a process that does not react waits a second."""
UNKILLED = "from gbagraph.server import generations; generations._END = 60"
"""A server that is told to end has its time for that on a busy machine too."""
PATIENT = f"{UNKILLED}; from gbagraph.server import serving; serving.GRACE = 50"
"""And so have the requests that it answers."""
RUN = "from gbagraph.cli import app; app()"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return file_with(
        tmp_path_factory.mktemp("data") / "two.nt",
        "<urn:a> <urn:p> <urn:b> .\n<urn:b> <urn:p> <urn:c> .\n",
    )


def of_module(server, module):
    """The process of *server* that runs this module."""
    return next(
        pid
        for pid in children(server.server_process)
        if module in Path(f"/proc/{pid}/cmdline").read_text()
    )


def workers(server):
    """Those that have begun to work: before, a process is not yet bound to the end of its parent."""
    found = children(of_module(server, "forkserver"))
    return [pid for pid in found if resource.prlimit(pid, resource.RLIMIT_NOFILE) == (0, 0)]


def gateway(server):
    """The gateway, if it has begun to work."""
    found = of_module(server, "gateway")
    opened = [str(each.readlink()) for each in Path(f"/proc/{found}/fd").iterdir()]
    return [found] if "anon_inode:[eventpoll]" in opened else []


VICTIMS = {
    "workers": workers,
    "fork server": lambda server: [of_module(server, "forkserver")],
    "gateway": gateway,
    "server process": lambda server: [server.server_process],
}


def send(pids, number):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            kill(pid, number)


@pytest.mark.parametrize("victim", some(VICTIMS, "fork server", "workers"))
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "suspended"])
def test_a_process_is_lost_under_load(data, tmp_path, victim, number):
    """No answer is wrong, nobody waits for longer than the limit, and all goes on by itself.

    A server process that is suspended goes on when it may: nobody knows better than who suspended it.
    """
    turns = examples(1)
    options = ("--data", data, "--query-timeout", 1, *allowed("http://no.example/sparql"))
    with LoggedServer(tmp_path / "log", *options, prelude=QUICKLY) as server:
        longest = 0.0
        with Asking(server, ROWS, ANSWER) as asking:
            for _ in range(turns):
                pids = seconds_until_found(server, victim)
                send(pids, number)
                if (victim, number) == ("server process", signal.SIGSTOP):
                    time.sleep(1)
                    send(pids, signal.SIGCONT)
                longest = max(longest, seconds_until(lambda: answers(server), 120))
                time.sleep(0.2)
        assert not asking.wrong
        assert asking.statuses <= {200, 500, 503, 504}
        assert asking.longest < 60
        send(descendants(server.process.pid), signal.SIGCONT)
        assert "Traceback" not in server.said, server.said[-2000:]
    how = {signal.SIGKILL: "killed", signal.SIGSTOP: "suspended"}[number]
    told = ", ".join(map(str, sorted(asking.statuses)))
    report(f"{victim} {how}", turns, f"{asking.count:,} answers: {told}; none wrong", longest)


def seconds_until_found(server, victim):
    """The processes that are meant, as soon as they are there."""
    found = []

    def there():
        with contextlib.suppress(StopIteration, ValueError, OSError):
            found[:] = VICTIMS[victim](server)
        return bool(found)

    seconds_until(there, 60)
    return found


def test_what_is_suspended_costs_no_more_than_its_place(data):
    """Runaways whose fork server is suspended end with it, and others have workers again."""
    with RunningServer("--data", data, "--query-timeout", 3, prelude=QUICKLY) as server:
        running = [server.raw(get(query_target(f"{RUNAWAY} # {n}"))) for n in range(6)]
        assert eventually(lambda: server.slots()["slow"])
        before = seconds_until_found(server, "workers")
        send([of_module(server, "forkserver")], signal.SIGSTOP)
        assert {each.status() for each in running} <= {503, 504}
        recovered = seconds_until(lambda: answers(server), 120)
        # On a busy machine, what runs on idle processors alone takes its time to end.
        assert eventually(lambda: not any(map(alive, before)))
        assert eventually(lambda: set(server.slots().values()) == {0})
    report("fork server suspended under runaways", 1, "each told at its limit", recovered)


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "ended"])
@pytest.mark.parametrize("suspended", some(VICTIMS, "fork server"))
def test_no_orphan_of_a_server_with_a_suspended_process_lives_on(data, suspended, ending):
    options = ("--data", data, *allowed("http://no.example/sparql"))
    with RunningServer(*options, prelude=QUICKLY) as server:
        family = descendants(server.process.pid)
        send(seconds_until_found(server, suspended), signal.SIGSTOP)
        begun = time.monotonic()
        kill(server.process.pid, ending)
        assert server.process.wait(60) == -ending
        assert eventually(lambda: not any(map(alive, family)))
    report(
        f"{suspended} suspended, server {'killed' if ending == signal.SIGKILL else 'told to end'}",
        *(1, "no process is left", time.monotonic() - begun),
    )


# --- Told to end -------------------------------------------------------------------------------------


def last_part(client):
    """The end of what a client gets, whether its connection is closed or reset."""
    part = b""
    with contextlib.suppress(ConnectionError):
        while more := client.socket.recv(1 << 16):
            part = more
    return part


FORM = "Content-Type: application/sparql-query"
SLOWLY = {
    "GET": lambda query: get(query_target(query)),
    "GET by ASGI": lambda query: get(query_target(query), "Connection: close"),
    "HEAD": lambda query: get(query_target(query)).replace(b"GET", b"HEAD", 1),
    "HTTP/1.0": lambda query: get(query_target(query)).replace(b"HTTP/1.1", b"HTTP/1.0"),
    "POST": lambda query: (
        get("/sparql", FORM, f"Content-Length: {len(query)}").replace(b"GET", b"POST", 1)
        + query.encode()
    ),
}
"""Requests by each of the ways that they take through the server."""


BEHIND = (b"", b"no request\r\n\r\n", get("/id/baidu"), get("/")[:20])
"""What a client has sent behind the request whose answer is cut."""


class Ended(NamedTuple):
    """A server that was told to end, twice, while queries took longer: what became of their clients."""

    server: LoggedServer
    waiting: dict[str, bytes]
    streams: list[bytes]
    seconds: float
    left: list[int]


@pytest.fixture(scope="module")
def ended(data, tmp_path_factory):
    options = ("--data", data, "--query-timeout", 300, "--access-log", "--slow-query", 0)
    log = tmp_path_factory.mktemp("ended") / "log"
    with LoggedServer(log, *options, prelude=UNKILLED) as server:
        waiting = {name: server.raw(made(f"{RUNAWAY} # {name}")) for name, made in SLOWLY.items()}
        waiting["half a body"] = server.raw(SLOWLY["POST"](RUNAWAY)[:-5])
        streams = [server.raw(SLOWLY["GET by ASGI"](ENDLESS))]
        streams += [server.raw(SLOWLY["GET"](ENDLESS) + after) for after in BEHIND]
        assert all(each.socket.recv(12) == b"HTTP/1.1 200" for each in streams)
        assert eventually(lambda: sum(server.slots().values()) == len(SLOWLY) + len(streams))
        family, begun = descendants(server.process.pid), time.monotonic()
        server.process.terminate()
        time.sleep(0.1)
        server.process.terminate()
        told = {name: client.rest() for name, client in waiting.items()}
        with ThreadPoolExecutor(len(streams)) as pool:
            ends = list(pool.map(last_part, streams))
        assert server.process.wait(60) == -signal.SIGTERM
        seconds = time.monotonic() - begun
        eventually(lambda: not any(map(alive, family)))
        yield Ended(server, told, ends, seconds, [pid for pid in family if alive(pid)])


def test_who_waits_while_it_is_told_to_end_is_told_so(ended):
    for name, answer in ended.waiting.items():
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b" 503 " in head.splitlines()[0], (name, head)
        assert b"retry-after: 1" in head, name
        assert name == "HEAD" or b"/problem/server-stopping" in body, (name, body)
    assert ended.server.said.count("problem=server-stopping") == len(ended.waiting)
    told = f"{len(ended.waiting)} times 503 server-stopping, exit code 143"
    report("SIGTERM during long queries", 1, told, ended.seconds)


def test_what_is_sent_while_it_is_told_to_end_is_cut_and_goes_on_with_nothing_else(ended):
    """None looks whole; a second signal changes nothing."""
    assert not any(b"HTTP/1.1" in end or end.endswith(b"0\r\n\r\n") for end in ended.streams)
    assert ended.server.said.count("ending=truncated") == len(ended.streams)
    assert "Traceback" not in ended.server.said, ended.server.said[-2000:]
    assert ended.left == []
    report("SIGTERM during streams, 2 times", 2, "cut after 3 s, exit code 143", ended.seconds)


def test_it_is_told_to_end_during_a_burst(data, tmp_path):
    """Each request is answered whole, or its connection ends before the first byte of an answer."""
    with LoggedServer(tmp_path / "log", "--data", data, prelude=PATIENT) as server:
        with Asking(server, ROWS, ANSWER, clients=16) as asking:
            assert eventually(lambda: asking.count > 100)
            begun = time.monotonic()
            server.process.terminate()
            assert server.process.wait(60) == -signal.SIGTERM
            seconds = time.monotonic() - begun
        assert not asking.wrong
        assert asking.statuses == {200}
        assert "Traceback" not in server.said, server.said[-2000:]
    report("SIGTERM during a burst", 1, f"{asking.count:,} answers, all whole", seconds)


@pytest.mark.parametrize(
    "number", some([signal.SIGTERM, signal.SIGINT, signal.SIGKILL], signal.SIGINT)
)
def test_it_is_told_to_end_at_any_moment_of_its_start(data, number):
    """There is no traceback, no hanging, and no process is left."""
    moments = examples(12) if SECONDS else 4
    for moment in range(moments):
        command = [*GBAGRAPH, "serve", "--port", "0", "--data", str(data)]
        process = processes.Popen(command, stdout=-1, stderr=-1, text=True)
        time.sleep(0.1 + 1.5 * moment / moments)
        family = descendants(process.pid)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
        # Python's own start has no handler of ours yet.
        assert process.returncode in (-number, 128 + number) or "import runpy" in said, said
        assert "Traceback" not in said or "gbagraph/cli" not in said, said
        assert eventually(lambda found=family: not any(map(alive, found)))
    report(f"{number.name} while it starts", moments, f"exit code {128 + number}, nothing is left")


# --- What the system gives ---------------------------------------------------------------------------

_VALUES = " ".join(f"VALUES ?{name} {{ {' '.join(map(str, range(100)))} }}" for name in "abc")
HUNGRY = (
    "SELECT (STRLEN(GROUP_CONCAT(?t)) AS ?n) "
    f"{{ {{ SELECT (CONCAT(STR(?a), '{'x' * 3000}') AS ?t) {{ {_VALUES} }} }} }}"
)
"""It takes some gigabytes."""


@contextlib.contextmanager
def control_group(megabytes):
    """A control group with a limit of memory: the file to which its processes are written."""
    root = Path("/sys/fs/cgroup")
    folder, limit = root / "memory" / f"gbagraph-{os.getpid()}", "memory.limit_in_bytes"
    if (root / "cgroup.controllers").exists():
        folder, limit = root / f"gbagraph-{os.getpid()}", "memory.max"
    try:
        folder.mkdir()
        (folder / limit).write_text(str(megabytes << 20))
    except OSError:
        pytest.skip("no control group can be made here")
    try:
        yield folder / "cgroup.procs"
    finally:
        eventually(lambda: not (folder / "cgroup.procs").read_text())
        folder.rmdir()


def test_the_systems_memory_killer(data, tmp_path):
    """It ends the query that takes the memory, which is told, and nothing else."""
    times = examples(1)
    with control_group(400) as group:
        join = f"import os, pathlib; pathlib.Path({str(group)!r}).write_text(str(os.getpid()))"
        options = ("--data", data, "--query-memory", 4000, "--query-timeout", 100)
        with LoggedServer(tmp_path / "log", *options, prelude=join) as server:
            before = server.fork_server()
            with Asking(server, ROWS, ANSWER) as asking:
                found = [server.ask(f"{HUNGRY} # {n}") for n in range(times)]
            assert {each.status_code for each in found} == {500}
            assert all("too little memory" in each.text for each in found), found[0].text
            assert not asking.wrong
            assert asking.statuses == {200}
            assert server.fork_server() == before
            assert "Traceback" not in server.said
    report("the system's memory killer", times, f"500; {asking.count:,} others right")


def test_data_for_which_there_is_too_little_memory(tmp_path):
    """The process that loads them is killed by the system, and the server says so and ends."""
    large = file_with(
        tmp_path / "large.nt", "".join(f"<urn:s{n}> <urn:p> <urn:o{n}> .\n" for n in range(400_000))
    )
    with control_group(100) as group:
        code = (
            f"import os, pathlib; pathlib.Path({str(group)!r}).write_text(str(os.getpid())); {RUN}"
        )
        done = processes.run(
            [sys.executable, "-c", code, "serve", "--port", str(free_port()), "--data", str(large)],
            capture_output=True,
            text=True,
        )
    assert done.returncode == 3, done.stderr
    assert_one_line(done.stderr, "too little memory")
    report("data larger than the memory", 1, "one line, exit code 3")


@pytest.mark.soak
def test_little_address_space():
    """As by ``ulimit -v``: it ends, and its last line says why. With less, Python may not start."""
    limited = f"ulimit -v 100000; exec {sys.executable} -m gbagraph serve --port {free_port()}"
    done = processes.run(["sh", "-c", limited], capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    assert "does not give what is needed" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    report("address space of 100 MB", 1, "one line, exit code 3")


def test_few_descriptors(data, tmp_path):
    """Whatever becomes of connections beyond the limit, all is there again once they are closed."""
    limited = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))"
    options = ("--data", data, "--query-timeout", 300)
    with LoggedServer(tmp_path / "log", *options, prelude=limited) as server:
        assert answers(server)
        clients = [server.raw(b"") for _ in range(100)]
        running = [server.raw(get(query_target(f"{RUNAWAY} # {n}"))) for n in range(12)]
        time.sleep(1)
        for each in (*clients, *running):
            each.socket.close()
        recovered = seconds_until(lambda: answers(server), 60)
        assert eventually(lambda: set(server.slots().values()) == {0})
        assert "Traceback" not in server.said, server.said[-2000:]
    report("ulimit -n 64 and 112 connections", 112, "all is given back", recovered)


@pytest.mark.parametrize("limit", some([8, 24, 48], 8))
def test_too_few_descriptors(data, limit):
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({limit}, {limit})); "
    done = processes.run(
        [sys.executable, "-c", f"{limited}{RUN}", "query", "ASK {}", "--data", str(data)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3
    assert done.stderr == (
        f"This process may have only {limit} files open at once, and needs 64 to evaluate queries. "
        "Allow more: ulimit -n, or LimitNOFILE of systemd.\n"
    )
    report(f"ulimit -n {limit}", 1, "one line, exit code 3")


JUMPING = """
import time
real = time.time
time.time = lambda: real() + (-1e8, 0, 1e8)[int(time.monotonic() * 10) % 3]
"""
"""A clock that is three years early, right and three years late in turn, ten times a second."""


@pytest.mark.alone
def test_the_clock_jumps(data, tmp_path):
    """Answers stay right, limits are kept, and nothing that is kept is taken for older or newer."""
    options = ("--data", data, "--query-timeout", 3)
    with LoggedServer(tmp_path / "log", *options, prelude=f"exec({JUMPING!r})") as server:
        with Asking(server, ROWS, ANSWER) as asking:
            begun = time.monotonic()
            assert server.ask(f"{RUNAWAY} # clock").status_code == 504
            assert 2.9 < time.monotonic() - begun < 60
            tags = {server.ask(ROWS, accept="text/csv").headers["etag"] for _ in range(20)}
        assert not asking.wrong
        assert asking.statuses == {200}
        assert len(tags) == 1
        assert "Traceback" not in server.said
    report("the clock jumps by three years", 10, f"{asking.count:,} answers right, limits kept")
