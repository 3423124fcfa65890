"""What tests start has the default signals, and ends with the test, or with what started it."""

import os
import re
import signal
import subprocess
import sys

import pytest

from support import ROOT, alive, eventually, processes

STARTS = f"""
from support import processes
processes.give_default_signals()
processes.run(["{sys.executable}", "-S", "-c", "import signal; print(*map(signal.getsignal, (1, 2)))"])
"""
LASTING = """
from support import processes
processes.Popen(["sh", "-c", "echo $$; exec sleep 600"]).wait()
"""
DIRECT = re.compile(r"^[^\"]*\bsubprocess\.(run|Popen|call|check_\w+)\(", re.MULTILINE)

pytestmark = pytest.mark.processes


def python(code, **options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    return processes.Popen([sys.executable, "-c", code], stdout=-1, env=environment, **options)


def test_signals_are_the_default_below_nohup():
    def ignore():
        for number in (signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)

    with python(STARTS, preexec_fn=ignore) as process:
        found, _ = process.communicate(timeout=60)

    assert found.decode().split()[0] == "0"
    assert b"default_int_handler" in found


def test_processes_end_with_what_started_them():
    with python(LASTING) as process:
        lasting = int(process.stdout.readline())
        assert alive(lasting)
        process.kill()

        assert eventually(lambda: not alive(lasting))


def test_a_command_that_takes_too_long_ends_with_all_that_it_started():
    with pytest.raises(subprocess.TimeoutExpired) as problem:
        processes.run(["sh", "-c", "sleep 600 & echo $!; wait"], timeout=5, capture_output=True)

    lasting = int(problem.value.output)
    assert eventually(lambda: not alive(lasting))


def test_processes_are_started_in_one_place():
    assert [
        path.name for path in (ROOT / "tests").rglob("*.py") if DIRECT.search(path.read_text())
    ] == []
