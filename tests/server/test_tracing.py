"""Traces: what a collector gets of requests, evaluations and calls, and that nobody waits for it."""

import json
import os
import sys

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from gbagraph import tracing
from support import RUNAWAY, LoggedServer, RunningServer, eventually, get, processes, query_target
from support.services import Endpoint

pytestmark = pytest.mark.processes

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
GIVEN = f"traceparent: 00-{TRACE}-{PARENT}-01"


class Collector(Endpoint):
    """A collector of OTLP over HTTP."""

    @property
    def resources(self):
        sent = (ExportTraceServiceRequest.FromString(body) for *_, body in tuple(self.requests))
        return [each for request in sent for each in request.resource_spans]

    @property
    def spans(self):
        return [
            span for each in self.resources for scope in each.scope_spans for span in scope.spans
        ]

    def named(self, name, **wanted):
        """The spans with this name and these attributes."""
        return [
            span
            for span in self.spans
            if span.name == name and wanted.items() <= values(span).items()
        ]

    def one(self, name, **wanted):
        assert eventually(lambda: self.named(name, **wanted)), [s.name for s in self.spans]
        (found,) = self.named(name, **wanted)
        return found

    def gets_traces(self, patch):
        """Have servers that are started from now on send their traces here."""
        patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{self.port}")
        patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")


def values(told):
    """The attributes of a span or a resource."""
    return {
        each.key: getattr(each.value, each.value.WhichOneof("value")) for each in told.attributes
    }


@pytest.fixture(scope="module")
def collector():
    with Collector() as found:
        yield found


@pytest.fixture(scope="module")
def traced_server(collector, small_file, tmp_path_factory):
    options = ("--data", small_file, "--access-log", "--log-format", "json")
    with pytest.MonkeyPatch.context() as patch:
        collector.gets_traces(patch)
        with LoggedServer(tmp_path_factory.mktemp("traced") / "log", *options) as running:
            yield running


def ask(server, target, *headers):
    with server.raw(get(target, *headers)) as client:
        return client.status()


def test_a_request_is_a_span_with_its_evaluation_below(traced_server, collector):
    target = query_target("SELECT ?s { ?s ?p ?o } # first")
    assert ask(traced_server, target, GIVEN, "User-Agent: test", "X-Request-Id: r1") == 200

    span = collector.one("GET /sparql", **{"gbagraph.request": "r1"})
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)
    resource = values(collector.resources[0].resource)
    assert resource["service.name"] == "gbagraph"
    assert resource["service.version"]
    assert span.kind == span.SPAN_KIND_SERVER
    told = values(span)
    assert told["http.request.method"] == "GET"
    assert (told["url.path"], told["http.route"], told["url.scheme"]) == (
        "/sparql",
        "/sparql",
        "http",
    )
    assert told["http.response.status_code"] == 200
    assert told["client.address"] == "127.0.0.1"
    assert told["user_agent.original"] == "test"
    assert (told["gbagraph.origin"], told["gbagraph.ending"]) == ("evaluated", "whole")

    query = told["gbagraph.query"]
    below = collector.one("evaluate", **{"gbagraph.query": query})
    assert (below.trace_id, below.parent_span_id) == (span.trace_id, span.span_id)
    assert span.start_time_unix_nano <= below.start_time_unix_nano
    assert below.end_time_unix_nano <= span.end_time_unix_nano
    assert values(below)["gbagraph.ending"] == "whole"
    assert values(below)["gbagraph.answer_bytes"] > 0
    line = traced_server.request(id="r1")
    assert (line["trace"], line["query"]) == (TRACE, query)
    assert values(below)["gbagraph.rows"] == line["rows"] > 0
    # Neither the query nor any other parameter.
    assert not any(
        "SELECT" in str(value) for each in (told, values(below)) for value in each.values()
    )


def test_what_is_answered_from_memory_is_a_span_alone(traced_server, collector):
    target = query_target("SELECT ?p { ?s ?p ?o } # kept")
    ask(traced_server, target)
    assert ask(traced_server, target, GIVEN) == 200

    span = collector.one("GET /sparql", **{"gbagraph.origin": "response-cache"})
    assert span.parent_span_id.hex() == PARENT
    assert not [each for each in collector.spans if each.parent_span_id == span.span_id]


def test_a_failure_has_its_name(traced_server, collector):
    assert ask(traced_server, query_target(RUNAWAY, timeout=1)) == 504

    for name in ("GET /sparql", "evaluate"):
        span = collector.one(name, **{"error.type": "query-timeout"})
        assert span.status.code == span.status.STATUS_CODE_ERROR


def test_a_mistake_of_the_client_is_no_failure_of_the_server(traced_server, collector):
    assert ask(traced_server, "/sparql?query=SELECT", "X-Request-Id: wrong") == 400

    span = collector.one("GET /sparql", **{"gbagraph.request": "wrong"})
    assert not span.status.code
    assert values(span)["http.response.status_code"] == 400


