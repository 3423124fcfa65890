"""The table of what pages can do names tests that there are."""

import re
from pathlib import Path

from support import ROOT

BROWSER_TESTS = Path(__file__).parents[1] / "web" / "browser"


def _rows():
    lines = (ROOT / "reports" / "pages.md").read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if "|" in line][2:]


def test_each_row_names_a_test_in_a_browser():
    written = "".join(path.read_text(encoding="utf-8") for path in BROWSER_TESTS.glob("test_*.py"))
    there_are = set(re.findall(r"^def (test_\w+)", written, re.MULTILINE))

    named = [row[1].strip("`") for row in _rows()]
    assert len(named) > 20
    assert set(named) - there_are == set()


def test_each_row_says_something_of_each_other():
    assert {len(row) for row in _rows()} == {8}
    assert {cell for row in _rows() for cell in row[2:]} <= {"y", "p", "n", "-"}
