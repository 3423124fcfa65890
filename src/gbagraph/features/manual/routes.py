"""The manual: its pages in HTML or as the Markdown they are made from, and a search over them."""

from __future__ import annotations

import asyncio
import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from gbagraph.errors import UnknownResource
from gbagraph.features.manual import pages
from gbagraph.rdf.formats import HTML, Format
from gbagraph.web.context import Context, choose, content, formatted

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response

MARKDOWN: Final = Format("text/markdown", "md", "Markdown", names=("markdown",))
_OFFERS: Final = (MARKDOWN, HTML)
"""Browsers name HTML in their Accept header; others get what can be read as it is."""


async def index(context: Context, request: Request) -> Response:
    """The manual: its contents; with ``?q=`` the sections that have these words."""
    chosen = choose(request, _OFFERS, "the manual")
    values = dict(request.parameters)
    # In a thread: making the pages, the first time, would delay other requests.
    if "q" in values:
        rows = await asyncio.to_thread(pages.search, values["q"])
        return _found(context, request, values["q"], rows, chosen)
    page = (await asyncio.to_thread(pages.pages))[pages.INDEX]
    if chosen is HTML:
        return _shown(context, request, page)
    # The address has no slash at its end, so what is relative to the file is not relative to it.
    return formatted(re.sub(r"\]\((?![a-z]+:|#|\.\.)", "](docs/", page.markdown), chosen)


async def page(context: Context, request: Request, path: str) -> Response:
    """A page of the manual as HTML or, also at its address with ``.md``, as Markdown."""
    picture = (await asyncio.to_thread(pages.pictures)).get(path)
    if picture is not None:
        return content(picture, pages.PICTURES[PurePath(path).suffix])
    name = path.removesuffix(".md")
    page = (await asyncio.to_thread(pages.pages)).get(name)
    if page is None:
        raise UnknownResource(f"The manual has no page {name}. /docs lists all.")
    if name != path:
        return formatted(page.markdown, MARKDOWN)
    chosen = choose(request, _OFFERS, "the manual")
    return _shown(context, request, page) if chosen is HTML else formatted(page.markdown, chosen)


def _shown(context: Context, request: Request, page: pages.Page) -> Response:
    return context.page(
        request,
        "docs.html",
        page=page,
        # Made from the files of this package, in which HTML is escaped.
        text=Markup(page.under(request.prefix)),  # noqa: S704
        source=f"/docs/{page.path}.md",
    )


def _found(
    context: Context, request: Request, text: str, sections: list[pages.Found], chosen: Format
) -> Response:
    if chosen is HTML:
        return context.page(request, "docs-search.html", asked=text, found=sections)
    lines = [
        f"- [{row.section.title}]({request.prefix}{row.section.address}): {row.excerpt}\n"
        for row in sections
    ]
    return formatted("".join(lines), chosen)
