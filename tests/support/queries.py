"""The canned queries as parameters of tests: a sample in ``make test``, all in ``make matrix``."""

from collections.abc import Iterable
from typing import Any

import pytest

from gbagraph.queries.catalog import local_queries

SAMPLE_QUERIES = ("companies-to-zones", "is-in", "search-names", "timeline", "zones-by-area")
"""Of each kind one: optional IRIs whose values another query has, ASK with two required IRIs, a text,
integers with dates in the rows, and no parameters with decimals in the rows."""


def sampled(rows: dict[str, Any], sample: Iterable[str] = SAMPLE_QUERIES) -> list[Any]:
    """Return parameters, of which those that are not in the *sample* belong to ``make matrix``."""
    chosen = set(sample)
    return [
        pytest.param(value, id=name, marks=[] if name in chosen else [pytest.mark.matrix])
        for name, value in rows.items()
    ]


local_query = pytest.mark.parametrize("query", local_queries().values(), ids=local_queries())
"""Each query whose answer the data alone decide: for tests in process."""

sample_query = pytest.mark.parametrize("query", sampled(local_queries()))
"""As :data:`local_query`, but all of them in ``make matrix`` only: for tests of a way to an answer."""
