"""The fork server is lost, cannot be started, cannot fork: the server says so, and recovers or ends."""

import asyncio
import concurrent.futures
import contextlib
import ctypes
import os
import resource
from pathlib import Path

import pytest

from gbagraph.engine import launching, supervisor
from gbagraph.engine.connection import Connection
from gbagraph.engine.pool import SPARE
from gbagraph.engine.source import Files, ForkServerOptions, position
from gbagraph.engine.supervisor import Supervisor
from gbagraph.errors import EngineUnavailable, LoadFailed
from gbagraph.features.remote.source import Engine
from gbagraph.features.stores.serving import Stored
from gbagraph.settings import CREDENTIALS
from support import (
    RUNAWAY,
    LoggedServer,
    RunningServer,
    alive,
    eventually,
    file_with,
    kill,
    problem,
)
from support.faults import answers
from support.holdings import open_files

pytestmark = pytest.mark.processes

TRIPLE = "<urn:s> <urn:p> {} ."


@pytest.fixture
def data(tmp_path):
    return file_with(tmp_path / "data.ttl", TRIPLE.format(1))


def test_who_asks_while_there_is_no_fork_server_is_told_at_once_and_why(data, tmp_path):
    with LoggedServer(tmp_path / "log", "--data", data) as server:

        def ready():
            return server.client.get("/health/ready").json()

        assert ready().keys() == {"status", "engine", "version"}
        text = data.read_text()
        data.write_text("not Turtle")
        kill(server.fork_server())
        assert eventually(lambda: "data.ttl, line 1" in ready().get("reason", ""))
        state = ready()
        # Who waited would be told that the server is busy, at the limit.
        response = server.ask("ASK {} # none")
        found = problem(response, 503, "engine-unavailable")
        page = server.client.get("/doc", params={"iri": "http://e.example/a"})
        data.write_text(text)
        assert eventually(lambda: ready()["status"] == "ready")
        assert server.rows("SELECT ?o { ?s ?p ?o }") == [{"o": "1"}]
        assert eventually(lambda: server.said.count("loaded data.ttl") == 2)
    assert (state["status"], state["engine"]) == ("not ready", "restarting")
    assert state["seconds"] >= 0
    assert int(response.headers["retry-after"]) > 0
    assert found["state"] == "restarting"
    assert page.status_code == 503, "a thing is not absent because nobody can say so"
    for line in (
        "starting -> ready",
        "engine ready -> restarting: the fork server ended (after",
        "engine restarting -> ready (after",
    ):
        assert line in server.said
    assert server.said.count("loading data.ttl (0.0 MB)") >= 2
    assert "Traceback" not in server.said


def test_a_worker_that_stands_still_does_not_hide_that_the_fork_server_is_lost(data):
    """One that was forked just now has its parent's end of the socket for commands."""

    async def scenario():
        lost = asyncio.Event()
        launching.start_ahead()
        (ahead,) = launching._ahead
        found = Supervisor(ForkServerOptions(source=Files((str(data),))), lost.set)
        await found.start()
        assert found._process is ahead
        held = end_of_commands(found._process.pid)
        found._process.kill()
        try:
            await asyncio.wait_for(lost.wait(), 60)
        finally:
            os.close(held)
            await found.stop()

    asyncio.run(scenario())


def test_who_may_have_credentials_is_not_started_ahead(monkeypatch):
    monkeypatch.setenv(CREDENTIALS[-1], "secret")
    launching.start_ahead()
    assert launching._ahead == []


def end_of_commands(pid):
    """The socket for commands of a fork server, as a worker has it that was forked just now."""
    opened = Path(f"/proc/{pid}/fd").iterdir()
    number = next(int(each.name) for each in opened if str(each.readlink()).startswith("socket:"))
    library = ctypes.CDLL(None)
    process = library.syscall(434, pid, 0)  # pidfd_open
    try:
        return library.syscall(438, process, number, 0)  # pidfd_getfd
    finally:
        os.close(process)


def test_what_is_loaded_and_how_far_it_is(tmp_path):
    data, other = tmp_path / "data.nt", tmp_path / "other.nt"
    for path in (data, other):
        path.write_text("x" * 1_000_000)
    with data.open("rb", buffering=0) as file, other.open("rb"):
        file.read(430_000)
        assert position(os.getpid(), [str(data)]) == "data.nt, 43% read"
        assert position(os.getpid(), [str(tmp_path)]).endswith("% read")
        assert not position(os.getpid(), [str(tmp_path / "none")])
    assert not position(0, [str(data)])


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (Files(), "the built-in dataset"),
        (Engine(("http://a/sparql", "http://b/")), "what http://a/sparql, http://b/ holds"),
        (Stored("/srv/graph/versions/7"), "version 7 of the store graph"),
        (Files(("/srv/a.ttl", "/srv/b.nt")), "a.ttl, b.nt"),
        (Files(tuple(f"/srv/{n}.ttl" for n in range(9))), "0.ttl, 1.ttl, 2.ttl and 6 more"),
    ],
)
def test_what_is_loaded_is_said_without_folders(source, said):
    assert source.subject == said


