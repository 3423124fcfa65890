"""Which answers of canned queries are files: with the default values, and with each that is listed.

They are the page with each of its views and with the evidence, and the answer in all formats, in those
that have room for it also with its evidence. What else can be asked, only the endpoint answers.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import parse_qsl, urlencode

from gbagraph.features.site.places import in_path
from gbagraph.queries import texts
from gbagraph.queries.catalog import all_queries
from gbagraph.rdf.result_formats import ALL
from gbagraph.sparql import protocol
from gbagraph.sparql.negotiation import by_name
from gbagraph.web.answer import Link
from gbagraph.web.templating import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gbagraph.features.site.asking import Asking
    from gbagraph.queries.canned import CannedQuery

LISTED: Final = 100
"""Values of a list with which a question is answered in files; of the others, the endpoint answers."""
_LONGEST: Final = 200
"""Characters of a value that names a file."""
_LIST: Final = re.compile(r'<select id="[^"]*" name="([^"]*)">(.*?)</select>', re.DOTALL)
_CHOICE: Final = re.compile(r'<option value="([^"]+)"[^>]*>([^<]*)</option>')
_EVIDENCE: Final = tuple(
    {protocol.EVIDENCE: "true", "format": name} for name in ("srj", "csv", "tsv")
)
_VIEWS: Final = frozenset({protocol.VIEW, protocol.EVIDENCE})
_FORM: Final = re.compile(r'<form id="parameters".*?</form>', re.DOTALL)
_Values = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Variants:
    """The values that the pages of questions *listed*, by the names of query and parameter."""

    listed: Mapping[str, dict[str, dict[str, str]]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    @classmethod
    async def of(cls, asked: Asking) -> Self:
        """Return the variants of all canned queries that the data alone answer."""
        variants = cls()
        for query in all_queries().values():
            if query.parameters and not query.refused_services(()):
                page = await asked.ask(f"/queries/{query.name}", "text/html")
                variants.listed[query.name].update(_lists(page.body.decode()))
        return variants

    def addresses(self, name: str) -> Iterator[str]:
        """Yield the addresses of the question *name* to which not all pages lead that should.

        They are those with each of the values that are listed, and of all of them the evidence.
        """
        lists = self.listed.get(name, {}).items()
        questions = [{}, *({parameter: value} for parameter, values in lists for value in values)]
        for asked in questions:
            for server in ({}, *_EVIDENCE):
                address = f"/queries/{name}?{urlencode(asked | server)}"
                if self.path(address):
                    yield address

    def path(self, address: str, language: str = "en") -> str | None:
        """Return the path of the file with what is at *address*; None if only the endpoint answers.

        A page is ``queries/NAME/index.html``, or in a folder below; an answer is ``queries/NAME.csv``,
        or in the folder. What begins with the same values in *language* is the same page there.
        """
        target, _, given = address.partition("?")
        query = all_queries().get(target.removeprefix("/queries/"))
        if query is None:
            return None
        pairs = parse_qsl(given, keep_blank_values=True)
        server = {_plain(n, query): v for n, v in pairs if _plain(n, query) in protocol.RESERVED}
        own = [(n, v) for n, v in pairs if _plain(n, query) not in protocol.RESERVED]
        format_name = server.pop("format", "")
        asked = query if format_name else texts.told(query, language)
        folder = self._folder(asked, own)
        if folder is None or len(dict(own)) < len(own):
            return None
        return _answer(query, folder, server, format_name) if format_name else _page(folder, server)

    def _folder(self, query: CannedQuery, own: list[tuple[str, str]]) -> str | None:
        """Return the folder of a question, with a part for the value that is not the default."""
        folder, defaults = f"queries/{query.name}", query.defaults if own else query.examples
        asked = defaults | dict(own)
        begins = {name: value for name, value in query.examples.items() if value}
        names = dict.fromkeys((*begins, *asked))
        other = {n: asked.get(n, "") for n in names if asked.get(n, "") != begins.get(n, "")}
        if not other:
            return folder
        ((name, value), *more) = other.items()
        if more or value not in self.listed.get(query.name, {}).get(name, {}):
            return None
        return f"{folder}/{name}={in_path(value)}"

    def with_list(self, page: str, name: str, language: str, prefix: str) -> str:
        """Return the *page* of a question with links to its pages for other values, after its form.

        They are for browsers without scripts. *prefix* stands before the paths of addresses.
        """
        known = self.listed.get(name, {})
        links = [
            Link(html.unescape(label), f"{prefix}/queries/{name}?{urlencode({row: value})}")
            for row, values in _lists(page).items()
            for value, label in values.items()
            if value in known.get(row, {})
        ]
        if not links:
            return page
        added = render("site-values.html", language, links=links, root=prefix)
        return _FORM.sub(lambda form: form[0] + added, page, count=1)


def _lists(page: str) -> dict[str, dict[str, str]]:
    """Return the values of each list of a page by its parameter, with their labels in HTML."""
    return {
        name: {
            html.unescape(value): label
            for value, label in _CHOICE.findall(choices)[:LISTED]
            if len(value) <= _LONGEST
        }
        for name, choices in _LIST.findall(page)
    }


def _plain(name: str, query: CannedQuery) -> str:
    """Return how a parameter of the server is called; empty for one of the query."""
    return "" if name in query.names else name.removeprefix("$")


def _page(folder: str, server: dict[str, str]) -> str | None:
    if not server:
        return f"{folder}/index.html"
    ((name, value), *more) = server.items()
    if more or name not in _VIEWS:
        return None
    return f"{folder}/{name}={in_path(value)}/index.html"


def _answer(query: CannedQuery, folder: str, server: dict[str, str], name: str) -> str | None:
    chosen = by_name(name, ALL[query.kind])
    if chosen is None or server not in ({}, {protocol.EVIDENCE: "true"}):
        return None
    ends = [protocol.EVIDENCE] if server else []
    ends += [chosen.alias] if chosen.alias else []
    return ".".join((folder, *ends, chosen.extension))
