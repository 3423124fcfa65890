"""Traces by OpenTelemetry, where its variables ask for them and the extra ``otel`` is installed.

Spans are made by whoever does what they are about; this module alone knows the packages. Where no
traces are wanted, nothing is imported, and all functions do nothing. Spans wait in a queue with a bound
for a thread that sends them: no request waits for that, and when the queue is full, spans are dropped.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Literal

from gbagraph._version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span as Span  # noqa: PLC0414  others name it by this module

log = logging.getLogger("gbagraph.tracing")

Kind = Literal["internal", "server", "client"]
Value = str | int | float | bool

_LAST: Final = 2.0
"""Seconds that a process that ends gives to sending what it has; then the rest is dropped."""
_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")

_current: ContextVar[Span | None] = ContextVar("span", default=None)
"""What is being done, which spans that begin are part of."""


class State:
    """What makes spans; nothing does where its provider is None."""

    provider: TracerProvider | None = None


def is_wanted(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the variables of OpenTelemetry ask for traces: they name a collector, or the exporter."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip()
    return exporter == "otlp" or (not exporter and any(map(environment.get, _ENDPOINTS)))


def is_part() -> bool:
    """Whether what begins now would be part of something."""
    return State.provider is not None and _current.get() is not None


def start() -> None:
    """Make spans from now on, if that is wanted; to be called in the process that serves."""
    if not is_wanted():
        return
    try:
        State.provider = _provider()
    except ImportError as problem:
        log.warning(
            "There are no traces: the variables of OpenTelemetry ask for them, but a package is missing "
            "(%s). Install them: pip install 'gbagraph[otel]'",
            problem.name,
        )


def _provider() -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415  an extra
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    given = os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    is_named = "OTEL_SERVICE_NAME" in os.environ or "service.name=" in given
    own = {"service.version": __version__} | ({} if is_named else {"service.name": "gbagraph"})
    provider = TracerProvider(resource=Resource.create(own), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def stop() -> None:
    """Send what has not been sent, for two seconds at most."""
    provider, State.provider = State.provider, None
    if provider is not None:
        sending = threading.Thread(target=provider.shutdown, daemon=True)
        sending.start()
        sending.join(_LAST)


def begin(  # noqa: PLR0913  what a span may have
    name: str,
    kind: Kind = "internal",
    attributes: Mapping[str, Value] | None = None,
    *,
    since: float | None = None,
    headers: Mapping[str, str] | None = None,
    parent: Span | None = None,
) -> Span | None:
    """A span, which must be ended; None where there are none.

    It is part of *parent*, else of what is being done; with *headers*, of what the client does that sent
    them (W3C Trace Context). It began at *since*, by the monotonic clock.
    """
    if State.provider is None:
        return None
    from opentelemetry import trace  # noqa: PLC0415

    parent = parent or _current.get()
    context = _sent(headers) if headers is not None else None
    if headers is None and parent is not None:
        context = trace.set_span_in_context(parent)
    begun = None if since is None else time.time_ns() - int((time.monotonic() - since) * 1e9)
    tracer = State.provider.get_tracer("gbagraph", __version__)
    shown = trace.SpanKind[kind.upper()]
    return tracer.start_span(name, context, shown, attributes, start_time=begun)


def _sent(headers: Mapping[str, str]) -> Context:
    """The context that a client sent; an empty one if it sent none."""
    from opentelemetry.context import Context  # noqa: PLC0415
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
        TraceContextTextMapPropagator,
    )

    return TraceContextTextMapPropagator().extract(headers, Context())


def enter(span: Span | None) -> None:
    """Let what begins in this task from now on be part of *span*."""
    if span is not None:
        _current.set(span)


def end(
    span: Span | None,
    attributes: Mapping[str, Value] | None = None,
    *,
    error: str = "",
    name: str = "",
) -> None:
    """End *span*, with more *attributes*, the name of the *error* if it failed, and another *name*."""
    if span is None:
        return
    from opentelemetry.trace import StatusCode  # noqa: PLC0415

    if name:
        span.update_name(name)
    span.set_attributes(dict(attributes or {}))
    if error:
        span.set_attribute("error.type", error)
        span.set_status(StatusCode.ERROR)
    span.end()


def passed_on(span: Span | None) -> dict[str, str]:
    """The header fields by which another server continues the trace of *span*."""
    if span is None:
        return {}
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
        TraceContextTextMapPropagator,
    )

    fields: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(fields, trace.set_span_in_context(span))
    return fields


def trace_id(span: Span | None) -> str:
    """The trace of *span* in 32 hexadecimal digits; empty where there is none."""
    return f"{span.get_span_context().trace_id:032x}" if span is not None else ""
