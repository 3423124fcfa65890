"""Secrets that are planted everywhere: neither the log nor an answer has them, nor who needs none."""

import json
import time
from pathlib import Path

import pytest

from gbagraph.engine import process
from gbagraph.features.remote import access
from gbagraph.features.remote.questions import excerpt
from gbagraph.text import public, without_secrets
from support import (
    LoggedServer,
    RunningServer,
    children,
    eventually,
    free_port,
    get,
    kill,
    query_target,
    run,
)

SECRET = "s3cret"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("http://user:s3cret@host/x", "http://…@host/x"),
        ("SERVICE <https://s3cret@host:8/>", "SERVICE <https://…@host:8/>"),
        ("http%3A%2F%2Fuser%3As3cret%40host%2Fx", "http%3A%2F%2F…%40host%2Fx"),
        ("/sparql?token=s3cret&query=ASK", "/sparql?token=…&query=ASK"),
        ("/x?a=1&access_token=s3cret", "/x?a=1&access_token=…"),
        ("/x?api-key=s3cret#f", "/x?api-key=…#f"),
        ("%3Fapikey%3Ds3cret%3E", "%3Fapikey%3D…%3E"),
        (
            '{"message": "http://h/?password=s3cret", "a": 1}',
            '{"message": "http://h/?password=…", "a": 1}',
        ),
    ],
)
def test_what_has_the_form_of_a_secret_is_masked(text, left):
    assert without_secrets(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "http://example.org/id/a@b",
        "SELECT * { ?s <http://e/p> ?o } # http://e/ me@example.org",
        "http%3A%2F%2Fexample.org%2Fa%40b",
        "/search?q=token&key=1",
        "mailto:me@example.org",
        "no address: //",
        "tokens=5 token = 4",
    ],
)
def test_what_has_not_is_left(text):
    assert without_secrets(text) == text


def test_it_takes_no_time_for_what_is_made_to_take_long():
    begun = time.process_time()
    for text in (
        "//" * 50_000,
        "//a" * 50_000,
        "%2f%2f" * 20_000,
        "?token" * 50_000,
        "//" + "a" * 90_000,
    ):
        without_secrets(text)
    assert time.process_time() - begun < 5


def test_of_an_address_only_where_it_is_is_public():
    assert public("https://u:p@host:81/sparql?apikey=s3cret#x") == "https://host:81/sparql"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("No such function\n\tat org.x.Eval.run(Eval.java:7)\n\tat y.Z()", "No such function"),
        ('Bad\nTraceback (most recent call last):\n  File "/srv/x.py", line 3', "Bad"),
        ("panicked\nstack backtrace:\n 0: rust_begin", "panicked"),
        ("Line 3 at column 4 (near x)", "Line 3 at column 4 (near x)"),
    ],
)
def test_of_what_an_engine_says_no_stack_trace_is_passed_on(said, left):
    assert excerpt(said) == left


def test_a_process_that_asks_no_engine_gets_no_credentials(monkeypatch):
    names = (access.USER, access.PASSWORD, access.TOKEN)
    for name in (*names, "OTEL_EXPORTER_OTLP_HEADERS"):
        monkeypatch.setenv(name, "planted")

    assert "planted" not in process.environment(with_credentials=False).values()
    assert {*names} <= process.environment(with_credentials=True).keys()


# --- A server --------------------------------------------------------------------------------------


@pytest.mark.processes
def test_no_secret_of_a_request_is_in_the_log(tmp_path, small_file):
    options = (
        *("--access-log", "--log-format", "json", "--slow-query", "0.0001"),
        *("--log-level", "debug"),
    )
    service = f"ASK {{ SERVICE <http://user:{SECRET}@example.org/> {{ ?s ?p ?o }} }}"
    silent = service.replace("SERVICE", "SERVICE SILENT")
    targets = [
        query_target(service),
        query_target(silent),
        query_target(f"ASK {{ <http://e/?token={SECRET}> ?p ?o }}"),
        f"/sparql?query=ASK%7B%7D&token={SECRET}",
        f"/none?password={SECRET}",
        f"/lookup?iri=http://user:{SECRET}@example.org/x",
        f"/why?s=http://user:{SECRET}@e/&p=http://e/&o=1",
    ]
    with LoggedServer(tmp_path / "log", "--data", small_file, *options) as running:
        for target in targets:
            with running.raw(
                get(target, f"Authorization: Basic {SECRET}", f"Cookie: a={SECRET}")
            ) as one:
                one.response()
        running.client.post("/sparql", data={"query": service})
        assert eventually(lambda: running.said.count("slow") >= 1 and "/why" in running.said)
    assert SECRET not in running.said
    assert all(json.loads(line) for line in running.said.splitlines())


@pytest.mark.processes
@pytest.mark.parametrize("setting", ["--engine", "--allow-service"])
def test_a_password_in_a_setting_is_refused_and_not_told(setting):
    ended = run("serve", "--port", free_port(), setting, f"http://user:{SECRET}@127.0.0.1:9/")

    assert ended.returncode == 2
    assert "without a user, a password" in ended.stderr
    assert SECRET not in ended.stderr + ended.stdout


@pytest.mark.processes
def test_a_key_in_the_address_of_an_engine_is_not_told(small_file, tmp_path):
    with RunningServer("--data", small_file) as behind:
        address = f"{behind.sparql}?apikey={SECRET}"
        with LoggedServer(tmp_path / "log", "--engine", address, "--access-log") as front:

            def told():
                paths = (
                    "/sparql",
                    "/metrics",
                    "/health/ready",
                    "/",
                    "/service",
                    "/.well-known/void",
                )
                answers = [front.client.get(path) for path in paths]
                answers.append(front.ask("SELECT * { ?s ?p ?o }"))
                return "".join(each.text + str(each.headers) for each in answers)

            assert SECRET not in told()
            kill(behind.server_process)
            behind.process.kill()
            assert SECRET not in told()
            assert eventually(lambda: "fails" in front.said)
            assert SECRET not in told() + front.said


@pytest.mark.processes
def test_the_processes_of_a_server_have_no_secrets_that_they_do_not_need(small_file, monkeypatch):
    monkeypatch.setenv("GBAGRAPH_ENGINE_TOKEN", SECRET)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"key={SECRET}")
    options = ("--data", small_file, "--allow-service", "http://example.org/sparql")
    with RunningServer(*options) as running:
        below = children(running.server_process)
        assert len(below) == 2
        for pid in below:
            assert SECRET.encode() not in Path(f"/proc/{pid}/environ").read_bytes()


@pytest.mark.processes
@pytest.mark.parametrize(
    "sent",
    [
        *(
            "/sparql?query=%FF%FE",
            "/sparql?query=" + "(" * 5000,
            "/%00",
            "/doc/%ff",
            "/dumps/..%2f..",
        ),
        *(
            "/queries/none",
            "/reconcile?queries={",
            "/sparql?query=ASK{}&timeout=x",
            "/graphs?graph=:",
        ),
        *("/lookup?iri=%F0%9F", "/docs/../../etc/passwd", "/static/..%2fapp", "/why?s=&p=&o="),
    ],
)
def test_no_client_sees_a_stack_trace(small_server, sent):
    with small_server.raw(get(sent)) as client:
        head, body = client.response()

    for sign in (b"Traceback", b'File "', b".py", b"panicked", b"0x7f"):
        assert sign not in head + body
