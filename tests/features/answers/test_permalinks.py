"""Links to answers: made anywhere, checked later, kept on wish; and citations."""

import hashlib
import json
import os
import time
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from zlib import compressobj

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gbagraph.dataset.identity import release_hash
from gbagraph.errors import MalformedRequest
from gbagraph.features.answers.citation import Citation
from gbagraph.features.answers.permalink import Permalink
from support import RunningServer, file_with, ok
from support.inside import command

ZONES = "SELECT * { ?zone a <https://w3id.org/gbagraph/ontology#Zone> }"
LINK = Permalink("sparql", (("query", ZONES),), "0.2.0", "sha256:ab", "cd", "2026-11-28")


@pytest.fixture(scope="module")
def keeping_server(tmp_path_factory):
    """A server that keeps short links in a folder of its own, with two processes."""
    folder = tmp_path_factory.mktemp("links")
    options = ("--answers", folder, "--answers-size", "1", "--answers-days", "30", "--workers", "2")
    with RunningServer(*options) as running:
        running.folder = folder
        yield running


def made(server, path="of/sparql", prefix="", status=200, **parameters):
    address = f"{prefix}/answers/{path}"
    return ok(server.client.get(address, params=parameters), status).json()


def opened(server, told, status=200):
    return ok(server.client.get(told["address"].removeprefix(server.url)), status).json()


def test_a_link_asks_again_and_says_that_the_bytes_are_the_same(server):
    told = made(server, query=ZONES)
    again = opened(server, told)
    answer = ok(server.client.get(f"{told['question']}&format=srj"))

    assert again["same"] is True
    assert again["hash"] == told["hash"] == f"sha256:{hashlib.sha256(answer.content).hexdigest()}"
    assert answer.json()["results"]["bindings"]


def test_a_link_to_a_canned_answer_of_a_release_holds_its_version(server):
    told = made(server, "of/queries/zones-by-area", "/versions/0.2.0", limit="3", view="map")

    assert (told["version"], told["dataset"]) == ("0.2.0", release_hash("0.2.0"))
    assert told["question"] == f"{server.url}/versions/0.2.0/queries/zones-by-area?limit=3"
    assert told["address"].startswith(f"{server.url}/answers/")
    assert opened(server, told)["same"] is True


def test_a_link_to_a_graph_is_of_its_triples(server):
    told = made(server, query="CONSTRUCT { ?s a ?o } WHERE { ?s a ?o } LIMIT 5")

    assert told["mediaType"] == "application/n-triples"
    assert opened(server, told)["same"] is True


def test_a_link_to_what_two_versions_answer_together(server):
    earlier = "SERVICE <https://w3id.org/gbagraph/versions/0.1.0/sparql>"
    told = made(
        server, query=f"SELECT * {{ {earlier} {{ {ZONES} }} ?zone a ?kind }} ORDER BY ?zone ?kind"
    )

    assert told["bytes"] > 1000
    assert opened(server, told)["same"] is True


def test_another_answer_is_told(server):
    told = made(server, query=ZONES)
    link = Permalink("sparql", (("query", ZONES),), told["version"], told["dataset"], "00", "2026")
    differing = ok(server.client.get(f"/{link.address}")).json()

    assert differing["same"] is False
    assert differing["now"] == told["hash"]
    assert "Not the same." in server.page(f"/{link.address}")
    assert "The same." in server.page(told["address"].removeprefix(server.url))


@pytest.mark.parametrize("query", ["SELECT (NOW() AS ?n) {}", "SELECT (BNODE() AS ?n) {}"])
def test_what_is_another_each_time_has_no_link(server, query):
    told = made(server, query=query, status=400)

    assert "another each time" in told["detail"]


def test_where_no_endpoint_may_be_called_the_answer_is_the_same_each_time(server):
    told = made(server, query="SELECT * { SERVICE SILENT <http://127.0.0.1:1/> { ?s ?p ?o } }")

    assert opened(server, told)["same"] is True


