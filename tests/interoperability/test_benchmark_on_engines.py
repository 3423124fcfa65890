"""The gold answers on other engines: the same rows, but for what is listed of Virtuoso."""

import pytest

from benchmark_score import BEGIN, END, table
from gbagraph.features.benchmark.questions import own
from support.benchmark_engines import SAME, listed, outcomes, outcomes_of_virtuoso, queries
from support.engines import is_installed
from support.installed import needs

pytestmark = [pytest.mark.matrix, pytest.mark.processes]


@pytest.mark.parametrize("engine", SAME)
def test_an_engine_gives_the_gold_rows(engine, tmp_path):
    if not is_installed(engine):
        needs(engine)

    assert outcomes(engine, tmp_path) == dict.fromkeys(queries(), "same")


def test_virtuoso_differs_as_the_report_says(tmp_path):
    needs("virtuoso-t", "isql-vt")
    found = outcomes_of_virtuoso(tmp_path)

    assert {name: what for name, what in found.items() if what != "same"} == listed()


def test_the_baseline_has_the_score_that_the_datasheet_gives():
    """Else: python scripts/benchmark_score.py."""
    text = (own() / "README.md").read_text()

    assert text.partition(BEGIN)[2].partition(END)[0] == table()
