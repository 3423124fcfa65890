"""The figures of a server process as metrics of Prometheus; all names begin with ``gbagraph_``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

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
    from collections.abc import Iterable, Iterator, Sequence

    from prometheus_client.metrics_core import Metric

    from gbagraph.web.context import Context

    _Rows = Iterable[tuple[str | Sequence[str], float]]
    """Values by their labels."""

_Family = TypeVar("_Family", CounterMetricFamily, GaugeMetricFamily)

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
    """Return all metrics as bytes, and their media type: of those of Prometheus the one that fits."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(context))
    encode, kind = exposition.choose_encoder(accept)
    return encode(registry), kind


class _Figures(Collector):
    def __init__(self, context: Context) -> None:
        self._context = context
        self._engine, self._access = context.engine, context.access_log

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics as they are now (the registry calls this)."""
        yield from self._of_requests()
        yield from self._of_engine()
        yield from self._of_providers()
        yield from self._of_process()

    def _of_requests(self) -> Iterator[Metric]:
        access = self._access
        statuses = sorted(access.statuses.items())
        by_status = (((method, str(status)), count) for (method, status), count in statuses)
        yield _counter("requests", "Requests, by method and status.", by_status, "method", "status")
        what = "Requests that ended with an error, by its name."
        yield _counter("problems", what, sorted(access.problems.items()), "problem")
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
        origins, endings = sorted(access.origins.items()), sorted(access.endings.items())
        yield _counter("responses", "Responses, by how the result was come by.", origins, "how")
        yield _counter("endings", "Responses, by how they ended.", endings, "how")

    def _of_engine(self) -> Iterator[Metric]:
        counts, admission = self._engine.counts, self._engine.admission
        for name, what in _COUNTED.items():
            yield _one(name, what, counts[name])
        stopped = [(reason, counts[_STOPPED + reason]) for reason in _REASONS]
        yield _counter("stopped", "Evaluations that were stopped, by reason.", stopped, "reason")
        in_use, sizes = admission.in_use().items(), admission.sizes().items()
        yield _gauge("slots_taken", "Slots that are taken, by class.", in_use, "class")
        yield _gauge("slots", "Slots that there are, by class.", sizes, "class")
        yield _now("queries_waiting", "Queries that wait for a slot.", dict(in_use)["queued"])
        losses = self._engine.pool.supervisor.losses
        yield _one("fork_servers_lost", "Fork servers that were lost, and replaced.", losses)
        states = [(name, int(self._engine.state == name)) for name in _STATES]
        yield _gauge("engine_state", "1 for the state in which the engine is.", states, "state")
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
        what = "How often the server has taken up other data, or the same anew; at first 1."
        yield _now("generation", what, self._context.generation)
        sizes = {"default": dataset.default_graph, "named": sum(dataset.graphs.values())}
        what = "Triples of the default graph and of all named graphs."
        yield _gauge("triples", what, sizes.items(), "graph")

    def _of_providers(self) -> Iterator[Metric]:
        for provider in self._engine.providers.values():
            for figure in provider.figures():
                kind = _counter if figure.is_counted else _gauge
                yield kind(figure.name, figure.meaning, figure.values, figure.of)

    def _of_process(self) -> Iterator[Metric]:
        what = "When the process began to serve, in seconds since 1970."
        yield _now("start_time_seconds", what, self._context.began)
        yield _now("open_descriptors", "Descriptors that the process has open.", _descriptors())
        yield _now("resident_bytes", "Memory of the server process.", _resident())
        yield _now("workers", "Worker processes.", self._engine.pool.supervisor.count)


def _counter(name: str, what: str, rows: _Rows, *labels: str) -> CounterMetricFamily:
    return _filled(CounterMetricFamily(f"gbagraph_{name}", what, labels=labels), rows)


def _gauge(name: str, what: str, rows: _Rows, *labels: str) -> GaugeMetricFamily:
    return _filled(GaugeMetricFamily(f"gbagraph_{name}", what, labels=labels), rows)


def _filled(family: _Family, rows: _Rows) -> _Family:
    """Return *family* with a value for each of *rows*, by its label or labels."""
    for label, value in rows:
        family.add_metric([label] if isinstance(label, str) else label, value)
    return family


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
