"""Words and addresses of the source: shown where the operator gives them and they verify, never else."""

import html
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import pyoxigraph as ox
import pytest
from typer.testing import CliRunner

import gbagraph
from features.verify.test_verify import PAGE, evidence
from gbagraph import publication
from gbagraph.cli import app
from gbagraph.features.verify import selectors, words
from gbagraph.paths import resource
from gbagraph.rdf.namespaces import expand
from gbagraph.web import templating
from support import LoggedServer, RunningServer, file_with, ok

ADDRESS = "https://example.net/ford"
FACTS = """
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX gba: <https://w3id.org/gbagraph/ontology#>
:bridge rdfs:label "The bridge" ; :has :arches ; :opened 1931 .
:opened rdf:subject :bridge ; rdf:predicate :opened ; rdf:object 1931 .
:arches rdf:subject :bridge ; rdf:predicate :has ; rdf:object :arches .
:owner rdf:subject :bridge ; rdf:predicate :ownedBefore ; rdf:object "a private person" .
:bridge :ownedBefore "a private person" .
:ford rdfs:label "On the ford" ; gba:position 1 .
:ferry rdfs:label "On the ferry" .
:article a gba:SourceDocument ; rdfs:label "The article" .
"""
PROOF = {
    "s": "<http://example.org/bridge>",
    "p": "<http://example.org/opened>",
    "o": "1931",
    "datatype": "http://www.w3.org/2001/XMLSchema#integer",
}
ROWS = "SELECT ?year { <http://example.org/bridge> <http://example.org/opened> ?year }"
WORDS = "bridge opened in 1931"
LINK = f"{ADDRESS}#:~:text=bridge%20opened%20in%201931"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Data whose claims name words of our text, one by a hash that is not theirs; and the text."""
    folder = tmp_path_factory.mktemp("source")
    forged = {"sha256": f'"{selectors.sha256("four arches (all of stone)")}"'}
    data = file_with(folder / "data.ttl", evidence("arches", forged, more=FACTS))
    return SimpleNamespace(data=data, text=file_with(folder / "text.txt", PAGE), folder=folder)


OPTIONS = ("--base", "http://example.org/", "--source-address", ADDRESS)


@pytest.fixture(scope="module")
def text_server(files):
    given = ("--data", files.data, "--source-text", files.text)
    with LoggedServer(files.folder / "log.txt", *given, *OPTIONS) as running:
        yield running


@pytest.fixture(scope="module")
def address_server(files):
    with RunningServer("--data", files.data, *OPTIONS) as running:
        yield running


def shown(page):
    """What a reader sees of a page, and where its links lead."""
    links = [html.unescape(each) for each in re.findall(r'href="([^"]*)"', page)]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", page)).split()), links


PAGES = {
    "a thing": "/doc/bridge",
    "a passage": "/doc/ford",
    "a proof": "/why?" + "&".join(f"{n}={v}" for n, v in PROOF.items()).replace("#", "%23"),
    "an answer": f"/sparql?evidence=true&query={ROWS}",
}


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_a_page_shows_the_words_that_verify(text_server, path):
    text, links = shown(text_server.page(path))

    assert f"sentence 1 {WORDS}" in text
    assert LINK in links
    assert "four arches" not in text


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_without_the_text_a_link_leads_to_the_page_alone(address_server, path):
    text, links = shown(address_server.page(path))

    assert "sentence 1" in text
    assert WORDS not in text
    assert ADDRESS in links
    assert not any(":~:" in link for link in links)


def test_programs_get_the_words(text_server):
    ford = "http://example.org/ford"
    (row,) = text_server.ask(ROWS, evidence="true").json()["results"]["evidence"]
    (brief,) = text_server.ask(ROWS, evidence="brief").json()["results"]["evidence"]
    proof = ok(text_server.client.get("/why", params=PROOF)).json()["proof"]
    remote = gbagraph.connect(text_server.url)

    assert row["triples"][0]["words"] == {ford: [WORDS]}
    assert list(brief["facts"][0]["words"].values()) == [[WORDS]]
    assert (proof["sentences"], proof["words"]) == ({ford: [1]}, {ford: [WORDS]})
    assert remote.why(PROOF["s"], PROOF["p"], 1931).words == ((ford, WORDS),)
    for evidence_of in (True, "brief"):
        (found,) = remote.select(ROWS, evidence=evidence_of)
        assert found.evidence.words == ((ford, WORDS),)
        assert found.evidence.sentences == ((ford, 1),)


def test_programs_get_no_words_without_the_text(address_server):
    for answer in (
        address_server.ask(ROWS, evidence="true"),
        address_server.ask(ROWS, evidence="brief"),
        address_server.client.get("/why", params=PROOF),
    ):
        assert '"words"' not in ok(answer).text
        assert WORDS not in answer.text


def test_an_answer_with_words_has_another_entity_tag(text_server, address_server):
    one, other = (each.ask(ROWS, evidence="true") for each in (text_server, address_server))

    assert one.headers["etag"] != other.headers["etag"]


def test_the_log_counts_what_does_not_verify(text_server):
    (line,) = [each for each in text_server.said.splitlines() if "selectors" in each]

    assert "the words of 6 selectors" in line
    assert "those of 1 do not" in line


@pytest.mark.processes
def test_a_text_that_cannot_be_read_stops_the_start(tmp_path):
    result = CliRunner().invoke(
        app, ["serve", "--port", "0", "--source-text", str(tmp_path / "no")]
    )

    assert result.exit_code == 2
    assert result.stderr.strip().endswith("cannot be read: No such file or directory.")


@pytest.mark.parametrize(
    ("given", "fragment"),
    [
        (["two words"], "#:~:text=two%20words"),
        (["a-b, c & d%"], "#:~:text=a%2Db%2C%20c%20%26%20d%25"),
        (["one", "two"], "#:~:text=one&text=two"),
        (["Moor's son sold it"], "#:~:text=son%20sold%20it"),
        (['it is "the widest" of all'], "#:~:text=it%20is,of%20all"),
        (["Zoë's"], ""),
        (["Zoë"], "#:~:text=Zo%C3%AB"),
        ([], ""),
    ],
)
def test_a_text_fragment_is_written_as_it_must_be(monkeypatch, given, fragment):
    site = SimpleNamespace(source_address=ADDRESS)
    monkeypatch.setattr(publication, "current", lambda: site)

    assert templating._in_source(given) == ADDRESS + fragment


def test_without_a_text_the_words_are_not_looked_for(monkeypatch, graph):
    monkeypatch.setattr(words, "resolve", None)

    assert words.words_of(graph.store) == {}


# --- The built-in dataset, whose text is not printed ----------------------------------------------

OWN = {
    "the article": "/doc/id/article",
    "the dataset": "/doc/dataset",
    "a thing": "/doc/id/baidu",
    "a passage": "/doc/article/knowledge-city-3",
    "another": "/doc/article/blockchain-2",
    "a proof": "/why?s=id:baidu&p=gba:develops&o=id:apollo-rd-centre",
    "an answer": "/queries/facts-of-paragraph?evidence=true",
}
LEAST = 40
"""Characters of words that are surely the article's."""


