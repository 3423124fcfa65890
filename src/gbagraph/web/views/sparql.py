"""The SPARQL endpoint, its description, and reading by the Graph Store Protocol."""

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
from gbagraph.web.context import Context, choose, written

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response


_SHOWN: Final = 20
"""Graphs that an error names."""


async def endpoint(context: Context, request: Request) -> Evaluation | Response:
    """The SPARQL Protocol's query operation, and the service description on a bare GET."""
    return evaluation.of_endpoint(request) or _service(context, request)


def _service(context: Context, request: Request) -> Response:
    chosen = choose(request, (*GRAPH, HTML), "the service description")
    endpoint = f"{request.base}/sparql"
    if chosen is HTML:
        response = context.page(request, "sparql.html", endpoint=endpoint)
    else:
        body = service.serialize(endpoint, context.dataset, chosen)
        response = written(body, chosen)
    if not request.addresses.public_url:
        # It names the address by which it was asked: nothing for a cache that others share.
        response.add("cache-control", "no-store")
    return response


async def graph_store(context: Context, request: Request) -> Evaluation:
    """Read a graph (Graph Store Protocol, section 5.2): ``?default`` or ``?graph=IRI``."""
    name = protocol.graph_store(request.query_string)
    chosen = choose(request, GRAPH, "a graph")
    if name is not None:
        must_know(context, name)
    return Evaluation(Dump(DEFAULT_GRAPH if name is None else name, chosen.media_type))


def must_know(context: Context, graph: str) -> None:
    """Raise UnknownResource for a graph that there is not."""
    graphs = context.dataset.graphs
    if graph not in graphs:
        some = ", ".join(islice(graphs, _SHOWN)) or "none"
        more = f" and {len(graphs) - _SHOWN} more" if len(graphs) > _SHOWN else ""
        raise UnknownResource(f"There is no graph {graph}. There are: {some}{more}.")
