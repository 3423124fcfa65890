"""The manual: the files of docs/ as pages, in HTML or as Markdown, and a search over their sections."""

from __future__ import annotations

import asyncio
import posixpath
import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from gbagraph.errors import UnknownResource
from gbagraph.paths import resource
from gbagraph.rdf.formats import HTML, Format
from gbagraph.sparql.message import TRANSLATED
from gbagraph.web import templating
from gbagraph.web.context import Context, choose, content, formatted, language_of, redirect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from markdown_it.token import Token

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response


INDEX: Final = "README"
"""The page that lists the others; its address is that of the manual."""
SCHEME: Final = "manual:"
"""What links between pages begin with until it is known where the server is."""
EXAMPLE: Final = "http://127.0.0.1:8000"
"""The server of the examples, in place of which a page has the one that it is on."""
OWN: Final = frozenset({"publish", "evidence-of-your-own", "first-test", "operate", "static"})
"""Pages whose readers start a server, which the examples ask."""
MOVED: Final = {
    **dict.fromkeys(("editor", "model", "pages"), "query"),
    "query-files": "canned-queries",
    **dict.fromkeys(("test", "testing-elsewhere"), "first-test"),
    "federation": "federate",
    **dict.fromkeys(("engines-behind", "scaling"), "large"),
    **dict.fromkeys(("coverage", "sentences"), "data"),
    **dict.fromkeys(("benchmarks", "conformance", "engines", "reliability"), "guarantees"),
    **dict.fromkeys(("architecture", "designs"), "extend"),
}
"""Pages of earlier releases, each with the page that has what a reader needs of it."""

_COMMENT: Final = re.compile(r"^<!--.*?-->\n?", re.MULTILINE | re.DOTALL)
"""Comments are for the scripts and tests that read the files."""
_DEEPEST: Final = 3  # headings up to this level are in the table of contents
_DRAWN: Final = re.compile("[\u2500-\u257f]+")  # lines of trees and boxes
_TABLE: Final = 'aria-label="Table"'
_AROUND: Final = 90
"""Characters that an excerpt shows on each side of what was found."""


class Heading(NamedTuple):
    """A heading: its level from 1, its text, and the anchor by which its section is linked."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its path without a suffix, its Markdown, and what is made of that.

    Links in ``html`` to other pages begin with :data:`SCHEME`, where :meth:`under` puts the path of
    the server.
    """

    path: str
    markdown: str
    html: str
    headings: tuple[Heading, ...]
    language: str = "en"

    @property
    def title(self) -> str:
        """The text of the first heading."""
        return self.headings[0].text

    def on(self, root: str, base: str) -> str:
        """Return the page in HTML on the server at *base*, which is published below the path *root*."""
        # Quotes in a text are escaped, so only attributes can begin like this.
        html = self.html.replace(f'="{SCHEME}', f'="{root}')
        return html if self.path in OWN else html.replace(EXAMPLE, escape(base))

    @property
    def contents(self) -> tuple[Heading, ...]:
        """The headings of the table of contents."""
        return tuple(row for row in self.headings if 1 < row.level <= _DEEPEST)


class Section(NamedTuple):
    """The text below a heading, up to the next one; *prose* is it without blocks of code."""

    page: Page
    heading: Heading
    text: str
    prose: str

    @property
    def title(self) -> str:
        """The titles of the page and of the section."""
        names = dict.fromkeys((self.page.title, self.heading.text))
        return templating.words(self.page.language).get(": ", ": ").join(names)

    @property
    def address(self) -> str:
        """The address of the section below that of the server."""
        return f"{address(self.page.path)}#{self.heading.anchor}"


class Found(NamedTuple):
    """A section in which all words were found, and an excerpt around the first of them."""

    section: Section
    excerpt: str


@cache
def pages() -> dict[str, Page]:
    """Return all pages by path, such as ``reference/settings``, in the order of the contents."""
    texts = _texts(resource("docs"))
    for language in TRANSLATED:
        texts = {n: text for n, text in texts.items() if not n.startswith(f"{language.lower()}/")}
    # The changelog stands beside the folder, and is a page as the others.
    texts["changelog"] = resource("CHANGELOG.md").read_text("utf-8").replace("](docs/", "](")
    listed = re.findall(r"^- \[[^]]+\]\(([\w/-]+)\.md\)", texts[INDEX], re.MULTILINE)
    names = dict.fromkeys((INDEX, *listed, *sorted(texts)))
    return {name: read(name, texts[name]) for name in names if name in texts}


def in_language(language: str) -> list[Page]:
    """Return all pages in the order of the contents, each in *language* if it is in that."""
    return [translated(language).get(page.path, page) for page in pages().values()]


