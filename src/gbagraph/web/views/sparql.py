"""The SPARQL endpoint, its service description, and the Graph Store Protocol for reading."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from gbagraph.dataset.description import service
from gbagraph.endpoint import evaluation
from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.engine import DEFAULT_GRAPH, Dump
from gbagraph.errors import UnknownResource
from gbagraph.rdf.formats import GRAPH, HTML
from gbagraph.sparql import protocol
from gbagraph.web.context import Context, choose, formatted

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response


_SHOWN: Final = 20
"""Graphs that an error names."""


async def endpoint(context: Context, request: Request) -> Evaluation | Response:
    """The query operation of the SPARQL Protocol; on a bare GET, the service description."""
    return evaluation.for_endpoint(request) or _service(context, request)


def _service(context: Context, request: Request) -> Response:
    chosen = choose(request, (*GRAPH, HTML), "the service description")
    endpoint = f"{request.base}/sparql"
    if chosen is HTML:
        response = context.page(request, "sparql.html", endpoint=endpoint)
    else:
        body = service.serialize(endpoint, context.dataset, chosen)
        response = formatted(body, chosen)
    if not request.addresses.public_url:
        # The response contains the address that was requested: shared caches must not keep it.
        response.add("cache-control", "no-store")
    return response


async def graph_store(context: Context, request: Request) -> Evaluation:
    """Read a graph (Graph Store Protocol, section 5.2): ``?default`` or ``?graph=IRI``."""
    name = protocol.graph_store(request.query_string)
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
