"""The versions of the dataset over HTTP: the list, the one of a time, and all that each one answers."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from gbagraph import publication
from gbagraph.endpoint.request import Addresses
from gbagraph.endpoint.responder import NOTHING
from gbagraph.endpoint.response import Response, http_date
from gbagraph.errors import MalformedRequest, UnknownResource
from gbagraph.features.versions import timemap
from gbagraph.features.versions.held import of_engine
from gbagraph.features.versions.history import at, find
from gbagraph.rdf.formats import HTML
from gbagraph.web.app import responder
from gbagraph.web.context import Context, choose, formatted, of_this_host

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.features.versions.held import Release, Releases
    from gbagraph.features.versions.history import Version

_ERROR: Final = 400


class _Below(Addresses):
    """The addresses of a version, below those of the server; below them there is no other version."""

    def __init__(self, addresses: Addresses, name: str) -> None:
        self.server = addresses
        path = f"/versions/{name}"
        public = addresses.public_url and f"{addresses.public_url}{path}"
        super().__init__(public, addresses.prefix + path)


def _releases(context: Context, request: Request) -> Releases:
    if isinstance(request.addresses, _Below):
        raise UnknownResource(NOTHING)
    return of_engine(context.engine)


async def listing(context: Context, request: Request) -> Response:
    """The versions; with Accept-Datetime the way to the one of that time (RFC 7089, section 2).

    Raises:
        MalformedRequest: the header has no date of HTTP.
    """
    versions = await _releases(context, request).versions()
    if "accept-datetime" in request.headers:
        return _negotiated(request, at(_time(request.headers["accept-datetime"]), versions))
    chosen = choose(request, timemap.FORMATS, "the list of versions")
    if chosen is HTML:
        response = context.page(request, "versions.html", versions=versions[::-1])
    else:
        text = timemap.written(versions, request.base, chosen)
        response = of_this_host(request, formatted(text, chosen))
    response.vary = (*response.vary, "Accept-Datetime")
    return response


def _negotiated(request: Request, version: Version) -> Response:
    response = Response(302)
    response.add("location", f"{request.prefix}/versions/{version.name}")
    response.add("link", timemap.links(request.base))
    response.vary = ("Accept-Datetime",)
    return response


def _time(text: str) -> datetime:
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        raise MalformedRequest(
            f"Accept-Datetime is {text[:60]!r}, which is no date of HTTP. One is such as "
            f"{http_date(0)} (RFC 9110, section 5.6.7)."
        ) from None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


async def inside(context: Context, request: Request, version: str, rest: str = "") -> Response:
    """What an address answers of a version: all that there are, as if that was served."""
    releases = _releases(context, request)
    found = find(version, await releases.versions())
    inner = replace(request, path=f"/{rest}", addresses=_Below(request.addresses, found.name))
    async with releases.using(found) as release:
        with publication.as_if(release.published):
            response = await _answered(context, release, inner)
    request.job, request.route = inner.job, f"/versions/{{version}}{inner.route}"
    if response.status < _ERROR:
        response.add("memento-datetime", http_date(found.generated.timestamp()))
        response.add("link", timemap.links(request.base, rest))
    response.is_finished = True
    return response


def of_server(request: Request) -> Request:
    """Return *request* as one to the server itself, where it came by the address of a version."""
    addresses = request.addresses
    return (
        replace(request, addresses=addresses.server) if isinstance(addresses, _Below) else request
    )


async def _answered(context: Context, release: Release, request: Request) -> Response:
    if release.responder is None:
        inside = Context(release.cache, context.settings, context.generation)
        inside.limiter = None  # it was counted already
        release.responder = responder(inside)
    response: Response = await release.responder.respond(request)
    return response
