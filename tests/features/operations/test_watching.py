"""gbagraph top: which queries run on this machine, and how one is stopped."""

import asyncio
import concurrent.futures
import json
import os
import socket
import sys

import pytest

from gbagraph.features.operations import control
from support import RUNAWAY, RunningServer, eventually, processes
from support.inside import command

pytestmark = pytest.mark.processes


def told(server):
    """What the only process of *server* says that it runs."""
    (process,) = control.processes(server.port)
    return control.ask(process, control.Question("list"))


@pytest.fixture
def busy_server(small_file):
    """A server on which a query runs that would not end for a while, and what becomes of it."""
    with (
        RunningServer("--data", small_file, "--query-timeout", 300) as running,
        concurrent.futures.ThreadPoolExecutor(1) as pool,
    ):
        asked = pool.submit(running.ask, f"{RUNAWAY} # [red]watched\x1b[2J\x9b31m")
        assert eventually(lambda: told(running).running, 60)
        yield running, asked
        for row in told(running).running:
            control.ask(*control.processes(running.port), control.Question("stop", row.number))


def test_what_runs_is_shown_and_stopped(busy_server):
    server, asked = busy_server
    (row,) = json.loads(command("top", "--port", server.port, "--format", "json").stdout)

    assert row["text"].startswith(RUNAWAY[:30])
    assert row["text"].isprintable()
    assert row["client"] == "127.0.0.1"
    assert row["what"] == "Query"
    assert row["port"] == server.port
    assert row["seconds"] > 0
    table = command("top", "--port", server.port).stdout
    assert row["query"] in table
    assert "1 running" in table
    assert all(character.isprintable() or character == "\n" for character in table)

    stopped = command("top", "--stop", row["query"])
    assert (stopped.exit_code, stopped.stdout) == (0, f"The query {row['query']} was stopped.\n")
    answer = asked.result(60)
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("/query-stopped")
    assert told(server) == control.Reply()
    assert server.metrics()['stopped_total{reason="operator"}'] == 1
    again = command("top", "--stop", row["query"])
    assert (again.exit_code, again.stderr.count("does not run any more")) == (3, 1)
    assert eventually(lambda: set(server.slots().values()) == {0}, 60)
    assert server.ask("ASK {}").status_code == 200


@pytest.mark.parametrize(
    "question",
    [b"", b"\n", b"GET / HTTP/1.1\r\n\r\n", b'{"do": "format"}\n', b"[" * 100_000, b"\xff\n"],
)
def test_nonsense_gets_no_answer_and_harms_nobody(small_server, question):
    (process,) = control.processes(small_server.port)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(f"\0gbagraph/{process.port}/{process.pid}")
        try:
            connection.sendall(question)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(100) == b""
        except (BrokenPipeError, ConnectionResetError):
            pass

    assert told(small_server) == control.Reply()


def test_who_takes_the_name_of_a_server_is_not_believed():
    """A process that listens under the name of another one."""
    with socket.socket(socket.AF_UNIX) as other:
        other.bind("\0gbagraph/9/1")
        other.listen()
        assert list(control.processes(9)) == [(9, 1)]
        with pytest.raises(PermissionError, match="another process"):
            control.ask(control.ServerProcess(9, 1), control.Question("list"))


def test_what_goes_wrong_while_the_operator_may_ask_is_not_hidden():
    async def serve():
        async with control.answering(None, 10):
            raise OSError("the server's own")

    with pytest.raises(OSError, match="the server's own"):
        asyncio.run(serve())


def test_a_server_whose_name_is_taken_serves(caplog):
    async def serve():
        async with control.answering(None, 11):
            return True

    with socket.socket(socket.AF_UNIX) as other:
        other.bind(f"\0gbagraph/11/{os.getpid()}")
        assert asyncio.run(serve())
    assert "cannot ask this process" in caplog.text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can ask as somebody else")
def test_others_get_no_answer(small_server):
    (process,) = control.processes(small_server.port)
    ask = (
        "import os, socket\nos.setuid(65532)\ns = socket.socket(socket.AF_UNIX)\n"
        f"s.connect('\\0gbagraph/{process.port}/{process.pid}')\n"
        """try: s.sendall(b'{"do": "list"}\\n'); print(s.recv(100))\n"""
        "except OSError: print(b'')\n"
    )
    done = processes.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=True, timeout=120
    )

    assert done.stdout == "b''\n"
