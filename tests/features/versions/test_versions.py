"""Releases over HTTP: each answers with its own data and queries, by name, hash and time."""

import gzip
import json
import os
import random
import signal
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import msgspec
import pytest
import rdflib
from memento_client import MementoClient

import gbagraph
from gbagraph.dataset.identity import kept, release_hash, releases
from gbagraph.dataset.loader import load_release
from gbagraph.errors import DatasetError, UnknownResource
from gbagraph.features.versions.held import services
from gbagraph.queries.catalog import local_queries
from gbagraph.setting import AllowedService
from gbagraph.settings import MEGABYTE, Settings
from support import RunningServer, children, eventually, get, ok, problem, query_target
from support.holdings import resident

KNOWN = tuple(releases())
SAMPLE = ("is-in", "zones-by-area", "companies-to-zones", "timeline")
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
DATE = "%a, %d %b %Y %H:%M:%S GMT"

each_release = pytest.mark.parametrize("version", KNOWN)


@pytest.fixture(scope="module")
def one_server():
    """A server that holds one release at a time."""
    with RunningServer("--releases-held", "1") as running:
        yield running


@pytest.fixture(scope="module")
def counts():
    """The triples in the default graph of each release, which tell them apart."""
    graphs = {version: load_release(kept(version))[1].default_graph for version in KNOWN}
    assert len(set(graphs.values())) == len(KNOWN)
    return graphs


def count(server, version):
    response = server.client.get(f"/versions/{version}/sparql", params={"query": COUNT})
    return int(ok(response).json()["results"]["bindings"][0]["n"]["value"])


def answers(server, version, names):
    """What a server answers to canned queries of a release, and what the release answered."""
    queries = local_queries(str(kept(version).queries))
    chosen = [queries[name] for name in names or queries if name in queries]
    with zipfile.ZipFile(kept(version).queries) as archive:
        theirs = {each.name: archive.read(f"expected/{each.name}.srj") for each in chosen}
    mine = {
        each.name: ok(
            server.client.get(
                f"/versions/{version}/queries/{each.name}",
                params={"format": "srj", **each.examples},
            )
        ).content
        for each in chosen
    }
    return [
        {name: json.loads(body) | {"head": None} for name, body in some.items()}
        for some in (mine, theirs)
    ]


@each_release
def test_a_release_answers_its_canned_queries_as_it_did(server, version):
    mine, theirs = answers(server, version, SAMPLE)

    assert mine
    assert mine == theirs


@pytest.mark.matrix
@each_release
def test_a_release_answers_all_of_its_canned_queries_as_it_did(server, version):
    mine, theirs = answers(server, version, ())

    assert len(mine) > len(SAMPLE)
    assert mine == theirs


@each_release
def test_all_of_a_release_is_that_of_the_release(server, version, counts):
    base = f"/versions/{version}"
    dump = ok(server.client.get(f"{base}/dumps/gbagraph.nq"))
    thing = ok(server.client.get(f"{base}/id/baidu", follow_redirects=True))

    assert dump.headers["dataset-version"] == version
    assert dump.headers["dataset-hash"] == release_hash(version)
    assert str(thing.url).startswith(f"{server.url}{base}/")
    assert thing.headers["dataset-version"] == version
    asserted = gzip.decompress(kept(version).asserted.read_bytes()).decode()
    assert set(asserted.splitlines()) <= set(dump.text.splitlines())
    assert count(server, version) == counts[version]


def test_a_release_has_what_a_server_has_and_no_other_version_in_it(server):
    pages = ["", "/", "/sparql", "/ontology", "/queries", "/search?q=baidu", "/docs"]
    for path in pages:
        assert "/versions/0.2.0/" in server.page(f"/versions/0.2.0{path}"), path

    explained = server.client.post(
        "/versions/0.2.0/sparql/explain", data={"query": "SELECT * { ?s <x:none> ?o }"}
    )
    assert ok(explained).json()
    assert server.client.get("/versions/0.2.0/versions").status_code == 404
    assert server.client.get("/versions/0.2.0/versions/0.1.0/sparql").status_code == 404
    assert server.client.post("/versions/0.2.0/queries/is-in").status_code == 405


