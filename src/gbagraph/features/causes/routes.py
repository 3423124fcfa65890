"""What changed in an answer from one version to another, and why, over HTTP."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from gbagraph import publication
from gbagraph.engine import JobOptions
from gbagraph.errors import MalformedRequest, UnknownResource
from gbagraph.features.causes.jobs import Compare, Pair
from gbagraph.features.versions.held import of_engine
from gbagraph.features.versions.history import find
from gbagraph.features.versions.routes import of_server
from gbagraph.queries import catalog
from gbagraph.rdf.formats import HTML, JSON, TEXT, Format
from gbagraph.rdf.results import value_of
from gbagraph.sparql.protocol import FORMATS
from gbagraph.web.context import choose, content, of_this_host

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.features.versions.held import Releases
    from gbagraph.features.versions.history import Version
    from gbagraph.sparql.terms import Reference
    from gbagraph.web.context import Context

    _Text = tuple[str, tuple[Reference, ...]]

_MARKDOWN: Final = Format("text/markdown", "md", "Markdown", names=("markdown",))
_FORMS: Final = {JSON: "json", HTML: "json", TEXT: "text", _MARKDOWN: "markdown"}
_NAME: Final = re.compile(r"[\w.-]+")
"""What can be the name of a canned query; no query has such a text."""


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
    given = [(n, v) for n, v in request.parameters if n not in FORMATS and n != "query"]
    query = dict(request.parameters).get("query", "").strip()
    if not query and chosen is not HTML:
        raise MalformedRequest(
            "Give the query: ?query= with its text, or the name of a canned one."
        )
    told = None
    if query:
        job = _job(releases, versions, query, given, _FORMS[chosen])
        body = await _answered(context, request, releases, versions, job)
        if chosen is not HTML:
            return of_this_host(request, content(body, f"{chosen.media_type}; charset=utf-8"))
        told = _shown(json.loads(body))
    names = sorted({name for each in versions for name in _queries(releases, each)})
    page = context.page(
        request, "compare.html", versions=versions, known=known, query=query, told=told, names=names
    )
    return of_this_host(request, page)


def _queries(releases: Releases, version: Version) -> dict[str, Any]:
    with publication.as_if(releases.published(version)):
        return catalog.local_queries()


def _job(
    releases: Releases,
    versions: tuple[Version, Version],
    query: str,
    given: list[tuple[str, str]],
    form: str,
) -> Compare:
    texts = [_text(releases, each, query, given) for each in versions]
    there = [text for text in texts if text is not None]
    if not there:
        with publication.as_if(releases.published(versions[1])):
            catalog.find(query)  # it tells which there are
    only_in = "" if len(there) > 1 else versions[0 if texts[0] else 1].name
    (first, of_first), (last, of_last) = there[0], there[-1]
    names = versions[0].name, versions[1].name
    return Compare(query, names, (first, last), (of_first, of_last), only_in, form)


def _text(
    releases: Releases, version: Version, query: str, given: list[tuple[str, str]]
) -> _Text | None:
    """Return the query as a version is asked it; None if it has no canned query of that name."""
    if not _NAME.fullmatch(query):
        return query, ()
    canned = _queries(releases, version).get(query)
    return canned and canned.bind_references(given or canned.examples.items())


async def _answered(
    context: Context,
    request: Request,
    releases: Releases,
    versions: tuple[Version, Version],
    job: Compare,
) -> bytes:
    paths = tuple("" if each.is_present else each.name for each in versions)
    if "" in paths and not (context.dataset.built_in and "+" not in context.dataset.version):
        raise UnknownResource(
            f"Version {context.dataset.version} is not kept in files of this software, so it cannot be "
            "compared here. Compare releases, or files with gbagraph diff."
        )
    jobs = ("gbagraph.features.causes.jobs",)
    opened = partial(context.engine.beside, Pair(paths), releases.published(versions[0]), jobs)
    name = f"{job.names[0]} and {job.names[1]}"
    async with releases.holding(name, opened, releases.published(versions[0])) as pair:
        options = JobOptions(request.who, via=request.via, request=request.id)
        result = await pair.cache.get(job, options)
        return result.body if result.answer is None else await result.answer.read()


def _shown(change: dict[str, Any]) -> dict[str, Any]:
    """Return a comparison with terms as pages show them."""
    for row in change["rows"]:
        row["row"] = {name: value_of(term) for name, term in row["row"].items()}
        for triple in row["cause"]["triples"] if row["cause"] else ():
            _show(triple)
    return change


def _show(triple: dict[str, Any]) -> None:
    for part in ("subject", "predicate", "object"):
        triple[part] = value_of(triple[part])
    triple["paragraphs"] = [value_of({"type": "uri", "value": iri}) for iri in triple["paragraphs"]]
    for other in triple.get("followsFrom", ()):
        _show(other)
