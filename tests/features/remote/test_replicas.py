"""Replicas: which of them is asked, what it is told, and what is made of what it does."""

import asyncio
import json
import re
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from gbagraph._version import user_agent
from gbagraph.errors import (
    DatasetError,
    EngineFailed,
    EngineUnsupported,
    GbaGraphError,
    QuerySyntaxError,
    QueryTimeout,
    SettingError,
)
from gbagraph.features.remote.dataset import Elsewhere
from gbagraph.features.remote.questions import Question, readable
from gbagraph.features.remote.replicas import Replicas
from gbagraph.features.remote.source import check, directly
from gbagraph.rdf.namespaces import DATASET
from gbagraph.settings import Settings
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.testing import FaultyEndpoint
from support.services import Endpoint

ASK = Question("ASK {}")


@pytest.fixture
def faulty():
    with FaultyEndpoint() as running:
        yield running


@pytest.fixture
def other():
    with FaultyEndpoint() as running:
        yield running


def answers(urls, *questions, timeout="", seconds=60.0):
    """The bodies of the answers, or the errors, one after another."""

    async def ask():
        replicas = Replicas(urls, timeout, "mailto:us@here.example")
        found = []
        try:
            for question in questions:
                try:
                    async with replicas.ask(question, seconds) as answer:
                        found.append(b"".join([block async for block in answer.blocks]))
                except GbaGraphError as problem:
                    found.append(problem)
        finally:
            await replicas.stop()
        return found

    return asyncio.run(ask())


def test_what_is_asked_is_sent_with_its_dataset_and_its_time(faulty):
    question = Question("SELECT * {}", ("http://e/a", "http://e/b"), ("http://e/c",))

    assert answers([faulty.url], question, timeout="timeout={ms}") == [faulty.body]

    (asked,) = faulty.requests
    assert asked.headers["user-agent"] == user_agent("mailto:us@here.example")
    sent = parse_qs(asked.body.decode())
    assert 30_000 < int(sent.pop("timeout")[0]) <= 60_000
    assert sent == {
        "query": ["SELECT * {}"],
        "default-graph-uri": ["http://e/a", "http://e/b"],
        "named-graph-uri": ["http://e/c"],
    }


def test_a_limit_can_be_told_in_seconds_or_not_at_all(faulty):
    answers([faulty.url], ASK, timeout="t={s}s")
    answers([faulty.url], ASK)

    first, second = (parse_qs(asked.body.decode()) for asked in faulty.requests)
    assert re.fullmatch("[3-6][0-9]s", first["t"][0])
    assert list(second) == ["query"]


@pytest.mark.parametrize("text", ["timeout", "timeout=5", "={ms}", "timeout={minutes}", "t={"])
def test_a_parameter_for_limits_that_is_none(text):
    with pytest.raises(SettingError):
        Replicas(["http://127.0.0.1:1/"], text)


@pytest.mark.parametrize("fault", ["busy", "limited", "drop", "cut", "late"])
def test_what_one_replica_cannot_another_can(faulty, other, fault):
    assert answers([f"{faulty.url}/{fault}", other.url], ASK, ASK) == [other.body] * 2
    assert len(other.requests) == 2


def test_a_replica_that_cannot_be_reached_is_passed_over(other):
    assert answers(["http://127.0.0.1:1/", other.url], ASK) == [other.body]


def test_what_breaks_off_once_is_asked_again(faulty):
    assert answers([faulty.script("cut")], ASK) == [faulty.body]


def test_a_replica_that_keeps_failing_is_left_alone(faulty):
    found = answers([f"{faulty.url}/busy"], *[ASK] * 6)
    assert {type(each) for each in found} == {EngineFailed}
    assert faulty.url in found[0].message
    assert len(faulty.requests) == 5


def test_a_replica_that_a_check_finds_there_is_asked_again_at_once(faulty):
    async def ask():
        replicas = Replicas([faulty.script(*["busy"] * 6)])
        (replica,) = replicas.replicas
        while not replica.breaker.refused_for():
            with pytest.raises(EngineFailed):
                async with replicas.ask(ASK, 5.0):
                    pass
        try:
            await replicas.start(None)
            while replica.breaker.refused_for():
                faulty.script()
                await asyncio.sleep(0.01)
            async with replicas.ask(ASK, 5.0):
                pass
        finally:
            await replicas.stop()

    asyncio.run(asyncio.wait_for(ask(), 60))


def test_replicas_take_turns(faulty, other):
    answers([faulty.url, other.url], *[ASK] * 6)

    assert (len(faulty.requests), len(other.requests)) == (3, 3)