def test_what_is_served_now_is_a_version_too(server):
    now = ok(server.client.get("/sparql", params={"query": COUNT}))
    version = now.headers["dataset-version"]

    assert ok(server.client.get(f"/versions/{version}/sparql", params={"query": COUNT})).json() == (
        now.json()
    )


@each_release
def test_the_beginning_of_a_hash_names_a_release(server, version, counts):
    digits = release_hash(version).removeprefix("sha256:")

    assert count(server, digits[:8]) == count(server, f"sha256:{digits}") == counts[version]
    assert server.client.get(f"/versions/{digits[:7]}").status_code == 404


def test_an_unknown_release_is_an_error_that_lists_those_there_are(server):
    problem = server.client.get("/versions/9.9.9/sparql", params={"query": COUNT})

    assert problem.status_code == 404
    assert problem.json()["versions"][:3] == list(KNOWN)
    assert ", ".join(KNOWN) in problem.json()["detail"]


# The list, and the version of a time


def test_the_list_is_json_for_programs_and_a_page_for_people(server):
    listed = ok(server.client.get("/versions")).json()["versions"]
    page = server.page("/versions")

    assert [row["version"] for row in listed][:3] == list(KNOWN)
    assert [row["hash"] for row in listed][:3] == list(map(release_hash, KNOWN))
    for row in listed:
        assert f'href="/versions/{row["version"]}"' in page
        assert ok(server.client.get(row["endpoint"], params={"query": "ASK {}"})).json()["boolean"]


def test_the_list_is_a_collection_of_revisions_in_rdf(server):
    graph = server.turtle("/versions")
    prov = rdflib.Namespace("http://www.w3.org/ns/prov#")
    whole = rdflib.URIRef(f"{server.url}/versions")
    members = sorted(graph.objects(whole, prov.hadMember))

    assert (whole, rdflib.RDF.type, prov.Collection) in graph
    assert len(members) == len(KNOWN) + 1
    times = [graph.value(each, prov.generatedAtTime).toPython() for each in members]
    assert times == sorted(times)
    assert list(graph.subject_objects(prov.wasRevisionOf)) != []
    assert [graph.value(each, prov.wasRevisionOf) for each in members] == [None, *members[:-1]]
    for each in members:
        assert graph.value(each, prov.specializationOf) == rdflib.URIRef(
            "https://w3id.org/gbagraph/dataset"
        )


def gate(server, when):
    return server.client.get("/versions", headers={"Accept-Datetime": when})


def test_a_time_leads_to_the_version_of_that_time_to_the_second(server):
    listed = ok(server.client.get("/versions")).json()["versions"]
    times = [datetime.fromisoformat(row["generated"]) for row in listed]
    for number, made in enumerate(times):
        before = listed[max(0, number - 1)]["version"]
        for moment, version in (
            (made - timedelta(seconds=1), before),
            (made, listed[number]["version"]),
            (made + timedelta(seconds=1), listed[number]["version"]),
        ):
            found = gate(server, moment.strftime(DATE))
            assert found.status_code == 302
            assert found.headers["location"] == f"/versions/{version}"
            assert "accept-datetime" in found.headers["vary"].lower()
    assert (
        gate(server, "Fri, 01 Jan 2100 00:00:00 GMT")
        .headers["location"]
        .endswith(listed[-1]["version"])
    )


@pytest.mark.parametrize("wrong", ["yesterday", "2026-11-25", "Wed, 99 Nov 2026 12:00:00 GMT", "0"])
def test_a_time_that_is_none_is_an_error(server, wrong):
    problem = gate(server, wrong)

    assert problem.status_code == 400
    assert "Accept-Datetime" in problem.json()["detail"]


def test_a_client_of_memento_finds_its_way(server):
    client = MementoClient()  # it finds the time gate by the Link header of the start page
    for when, version in (
        ("2020-01-01", KNOWN[0]),
        ("2026-11-25T12:00", "0.2.0"),
        ("2026-11-26", "0.3.0"),
    ):
        found = client.get_memento_info(f"{server.url}/", datetime.fromisoformat(when))
        closest = found["mementos"]["closest"]
        assert closest["uri"] == [f"{server.url}/versions/{version}"]
        assert found["timegate_uri"] == f"{server.url}/versions"
    memento = ok(server.client.get(f"/versions/{KNOWN[0]}/queries"))
    assert f'<{server.url}/queries>; rel="original' in memento.headers["link"]
    assert memento.headers["memento-datetime"].endswith("GMT")


