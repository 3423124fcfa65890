"""The web application: routes, headers and errors. Everything else is decided in other modules."""

from __future__ import annotations

import json
import logging
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette_compress import CompressMiddleware, add_compress_type

from gbagraph import __version__, canned, linked_data, negotiation, pages, protocol
from gbagraph import service_description as description_of_service
from gbagraph.answers import Answers, Named
from gbagraph.delivery import Delivery
from gbagraph.engine import DEFAULT_GRAPH, Dump, Engine, Query
from gbagraph.errors import (
    GbaGraphError,
    MalformedRequest,
    MethodNotAllowed,
    RequestTooLarge,
    ResultTooLarge,
    UnknownResource,
    UriTooLong,
    classes,
)
from gbagraph.formats import (
    BOOLEAN,
    GRAPH,
    HTML,
    OFFERS,
    SOLUTIONS,
    Format,
    Kind,
    by_extension,
    wished,
)
from gbagraph.hot import RAW_REQUEST, HotResponses
from gbagraph.settings import MAX_BODY, MAX_QUERY_STRING
from gbagraph.vocabulary import BASE, ONTOLOGY, PREFIXES, graph_iri

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from gbagraph.dataset import Description

log = logging.getLogger("gbagraph")

_READ: Final = ("GET", "HEAD", "OPTIONS")
_ASK: Final = ("GET", "HEAD", "POST", "QUERY", "OPTIONS")
_QUADS: Final = tuple(offer for offer in GRAPH if offer.extension in ("trig", "nq"))
_QUERY_METHODS: Final = frozenset(_ASK) - {"OPTIONS"}
_EXPOSED: Final = ("Dataset-Version", "ETag", "Link", "Location", "Retry-After")
_CANNED: Final = "/queries/"
_COMMON: Final = [(b"vary", b"Accept"), (b"x-content-type-options", b"nosniff")]
_FOR_SCRIPTS: Final = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", ", ".join(_EXPOSED).encode()),
]


def create_app(
    engine: Engine, hot: HotResponses, *, root_path: str = "", cache_size: int = 64
) -> Application:
    """The application in front of a started engine, published below *root_path*.

    Responses that can be given again are left in *hot* for the server; answers are kept in
    *cache_size* megabytes.
    """
    return Application(Answers(engine, cache_size), hot, root_path)


class Application:
    """The outermost ASGI application.

    Queries to the endpoint take the short way, past the web framework; everything else, and what
    is not a query (a preflight, a wrong method), takes the long one.
    """

    def __init__(self, answers: Answers, hot: HotResponses, root_path: str) -> None:
        self._hot = hot
        self.pages = _pages(answers, root_path)
        self._root_path = root_path
        self._short = self._way(_Endpoint(sparql, _ASK))
        self._short_canned = self._way(_Endpoint(run_query, _READ))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose the way."""
        if scope["type"] == "lifespan" or scope["method"] not in _QUERY_METHODS:
            await self.pages(scope, receive, send)
            return
        # A proxy may send the path with its prefix or without.
        path = scope["path"].removeprefix(self._root_path)
        if path == "/sparql":
            await self._take(self._short, scope, receive, send)
        elif path.startswith(_CANNED):
            scope["path_params"] = {"name": path.removeprefix(_CANNED)}
            await self._take(self._short_canned, scope, receive, send)
        else:
            await self.pages(scope, receive, send)

    def _way(self, endpoint: ASGIApp) -> dict[bool, ASGIApp]:
        """The endpoint with and without compression in front."""
        guarded = _Guard(self.pages, endpoint)
        return {False: guarded, True: CompressMiddleware(guarded)}

    async def _take(
        self, way: dict[bool, ASGIApp], scope: Scope, receive: Receive, send: Send
    ) -> None:
        scope["app"] = self.pages
        scope["root_path"] = self._root_path
        encoded = any(name == b"accept-encoding" for name, _ in scope["headers"])
        if RAW_REQUEST in scope:
            send = self._hot.watch(scope[RAW_REQUEST], send)
        await way[encoded](scope, receive, send)


def _pages(answers: Answers, root_path: str) -> FastAPI:
    app = FastAPI(
        title="gbagraph",
        version=__version__,
        root_path=root_path,
        docs_url=None,  # the bundled pages load scripts from a third party
        redoc_url=None,
        openapi_url=None,
    )
    for offer in (*SOLUTIONS, *BOOLEAN, *GRAPH, *pages.PROBLEM_FORMATS):
        add_compress_type(offer.media_type)
    app.state.answers = answers
    app.router.routes.extend(_routes())
    app.add_middleware(_CommonHeaders)
    app.add_middleware(CompressMiddleware)
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
        _route("/graphs", graph_store, _READ),
        _route("/prefixes", prefixes, _READ),
        _route("/.well-known/void", void, _READ),
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

    async def _respond(self, request: Request) -> ASGIApp:
        allow = ", ".join(self._methods)
        if request.method not in self._methods:
            raise MethodNotAllowed(
                f"{request.method} is not offered at {request.url.path}. Use {allow}.", allow=allow
            )
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": allow})
        response: ASGIApp = await self._handler(request)
        return response


class _CommonHeaders:
    """Headers that every response has: the dataset's version, and what it varies by."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        version = scope["app"].state.answers.engine.description.version.encode()
        common = [(b"dataset-version", version), *_COMMON]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *common]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class _Guard:
    """What the framework does for its routes, for an endpoint beside it: headers and errors."""

    def __init__(self, pages: FastAPI, endpoint: ASGIApp) -> None:
        self._pages = pages
        self._endpoint = _CommonHeaders(endpoint)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_to_all(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message["headers"], *_FOR_SCRIPTS]
            await send(message)

        try:
            await self._endpoint(scope, receive, send_to_all)
        except Exception as error:
            if started:
                raise
            explain = _explain if isinstance(error, GbaGraphError) else _explain_bug
            response = await explain(Request(scope, receive), error)
            await _CommonHeaders(response)(scope, receive, send_to_all)


