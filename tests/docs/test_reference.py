"""The manual is whole: its tables are those of the software, its pages are listed, its links hold."""

import re

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
TRANSLATED = [page for page in PAGES if page.parent.name.startswith("zh-")]
"""They have the addresses of the English pages, and lead to these where there are no others."""
REPORTS = sorted((ROOT / "reports").glob("*.md"))
MADE = [page for page in (*PAGES, *REPORTS) if reference.parts_of(page.read_text())]


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

    assert [row.name for row in rows() if f"| `{row.name}` |" not in settings] == []
    assert [e.name for e in own if f"| `{e.name}` | {e.status} |" not in errors] == []
    assert [
        route.path
        for route in routes(None)
        if f"| `{route.path.replace(':path', '')}` |" not in http
    ] == []
    assert [form for form in FORMATS if form not in commands] == []
    documented = re.findall(r"^## `gbagraph (\w+)`$", commands, re.MULTILINE)
    assert sorted(documented) == sorted(typer.main.get_command(app).commands)


def test_every_page_is_in_the_table_of_contents_once():
    rows = re.findall(r"^- \[[^]]+\]\(([^)]+)\)", (DOCS / "README.md").read_text(), re.MULTILINE)
    english = [page for page in PAGES if page not in TRANSLATED]
    pages = {page.relative_to(DOCS).as_posix() for page in english} - {"README.md"}

    assert set(rows) == pages | {"../CHANGELOG.md"}
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize(("pages", "most"), [("*.md", 24_000), ("reference/*.md", 11_000)])
def test_the_manual_is_no_longer_than_a_reader_can_read(pages, most):
    """What has a letter or a digit is a word, in examples, too."""
    words = {
        name(page): len(re.findall(r"\S*\w\S*", page.read_text())) for page in DOCS.glob(pages)
    }

    assert sum(words.values()) <= most, words


OTHERS = [ROOT / f"{each}.md" for each in ("README", "CHANGELOG", "CONTRIBUTING", "SECURITY")]


@pytest.mark.parametrize("page", [*PAGES, *REPORTS, *OTHERS], ids=name)
def test_a_link_leads_to_a_file_and_its_section(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        there = (page.parent / path).resolve() if path else page
        if page in TRANSLATED and not there.is_file():
            there = (DOCS / path).resolve()
        assert there.is_file(), target
        if anchor:
            assert anchor in anchors(there), target


def anchors(page):
    return [heading.anchor for heading in manual.read(page.stem, page.read_text()).headings]


NAMING = [
    *(
        path
        for path in (ROOT / "src").rglob("*")
        if path.suffix in {".py", ".html", ".js", ".json"}
    ),
    *(path for path in (ROOT / "deploy").rglob("*.*") if path.is_file()),
    *(ROOT / "scripts").glob("*.py"),
    *(ROOT / ".github").rglob("*.yml"),
    *OTHERS,
]


def test_each_page_that_is_named_elsewhere_is_there():
    """In links, messages and comments: earlier addresses lead on, but nothing of ours uses them."""
    found = {
        (name(path), target, anchor)
        for path in NAMING
        for target, anchor in re.findall(
            r"\bdocs/([a-z][\w/-]*)(?:\.md)?(?:#([\w-]+))?", path.read_text("utf-8")
        )
    }

    def is_there(target):
        return (DOCS / target).is_dir() or any(DOCS.glob(f"{target}.*"))

    assert len(found) > 20
    assert [row for row in found if not is_there(row[1])] == []
    assert [row for row in found if row[2] and row[2] not in anchors(DOCS / f"{row[1]}.md")] == []


def test_an_earlier_page_has_a_successor():
    pages = manual.pages()

    assert manual.MOVED.keys() & pages.keys() == set()
    assert set(manual.MOVED.values()) <= pages.keys()


def test_no_page_of_the_manual_is_without_a_title():
    assert [path for path, page in manual.pages().items() if page.headings[0].level != 1] == []


def test_the_readme_is_two_screens():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 90
