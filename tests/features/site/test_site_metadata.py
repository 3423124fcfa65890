"""What a harvester finds on a site, from a file server that sends no header of its own: docs/fair.md."""

import hashlib
import re
import shutil
from collections import defaultdict
from functools import cached_property
from html.parser import HTMLParser
from urllib.parse import urljoin
from urllib.request import urlopen

import pytest
import rdflib
from rdflib import DCAT, DCTERMS, RDF, SDO, VOID
from rocrate.rocrate import ROCrate

from gbagraph.rdf.namespaces import PREFIXES, SERVICE
from gbagraph.sparql.functions import MADE
from support import ROOT, published_site
from support.published_site import BASE, LICENCE, SOURCE
from support.static_host import StaticHost

pytestmark = pytest.mark.processes

READ = {"text/turtle": "turtle", "application/n-triples": "nt", "application/rdf+xml": "xml"}
READ |= {
    "application/ld+json": "json-ld",
    "application/n-quads": "nquads",
    "application/trig": "trig",
}
READ |= {"text/n3": "n3"}
SD = rdflib.Namespace(PREFIXES["sd"])
CORE = (SDO.name, SDO.description, SDO.creator, SDO.publisher, SDO.datePublished, SDO.keywords)


class Page(HTMLParser):
    """A page as a harvester reads it: the links of its head by relation, and its JSON-LD."""

    def __init__(self, url):
        super().__init__()
        self.url, self.links, self.data, self._is_data = url, defaultdict(list), [], False
        self.feed(urlopen(url).read().decode())

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        self._is_data = tag == "script" and said.get("type") == "application/ld+json"
        if tag == "link":
            said["href"] = urljoin(self.url, said["href"])
            for relation in said["rel"].split():
                self.links[relation].append(said)

    def handle_data(self, data):
        if self._is_data:
            self.data.append(data)

    @cached_property
    def markup(self):
        graph = rdflib.Graph()
        for text in self.data:
            graph.parse(data=text, format="json-ld", publicID=self.url)
        return graph

    @cached_property
    def dataset(self):
        return self.markup.value(predicate=RDF.type, object=SDO.Dataset)

    def said(self, *path):
        """What the markup says of the dataset, by a path of properties."""
        found = [self.dataset]
        for each in path:
            found = [value for node in found for value in self.markup.objects(node, each)]
        return found

    @property
    def described(self):
        """The RDF to which the page leads as its description."""
        graph = rdflib.Dataset(default_union=True)
        for link in self.links["describedby"]:
            if "profile" in link:
                continue  # of the RO-Crate, which has a context on the web
            graph.parse(link["href"], format=READ[link["type"]])
        return graph


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return published_site.once(tmp_path_factory)


@pytest.fixture(scope="module")
def page(folder):
    """The start page of the site."""
    with StaticHost(folder) as host:
        yield Page(f"{host.url}/")


@pytest.fixture(scope="module")
def files(page):
    """The files with the data, by the markup: address, format, bytes, hash, and what comes."""
    rows = [
        [
            page.markup.value(node, each)
            for each in (SDO.contentUrl, SDO.encodingFormat, SDO.contentSize, SDO.sha256)
        ]
        for node in page.said(SDO.distribution)
    ]
    return [(*map(str, row), urlopen(str(row[0])).read()) for row in rows]


def test_the_dataset_has_one_identifier(page):
    (link,) = page.links["cite-as"]

    assert link["href"] == BASE
    assert str(page.dataset) == BASE


def test_the_landing_page_has_core_metadata(page):
    assert [each for each in CORE if not page.said(each)] == []
    assert page.links["author"] or page.said(SDO.creator, SDO.name)


def test_the_metadata_lead_to_the_data(page, files):
    items = {link["href"] for link in page.links["item"]}

    assert items == {address for address, *_ in files} != set()


def test_search_engines_find_metadata(page):
    assert page.dataset is not None
    assert len(page.data) == 1


