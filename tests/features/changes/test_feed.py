"""The changes of each release: words that fit the data, patches that lead from one to the next."""

import gzip
import json
import re
from xml.etree import ElementTree as ET

import pytest
import rdflib
from rdflib.namespace import DCAT, DCTERMS, PROV, RDF

import changes
from gbagraph.dataset import identity
from gbagraph.errors import DatasetError
from gbagraph.features.changes import feed, routes
from gbagraph.features.releases import diff
from gbagraph.rdf.namespaces import DATASET, compact
from gbagraph.web import templating
from support import ok

KNOWN = identity.releases()
PAIRS = list(zip(["", *KNOWN], KNOWN, strict=False))
ENTRIES = {entry.version: entry for entry in feed.entries()}
LANGUAGES = ("en", "zh-Hans")
ATOM = "{http://www.w3.org/2005/Atom}"
LDES, TREE = rdflib.Namespace("https://w3id.org/ldes#"), rdflib.Namespace("https://w3id.org/tree#")
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")


def lines_of(version):
    return gzip.decompress(KNOWN[version].read_bytes()).decode().split("\n")[:-1]


def test_every_release_and_the_version_in_the_making_are_told(graph):
    assert list(ENTRIES) == list(dict.fromkeys([*KNOWN, graph.version]))
    for entry in ENTRIES.values():
        assert {tag.lower() for tag in LANGUAGES} <= entry.notes.keys()


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_counts_and_names_are_those_of_the_data(before, after):
    words = ENTRIES[after].words

    assert {name: words[name] for name in ("added", "gone", "renamed")} == changes.of_data(
        before, after
    )


@pytest.mark.processes
@pytest.mark.matrix
@pytest.mark.parametrize(("before", "after"), PAIRS[:-1])
def test_every_query_that_answered_otherwise_is_told(before, after):
    """Of the newest release this is known where its answers are compared anyway."""
    assert ENTRIES[after].words["queries"] == feed.QUERIES | changes.of_answers(before, after)


@pytest.mark.parametrize("version", list(ENTRIES)[1:])
def test_what_was_corrected_has_changed_and_has_its_reason(version):
    before = list(ENTRIES)[list(ENTRIES).index(version) - 1]
    difference = diff.compare(before, version if version in KNOWN else diff.CURRENT)
    changed = {
        compact(side.quads[line].subject.value)
        for side, lines in (
            (difference.before, difference.removed),
            (difference.after, difference.added),
        )
        for line in lines
    }

    for row in ENTRIES[version].words["corrected"]:
        assert row["about"]
        assert changed.issuperset(row["about"])
        assert all(row[language] and row["why"][language] for language in LANGUAGES)


def test_patches_lead_from_release_to_release():
    """By a few lines that share nothing with what the mirror does."""
    state, previous = set(), None
    for version in KNOWN:
        patch = ENTRIES[version].patch
        for row in patch.text.decode().split("\n"):
            if row[:2] == "D ":
                state.remove(row[2:])
            elif row[:2] == "A ":
                assert row[2:] not in state
                state.add(row[2:])
        head = patch.text.decode().split("TX .")[0]

        assert state == set(lines_of(version))
        assert f"H id <{patch.id}> .\n" in head
        assert f'H hash "{patch.hash}" .\n' in head
        assert (f"H prev <{previous}> .\n" in head) == (previous is not None)
        previous = patch.id


def test_blank_nodes_are_refused(tmp_path, monkeypatch):
    text = gzip.compress(b"_:x <a:p> <a:a> .\n")
    path = tmp_path / "9.9.9.nq.gz"
    path.write_bytes(text)
    monkeypatch.setattr(feed, "releases", lambda: {"9.9.9": path})

    with pytest.raises(DatasetError, match=r"9\.9\.9\.nq\.gz has blank nodes"):
        feed.entries.__wrapped__()


def get(server, path, accept="*/*", **headers):
    return ok(server.client.get(path, headers={"Accept": accept, **headers}))