def test_an_error_that_any_replica_would_give_is_not_asked_for_twice(faulty, other):
    (found,) = answers([f"{faulty.url}/failed", other.url], ASK)

    assert "500" in found.message
    assert not other.requests


def test_one_that_does_not_begin_to_answer_is_a_timeout(faulty):
    (found,) = answers([f"{faulty.url}/stall"], ASK, seconds=0.3)

    assert isinstance(found, QueryTimeout)


@pytest.mark.parametrize("fault", ["clean", "malformed", "empty", "media-type", "redirect"])
def test_an_answer_that_is_none_is_never_taken_for_one(faulty, fault):
    with pytest.raises(DatasetError), directly([f"{faulty.url}/{fault}"]) as store, readable():
        list(store.query("SELECT * {}"))


def test_a_long_answer_that_breaks_off_once_it_was_begun_is_no_answer(faulty, other):
    faulty.body *= 4096

    (found,) = answers([f"{faulty.url}/late", other.url], ASK)

    assert "broke off" in found.message
    assert not other.requests


def described(endpoint, number, server=""):
    """Have *endpoint* give data of the version *number* whatever it is asked, as *server* of a proxy."""
    cells = {"s": {"type": "uri", "value": DATASET}, "v": {"type": "literal", "value": number}}
    found = {"head": {"vars": ["s", "v"]}, "results": {"bindings": [cells]}}
    endpoint.body = json.dumps(found).encode()
    endpoint.headers["Proxy-Status"] = f'nginx; next-hop="{server}"' if server else "nginx"


def version_of(*urls):
    """The version that is to be asked for of the engines at *urls*."""

    async def ask():
        replicas = Replicas(urls)
        try:
            return await replicas.version(5.0)
        finally:
            await replicas.stop()

    return asyncio.run(ask())


def test_only_replicas_of_the_version_that_is_described_answer():
    with Endpoint() as first, Endpoint() as second:
        described(first, "1")
        described(second, "2")
        version = version_of(first.url, second.url)
        question = Question("SELECT * {}", version=version)

        assert version.startswith("1 (")
        assert answers([second.url, first.url], *[question] * 3) == [first.body] * 3
        (failed,) = answers([second.url], question)
        assert "holds version 2 (" in failed.message
        assert version in failed.message


def test_servers_behind_a_proxy_are_told_apart_where_it_names_them():
    with Endpoint() as proxy:
        described(proxy, "1")
        assert version_of(proxy.url) == ""

        described(proxy, "1", "a:1")
        question = Question("SELECT * {}", version=version_of(proxy.url))
        assert answers([proxy.url], question) == [proxy.body]
        described(proxy, "2", "b:1")
        (failed,) = answers([proxy.url], question)
        assert "by way of b:1 holds version 2 (" in failed.message


@pytest.mark.parametrize("given", [{"infer": False}, {"data": [Path("x.ttl")]}])
def test_an_engine_and_other_data_exclude_each_other(given):
    with pytest.raises(SettingError):
        check(Settings.from_values({"engine": ["http://127.0.0.1:1/"], **given}))


def test_a_part_that_virtuoso_sends_at_its_limit_is_no_answer():
    with Endpoint() as endpoint:
        endpoint.headers["X-SQL-State"] = "S1TAT"
        (found,) = answers([endpoint.url], ASK)

    assert isinstance(found, QueryTimeout)


def test_what_only_data_of_ones_own_can_do_is_said():
    store = Elsewhere(lambda _: pytest.fail("the engine is asked"))

    with pytest.raises(EngineUnsupported):
        store.update("CLEAR ALL")
    with pytest.raises(EngineUnsupported):
        store.query("ASK {}", custom_functions={"f": None})


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        (r"ASK { ?s ?p 'a\u0027b' }", """ASK { ?s ?p "a'b" }"""),
        (r"ASK { ?s ?p '\u0022' }", r'ASK { ?s ?p "\"" }'),
        (r"ASK { ?s ?p '\\u0041' }", r'ASK { ?s ?p "\\u0041" }'),
        (r"ASK { <http://e/\u0061> ?p ?o }", "ASK { <http://e/a> ?p ?o }"),
        ("ASK {} # \\u000a x", "ASK {} "),
        ("ASK { ?s ?p 'a\\n' }", "ASK { ?s ?p 'a\\n' }"),
    ],
)
def test_no_escape_of_a_code_point_is_sent(written, sent):
    assert ParsedQuery(written).without_code_points.text == sent


def test_an_escape_in_a_keyword_is_refused():
    with pytest.raises(QuerySyntaxError):
        _ = ParsedQuery(r"\u0041SK {}").without_code_points
