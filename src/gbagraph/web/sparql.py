"""The SPARQL endpoint with its page and its description, and the Graph Store Protocol for reading."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph import publication
from gbagraph.dataset import limits, service
from gbagraph.dataset.catalog import whole_files
from gbagraph.dataset.void import facts
from gbagraph.endpoint.evaluation import Evaluation, for_endpoint
from gbagraph.endpoint.responder import as_error
from gbagraph.engine import DEFAULT_GRAPH, Dump, JobOptions, Query
from gbagraph.errors import (
    EngineUnavailable,
    GbaGraphError,
    ServerBusy,
    ServiceFailed,
    ServiceLoop,
)
from gbagraph.names.jobs import Counts
from gbagraph.paths import own_query
from gbagraph.queries.catalog import all_queries
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import GRAPH
from gbagraph.rdf.namespaces import graph_iri
from gbagraph.sparql import negotiation, protocol
from gbagraph.sparql.binding import bound
from gbagraph.web import addresses
from gbagraph.web.answer import Question, answer, diagnosed
from gbagraph.web.context import (
    READABLE,
    Context,
    choose,
    formatted,
    labels_of,
    must_be_known,
    of_this_host,
    redirect,
)
from gbagraph.web.table import Address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.dataset.void import Statement
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.rdf.formats import GraphFormat
    from gbagraph.web.answer import Answer, Explained

    _Pairs = list[tuple[str, str]]


ENDPOINT: Final = "/sparql"
EXPLAIN: Final = "/sparql/explain"
_LONGEST: Final = 2000
"""Characters of an address from which on the form is answered in place: not all programs take more."""
_CHOSEN: Final = ("default-graph-uri", "named-graph-uri", protocol.INFER)
"""The parameters that the form's choice of a part of the data sends."""
_SCOPE: Final = "scope"
_AS_GIVEN: Final = "given"


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the data that a query can have: its name, and the parameters that choose it."""

    name: str
    sends: tuple[tuple[str, str], ...] = ()
    is_chosen: bool = False


def _as_sent(pairs: _Pairs) -> _Pairs:
    """*pairs* with the parameters that the choice in the form stands for."""
    chosen = dict(pairs).get(_SCOPE)
    rest = [pair for pair in pairs if pair[0] != _SCOPE]
    if chosen in (None, _AS_GIVEN):
        return rest
    rest = [pair for pair in rest if pair[0] not in _CHOSEN]
    return [*rest, *_sends(chosen or "")]


def _sends(name: str) -> tuple[tuple[str, str], ...]:
    return {
        "asserted": ((protocol.INFER, "false"),),
        "article": (("default-graph-uri", graph_iri("article")),),
    }.get(name, ())


async def page(
    context: Context, request: Request, fields: _Pairs, path: str = ENDPOINT
) -> Response:
    """Return the form with these *fields*, and with the answer if there is a query.

    At the *path* EXPLAIN, what is wrong with the query stands in place of its answer. Without a query,
    it is the answer to the example, where that costs little.
    """
    address = Address.of(request.prefix, path, _as_sent(fields))
    if request.method == "POST" and address.is_linkable:
        link = address.link()
        if len(link) < _LONGEST:
            return redirect(request, link.removeprefix(request.prefix))
    text, outcome = dict(address.asked).get("query", ""), _Outcome()
    try:
        sent = protocol.of_parameters(address.hidden())
        if sent is not None:
            outcome = await _outcome(context, request, sent, address)
    except GbaGraphError as problem:
        outcome = _Outcome(error=problem)
    if not address.asked and path == ENDPOINT and context.dataset.default_graph <= _COUNTED:
        with suppress(GbaGraphError):
            shown = await _Outcome.of_example(context, request)
            return await _page(context, request, address, "", shown)
    return await _page(context, request, address, text, outcome)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a query: an answer, an error, diagnostics; nothing if there was none."""

    answer: Answer | None = None
    error: GbaGraphError | None = None
    explained: Explained | None = None

    @classmethod
    async def of_example(cls, context: Context, request: Request) -> _Outcome:
        """Return the answer to the example; without it where nothing fits that.

        Raises:
            GbaGraphError: there is none.
        """
        sent = protocol.SparqlRequest(_example())
        address = Address(request.prefix, ENDPOINT, (("query", sent.query),))
        question = _question(request, sent, address)
        shown = await answer(
            context, request, replace(question, options=JobOptions(is_reserved=True))
        )
        # Its columns have names as those of canned queries.
        return cls(None if shown.is_empty else replace(shown, name="example"))


_CLASSES: Final = """
SELECT ?class (COUNT(*) AS ?things) WHERE {
  ?thing a ?class .
}
GROUP BY ?class
ORDER BY DESC(?things) STR(?class)
"""


def _example() -> str:
    """Return the query that the form begins with: the dataset's own, or what it is about."""
    own = (f"PREFIX {name}: <{iri}>\n" for name, iri in publication.current().prefixes)
    return (publication.page_query("example") or "".join(own) + _CLASSES).strip()


async def _outcome(
    context: Context, request: Request, sent: protocol.SparqlRequest, address: Address
) -> _Outcome:
    in_editor = Address(address.server, ENDPOINT, address.asked)
    if address.path == EXPLAIN:
        return _Outcome(explained=await diagnosed(context, request, sent, in_editor))
    try:
        # In a thread: to bind variables of a long query would delay other requests.
        question = await asyncio.to_thread(_question, request, sent, address)
        shown = await answer(context, request, question)
    except (ServerBusy, EngineUnavailable, ServiceFailed, ServiceLoop) as problem:
        # To explain what came of a call would be to make it once more.
        return _Outcome(error=problem)
    except GbaGraphError as problem:
        explained = await diagnosed(context, request, sent, in_editor)
        return _Outcome(error=problem, explained=explained)
    return _Outcome(shown, explained=shown.explained)


