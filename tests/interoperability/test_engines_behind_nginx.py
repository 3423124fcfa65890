"""Two Virtuoso servers behind nginx, by the file that deploy/ has for it, as one engine."""

import concurrent.futures
import json
import time
from collections import Counter
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from gbagraph.dataset.identity import META
from gbagraph.dataset.loader import load
from gbagraph.rdf.namespaces import DATASET, expand
from support import ROOT, LoggedServer, eventually, free_port, processes
from support.behind import DEFAULT, hold
from support.installed import Virtuoso, needs, nginx

pytestmark = [pytest.mark.processes, pytest.mark.matrix]

SITE = (ROOT / "deploy" / "nginx" / "engines.conf").read_text()
ROWS, CLIENTS, QUESTIONS = 5_000, 3, 20
LARGE = f"SELECT * {{ ?s ?p ?o }} LIMIT {ROWS} #"
INFO = expand("owl:versionInfo")
VERSION = f"SELECT ?v {{ GRAPH {META} {{ <{DATASET}> <{INFO}> ?v }} }} #"
OTHER = "0.0.1"
OPTIONS = ("--engine-default-graph", DEFAULT, "--engine-timeout", "timeout={ms}")
LATE = 60.0
"""Seconds for any answer, on a busy machine."""


@pytest.fixture(scope="module")
def engines(tmp_path_factory):
    needs("virtuoso-t", "isql-vt", "nginx")
    dataset = load()[0]
    with ExitStack() as running:
        both = [running.enter_context(Virtuoso(tmp_path_factory.mktemp(name))) for name in "ab"]
        for each in both:
            hold(each, dataset)
        yield both


@pytest.fixture(scope="module")
def server(engines, tmp_path_factory):
    log = tmp_path_factory.mktemp("log") / "log"
    with (
        balanced(engines, tmp_path_factory.mktemp("nginx"), free_port()) as sparql,
        LoggedServer(log, "--engine", sparql, *OPTIONS) as running,
    ):
        yield running


@contextmanager
def balanced(engines, folder, port):
    """The query address of nginx before *engines*."""
    text = SITE.replace("listen 127.0.0.1:8880;", "listen 127.0.0.1:{port};")
    for engine, address in zip(engines, ("127.0.0.1:8891", "127.0.0.1:8892"), strict=True):
        text = text.replace(address, httpx.URL(engine.sparql).netloc.decode())
    with nginx(folder, text, port) as url:
        yield f"{url}/sparql"


def is_whole(answer, query):
    """Whether *answer*, of status 200, has all rows."""
    found = json.loads(answer.text)["results"]["bindings"]
    if query.startswith("SELECT * "):
        return len(found) == ROWS
    return [row["v"]["value"] for row in found] == [answer.headers["Dataset-Version"]]


def ask_all(url, number, outcomes):
    """Ask both kinds of questions one after another, and tell *outcomes* what came of each and when."""
    with httpx.Client(base_url=url, timeout=120) as client:
        for count in range(QUESTIONS):
            begun, query = time.monotonic(), f"{(LARGE, VERSION)[count % 2]}{number}.{count}"
            try:
                found = outcome(client.post("/sparql", data={"query": query}), query)
            except httpx.RemoteProtocolError:
                found = "broken off"
            outcomes.append((found, time.monotonic() - begun))


def outcome(answer, query):
    if answer.status_code == 200:
        return "right" if is_whole(answer, query) else f"wrong: {answer.text[:200]}"
    is_clean = answer.status_code in (502, 503) and "Retry-After" in answer.headers
    return str(answer.status_code) if is_clean else f"{answer.status_code}: {answer.text[:200]}"


def ready(server):
    return server.client.get("/health/ready")


def test_one_is_killed_under_load(engines, server):
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        asked = [pool.submit(ask_all, server.url, each, outcomes) for each in range(CLIENTS)]
        assert eventually(lambda: len(outcomes) > QUESTIONS)
        engines[1].kill()
        for each in asked:
            each.result()
    with processes.keeping():
        engines[1].__enter__()

    found = Counter(each for each, _ in outcomes)
    assert set(found) <= {"right", "502", "503", "broken off"}
    assert found["right"] >= CLIENTS * (QUESTIONS - 4)
    assert max(seconds for _, seconds in outcomes) < LATE
    assert eventually(lambda: ready(server).status_code == 200, LATE)


def test_the_balancer_is_gone_and_comes_back(engines, tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    with ExitStack() as stack:
        with balanced(engines, folder, port) as sparql:
            log = tmp_path_factory.mktemp("log") / "log"
            server = stack.enter_context(LoggedServer(log, "--engine", sparql, *OPTIONS))
            assert outcome(server.ask(f"{VERSION}0"), VERSION) == "right"

        assert eventually(lambda: ready(server).status_code == 503)
        failed = server.ask(f"{VERSION}1")
        assert (failed.status_code, "Retry-After" in failed.headers) == (502, True)

        with balanced(engines, folder, port):
            assert eventually(lambda: server.ask(f"{VERSION}2").status_code == 200)
            assert ready(server).status_code == 200


def test_versions_are_told_and_never_mixed(engines, server):
    """The last one: the data of a server are changed."""
    own = server.ask(f"{VERSION}new").headers["Dataset-Version"]
    for graph in (META, f"<{DEFAULT}>"):
        engines[1].update(
            f'WITH {graph} DELETE {{ <{DATASET}> <{INFO}> "{own}" }} '
            f'INSERT {{ <{DATASET}> <{INFO}> "{OTHER}" }} WHERE {{ <{DATASET}> <{INFO}> "{own}" }}'
        )

    def is_told():
        server.ask(f"{VERSION}{time.monotonic()}")
        return f"holds version {OTHER}" in server.said

    assert eventually(is_told)

    answers = [server.ask(f"{VERSION}{number}") for number in range(60)]
    answers += [server.client.get("/doc/id/baidu.nt") for _ in range(5)]
    told = [each.json()["detail"] for each in answers if each.status_code != 200]
    assert {outcome(each, VERSION) for each in answers[:60]} <= {"right", "502"}
    assert all(OTHER in each and own in each for each in told), told
    assert sum(each.status_code == 200 for each in answers) > 10
