"""Links to answers over HTTP: made, opened again and checked; and citations of things."""

from __future__ import annotations

import asyncio
import json
import math
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Final

from gbagraph import publication
from gbagraph.endpoint.evaluation import find
from gbagraph.endpoint.rate_limit import RateLimiter
from gbagraph.errors import UriTooLong, VersionGone
from gbagraph.features.answers import citation, store
from gbagraph.features.answers.asking import answer
from gbagraph.features.answers.permalink import Permalink, label_query
from gbagraph.features.versions.held import of_engine
from gbagraph.features.versions.routes import of_server
from gbagraph.rdf.formats import HTML, JSON
from gbagraph.rdf.namespaces import DATASET
from gbagraph.sparql import protocol
from gbagraph.sparql.terms import term
from gbagraph.web.context import choose, content, formatted, of_this_host

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.features.answers.asking import Answer, Pairs
    from gbagraph.features.answers.citation import Citation
    from gbagraph.features.versions.history import Version
    from gbagraph.web.context import Context

_FORMATS: Final = (JSON, *citation.FORMATS, HTML)
_LEFT_OUT: Final = frozenset(
    {*protocol.FORMATS, *protocol.PAGE, protocol.EVIDENCE, protocol.LABELS, "timeout", "scope"}
)
"""Parameters that make no other answer, or one that is shown otherwise."""
_LONGEST: Final = 6000
"""Characters of the longest link: programs and proxies refuse more than eight thousand."""
_AN_HOUR: Final = 60
"""Short links that a client may have kept in an hour."""


async def made(context: Context, request: Request, name: str = "") -> Response:
    """A link to an answer, with how to cite it; by POST a short one, which the server keeps.

    Raises:
        UnknownResource: there is no such canned query; or no short links are kept.
        MalformedRequest: there is no query, or its answer may be another each time.
        UriTooLong: the query is too long for a link.
    """
    if request.method == "POST":
        store.folder_of(context.settings)
    path = f"queries/{name}" if name else "sparql"
    asked = _asked(name, request)
    versions = await of_engine(context.engine).versions()
    version = next(each for each in versions if each.name == context.dataset.version)
    request = of_server(request)
    answered = await _asked_of(context, request, version, path, asked)
    today = datetime.now(UTC).date().isoformat()
    link = Permalink(path, asked, version.name, version.hash, answered.hash, today)
    if request.method != "POST":
        return await _shown(context, request, link, version, answered)
    _limiter(context.settings.workers).take(request.who).require()
    await asyncio.to_thread(store.keep, link, context.settings)
    response = await _shown(context, request, link, version, answered, is_short=True)
    response.status = 201
    response.add("location", f"{request.prefix}/answers/{link.digest}")
    response.add("cache-control", "no-store")
    return response


async def opened(context: Context, request: Request, digest: str, content: str) -> Response:
    """An answer that a link leads to, asked again, and whether it is the same.

    Raises:
        MalformedRequest: the link is not whole.
        VersionGone: the version is no longer here.
    """
    return await _checked(context, of_server(request), Permalink.unpacked(digest, content))


async def kept(context: Context, request: Request, digest: str) -> Response:
    """The same by a short link, of which the server keeps the question.

    Raises:
        UnknownResource: there is no such link.
        VersionGone: the version is no longer here.
    """
    link = await asyncio.to_thread(store.find, digest, context.settings)
    return await _checked(context, of_server(request), link, is_short=True)


async def thing(context: Context, request: Request) -> Response:
    """How to cite a thing (``?iri=``), or the dataset, in the version that is served.

    Raises:
        UnknownResource: nothing is said of the thing.
    """
    versions = await of_engine(context.engine).versions()
    version = next(each for each in versions if each.name == context.dataset.version)
    given = dict(request.parameters).get("iri", "")
    offers = (*citation.FORMATS, JSON)
    chosen = choose(request, offers, "the citation")
    address, part = citation.address_of(version, of_server(request).base), ""
    if given:
        address = str(term("iri", given).value)
        result = await context.query(label_query(address))
        part = citation.label_in(result.body, address)
    said = citation.of_dataset(context.dataset, version, address, part=part)
    return of_this_host(
        request, formatted(said.written(citation.CSL if chosen is JSON else chosen), chosen)
    )