def test_what_is_wrong_with_a_question_is_said_as_where_it_is_asked(server):
    syntax = server.client.get("/answers/of/sparql", params={"query": "SELECT * { ?s"})
    unknown = server.client.get("/answers/of/queries/nothing")
    parameter = server.client.get("/answers/of/queries/zones-by-area", params={"limit": "many"})

    assert (syntax.status_code, syntax.json()["type"].rpartition("/")[2]) == (400, "query-syntax")
    assert unknown.status_code == 404
    assert parameter.status_code == 422
    assert server.client.get("/answers/of/sparql").status_code == 400
    assert server.client.get("/answers/of/id/baidu").status_code == 404


def test_a_link_that_lost_something_is_an_error(server):
    address = made(server, query=ZONES)["address"].removeprefix(server.url)
    digest = address.split("/")[2]
    for broken in (
        address[:-3],
        address + "A",
        address.replace(digest, digest[::-1]),
        f"/answers/{digest}/%00%ff",
        f"/answers/{digest}/{'A' * 3000}",
    ):
        response = server.client.get(broken)
        assert response.status_code == 400, broken
        assert "does not fit its hash" in response.json()["detail"]


def test_a_small_link_does_not_stand_for_much():
    squeezer = compressobj(9, wbits=-15)
    bomb = squeezer.compress(b"0" * 50_000_000) + squeezer.flush()

    with pytest.raises(MalformedRequest):
        Permalink.unpacked("0" * 24, urlsafe_b64encode(bomb).decode())


@given(st.text(max_size=40), st.text(max_size=40))
@settings(max_examples=200)
def test_whatever_else_is_in_a_link_is_refused(digest, content):
    with pytest.raises(MalformedRequest):
        Permalink.unpacked(digest, content)


@given(st.lists(st.tuples(st.text(max_size=9), st.text(max_size=200)), max_size=5))
@settings(max_examples=200)
def test_what_is_packed_is_unpacked(pairs):
    link = Permalink("queries/x", tuple(pairs), "0.3.0", "sha256:1", "2", "2026-01-01")
    _, digest, content = link.address.split("/")

    assert Permalink.unpacked(digest, content) == link


def test_a_version_that_is_gone_is_told_with_where_it_is(server):
    for version, data in (("0.0.9", "sha256:ab"), ("0.2.0", "sha256:ab")):
        link = Permalink("sparql", (("query", ZONES),), version, data, "cd", "2026-11-28")
        response = server.client.get(f"/{link.address}")
        assert response.status_code == 410
        assert response.json()["versions"][:3] == ["0.1.0", "0.2.0", "0.3.0"]
        assert f"https://w3id.org/gbagraph/dataset/{version}" in response.json()["detail"]


def test_a_link_leads_to_an_answer_and_nowhere_else(server):
    for path in ("", "sparql/explain", "doc/id/baidu", "versions"):
        link = Permalink(path, (("query", ZONES),), "0.2.0", release_hash("0.2.0"), "cd", "2026")
        assert server.client.get(f"/{link.address}").status_code == 400, path


def test_a_query_that_is_too_long_has_a_short_link_only(server, keeping_server):
    words = hashlib.shake_256(b"words").hexdigest(6000)
    query = f"ASK {{ }} # {words}"

    assert made(server, query=query, status=414)["status"] == 414
    assert server.client.post("/answers/of/sparql", data={"query": query}).status_code == 404
    short = keeping_server.client.post("/answers/of/sparql", data={"query": query})
    assert opened(keeping_server, ok(short, 201).json())["same"] is True


def test_the_page_of_an_answer_links_to_its_link(server):
    for path in ("/sparql", "/queries/zones-by-area"):
        page = server.page(path, query=ZONES) if path == "/sparql" else server.page(path)
        assert f'href="/answers/of{path}' in page


# Short links


def test_nothing_is_kept_unless_the_operator_says_where(server):
    refused = server.client.post("/answers/of/sparql", data={"query": ZONES})

    assert refused.status_code == 404
    assert "keeps no short links" in refused.json()["detail"]
    assert "keeps none" in server.client.get(f"/answers/{LINK.digest}").json()["detail"]


