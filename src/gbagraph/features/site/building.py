"""A site is built: all that a crawl found is written into a folder, as files."""

from __future__ import annotations

import html
import re
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from gbagraph import publication
from gbagraph.dataset.catalog import whole
from gbagraph.dataset.identity import releases
from gbagraph.errors import SettingError
from gbagraph.features.site import crate, endpoint, pages, proofs, shrinking
from gbagraph.features.site.asking import asking
from gbagraph.features.site.crawl import MISSING, Crawl
from gbagraph.features.site.folder import Folder
from gbagraph.features.site.lands import Lands
from gbagraph.features.site.packing import packed
from gbagraph.features.site.places import NOWHERE, Places, relative
from gbagraph.features.site.variants import Variants
from gbagraph.queries.catalog import all_queries
from gbagraph.settings import table
from gbagraph.sparql.message import LANGUAGES
from gbagraph.text import counted, without_secrets
from gbagraph.web.templating import render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from gbagraph.features.site.asking import Answer
    from gbagraph.features.site.places import Link
    from gbagraph.settings import Settings

QUERIED: Final = 200_000
"""Quads up to which a browser answers queries: it holds all of them in memory."""
_LANGUAGE: Final = re.compile(r'<a [^>]*hreflang="([^"]*)" rel="nofollow">[^<]*</a>')
_SHRUNK: Final = {"css": shrinking.style, "js": shrinking.script}
_ASK: Final = '<form id="ask"'
_PROGRAMS: Final = re.compile(r'<(p|div) class="(?:soft )?programs">.*?</\1>', re.DOTALL)
_OF_SERVER: Final = re.compile(
    r'<details name="code"[^>]*>\s*<summary>(?!JavaScript)[^<]*</summary>.*?</details>\n?',
    re.DOTALL,
)
"""A program that asks a server."""
_PROGRAM: Final = '<details name="code">'
_WRONG: Final = re.compile(r'<p class="crumbs">.*?<p class="notice error.*?</p>', re.DOTALL)
_LISTED: Final = re.compile("<url><loc>(.*?)</loc>.*?</url>\n")
UNSEEN: Final = "offline.html"
"""The page that a browser shows without a host, for what it has not kept."""
COMPLETIONS: Final = "search/index.json"
"""What the editor completes from: a browser gets it packed, as its endpoint answers for the file."""
LISTED: Final = 300_000
"""Triples up to which each thing has a page."""


