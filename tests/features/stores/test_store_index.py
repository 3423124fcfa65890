"""A server of a large store: it serves at once, and its names come when their index is made."""

import fcntl
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
            assert "is being made" in server.page("/search", q="Item")
    (version(loaded) / "names.part").unlink()


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
        assert search(server).json()["index"] == "off"
        assert "etag" in search(server).headers
        assert "are not counted" in description(server)
        assert "it is turned off" in server.page("/search", q="Item")
