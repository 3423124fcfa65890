"""The handlers, one a kind of address, and the table of addresses."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Final

from starlette.responses import FileResponse, RedirectResponse, Response

from gbagraph import (
    asked,
    canned,
    linked_data,
    negotiation,
    ontology_docs,
    pages,
    protocol,
    schema_org,
)
from gbagraph import service_description as description_of_service
from gbagraph.delivery import Delivery
from gbagraph.downloads import WHOLE, downloads
from gbagraph.engine import DEFAULT_GRAPH, Context, Document, Dump, Quads, Query
from gbagraph.errors import (
    GbaGraphError,
    MalformedRequest,
    RequestTooLarge,
    UnknownResource,
    classes,
)
from gbagraph.exchange import accept, answers, description, own, page, public_url, wants_page
from gbagraph.formats import (
    GRAPH,
    HTML,
    Format,
    by_extension,
)
from gbagraph.releases import releases
from gbagraph.settings import MAX_BODY
from gbagraph.vocabulary import BASE, DATASET, ONTOLOGY, PREFIXES, graph_iri

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from gbagraph.asked import Asked

    Handler = Callable[[Request], Awaitable[ASGIApp]]

READ: Final = ("GET", "HEAD", "OPTIONS")
ASK: Final = ("GET", "HEAD", "POST", "QUERY", "OPTIONS")


# --- SPARQL ----------------------------------------------------------------------------------


async def sparql(request: Request) -> ASGIApp:
    """The SPARQL Protocol's query operation, and the service description on a bare GET."""
    asked.check_length(request.scope["query_string"])
    wanted = asked.of_endpoint(
        request.method,
        request.scope["query_string"],
        tuple(accept(request)),
        request.headers.get("content-type"),
        await _body(request) if request.method in ("POST", "QUERY") else b"",
    )
    return await _service(request) if wanted is None else _deliver(request, wanted)


def _deliver(request: Request, wanted: Asked) -> Delivery:
    return Delivery(
        answers(request),
        wanted.job,
        timeout=wanted.timeout,
        reserved=wanted.reserved,
        name=wanted.name,
    )


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise RequestTooLarge(
                f"The request body is larger than {MAX_BODY} bytes.", limit=MAX_BODY
            )
    return bytes(body)


async def _service(request: Request) -> Response:
    offers = [offer for offer in GRAPH if offer.extension not in ("trig", "nq")]
    chosen = wants_page(request, offers)
    endpoint = public_url(request, "/sparql")
    if chosen is HTML:
        return page(request, "sparql.html", endpoint=endpoint)
    body = description_of_service.serialize(endpoint, description(request), chosen)
    return Response(body, headers={"Content-Type": chosen.content_type})


# --- Canned queries --------------------------------------------------------------------------


async def list_queries(request: Request) -> Response:
    """All canned queries with their parameters, as JSON or as a page."""
    queries = canned.all_queries().values()
    chosen = wants_page(request, [Format("application/json", "json", "JSON")])
    if chosen is HTML:
        return page(request, "queries.html", queries=queries)
    return Response(pages.queries_json(queries), headers={"Content-Type": chosen.content_type})


async def run_query(request: Request) -> ASGIApp:
    """The answer of one canned query; the text of it at ``/queries/NAME.rq``."""
    name = request.path_params["name"]
    if name.endswith(".rq"):
        text = canned.find(name.removesuffix(".rq")).text
        return Response(text, media_type="application/sparql-query")
    query_string = request.scope["query_string"]
    wanted = asked.of_canned(name, query_string, tuple(accept(request)))
    if wanted is not None:
        return _deliver(request, wanted)
    query = canned.find(name)
    given, _ = asked.parameters(query_string)
    values = dict(given or query.defaults.items())
    answer = await own(request, query.bind(values.items()))
    return page(request, "query.html", query=query, values=values, table=pages.table(answer))


# --- Linked data -----------------------------------------------------------------------------


async def start(request: Request) -> Response:
    """The start page."""
    markup = None
    if description(request).built_in:
        about = await own(request, schema_org.DATASET_QUERY)
        markup = schema_org.markup(DATASET, about.body, "Dataset")
    return page(
        request,
        "start.html",
        markup=markup,
        queries=canned.all_queries().values(),
        endpoint=public_url(request, "/sparql"),
        pairs=pages.SHOWN_DUMPS,
        inferred=graph_iri("inferred"),
    )


