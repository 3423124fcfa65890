"""The manual of the command line is true: what it shows is what the commands print."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gbagraph.cli import queries
from gbagraph.cli.options import FORMATS
from support import ROOT

MANUAL = (ROOT / "docs" / "command-line.md").read_text()
CONSOLE = re.findall(r"```console\n\$ (.*?)\n(.*?)```", MANUAL, re.DOTALL)


@pytest.mark.processes
@pytest.mark.parametrize(("command", "output"), CONSOLE, ids=[row[0][:50] for row in CONSOLE])
def test_a_command_prints_what_the_manual_shows(command, output):
    folder = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
    )
    shown = (done.stdout + done.stderr).replace("\r\n", "\n")

    assert shown if not output else shown == output


def test_there_is_something_to_test():
    assert len(CONSOLE) >= 5


def test_every_command_about_canned_queries_is_in_the_manual():
    names = [command.callback.__name__ for command in queries.app.registered_commands]

    assert names
    assert [name for name in names if f"`gbagraph queries {name}" not in MANUAL] == []


def test_every_name_of_a_format_is_in_one_of_the_manuals():
    formats = (ROOT / "docs" / "formats.md").read_text()

    assert [name for name in FORMATS if f"`{name}`" not in MANUAL + formats] == []