def around(page: Page, language: str) -> tuple[Page | None, Page | None]:
    """Return the pages before and after a page, each in *language* if it is in that."""
    row = (None, *in_language(language), None)
    at = [each.path if each else None for each in row].index(page.path)
    return row[at - 1], row[at + 1]


@cache
def translated(language: str) -> dict[str, Page]:
    """Return the pages that are in another *language*, by the path of the English page."""
    folder = language.lower()
    texts = _texts(resource("docs") / folder) if language in TRANSLATED else {}
    return {name: _translated(name, text, language) for name, text in texts.items()}


def _translated(name: str, markdown: str, language: str) -> Page:
    """Return a page in a folder of its *language*; it has the address of the English one."""
    folder = language.lower()
    page = read(f"{folder}/{name}", markdown)
    html = page.html.replace(f'="{SCHEME}/docs/{folder}/', f'="{SCHEME}/docs/')
    html = html.replace(_TABLE, f'aria-label="{templating.words(language)["Table"]}"')
    return replace(page, path=name, html=html, language=language)


def _texts(folder: Path) -> dict[str, str]:
    """Return the Markdown of all pages below *folder* by their paths."""
    files = sorted(folder.rglob("*.md"))
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path.read_text("utf-8").replace(
            "](../CHANGELOG.md)", "](changelog.md)"
        )
        for path in files
    }


PICTURES: Final = {".svg": "image/svg+xml", ".webp": "image/webp"}
"""The media types of pictures by the endings of their files."""


@cache
def pictures() -> dict[str, bytes]:
    """Return the pictures of the pages (SVG, WebP), by path."""
    folder = resource("docs")
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*.*")
        if path.suffix in PICTURES
    }


def address(path: str) -> str:
    """Return the address of a page below that of the server."""
    return "/docs" if path == INDEX else f"/docs/{path}"


def addresses() -> list[str]:
    """Return the addresses of all pages."""
    return [address(path) for path in pages()]


_LONGEST: Final = 500  # characters of a text that are looked for: each word is, in all sections


def search(text: str, language: str = "en") -> list[Found]:
    """Return the sections that have all words of *text*, the best first: those in *language*, if any."""
    words = list(dict.fromkeys(text[:_LONGEST].casefold().split()))
    if not words:
        return []
    found = [s for s in sections(language) if all(word in _searched(s) for word in words)]
    found = [each for each in found if each.page.language == language] or found
    ranked = sorted(found, key=lambda section: _rank(section, words), reverse=True)
    return [Found(section, _excerpt(section.prose, words)) for section in ranked]


@cache
def _searched(section: Section) -> str:
    return f"{section.page.title} {section.heading.text} {section.text}".casefold()


def _rank(section: Section, words: Sequence[str]) -> tuple[int, int, int]:
    heading, title = section.heading.text.casefold(), section.page.title.casefold()
    return (
        sum(word in heading for word in words),
        sum(word in title for word in words),
        sum(section.text.casefold().count(word) for word in words),
    )


def _excerpt(text: str, words: Sequence[str]) -> str:
    places = [place for word in words if (place := text.casefold().find(word)) >= 0]
    middle = min(places, default=0)
    start, end = max(0, middle - _AROUND), middle + _AROUND
    part = f"… {text[start:end].partition(' ')[2]}" if start else text[:end]
    return part if end >= len(text) else f"{part.rpartition(' ')[0]} …"


@cache
def sections(language: str) -> tuple[Section, ...]:
    """Return the sections of all pages, each in *language* if its page is in that."""
    return tuple(section for page in in_language(language) for section in _sections_of(page))


def _sections_of(page: Page) -> Iterator[Section]:
    """Yield the sections of a page; headings in blocks of code are none, so it is parsed once more."""
    headings = iter(page.headings)
    heading, texts, prose = page.headings[0], list[str](), list[str]()
    is_heading = False
    for token in _parsed(page.markdown):
        is_heading = token.type == "heading_open" or (is_heading and token.type == "inline")
        if token.type == "heading_open":
            if texts:
                yield Section(page, heading, " ".join(texts), " ".join(prose))
            heading, texts, prose = next(headings), [], []
        elif not is_heading and token.content:
            texts.append(" ".join(_plain(token).split()))
            prose += texts[-1:] if token.type == "inline" else ()
    yield Section(page, heading, " ".join(texts), " ".join(prose))


def _plain(token: Token) -> str:
    """Return the text of a token, without marks and the targets of links."""
    if token.children is None:
        return _DRAWN.sub(" ", token.content)
    return "".join(" " if child.type == "softbreak" else child.content for child in token.children)


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _parsed(markdown: str) -> list[Token]:
    return _parser().parse(_COMMENT.sub("", markdown))


