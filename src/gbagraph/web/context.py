"""What all views need: results, pages from templates, the language of a reader, the format."""

from __future__ import annotations

import asyncio
import json
import time
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph import publication
from gbagraph.endpoint.access_log import AccessLog
from gbagraph.endpoint.rate_limit import RateLimiter
from gbagraph.endpoint.response import Response
from gbagraph.engine import JobOptions, Query
from gbagraph.errors import ResultTooLarge, UnknownResource
from gbagraph.rdf.evidence import WAYS, Ways, read_ways
from gbagraph.rdf.formats import GRAPH, HTML, by_extension
from gbagraph.rdf.results import rows
from gbagraph.settings import Settings
from gbagraph.sparql import negotiation, protocol
from gbagraph.sparql.message import LANGUAGES
from gbagraph.web import templating
from gbagraph.web.jobs import rendering
from gbagraph.web.kinds import (
    NO_KINDS,
    Family,
    Kinds,
    named_in,
    of_dataset,
    of_terms,
    read_families,
    read_kinds,
    read_schema,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.dataset.identity import Description
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Result
    from gbagraph.endpoint.result_cache import ResultCache
    from gbagraph.engine import Engine, Job
    from gbagraph.rdf.formats import Format, Kind
    from gbagraph.web.kinds import Schema


LANGUAGE_COOKIE: Final = "language"
"""The cookie in which the choice of a reader is kept."""

_TRADITIONAL: Final = frozenset({"hant", "tw", "hk", "mo"})
"""Parts of the language tags of readers of traditional characters."""

_YEAR: Final = 365 * 24 * 3600


def language_of(request: Request) -> str:
    """Return the language of the pages: what the reader chose, else what the browser prefers."""
    accepted = request.headers.get("accept-language", "")
    chosen = _chosen(request.headers.get("cookie", ""))
    return chosen or _preferred(negotiation.preferred_languages(accepted))


def _chosen(cookies: str) -> str:
    """The language in a Cookie header (RFC 6265, section 4.2.1), which http.cookies reads too slowly."""
    pairs = (part.partition("=") for part in cookies.split(";"))
    chosen = {name.strip(): value.strip(' "') for name, _, value in pairs}.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else ""


def _preferred(tags: Iterable[str]) -> str:
    """The first language that a page can have; where traditional characters are read, in these."""
    for tag in tags:
        main, *parts = tag.split("-")
        if main == "zh":
            is_traditional = "hans" not in parts and not _TRADITIONAL.isdisjoint(parts)
            return "zh-Hant" if is_traditional else "zh-Hans"
        if main in LANGUAGES:
            return main
    return "en"


def language_cookie(language: str, prefix: str) -> str:
    """Return the Set-Cookie header that remembers *language* for the server below the path *prefix*."""
    return f"{LANGUAGE_COOKIE}={language}; Path={prefix or '/'}; Max-Age={_YEAR}; SameSite=Lax; HttpOnly"


def label_languages(language: str) -> tuple[str, ...]:
    """Return the language tags in which names are looked up for pages, the preferred first."""
    main = language.partition("-")[0]
    scripts = (tag.lower() for tag in LANGUAGES if tag.partition("-")[0] == main)
    tags = (language.lower(), *scripts, publication.current().language, "en")
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def labels_of(request: Request) -> tuple[str, ...]:
    """Return the language tags in which names are looked up for a reader, the preferred first."""
    return label_languages(language_of(request))


_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "
)
"""What a page may load: files of this server alone, and no script or style that stands in the page."""

CHOOSE_LANGUAGE: Final = ("Accept-Language", "Cookie")
"""The header fields of a request that choose the language of a response."""

_ISOLATION: Final = (
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
)

READABLE: Final[dict[Kind, str]] = {
    "solutions": "application/sparql-results+json",
    "boolean": "application/sparql-results+json",
    "graph": "text/turtle",
}
"""The formats in which views read results."""


_COUNTED: Final = 300_000
"""Triples up to which the kinds of things are counted."""


_NAMED: Final = 20
"""Graphs that an error names."""

_DEFAULT: Final = Settings()


