"""The changes, release by release: a page, JSON and event stream; an Atom feed; the patches."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from gbagraph import publication
from gbagraph.errors import UnknownResource
from gbagraph.queries.catalog import all_queries
from gbagraph.rdf.formats import GRAPH, HTML, JSON
from gbagraph.rdf.namespaces import BASE, PREFIXES
from gbagraph.rdf.results import Value
from gbagraph.web import templating
from gbagraph.web.context import (
    CHOOSE_LANGUAGE,
    Context,
    choose,
    content,
    formatted,
    language_of,
    of_this_host,
)

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.features.changes.feed import Entry

MEDIA_TYPE: Final = "application/rdf-patch"
_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_BY_READERS: Final = "private, no-cache"
"""What contains the address of this server is kept by those alone who asked, and asked for again."""


def addresses() -> list[str]:
    """Return the address of the page, which data of others have not."""
    return ["/changes"] if publication.current().is_own else []


async def changes(context: Context, request: Request) -> Response:
    """What each release changed, in words; the feed of patches as JSON or as an event stream (LDES)."""
    chosen = choose(request, (JSON, *GRAPH, HTML), "the changes")
    entries = await _entries()
    if chosen is HTML:
        return context.page(
            request,
            "changes.html",
            entries=entries[::-1],
            named=_named,
            queries=all_queries(),
            base=request.base,
        )
    from gbagraph.features.changes import forms  # noqa: PLC0415  as in _read

    base = request.base
    is_json = chosen is JSON
    written = forms.as_json(entries, base) if is_json else forms.as_ldes(entries, base, chosen)
    return of_this_host(request, formatted(written, chosen), _BY_READERS)


async def atom(context: Context, request: Request) -> Response:
    """The releases as an Atom feed, in the language of the reader."""
    entries = await _entries()
    released = [entry for entry in entries[::-1] if entry.patch]
    written = templating.render(
        "changes.xml",
        language_of(request),
        root=request.prefix,
        base=request.base,
        entries=released,
        stream=f"{BASE}changes",
        media_type=MEDIA_TYPE,
    )
    response = content(written, "application/atom+xml; charset=utf-8")
    response.vary = CHOOSE_LANGUAGE
    return of_this_host(request, response, _BY_READERS)


async def patch(context: Context, request: Request, version: str) -> Response:
    """The RDF Patch that leads to a release from the one before it, to the first one from nothing."""
    patches = {entry.version: entry.patch for entry in await _entries() if entry.patch}
    if version not in patches:
        raise UnknownResource(
            f"There is no patch to {version[:80]}. There are those to {', '.join(patches)}."
        )
    response = content(patches[version].text, MEDIA_TYPE)
    response.add("cache-control", _FOR_GOOD)
    response.is_shared = True
    return response


async def _entries() -> tuple[Entry, ...]:
    if not publication.current().is_own:
        raise UnknownResource(
            "The changes told here are those of the built-in dataset, and other data are served."
        )
    # In a thread: the first time, the patches are made.
    return await asyncio.to_thread(_read)


def _read() -> tuple[Entry, ...]:
    # Imported here: a server that nobody asks this need not have it.
    from gbagraph.features.changes.feed import entries  # noqa: PLC0415

    return entries()


def _named(name: str) -> Value:
    """Return what a prefixed name, or an IRI, stands for, as a template shows it."""
    prefix, _, local = name.partition(":")
    return Value(name, PREFIXES[prefix] + local if prefix in PREFIXES else name)
