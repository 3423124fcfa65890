"""The start page, and small documents for programs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gbagraph import publication
from gbagraph.dataset.description.dumps import whole
from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.engine import JsonLdContext
from gbagraph.errors import UnknownResource
from gbagraph.paths import own_query
from gbagraph.queries.catalog import all_queries
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import JSON, TEXT
from gbagraph.rdf.namespaces import DATASET, declarations, graph_iri
from gbagraph.rdf.results import Value, value_of
from gbagraph.web import schema_org, signposting
from gbagraph.web.context import Context, choose, content, formatted, redirect
from gbagraph.web.problems import describe

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response

_COUNTED: Final = 300_000
"""Triples up to which the start page counts the kinds of things."""


async def start(context: Context, request: Request) -> Response:
    """The start page."""
    markup = None
    if context.dataset.built_in:
        about = await context.query(schema_org.dataset_query())
        markup = schema_org.markup(DATASET, about.body, "Dataset")
    page = context.page(
        request,
        "start.html",
        markup=markup,
        kinds=[] if publication.current().is_own else await _kinds(context),
        queries=all_queries().values(),
        endpoint=f"{request.base}/sparql",
        pairs=(f"{whole()}.trig", f"{whole()}.nq"),
        inferred=graph_iri("inferred"),
    )
    links = signposting.of_dataset(publication.current(), context.dataset, request.prefix)
    page.add("link", signposting.value(links))
    return page


@dataclass(frozen=True, slots=True)
class Kind:
    """A class, the number of its instances, and one of them."""

    term: Value
    number: int
    example: Value


async def _kinds(context: Context) -> list[Kind]:
    """The classes with the most instances; none of data that are so large that counting takes long."""
    if context.dataset.default_graph > _COUNTED:
        return []
    found = json.loads((await context.query(own_query("web", "kinds"))).body)
    return [
        Kind(value_of(row["class"]), int(row["number"]["value"]), value_of(row["example"]))
        for row in found["results"]["bindings"]
    ]


async def void(context: Context, request: Request) -> Response:
    """The well-known address of the description of the dataset (VoID, section 7.2)."""
    return redirect(request, "/graph/meta")


async def json_ld_context(context: Context, request: Request) -> Evaluation:
    """The JSON-LD context: what the names in JSON-LD documents mean."""
    return Evaluation(JsonLdContext())


async def prefixes(context: Context, request: Request) -> Response:
    """The prefixes in use, as JSON or as the PREFIX declarations of a query."""
    chosen = choose(request, (JSON, TEXT), "the list of prefixes")
    if chosen is TEXT:
        return formatted(declarations(), chosen)
    return formatted(json.dumps(dict(namespaces.prefixes()), indent=1), chosen)


async def problem(context: Context, request: Request, name: str) -> Response:
    """The explanation at the type IRI of a problem."""
    found = describe(name)
    if found is None:
        raise UnknownResource("There is no such type of problem.")
    return found


async def metrics(context: Context, request: Request) -> Response:
    """Counters and gauges of the engine, in the Prometheus text format."""
    lines = [
        f"# TYPE gbagraph_{name}_total counter\ngbagraph_{name}_total {count}\n"
        for name, count in sorted(context.engine.counts.items())
    ]
    lines.append("# TYPE gbagraph_slots_taken gauge\n")
    lines += [
        f'gbagraph_slots_taken{{class="{name}"}} {count}\n'
        for name, count in context.engine.admission.in_use().items()
    ]
    return content("".join(lines), "text/plain; version=0.0.4; charset=utf-8")
