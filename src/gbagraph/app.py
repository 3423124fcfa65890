"""The web application: routes, headers and errors. Everything else is decided in other modules."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from gbagraph import __version__, canned, linked_data, negotiation, pages, protocol
from gbagraph import service_description as description_of_service
from gbagraph.engine import Answer, Dump, Engine, Query
from gbagraph.errors import (
    GbaGraphError,
    MethodNotAllowed,
    RequestTooLarge,
    UnknownResource,
    classes,
)
from gbagraph.formats import GRAPH, HTML, OFFERS, SOLUTIONS, Format, Kind, by_extension
from gbagraph.settings import MAX_BODY
from gbagraph.vocabulary import BASE, ONTOLOGY, graph_iri

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("gbagraph")

_READ: Final = ("GET", "HEAD", "OPTIONS")
_ASK: Final = ("GET", "HEAD", "POST", "OPTIONS")
_QUADS: Final = tuple(offer for offer in GRAPH if offer.extension in ("trig", "nq"))
_EXPOSED: Final = ("Dataset-Version", "Link", "Location", "Retry-After")


def create_app(engine: Engine, *, root_path: str = "") -> FastAPI:
    """The application in front of a started engine, published below *root_path*."""
    app = FastAPI(
        title="gbagraph",
        version=__version__,
        root_path=root_path,
        docs_url=None,  # the bundled pages load scripts from a third party
        redoc_url=None,
        openapi_url=None,
    )
    app.state.engine = engine
    app.router.routes.extend(_routes())
    app.add_middleware(_CommonHeaders)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=list(_ASK),
        allow_headers=["*"],
        expose_headers=list(_EXPOSED),
        max_age=86400,
    )
    app.add_exception_handler(GbaGraphError, _explain)
    app.add_exception_handler(HTTPException, _explain_http)
    app.add_exception_handler(Exception, _explain_bug)
    return app


def _routes() -> list[Route]:
    return [
        _route("/", start, _READ),
        _route("/sparql", sparql, _ASK),
        _route("/queries", list_queries, _READ),
        _route("/queries/{name}", run_query, _READ),
        _route("/dumps/{name}", dump, _READ),
        _route("/graph/{name}", named_graph, _READ),
        _route("/ontology", ontology, _READ),
        _route("/ontology/{version}", ontology, _READ),
        _route("/ontology.{extension}", ontology, _READ),
        _route("/problem/{name}", problem, _READ),
        _route("/doc/{path:path}", document, _READ),
        _route("/{path:path}", thing, _READ),
    ]


def _route(path: str, endpoint: Any, methods: Sequence[str]) -> Route:  # noqa: ANN401
    """A route that answers every method: one that is not offered with 405 and Allow."""
    return Route(path, _Endpoint(endpoint, methods))


class _Endpoint:
    """A request handler as an ASGI application that knows its methods."""

    def __init__(self, handler: Any, methods: Sequence[str]) -> None:  # noqa: ANN401
        self._handler = handler
        self._methods = methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._respond(request)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        allow = ", ".join(self._methods)
        if request.method not in self._methods:
            raise MethodNotAllowed(
                f"{request.method} is not offered at {request.url.path}. Use {allow}.", allow=allow
            )
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": allow})
        response: Response = await self._handler(request)
        return response


class _CommonHeaders:
    """Headers that every response has: the dataset's version, and what it varies by."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                version = _engine(Request(scope)).description.version
                message["headers"] = [
                    *message["headers"],
                    (b"dataset-version", version.encode()),
                    (b"vary", b"Accept"),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


def _accept(request: Request) -> list[str]:
    return request.headers.getlist("accept")


def _wants_page(request: Request, offers: Sequence[Format]) -> Format:
    """HTML is offered last: it wins when it is asked for by name, as browsers do."""
    return negotiation.choose(_accept(request), [*offers, HTML])


def _page(request: Request, template: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401
    text = pages.render(
        template,
        root=request.scope.get("root_path", ""),
        dataset=_engine(request).description,
        **values,
    )
    return Response(text, status, media_type="text/html; charset=utf-8")


# --- SPARQL ----------------------------------------------------------------------------------


async def sparql(request: Request) -> Response:
    """The SPARQL Protocol's query operation, and the service description on a bare GET."""
    asked = protocol.read(
        request.method,
        request.scope["query_string"],
        request.headers.get("content-type"),
        await _body(request) if request.method == "POST" else b"",
    )
    if asked is None:
        return await _service(request)
    job = Query(asked.query, _formats(request), asked.default_graphs, asked.named_graphs)
    return await _answer(request, job, asked.timeout)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise RequestTooLarge(
                f"The request body is larger than {MAX_BODY} bytes.", limit=MAX_BODY
            )
    return bytes(body)


def _formats(request: Request) -> dict[Kind, tuple[str, str]]:
    accept = _accept(request)
    chosen = {kind: negotiation.preferred(accept, offers) for kind, offers in OFFERS.items()}
    found = {kind: (row.content_type, row.extension) for kind, row in chosen.items() if row}
    if not found:
        every = [offer for offers in OFFERS.values() for offer in offers]
        raise negotiation.not_acceptable(accept, list(dict.fromkeys(every)), "a result")
    return found


async def _answer(request: Request, job: Query | Dump, timeout: float | None = None) -> Response:
    return await _send(request, await _engine(request).answer(job, timeout))


async def _send(request: Request, answer: Answer) -> Response:
    headers = {"Content-Type": answer.content_type}
    if answer.rest is None:
        return Response(answer.body, headers=headers)
    if request.method == "HEAD":
        await answer.rest.aclose()
        return Response(headers=headers)
    return StreamingResponse(_stream(answer, answer.rest), headers=headers)


async def _stream(answer: Answer, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield answer.body
    async for chunk in rest:
        yield chunk


async def _service(request: Request) -> Response:
    offers = [offer for offer in GRAPH if offer.extension not in ("trig", "nq")]
    chosen = _wants_page(request, offers)
    endpoint = str(request.url.replace(query="", fragment=""))
    description = _engine(request).description
    if chosen is HTML:
        return _page(request, "sparql.html", endpoint=endpoint)
    body = description_of_service.serialize(endpoint, description, chosen)
    return Response(body, headers={"Content-Type": chosen.content_type})


# --- Canned queries --------------------------------------------------------------------------


async def list_queries(request: Request) -> Response:
    """All canned queries with their parameters, as JSON or as a page."""
    queries = canned.all_queries().values()
    chosen = _wants_page(request, [Format("application/json", "json", "JSON")])
    if chosen is HTML:
        return _page(request, "queries.html", queries=queries)
    return Response(pages.queries_json(queries), headers={"Content-Type": chosen.content_type})


async def run_query(request: Request) -> Response:
    """The answer of one canned query; the text of it at ``/queries/NAME.rq``."""
    name = request.path_params["name"]
    if name.endswith(".rq"):
        text = canned.find(name.removesuffix(".rq")).text
        return Response(text, media_type="application/sparql-query")
    query = canned.find(name)
    given = protocol.parameters(request.scope["query_string"], "query string")
    wants_html = negotiation.preferred(_accept(request), [*SOLUTIONS, *GRAPH, HTML]) is HTML
    if not wants_html:
        return await _answer(request, Query(query.bind(given), _formats(request)))
    values = dict(given or query.defaults.items())
    answer = await _engine(request).answer(Query(query.bind(values.items()), _TO_READ))
    return _page(request, "query.html", query=query, values=values, table=pages.table(answer))


_TO_READ: Final[dict[Kind, tuple[str, str]]] = {
    "solutions": ("application/sparql-results+json", "srj"),
    "boolean": ("application/sparql-results+json", "srj"),
    "graph": ("text/turtle; charset=utf-8", "ttl"),
}


# --- Linked data -----------------------------------------------------------------------------


async def start(request: Request) -> Response:
    """The start page."""
    return _page(
        request,
        "start.html",
        queries=canned.all_queries().values(),
        endpoint=str(request.base_url) + "sparql",
        pairs=pages.SHOWN_DUMPS,
    )


async def thing(request: Request) -> Response:
    """An IRI of ours names a thing: see other, namely the document about it (303)."""
    path = request.path_params["path"]
    await _must_exist(request, path)
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}/doc/{path}", 303)


async def _must_exist(request: Request, path: str) -> None:
    try:
        answer = await _engine(request).answer(
            Query(linked_data.exists_query(_iri(path)), {"boolean": ("text/boolean", "boolean")})
        )
    except GbaGraphError:
        # A path with characters that no IRI can hold makes a query that does not parse.
        known = False
    else:
        known = answer.body == b"true"
    if not known:
        raise UnknownResource(
            f"{BASE}{path} is not the name of anything in this graph. Start at /, or list what "
            "there is with: SELECT DISTINCT ?thing { ?thing a ?class }"
        )


def _iri(path: str) -> str:
    return BASE + path


async def document(request: Request) -> Response:
    """What the graph says about a thing, as RDF or as a page; a suffix such as .ttl chooses."""
    path, chosen = _suffix(request, request.path_params["path"])
    await _must_exist(request, path)
    iri = _iri(path)
    if chosen is not HTML:
        return await _graph(request, linked_data.description_query(iri), chosen)
    answer = await _engine(request).answer(Query(linked_data.statements_query(iri), _TO_READ))
    found = linked_data.statements(answer.body)
    return _page(
        request,
        "entity.html",
        iri=iri,
        path=path,
        label=linked_data.label_of(iri, found),
        groups=linked_data.grouped(found),
        offers=pages.shown(GRAPH),
    )


def _suffix(request: Request, path: str) -> tuple[str, Format]:
    """The path without its suffix, and the format that suffix or Accept header choose."""
    stem, dot, extension = path.rpartition(".")
    chosen = by_extension((*GRAPH, HTML), extension) if dot else None
    if chosen is None:
        return path, _wants_page(request, GRAPH)
    return stem, chosen


async def _graph(request: Request, query: str, chosen: Format) -> Response:
    return await _answer(request, Query(query, {"graph": (chosen.content_type, chosen.extension)}))


async def ontology(request: Request) -> Response:
    """The ontology: a document, so its IRI answers 200; the terms are its fragments."""
    extension = request.path_params.get("extension")
    chosen = by_extension(GRAPH, extension) if extension else _wants_page(request, GRAPH)
    version = request.path_params.get("version")
    if version:
        await _must_exist(request, f"ontology/{version}")
    if chosen is None:
        raise UnknownResource(f"The ontology is not available as .{extension}.")
    if chosen is not HTML:
        return await _dump(request, graph_iri("ontology"), chosen)
    answer = await _engine(request).answer(Query(pages.TERMS_QUERY, _TO_READ))
    return _page(request, "ontology.html", iri=ONTOLOGY, terms=pages.terms(answer))


async def named_graph(request: Request) -> Response:
    """A named graph at its own IRI, whole."""
    name, chosen = _suffix(request, request.path_params["name"])
    _known_graph(request, graph_iri(name))
    if chosen is HTML:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/doc/graph/{name}", 303)
    return await _dump(request, graph_iri(name), chosen)


async def dump(request: Request) -> Response:
    """One graph or the whole dataset as a file, such as ``article.ttl`` or ``gbagraph.trig``."""
    name, _, extension = request.path_params["name"].partition(".")
    if name == "gbagraph":
        chosen, graph = by_extension(_QUADS, extension), None
    else:
        chosen, graph = by_extension(GRAPH, extension), graph_iri(name)
        _known_graph(request, graph)
    if chosen is None:
        raise UnknownResource(
            f"There is no dump {name}.{extension}. There are: gbagraph.trig, gbagraph.nq, and one "
            "Turtle file a graph, such as article.ttl."
        )
    return await _dump(request, graph, chosen)


async def _dump(request: Request, graph: str | None, chosen: Format) -> Response:
    return await _answer(request, Dump(graph, chosen.content_type, chosen.extension))


def _known_graph(request: Request, graph: str) -> None:
    graphs = _engine(request).description.graphs
    if graph not in graphs:
        raise UnknownResource(
            f"There is no graph {graph}. There are: {', '.join(graphs) or 'none'}."
        )


# --- Errors ----------------------------------------------------------------------------------


async def problem(request: Request) -> Response:
    """What a problem's type IRI names, in words."""
    error = classes().get(request.path_params["name"])
    if error is None:
        raise UnknownResource("There is no such kind of problem.")
    text = f"{error.title}\n\n{(error.__doc__ or '').strip()}\n"
    return Response(text, media_type="text/plain; charset=utf-8")


async def _explain(request: Request, error: Exception) -> Response:
    """An error of ours as problem details (RFC 9457), text or a page."""
    assert isinstance(error, GbaGraphError)  # noqa: S101  registered for this class only
    if error.status >= 500:
        log.warning("%s: %s", error.name, error.message)
    chosen = negotiation.preferred(_accept(request), pages.PROBLEM_FORMATS)
    headers = dict(error.headers)
    if "allow" in error.details:
        headers["Allow"] = error.details["allow"]
    if chosen is HTML:
        response = _page(request, "error.html", error.status, error=error)
        response.headers.update(headers)
        return response
    body, content_type = pages.problem(error, chosen)
    return Response(body, error.status, headers={**headers, "Content-Type": content_type})


async def _explain_http(request: Request, error: Exception) -> Response:
    """An error of the framework's (a request it could not read), in our form."""
    assert isinstance(error, HTTPException)  # noqa: S101  registered for this class only
    return await _explain(request, pages.from_http(error.status_code, str(error.detail)))


async def _explain_bug(request: Request, error: Exception) -> Response:
    """Anything else is a fault of ours: logged, and told without details."""
    log.error("unexpected failure", exc_info=error)
    return await _explain(request, GbaGraphError("The server failed to answer. This is our fault."))