def test_a_map_of_time_is_in_the_format_of_links(server):
    headers = {"Accept": "application/link-format"}
    lines = ok(server.client.get("/versions", headers=headers)).text.split(",\n")

    assert lines[0] == f'<{server.url}/>; rel="original"'
    mementos = [line for line in lines if 'memento"' in line]
    assert len(mementos) == len(KNOWN) + 1
    assert 'rel="first memento"' in mementos[0]
    assert 'rel="last memento"' in mementos[-1]


# One query over two versions


def test_one_query_compares_two_versions(server, counts):
    text = f"""SELECT * {{
        {{ {COUNT} }}
        SERVICE <https://w3id.org/gbagraph/versions/0.1.0/sparql> {{ {COUNT.replace("?n", "?one")} }}
        SERVICE <{server.url}/versions/0.2.0/sparql> {{ {COUNT.replace("?n", "?two")} }}
    }}"""
    (row,) = server.rows(text)

    assert int(row["one"]) == counts["0.1.0"]
    assert int(row["two"]) == counts["0.2.0"]
    response = server.client.get("/versions/0.1.0/sparql", params={"query": text})
    (inner,) = ok(response).json()["results"]["bindings"]
    assert int(inner["n"]["value"]) == counts["0.1.0"]


def test_what_is_ours_is_not_what_a_request_says(server):
    query = "SELECT * { SERVICE <http://elsewhere.example/versions/0.1.0/sparql> { ?s ?p ?o } }"
    refused = server.client.get(
        "/sparql", params={"query": query}, headers={"Host": "elsewhere.example"}
    )

    assert refused.status_code == 403
    assert "nothing is called from here" in refused.json()["detail"]
    unknown = query.replace("http://elsewhere.example", server.url).replace("0.1.0", "9.9.9")
    listed = server.ask(unknown).json()["allowed"]
    assert [iri.split("/")[-2] for iri in listed] == list(KNOWN)  # each once, of its addresses


def test_an_explanation_names_each_version_once_and_only_where_one_is_meant(server):
    def told(iri):
        query = f"SELECT * {{ SERVICE <{iri}> {{ ?s a ?o }} }}"
        (found,) = ok(server.client.post("/sparql/explain", data={"query": query})).json()[
            "diagnostics"
        ]
        return found["message"]

    elsewhere, unknown = told("http://e.example/sparql"), told(f"{server.url}/versions/9/sparql")
    assert "gbagraph serve --allow-service IRI" in elsewhere
    assert "/versions/" not in elsewhere
    assert [unknown.count(f"release {version} <") for version in KNOWN] == [1] * len(KNOWN)


@pytest.mark.parametrize(
    ("given", "hosts"),
    [
        ({"host": "0.0.0.0"}, ["127.0.0.1:80", "localhost:80", "[::1]:80"]),
        ({"host": "::1"}, ["127.0.0.1:80", "localhost:80", "[::1]:80"]),
        ({"host": "192.0.2.1"}, ["192.0.2.1:80"]),
        ({"host": "192.0.2.1", "root_path": "/g"}, ["192.0.2.1:80/g"]),
    ],
)
def test_what_is_ours_is_what_the_settings_say(given, hosts):
    settings = Settings.from_values({"port": 80, "public_url": "https://a.example/g", **given})
    bases = ["https://a.example/g", "https://w3id.org/gbagraph", *(f"http://{h}" for h in hosts)]

    assert [each.iri for each in services(settings) if each.version == "0.2.0"] == [
        f"{base}/versions/0.2.0/sparql" for base in bases
    ]


