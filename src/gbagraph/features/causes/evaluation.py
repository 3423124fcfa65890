"""Two versions in one process, and their comparison there."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, cast

from gbagraph.api.in_process import Graph
from gbagraph.dataset.identity import Release, kept
from gbagraph.dataset.loader import load as load_built_in
from gbagraph.dataset.loader import load_release
from gbagraph.engine.source import Held
from gbagraph.features.causes.comparison import copied
from gbagraph.features.causes.writers import written
from gbagraph.queries.catalog import all_queries

if TYPE_CHECKING:
    from gbagraph.engine.source import Prepare
    from gbagraph.engine.worker import Work
    from gbagraph.features.causes.jobs import Compare, Pair

_held: list[Graph] = []
"""The two versions of this process, whose engine has the first."""


def load(pair: Pair, prepare: Prepare) -> Held:
    """Load both, read their canned queries, and copy them, so that workers share the copies."""
    _held[:] = map(_graph, pair.paths, pair.queries)
    before, after = (graph.store for graph in _held)
    prepare(before)
    copied(before, after)
    return Held(before, _held[0].description)


def _graph(name: str, queries: str) -> Graph:
    all_queries(queries)  # workers cannot open files
    loaded = load_release(cast("Release", kept(name))) if name else load_built_in()
    return Graph(*loaded, queries=queries)


def compare(job: Compare, work: Work) -> None:
    """Send what changed from the first version to the second."""
    before, after = _held
    given: dict[str, list[str]] = defaultdict(list)
    for name, value in job.given:
        given[name].append(value)
    made = before.compare(after, job.query, **given)
    work.send(job, written([made], job.form).encode())