def _question(request: Request, sent: protocol.SparqlRequest, address: Address) -> Question:
    text = bound(sent.query, sent.bindings)
    graphs = sent.default_graphs, sent.named_graphs
    return Question(
        Query(text, READABLE, *graphs, sent.infer, sent.evidence),
        address,
        JobOptions(request.who, sent.timeout, via=request.via, request=request.id),
        text,
        labels=negotiation.languages(sent.labels) or labels_of(request),
    )


async def _page(
    context: Context, request: Request, address: Address, text: str, outcome: _Outcome
) -> Response:
    error = outcome.error
    response = await context.page_of_answer(
        request,
        "sparql.html",
        error.status if error else 200,
        endpoint=request.base + ENDPOINT,
        query=text or _example(),
        is_example=outcome.answer is not None and not text,
        scopes=_scopes(context, address),
        has_queries=bool(all_queries()),
        is_explaining=address.path == EXPLAIN,
        answer=outcome.answer,
        error=error,
        explained=outcome.explained,
    )
    if not error:
        return of_this_host(request, response, "private, no-cache")
    as_error(response, error)
    return response


def _scopes(context: Context, address: Address) -> list[Scope]:
    """Return the parts of the data that a query can have; none where there is nothing to choose."""
    parts = {"asserted": "inferred", "article": "article"}
    names = ["all", *(n for n, g in parts.items() if context.dataset.graphs.get(graph_iri(g)))]
    sent = tuple(pair for pair in address.asked if pair[0] in _CHOSEN)
    known = [Scope(name, _sends(name), _sends(name) == sent) for name in names]
    if not any(scope.is_chosen for scope in known):
        known.append(Scope(_AS_GIVEN, sent, is_chosen=True))
    return known if len(known) > 1 else []


_COUNTED: Final = 200_000
"""Triples up to which the service description has statistics: Comunica waits three seconds for it."""


_LONG: Final = 5000
"""Bytes of a request from which on it is taken apart in a thread."""


async def endpoint(context: Context, request: Request) -> Evaluation | Response:
    """The query operation of the SPARQL Protocol; on a bare GET, the service description.

    A client that prefers a page gets the form, with the answer in it if there is a query.
    """
    accept = request.headers.get("accept", "")
    if "html" in accept.lower() or b"html" in request.query_string:
        content_type = request.headers.get("content-type")
        form = protocol.form(accept, request.parameters, content_type, request.body)
        if form is not None:
            return await page(context, request, form)
    if len(request.query_string) + len(request.body) < _LONG:
        job = for_endpoint(request)
    else:
        # In a thread: to take it apart, and to bind its variables, would delay other requests.
        job = await asyncio.to_thread(for_endpoint, request)
    return job if isinstance(job, Evaluation) else await _service(context, request, job)


async def _service(context: Context, request: Request, chosen: GraphFormat) -> Response:
    """The service description in the format that was *chosen*."""
    endpoint = f"{request.base}/sparql"
    more, apart = [*_said(context, request.base)], list[ox.Triple]()
    # They may meet a limit of the engine. What else is known of the service is worth having without.
    with suppress(GbaGraphError):
        if context.dataset.built_in:
            said = await context.whole(Query(own_query("web", "described-apart"), READABLE))
            apart += service.located(said, request.base, addresses.own())
        else:
            more += await _statistics(context, endpoint)
    text = service.serialize(endpoint, context.dataset, chosen, more, apart)
    return of_this_host(request, formatted(text, chosen))


def _said(context: Context, base: str) -> Iterator[Statement]:
    """The limits, and what others say of their dataset; the built-in one is described in graph/meta."""
    endpoint = f"{base}/sparql"
    iri = service.dataset_iri(endpoint, context.dataset)
    yield from limits.limits(endpoint, context.settings)
    versions, void = (ox.NamedNode(base + path) for path in ("/versions", "/.well-known/void"))
    yield from facts(
        iri,
        ("rdfs:seeAlso", versions if addresses.serves("/versions") else None),
        ("rdfs:seeAlso", void if context.dataset.built_in else None),
    )
    if not publication.current().is_own:
        files = whole_files() if addresses.serves("/dumps/all") else ()
        yield from service.described(publication.current(), iri, base, files)


async def _statistics(context: Context, endpoint: str) -> list[Statement]:
    """The statistics of data that do not describe themselves; of a large graph, what its index has."""
    dataset = context.dataset
    if dataset.is_union:  # a triple is counted once for each graph
        return []
    if dataset.default_graph > _COUNTED:
        counts = json.loads((await context.result(Counts())).body)
        return list(service.counted(endpoint, dataset.default_graph, counts))
    figures = {name: await _rows(context, text) for name, text in service.queries().items()}
    return list(service.statistics(endpoint, figures, namespaces.prefixes()))


async def _rows(context: Context, query: str) -> list[tuple[str, ...]]:
    """Return the rows of a query, each cell as the text of its term."""
    answer = json.loads((await context.query(query)).body)
    names = answer["head"]["vars"]
    return [tuple(row[name]["value"] for name in names) for row in answer["results"]["bindings"]]


async def graph_store(context: Context, request: Request) -> Evaluation:
    """Read a graph (Graph Store Protocol, section 5.2): ``?default`` or ``?graph=IRI``."""
    name = protocol.graph_store(request.parameters)
    chosen = choose(request, GRAPH, "a graph")
    if name is not None:
        must_be_known(context, name)
    return Evaluation(Dump(DEFAULT_GRAPH if name is None else name, chosen.media_type))
