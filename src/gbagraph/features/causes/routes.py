"""What changed in an answer from one version to another, and why, over HTTP."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from gbagraph.engine import JobOptions
from gbagraph.errors import MalformedRequest, UnknownResource
from gbagraph.features.causes.jobs import Compare, Pair
from gbagraph.features.versions.held import of_engine
from gbagraph.features.versions.history import find
from gbagraph.features.versions.routes import of_server
from gbagraph.queries.catalog import is_name, local_queries
from gbagraph.rdf.formats import HTML, JSON, TEXT, Format
from gbagraph.rdf.results import value_of
from gbagraph.sparql import protocol
from gbagraph.sparql.binding import bound
from gbagraph.web.context import choose, content, of_this_host

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.features.versions.held import Releases
    from gbagraph.features.versions.history import Version
    from gbagraph.web.context import Context

_MARKDOWN: Final = Format("text/markdown", "md", "Markdown", names=("markdown",))
_FORMS: Final = {JSON: "json", HTML: "page", TEXT: "text", _MARKDOWN: "markdown"}


async def compared(context: Context, request: Request, before: str, after: str) -> Response:
    """The rows of ``?query=`` that are gone and new, with the triples by which they are.

    The query is a canned one by its name, with values of its parameters, or a text.

    Raises:
        UnknownResource: there is no such version or canned query, or a version cannot be compared.
        MalformedRequest: there is no query.
    """
    request, releases = of_server(request), of_engine(context.engine)
    known = await releases.versions()
    versions = find(before, known), find(after, known)
    chosen = choose(request, tuple(_FORMS), "the comparison")
    query = dict(request.parameters).get("query", "").strip()
    if not query and chosen is not HTML:
        raise MalformedRequest(
            "Give the query: ?query= with its text, or the name of a canned one."
        )
    told = None
    if query:
        job = await asyncio.to_thread(_job, request, query, _FORMS[chosen])
        body = await _answered(context, request, releases, versions, job)
        if chosen is not HTML:
            return of_this_host(request, content(body, f"{chosen.media_type}; charset=utf-8"))
        told = _shown(json.loads(body))
    names = sorted(
        {n for each in versions for n in local_queries(releases.published(each).queries)}
    )
    asked = [pair for pair in request.parameters if pair[0] not in protocol.FORMATS]
    page = context.page(
        request,
        "compare.html",
        versions=versions,
        query=query,
        asked=asked,
        told=told,
        names=names,
    )
    return of_this_host(request, page)


def _job(request: Request, query: str, form: str) -> Compare:
    """Return the job for the *query* and what else the request has for it.

    Raises:
        MalformedRequest, BadParameter: as for the endpoint; or other graphs are to be asked.
    """
    if is_name(query):
        left_out = ("query", *protocol.FORMATS)
        given = ((n, v) for n, v in request.parameters if n not in left_out)
        return Compare(query, tuple(given), form)
    sent = protocol.of_parameters(request.parameters)
    assert sent is not None  # noqa: S101  there is a query
    if (sent.default_graphs, sent.named_graphs, sent.infer) != (None, None, None):
        raise MalformedRequest(
            "A comparison asks the default graph that each version has. Name other graphs in the query, "
            "with GRAPH or FROM."
        )
    return Compare(bound(sent.query, sent.bindings), form=form)


async def _answered(
    context: Context,
    request: Request,
    releases: Releases,
    versions: tuple[Version, Version],
    job: Compare,
) -> bytes:
    paths = tuple("" if each.is_present else each.name for each in versions)
    published = tuple(map(releases.published, versions))
    if "" in paths and not (context.dataset.built_in and "+" not in context.dataset.version):
        raise UnknownResource(
            f"Version {context.dataset.version} is not kept in files of this software, so it cannot be "
            "compared here. Compare releases, or files with gbagraph diff."
        )
    pair = Pair(paths, queries=(published[0].queries, published[1].queries))
    opened = partial(context.engine.beside, pair, published[0], (Compare.__module__,))
    name = " and ".join(each.name for each in versions)
    async with releases.holding(name, opened, published[0]) as held:
        options = JobOptions(request.who, via=request.via, request=request.id)
        result = await held.cache.get(job, options)
        return result.body if result.answer is None else await result.answer.read()


def _shown(change: dict[str, Any]) -> dict[str, Any]:
    """Return a comparison with terms as pages show them."""
    for group in change["groups"]:
        for row in group["rows"]:
            row["row"] = {name: value_of(term) for name, term in row["row"].items()}
        for triple in group["cause"]["triples"] if group["cause"] else ():
            _show(triple)
    return change


def _show(triple: dict[str, Any]) -> None:
    for part in ("subject", "predicate", "object"):
        triple[part] = value_of(triple[part])
    triple["paragraphs"] = [value_of({"type": "uri", "value": iri}) for iri in triple["paragraphs"]]
    for other in triple.get("followsFrom", ()):
        _show(other)
