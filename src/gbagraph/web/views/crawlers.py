"""What crawlers read first: which addresses are worth a visit, and which are not."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote
from xml.sax.saxutils import escape

from gbagraph.features.manual import pages as manual
from gbagraph.queries.catalog import all_queries
from gbagraph.rdf import namespaces
from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.web.context import Context, content
from gbagraph.web.own_queries import about

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response

_WITHOUT_END: Final = (
    "/sparql?query=",
    "/sparql/explain",
    "/search",
    "/lookup?",
    "/reconcile",
    "/why",
    "/metrics",
    "/language",
    "/graphs",
)
"""Addresses that answer any question, which a crawler would ask for ever."""

_LISTED: Final = 300_000
"""Triples up to which things are looked for: a sitemap is not worth a query that takes seconds."""

_SITEMAP: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{}</urlset>\n'
)
"""A sitemap (sitemaps.org): at most 50,000 addresses, all of the host that it is read from."""


async def robots(context: Context, request: Request) -> Response:
    """Which addresses crawlers should leave alone (RFC 9309), and where the sitemap is."""
    rules = [f"Disallow: {request.prefix}{path}" for path in _WITHOUT_END]
    lines = ["User-agent: *", *rules, "", f"Sitemap: {request.base}/sitemap.xml", ""]
    return _for_this_host(request, "\n".join(lines), "text/plain; charset=utf-8")


async def sitemap(context: Context, request: Request) -> Response:
    """The pages: of the site, its queries and its manual, of the dataset, its graphs and its things."""
    pages = [
        "sparql",
        "queries",
        *(f"queries/{name}" for name in all_queries()),
        *await asyncio.to_thread(_manual),
    ]
    of_data = ["", "ontology", *_graphs(context), *await _documents(context)]
    changed = datetime.fromtimestamp(context.dataset.modified, UTC).date().isoformat()
    rows = _rows(request, pages) + _rows(request, of_data, f"<lastmod>{changed}</lastmod>")
    return _for_this_host(request, _SITEMAP.format(rows), "application/xml")


def _rows(request: Request, paths: Iterable[str], more: str = "") -> str:
    addresses = (f"{request.base}/{quote(path, safe='/:@!$&()*+,;=~-._')}" for path in paths)
    return "".join(f"<url><loc>{escape(address)}</loc>{more}</url>\n" for address in addresses)


def _manual() -> list[str]:
    return [manual.address(path).removeprefix("/") for path in manual.pages()]


def _graphs(context: Context) -> list[str]:
    """The paths of the pages about the dataset and its graphs, which ours has."""
    if not context.dataset.built_in:
        return []
    names = (graph.removeprefix(PREFIXES["graph"]) for graph in context.dataset.graphs)
    return ["doc/dataset", *(f"doc/graph/{name}" for name in names)]


async def _documents(context: Context) -> list[str]:
    """The paths of the documents about things; none where nothing has a base, or in large data."""
    base, things = namespaces.base(), namespaces.things()
    if not base or context.dataset.default_graph > _LISTED:
        return []
    found = json.loads((await context.query(about("sitemap", things))).body)
    iris = (row["thing"]["value"] for row in found["results"]["bindings"])
    return [f"doc/{iri.removeprefix(base)}" for iri in iris if iri != base]


def _for_this_host(request: Request, text: str, content_type: str) -> Response:
    response = content(text, content_type)
    if not request.addresses.public_url:
        # The response contains the address that was requested: shared caches must not keep it.
        response.add("cache-control", "no-store")
    return response