def test_a_clause_that_fails_in_a_version_says_so(server):
    nested = f"SERVICE <{server.url}/versions/0.2.0/sparql> {{ ?s ?p ?o }}"
    refused = server.ask(
        f"SELECT * {{ SERVICE <{server.url}/versions/0.1.0/sparql> {{ {nested} }} }}"
    )

    assert refused.status_code == 403
    assert "0.2.0" in refused.json()["detail"]


# What is held, and for how long


def fork_servers(server):
    """The process ids of the fork servers beside that of the server."""
    return [each for each in children(server.fork_server()) if children(each)]


def test_no_more_are_held_than_may_be_and_each_answers_for_itself(one_server, counts):
    assert not fork_servers(one_server)
    for version in (*KNOWN, *KNOWN):
        assert count(one_server, version) == counts[version]
        assert eventually(lambda: len(fork_servers(one_server)) == 1)


@pytest.mark.processes
def test_a_release_in_use_is_not_given_up(counts):
    """A request for another release, where one is held, waits until the query in this one has ended."""
    few = "{{ SELECT * {{ ?a{0} ?b{0} ?c{0} }} LIMIT 200 }}".format
    slow = f"SELECT (COUNT(*) AS ?n) {{ {few(1)} {few(2)} {few(3)} }}"
    with RunningServer("--releases-held", "1") as server, ThreadPoolExecutor(1) as pool:
        assert count(server, "0.1.0") == counts["0.1.0"]
        running = pool.submit(server.client.get, "/versions/0.1.0/sparql", params={"query": slow})
        assert eventually(lambda: any(server.slots().values()))
        assert count(server, "0.2.0") == counts["0.2.0"]
        assert not any(server.slots().values()), "it runs on"
        (row,) = ok(running.result()).json()["results"]["bindings"]
    assert int(row["n"]["value"]) == 200**3


def test_the_time_limit_holds_for_a_release_and_for_what_calls_one(one_server):
    assert count(one_server, "0.1.0")  # it is opened
    given = {"query": SLOW, "timeout": "3"}
    inside = one_server.client.get("/versions/0.1.0/sparql", params=given)
    called = f"SELECT * {{ SERVICE <{one_server.url}/versions/0.1.0/sparql> {{ {SLOW} }} }}"

    problem(inside, 504, "query-timeout")
    problem(one_server.ask(called, timeout="3"), 504, "query-timeout")
    assert eventually(lambda: not any(one_server.slots().values()))


@pytest.mark.processes
def test_slow_queries_of_all_versions_share_their_slots():
    with (
        RunningServer("--query-timeout", "90", "--max-slow-queries", "2") as server,
        server.raw(get(f"/versions/0.1.0{query_target(SLOW)}")),
    ):
        assert eventually(lambda: server.slots()["slow"] == 1, 60)
        # One client holds at most three quarters of the slow slots: here one of two.
        for address in ("/sparql", "/versions/0.2.0/sparql"):
            waiting = {"query": f"{SLOW} # {address}", "timeout": "4"}
            problem(server.client.get(address, params=waiting), 503, "server-busy")
        assert server.slots()["slow"] == 1


@pytest.mark.processes
def test_a_request_to_a_release_counts_once_and_for_its_client():
    with RunningServer("--rate-limit", "1/min", "--rate-burst", "4") as server:
        left = server.ask("ASK {}").headers["ratelimit"]
        found = [
            server.client.get(f"/versions/{version}/sparql", params={"query": "ASK {}"})
            for version in KNOWN
        ]
        present = server.ask("ASK {} # again")

    assert left.startswith('"client";r=2;')
    assert [each.status_code for each in found] == [200, 200, 429]
    assert present.status_code == 429


def test_a_release_is_asked_in_each_way_of_the_protocol(server, counts):
    address = "/versions/0.2.0/sparql"
    types = {"Content-Type": "application/sparql-query"}
    found = [
        server.client.get(address, params={"query": COUNT}),
        server.client.post(address, data={"query": COUNT}),
        server.client.post(address, content=COUNT, headers=types),
        server.client.request("QUERY", address, content=COUNT, headers=types),
    ]
    description = ok(server.client.get(address, headers={"Accept": "text/turtle"}))
    told = rdflib.Graph().parse(data=description.text, format="turtle")

    rows = [ok(each).json()["results"]["bindings"] for each in found]
    assert [int(row["n"]["value"]) for (row,) in rows] == [counts["0.2.0"]] * 4
    assert set(map(str, told.objects(None, SD.endpoint))) == {f"{server.url}{address}"}
    assert description.headers["dataset-version"] == "0.2.0"


