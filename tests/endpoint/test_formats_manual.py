"""The manual of the formats is true: each format is there, with what it looks like."""

import re

import pytest

from gbagraph.rdf.result_formats import ALL
from support import ROOT

MANUAL = (ROOT / "docs" / "formats.md").read_text()
SELECT, CONSTRUCT = re.findall(r"```sparql\n(.*?)```", MANUAL, re.DOTALL)
SECTIONS = dict(re.findall(r"### `([\w-]+)`\n\n.*?```\w+\n(.*?)\n?```", MANUAL, re.DOTALL))
ASKED = dict(re.findall(r"^\| `([\w-]+)` \| `(.*)` \|$", MANUAL, re.MULTILINE))
LABELLED = re.search(r"## Labels.*?```json\n(.*?)```", MANUAL, re.DOTALL)[1]


def shown(response):
    """An answer as the manual prints it: without byte order mark and carriage returns."""
    assert response.status_code == 200, response.text
    return response.text.removeprefix("\ufeff").replace("\r\n", "\n").rstrip("\n")


def names(*kinds):
    return {offer.name for kind in kinds for offer in ALL[kind]}


def test_every_format_has_its_example():
    assert set(SECTIONS) == names("solutions", "graph")
    assert set(ASKED) == names("boolean")


@pytest.mark.parametrize("name", SECTIONS)
def test_an_example_is_what_the_server_answers(server, name):
    query = SELECT if name in names("solutions") else CONSTRUCT

    assert shown(server.ask(query, "*/*", format=name)) == SECTIONS[name]


@pytest.mark.parametrize("name", ASKED)
def test_the_answer_to_ask_is_what_the_server_answers(server, name):
    assert shown(server.ask("ASK {}", "*/*", format=name)) == ASKED[name]


def test_the_labels_are_what_the_server_answers(server):
    response = server.ask(SELECT, "*/*", format="records", labels="zh-hant,en")

    assert shown(response) == LABELLED.rstrip("\n")


@pytest.mark.parametrize("kind", ALL)
def test_every_media_type_that_can_be_asked_for_is_named(kind):
    aliases = {"application/json", "text/json", "application/xml", "text/xml", "text/plain"}
    found = {offer.media_type for offer in ALL[kind] if ";" not in offer.media_type} - aliases
    found -= {"application/turtle", "application/x-turtle", "text/boolean"}

    assert {name for name in found if f"`{name}`" not in MANUAL} == set()


def test_what_takes_labels_is_said():
    takes = [offer.name for offer in ALL["solutions"] if offer.takes_labels]
    said = re.search(r"^(`.*) take labels;", MANUAL, re.MULTILINE)[1]

    assert set(re.findall(r"`([\w-]+)`", said)) == set(takes)
