"""The manual is whole: its tables are those of the software, its pages are listed, its links hold."""

import re
from collections import Counter

import pytest
import typer.main

import reference
from gbagraph.cli import app
from gbagraph.cli.answering import FORMATS
from gbagraph.errors import classes
from gbagraph.features.manual import routes as manual
from gbagraph.settings import rows
from gbagraph.web.app import routes
from support import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
MADE = [page for page in PAGES if reference.parts_of(page.read_text())]


def name(page):
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", MADE, ids=name)
def test_the_tables_of_a_page_are_those_of_the_software(page):
    text = page.read_text()

    assert text == reference.renewed(text), f"{name(page)} has drifted. Run `{reference.COMMAND}`."


def test_each_table_is_on_one_page():
    found = [part for page in MADE for part in reference.parts_of(page.read_text())]

    assert sorted(found) == sorted(reference.PARTS)


def test_a_table_that_has_drifted_is_renewed_and_nothing_else_is_changed():
    found = reference.renewed("before\n<!-- made: prefixes -->\nold\n<!-- /made -->\nafter\n")

    assert "old" not in found
    assert "| `gba` | `https://w3id.org/gbagraph/ontology#` |" in found
    assert found.startswith("before\n<!-- made: prefixes -->\n| Prefix")
    assert found.endswith("|\n<!-- /made -->\nafter\n")
    assert reference.renewed(found) == found


def part(page, title):
    return (DOCS / "reference" / f"{page}.md").read_text().partition(title)[2]


def test_the_tables_name_what_there_is():
    settings, errors = part("settings", "# Settings"), part("errors", "# Errors")
    http, commands = part("http", "# HTTP"), part("commands", "# Commands")
    own = [error for error in classes().values() if error.__module__ == "gbagraph.errors"]

    assert [row.name for row in rows() if f"| `{row.variable}` |" not in settings] == []
    assert [e.name for e in own if f"| `{e.name}` | {e.status} |" not in errors] == []
    assert [
        route.path
        for route in routes(None)
        if f"| `{route.path.replace(':path', '')}` |" not in http
    ] == []
    assert [form for form in FORMATS if form not in commands] == []
    documented = re.findall(r"^## `gbagraph (\w+)`$", commands, re.MULTILINE)
    assert sorted(documented) == sorted(typer.main.get_command(app).commands)


def test_every_page_is_in_the_index_once():
    listed = Counter(re.findall(r"\]\(([^)#]+)\)", (DOCS / "README.md").read_text()))
    pages = {page.relative_to(DOCS).as_posix() for page in PAGES} - {"README.md"}

    assert set(listed) == pages | {"../CHANGELOG.md"}
    assert set(listed.values()) == {1}


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=name)
def test_a_link_leads_to_a_file_and_its_section(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        there = (page.parent / path).resolve() if path else page
        assert there.is_file(), target
        if anchor:
            headings = manual.pages()[there.relative_to(DOCS).with_suffix("").as_posix()].headings
            assert anchor in [heading.anchor for heading in headings], target


def test_no_page_of_the_manual_is_without_a_title():
    assert [path for path, page in manual.pages().items() if page.headings[0].level != 1] == []


def test_the_readme_is_two_screens():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 90