def test_a_short_link_keeps_the_question_for_all_processes(keeping_server):
    stored = keeping_server.client.post("/answers/of/sparql", data={"query": ZONES})
    address = stored.headers["location"]

    assert stored.status_code == 201
    assert stored.json()["address"] == f"{keeping_server.url}{address}"
    for _ in range(8):  # connections go to either process
        response = keeping_server.client.get(address, headers={"Connection": "close"})
        assert ok(response).json()["same"] is True
    file = keeping_server.folder / address.rpartition("/")[2]
    assert json.loads(file.read_bytes())["asked"] == [["query", ZONES]]
    assert stored.json()["hash"].removeprefix("sha256:") in file.read_text()


def test_what_is_kept_and_was_changed_is_an_error_and_what_is_old_is_gone(keeping_server):
    address = keeping_server.client.post(
        "/answers/of/queries/zones-by-area", params={"limit": "2"}
    ).headers["location"]
    file = keeping_server.folder / address.rpartition("/")[2]
    content = file.read_bytes()

    file.write_bytes(content.replace(b'"2"', b'"1"'))
    assert keeping_server.client.get(address).status_code == 400
    file.write_bytes(content)
    old = time.time() - 31 * 24 * 3600
    os.utime(file, (old, old))
    assert keeping_server.client.get(address).status_code == 404
    assert keeping_server.client.get("/answers/..%2f..%2fetc%2fpasswd").status_code == 404


@pytest.mark.processes
def test_the_folder_has_room_for_so_much_and_each_client_for_so_many(tmp_path):
    options = ("--answers", tmp_path, "--answers-size", "1")
    (tmp_path / "other").write_bytes(bytes(1024 * 1024 - 5 * 4096))
    with RunningServer(*options) as running:

        def post(number):
            return running.client.post("/answers/of/sparql", data={"query": f"ASK {{}} # {number}"})

        with ThreadPoolExecutor(4) as pool:
            statuses = [response.status_code for response in pool.map(post, range(80))]
        full = [status for status in statuses if status == 507]
        refused = [status for status in statuses if status == 429]

    assert 1 <= statuses.count(201) <= 9
    assert full
    assert refused
    assert len(list(tmp_path.iterdir())) == statuses.count(201) + 1


@pytest.mark.processes
def test_the_folder_is_made_where_it_can_be(tmp_path):
    with RunningServer("--answers", tmp_path / "new" / "links") as running:
        stored = ok(running.client.post("/answers/of/sparql", data={"query": ZONES}), 201).json()
        assert opened(running, stored)["same"] is True
        (tmp_path / "new").rename(tmp_path / "away")
        (tmp_path / "new").write_bytes(b"a file in its place")
        lost = running.client.get(stored["address"].removeprefix(running.url))
        refused = running.client.post("/answers/of/sparql", data={"query": ZONES})

    assert lost.status_code == 404
    assert refused.status_code == 507
    assert "cannot be kept" in refused.json()["detail"]


# Citations


def test_a_thing_and_the_dataset_are_cited_with_version_and_date(server):
    today = datetime.now(UTC).date().isoformat()
    thing = ok(server.client.get("/cite", params={"iri": "id:baidu"})).text
    earlier = ok(server.client.get("/versions/0.2.0/cite")).text
    item = ok(server.client.get("/cite", params={"format": "csl"})).json()[0]

    assert "“Baidu”" in thing
    assert f"https://w3id.org/gbagraph/id/baidu, accessed {today}." in thing
    assert "version 0.2.0 (2026-11-25)" in earlier
    assert "https://w3id.org/gbagraph/dataset/0.2.0" in earlier
    assert item["type"] == "dataset"
    assert item["issued"]["date-parts"][0][0] == 2026
    assert server.client.get("/cite", params={"iri": "id:no-such-thing"}).status_code == 404
    assert "BibTeX" in server.page("/doc/id/baidu")
    assert "container-title" in server.page("/answers/of/queries/zones-by-area")


