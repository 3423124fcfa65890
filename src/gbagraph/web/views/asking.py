"""The page of the endpoint: a form with a query, its answer, and what is wrong with it.

Programs get an answer in the format that they accept; who prefers a page gets one at the same address,
so that a link to a query can be given to anybody.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gbagraph.endpoint import evaluation
from gbagraph.engine import JobOptions, Query
from gbagraph.errors import (
    EngineUnavailable,
    GbaGraphError,
    ServerBusy,
    ServiceFailed,
    ServiceLoop,
)
from gbagraph.feature import hook
from gbagraph.queries.catalog import all_queries
from gbagraph.rdf.namespaces import graph_iri
from gbagraph.sparql import negotiation, protocol
from gbagraph.web.answering.answer import Question, Shown, answer
from gbagraph.web.answering.table import Address
from gbagraph.web.context import READABLE, redirect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.web.answering.answer import Answer, Shown
    from gbagraph.web.context import Context

    _Pairs = list[tuple[str, str]]

log = logging.getLogger("gbagraph")

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
    """A part of the data that can be asked: its name, and the parameters that choose it."""

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

    At the *path* EXPLAIN, what is wrong with the query stands in place of its answer.
    """
    address = Address.of(request.prefix, path, _as_sent(fields))
    if request.method == "POST" and address.is_linkable:
        link = address.link()
        if len(link) < _LONGEST:
            return redirect(request, link.removeprefix(request.prefix))
    text, outcome = dict(address.asked).get("query", ""), _Outcome()
    try:
        asked = protocol.of_parameters(address.hidden())
        if asked is not None:
            outcome = await _outcome(context, request, asked, address)
    except GbaGraphError as problem:
        outcome = _Outcome(error=problem)
    # In a thread: to write a large page would delay other requests.
    return await asyncio.to_thread(_page, context, request, address, text, outcome)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a query: an answer, an error, diagnostics; nothing if there was none."""

    answer: Answer | None = None
    error: GbaGraphError | None = None
    diagnostics: tuple[Shown, ...] | None = None


async def _outcome(
    context: Context, request: Request, asked: protocol.SparqlRequest, address: Address
) -> _Outcome:
    in_editor = Address(address.server, ENDPOINT, address.asked)
    if address.path == EXPLAIN:
        return _Outcome(diagnostics=await _diagnosed(context, request, asked, in_editor))
    try:
        # In a thread: to bind variables of a long query would delay other requests.
        question = await asyncio.to_thread(_question, request, asked, address)
        found = await answer(context, request, question)
    except (ServerBusy, EngineUnavailable, ServiceFailed, ServiceLoop) as problem:
        # To explain what came of a call would be to make it once more.
        return _Outcome(error=problem)
    except GbaGraphError as problem:
        told = await _diagnosed(context, request, asked, in_editor)
        return _Outcome(error=problem, diagnostics=told)
    return _Outcome(found, diagnostics=found.diagnostics or None)


def _question(request: Request, asked: protocol.SparqlRequest, address: Address) -> Question:
    text = evaluation.bound(asked)
    graphs = asked.default_graphs, asked.named_graphs
    return Question(
        Query(text, READABLE, *graphs, asked.infer, asked.evidence),
        address,
        JobOptions(request.who, asked.timeout, via=request.via, request=request.id),
        text,
        labels=negotiation.languages(asked.labels),
    )


def _page(
    context: Context, request: Request, address: Address, text: str, outcome: _Outcome
) -> Response:
    error = outcome.error
    response = context.page(
        request,
        "sparql.html",
        error.status if error else 200,
        endpoint=request.base + ENDPOINT,
        query=text,
        scopes=tuple(_scopes(context, address)),
        has_queries=bool(all_queries()),
        is_explaining=address.path == EXPLAIN,
        answer=outcome.answer,
        error=error,
        diagnostics=outcome.diagnostics,
    )
    if error:
        as_error(response, error)
    elif not request.addresses.public_url:
        # The response contains the address that was requested: shared caches must not keep it.
        response.add("cache-control", "private, no-cache")
    return response


def as_error(response: Response, error: GbaGraphError) -> None:
    """Give *response*, a page with an error in it, the header fields of the error."""
    if error.status >= 500:
        log.warning("%s: %s", error.name, error.message)
    response.add("cache-control", "no-store")
    for name, value in error.headers.items():
        response.add(name.lower(), value)


def _scopes(context: Context, address: Address) -> Iterator[Scope]:
    """The parts of the data that can be asked; none where there is nothing to choose."""
    graphs = context.dataset.graphs
    names = ["all"]
    if graphs.get(graph_iri("inferred")):
        names.append("asserted")
    if graphs.get(graph_iri("article")):
        names.append("article")
    sent = tuple(pair for pair in address.asked if pair[0] in _CHOSEN)
    known = [Scope(name, _sends(name), _sends(name) == sent) for name in names]
    if not any(scope.is_chosen for scope in known):
        known.append(Scope(_AS_GIVEN, sent, is_chosen=True))
    return iter(known if len(known) > 1 else ())


async def _diagnosed(
    context: Context, request: Request, asked: protocol.SparqlRequest, in_editor: Address
) -> tuple[Shown, ...]:
    """The diagnostics of the query of a request; none where they are left out."""
    diagnose = hook("diagnostics")
    found: tuple[Shown, ...] = (
        await diagnose(context, request, asked, in_editor) if diagnose else ()
    )
    return found
