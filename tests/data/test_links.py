"""Identifiers elsewhere: the links graph and the table of what was verified say the same.

identifiers.tsv has one row for each identifier that was verified: the thing, the scheme, the
identifier, in how many sources that can be named it was seen, and, where what it names is not quite
the thing, how it is near to it (seat: the town, not the territory; map: the drawn boundary; wider: a
larger notion; kind: a machine or technology, not its industry; disputed: sources disagree).
"""

import csv
import re
from itertools import starmap
from pathlib import Path
from typing import NamedTuple

import pytest
import rdflib
from rdflib.namespace import OWL, RDF, SKOS

from gbagraph.dataset.identity import BUILT_IN
from gbagraph.paths import resource
from gbagraph.rdf.namespaces import PREFIXES

EV, GBA = (rdflib.Namespace(PREFIXES[name]) for name in ("ev", "gba"))
ID = rdflib.Namespace(PREFIXES["id"])

IRIS = {
    "wikidata": ("http://www.wikidata.org/entity/{}", r"Q[1-9]\d*"),
    "geonames": ("https://sws.geonames.org/{}/", r"[1-9]\d{4,7}"),
    "dbpedia": ("http://dbpedia.org/resource/{}", r"[A-Z][A-Za-z_]+"),
    "ror": ("https://ror.org/{}", r"0[a-hj-km-np-tv-z0-9]{6}\d\d"),
    "isni": ("https://isni.org/isni/{}", r"\d{15}[\dX]"),
    "crossref-funder": ("https://doi.org/10.13039/{}", r"50110\d{7}"),
    "grid": ("https://www.grid.ac/institutes/{}", r"grid\.\d+\.[0-9a-f]"),
    "lcnaf": ("http://id.loc.gov/authorities/names/{}", r"n[a-z]?\d{8}"),
    "viaf": ("http://viaf.org/viaf/{}", r"[1-9]\d*"),
    "whos-on-first": ("https://spelunker.whosonfirst.org/id/{}/", r"\d{8}"),
    "osm-relation": ("https://www.openstreetmap.org/relation/{}", r"[1-9]\d*"),
}
CODES = {
    "gb": (GBA.gbCode, r"\d{6}(\d{3}(\d{3})?)?"),
    "iso-alpha-2": (GBA.iso3166Alpha2, r"[A-Z]{2}"),
    "iso-alpha-3": (GBA.iso3166Alpha3, r"[A-Z]{3}"),
    "iso-numeric": (GBA.iso3166Numeric, r"\d{3}"),
    "iso-3166-2": (GBA.iso3166Subdivision, r"[A-Z]{2}-[A-Z0-9]{1,3}"),
}
NEAR = {"seat", "map", "wider", "kind", "disputed"}


class Row(NamedTuple):
    """One verified identifier."""

    entity: str
    scheme: str
    id: str
    sources: str
    near: str

    @property
    def triple(self):
        """How it has to stand in the graph of links."""
        thing = ID[self.entity]
        if self.scheme in CODES:
            return thing, CODES[self.scheme][0], rdflib.Literal(self.id)
        return thing, self.property, rdflib.URIRef(IRIS[self.scheme][0].format(self.id))

    @property
    def property(self):
        """The same as something elsewhere only if two sources say so; GeoNames speaks for itself."""
        same = int(self.sources) >= 2 or self.scheme == "geonames"
        if same and not self.near:
            return OWL.sameAs
        return SKOS.closeMatch


with (Path(__file__).parent / "identifiers.tsv").open(newline="") as file:
    _, *lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
ROWS = list(starmap(Row, lines))


@pytest.fixture(scope="module")
def links():
    return rdflib.Graph().parse(resource(*BUILT_IN["links"]))


def test_the_links_are_those_of_the_table(links):
    properties = {
        OWL.sameAs,
        SKOS.closeMatch,
        *(code for code, _ in CODES.values()),
    }
    triples = [row.triple for row in ROWS]

    assert len(triples) == len(set(triples)) >= 120
    assert {triple for triple in links if triple[1] in properties} == set(triples)


def test_nothing_else_is_said_in_the_links_graph(links):
    """Beside links there are only claims about them and descriptions of sources."""
    described = {EV.Claim, GBA.SourceDocument}
    linked = {row.triple[:2] for row in ROWS}
    others = {
        (thing, predicate)
        for thing, predicate, _ in links
        if links.value(thing, RDF.type) not in described and (thing, predicate) not in linked
    }

    assert others == set()


def test_an_identifier_is_well_formed():
    for row in ROWS:
        assert re.fullmatch((CODES | IRIS)[row.scheme][1], row.id), row
        assert int(row.sources) >= 1, row
        assert row.near in NEAR | {""}, row


def test_a_link_names_its_source(links, graph):
    asked = graph.query(f"SELECT ?s {{ ?s a <{GBA.SourceDocument}> ; <{GBA.url}> ?address }}")
    documents = {row["s"].value for row in asked}
    for row in ROWS:
        subject, predicate, value = row.triple
        (claim,) = {
            claim
            for claim in links.subjects(RDF.object, value)
            if (claim, RDF.subject, subject) in links and (claim, RDF.predicate, predicate) in links
        }
        sources = set(map(str, links.objects(claim, EV.statedIn)))
        assert 1 <= len(sources) <= int(row.sources), row
        assert sources <= documents, row
        assert not row.near or (claim, EV.note, None) in links, row


def check_digit(number):
    """The last sign of a name identifier (ISO 27729), by ISO/IEC 7064 MOD 11-2."""
    total = 0
    for digit in number:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return "X" if check == 10 else str(check)


def test_a_name_identifier_has_its_check_digit():
    numbers = [row.id for row in ROWS if row.scheme == "isni"]

    assert numbers
    assert [number for number in numbers if number[-1] != check_digit(number[:-1])] == []


def test_an_identifier_belongs_to_one_thing():
    seen = [row.triple[2] for row in ROWS]

    assert len(seen) == len(set(seen))


def test_a_zone_has_no_identifier_of_a_place_around_it(graph):
    """Towns and districts that stand for a zone elsewhere are not the zone."""
    zones = graph.query(f"SELECT ?zone {{ ?zone a <{GBA.Zone}> }}")
    names = {row["zone"].value.removeprefix(str(ID)) for row in zones}

    found = {(row.entity, row.scheme, row.id) for row in ROWS if row.entity in names}
    assert found == {
        ("songshan-lake-park", "gb", "441900401"),
        ("suzhou-industrial-park", "gb", "320576"),
        ("tianjin-eco-city", "gb", "120116406"),
    }