def test_bibtex_escapes_what_means_something_to_latex():
    day = date(2026, 1, 2)
    cited = Citation("A & B_{c} 100%", "Pub #1", "1.0", day, "https://x.example/#a", day, "~^\\")

    assert "title = {{\\textasciitilde{}\\textasciicircum{}\\textbackslash{}, in: " in cited.bibtex
    assert "A \\& B\\_\\{c\\} 100\\%" in cited.bibtex
    assert cited.bibtex.count("{") == cited.bibtex.count("}")
    assert "url = {https://x.example/#a}" in cited.bibtex


@pytest.mark.processes
def test_the_command_makes_the_same_link_as_a_server(server):
    done = command("cite", ZONES, "--at", "0.2.0", "--base", server.url)
    address = done.stdout.rpartition(", accessed")[0].rpartition(" ")[2]

    assert done.exit_code == 0
    assert ok(server.client.get(address)).json()["same"] is True
    canned = command(
        "cite", "zones-by-area", "limit=2", "--base", server.url, "-f", "bibtex"
    ).stdout
    address = canned.partition("url = {")[2].partition("}")[0]
    assert ok(server.client.get(address)).json()["same"] is True
    assert "“Baidu”" in command("cite", "id:baidu").stdout
    assert command("cite", "id:no-such-thing").exit_code == 2
    assert command("cite", "SELECT (NOW() AS ?n) {}").exit_code == 2


@pytest.mark.processes
@pytest.mark.parametrize(
    "question",
    [
        ["SELECT * { ?s a <https://x.example/None> }"],
        ["zones-by-area", "limit=1", "offset=100"],
    ],
)
def test_the_command_links_to_an_answer_without_rows_as_a_server(server, question):
    address = command("cite", *question, "--base", server.url).stdout.partition(", accessed")[0]
    again = ok(server.client.get(address.rpartition(" ")[2])).json()
    query = {"query": question[0]} if len(question) == 1 else {"limit": "1", "offset": "100"}
    told = made(server, "of/queries/zones-by-area" if len(question) > 1 else "of/sparql", **query)

    assert again["same"] is True
    assert told["hash"] == again["hash"]


FACT = '<urn:a> <urn:b> "c" {} {{| <urn:by> <urn:p> |}} .'


@pytest.mark.processes
def test_data_of_others_are_cited_at_their_own_address_and_without_an_invented_day(
    tmp_path, monkeypatch
):
    """By the environment, too; if annotations have names, answers have links."""
    blank, named = (
        file_with(tmp_path / f"{name}.ttl", FACT.format(reifier))
        for name, reifier in (("blank", ""), ("named", "~ <urn:r>"))
    )
    question = ("cite", "SELECT ?s { ?s ?p ?o }", "--data")

    assert (
        "The data have blank nodes"
        in command(*question, blank, "--base", "http://a.example").stderr
    )
    assert "Say with --base at which address" in command(*question, named).stderr
    assert "Say with --base at which address" in command("cite", "--data", named).stderr
    monkeypatch.setenv("GBAGRAPH_BASE", "https://b.example/kg#")
    assert " https://b.example/kg/answers/" in command(*question, named).stdout
    monkeypatch.setenv("GBAGRAPH_PUBLIC_URL", "https://c.example/")
    monkeypatch.setenv("GBAGRAPH_CREATOR", "Ada;Bo")
    monkeypatch.setenv("GBAGRAPH_SOURCES", "https://s.example/1 https://s.example/2")
    assert " https://c.example/answers/" in command(*question, named).stdout
    assert command("cite", "--data", named).stdout.startswith("Ada; Bo. named.ttl, version sha256-")
    assert (
        " [data set]. https://b.example/kg#, accessed " in command("cite", "--data", named).stdout
    )
    assert " year = " not in command("cite", "--data", named, "-f", "bibtex").stdout
    assert '"issued"' not in command("cite", "--data", named, "-f", "csl").stdout
    monkeypatch.setenv("GBAGRAPH_ISSUED", "2026-03-04")
    assert command("cite", "--data", named).stdout.startswith("Ada; Bo (2026). named.ttl")