async def thing(request: Request) -> Response:
    """An IRI of ours names a thing: see other, namely the document about it (303)."""
    path = request.path_params["path"]
    await _must_exist(request, path)
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}/doc/{path}", 303)


async def _must_exist(request: Request, path: str) -> None:
    try:
        answer = await own(request, linked_data.exists_query(_iri(path)))
    except GbaGraphError:
        # A path with characters that no IRI can hold makes a query that does not parse.
        known = False
    else:
        known = pages.boolean(answer)
    if not known:
        raise UnknownResource(
            f"{BASE}{path} is not the name of anything in this graph. Start at /, or list what "
            "there is with: SELECT DISTINCT ?thing { ?thing a ?class }"
        )


def _iri(path: str) -> str:
    return BASE + path


async def document(request: Request) -> ASGIApp:
    """What the graph says about a thing, as RDF or as a page; a suffix such as .ttl chooses."""
    path, chosen = _suffix(request, request.path_params["path"])
    await _must_exist(request, path)
    iri = _iri(path)
    links = _links(request, path)
    if chosen.extension == "jsonld":
        job = Document(linked_data.description_query(iri), iri, chosen.content_type)
        return Delivery(answers(request), job, reserved=True, links=links)
    if chosen is not HTML:
        return _graph(request, linked_data.description_query(iri), chosen, links)
    if iri == ONTOLOGY:
        # Its page is its documentation; a browser takes the fragment, a term's name, along.
        return RedirectResponse(f"{request.scope.get('root_path', '')}/ontology", 303)
    number = _page_number(request)
    answer = await own(request, linked_data.statements_query(iri, number))
    found, more = linked_data.statements(answer.body)
    about = await own(request, schema_org.thing_query(iri))
    found_page = page(
        request,
        "entity.html",
        iri=iri,
        path=path,
        markup=schema_org.markup(iri, about.body),
        label=linked_data.label_of(iri, found),
        groups=linked_data.grouped(found),
        number=number,
        more=more,
        offers=pages.shown(GRAPH),
    )
    found_page.headers["Link"] = links
    return found_page


def _page_number(request: Request) -> int:
    asked = request.query_params.get("page", "1")
    if not re.fullmatch("[1-9][0-9]{0,5}", asked):
        raise MalformedRequest(
            f"The parameter page has the value {asked!r}. Give a number from 1 on."
        )
    return int(asked)


def _links(request: Request, path: str) -> str:
    """A Link header (RFC 8288) from a document to what it is about, its other forms, its terms."""
    document = f"{request.scope.get('root_path', '')}/doc/{path}"
    forms = [*pages.shown(GRAPH), HTML]
    return ", ".join(
        [
            f'<{_iri(path)}>; rel="canonical"',
            f'<{_iri(path)}>; rel="describes"',
            *(
                f'<{document}.{form.extension}>; rel="alternate"; type="{form.media_type}"'
                for form in forms
            ),
            f'<{ONTOLOGY}>; rel="describedby"',
        ]
    )


def _suffix(request: Request, path: str) -> tuple[str, Format]:
    """The path without its suffix, and the format that suffix or Accept header choose."""
    stem, dot, extension = path.rpartition(".")
    chosen = by_extension((*GRAPH, HTML), extension) if dot else None
    if chosen is None:
        return path, wants_page(request, GRAPH)
    return stem, chosen


def _graph(request: Request, query: str, chosen: Format, links: str) -> Delivery:
    job = Query(query, {"graph": (chosen.content_type, chosen.extension)})
    return Delivery(answers(request), job, reserved=True, links=links)


async def ontology(request: Request) -> ASGIApp:
    """The ontology: a document, so its IRI answers 200; the terms are its fragments."""
    extension = request.path_params.get("extension")
    chosen = by_extension(GRAPH, extension) if extension else wants_page(request, GRAPH)
    version = request.path_params.get("version")
    if version:
        await _must_exist(request, f"ontology/{version}")
        if version != description(request).version:
            root = request.scope.get("root_path", "")
            return RedirectResponse(f"{root}/doc/ontology/{version}", 303)
    if chosen is None:
        raise UnknownResource(f"The ontology is not available as .{extension}.")
    if chosen is not HTML:
        return _dump(request, graph_iri("ontology"), chosen)
    return await _ontology_page(request)


