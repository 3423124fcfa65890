"""A small project with claims that are sound: its files, and the project as a check reads it."""

from __future__ import annotations

import contextlib
from pathlib import Path

from gbagraph.cli.project import read
from gbagraph.features.claims.building import build
from gbagraph.features.claims.project import Project, load
from gbagraph.settings import Settings

TOML = """\
base = "https://example.org/"
language = "en"
data = "data"
claims = "claims"
claims_text = "article.txt"
identifiers = "identifiers.tsv"
proposals = "proposals.jsonl"
[prefixes]
t = "https://example.org/terms/"
"""
TEXT = """\
Orvik, 4 May 1905. The harbour tram opened last week, 30% below its cost.

Esk Tramways will build a line of more than four square kilometres to the docks.

The line serves places such as Lowbank and Highbank. Esk Tramways employs 1,200 people in Orvik.
Lowbank has a market.

新馆占地超过三万平方米。工程由青澜城建集团承建。
"""
ONTOLOGY = """\
@prefix t: <https://example.org/terms/> .
@prefix gba: <https://w3id.org/gbagraph/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
t:serves a owl:ObjectProperty ; rdfs:label "serves"@en .
t:length a owl:ObjectProperty ; rdfs:range gba:Quantity ; rdfs:label "length"@en .
t:employees a owl:DatatypeProperty ; rdfs:range xsd:integer ; rdfs:label "employees"@en .
t:saving a owl:DatatypeProperty ; rdfs:label "saving"@en .
t:chairs a owl:ObjectProperty ; rdfs:domain gba:Person ; rdfs:label "chairs"@en .
"""
CLAIMS = """\
article: SourceDocument | p1 "Orvik, 4 May 1905"
  published 1905-05-04 | p1 "4 May 1905"
opening: Opening
  opens tram | p1 "The harbour tram opened"
  start 1905-04 | inferred p1 resolves "last week"
tram: Project
  label "Harbour tram"@en, "港口电车"@zh | p1 "harbour tram"
  t:saving 30 | p1 "30%"
line: Project
  label "Line to the docks"@en | worded p2
  status Planned | p2 "will build"
  area over 4 km2 | p2 "more than four square kilometres"
  t:serves lowbank, highbank open | p3 "such as Lowbank and Highbank"
museum: Place
  label "新馆"@zh | p4 "新馆"
  area over 30000 m2 | p4 "占地超过三万平方米"
  builtBy esk | p4 "由青澜城建集团承建"
esk: Company
  label "Esk Tramways"@en | p3 "Esk Tramways"
  builds line | p2 "Esk Tramways will build"
  t:employees 1200 | p3 "1,200 people"
  directlyIn orvik | p3 "in Orvik"
orvik: City
  label "Orvik"@en | p1 "Orvik"
  directlyIn region | inferred p1 "Orvik" | It is the only town named.
region: Region
  label "Esk valley"@en | worded p1
lowbank: Place
  label "Lowbank"@en | p3 "Lowbank has"
highbank: Place
  label "Highbank"@en | p3 "Highbank"
  altLabel "High Bank"@en | <https://example.org/register>
  sameAs <https://example.net/7> | <https://example.net/list>
register: SourceDocument | <https://example.org/register>
"""

TABLE = "name\tiri\tsource\nHighbank\thttps://example.net/7\thttps://example.net/list\n"
FILES = {
    "gbagraph.toml": TOML,
    "article.txt": TEXT,
    "data/ontology.ttl": ONTOLOGY,
    "claims/all.claims": CLAIMS,
    "identifiers.tsv": TABLE,
}


def settings() -> Settings:
    """Return what gbagraph.toml says here."""
    return Settings.from_values(read(Path("gbagraph.toml")))


def project() -> Project:
    """Return the project of this folder."""
    return load(settings())


def write(folder: Path) -> None:
    """Write the sound project into *folder*, and build it."""
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    with contextlib.chdir(folder):
        build(project())
