"""The SPARQL endpoint, its service description, and the Graph Store Protocol for reading."""

from __future__ import annotations

import asyncio
import json
from itertools import islice
from typing import TYPE_CHECKING, Final

from gbagraph import publication
from gbagraph.dataset.description import limits, service
from gbagraph.dataset.description.catalog import whole_files
from gbagraph.endpoint.evaluation import Evaluation, for_endpoint
from gbagraph.engine import DEFAULT_GRAPH, Dump
from gbagraph.errors import GbaGraphError, UnknownResource
from gbagraph.names.jobs import Counts
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import GRAPH, HTML
from gbagraph.sparql import protocol
from gbagraph.web import addresses
from gbagraph.web.context import Context, choose, formatted
from gbagraph.web.views import asking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.dataset.description.void import Statement
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response


_SHOWN: Final = 20
"""Graphs that an error names."""

_COUNTED: Final = 200_000
"""Triples up to which the service description has statistics: Comunica waits three seconds for it."""


_LONG: Final = 5000
"""Bytes of a request from which on it is taken apart in a thread."""


async def endpoint(context: Context, request: Request) -> Evaluation | Response:
    """The query operation of the SPARQL Protocol; on a bare GET, the service description.

    A client that prefers a page gets the form, with the answer in it if there is a query.
    """
    if "html" in request.accept.lower() or b"html" in request.query_string:
        content_type = request.headers.get("content-type")
        form = protocol.form(request.accept, request.parameters, content_type, request.body)
        if form is not None:
            return await asking.page(context, request, form)
    if len(request.query_string) + len(request.body) < _LONG:
        evaluation = for_endpoint(request)
    else:
        # In a thread: to take it apart, and to bind its variables, would delay other requests.
        evaluation = await asyncio.to_thread(for_endpoint, request)
    return evaluation or await _service(context, request)


async def _service(context: Context, request: Request) -> Response:
    chosen = choose(request, (*GRAPH, HTML), "the service description")
    if chosen is HTML:
        return await asking.page(context, request, request.parameters)
    endpoint = f"{request.base}/sparql"
    more = [*_said(context, request, endpoint), *await _statistics(context, endpoint)]
    response = formatted(service.serialize(endpoint, context.dataset, chosen, more), chosen)
    if not request.addresses.public_url:
        # The response contains the address that was requested: shared caches must not keep it.
        response.add("cache-control", "no-store")
    return response


def _said(context: Context, request: Request, endpoint: str) -> Iterator[Statement]:
    """The limits, and what others say of their dataset; the built-in one is described in graph/meta."""
    yield from limits.limits(endpoint, context.settings)
    if not publication.current().is_own:
        iri = service.dataset_iri(endpoint, context.dataset)
        files = whole_files() if addresses.serves("/dumps/all") else ()
        yield from service.described(publication.current(), iri, request.base, files)


async def _statistics(context: Context, endpoint: str) -> list[Statement]:
    """The statistics of data that do not describe themselves; of a large graph, what its index has."""
    dataset = context.dataset
    if dataset.built_in or dataset.is_union:  # in a union, a triple is counted once for each graph
        return []
    try:
        if dataset.default_graph > _COUNTED:
            counts = json.loads((await context.result(Counts())).body)
            return list(service.counted(endpoint, dataset.default_graph, counts))
        asked = service.queries().items()
        figures = {name: await _rows(context, query) for name, query in asked}
    except GbaGraphError:
        # A limit of the engine. What else is known of the service is worth having without them.
        return []
    return list(service.statistics(endpoint, figures, namespaces.prefixes()))


async def _rows(context: Context, query: str) -> list[tuple[str, ...]]:
    """The rows of a query, each cell as the text of its term."""
    found = json.loads((await context.query(query)).body)
    names = found["head"]["vars"]
    return [tuple(row[name]["value"] for name in names) for row in found["results"]["bindings"]]


async def graph_store(context: Context, request: Request) -> Evaluation:
    """Read a graph (Graph Store Protocol, section 5.2): ``?default`` or ``?graph=IRI``."""
    name = protocol.graph_store(request.parameters)
    chosen = choose(request, GRAPH, "a graph")
    if name is not None:
        must_be_known(context, name)
    return Evaluation(Dump(DEFAULT_GRAPH if name is None else name, chosen.media_type))


def must_be_known(context: Context, graph: str) -> None:
    """Raise UnknownResource if there is no such graph."""
    graphs = context.dataset.graphs
    if graph not in graphs:
        some = ", ".join(islice(graphs, _SHOWN)) or "none"
        more = f" and {len(graphs) - _SHOWN} more" if len(graphs) > _SHOWN else ""
        raise UnknownResource(
            f"There is no graph {graph}. There are: {some}{more}.{context.what_is_not_kept()}"
        )