def test_how_far_a_load_is_and_what_holds_for_workers_is_logged(data, monkeypatch, caplog):
    monkeypatch.setattr(supervisor, "_TELL_EVERY", 0.05)

    async def start():
        found = Supervisor(ForkServerOptions(source=Files((str(data),))), lambda: None)
        await found.start()
        await found.stop()
        return found.confinement

    with caplog.at_level("INFO", "gbagraph.engine"):
        confinement = asyncio.run(start())
    assert f"workers are {confinement}" in caplog.text
    assert any(row.message.startswith("loading since 0 s") for row in caplog.records)


def test_a_fork_server_that_fails_by_itself_was_not_killed_for_memory(data):
    options = ForkServerOptions(source=Files((str(data),)), jobs=("no.such.module",))

    with pytest.raises(LoadFailed, match=r"ended with exit code 1 before it was done"):
        asyncio.run(Supervisor(options, lambda: None).start())


def test_what_runs_when_the_fork_server_is_lost_fails_at_once(data):
    data.write_text("\n".join(map(TRIPLE.format, range(300))))
    with (
        RunningServer("--data", data, "--query-timeout", "300") as server,
        concurrent.futures.ThreadPoolExecutor(4) as pool,
    ):
        running = [pool.submit(server.ask, f"{RUNAWAY} # {n}") for n in range(4)]
        assert eventually(lambda: sum(server.slots().values()) == 4)
        kill(server.fork_server())
        # At their limit, they would be stopped.
        assert {future.result(60).status_code for future in running} == {503}
        assert eventually(lambda: answers(server))
        assert eventually(lambda: set(server.slots().values()) == {0})


def test_a_server_that_cannot_be_helped_ends(data):
    """After failed starts within a minute, usually ten, with growing pauses: exit, and not with 0."""
    quickly = "from gbagraph.engine import supervisor; supervisor._MOST_FAILURES = 3"
    with RunningServer("--data", data, prelude=quickly) as server:
        family = server.descendants()
        data.write_text("not Turtle")
        kill(server.fork_server())
        assert server.process.wait(240) not in (0, -9)
    assert eventually(lambda: not any(map(alive, family)))


def test_data_that_changed_is_another_version(data):
    """New data never go under the old version, hash or tags, and no old answer beside them."""
    with RunningServer("--data", data) as server:
        before = [server.ask("SELECT ?o { ?s ?p ?o }") for _ in range(3)][-1]
        data.write_text(TRIPLE.format(2))
        kill(server.fork_server())
        assert eventually(lambda: not answers(server) or True)
        assert eventually(lambda: answers(server))
        assert eventually(lambda: server.rows("SELECT ?o { ?s ?p ?o }") == [{"o": "2"}])
        after = server.ask("SELECT ?o { ?s ?p ?o }")
        tag = before.headers["etag"]
        again = server.client.get(
            "/sparql", params={"query": "SELECT ?o { ?s ?p ?o }"}, headers={"If-None-Match": tag}
        )
    for name in ("dataset-version", "dataset-hash", "etag"):
        assert before.headers[name] != after.headers[name]
    assert again.status_code == 200
    assert after.json()["results"]["bindings"][0]["o"]["value"] == "2"


def test_twenty_thousand_named_graphs(tmp_path):
    path = file_with(
        tmp_path / "graphs.nq",
        "".join(f'<urn:s> <urn:p> "{n}" <urn:graph:{n}> .\n' for n in range(20_000)),
    )
    with RunningServer("--data", path) as server:
        assert server.rows("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }") == [{"n": "20000"}]
        assert len(server.client.get("/graphs?graph=urn:none").text) < 2000


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs prlimit(2)")
def test_a_fork_server_that_may_open_nothing_more_lives_on(data):
    """No further worker can be made: those that there are go on, and later there are others."""
    with RunningServer("--data", data) as server:
        assert eventually(lambda: len(server.descendants()) > SPARE)
        fork_server = server.fork_server()
        opened = open_files(fork_server)
        soft, hard = resource.prlimit(fork_server, resource.RLIMIT_NOFILE)
        resource.prlimit(fork_server, resource.RLIMIT_NOFILE, (opened, hard))
        for worker in server.descendants() - {fork_server}:
            with contextlib.suppress(ProcessLookupError):  # it has ended by itself
                kill(worker)
        statuses = {server.ask(f"ASK {{}} # limited {n}").status_code for n in range(20)}
        assert statuses <= {200, 500, 503}
        assert server.fork_server() == fork_server
        resource.prlimit(fork_server, resource.RLIMIT_NOFILE, (soft, hard))
        assert eventually(lambda: answers(server))


def test_a_worker_is_refused_if_the_fork_server_is_lost_just_before_it_is_ordered(
    data, monkeypatch
):
    """Nobody would ever answer such an order: whoever waited for the worker would wait for good."""
    connect = Connection.open

    async def order_after_a_loss():
        lost = asyncio.Event()
        supervisor = Supervisor(ForkServerOptions(source=Files((str(data),))), lost.set)
        await supervisor.start()

        async def open_late(end):
            connection = await connect(end)
            if supervisor.state == "ready":
                kill(supervisor._process.pid)
                await lost.wait()
            return connection

        try:
            with monkeypatch.context() as patch:
                patch.setattr(Connection, "open", open_late)
                with pytest.raises(EngineUnavailable):
                    await asyncio.wait_for(supervisor.fork(), 60)
            assert not supervisor.count
        finally:
            await supervisor.stop()

    asyncio.run(order_after_a_loss())