class Context:
    """What views need of the server: the results in *cache*, its *settings*, and pages.

    *generation* counts how often the server has taken up other data, or the same again.
    """

    def __init__(
        self, cache: ResultCache, settings: Settings = _DEFAULT, generation: int = 1
    ) -> None:
        self.cache = cache
        self.settings = settings
        self.generation = generation
        self.began = time.time()
        self.access_log = AccessLog(writes=settings.access_log, slow=settings.slow_query)
        self.limiter = RateLimiter.of(settings)
        self._kinds: tuple[Description, tuple[str, ...], Kinds] | None = None
        self._schema: tuple[Kinds, Schema] | None = None

    @property
    def engine(self) -> Engine:
        """The engine behind the cache."""
        return self.cache.engine

    @property
    def dataset(self) -> Description:
        """What the served dataset is."""
        return self.engine.description

    @property
    def allowed_services(self) -> frozenset[str]:
        """The IRIs of the endpoints that queries may call with SERVICE."""
        return frozenset(each.iri for each in self.engine.services)

    def what_is_not_kept(self) -> str:
        """Return a sentence on what a kept release lacks; nothing for data that are none."""
        version = self.dataset.release
        if not version:
            return ""
        return f" This is release {version}: what the dataset said of itself then is not kept."

    async def query(self, text: str, labels: tuple[str, ...] = ()) -> Result:
        """Return the whole result of a query; of SELECT and ASK as JSON, of CONSTRUCT as Turtle.

        With the language tags *labels*, each column of IRIs gets one with their labels after it, named
        ``xLabel``.
        """
        return await self.result(Query(text, READABLE, labels=labels))

    async def result(self, job: Job, options: JobOptions | None = None) -> Result:
        """Return the whole result of a job; without *options*, it is one of the server's own.

        Raises:
            ResultTooLarge: it is too large to be held.
        """
        result = await self.cache.get(job, options or JobOptions(is_reserved=True))
        if result.answer is not None:
            result.close()
            raise ResultTooLarge("The result is too large for a page. Ask for JSON, CSV or Turtle.")
        return result

    async def whole(self, job: Job, options: JobOptions | None = None) -> bytes:
        """Return the bytes of a result, however large: for jobs that limit it themselves."""
        result = await self.cache.get(job, options or JobOptions(is_reserved=True))
        return result.body if result.answer is None else await result.answer.read()

    async def has_claims(self) -> bool:
        """Return whether the data say of facts what they rest on."""
        return bool((await self.ways()).of_claims)

    async def ways(self) -> Ways:
        """Return in which ways they do so."""
        answer = rows((await self.query(WAYS)).body)
        return read_ways((row["known"]["value"], row["term"]["value"]) for row in answer)

    async def holds(self, text: str) -> bool:
        """Return the result of an ASK query."""
        return json.loads((await self.query(text)).body)["boolean"] is True

    async def kinds(self, request: Request) -> Kinds:
        """Return the kinds of things in the dataset, with names in the language of the page.

        None of data so large that counting takes long.
        """
        labels = labels_of(request)
        kept = self._kinds
        if kept is not None and kept[0] is self.dataset and kept[1] == labels:
            return kept[2]
        dataset, kinds = self.dataset, NO_KINDS
        if dataset.default_graph <= _COUNTED:
            names = ("kinds", "superclasses")
            answers = [await self.query(of_dataset("web", name), labels) for name in names]
            counted, superclasses = (answer.body for answer in answers)
            kinds = read_kinds(counted, superclasses, labels)
        self._kinds = dataset, labels, kinds
        return kinds

    async def families(self, request: Request, *answers: bytes) -> dict[str, Family]:
        """Return the families of what *answers* in SPARQL results JSON name, by IRI."""
        kinds = await self.kinds(request)
        iris = sorted(named_in(answers)) if kinds is not NO_KINDS else []
        if not iris:
            return {}
        types = of_terms("web", "types", map(ox.NamedNode, iris))
        return read_families(kinds, iris, (await self.query(types)).body)

    async def schema(self, request: Request) -> Schema:
        """Return what the ontology says of the properties, with names in the language of the page."""
        kinds, kept = await self.kinds(request), self._schema
        if kept is not None and kept[0] is kinds:
            return kept[1]
        labels = labels_of(request)
        answer = await self.query(of_dataset("web", "properties"), labels)
        named: tuple[dict[str, Any], ...] = ()
        if beside := self.settings.value("shapes"):
            # Nobody else pays for reading files of RDF here.
            from gbagraph.web.shapes import backward  # noqa: PLC0415

            named = await asyncio.to_thread(backward, beside)
        schema = read_schema(answer.body, kinds, labels, named)
        if kinds is not NO_KINDS:
            self._schema = kinds, schema
        return schema

    def page(
        self,
        request: Request,
        template: str,
        status: int = 200,
        *,
        framed: bool = False,
        **values: Any,  # noqa: ANN401  any value that a template shows
    ) -> Response:
        """Return a page from a template, which other sites may show in a frame if it is *framed*."""
        language, values = language_of(request), values | self._of(request)
        return html(templating.render(template, language, **values), status, framed=framed)

    def _of(self, request: Request) -> dict[str, Any]:
        """What every template shows of a request, and of the dataset."""
        return {
            "root": request.prefix,
            "here": request.path,
            "here_query": request.query_string.decode("ascii", "replace"),
            "dataset": self.dataset,
        }

    async def page_of_answer(
        self,
        request: Request,
        template: str,
        status: int,
        *,
        answer: object,
        **values: Any,  # noqa: ANN401  any value that can be pickled
    ) -> Response:
        """Return a page with an *answer*, which a worker draws and writes, within limits.

        Raises:
            EvaluationError: no worker is free, or it takes longer than a query may.
        """
        if answer is not None:
            values |= self._of(request) | {"answer": answer}
            job = rendering("gbagraph.web.answer:page", template, language_of(request), values)
            options = JobOptions(request.who, is_reserved=True, via=request.via, request=request.id)
            return html(await self.whole(job, options), status)
        return self.page(request, template, status, answer=None, **values)


