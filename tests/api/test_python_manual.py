"""The manual of the Python API: its examples have types, and its tables name what there is."""

import re
import subprocess
import sys

import pytest

import gbagraph
from gbagraph import errors
from support import ROOT

MANUAL = (ROOT / "docs" / "python.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", MANUAL, re.DOTALL)


def test_there_are_examples():
    assert len(BLOCKS) > 8


@pytest.mark.processes
@pytest.mark.slow
def test_the_examples_pass_a_strict_type_checker(tmp_path):
    path = tmp_path / "manual.py"
    path.write_text("\n".join(BLOCKS))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache", path],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_the_errors_of_the_manual_exist():
    table = MANUAL.partition("## Errors")[2]
    cells = [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| `")]
    found = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]

    assert len(found) > 10
    assert [name for name in found if not hasattr(errors, name)] == []


def test_the_methods_of_the_interface_are_in_the_manual():
    documented = set(re.findall(r"`(\w+)(?:\([^`]*\))?`", MANUAL))
    public = {name for name in vars(gbagraph.Queryable) if not name.startswith("_")}

    assert public <= documented
