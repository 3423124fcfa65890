"""Standard output that takes no more."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support import processes

pytestmark = pytest.mark.processes

LARGE = "{ ?a ?b ?c . ?d a ?e } LIMIT 30000"


@pytest.mark.parametrize(
    "arguments",
    [
        ("query", "ASK {}"),
        ("query", f"SELECT * {LARGE}"),
        ("--help",),
        pytest.param(("run", "zones-by-area", "-f", "table"), marks=pytest.mark.matrix),
        pytest.param(("diff", "0.2.0"), marks=pytest.mark.matrix),
    ],
    ids=" ".join,
)
def test_a_full_disk_is_one_line(arguments):
    with Path("/dev/full").open("w") as full:
        done = processes.run(
            [sys.executable, "-m", "gbagraph", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )

    assert done.returncode == 3
    assert done.stderr == "The output cannot be written: No space left on device.\n"


def test_characters_that_the_output_does_not_have_are_replaced():
    done = processes.run(
        [sys.executable, "-m", "gbagraph", "query", 'SELECT ("č" AS ?x) {}', "-f", "table"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"\u010d" in done.stdout


def test_a_reader_that_leaves_is_no_error_to_tell():
    process = processes.Popen(
        [sys.executable, "-m", "gbagraph", "query", f"SELECT * {LARGE}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    _, errors = process.communicate(timeout=180)

    assert errors == b""