def _answers(request: Request) -> Answers:
    answers: Answers = request.app.state.answers
    return answers


def _description(request: Request) -> Description:
    return _answers(request).engine.description


async def _own(request: Request, query: str) -> Named:
    """The answer to a query for a page, whole."""
    found = await _answers(request).get(Query(query, _TO_READ), reserved=True)
    if found.rest is not None:
        await found.rest.aclose()
        raise ResultTooLarge("The result is too large for a page. Ask for JSON, CSV or Turtle.")
    return found


def _accept(request: Request) -> list[str]:
    return request.headers.getlist("accept")


def _wants_page(request: Request, offers: Sequence[Format]) -> Format:
    """HTML is offered last: it wins when it is asked for by name, as browsers do."""
    return negotiation.choose(_accept(request), [*offers, HTML])


def _public_url(request: Request, path: str) -> str:
    """The address of *path* as the client knows it: its host, and the proxy's prefix."""
    root = request.scope.get("root_path", "")
    return f"{request.url.scheme}://{request.url.netloc}{root}{path}"


def _page(request: Request, template: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401
    text = pages.render(
        template,
        root=request.scope.get("root_path", ""),
        dataset=_description(request),
        **values,
    )
    return Response(text, status, media_type="text/html; charset=utf-8")


# --- SPARQL ----------------------------------------------------------------------------------


async def sparql(request: Request) -> ASGIApp:
    """The SPARQL Protocol's query operation, and the service description on a bare GET."""
    if len(request.scope["query_string"]) > MAX_QUERY_STRING:
        raise UriTooLong(
            f"The query string is longer than {MAX_QUERY_STRING} bytes. Send the query by POST.",
            limit=MAX_QUERY_STRING,
        )
    asked = protocol.read(
        request.method,
        request.scope["query_string"],
        request.headers.get("content-type"),
        await _body(request) if request.method in ("POST", "QUERY") else b"",
    )
    if asked is None:
        return await _service(request)
    formats = _formats(request, asked.formats)
    job = Query(asked.query, formats, asked.default_graphs, asked.named_graphs)
    return Delivery(_answers(request), job, timeout=asked.timeout, name="results")


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise RequestTooLarge(
                f"The request body is larger than {MAX_BODY} bytes.", limit=MAX_BODY
            )
    return bytes(body)


def _formats(request: Request, wishes: tuple[str, ...] = ()) -> dict[Kind, tuple[str, str]]:
    return _chosen_formats(tuple(_accept(request)), wished(wishes))


@lru_cache(maxsize=256)
def _chosen_formats(
    accept: tuple[str, ...], wishes: tuple[str, ...]
) -> dict[Kind, tuple[str, str]]:
    chosen = {
        kind: negotiation.preferred(accept, offers, wishes) for kind, offers in OFFERS.items()
    }
    found = {kind: (row.content_type, row.extension) for kind, row in chosen.items() if row}
    if not found:
        every = [offer for offers in OFFERS.values() for offer in offers]
        raise negotiation.not_acceptable(accept, list(dict.fromkeys(every)), "a result")
    return found


async def _service(request: Request) -> Response:
    offers = [offer for offer in GRAPH if offer.extension not in ("trig", "nq")]
    chosen = _wants_page(request, offers)
    endpoint = _public_url(request, "/sparql")
    description = _description(request)
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


async def run_query(request: Request) -> ASGIApp:
    """The answer of one canned query; the text of it at ``/queries/NAME.rq``."""
    name = request.path_params["name"]
    if name.endswith(".rq"):
        text = canned.find(name.removesuffix(".rq")).text
        return Response(text, media_type="application/sparql-query")
    query = canned.find(name)
    pairs = protocol.parameters(request.scope["query_string"], "query string")
    wishes = tuple(value for key, value in pairs if key == "format")
    given = [(key, value) for key, value in pairs if key != "format"]
    offers = [*SOLUTIONS, *BOOLEAN, *GRAPH, HTML]
    if negotiation.preferred(_accept(request), offers, wished(wishes)) is not HTML:
        job = Query(query.bind(given), _formats(request, wishes))
        return Delivery(_answers(request), job, reserved=True, name=query.name)
    values = dict(given or query.defaults.items())
    answer = await _own(request, query.bind(values.items()))
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
        endpoint=_public_url(request, "/sparql"),
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
        answer = await _own(request, linked_data.exists_query(_iri(path)))
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
    if chosen is not HTML:
        return _graph(request, linked_data.description_query(iri), chosen, links)
    number = _page_number(request)
    answer = await _own(request, linked_data.statements_query(iri, number))
    found, more = linked_data.statements(answer.body)
    page = _page(
        request,
        "entity.html",
        iri=iri,
        path=path,
        label=linked_data.label_of(iri, found),
        groups=linked_data.grouped(found),
        number=number,
        more=more,
        offers=pages.shown(GRAPH),
    )
    page.headers["Link"] = links
    return page


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
        return path, _wants_page(request, GRAPH)
    return stem, chosen


def _graph(request: Request, query: str, chosen: Format, links: str) -> Delivery:
    job = Query(query, {"graph": (chosen.content_type, chosen.extension)})
    return Delivery(_answers(request), job, reserved=True, links=links)


async def ontology(request: Request) -> ASGIApp:
    """The ontology: a document, so its IRI answers 200; the terms are its fragments."""
    extension = request.path_params.get("extension")
    chosen = by_extension(GRAPH, extension) if extension else _wants_page(request, GRAPH)
    version = request.path_params.get("version")
    if version:
        await _must_exist(request, f"ontology/{version}")
    if chosen is None:
        raise UnknownResource(f"The ontology is not available as .{extension}.")
    if chosen is not HTML:
        return _dump(request, graph_iri("ontology"), chosen)
    answer = await _own(request, pages.TERMS_QUERY)
    return _page(request, "ontology.html", iri=ONTOLOGY, terms=pages.terms(answer))


async def named_graph(request: Request) -> ASGIApp:
    """A named graph at its own IRI, whole."""
    name, chosen = _suffix(request, request.path_params["name"])
    _known_graph(request, graph_iri(name))
    if chosen is HTML:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/doc/graph/{name}", 303)
    return _dump(request, graph_iri(name), chosen)


async def dump(request: Request) -> ASGIApp:
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
    return _dump(request, graph, chosen, name)


async def graph_store(request: Request) -> ASGIApp:
    """Read a graph by the Graph Store HTTP Protocol (section 5.2): ``?default`` or ``?graph=IRI``."""
    names = protocol.graph_store(request.scope["query_string"])
    chosen = negotiation.choose(_accept(request), GRAPH, "a graph")
    if names is None:
        return _dump(request, DEFAULT_GRAPH, chosen)
    _known_graph(request, names)
    return _dump(request, names, chosen)


async def void(request: Request) -> Response:
    """Where clients look for a description of the dataset (VoID, section 7.2)."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}/graph/meta", 303)


async def prefixes(request: Request) -> Response:
    """The prefixes in use, as JSON or as the head of a query."""
    plain = Format("text/plain", "txt", "text")
    chosen = negotiation.choose(
        _accept(request), [Format("application/json", "json", "JSON"), plain]
    )
    if chosen is plain:
        text = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    else:
        text = json.dumps(dict(PREFIXES), indent=1)
    return Response(text, headers={"Content-Type": chosen.content_type})


def _dump(request: Request, graph: str | None, chosen: Format, name: str = "") -> Delivery:
    job = Dump(graph, chosen.content_type, chosen.extension)
    return Delivery(_answers(request), job, reserved=True, name=name)


def _known_graph(request: Request, graph: str) -> None:
    graphs = _description(request).graphs
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
    headers = {"Cache-Control": "no-store", **error.headers}
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