@cache
def _limiter(workers: int) -> RateLimiter:
    """Return what limits the short links of clients in one of so many processes of a server."""
    return RateLimiter(_AN_HOUR / 3600 / workers, math.ceil(_AN_HOUR / workers))


def _asked(name: str, request: Request) -> Pairs:
    """Return the parameters of the question, without those that only show its answer."""
    pairs = [*request.parameters]
    if request.body:
        pairs += protocol.parameters(request.body, "body")
    return tuple(pair for pair in pairs if pair[1] and _makes_another(pair[0], name))


def _makes_another(parameter: str, query: str) -> bool:
    """Whether a parameter makes another answer, of a canned *query* or of any; not only of its look."""
    if query:
        own = find(query).names
        return parameter in own or parameter.removeprefix("$") not in _LEFT_OUT
    return parameter not in _LEFT_OUT


async def _asked_of(
    context: Context, request: Request, version: Version, path: str, asked: Pairs
) -> Answer:
    """Ask a *version*, as if that was published."""
    async with of_engine(context.engine).using(version) as release:
        with publication.as_if(release.published):
            return await answer(release.cache, request, path, asked)


async def _checked(
    context: Context, request: Request, link: Permalink, *, is_short: bool = False
) -> Response:
    versions = await of_engine(context.engine).versions()
    version = next((each for each in versions if link.is_of(each)), None)
    if version is None:
        raise _gone(link, versions)
    answered = await _asked_of(context, request, version, link.path, link.asked)
    return await _shown(
        context, request, link, version, answered, is_short=is_short, is_opened=True
    )


def _gone(link: Permalink, versions: Sequence[Version]) -> VersionGone:
    names = [each.name for each in versions]
    where = f" It is described at {DATASET}/{link.version}." if link.data else ""
    return VersionGone(
        f"The answer is that of version {link.version[:80]} of the dataset, {link.data[:80]}, which is "
        f"not here. There are: {', '.join(names)}.{where}",
        version=link.version,
        versions=names,
    )


async def _shown(  # noqa: PLR0913  what is shown, and how
    context: Context,
    request: Request,
    link: Permalink,
    version: Version,
    now: Answer,
    *,
    is_short: bool = False,
    is_opened: bool = False,
) -> Response:
    chosen = choose(request, _FORMATS, "the link")
    is_linkable = len(link.address) <= _LONGEST
    if not is_linkable and not is_short:
        raise UriTooLong(
            "The query is too long for a link that has it inside. Where the server keeps short links "
            "(--answers), POST it to this address."
        )
    path = f"answers/{link.digest}" if is_short else link.address
    said = _cited(context, link, version, f"{request.base}/{path}")
    values = {
        "address": f"{request.base}/{path}",
        "question": f"{request.base}/{link.question}",
        "version": link.version,
        "dataset": link.data,
        "asked": link.date,
        "hash": f"sha256:{link.answer}",
        "mediaType": now.media_type,
        "bytes": now.size,
        **({"same": link.answer == now.hash, "now": f"sha256:{now.hash}"} if is_opened else {}),
    }
    if chosen is HTML:
        response = context.page(
            request,
            "answer-link.html",
            link=link,
            told=values,
            cited=said,
            csl=citation.CSL,
            query=dict(link.asked).get("query", "") if link.path == "sparql" else "",
            can_be_short=store.is_on(context.settings) and not is_short,
            is_opened=is_opened,
        )
    elif chosen is JSON:
        body = json.dumps({**values, "cite": said.text}, ensure_ascii=False, indent=1)
        response = formatted(f"{body}\n", chosen)
    else:
        response = content(said.written(chosen), f"{chosen.media_type}; charset=utf-8")
    response.add("link", f'<{request.base}/{path}>; rel="cite-as"')
    return of_this_host(request, response)


def _cited(context: Context, link: Permalink, version: Version, address: str) -> Citation:
    title, note = citation.answer_title(link), citation.note(link)
    return citation.of_dataset(context.dataset, version, address, part=title, note=note)
