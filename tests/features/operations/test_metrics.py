"""Metrics of a server that has not begun, as Prometheus's own parser reads them."""

import asyncio
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gbagraph.composition import engine_of
from gbagraph.dataset.identity import Description
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.features.operations.metrics import written
from gbagraph.setting import AllowedService
from gbagraph.settings import Settings
from gbagraph.web.context import Context

DESCRIPTION = Description(
    title="Test",
    version='1 "quoted"\n',
    built_in=False,
    digest="0" * 64,
    modified=0.0,
    blank_nodes=False,
    infer=False,
    graphs={"urn:g": 3},
    default_graph=4,
)


def context(**options):
    """What views have of an engine of which nothing runs."""

    async def made():
        engine = engine_of(Settings.from_values(options))
        engine.pool.supervisor.description = DESCRIPTION
        return Context(ResultCache(engine, 1), generation=3)

    return asyncio.run(made())


@pytest.fixture
def families():
    found = context(
        allow_service=[AllowedService(iri="https://example.org/sparql", name="example")],
        engine=["http://127.0.0.1:1/query"],
    )
    found.engine.counts["stopped_timeout"] = 2
    text, kind = written(found, "*/*")
    assert kind.startswith("text/plain")
    return {each.name: each for each in text_string_to_metric_families(text.decode())}


def value(families, name, **labels):
    (found,) = [row.value for row in families[name].samples if row.labels == labels]
    return found


def test_all_names_begin_alike_and_are_explained(families):
    assert all(name.startswith("gbagraph_") for name in families)
    assert all(each.documentation for each in families.values())


def test_counters_that_are_still_zero_are_there(families):
    assert value(families, "gbagraph_evaluations") == 0
    assert value(families, "gbagraph_crashed") == 0


def test_labels_hold_any_text(families):
    (row,) = families["gbagraph_dataset_info"].samples
    assert row.labels["version"] == '1 "quoted"\n'


def test_figures_are_those_of_the_engine(families):
    assert value(families, "gbagraph_stopped", reason="timeout") == 2
    assert value(families, "gbagraph_stopped", reason="operator") == 0
    assert value(families, "gbagraph_start_time_seconds") <= time.time()
    assert value(families, "gbagraph_triples", graph="default") == 4
    assert value(families, "gbagraph_triples", graph="named") == 3
    assert value(families, "gbagraph_generation") == 3
    assert value(families, "gbagraph_engine_state", state="starting") == 1
    assert value(families, "gbagraph_engine_state", state="ready") == 0
    assert value(families, "gbagraph_resident_bytes") > 1_000_000
    assert value(families, "gbagraph_open_descriptors") > 3


def test_others_that_are_asked_have_figures_of_their_own(families):
    assert value(families, "gbagraph_endpoint_calls", endpoint="example") == 0
    assert value(families, "gbagraph_engine_up", engine="http://127.0.0.1:1/query") == 1


def test_who_wants_openmetrics_gets_it():
    text, kind = written(context(), "application/openmetrics-text; version=1.0.0")

    assert kind.startswith("application/openmetrics-text")
    assert text.endswith(b"# EOF\n")