def test_each_way_has_its_span(traced_server, collector):
    traced_server.client.head("/prefixes", headers={"X-Request-Id": "h"})
    traced_server.client.post("/sparql", data={"query": "ASK {}"}, headers={"X-Request-Id": "p"})
    traced_server.client.get("/doc/id/none", headers={"X-Request-Id": "d"})

    assert collector.one("HEAD /prefixes", **{"gbagraph.request": "h"})
    assert collector.one("POST /sparql", **{"gbagraph.request": "p"})
    assert collector.one("GET /doc/{path:path}", **{"gbagraph.request": "d"})


def test_an_engine_behind_continues_the_trace(traced_server, collector, monkeypatch):
    collector.gets_traces(monkeypatch)
    trace = "1af7651916cd43dd8448eb211c80319c"
    with RunningServer("--engine", traced_server.sparql) as front:
        given = f"traceparent: 00-{trace}-{PARENT}-01"
        assert ask(front, query_target("SELECT ?s { ?s ?p ?o } # behind"), given) == 200

    def found():
        return [span for span in collector.spans if span.trace_id.hex() == trace]

    names = {"GET /sparql", "evaluate", "POST", "POST /sparql"}
    # Evaluated twice: at the front, and at the server that is the engine, which sends its spans later.
    assert eventually(lambda: {span.name for span in found()} == names and len(found()) > 4)
    by_name = {span.name: span for span in found()}

    assert values(by_name["POST"])["url.full"] == traced_server.sparql
    assert by_name["POST"].kind == by_name["POST"].SPAN_KIND_CLIENT
    asked = {span.span_id for span in found() if span.name == "POST"}
    assert by_name["POST /sparql"].parent_span_id in asked


def test_an_endpoint_that_is_called_continues_the_trace(
    traced_server, collector, monkeypatch, small_file
):
    collector.gets_traces(monkeypatch)
    query = f"SELECT ?s {{ SERVICE <{traced_server.sparql}> {{ ?s ?p ?o }} }}"
    with RunningServer("--data", small_file, "--allow-service", traced_server.sparql) as front:
        assert front.ask(query).status_code == 200
        span = collector.one("SERVICE", **{"url.full": traced_server.sparql})
        assert eventually(lambda: [s for s in collector.spans if s.parent_span_id == span.span_id])
    (inner,) = [s for s in collector.spans if s.parent_span_id == span.span_id]
    assert (inner.name, inner.trace_id) == ("GET /sparql", span.trace_id)


LAST = (
    "import threading; from opentelemetry.sdk.trace import TracerProvider; "
    "TracerProvider.shutdown = lambda _: threading.Event().wait(); "
    "from gbagraph.server import generations; generations._END = 600"
)
"""A server for which the last spans are never sent."""


def test_no_request_and_no_end_waits_for_a_collector(small_file, monkeypatch):
    """Requests would wait for ten minutes, the end of the server for ever, and it is not killed."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "600")
    with Collector() as slow:
        slow.pause = 600
        slow.gets_traces(monkeypatch)
        with RunningServer("--data", small_file, prelude=LAST) as running:
            assert eventually(lambda: slow.requests)
            for number in range(50):
                assert running.ask(f"ASK {{}} # {number}").status_code == 200


def test_one_that_is_not_there_is_told_about(small_file, tmp_path, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    with LoggedServer(tmp_path / "log", "--data", small_file, "--log-format", "json") as running:
        assert running.ask("ASK {}").status_code == 200
        assert eventually(lambda: "opentelemetry" in running.said)
    assert all(json.loads(line) for line in running.said.splitlines())


# --- Only where it is asked for ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "x"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"}, False),
        ({"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"}, False),
    ],
)
def test_the_variables_of_the_standard_ask_for_it(variables, wanted):
    assert tracing.is_wanted(variables) is wanted


def test_without_it_nothing_is_made():
    span = tracing.begin("name", since=1.0)

    assert span is None
    assert tracing.passed_on(span) == {}
    assert tracing.trace_id(span) == ""
    tracing.enter(span)
    tracing.end(span, {"a": 1}, error="x")
    tracing.stop()


def test_without_it_nothing_is_imported():
    code = (
        "import sys, gbagraph.server.serving, gbagraph.web.app, gbagraph.engine.forkserver as f; "
        "from gbagraph import tracing; tracing.start(); tracing.begin('x'); "
        "print([m for m in sys.modules if m.startswith('opentelemetry.sdk') or 'otlp' in m])"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    run = processes.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=clean, check=True
    )
    assert run.stdout == "[]\n"


def test_where_a_package_is_missing_the_server_says_so_and_serves(monkeypatch, caplog):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with caplog.at_level("WARNING"):
        tracing.start()

    assert tracing.State.provider is None
    assert "pip install 'gbagraph[otel]'" in caplog.text
