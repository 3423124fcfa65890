"""Requests by grammars at a running server: whatever comes, it is answered, and nothing is left of it.

The same FUZZ_SEED makes the same requests; a failure of a soak names it.
"""

import random

import pytest

from fuzzing import grammar
from fuzzing.barrage import Barrage
from fuzzing.soaking import SEED, keep_sending
from support import LoggedServer
from support.holdings import QUICKLY

BATCH = 500
AT_ONCE = 50


def asked(maker):
    return lambda rng: grammar.head(maker(rng), "Accept: " + rng.choice(grammar.MEDIA_TYPES))


def of_query(rng):
    text = grammar.encoded(grammar.query_text(rng))
    more = rng.choice(("", "", "&evidence=true", "&labels=en", "&infer=false", "&format=csv"))
    return f"{rng.choice(('/sparql', '/sparql', '/sparql/explain'))}?timeout=0.5&query={text}{more}"


def of_iri(rng):
    iri = grammar.encoded(grammar.iri(rng))
    return rng.choice(
        (
            f"/lookup?iri={iri}",
            f"/doc?iri={iri}",
            f"/why?s={iri}&p=a&o={grammar.encoded(grammar.value(rng))}",
            f"/graphs?graph={iri}",
            f"/sparql?query=ASK%7B%7D&default-graph-uri={iri}",
            f"/sparql?query=SELECT*%7B%3Fx%20a%20%3Fy%7DLIMIT%201&%24x={iri}",
            f"/reconcile/preview?id={iri}",
            f"/reconcile/properties?type={iri}",
            f"/doc/{iri}",
        )
    )


def negotiated(rng):
    target = rng.choice(
        ("/queries/builders", "/doc/id/baidu", "/sparql?query=ASK%7B%7D", "/queries")
    )
    return grammar.head(target, *grammar.negotiated(rng))


WHOLE = {
    "paths and parameters": lambda rng: grammar.head(grammar.target(rng)),
    "canned queries": asked(grammar.canned),
    "query texts": asked(of_query),
    "IRIs": asked(of_iri),
    "header fields": negotiated,
}
"""Requests that are right in HTTP: many of them on one connection."""
DAMAGED = {
    "damaged requests": lambda rng: grammar.damaged(rng, grammar.whole(rng)),
    "bodies": grammar.with_body,
    "pipelines": grammar.pipelined,
    "other protocols": grammar.of_other_protocols,
}
"""Any bytes: each on a connection of its own."""
ALL = [*WHOLE, *DAMAGED]
SAMPLE = ("paths and parameters", "query texts", "damaged requests", "pipelines")
"""What `make test` sends; the others belong to the matrix."""


@pytest.fixture(scope="module")
def fuzzed_server(tmp_path_factory):
    options = ("--query-timeout", "10", "--query-memory", "128")
    with LoggedServer(tmp_path_factory.mktemp("log") / "log", *options, prelude=QUICKLY) as running:
        running.ask("ASK {}")
        yield running


@pytest.fixture(scope="module")
def barrage(fuzzed_server):
    return Barrage(fuzzed_server)


def send(barrage, name, rng, count=BATCH):
    made = {**WHOLE, **DAMAGED}[name]
    requests = [made(rng) for _ in range(count)]
    for start in range(0, count, AT_ONCE):
        (barrage.many if name in WHOLE else barrage.separately)(requests[start : start + AT_ONCE])
    barrage.assert_nothing_is_left()


@pytest.mark.parametrize(
    "name",
    [pytest.param(each, marks=[pytest.mark.matrix] * (each not in SAMPLE)) for each in ALL],
)
def test_whatever_comes_is_answered_and_nothing_is_left(barrage, name):
    send(barrage, name, random.Random(f"{SEED} {name}"), 2 * AT_ONCE)


@pytest.mark.soak
@pytest.mark.parametrize("name", ALL)
def test_however_much_comes_it_is_answered_and_nothing_is_left(barrage, name):
    barrage.outcomes.clear()
    keep_sending(name, lambda rng: send(barrage, name, rng), BATCH, barrage.outcomes)
