"""The canned queries: their list, and the answer of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from msgspec import structs

from gbagraph.dataset.description.queries import graph
from gbagraph.endpoint import evaluation
from gbagraph.engine import Dump, canned_query
from gbagraph.errors import UnknownResource
from gbagraph.queries.catalog import all_queries, find
from gbagraph.queries.parameters import Choice
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import GRAPH, HTML, JSON
from gbagraph.rdf.results import has_no_rows
from gbagraph.web import templating
from gbagraph.web.context import READABLE, Context, choose, content, formatted, redirect
from gbagraph.web.views.openapi import drawn_choices
from gbagraph.web.views.sparql import must_be_known

if TYPE_CHECKING:
    from gbagraph.endpoint.evaluation import Evaluation
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.queries.canned import CannedQuery
    from gbagraph.queries.parameters import Parameter


async def listing(context: Context, request: Request) -> Response:
    """All canned queries with their parameters, as JSON or as a page."""
    queries = all_queries().values()
    if choose(request, (JSON, HTML), "the list of queries") is HTML:
        return context.page(request, "queries.html", queries=queries)
    return formatted(templating.queries_json(queries), JSON)


async def examples(context: Context, request: Request) -> Evaluation | Response:
    """The canned queries as RDF, as the SIB's tools look for them."""
    chosen = choose(request, (*GRAPH, HTML), "the canned queries as RDF")
    if chosen is HTML:
        return redirect(request, "/queries")
    if not namespaces.base():
        raise UnknownResource(
            "The queries have no IRIs here: the dataset is published without a base (--base)."
        )
    must_be_known(context, graph().value)
    return evaluation.Evaluation(Dump(graph().value, chosen.media_type), name="queries")


async def answer(context: Context, request: Request, name: str) -> Evaluation | Response:
    """The answer of one canned query, or its text at ``/queries/NAME.rq``."""
    if name.endswith(".rq"):
        text = find(name.removesuffix(".rq")).text
        return content(text, "application/sparql-query")
    found = evaluation.for_canned_query(name, request)
    if found is None:
        return await _page(context, request, name)
    query = find(name)
    after = await _next_page(context, query, evaluation.canned(request, query))
    return replace(found, links=f'<{name}?{after}>; rel="next"') if after else found


async def _next_page(context: Context, query: CannedQuery, parsed: evaluation.CannedRequest) -> str:
    """The query string for the rows after those requested; empty if there are none."""
    found = evaluation.next_page(query, parsed)
    if found is None:
        return ""
    job, address = found
    result = await context.result(job)
    return "" if has_no_rows(result.body, result.format.extension) else address


async def _page(context: Context, request: Request, name: str) -> Response:
    query = find(name)
    parsed = evaluation.canned(request, query)
    given = parsed.given or list(query.examples.items())
    job = canned_query(query, given, READABLE)
    result = await context.result(
        structs.replace(job, infer=parsed.infer, evidence=parsed.evidence)
    )
    return context.page(
        request,
        "query.html",
        query=query,
        fields=[await _field(context, row, given) for row in query.parameters],
        table=templating.table(result),
        parsed=parsed,
        after=await _next_page(context, query, parsed),
    )


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter as a form asks for it: its *values*, and the *choices* if there are any."""

    parameter: Parameter
    values: tuple[str, ...]
    choices: tuple[Choice, ...]


async def _field(context: Context, row: Parameter, given: list[tuple[str, str]]) -> Field:
    values = tuple(value for name, value in given if name == row.name and value)
    is_boolean = row.type.control == "boolean"
    choices = (Choice("true"), Choice("false")) if is_boolean else row.choices
    if row.drawn is not None:
        choices = await drawn_choices(context, row.drawn)
    return Field(row, values, _with_given(choices, values) if choices else ())


def _with_given(choices: tuple[Choice, ...], values: tuple[str, ...]) -> tuple[Choice, ...]:
    """*choices*, and before them what is given and written otherwise than they are."""
    known = {choice.value for choice in choices}
    return (*(Choice(value) for value in values if value not in known), *choices)