def test_a_patch_is_kept_for_good(server):
    response = get(server, "/changes/0.2.0")

    assert response.content == ENTRIES["0.2.0"].patch.text
    assert response.headers["content-type"] == "application/rdf-patch"
    assert "immutable" in response.headers["cache-control"]
    missing = server.client.get("/changes/0.9.0")
    assert missing.status_code == 404
    assert "0.1.0, 0.2.0, 0.3.0" in missing.json()["detail"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_atom_feed_has_what_it_must(server, language):
    """RFC 4287, sections 4.1.1 and 4.1.2."""
    response = get(server, "/changes.atom", **{"Accept-Language": language})
    root = ET.fromstring(response.content)
    entries = root.findall(f"{ATOM}entry")

    assert response.headers["content-type"].startswith("application/atom+xml")
    assert root.find(f"{ATOM}author/{ATOM}name").text
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links["self"] == f"{server.url}/changes.atom"
    for element in (root, *entries):
        for name in ("id", "title", "updated"):
            (found,) = element.findall(f"{ATOM}{name}")
            assert found.text
    assert [entry.find(f"{ATOM}id").text for entry in entries] == [
        f"{DATASET}/{version}" for version in reversed(KNOWN)
    ]
    assert root.find(f"{ATOM}updated").text == entries[0].find(f"{ATOM}updated").text
    assert (
        entries[0].find(f"{ATOM}content").text.startswith(ENTRIES["0.3.0"].notes[language.lower()])
    )
    for entry in entries:
        hrefs = {link.get("rel"): link.get("href") for link in entry.findall(f"{ATOM}link")}
        get(server, hrefs["related"].removeprefix(server.url))


@pytest.mark.parametrize("media_type", ["text/turtle", "application/ld+json"])
def test_the_event_stream_has_each_release_as_a_member(server, media_type):
    stream = rdflib.Graph().parse(data=get(server, "/changes", media_type).text, format=media_type)
    node = rdflib.URIRef(feed.STREAM)
    paths = {name: stream.value(node, LDES[f"{name}Path"]) for name in ("timestamp", "versionOf")}
    members = sorted(
        stream.objects(node, TREE.member), key=lambda each: stream.value(each, paths["timestamp"])
    )

    assert (node, RDF.type, LDES.EventStream) in stream
    assert stream.value(node, TREE.view) == rdflib.URIRef(f"{server.url}/changes")
    assert [str(member).rpartition("/")[2] for member in members] == list(KNOWN)
    for member in members:
        patch = ENTRIES[str(member).rpartition("/")[2]].patch
        # What a client takes of a member is its concise bounded description.
        described = stream.cbd(member)
        assert described.value(member, paths["timestamp"]).datatype == rdflib.XSD.dateTime
        assert described.value(member, paths["versionOf"]) == rdflib.URIRef(DATASET)
        (checksum,) = described.objects(None, SPDX.checksumValue)
        assert str(checksum) == patch.hash.removeprefix("sha256:")
        (address,) = described.objects(None, DCAT.downloadURL)
        assert get(server, str(address).removeprefix(server.url)).content == patch.text
    assert paths["timestamp"] == PROV.generatedAtTime
    assert paths["versionOf"] == DCTERMS.isVersionOf


def test_an_event_stream_is_the_same_each_time(server):
    first, second = (get(server, "/changes", "text/turtle").headers["etag"] for _ in range(2))

    assert first == second


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_tells_what_was_corrected_and_why(server, language):
    page = server.page("/changes", language)

    for row in ENTRIES["0.3.0"].words["corrected"]:
        assert row[language].replace("'", "&#39;") in page
        assert row["why"][language].replace("'", "&#39;") in page
    assert ENTRIES["0.3.0"].patch.hash in page
    assert 'href="/changes"' in server.page("/doc/dataset", language)


def test_a_query_that_is_not_there_is_named_without_a_link():
    changed, *_ = ENTRIES["0.3.0"].words["queries"]["changed"]
    served = {"title": "", "release": "", "version": ""}
    request = {"root": "", "base": "", "here": "", "here_query": "", "dataset": served}
    told = {"entries": feed.entries(), "named": routes._named, "queries": {changed}}

    page = templating.render("changes.html", "en", **request, **told)

    assert set(re.findall(r'href="/queries/([^"]+)"', page)) == {changed}


def test_data_of_others_have_no_changes_of_ours(small_server):
    response = small_server.client.get("/changes")

    assert response.status_code == 404
    assert "built-in dataset" in response.json()["detail"]
    sitemap = small_server.client.get("/sitemap.xml").text
    assert f"{small_server.url}/changes<" not in sitemap


def test_json_has_what_was_not_released_apart(server, graph):
    content = json.loads(get(server, "/changes", "application/json").text)

    assert [row["version"] for row in content["releases"]] == list(KNOWN)
    assert content["unreleased"]["version"] == graph.version
    assert "patch" not in content["unreleased"]
