"""A server of a large store: it serves at once, and its names come when their index is made."""

import fcntl
import json
import sys

import pytest

from gbagraph.features.stores.loading import load
from support import RunningServer, eventually, ok

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform != "linux", reason="needs seccomp"),
]

E = "http://many.example/"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
THINGS = 51_000
MADE = 60
"""Seconds in which the index is there, also on a busy machine."""
VOID = "http://rdfs.org/ns/void#"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A store of more triples than are read at a start or counted, as it comes from a load."""
    here = tmp_path_factory.mktemp("many")
    with (here / "many.nt").open("w") as file:
        for n in range(THINGS):
            file.write(f"<{E}item{n}> <{TYPE}> <{E}Item> .\n")
            file.write(f'<{E}item{n}> <{LABEL}> "Item number {n}"@en .\n')
            file.write(f"<{E}item{n}> <{E}next> <{E}item{n + 1}> .\n")
            file.write(f"<{E}item{n}> <{E}in> <{E}box{n % 7}> .\n")
    load(here / "store", [here / "many.nt"])
    return here / "store"


def version(loaded):
    """The folder of the only version of the store."""
    return loaded / "versions" / "1"


def search(server, text="Item number 50999"):
    return ok(server.client.get("/search", params={"q": text, "format": "json"}))


def description(server):
    return server.client.get("/sparql", headers={"accept": "application/n-triples"}).text


def test_while_it_is_made_answers_say_so_and_nobody_keeps_them(loaded):
    with (version(loaded) / "names.part").open("w") as other:
        fcntl.flock(
            other, fcntl.LOCK_EX
        )  # another process is making it, and does not come to an end
        with RunningServer("--store", loaded) as server:
            answer = search(server)
            assert answer.json()["index"] == "building"
            assert "etag" not in answer.headers
            assert "are being counted" in description(server)
            exact_names_alone_are_found(server)
    (version(loaded) / "names.part").unlink()


def exact_names_alone_are_found(server):
    """Also those that are in no part which could be read; and no other stands for one, in any tool."""
    for text in ("Item number 1", "item number 1", f"{E}item1", "item1"):
        found = search(server, text).json()
        assert [row["iri"] for row in found["results"]] == [f"{E}item1"], text
        assert found["results"][0]["label"] == "Item number 1"
    assert [row["kind"] for row in search(server, "Item").json()["results"]] == ["class"]
    unknown = search(server, "Item number 99999").json()
    assert (unknown["results"], unknown["suggestions"]) == ([], [])
    queries = {text: {"query": text} for text in ("Item number 1", "Item number 99", f"{E}item1")}
    queries["none"] = {"query": "Item number 99999"}
    asked = server.client.post("/reconcile", data={"queries": json.dumps(queries)}).json()
    rows = {text: [(row["id"], row["match"]) for row in asked[text]["result"]] for text in queries}
    assert rows == {
        "Item number 1": [(f"{E}item1", False)],
        "Item number 99": [(f"{E}item99", False)],
        f"{E}item1": [(f"{E}item1", True)],
        "none": [],
    }
    for language, said in (
        ("en", "is being made"),
        ("zh-Hans", "正在建立"),
        ("zh-Hant", "正在建立"),
    ):
        headers = {"accept": "text/html", "accept-language": language}
        page = server.client.get("/search", params={"q": "Item number 99999"}, headers=headers)
        assert said in page.text


def test_when_it_is_there_the_running_server_takes_it_up(loaded):
    with RunningServer("--store", loaded) as server:
        assert eventually(lambda: "index" not in search(server).json(), MADE)
        answer = search(server)
        assert answer.json()["results"][0]["iri"] == f"{E}item50999"
        assert "etag" in answer.headers
        assert "is being made" not in server.page("/search", q="Item")
        text = description(server)
        assert f'<{VOID}entities> "{THINGS}"' in text
        assert f'<{VOID}classes> "1"' in text
        names = {row["name"] for row in server.client.get("/search/index.json").json()["terms"]}
        assert any(name.endswith("Item") for name in names)
    assert sorted(path.name for path in version(loaded).iterdir()) == [
        "database",
        "manifest.json",
        "names.sqlite",
    ]


def test_it_can_be_turned_off(loaded):
    with RunningServer("--store", loaded, "--index", "off") as server:
        found = search(server, "Item number 99999").json()
        assert (found["index"], found["results"]) == ("off", [])
        assert "Item number" in found["suggestions"][0]["label"]
        assert "etag" in search(server).headers
        assert "are not counted" in description(server)
        assert "it is turned off" in server.page("/search", q="Item")
