"""Small documents: errors and their types, prefixes, files of pages, and what crawlers read first."""

from __future__ import annotations

import asyncio
import inspect
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote
from xml.sax.saxutils import escape

from gbagraph import publication
from gbagraph.dataset import limits
from gbagraph.dataset.service import located, rewritten
from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.engine import Query
from gbagraph.errors import BadParameter, UnknownResource, classes
from gbagraph.feature import hooks
from gbagraph.paths import own_query
from gbagraph.queries.catalog import all_queries, told_queries
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import GRAPH, HTML, JSON, TEXT, Format
from gbagraph.rdf.namespaces import BASE, PREFIXES, declarations
from gbagraph.rdf.results import rows
from gbagraph.sparql import negotiation
from gbagraph.sparql.message import LANGUAGES
from gbagraph.web import addresses
from gbagraph.web.context import (
    READABLE,
    Context,
    choose,
    content,
    formatted,
    language_cookie,
    language_of,
    of_this_host,
    redirect,
)
from gbagraph.web.jobs import JsonLdContext
from gbagraph.web.kinds import about

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.errors import GbaGraphError


_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_FOR_NOW: Final = "public, max-age=60"


async def file(context: Context, request: Request, name: str = "icon.svg") -> Response:
    """A style sheet, script or other file of the pages; to be kept if its address has its hash.

    Browsers look for the picture of the site at an address of its own.
    """
    found = addresses.static_files().find(name)
    if found is None:
        raise UnknownResource(f"There is no file {name} for pages.")
    sent, is_exact = found
    response = content(sent.body, sent.media_type)
    response.add("cache-control", _FOR_GOOD if is_exact else _FOR_NOW)
    response.is_shared = True
    return response


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
    rules = [
        f"Disallow: {request.prefix}{path}"
        for path in _WITHOUT_END
        if addresses.serves(path.partition("?")[0])
    ]
    lines = ["User-agent: *", *rules, "", f"Sitemap: {request.base}/sitemap.xml", ""]
    return of_this_host(request, content("\n".join(lines), "text/plain; charset=utf-8"))


async def sitemap(context: Context, request: Request) -> Response:
    """The pages: of the site, its queries and its manual, of the dataset, its graphs and its things."""
    pages = [
        "sparql",
        "queries",
        *(f"queries/{name}" for name in all_queries()),
        *await asyncio.to_thread(_of_features),
    ]
    of_data = ["", "ontology", *_graphs(context), *await _documents(context)]
    changed = datetime.fromtimestamp(context.dataset.modified, UTC).date().isoformat()
    urls = _urls(request, pages) + _urls(request, of_data, f"<lastmod>{changed}</lastmod>")
    return of_this_host(request, content(_SITEMAP.format(urls), "application/xml"))


def _urls(request: Request, paths: Iterable[str], more: str = "") -> str:
    kept = (path for path in paths if addresses.serves(f"/{path}"))
    urls = (f"{request.base}/{quote(path, safe='/:@!$&()*+,;=~-._')}" for path in kept)
    return "".join(f"<url><loc>{escape(address)}</loc>{more}</url>\n" for address in urls)


def _of_features() -> list[str]:
    return [address.removeprefix("/") for listed in hooks("sitemap") for address in listed()]


def _graphs(context: Context) -> list[str]:
    """Return the paths of the pages about evidence, the dataset and its graphs, which ours has."""
    if not context.dataset.built_in:
        return []
    names = (graph.removeprefix(PREFIXES["graph"]) for graph in context.dataset.graphs)
    return ["evidence", "doc/dataset", *(f"doc/graph/{name}" for name in names)]


async def _documents(context: Context) -> list[str]:
    """The paths of the documents about things; none where nothing has a base, or in large data."""
    base, things = namespaces.base(), namespaces.things()
    if not base or context.dataset.default_graph > _LISTED:
        return []
    answer = await context.query(about("web", "sitemap", things))
    iris = (row["thing"]["value"] for row in rows(answer.body))
    return [f"doc/{iri.removeprefix(base)}" for iri in iris if iri != base]


_DETAILS: Final = Format("application/problem+json", "json", "problem details")
PROBLEM_FORMATS: Final = (_DETAILS, JSON, TEXT, HTML)


def error_renderer(context: Context) -> Callable[[GbaGraphError, Request], Response]:
    """Return the function that makes the response for an error in the format that the client prefers."""

    def render(problem: GbaGraphError, request: Request) -> Response:
        if "suggestions" in problem.details:
            problem.details["suggestions"] = _below(request.prefix, problem.details["suggestions"])
        chosen = negotiation.preferred(request.accept, PROBLEM_FORMATS) or _DETAILS
        if chosen is HTML:
            _tell(problem.details.get("suggestions", ()), request)
            return context.page(request, "error.html", problem.status, error=problem)
        if chosen is TEXT:
            return content(as_text(problem), chosen.content_type, problem.status)
        return content(as_details(problem), chosen.media_type, problem.status)

    return render