def test_a_release_whose_process_is_lost_answers_again(one_server, counts):
    assert count(one_server, "0.1.0") == counts["0.1.0"]
    (lost,) = fork_servers(one_server)
    os.kill(lost, signal.SIGKILL)

    def answers_again():
        response = one_server.client.get("/versions/0.1.0/sparql", params={"query": COUNT})
        return response.status_code == 200

    assert eventually(answers_again)
    assert count(one_server, "0.1.0") == counts["0.1.0"]
    os.kill(one_server.fork_server(), signal.SIGKILL)
    assert eventually(answers_again)
    assert count(one_server, "0.1.0") == counts["0.1.0"]


def mixed(server, counts, number):
    """Ask releases at random, by several clients; what was answered by the wrong one."""
    choices = random.Random(5)
    versions = [choices.choice(KNOWN) for _ in range(number)]

    def wrong(pair):
        place, version = pair
        # Half of them differ, so that they come from no cache.
        query = f"{COUNT} # {place}" if place % 2 else COUNT
        response = server.client.get(f"/versions/{version}/sparql", params={"query": query})
        found = int(ok(response).json()["results"]["bindings"][0]["n"]["value"])
        is_named = response.headers["dataset-version"] == version
        return None if found == counts[version] and is_named else (place, version, found)

    with ThreadPoolExecutor(4) as pool:
        return [each for each in pool.map(wrong, enumerate(versions)) if each]


def test_mixed_requests_are_answered_by_the_release_that_was_asked(server, counts):
    assert not mixed(server, counts, 300)


@pytest.mark.soak
@pytest.mark.processes
def test_ten_thousand_mixed_requests_leave_the_server_small(counts):
    with RunningServer() as running:
        before = resident(running.server_process)
        assert not mixed(running, counts, 10_000)
        assert resident(running.server_process) - before < 64 * MEGABYTE
    with RunningServer("--releases-held", "1") as running:
        assert not mixed(running, counts, 100)


# In Python and on the command line


def test_a_graph_has_its_releases(graph, counts):
    earlier = graph.at("0.2.0")
    digits = release_hash("0.2.0").removeprefix("sha256:")[:12]

    assert earlier.version == "0.2.0"
    assert earlier.hash == release_hash("0.2.0") == graph.at(digits).hash
    assert len(list(earlier.run("zones-by-area"))) == 3
    assert "status" not in earlier.run("quantities").variables
    assert "status" in graph.run("quantities").variables
    assert earlier.at("0.1.0").description.default_graph == counts["0.1.0"]
    with pytest.raises(DatasetError, match=r"no release 9.9.9. Releases: 0.1.0"):
        graph.at("9.9.9")


def test_a_graph_of_others_has_no_releases(small_file):
    with pytest.raises(DatasetError, match=r"No releases of small\.trig are kept"):
        gbagraph.open(small_file).at("0.2.0")


def test_a_server_has_its_releases_in_python(server, counts):
    with gbagraph.connect(server.url) as graph, graph.at("0.2.0") as earlier:
        (row,) = earlier.select(COUNT)
        assert int(row["n"].value) == counts["0.2.0"]
        assert earlier.version == "0.2.0"
        with graph.at("9.9.9") as none, pytest.raises(UnknownResource, match=r"There are: 0\.1\.0"):
            none.ask("ASK {}")


@pytest.mark.processes
def test_a_safe_graph_has_its_releases(counts):
    with gbagraph.open(safe=True) as graph, graph.at("0.1.0") as earlier:
        (row,) = earlier.select(COUNT)
        assert int(row["n"].value) == counts["0.1.0"]


@pytest.mark.parametrize("limit", [0.01, 5000])
def test_any_time_limit_of_queries_gives_releases_one_that_a_service_can_have(limit):
    for each in services(Settings(query_timeout=limit)):
        msgspec.convert(msgspec.to_builtins(each), AllowedService)
