"""A sound project passes its checks; each of these defects, planted in it, stops them at its line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import pytest
from typer.testing import CliRunner

from gbagraph.cli import project as cli_project
from gbagraph.errors import GbaGraphError
from gbagraph.features.claims import checking, commands
from gbagraph.features.claims.building import build
from gbagraph.features.claims.project import load
from gbagraph.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

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

新馆占地超过三万平方米，由青澜城建集团承建。
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
  label "Lowbank"@en | p3 "Lowbank"
highbank: Place
  label "Highbank"@en | p3 "Highbank"
  altLabel "High Bank"@en | <https://example.org/register>
register: SourceDocument | <https://example.org/register>
"""
