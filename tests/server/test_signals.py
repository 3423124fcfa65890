"""A terminal that is closed ends the server; SIGHUP alone asks for a reload."""

import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gbagraph.server.generations import Signals
from support import alive, children, descendants, eventually, file_with, processes

pytestmark = pytest.mark.processes

TAKE_TERMINAL = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"


@pytest.fixture
def in_terminal(tmp_path):
    """Starts a server in a terminal of its own; the process, the log, and what closes the terminal."""
    started = []
    data = file_with(tmp_path / "data.nt", "<urn:a> <urn:p> <urn:b> .\n")

    def start(prelude):
        master, slave = pty.openpty()
        code = f"{TAKE_TERMINAL}\n{prelude}\nfrom gbagraph.cli import app\napp()"
        with (tmp_path / "log").open("w") as log:
            started.append(
                processes.Popen(
                    [sys.executable, "-c", code, "serve", "--port", "0", "--data", str(data)],
                    stdin=slave,
                    stdout=slave,
                    stderr=log,
                )
            )
        os.close(slave)
        return started[-1], tmp_path / "log", lambda: os.close(master)

    yield start
    for process in started:
        process.terminate()
        process.wait(60)


def says(log, text):
    return eventually(lambda: text in Path(log).read_text())


def test_a_server_ends_with_its_terminal(in_terminal):
    process, log, close = in_terminal("")
    assert says(log, "running on")
    family = descendants(process.pid)
    close()
    assert process.wait(60) == -signal.SIGTERM
    assert eventually(lambda: not any(map(alive, family)))


def test_a_server_that_was_ready_and_did_not_serve_yet_ends_when_it_is_to(in_terminal):
    process, log, close = in_terminal(
        "from gbagraph.server import generations; generations._END = 600\n"
        "generations.Generations._open = lambda *_: None"
    )
    assert says(log, "-> ready")
    assert eventually(lambda: waits_for_a_word(process.pid))
    process.terminate()
    assert process.wait(60) == -signal.SIGTERM
    close()


def waits_for_a_word(pid):
    """Whether the server process has its own handler of SIGTERM by now: until then, that ends it."""
    (server,) = children(pid)
    (caught,) = re.findall(r"SigCgt:\s*(\w+)", Path(f"/proc/{server}/status").read_text())
    return int(caught, 16) >> (signal.SIGTERM - 1) & 1


def test_with_nohup_it_goes_on(in_terminal):
    process, log, close = in_terminal("import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)")
    assert says(log, "running on")
    close()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(2)
    assert "serves now" not in log.read_text()


def test_in_a_terminal_sighup_asks_for_a_reload(in_terminal):
    process, log, close = in_terminal("")
    assert says(log, "running on")
    process.send_signal(signal.SIGHUP)
    assert says(log, "serves now")
    close()


def test_no_signal_is_lost_and_handlers_are_put_back():
    before = signal.getsignal(signal.SIGHUP)
    with Signals() as signals:
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGHUP):
            signal.raise_signal(number)
        assert signals.wait((), 5) == [signal.SIGHUP, signal.SIGINT, signal.SIGHUP]
        assert signals.wait((), 0) == []
    assert signal.getsignal(signal.SIGHUP) == before
