"""All that a server has, as a crawler gets it: pages in each language, files, redirects."""

from __future__ import annotations

import asyncio
import html
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from gbagraph.errors import classes
from gbagraph.features.site import pages
from gbagraph.features.site.asking import AT_ONCE
from gbagraph.features.site.places import Link
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import GRAPHS
from gbagraph.web import addresses

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from gbagraph.features.site.asking import Answer, Asking
    from gbagraph.features.site.places import Places

_ACCEPT: Final = "text/html, */*;q=0.1"
_FOUND: Final = 200
_ERROR: Final = 400
_FAILED: Final = 500
"""What a page that cannot be made has; it is reported also where it is only looked for."""
_IN_NO_FORMAT: Final = 406
"""Of a link to a format that cannot hold the content, as JSON-LD no triple terms: it has no file."""
_LOCATION: Final = re.compile(r"<loc>(.*?)</loc>")
_IN_SCRIPT: Final = re.compile(rb"""["'](\./[\w.-]+\.(?:js|json|css))["']|url\(["']?(/?[\w./-]+)""")
_DESCRIBED: Final = re.compile(r'<([^<>]*)>; rel="describes"')
_WITHOUT_CLASS: Final = """SELECT DISTINCT ?s {{ ?s ?p ?o
  FILTER (STRSTARTS(STR(?s), "{0}") && !CONTAINS(STRAFTER(STR(?s), "{0}"), "#"))
  FILTER NOT EXISTS {{ ?s a ?class }} }}"""
MISSING: Final = "/404"
"""An address at which there is nothing; what is answered there is a page in one language."""


@dataclass
class Crawl:
    """What *asked* answers, at *places* of a site.

    ``pages`` are by language and address, ``files`` and ``redirects`` by address; ``dead`` are addresses
    to which pages lead in vain, each with its status and such a page, ``proofs`` those of proofs.
    """

    asked: Asking
    places: Places
    pages: dict[tuple[str, str], Answer] = field(default_factory=dict)
    files: dict[str, Answer] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    dead: dict[str, tuple[int, str]] = field(default_factory=dict)
    proofs: set[str] = field(default_factory=set)
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _waiting: list[tuple[str, str, str]] = field(default_factory=list)

    async def run(self, questions: Sequence[str]) -> None:
        """Ask for all that there is: what is known, the addresses of *questions*, and by links."""
        listed = (await self.asked.ask("/sitemap.xml")).body.decode()
        known = [html.unescape(url) for url in _LOCATION.findall(listed)]
        first = self.places.languages[0]
        places = (self.places.link(address, "/", first) for address in known)
        self.places.listed = {link.address for link in places if link}
        known += [self.places.base + path async for path in self._without_class()]
        for language in self.places.languages:
            for address in known:
                self._follow(address, "", "/", language)
            for address in ("/", *_known(), *questions):
                self._want(Link(address, "", language), "")
        self._seen |= {(language, MISSING) for language in self.places.languages}
        self._waiting.append((first, MISSING, ""))
        running: set[asyncio.Task[None]] = set()
        while self._waiting or running:
            while self._waiting and len(running) < AT_ONCE:
                running.add(asyncio.create_task(self._ask(*self._waiting.pop())))
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()

    async def _without_class(self) -> AsyncIterator[str]:
        """Yield the paths of what has no class, which a search finds and the sitemap does not list."""
        query = _WITHOUT_CLASS.format(namespaces.things())
        answer = await self.asked.ask(f"/sparql?{urlencode({'query': query, 'format': 'json'})}")
        for row in json.loads(answer.body)["results"]["bindings"]:
            yield namespaces.local_path(row["s"]["value"]) or ""

    def _follow(self, reference: str, source: str, page: str, language: str) -> None:
        """Remember to ask for what a *reference* on a *page* leads to, if the site is to have it."""
        if link := self.places.link(reference, page, language):
            self._want(link, source)

    def _want(self, link: Link, source: str) -> None:
        if self.places.is_left_out(link):
            return
        if self.places.is_asked(link.address):
            if link.address.startswith("/why?"):
                self.proofs.add(link.address)
            return
        wanted = link.language, link.address
        if link.language in self.places.languages and wanted not in self._seen:
            self._seen.add(wanted)
            self._waiting.append((*wanted, source))

    async def _ask(self, language: str, address: str, source: str) -> None:
        if address in self.files:
            return
        if address in self.redirects:
            self._follow(self.redirects[address], source, address, language)
            return
        answer = await self.asked.ask(address, _ACCEPT, language)
        if "location" in answer.headers:
            self.redirects[address] = answer.headers["location"]
            self._follow(answer.headers["location"], source, address, language)
        elif answer.status >= _ERROR and address != MISSING:
            is_linked = source and answer.status != _IN_NO_FORMAT
            if is_linked or answer.status >= _FAILED:
                self.dead.setdefault(address, (answer.status, source or "/"))
        elif answer.headers["content-type"].startswith("text/html") and "format=" not in address:
            self._page(language, address, answer)
        else:
            first = self.places.languages[0]
            if language != first and "Accept-Language" in answer.headers.get("vary", ""):
                answer = await self.asked.ask(address, _ACCEPT, first)
            self.files[address] = answer
            if address.startswith("/static/"):
                for each, other in _IN_SCRIPT.findall(answer.body):
                    self._follow((each or other).decode(), "", address, language)

    def _page(self, language: str, address: str, answer: Answer) -> None:
        self.pages[language, address] = answer
        header = answer.headers.get("link", "")
        for reference in set(pages.references(answer.body.decode(), header)):
            self._follow(reference, address, address, language)
        for iri in _DESCRIBED.findall(header):
            named = f"/{iri.removeprefix(namespaces.base())}"
            link = self.places.link(self.places.base + named, "/", language)
            # A file host finds names with escapes; what a browser reads otherwise has no place here.
            if link and link.address == named != "/" and named not in (address, f"/{iri}"):
                self.redirects.setdefault(named, self.places.base + address)


def _known() -> Iterator[str]:
    """Yield the addresses that have no values in them, and those of which all values are known."""
    yield from (view.path for _, view in addresses.views() if "{" not in view.path)
    yield from (f"/problem/{name}" for name in classes())
    for each in GRAPHS:
        yield from (f"/{name}.{each.extension}" for name in ("ontology", "evidence"))
