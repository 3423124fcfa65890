"""The passages of a text: plain, Markdown or HTML: headings h1, h2, …, paragraphs p1, p2, … of it.

Plain text has paragraphs alone: blank lines part them, and so does white space at the begin of a line;
where no line is blank, each line is one. Markdown and HTML also have headings. A row of a table is one
paragraph, and so is each item of a list. Of a page with a ``main`` or an ``article`` these are read
alone. Menus, headers, footers, asides, dialogs and what is hidden are left out, but for the header of an
article.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.errors import SettingError
from gbagraph.features.verify.selectors import normalized, sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_LARGEST: Final = 1024 * 1024
"""Bytes of the largest file that is read."""
MARKED_UP: Final = (".md", ".markdown", ".html", ".htm", ".xhtml")
"""The endings of files that are not plain text."""
_FRONT_MATTER: Final = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_LEFT_OUT: Final = re.compile(
    r"(aside|button|dialog|footer|header|nav|noscript|script|select|style|svg|template|title)\Z"
)
_AROUND: Final = re.compile(
    r"(alertdialog|banner|complementary|contentinfo|dialog|menu|menubar|navigation|search)\n"
    r"|.*\n.*(cookie|breadcrumb)|.*\n.*\n(.*\s)?breadcrumbs?(\s|\Z)",
    re.IGNORECASE,
)
"""The role of what stands around the text, or its label for those who cannot see it, or its class."""
_VOID: Final = re.compile(r"(area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)\Z")
_ENDED: Final = re.compile(r"li li|d[dt] d[dt]|tr t[dhr]|t[dh] t[dh]|option option|\S+ p")
"""A block and the element before it that it ends, which may go without an end of its own."""
_INLINE: Final = re.compile(
    r"(a|abbr|b|bdi|bdo|cite|code|data|del|dfn|em|font|i|img|ins|kbd|mark|q|rp|rt|ruby|s|samp|small"
    r"|span|strike|strong|sub|sup|time|tt|u|var|wbr)\Z"
)
_ROWS: Final = re.compile(r"(caption|table|tbody|tfoot|thead|tr)\Z")


def decoded(path: Path) -> str:
    """Return what a file of text holds.

    Raises:
        SettingError: it cannot be read, is too large or is no text.
    """
    try:
        return content(path, "Give the text of the document alone.").decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingError(f"{path} is no text in UTF-8. Save it as one.", file=str(path)) from None


def content(path: Path, otherwise: str) -> bytes:
    """Return what a small file holds; *otherwise* says what to do where it is not small.

    Raises:
        SettingError: it cannot be read, or is too large.
    """
    try:
        with path.open("rb") as file:
            read = file.read(_LARGEST + 1)
    except OSError as problem:
        raise SettingError(f"{path} cannot be read: {problem.strerror}.", file=str(path)) from None
    if len(read) > _LARGEST:
        raise SettingError(f"{path} has more than {_LARGEST} bytes. {otherwise}", file=str(path))
    return read


class Passage(NamedTuple):
    """A passage: its name, its normalized text, and the level of a heading; 0 for a paragraph."""

    name: str
    text: str
    level: int = 0

    def sentences(self) -> tuple[str, ...]:
        """Return its sentences, the first of which has the number 1."""
        return tuple(self.text[start:end] for start, end in self.bounds())

    def bounds(self) -> list[tuple[int, int]]:
        """Return where each sentence starts and ends, without the space behind it."""
        places = pairwise([*sentences(self.text), len(self.text)])
        return [(start, start + len(self.text[start:end].rstrip())) for start, end in places]


def passages_of(text: str, suffix: str = "") -> tuple[Passage, ...]:
    """Return the passages of a text in the form that files with this ending have."""
    text = re.sub(r"\r\n?", "\n", text)
    if suffix in (".md", ".markdown"):
        from markdown_it import MarkdownIt  # noqa: PLC0415  others do without

        text = MarkdownIt("commonmark").enable("table").render(_FRONT_MATTER.sub("", text))
    return tuple(_numbered(_Blocks.of(text) if suffix in MARKED_UP else _paragraphs(text)))


def _paragraphs(text: str) -> Iterator[tuple[str, int]]:
    has_blank = re.search(r"\n[^\S\n]*\n", text)
    return ((each, 0) for each in re.split(r"\n(?=\s)" if has_blank else r"\n", text))


def _numbered(blocks: Iterable[tuple[str, int]]) -> Iterator[Passage]:
    counts = {"h": 0, "p": 0}
    for block, level in blocks:
        if text := normalized(block):
            kind = "h" if level else "p"
            counts[kind] += 1
            yield Passage(f"{kind}{counts[kind]}", text, level)


class _Blocks(HTMLParser):
    """The texts of the blocks of a page, each with the level of its heading, or 0."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[tuple[str, int]] = []
        self._parts: list[str] = []
        self._level = 0
        self._is_row = False
        self._open: list[tuple[str, bool, bool]] = []
        self._inside: list[tuple[str, int]] = []

    @classmethod
    def of(cls, text: str) -> list[tuple[str, int]]:
        """Return them in their order."""
        parser = cls()
        parser.feed(text)
        parser.close()
        parser._end()
        return parser._inside if any(text.strip() for text, _ in parser._inside) else parser.blocks

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._edge(tag)
        while (
            self._open and not _INLINE.match(tag) and _ENDED.fullmatch(f"{tag} {self._open[-1][0]}")
        ):
            self._open.pop()
        _, is_left_out, is_inside = self._open[-1] if self._open else ("", False, False)
        given = {name: value or "" for name, value in attrs}
        is_left_out |= _is_around(tag, given) and not (is_inside and tag == "header")
        is_inside |= tag in ("article", "main") or given.get("role") in ("article", "main")
        if not _VOID.match(tag):
            self._open.append((tag, is_left_out, is_inside))
        self._level = int(tag[1]) if re.match(r"h[1-6]\Z", tag) else self._level
        self._is_row = self._is_row or tag == "tr"

    def handle_endtag(self, tag: str) -> None:
        self._edge(tag)
        names = [name for name, *_ in reversed(self._open[-200:])]
        del self._open[len(self._open) - (names.index(tag) + 1 if tag in names else 0) :]

    def handle_data(self, data: str) -> None:
        if not (self._open and self._open[-1][1]):
            self._parts.append(data)

    def _edge(self, tag: str) -> None:
        """End the block where *tag* is none within a line; in a row of a table, part words alone."""
        self._is_row = self._is_row and not _ROWS.match(tag)
        if tag == "br" or (self._is_row and not _INLINE.match(tag)):
            self._parts.append(" ")
        elif not _INLINE.match(tag):
            self._end()

    def _end(self) -> None:
        block = "".join(self._parts), self._level
        self.blocks.append(block)
        if self._open and self._open[-1][2]:
            self._inside.append(block)
        self._parts, self._level = [], 0


def _is_around(tag: str, given: Mapping[str, str]) -> bool:
    """Whether an element with these attributes is hidden, or stands around the text of a page."""
    return (
        bool(_LEFT_OUT.match(tag))
        or "hidden" in given
        or given.get("aria-hidden") == "true"
        or bool(_AROUND.match("\n".join(given.get(e, "") for e in ("role", "aria-label", "class"))))
        or "display:none" in given.get("style", "").replace(" ", "")
    )


def read(path: Path | None) -> str:
    """Return the text in a file, without the markup of Markdown or HTML; empty without a file.

    Raises:
        SettingError: it cannot be read, is too large or is no text.
    """
    if path is None:
        return ""
    text = decoded(path)
    suffix = path.suffix.lower()
    return "\n".join(e.text for e in passages_of(text, suffix)) if suffix in MARKED_UP else text
