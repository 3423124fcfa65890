"""Run the tests against a server: which process holds which dataset, and who waits for whom."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from pathlib import Path

from conformance import data, protocol
from conformance.checks import check
from conformance.data import Loaded
from conformance.endpoints import Endpoints
from conformance.servers import Running, Server, ServerError
from conformance.suite import PROTOCOL, Failed, Outcome, Test


@dataclass(frozen=True, slots=True)
class Prepared:
    """A test with its dataset, and what replaces the names of remote endpoints in its texts."""

    test: Test
    loaded: Loaded
    rewrite: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Batch:
    """Tests that one server process can answer, and the N-Quads that it holds."""

    quads: str
    tests: tuple[Prepared, ...]


def run(server: Server, tests: Sequence[Test], folder: Path, processes: int = 2) -> list[Outcome]:
    """Run *tests*, at most *processes* servers at a time; outcomes are in the order of the tests.

    Each distinct dataset has a server of its own.
    """
    with Endpoints() as endpoints, ThreadPoolExecutor(processes) as pool:
        batches = _by_dataset([prepare(test, server, folder, endpoints) for test in tests])
        run_batch = partial(_run, server, endpoints.addresses)
        outcomes = [outcome for done in pool.map(run_batch, batches) for outcome in done]
    by_iri = {outcome.test.iri: outcome for outcome in outcomes}
    return [by_iri[test.iri] for test in tests]


def prepare(
    test: Test, server: Server, folder: Path, endpoints: Endpoints, *, is_shared: bool = False
) -> Prepared:
    """Load the dataset of a test, put up the endpoints that it calls.

    Requests select the dataset by the protocol's parameters where the server *is shared* with others, or
    has a merge as its default graph while the dataset has named graphs.
    """
    rewrite = endpoints.rewriter(test, folder)
    if test.kind == PROTOCOL:
        return Prepared(test, protocol.dataset(test, folder), rewrite)
    loaded = data.natural(test.data, folder, rewrite)
    if is_shared or (server.merges and loaded.has_named_graphs):
        loaded = data.named(test.data, folder, rewrite)
    return Prepared(test, loaded, rewrite)


def shared(prepared: Sequence[Prepared]) -> Batch:
    """All tests in one batch.

    Raises:
        ValueError: two tests give the same name to different graphs.
    """
    graphs: dict[str, frozenset[str]] = {}
    for each in prepared:
        for name, lines in each.loaded.by_graph().items():
            if graphs.setdefault(name, lines) != lines:
                raise ValueError(f"{each.test.iri} has another graph {name} than a test before it")
    quads = sorted(line for found in graphs.values() for line in found)
    return Batch("".join(quads), tuple(prepared))


def _by_dataset(prepared: Sequence[Prepared]) -> list[Batch]:
    """A batch for each distinct dataset, the largest first."""
    grouped: dict[str, list[Prepared]] = defaultdict(list)
    for each in prepared:
        grouped[each.loaded.text].append(each)
    batches = [Batch(quads, tuple(tests)) for quads, tests in grouped.items()]
    return sorted(batches, key=lambda batch: -len(batch.tests))


def _run(server: Server, services: Sequence[str], batch: Batch) -> list[Outcome]:
    """The outcomes of a batch; a server that ended is started again for the tests that are left."""
    outcomes: list[Outcome] = []
    while len(outcomes) < len(batch.tests):
        left = batch.tests[len(outcomes) :]
        try:
            with server.running(batch.quads, services) as running:
                outcomes += until_the_end(running, left)
        except ServerError as problem:
            return outcomes + [Outcome(each.test, str(problem)) for each in left]
    return outcomes


def until_the_end(running: Running, tests: Iterable[Prepared]) -> Iterator[Outcome]:
    """Outcomes one by one, until the server ends or gives no whole answer: that test is the last."""
    for each in tests:
        try:
            by_value = check(each.test, running, each.loaded.parameters, each.rewrite)
        except ServerError as problem:
            yield Outcome(each.test, str(problem))
            return
        except (Failed, ValueError, SyntaxError, LookupError, OSError, HTTPException) as problem:
            yield Outcome(
                each.test, f"{type(problem).__name__}: {problem}".removeprefix("Failed: ")
            )
        else:
            yield Outcome(each.test, by_value=by_value)