class _Text(HTMLParser):
    """The texts of a page, each by itself."""

    def __init__(self):
        super().__init__()
        self.texts = []

    def handle_data(self, data):
        self.texts.append(data)


SELECTORS = """
PREFIX ev: <https://w3id.org/gbagraph/evidence#>
PREFIX oa: <http://www.w3.org/ns/oa#>
SELECT ?start ?end ?hash
WHERE { GRAPH ?graph { ?selector ev:sha256 ?hash ; oa:start ?start ; oa:end ?end } }
"""


NAMES = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX gba: <https://w3id.org/gbagraph/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?name
WHERE { VALUES ?kind { gba:Section gba:SourceDocument } ?node a ?kind ; rdfs:label|dcterms:title ?name }
"""
"""The title and the section names, which are data."""


@pytest.fixture
def of_article(graph, monkeypatch):
    """What finds the longer words of the article in texts, by their lengths and hashes."""
    monkeypatch.setattr(selectors, "MOST", 100_000_000)
    rows = [[term.value for term in row] for row in graph.select(SELECTORS)]
    every = {(int(end) - int(start), digest) for start, end, digest in rows}
    keys = {key for key in every if key[0] >= LEAST}
    for label in graph.select(NAMES):
        keys -= selectors.places(selectors.normalized(label[0].value), keys).keys()
    assert len(keys) > 100
    return lambda texts: [
        text for text in set(texts) if selectors.places(selectors.normalized(text), keys)
    ]


@pytest.mark.parametrize("path", OWN.values(), ids=OWN)
def test_no_page_has_words_of_the_article(server, of_article, path):
    reader = _Text()
    reader.feed(page := server.page(path))

    assert of_article(reader.texts) == []
    assert 'class="words"' not in page


@pytest.mark.parametrize("name", ["a thing", "a passage", "a proof", "an answer"])
def test_without_text_and_address_there_is_the_number_of_the_sentence(server, name):
    text, links = shown(server.page(OWN[name]))

    assert re.search(r"sentences? \d", text)
    assert not any(":~:" in link for link in links)
    assert re.search(r"第[\d、,]+句", server.page(OWN[name], "zh-Hans"))


@pytest.mark.parametrize(
    "path",
    [
        OWN["a proof"],
        "/queries/facts-of-paragraph?evidence=true",
        "/queries/facts-of-paragraph?evidence=brief",
        "/doc/article/knowledge-city-3?format=ttl",
        "/graph/selectors?format=nt",
    ],
)
def test_no_answer_has_words_of_the_article(server, of_article, path):
    headers = {"Accept": "application/sparql-results+json, application/json"}
    text = ok(server.client.get(path, headers=headers, follow_redirects=True)).text

    assert of_article(re.split(r'["<>]', text)) == []
    assert '"words"' not in text


def test_words_would_be_found():
    sold = selectors.select(selectors.normalized(PAGE), "Ada Moor's son sold it in 1931")

    assert selectors.places(selectors.normalized(f"Menu {PAGE}"), {sold.key})


@pytest.mark.parametrize("path", ["/doc/id/article", "/doc/dataset"])
def test_pages_say_plainly_why_the_text_is_not_there(server, path):
    text, links = shown(server.page(path))

    assert text.count("We do not print the text: its licence does not allow that.") == 1
    assert "Publisher not known; from 2021, as we infer." in text
    assert edition() in text
    assert "/docs/evidence#check-it-yourself" in links
    assert "发布者不详" in server.page(path, "zh-Hans")


def edition():
    """The hash of the hashes, computed as the manual says."""
    told = [quad.triple for quad in ox.parse(path=str(resource("data", "selectors.ttl")))]
    passages = {each.subject for each in told if each.predicate.value == expand("ev:length")}
    hashes = {
        each.subject.value: each.object.value
        for each in told
        if each.subject in passages and each.predicate.value == expand("ev:sha256")
    }
    return selectors.sha256("".join(hashes[iri] for iri in sorted(hashes)))


def test_the_manual_has_the_hash_of_the_edition():
    assert edition() in resource("docs", "evidence.md").read_text("utf-8")