def test_access_is_open_and_said_to_be(page, files):
    assert [free.toPython() for free in page.said(SDO.isAccessibleForFree)] == [True]
    assert all(content for *_, content in files)


def test_the_metadata_come_over_http(page):
    assert all(urlopen(link["href"]).status == 200 for link in page.links["describedby"])
    assert page.links["describedby"]


def test_the_data_come_over_http(files):
    assert len(files) >= 7


def test_the_metadata_are_rdf(page):
    assert len(page.markup) > len(CORE)
    assert len(page.described)


def test_the_service_is_not_said_to_have_what_only_a_server_has(page):
    said = set(map(str, page.described.objects(None, SD.extensionFunction)))

    assert said
    assert said.isdisjoint(MADE)
    limits = {str(name).partition("service#")[2] for name in page.described.predicates()}
    assert limits - {""} == {"queryTimeout", "queryMemory", "resultSize", "maxAge"}
    (timeout,) = page.described.objects(None, rdflib.URIRef(f"{SERVICE}queryTimeout"))
    assert str(timeout) == "PT10S"


def test_the_metadata_use_known_vocabularies(page):
    terms = {str(term) for graph in (page.markup, page.described) for term in graph.predicates()}

    for space in (SDO, DCAT, DCTERMS, VOID):
        assert any(term.startswith(str(space)) for term in terms), space


def test_the_metadata_name_sources(page):
    assert [str(each) for each in page.said(SDO.isBasedOn)] == [SOURCE]


def test_files_are_as_the_metadata_say(page, files):
    for address, kind, size, sha256, content in files:
        assert (len(content), hashlib.sha256(content).hexdigest()) == (int(size), sha256), address
        assert {"href": address, "rel": "item", "type": kind} in page.links["item"]


def test_the_licence_is_one_of_spdx(page):
    assert [str(each) for each in page.said(SDO.license)] == [LICENCE]
    assert [link["href"] for link in page.links["license"]] == [LICENCE]


def test_the_metadata_tell_of_provenance(page):
    assert page.said(SDO.datePublished)
    assert page.said(SDO.creator)
    assert page.said(SDO.isBasedOn)
    assert page.said(SDO.version)


def wrong(folder):
    """The parts of the RO-Crate in *folder* that are not as it says."""
    parts = ROCrate(folder).root_dataset["hasPart"]
    contents = [(part, (folder / part.id).read_bytes()) for part in parts]
    return [
        part.id
        for part, content in contents
        if (str(len(content)), hashlib.sha256(content).hexdigest())
        != (part["contentSize"], part["sha256"])
    ]


def test_the_site_is_an_ro_crate(folder, page):
    root, described = ROCrate(folder).root_dataset, page.links["describedby"]

    assert {
        "name",
        "description",
        "datePublished",
        "license",
        "hasPart",
    } <= root.properties().keys()
    assert wrong(folder) == []
    assert urljoin(page.url, "ro-crate-metadata.json") in [link["href"] for link in described]


def test_a_file_that_changed_is_not_as_it_says(folder, tmp_path):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "dumps" / "dataset.nt"
    path.write_bytes(path.read_bytes().swapcase())

    assert wrong(tmp_path) == ["dumps/dataset.nt"]


def test_the_data_are_in_open_formats(files):
    for address, kind, *_, content in files:
        graph = rdflib.Dataset(default_union=True).parse(data=content, format=READ[kind])
        assert (rdflib.URIRef(f"{BASE}one"), None, None) in graph, address


def test_each_metric_of_the_manual_has_a_test_that_is_here():
    text = (ROOT / "docs" / "fair.md").read_text()
    rows = re.findall(r"^\| (FsF-\S+) \|.*\| (.*) \|$", text, re.MULTILINE)
    named = [re.findall(r"`(test_\w+)`", said) for _, said in rows]

    assert len({metric for metric, _ in rows}) == len(rows) == 16
    assert all(
        tests or said.startswith("Not ") for (_, said), tests in zip(rows, named, strict=True)
    )
    assert {test for tests in named for test in tests} <= globals().keys()