def read(path: str, markdown: str) -> Page:
    """Return the page that is written in Markdown, at its path."""
    parser = _parser()
    tokens = _parsed(markdown)
    headings = tuple(_headings(tokens))
    for token in tokens:
        _align(token)
        for child in token.children or ():
            _relink(child, path)
    environment: dict[str, Any] = {}
    html: str = parser.renderer.render(tokens, parser.options, environment)
    return Page(path, markdown, _scrollable(html), headings)


def _scrollable(html: str) -> str:
    """The page with code and tables that can be scrolled, also by keys, where they are too wide."""
    frame = f'<div class="scroll" tabindex="0" role="group" {_TABLE}><table>'
    framed = html.replace("<pre>", '<pre tabindex="0">').replace("<table>", frame)
    return framed.replace("</table>", "</table></div>")


def _headings(tokens: list[Token]) -> Iterator[Heading]:
    """Yield the headings of a page, each given an anchor, as GitHub gives it."""
    taken: dict[str, int] = {}
    for token, inside in pairwise(tokens):
        if token.type == "heading_open":
            text = _plain(inside)
            name = re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-")
            count = taken[name] = taken.get(name, -1) + 1
            anchor = f"{name}-{count}" if count else name
            token.attrSet("id", anchor)
            yield Heading(int(token.tag[1:]), text, anchor)


def _align(token: Token) -> None:
    """Let the cell of a table have a class for its alignment: pages may have no style attributes."""
    if token.type == "th_open":
        token.attrSet("scope", "col")
    style = token.attrs.pop("style", None)
    if style is not None:
        token.attrSet("class", str(style).replace("text-align:", "align-"))


def _relink(token: Token, path: str) -> None:
    """Let a link to a file of the manual lead to its page; one out of the manual leads nowhere here."""
    name = {"link_open": "href", "image": "src"}.get(token.type)
    if name is None:
        return
    target = urlsplit(str(token.attrGet(name)))
    if target.scheme or not target.path:
        return
    there = posixpath.normpath(posixpath.join(posixpath.dirname(path), target.path))
    if there.startswith(".."):
        del token.attrs[name]
    else:
        anchor = f"#{target.fragment}" if target.fragment else ""
        token.attrSet(name, f"{SCHEME}{address(there.removesuffix('.md'))}{anchor}")


MARKDOWN: Final = Format("text/markdown", "md", "Markdown", names=("markdown",))
_OFFERS: Final = (MARKDOWN, HTML)
"""Browsers name HTML in their Accept header; others get what can be read as it is."""


async def index(context: Context, request: Request) -> Response:
    """The manual: its contents; with ``?q=`` the sections that have these words."""
    chosen = choose(request, _OFFERS, "the manual")
    values = dict(request.parameters)
    # In a thread: making the pages, the first time, would delay other requests.
    if "q" in values:
        rows = await asyncio.to_thread(search, values["q"], language_of(request))
        return _found(context, request, values["q"], rows, chosen)
    page = (await asyncio.to_thread(pages))[INDEX]
    if chosen is HTML:
        return _shown(context, request, page)
    # The address has no slash at its end, so what is relative to the file is not relative to it.
    return formatted(re.sub(r"\]\((?![a-z]+:|#|\.\.)", "](docs/", page.markdown), chosen)


async def page(context: Context, request: Request, path: str) -> Response:
    """A page of the manual as HTML or, also at its address with ``.md``, as Markdown."""
    picture = (await asyncio.to_thread(pictures)).get(path)
    if picture is not None:
        return content(picture, PICTURES[PurePath(path).suffix])
    name = path.removesuffix(".md")
    page = (await asyncio.to_thread(pages)).get(name)
    if page is None and name in MOVED:
        return redirect(request, f"/docs/{MOVED[name]}{path[len(name) :]}", 308)
    if page is None:
        raise UnknownResource(f"The manual has no page {name}.")
    if name != path:
        return formatted(page.markdown, MARKDOWN)
    chosen = choose(request, _OFFERS, "the manual")
    return _shown(context, request, page) if chosen is HTML else formatted(page.markdown, chosen)


def _shown(context: Context, request: Request, page: Page) -> Response:
    shown = translated(language_of(request)).get(page.path, page)
    return context.page(
        request,
        "docs.html",
        page=shown,
        # Made from the files of this package, in which HTML is escaped.
        text=Markup(shown.on(request.prefix, request.base)),  # noqa: S704
        around=around(page, language_of(request)),
        source=f"/docs/{page.path}.md",
    )


def _found(
    context: Context, request: Request, text: str, sections: list[Found], chosen: Format
) -> Response:
    if chosen is HTML:
        return context.page(request, "docs-search.html", asked=text, found=sections)
    lines = [
        f"- [{row.section.title}]({request.prefix}{row.section.address}): {row.excerpt}\n"
        for row in sections
    ]
    return formatted("".join(lines), chosen)
