"""The figures of a server process as metrics of Prometheus; all names begin with ``gbagraph_``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, exposition
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.registry import Collector

from gbagraph import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric

    from gbagraph.web.context import Context

_COUNTED: Final = {
    "evaluations": "Jobs that workers were given.",
    "evaluations_shared": "Requests that waited for the evaluation of another one.",
    "results_from_cache": "Results that had been kept.",
    "responses_from_cache": "Responses that had been kept.",
    "service_calls": "Calls of other endpoints by SERVICE.",
    "engine_questions": "Questions to the engine that holds the data.",
    "crashed": "Evaluations whose process ended, also for want of memory.",
}
"""What the engine counts; each is there from the start, at 0."""
_STOPPED: Final = "stopped_"
_REASONS: Final = ("memory", "operator", "refused", "timeout")
_STATES: Final = ("starting", "ready", "restarting", "failed")


def written(context: Context, accept: str) -> tuple[bytes, str]:
    """All metrics as bytes, and their media type: the one of those that Prometheus knows that fits."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(context))
    encode, kind = exposition.choose_encoder(accept)
    return encode(registry), kind


class _Figures(Collector):
    def __init__(self, context: Context) -> None:
        self._context = context
        self._engine, self._access = context.engine, context.access_log

    def collect(self) -> Iterator[Metric]:
        """All metrics as they are now (the registry calls this)."""
        yield from self._of_requests()
        yield from self._of_engine()
        yield from self._of_providers()
        yield from self._of_process()

    def _of_requests(self) -> Iterator[Metric]:
        access = self._access
        requests = _counter("requests", "Requests, by method and status.", "method", "status")
        for (method, status), count in sorted(access.statuses.items()):
            requests.add_metric([method, str(status)], count)
        yield requests
        problems = _counter(
            "problems", "Requests that ended with an error, by its name.", "problem"
        )
        for problem, count in sorted(access.problems.items()):
            problems.add_metric([problem], count)
        yield problems
        if (limiter := self._context.limiter) is not None:
            yield _now("rate_limit_clients", "Clients whose requests are counted.", len(limiter))
        times = HistogramMetricFamily(
            "gbagraph_request_seconds",
            "Seconds from the head of a request to the end of its response.",
        )
        classes = [
            ("+Inf" if end == float("inf") else str(end), n) for end, n in access.histogram()
        ]
        times.add_metric([], classes, access.seconds)
        yield times
        yield _one("response_bytes", "Bytes of the bodies that were sent.", access.bytes)
        for name, what, seen in (
            ("responses", "Responses, by how the result was come by.", access.origins),
            ("endings", "Responses, by how they ended.", access.endings),
        ):
            family = _counter(name, what, "how")
            for how, count in sorted(seen.items()):
                family.add_metric([how], count)
            yield family

    def _of_engine(self) -> Iterator[Metric]:
        counts = self._engine.counts
        for name, what in _COUNTED.items():
            yield _one(name, what, counts[name])
        stopped = _counter("stopped", "Evaluations that were stopped, by reason.", "reason")
        for reason in _REASONS:
            stopped.add_metric([reason], counts[_STOPPED + reason])
        yield stopped
        slots = _gauge("slots_taken", "Slots that are taken, by class.", "class")
        for name, count in self._engine.admission.in_use().items():
            slots.add_metric([name], count)
        yield slots
        sizes = _gauge("slots", "Slots that there are, by class.", "class")
        for name, count in self._engine.admission.sizes().items():
            sizes.add_metric([name], count)
        yield sizes
        waiting = self._engine.admission.waiting()
        yield _now("queries_waiting", "Queries that wait for a fast slot.", waiting)
        losses = self._engine.pool.supervisor.losses
        yield _one("fork_servers_lost", "Fork servers that were lost, and replaced.", losses)
        state = _gauge("engine_state", "1 for the state in which the engine is.", "state")
        for name in _STATES:
            state.add_metric([name], int(self._engine.state == name))
        yield state
        yield from self._of_dataset()

    def _of_dataset(self) -> Iterator[Metric]:
        dataset = self._engine.description
        store = self._context.settings.value("store")
        about = {
            "version": dataset.version,
            "hash": dataset.hash or "",
            "store": store.name if store else "",
            "software": __version__,
        }
        yield InfoMetricFamily("gbagraph_dataset", "The dataset that is served.", about)
        generation = self._context.generation
        what = "How often the server has taken up other data, or the same anew; at first 1."
        yield _now("generation", what, generation)
        triples = _gauge(
            "triples", "Triples of the default graph and of all named graphs.", "graph"
        )
        triples.add_metric(["default"], dataset.default_graph)
        triples.add_metric(["named"], sum(dataset.graphs.values()))
        yield triples

    def _of_providers(self) -> Iterator[Metric]:
        for provider in self._engine.providers.values():
            for figure in provider.figures():
                kind = _counter if figure.is_counted else _gauge
                family = kind(figure.name, figure.meaning, figure.of)
                for name, value in figure.values:
                    family.add_metric([name], value)
                yield family

    def _of_process(self) -> Iterator[Metric]:
        what = "When the process began to serve, in seconds since 1970."
        yield _now("start_time_seconds", what, self._context.began)
        yield _now("open_descriptors", "Descriptors that the process has open.", _descriptors())
        yield _now("resident_bytes", "Memory of the server process.", _resident())
        yield _now("workers", "Worker processes.", self._engine.pool.supervisor.count)


def _counter(name: str, what: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"gbagraph_{name}", what, labels=labels)


def _gauge(name: str, what: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"gbagraph_{name}", what, labels=labels)


def _one(name: str, what: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"gbagraph_{name}", what, value)


def _now(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"gbagraph_{name}", what, value)


def _descriptors() -> int:
    try:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  as many as there are, no paths
    except OSError:
        return 0


def _resident() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
