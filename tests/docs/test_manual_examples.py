"""What the manual shows is what happens: its examples are followed, page by page, as a reader would."""

import pytest

from support import ROOT
from support.examples import Reader, commands, examples, is_like

# Those in Chinese have the same examples, which test_translated.py holds.
ENGLISH = [page for page in (ROOT / "docs").rglob("*.md") if not page.parent.name.startswith("zh-")]
PAGES = (ROOT / "README.md", *sorted(ENGLISH))
BY_THEMSELVES = {
    "docs/another-article.md": "tests/features/claims/test_claims_manual.py",
    "docs/assistants.md": "tests/features/assistants/test_manual_of_assistants.py",
    "docs/formats.md": "tests/endpoint/test_formats_manual.py",
    "docs/testing.md": "tests/features/testing/test_manual.py",
}
"""Pages whose examples are compared, in more ways than a reader can, by a test of their own."""


def name(page):
    return page.relative_to(ROOT).as_posix()


FOLLOWED = [page for page in PAGES if examples(page) and name(page) not in BY_THEMSELVES]


@pytest.mark.processes
@pytest.mark.parametrize("page", FOLLOWED, ids=name)
def test_a_page_can_be_followed_to_the_letter(page, server, tmp_path):
    with Reader(tmp_path, server) as reader:
        for example in examples(page):
            reader.follow(example)


def test_there_is_something_to_follow():
    found = [example for page in FOLLOWED for example in examples(page)]

    assert len(FOLLOWED) >= 12
    assert sum(example.language == "console" for example in found) >= 40
    assert sum(example.language == "python" for example in found) >= 12
    assert sum(example.note == "not run" for example in found) <= 8


@pytest.mark.parametrize("page", BY_THEMSELVES)
def test_the_test_of_a_page_reads_it(page):
    assert f'"docs" / "{page.removeprefix("docs/")}"' in (ROOT / BY_THEMSELVES[page]).read_text()


def test_every_block_of_code_is_found():
    """A fence that the reader does not see would not be run."""
    for page in PAGES:
        fences = [line for line in page.read_text().splitlines() if line.lstrip().startswith("```")]
        assert len(fences) == 2 * len(examples(page)), name(page)


def test_a_console_block_is_split_into_commands_and_what_they_print():
    block = "$ one 'a\nb'\n1\n2\n$ two \\\n  x\n$ three\n3\n"

    assert list(commands(block)) == [
        ("one 'a\nb'\n", "1\n2\n"),
        ("two \\\n  x\n", ""),
        ("three\n", "3\n"),
    ]


@pytest.mark.parametrize(
    ("printed", "shown", "like"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\nb\n", "a\n", False),
        ("a\nb\nc\n", "a\n…\n", True),
        ("a\nb\nc\n", "…\nb\n", False),
        ("x=12 y\n", "x=… y\n", True),
        ("x=12\ny\n", "x=… y\n", False),
        ("no newline", "no newline\n", True),
    ],
)
def test_an_ellipsis_stands_for_what_is_left_out(printed, shown, like):
    assert is_like(printed, shown) == like
