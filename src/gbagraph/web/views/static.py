"""The files that pages load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph.errors import UnknownResource
from gbagraph.web import static_files
from gbagraph.web.context import Context, content

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response

_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_FOR_NOW: Final = "public, max-age=60"


async def file(context: Context, request: Request, name: str) -> Response:
    """A style sheet, script or other file of the pages; to be kept if its address has its hash."""
    return _found(name)


async def icon(context: Context, request: Request) -> Response:
    """The picture of the site, where browsers look for it that no page has told of it."""
    return _found("icon.svg")


def _found(name: str) -> Response:
    found = static_files.files().find(name)
    if found is None:
        raise UnknownResource(f"There is no file {name} for pages.")
    response = content(found.file.body, found.file.media_type)
    response.add("cache-control", _FOR_GOOD if found.is_exact else _FOR_NOW)
    response.is_shared = True
    return response
