"""What is told at the end of a run of pytest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph.errors import GbaGraphError
from gbagraph.paths import display
from gbagraph.testing import session, updates
from gbagraph.testing.query_files import query_files, without_query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest


def sections(config: pytest.Config) -> Iterator[tuple[str, list[str]]]:
    """The title and the lines of each section."""
    lines = updates.RUN.lines()
    if updates.is_wanted():
        count = len(updates.RUN.files)
        head = f"{count} expected answer{'s' * (count != 1)} written"
        yield head, lines or ["All expected answers are what they were."]
    folders = session.folders(config)
    if left := without_query(folders):
        yield "expected answers without a query", [display(path) for path in left]
    if config.getoption("sparql_report"):
        yield "terms that no query asks", _lines(lambda: _terms(config))
    if config.getoption("sparql_mutants"):
        yield "mutants", _lines(lambda: _mutants(config))


def _lines(report: Callable[[], list[str]]) -> list[str]:
    try:
        return report()
    except GbaGraphError as problem:
        return [problem.message]


def _terms(config: pytest.Config) -> list[str]:
    from gbagraph.testing.competency import unasked_terms  # noqa: PLC0415  only for this report

    found = unasked_terms(session.asked(config), query_files(session.folders(config)))
    return found.text().splitlines()


def _mutants(config: pytest.Config) -> list[str]:
    from gbagraph.testing.mutation import mutants  # noqa: PLC0415  only for this report

    found = mutants(session.asked(config), query_files(session.folders(config)))
    return found.text().splitlines()
