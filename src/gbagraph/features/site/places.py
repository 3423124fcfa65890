"""Where on a site is what a server has at an address: in which file, or with the endpoint."""

from __future__ import annotations

import hashlib
import posixpath
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin

from gbagraph import feature
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import GRAPHS
from gbagraph.web import addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


NOWHERE: Final = "https://site.example"
"""The address of a site whose address is not known (RFC 2606)."""

INDEX: Final = "index.html"

_ASKED: Final = frozenset(
    {"/sparql", "/sparql/explain", "/graphs", "/search", "/why", "/queries/{name}"}
)
"""What the endpoint answers where it is asked with values."""
_VERSION: Final = re.compile(r"/versions/(?P<name>[^/]+)(?P<rest>/.*)?\Z")
_EXTENSIONS: Final = {"text": "txt"}
"""Extensions of formats that the parameter ``format`` calls otherwise."""
_FORMAT: Final = re.compile(rf"(?:[.]|[?&]format=)({'|'.join(row.extension for row in GRAPHS)})\Z")
_KEPT_SIGNS: Final = "/:@!$&()*+,;=~-._"
_LONGEST: Final = 200
"""Bytes of the longest name of a file that a query string becomes."""


class Link(NamedTuple):
    """Where a link leads within the site: an address of the server, a fragment, and a language."""

    address: str
    fragment: str
    language: str


class Places:
    """The files of a site in *languages*, the first at its root; *base* is where it will be.

    Pages of a version are there if it is among *versions*; those of things if it *has_things*. Of what
    is no thing and not ``listed`` in the sitemap, such as a claim, there is a page in the first
    language, and Turtle.
    """

    def __init__(
        self,
        base: str,
        languages: Sequence[str],
        versions: Sequence[str],
        variant: Callable[..., str | None],
        *,
        has_things: bool,
    ) -> None:
        self.base, self.languages = base, languages
        self._versions, self._variant, self._has_things = versions, variant, has_things
        self.listed: set[str] = set()

    def link(self, reference: str, page: str, language: str) -> Link | None:
        """Return where a *reference* in the *page* at an address leads; None if it is elsewhere."""
        is_relative = not reference.startswith(("/", "https://", "http://"))
        return _link(self.base, reference, page if is_relative else "/", language)

    def is_asked(self, address: str) -> bool:
        """Return whether only the endpoint answers at an *address*."""
        path, _, query = address.partition("?")
        _, inner = self._version(path)
        template = _template(inner)
        is_file = inner == path and template == "/queries/{name}" and self._variant(address)
        return inner == "/graphs" or (bool(query) and template in _ASKED and not is_file)

    def is_left_out(self, link: Link) -> bool:
        """Return whether the site has no file for a *link*, though the server has an answer there."""
        path = link.address.partition("?")[0]
        version, inner = self._version(path)
        if version and version not in self._versions:
            return True
        if _template(inner) not in {"/doc", "/doc/{path:path}", "/{path:path}"}:
            return False
        if not self._has_things:
            return True
        named = _FORMAT.search(link.address)
        document = link.address[: named and named.start()]
        if not inner.startswith("/doc") or document in self.listed or _is_of_thing(document):
            return False
        return link.language != self.languages[0] if named is None else named[1] != "ttl"

    def page(self, address: str, language: str) -> str:
        """Return the path of the file with the page at an *address* in a language."""
        path, _, query = address.partition("?")
        folder = "" if language == self.languages[0] else f"{language}/"
        if query and (named := self._variant(address, language)):
            return folder + named
        path = unquote(path).strip("/")
        parts = [part for part in (path, _query_in_path(query) if query else "", INDEX) if part]
        return folder + "/".join(parts)

    def file(self, address: str) -> str:
        """Return the path of the file with what is no page at an *address*."""
        path, _, query = address.partition("?")
        if query and (named := self._variant(address)):
            return named
        pairs = parse_qsl(query, keep_blank_values=True)
        name = dict(pairs).get("format", "")
        rest = urlencode([pair for pair in pairs if pair[0] != "format"])
        stem = unquote(path).strip("/") + (f"/{_query_in_path(rest)}" if rest else "")
        return f"{stem}.{_EXTENSIONS.get(name, name)}" if name else stem

    def _version(self, path: str) -> tuple[str, str]:
        """Return the version below which a path is, and the path below it."""
        found = _VERSION.match(path) if "versions" in feature.present() else None
        return (found["name"], found["rest"] or "/") if found else ("", path)


def _is_of_thing(address: str) -> bool:
    """Return whether what is at an *address* is the document about a thing, listed or not."""
    path = address.removeprefix("/doc/")
    return path != address and (namespaces.base() + path).startswith(namespaces.things())


@cache
def _link(base: str, reference: str, page: str, language: str) -> Link | None:
    url = urljoin(base + page, reference)
    rest = url.removeprefix(base)
    if rest == url or rest[:1] not in {"", "/", "?", "#"}:
        return None
    address, _, fragment = rest.partition("#")
    path, _, query = address.partition("?")
    if path == "/language":
        values = dict(parse_qsl(query))
        return Link(values.get("back", "/"), "", values.get("to", language))
    path = path.rstrip("/").removesuffix(".html") or "/"
    query = "&".join(pair for pair in query.split("&") if pair != "format=html")
    return Link(f"{path}?{query}" if query else path, fragment, language)


def _template(path: str) -> str:
    """Return the template of the address that has this *path*."""
    return _found(path, feature.left_out())


@cache
def _found(path: str, left_out: tuple[str, ...]) -> str:
    return next((written for each, written in _templates(left_out) if each(path)), "")


@cache
def _templates(_: tuple[str, ...]) -> list[tuple[Any, str]]:
    return [(feature.pattern(view.path).fullmatch, view.path) for _, view in addresses.views()]


def relative(target: str, page: str) -> str:
    """Return the reference from a file of the site to another; for an index, that of its folder."""
    folder, name = posixpath.split(target)
    shown = "" if name == INDEX else quote(name, safe=_KEPT_SIGNS)
    above = posixpath.relpath(f"/{folder}", f"/{posixpath.dirname(page)}")
    if above == ".":
        return f"./{shown}"
    begin = "" if above.startswith("..") else "./"
    return f"{begin}{quote(above, safe=_KEPT_SIGNS)}/{shown}"


def in_path(value: str, kept: str = "") -> str:
    """Return *value* as a part of a path that needs no escapes: ``~3A`` for a colon, if not *kept*."""
    return quote(value, safe=kept).replace("~", "%7E").replace("%", "~")


def _query_in_path(value: str) -> str:
    """Return a query string as a part of a path that needs no escapes."""
    named = in_path(unquote(value), kept="=")
    if len(named) <= _LONGEST:
        return named
    return f"{named[:100]}~{hashlib.sha256(value.encode()).hexdigest()[:20]}"