class Site:
    """The files of a site made from a *crawl*; browsers can query data that come from files."""

    def __init__(self, crawl: Crawl, variants: Variants, *, is_in_files: bool = True) -> None:
        self.crawl, self.places, self._variants = crawl, crawl.places, variants
        self.has_base = self.places.base != NOWHERE
        self._lands = Lands(crawl.files)
        about = crawl.asked.engine.description
        quads = about.default_graph + sum(about.graphs.values())
        self.is_queried = is_in_files and quads <= QUERIED
        self._first = self.places.languages[0]
        # Files that would say of themselves that they are nowhere.
        self.unplaced = sorted(
            address
            for address, answer in crawl.files.items()
            if not self.has_base and NOWHERE.encode() in answer.body
        )

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield the path and the content of all files."""
        for address, answer in self.crawl.files.items():
            if address not in self.unplaced:
                is_map = address == "/sitemap.xml"
                content = self._placed(answer.body) if is_map else _smaller(address, answer)
                yield self.places.file(address), content
        for (language, address), answer in self.crawl.pages.items():
            path = "404.html" if address == MISSING else self.places.page(address, language)
            yield path, self.page(language, address, answer, path).encode()
            if address == MISSING:
                yield UNSEEN, self.page(language, address, answer, UNSEEN).encode()
        for address in self.crawl.redirects:
            path = self.places.page(address, self._first)
            yield path, self._redirect(address, path).encode()
        yield from self._lands.files.items()

    def _placed(self, sitemap: bytes) -> bytes:
        """Return a *sitemap* of the pages that there are, with addresses from which no host leads on.

        Nor does it say when files of the data were written: that is another time in each copy.
        """
        leads = self._leads(self._first, "/", "index.html")

        def location(found: re.Match[str]) -> str:
            to = leads(html.unescape(found[1]))
            url = urljoin(f"{self.places.base}/", to)
            return f"<url><loc>{html.escape(url)}</loc></url>\n" if to else ""

        return _LISTED.sub(location, sitemap.decode()).encode()

    def page(self, language: str, address: str, answer: Answer, path: str) -> str:
        """Return a page as it is written to *path*."""
        known, root = self.places.languages, urlsplit(self.places.base).path
        text = _LANGUAGE.sub(lambda to: to[0] if to[1] in known else "", answer.body.decode())
        if address.startswith("/queries/"):
            name = address.removeprefix("/queries/").partition("?")[0]
            text = self._variants.with_list(text, name, language, root)
        if address == MISSING:
            said = render("site-missing.html", language, root=root, is_unseen=path == UNSEEN)
            text = _WRONG.sub(lambda _: said, text, 1)
        shown = render("site-programs.html", language, root=root) if self.is_queried else ""
        text = _PROGRAMS.sub(lambda _: shown, _OF_SERVER.sub("", text), 1)
        text = text.replace(_PROGRAM, f"{_PROGRAM[:-1]} open>")  # as the first one is on a server
        leads = self._leads(language, address, path)
        if address == "/sparql" and not self.is_queried:
            shown = render("site-large.html", language, root=root, dump=f"{whole()}.nq")
            text = text.replace(_ASK, f"{shown}{_ASK}", 1)
        header = answer.headers.get("link", "")
        begin, head = self._begin(language, path), self._head(address, path, header)
        text = pages.written(text, header, leads, begin, head)
        return self._lands.apart(text, lambda file: self._from(file, path))

    def proof(self, page: str, language: str) -> str:
        """Return the *page* of a proof with its links as they lead from the page for proofs."""
        path = self.places.page("/why", language)
        return pages.linked(page, self._leads(language, "/why", path))

    def _leads(self, language: str, address: str, path: str) -> Callable[[str], str | None]:
        def leads(reference: str) -> str | None:
            link = self.places.link(reference, address, language)
            if link is None or reference.startswith("#"):
                return reference
            return self._reference(link, path)

        return leads

    def _reference(self, link: Link, path: str, hops: int = 3) -> str | None:
        """Return the reference to where a link leads, from the page at *path*; None if nowhere."""
        target, query = self._target(link)
        if target is None:
            moved = self.crawl.redirects.get(link.address)
            onward = moved and self.places.link(moved, link.address, link.language)
            if not onward or not hops:
                return None
            return self._reference(
                onward._replace(fragment=onward.fragment or link.fragment), path, hops - 1
            )
        to = self._from(target, path) + (f"?{query}" if query else "")
        return f"{to}#{link.fragment}" if link.fragment else to

    def _from(self, target: str, path: str) -> str:
        """Return the reference from *path*: the page for what is missing is shown at any address."""
        if path != "404.html" or not self.has_base:
            return relative(target, path)
        return urlsplit(self.places.base).path + relative(target, "")[1:]

    def _target(self, link: Link) -> tuple[str | None, str]:
        """Return the file to which a link leads, and the query for the endpoint."""
        address, language = link.address, link.language
        address = "/" if address == MISSING else address  # in another language
        if self.places.is_asked(address):
            path, _, query = address.partition("?")
            if path.endswith("/graphs"):
                return path[1:], query
            return self.places.page(path, language), query
        if address in self.crawl.files:
            return (None if address in self.unplaced else self.places.file(address)), ""
        for each in (language, self._first):
            if (each, address) in self.crawl.pages:
                return self.places.page(address, each), ""
        return None, ""

    def _begin(self, language: str, path: str) -> str:
        """Return what the head of a page begins with: the script of all pages."""
        is_anywhere = path == "404.html" and not self.has_base
        lost = (endpoint.BUILT / "lost.js").read_text("utf-8") if is_anywhere else ""
        root = self._from("index.html", path)
        return render("site-head.html", language, root=root, lost=lost)

    def _head(self, address: str, path: str, header: str) -> str:
        """Return what the head of a page has for the site: its address, and its other languages.

        It has no address beside that of the thing that it is about, if its *header* Link has one.
        """
        places = self.places
        tags = [tag for tag in places.languages if (tag, address) in self.crawl.pages]
        is_named = self.has_base and address != MISSING and 'rel="canonical"' not in header
        links = [('rel="canonical"', path)] if is_named else []
        if len(tags) > 1:
            links += [
                (f'rel="alternate" hreflang="{tag}"', places.page(address, tag)) for tag in tags
            ]
        return "".join(f'<link {kind} href="{self._absolute(to, path)}">' for kind, to in links)

    def _absolute(self, target: str, path: str) -> str:
        """Return the address of a file, or from *path* where that of the site is not known."""
        if not self.has_base:
            return relative(target, path)
        return self.places.base + relative(target, "")[1:]

    def _redirect(self, address: str, path: str) -> str:
        link = self.places.link(self.crawl.redirects[address], address, self._first)
        to = link and self._reference(link, path)
        to = to or self.crawl.redirects[address]
        return pages.redirect(to, f'<link rel="canonical" href="{html.escape(to)}">', self._first)


def _smaller(address: str, answer: Answer) -> bytes:
    shrunk = _SHRUNK.get(address.rpartition(".")[2]) if address.startswith("/static/") else None
    return shrunk(answer.body.decode()).encode() if shrunk else answer.body


async def build(
    folder: Path, settings: Settings, base: str, languages: str, versions: str
) -> tuple[str, str]:
    """Write the site of what *settings* publish into a *folder*; return what is said of it.

    With it come the links that lead nowhere, if there are any.

    *languages* are ``all`` or tags with commas between them; *versions* are ``none``, ``all``, or names
    with commas between them.

    Raises:
        SettingError: the folder holds what is not of a site, or a language or version is unknown.
        DatasetError: there is no such release or file, or the scripts that it needs are not built.
    """
    begun = time.monotonic()
    endpoint.scripts()  # what is wrong is said at once, as by the folder, not after minutes
    _require_address(base)
    tags = _chosen("languages", languages, LANGUAGES)
    with Folder(folder) as written:
        async with asking(settings, base or NOWHERE) as asked:
            kept = releases() if publication.current().is_own else ()
            named = [] if versions == "none" else _chosen("versions", versions, kept)
            triples = asked.engine.description.default_graph
            variants = await Variants.of(asked)
            places = Places(asked.base, tags, named, variants.path, has_things=triples <= LISTED)
            crawl = Crawl(asked, places)
            await crawl.run([each for name in all_queries() for each in variants.addresses(name)])
            site = Site(crawl, variants, is_in_files=not endpoint.is_elsewhere(settings))
            await _write(written, site, settings, named)
    return _report(written, site, time.monotonic() - begun), _dead(crawl) if crawl.dead else ""


async def _write(folder: Folder, site: Site, settings: Settings, versions: Sequence[str]) -> None:
    """Write all files: those of the crawl, the proofs to which its pages lead, and the endpoint."""
    base = site.places.base if site.has_base else ""
    about = {}
    for path, content in sorted(site.files()):
        if path == COMPLETIONS:
            folder.write(f"{endpoint.FOLDER}/completions.json.lzma", packed(content))
        if path.endswith(".html") and crate.is_about_dataset(page := content.decode()):
            about[path] = page
        else:
            folder.write(path, content)
    async for path, content in crate.service(site.crawl.asked, has_base=site.has_base):
        folder.write(path, content)
    for path, page in about.items():
        root = f"{base}/" if base else relative("index.html", path)
        folder.write(path, crate.described(page, folder.files, root).encode())
    crawl, tags = site.crawl, site.places.languages
    async for path, content in proofs.files(crawl.asked, crawl.proofs, tags, site.proof):
        folder.write(path, content)
    if "index.html" in about:
        folder.write(crate.NAME, crate.crate(about["index.html"], folder.files, tags[0]))
    held = versions if site.is_queried else None
    made_of = folder.digest
    for path, content in endpoint.files(settings, base, tags, held, made_of):
        folder.write(path, content)


def _report(folder: Folder, site: Site, seconds: float) -> str:
    """Return what is said of a site that was written."""
    crawl, about = site.crawl, site.crawl.asked.engine.description
    number, size = counted(len(folder.files), "file"), f"{folder.size / 1_000_000:,.1f} MB"
    made = f"{counted(len(crawl.pages), 'page')} in {', '.join(site.places.languages)}"
    lines = [f"{number}, {size}, in {seconds:,.0f} s: {made}."]
    if not site.is_queried:
        lines.append(
            f"A graph of more than {QUERIED:,} quads, or from a store or engine, needs a server for "
            "queries: this site has pages and dumps."
        )
    if about.default_graph > LISTED:
        lines.append(f"Of more than {LISTED:,} triples, things have no pages of their own.")
    if site.unplaced:
        lines.append(
            f"Without --base, it has no {', '.join(site.unplaced)}, and samples of code name "
            f"{NOWHERE}."
        )
    return "\n".join(lines)


def _dead(crawl: Crawl) -> str:
    """Return which addresses pages lead to in vain."""
    listed = (
        f"  {address} ({status}) on {page}"
        for address, (status, page) in sorted(crawl.dead.items())
    )
    return "\n".join((f"{counted(len(crawl.dead), 'link')} to what is not there:", *listed))


def _require_address(base: str) -> None:
    """Raise SettingError unless *base* is empty or can be what the addresses of a site begin with."""
    try:
        table()["public_url"].checked(base)
    except ValueError as problem:
        raise SettingError(
            f"--base: {without_secrets(base)!r} has to be {problem}.", setting="base"
        ) from None


def _chosen(what: str, given: str, known: Iterable[str]) -> list[str]:
    """Return those of the *known* names that are given, in the order of these."""
    names = list(known) if given == "all" else given.split(",")
    for name in names:
        if name not in known:
            raise SettingError(
                f"--{what}: there is no {name!r}. There are: {', '.join(known) or 'none'}.",
                setting=what,
            )
    return [name for name in known if name in names]
