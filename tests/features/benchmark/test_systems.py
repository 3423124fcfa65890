"""Systems that are asked, and what the server publishes of the questions."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner

from gbagraph.cli import app
from gbagraph.features.benchmark.questions import load, own
from support import ok, problem, run, said

SAMPLE = """
- {id: developer, kind: lookup, en: Which company develops the Apollo R&D Centre?,
   zh-Hant: 誰開發了阿波羅研發中心, query: "SELECT ?who { ?who gba:develops id:apollo-rd-centre }"}
- {id: visitors, kind: federation, en: How often was what Baidu develops visited?,
   query: "SELECT ?n { id:baidu gba:develops ?it
     SERVICE <https://w3id.org/gbagraph/questions-benchmark/companion> { ?it ?visits ?n } }"}
- {id: weather, kind: lookup, refuse: true, because: No word of it., en: Will it rain tomorrow?}
"""

pytestmark = pytest.mark.processes


def answers(*options):
    done = CliRunner().invoke(app, ["benchmark", "run", *map(str, options)])
    assert done.exit_code == 0, done.output
    return list(map(json.loads, done.stdout.splitlines()))


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    (folder / "sample.yaml").write_text(SAMPLE)
    return folder


@pytest.fixture(scope="module")
def baseline(sample):
    return answers("--baseline", "--language", "en", "--language", "zh-Hant", "--questions", sample)


def test_the_baseline_answers_cites_and_refuses(baseline):
    developer, _, _, weather = baseline

    assert developer["rows"] == [["https://w3id.org/gbagraph/id/baidu"]]
    assert developer["citations"] == ["https://w3id.org/gbagraph/article/knowledge-city-3"]
    assert [each["language"] for each in baseline] == ["en", "zh-Hant", "en", "en"]
    assert weather["refused"]


def test_a_tool_server_is_asked_as_the_baseline_asks_itself(sample, baseline):
    command = f"{sys.executable} -m gbagraph mcp --tools few"

    done = run("benchmark", "run", "--mcp", command, "--questions", sample)

    assert list(map(json.loads, done.stdout.splitlines())) == [
        each for each in baseline if each["language"] == "en"
    ], done.stderr


def test_an_endpoint_is_asked_the_gold_queries_that_it_can_answer(server, sample):
    """Of federation it can none without a companion, and no query asks what is to be refused."""
    (answer,) = answers("--endpoint", server.sparql, "--questions", sample)

    assert answer["id"] == "developer"
    assert answer["rows"]["results"]["bindings"][0]["who"]["value"].endswith("id/baidu")


class Service(BaseHTTPRequestHandler):
    otherwise = ""

    def do_GET(self):
        asked = parse_qs(urlsplit(self.path).query)
        knows = "Apollo" in asked["question"][0]
        query = "SELECT ?it { ?it ?p id:apollo-rd-centre }" if knows else self.otherwise
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"dataset": asked["dataset"][0], "query": query}).encode())

    def log_message(self, *_):
        pass


def test_a_service_of_the_challenge_is_asked_for_queries(sample, monkeypatch):
    service = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    Thread(target=service.serve_forever, daemon=True).start()
    ask = ("--text2sparql", f"http://127.0.0.1:{service.server_port}", "--questions", sample)
    try:
        found = answers(*ask)
        monkeypatch.setattr(Service, "otherwise", 5)
        faulty = answers(*ask)
    finally:
        service.shutdown()

    assert found[0]["query"] == "SELECT ?it { ?it ?p id:apollo-rd-centre }"
    assert found[-1] == {"id": "weather", "language": "en", "refused": True}
    assert faulty[-1]["error"] == "the query is no text, but 5"


def test_one_system_is_asked_at_a_time_in_known_languages():
    runs = {
        "Name one system": [],
        "en, zh-Hans, zh-Hant": ["--baseline", "--language", "fr"],
        "serve tools (MCP): No closing quotation": ["--mcp", "'serve"],
        "serve tools (MCP): All connection attempts failed": ["--mcp", "http://127.0.0.1:9/mcp"],
    }
    for says, options in runs.items():
        done = CliRunner().invoke(app, ["benchmark", "run", *options])
        assert done.exit_code, says
        assert says in f"{done.output}{done.exception}"


def test_the_questions_have_a_page_and_files(server):
    page = server.page("/questions-benchmark")
    kept = max(own().glob("gold/*.json")).name
    names = ("questions.json", "text2sparql.yaml", "qald.json", "examples.ttl", "companion.ttl")
    names += ("README.md", kept)

    assert f"all {len(load(own()))}" in " ".join(said(page).split())
    assert "/questions-benchmark" in server.client.get("/sitemap.xml").text
    for name in names:
        assert f"/questions-benchmark/{name}" in page
        assert ok(server.client.get(f"/questions-benchmark/{name}")).content
    negotiated = server.client.get("/questions-benchmark", headers={"accept": "application/json"})
    assert negotiated.json() == server.client.get("/questions-benchmark/questions.json").json()
    problem(server.client.get("/questions-benchmark/none"), 404, "not-found", "questions.json")


def test_the_companion_is_at_the_iri_that_queries_name(server):
    found = server.client.get("/questions-benchmark/companion")

    assert ok(found).content == (own() / "companion.ttl").read_bytes()


def test_data_of_others_have_none(small_server):
    problem(small_server.client.get("/questions-benchmark"), 404, "not-found", "built-in")
