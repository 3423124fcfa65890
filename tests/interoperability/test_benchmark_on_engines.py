"""The gold answers on other engines: the same rows, but for what is listed of Virtuoso."""

import json

import pytest

from benchmark_score import BEGIN, END, table
from gbagraph.features.benchmark.graphs import COMPANION
from gbagraph.features.benchmark.questions import load, own
from support import RunningServer, run
from support.benchmark_engines import SAME, listed, outcomes, outcomes_of_virtuoso, queries
from support.engines import is_installed
from support.installed import needs

pytestmark = [pytest.mark.matrix, pytest.mark.processes]


@pytest.mark.parametrize("engine", SAME)
def test_an_engine_gives_the_gold_rows(engine, tmp_path):
    if not is_installed(engine):
        needs(engine)

    assert outcomes(engine, tmp_path) == dict.fromkeys(queries(), "same")


def test_a_server_that_calls_the_companion_gives_the_gold_rows(tmp_path):
    """All of them, as the page of the questions says that they are asked."""
    answers = tmp_path / "answers.jsonl"
    with (
        RunningServer("--data", own() / COMPANION) as there,
        RunningServer("--allow-service", there.sparql) as server,
    ):
        asked = ("--endpoint", server.sparql, "--companion", there.sparql)
        answers.write_text(run("benchmark", "run", *asked).stdout)
    found = json.loads(run("benchmark", "score", answers, "--json").stdout)["outcomes"]

    assert found["right"] == sum(bool(each.queries) for each in load(own()))


def test_virtuoso_differs_as_the_report_says(tmp_path):
    needs("virtuoso-t", "isql-vt")
    found = outcomes_of_virtuoso(tmp_path)

    assert {name: what for name, what in found.items() if what != "same"} == listed()


def test_the_baseline_has_the_score_that_the_datasheet_gives():
    """Else: python scripts/benchmark_score.py."""
    text = (own() / "README.md").read_text()

    assert text.partition(BEGIN)[2].partition(END)[0] == table()