def _tell(suggestions: Iterable[dict[str, str]], request: Request) -> None:
    """Name the canned queries among *suggestions* in the reader's language."""
    told = told_queries(language_of(request))
    for row in suggestions:
        query = told.get(row.get("address", "").removeprefix(f"{request.prefix}/queries/"))
        if query is not None and query.language:
            row["label"] = query.summary


def _below(prefix: str, suggestions: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """*suggestions* with addresses on a server that is published below the path *prefix*."""
    return [
        {**row, "address": prefix + row["address"]} if "address" in row else row
        for row in suggestions
    ]


def as_text(problem: GbaGraphError) -> str:
    """Return an error as plain text."""
    excerpt = problem.details.get("excerpt", "")
    return f"{problem.title}\n{problem.message}\n{excerpt}\n"


def as_details(problem: GbaGraphError) -> str:
    """Return an error as problem details (RFC 9457, section 3), in JSON."""
    fields = {
        "type": f"{BASE}problem/{problem.name}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.message,
        **problem.details,
    }
    return json.dumps(fields, ensure_ascii=False)


_OF_ADDRESSES: Final = "/?&=%:@!$'()*+,;#~"
"""Characters of an address that are no part of a name or value, or are written in it as they are."""


async def void(context: Context, request: Request) -> Response:
    """The description of the dataset at its well-known address (VoID, section 7.2), for planners.

    That of others' data is a part of the description of the service.
    """
    if context.dataset.built_in:
        chosen = choose(request, GRAPH, "the description of the dataset")
        said = await context.whole(Query(own_query("web", "void"), READABLE))
        here = located(said, request.base, addresses.own())
        return of_this_host(request, formatted(rewritten(here, chosen, request.base), chosen))
    is_kept = publication.current().is_own and addresses.serves("/graph/meta")
    return redirect(request, "/graph/meta" if is_kept else "/sparql")


async def json_ld_context(context: Context, request: Request) -> Evaluation:
    """The JSON-LD context: what the names in JSON-LD documents mean."""
    return Evaluation(JsonLdContext())


async def prefixes(context: Context, request: Request) -> Response:
    """The prefixes in use, as a page, as JSON or as the PREFIX declarations of a query."""
    chosen = choose(request, (JSON, TEXT, HTML), "the list of prefixes")
    if chosen is HTML:
        return context.page(request, "prefixes.html", prefixes=namespaces.prefixes())
    if chosen is TEXT:
        return formatted(declarations(), chosen)
    return formatted(json.dumps(dict(namespaces.prefixes()), indent=1), chosen)


async def language(context: Context, request: Request) -> Response:
    """Remember the language of the pages that a reader chose, and go back to the page: ``?to=&back=``.

    Raises:
        BadParameter: there are no pages in that language.
    """
    values = dict(request.parameters)
    chosen, back = values.get("to", ""), values.get("back", "/")
    if chosen not in LANGUAGES:
        raise BadParameter(
            f"There are no pages in {chosen[:50]!r}. The parameter to can be "
            f"{' or '.join(LANGUAGES)}.",
            parameter="to",
        )
    # One slash: with two, it would be the address of another server.
    response = redirect(request, quote("/" + back.lstrip("/\\"), safe=_OF_ADDRESSES))
    response.add("set-cookie", language_cookie(chosen, request.prefix))
    response.add("cache-control", "no-store")
    return response


async def service(context: Context, request: Request) -> Response:
    """The vocabulary in which services say their limits, as RDF; as a page, the manual on them."""
    offers = (*GRAPH, HTML) if addresses.serves("/docs/federate") else GRAPH
    chosen = choose(request, offers, "the vocabulary")
    if chosen is HTML:
        return redirect(request, "/docs/federate#limits")
    return formatted(limits.serialize(chosen), chosen)


async def problem(context: Context, request: Request, name: str) -> Response:
    """The explanation at the type IRI of a problem.

    Raises:
        UnknownResource: there is no such type.
    """
    kind = classes().get(name)
    if kind is None:
        raise UnknownResource("There is no such type of problem.")
    meaning = inspect.cleandoc(kind.__doc__ or "")
    if choose(request, (TEXT, HTML), "the explanation") is HTML:
        return context.page(request, "problem.html", kind=kind, meaning=meaning)
    return formatted(f"{kind.title}\n\n{meaning}\n", TEXT)