def choose(request: Request, offers: tuple[Format, ...], what: str) -> Format:
    """Return the format of *offers* that the request asks for, by parameter or by Accept header.

    Raises:
        MalformedRequest, NotAcceptable: the requested format is not among the offers.
    """
    pairs = request.parameters
    return negotiation.choose(request.accept, offers, protocol.requested_formats(pairs), what)


def format_for_path(request: Request, path: str) -> tuple[str, Format]:
    """Return *path* without a suffix such as .ttl, and the format by it, a parameter or Accept."""
    stem, dot, extension = path.rpartition(".")
    chosen = by_extension((*GRAPH, HTML), extension) if dot else None
    if chosen is not None:
        return stem, chosen
    return path, choose(request, (*GRAPH, HTML), "a document")


def content(body: str | bytes, content_type: str, status: int = 200) -> Response:
    """Return a response with this body and type."""
    octets = body.encode() if isinstance(body, str) else body
    return Response(status, [(b"content-type", content_type.encode())], octets)


def html(text: str | bytes, status: int = 200, *, framed: bool = False) -> Response:
    """Return a page, with the header fields that limit what it may load and do, and who may frame it."""
    response = content(text, "text/html; charset=utf-8", status)
    response.add("content-security-policy", _POLICY + ("*" if framed else "'none'"))
    for name, value in _ISOLATION:
        response.add(name, value)
    response.vary = CHOOSE_LANGUAGE
    return response


def formatted(body: str | bytes, chosen: Format) -> Response:
    """Return a response with this body, which is in the format *chosen*."""
    return content(body, chosen.content_type)


def of_this_host(request: Request, response: Response, kept: str = "no-store") -> Response:
    """Return *response*, which contains the address that was requested: no shared cache keeps it.

    *kept* says what other caches may do. Where the operator sets the address, any may keep it.
    """
    if not request.addresses.public_url:
        response.add("cache-control", kept)
    return response


def redirect(request: Request, path: str, status: int = 303) -> Response:
    """Return a redirect (by default See Other) to *path* below the server's prefix."""
    return Response(status, [(b"location", f"{request.prefix}{path}".encode())])


def must_be_known(context: Context, graph: str) -> None:
    """Raise UnknownResource if there is no such graph."""
    graphs = context.dataset.graphs
    if graph not in graphs:
        some = ", ".join(islice(graphs, _NAMED)) or "none"
        more = f" and {len(graphs) - _NAMED} more" if len(graphs) > _NAMED else ""
        raise UnknownResource(
            f"There is no graph {graph}. There are: {some}{more}.{context.what_is_not_kept()}"
        )
