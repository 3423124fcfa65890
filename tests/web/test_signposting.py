"""Links of FAIR Signposting: of pages about a dataset, of its files and descriptions, and back."""

from dataclasses import replace

import pytest

from gbagraph.publication import OWN, Publication
from gbagraph.rdf.namespaces import BASE, DATASET
from gbagraph.web import markup
from support.installed import needs, output

TEAM, LICENCE = f"{BASE}id/gbagraph-team", "https://creativecommons.org/licenses/by/4.0/"


@pytest.fixture(scope="module")
def ours(graph):
    return graph.description


@pytest.fixture(scope="module")
def others(ours):
    return replace(ours, built_in=False, graphs={})


def targets(links, relation):
    return [link.target for link in links if link.relation == relation]


def test_a_page_about_the_dataset_says_all_that_the_profile_asks_for(ours):
    links = markup.of_dataset(OWN, ours, "")

    assert targets(links, "cite-as") == [DATASET]
    assert targets(links, "author") == [TEAM]
    assert targets(links, "license") == [LICENCE]
    assert targets(links, "type") == ["https://schema.org/Dataset", "https://schema.org/AboutPage"]
    assert "/graph/meta.jsonld" in targets(links, "describedby")
    assert {"/dumps/gbagraph.trig", "/dumps/gbagraph.nq"} <= set(targets(links, "item"))
    assert all(link.media_type for link in links if link.relation in ("item", "describedby"))


def test_what_it_names_is_there(server, ours):
    for link in markup.of_dataset(OWN, ours, ""):
        if link.relation in ("item", "describedby"):
            response = server.client.head(link.target)
            assert response.status_code == 200, link
            assert response.headers["Content-Type"].partition(";")[0] == link.media_type, link


def test_files_lead_back_to_the_start_page_and_say_their_rights(ours):
    links = markup.of_file(OWN, ours, "/kg")

    assert targets(links, "collection") == ["/kg/"]
    assert targets(links, "license") == [LICENCE]
    assert targets(links, "author") == [TEAM]


def test_the_metadata_say_that_they_describe(ours):
    links = markup.of_file(OWN, ours, "", f"{BASE}graph/meta")

    assert targets(links, "describes") == ["/"]
    assert not targets(links, "collection")


def test_of_others_only_what_they_say_is_said(others):
    silent = markup.of_dataset(Publication(), others, "")

    assert {link.relation for link in silent} == {"type", "describedby", "item"}
    assert targets(silent, "describedby") == ["/sparql"]
    told = markup.of_dataset(
        Publication(
            license="https://example.org/licence",
            publisher="https://example.org/#us",
            base="https://example.org/",
        ),
        others,
        "",
    )
    assert targets(told, "cite-as") == ["https://example.org/"]
    assert targets(told, "author") == ["https://example.org/#us"]
    assert targets(told, "license") == ["https://example.org/licence"]


def test_what_is_no_iri_is_no_link(others):
    words = Publication(license="CC BY 4.0", publisher="The team")

    assert {link.relation for link in markup.of_file(words, others, "")} == {"collection"}


def test_a_release_is_not_cited_as_the_dataset_of_today(others):
    assert not targets(markup.of_dataset(OWN, replace(others, release="0.1.0"), ""), "cite-as")


def test_a_value_is_a_header_field():
    links = [markup.Link("/a", "item", "text/turtle"), markup.Link("x:y", "author")]

    assert markup.value(links) == '</a>; rel="item"; type="text/turtle", <x:y>; rel="author"'
    assert markup.value([]) == ""


def test_a_program_that_reads_signposts_finds_them(server):
    needs("signposting")
    printed = output("signposting", "--http", f"{server.url}/")

    files = (f"{server.url}/graph/meta.ttl", f"{server.url}/dumps/gbagraph.nq")
    for expected in (DATASET, TEAM, LICENCE, *files):
        assert f"<{expected}>" in printed, printed
