"""The budgets hold, and the tool that weighs sees what it should."""

import ast

import pytest

import calls
import weight
from support import ROOT


@pytest.fixture(scope="module")
def rows():
    return weight.rows()


@pytest.mark.processes
def test_no_budget_is_exceeded(rows):
    assert [row for row in rows if row.is_exceeded] == []


@pytest.mark.processes
def test_budgets_are_not_far_above_what_there_is(rows):
    """A budget that is met twice over would let a whole feature in unseen."""
    assert [row for row in rows if row.is_far_below] == []


@pytest.mark.processes
@pytest.mark.alone
def test_memory_and_modules_of_others_keep_to_their_budgets():
    rows = weight.rows_of_this_machine(starts=5)

    assert [row for row in rows if row.is_exceeded or row.is_far_below] == []


def test_a_request_makes_no_more_calls_than_its_budget():
    """And not many less: a budget that is not lowered lets the next feature in unseen."""
    budgets = weight.budgets()["calls"]
    made = {request: len(each) for request, each in calls.counted().items()}

    assert {
        name: n for name, n in made.items() if not 0.85 * budgets[name] <= n <= budgets[name]
    } == {}


def test_the_manual_gives_the_budgets_of_a_request():
    budgets = weight.budgets()["calls"]
    first = (
        "{first time, server} calls of our own in the server and {first time, worker} in the worker"
    )

    assert first.format_map(budgets) in (ROOT / "reports" / "architecture.md").read_text("utf-8")


def test_docstrings_are_no_statements():
    tree = ast.parse(
        '"""Text."""\nX = 1\n"""About X."""\ndef f():\n    """Text."""\n    return X\n'
    )

    assert weight.statements(tree) == 3


def test_chain_counts_imports_for_types_and_in_functions():
    modules = {
        "a": weight.Module(ast.parse(""), 1, frozenset({"b"})),
        "b": weight.Module(ast.parse(""), 1, frozenset({"c", "a"})),
        "c": weight.Module(ast.parse(""), 1, frozenset()),
    }

    assert weight.chain(modules) == ["a", "b", "c"]


def test_feature_and_kernel_are_weighed_apart():
    assert weight.part("gbagraph.features.why.proof") == "why"
    assert weight.part("gbagraph.features") == "kernel"
    assert weight.part("gbagraph.engine.wire") == "kernel"