async def _ontology_page(request: Request) -> Response:
    dataset = description(request)
    questions = ontology_docs.questions(built_in=dataset.built_in)
    found = tuple([(name, (await own(request, query)).body) for name, query in questions.items()])
    root = request.scope.get("root_path", "")
    # In a thread: the first making of the page would hold up everybody else.
    text = await asyncio.to_thread(pages.ontology, found, root, dataset)
    return Response(text, media_type="text/html; charset=utf-8")


async def named_graph(request: Request) -> ASGIApp:
    """A named graph at its own IRI, whole."""
    name, chosen = _suffix(request, request.path_params["name"])
    _known_graph(request, graph_iri(name))
    if chosen is HTML:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/doc/graph/{name}", 303)
    return _dump(request, graph_iri(name), chosen)


async def dump(request: Request) -> ASGIApp:
    """A file to take away: all graphs, one graph, the facts with their evidence, or a release."""
    name = request.path_params["name"]
    released = {f"{WHOLE}-{path.name}": path for path in releases().values()}
    if name in released:
        return FileResponse(released[name], media_type="application/gzip", filename=name)
    found = downloads(description(request).graphs).get(name)
    if found is None:
        raise UnknownResource(
            f"There is no file {name}. There are: gbagraph.trig, gbagraph.nq, one file a graph, such "
            f"as article.ttl, and those that {BASE}dataset names with dcat:downloadURL."
        )
    if found.query:
        job = Quads(found.query, found.format.content_type, found.format.extension)
        return Delivery(answers(request), job, reserved=True, name=found.name)
    return _dump(request, found.graph, found.format, found.name)


async def graph_store(request: Request) -> ASGIApp:
    """Read a graph by the Graph Store HTTP Protocol (section 5.2): ``?default`` or ``?graph=IRI``."""
    names = protocol.graph_store(request.scope["query_string"])
    chosen = negotiation.choose(accept(request), GRAPH, "a graph")
    if names is None:
        return _dump(request, DEFAULT_GRAPH, chosen)
    _known_graph(request, names)
    return _dump(request, names, chosen)


async def void(request: Request) -> Response:
    """Where clients look for a description of the dataset (VoID, section 7.2)."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}/graph/meta", 303)


async def context(request: Request) -> Delivery:
    """The JSON-LD context: what the names in JSON-LD documents mean."""
    return Delivery(answers(request), Context("application/ld+json"), reserved=True)


async def prefixes(request: Request) -> Response:
    """The prefixes in use, as JSON or as the head of a query."""
    plain = Format("text/plain", "txt", "text")
    chosen = negotiation.choose(
        accept(request), [Format("application/json", "json", "JSON"), plain]
    )
    if chosen is plain:
        text = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    else:
        text = json.dumps(dict(PREFIXES), indent=1)
    return Response(text, headers={"Content-Type": chosen.content_type})


def _dump(request: Request, graph: str | None, chosen: Format, name: str = "") -> Delivery:
    job = Dump(graph, chosen.content_type, chosen.extension)
    return Delivery(answers(request), job, reserved=True, name=name)


def _known_graph(request: Request, graph: str) -> None:
    graphs = description(request).graphs
    if graph not in graphs:
        raise UnknownResource(
            f"There is no graph {graph}. There are: {', '.join(graphs) or 'none'}."
        )


async def problem(request: Request) -> Response:
    """What a problem's type IRI names, in words."""
    error = classes().get(request.path_params["name"])
    if error is None:
        raise UnknownResource("There is no such kind of problem.")
    text = f"{error.title}\n\n{(error.__doc__ or '').strip()}\n"
    return Response(text, media_type="text/plain; charset=utf-8")


ROUTES: Final[list[tuple[str, Handler, tuple[str, ...]]]] = [
    ("/", start, READ),
    ("/sparql", sparql, ASK),
    ("/queries", list_queries, READ),
    ("/queries/{name}", run_query, READ),
    ("/dumps/{name}", dump, READ),
    ("/graphs", graph_store, READ),
    ("/prefixes", prefixes, READ),
    ("/context.jsonld", context, READ),
    ("/.well-known/void", void, READ),
    ("/graph/{name}", named_graph, READ),
    ("/ontology", ontology, READ),
    ("/ontology/{version}", ontology, READ),
    ("/ontology.{extension}", ontology, READ),
    ("/problem/{name}", problem, READ),
    ("/doc/{path:path}", document, READ),
    ("/{path:path}", thing, READ),
]
