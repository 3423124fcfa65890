"""Three servers behind nginx, by the file that deploy/ has for it: cache, balance, failover."""

import concurrent.futures
import itertools
import re
import threading
from contextlib import ExitStack

import httpx
import pytest

from support import ROOT, RunningServer, eventually, kill
from support.installed import needs, nginx

pytestmark = pytest.mark.processes

SITE = (ROOT / "deploy" / "nginx" / "replicas.conf").read_text()
JSON = "application/sparql-results+json"
BUSY = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 100 #"
"""Each text is new with a number at its end. Its answer leaves in one piece: nginx cannot repeat one
of which it has passed on a part."""


def site(replicas, folder):
    """The file of deploy/ with the addresses of *replicas*, and its own cache."""
    text = SITE
    for number, replica in enumerate(replicas, start=1):
        text = text.replace(f"127.0.0.1:800{number} ", f"127.0.0.1:{replica.port} ")
    text = text.replace("/var/cache/nginx/gbagraph", f"{folder}/cache")
    return text.replace("listen 80;", "listen 127.0.0.1:{port};")


@pytest.fixture(scope="module")
def replicas():
    needs("nginx")
    with ExitStack() as stack:
        # Proxies on this machine are trusted by default, and so is nginx here.
        yield [stack.enter_context(RunningServer()) for _ in range(3)]


@pytest.fixture
def proxy_server(replicas, tmp_path):
    with nginx(tmp_path, site(replicas, tmp_path)) as url:
        yield url


@pytest.fixture
def client(proxy_server):
    with httpx.Client(base_url=proxy_server, timeout=60) as client:
        yield client


def test_each_address_of_the_file_is_changed(replicas, tmp_path):
    assert not re.search(r"127\.0\.0\.1:80|/var/|listen 80", site(replicas, tmp_path))


def test_an_answer_is_asked_for_once_and_kept_by_format_and_coding(client):
    seen = [
        client.get("/queries/builders", headers={"Accept": accept, "Accept-Encoding": coding})
        for accept in (JSON, "text/csv", JSON)
        for coding in ("gzip", "identity")
    ]

    assert [each.headers["Cache-Status"] for each in seen] == [
        *["nginx; fwd=miss"] * 4,
        *["nginx; hit"] * 2,
    ]
    kinds = [each.headers["Content-Type"].partition(";")[0] for each in seen]
    assert kinds == [JSON, JSON, "text/csv", "text/csv", JSON, JSON]
    assert [each.headers.get("Content-Encoding") for each in seen] == ["gzip", None] * 3
    assert len({each.text for each in seen[:2] + seen[4:]}) == 1


def test_what_is_not_to_be_kept_is_not_kept(client):
    for target in ("/queries/builders", "/doc/id/baidu"):
        for _ in range(2):
            page = client.get(target, headers={"Accept": "text/html"})
            assert page.headers["Cache-Status"] == "nginx; fwd=miss"
    languages = {
        client.get("/", headers={"Accept": "text/html", "Accept-Language": tag}).text[:60]
        for tag in ("en", "zh")
    }
    assert len(languages) == 2
    for _ in range(2):
        failed = client.get("/sparql", params={"query": "SELECT"})
        assert (failed.status_code, failed.headers["Cache-Status"]) == (400, "nginx; fwd=miss")


def test_all_replicas_give_the_same_with_the_same_tags(replicas, client):
    direct = {
        (
            each.client.get("/queries/builders").text,
            each.client.get("/queries/builders").headers["ETag"],
        )
        for each in replicas
    }
    assert len(direct) == 1

    tag = direct.pop()[1]
    assert client.get("/queries/builders", headers={"If-None-Match": tag}).status_code == 304


def test_methods_bodies_and_large_answers_pass(replicas, client):
    query = "SELECT ?s ?p ?o { ?s ?p ?o }"
    whole = replicas[0].ask(query).text
    form = {"query": query}
    kind = {"Content-Type": "application/sparql-query", "Accept": JSON}

    assert len(whole) > 1_000_000
    assert client.get("/sparql", params=form, headers={"Accept": JSON}).text == whole
    assert client.post("/sparql", data=form, headers={"Accept": JSON}).text == whole
    assert client.post("/sparql", content=query, headers=kind).text == whole
    assert client.request("QUERY", "/sparql", content=query, headers=kind).text == whole
    long = {"query": f"ASK {{}} #{'x' * 60_000}"}
    assert client.get("/sparql", params=long, headers={"Accept": JSON}).status_code == 200
    assert client.get("/metrics").status_code == 404


def test_links_name_the_address_that_was_requested(proxy_server, client):
    described = client.get("/sparql", headers={"Accept": "text/turtle"}).text

    assert f"{proxy_server}/sparql" in described


def test_a_replica_is_killed_under_load_and_no_request_fails(proxy_server, replicas):
    """New queries, GET and POST, before, while it is away, and once it is back."""
    done, numbers, outcomes = threading.Event(), itertools.count(), []
    whole = replicas[0].ask(BUSY).text

    def ask(_):
        with httpx.Client(base_url=proxy_server, timeout=60) as client:
            while not done.is_set():
                number = next(numbers)
                send = client.post if number % 2 else client.get
                given = {"data" if number % 2 else "params": {"query": f"{BUSY}{number}"}}
                answer = send("/sparql", headers={"Accept": JSON}, **given)
                is_right = answer.status_code == 200 and answer.text == whole
                outcomes.append("right" if is_right else (answer.status_code, answer.text[:200]))

    def are_asked():
        before = len(outcomes)
        return eventually(lambda: len(outcomes) > before + 20)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        asked = pool.map(ask, range(8))
        try:
            assert are_asked()
            kill(replicas[1].process.pid)
            assert eventually(lambda: replicas[1].process.poll() is not None)
            assert are_asked()
            replicas[1].__enter__()
            assert are_asked()
        finally:
            done.set()
        assert [*asked] == [None] * 8

    assert {*outcomes} == {"right"}
