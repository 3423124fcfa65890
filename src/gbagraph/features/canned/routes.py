"""The canned queries: their list, and the answer of each."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import pyoxigraph as ox
from msgspec import structs

from gbagraph.dataset.identity import queries_graph
from gbagraph.endpoint import evaluation
from gbagraph.endpoint.responder import as_error
from gbagraph.engine import Dump, JobOptions, Query, canned_query
from gbagraph.errors import BadParameter, GbaGraphError, UnknownResource
from gbagraph.names.jobs import Meanings
from gbagraph.names.texts import words
from gbagraph.queries import modifiers, texts
from gbagraph.queries.catalog import all_queries, queries_json
from gbagraph.queries.parameters import Choice
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import GRAPH, HTML, JSON
from gbagraph.rdf.results import named, rows
from gbagraph.sparql import protocol
from gbagraph.web.answer import Link, Question
from gbagraph.web.answer import answer as answering
from gbagraph.web.context import (
    READABLE,
    Context,
    choose,
    content,
    formatted,
    labels_of,
    language_of,
    must_be_known,
    redirect,
)
from gbagraph.web.kinds import of_terms
from gbagraph.web.table import Address
from gbagraph.web.templating import is_term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gbagraph.endpoint.evaluation import Evaluation
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.queries.canned import CannedQuery
    from gbagraph.queries.parameters import Parameter
    from gbagraph.rdf.results import Value
    from gbagraph.web.answer import Answer

    _Pairs = list[tuple[str, str]]


_LAST: Final = 1_000_000
"""Where a query without a place is listed."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A query, the *address* of its page with values that have an answer, and what its *columns* are.

    *is_refused*: it calls an endpoint that is not allowed.
    """

    query: CannedQuery
    address: str
    columns: tuple[str, ...]
    is_refused: bool = False

    @property
    def shape(self) -> str:
        """What its answer can be seen as beside rows, as far as the names of its columns say."""
        names = {name.lower() for name in self.query.columns}
        return next((shape for shape, signs in _SHAPES.items() if names & signs), "")


_SHAPES: Final = {
    "map": frozenset({"lat", "latitude", "point", "wkt"}),
    "timeline": frozenset({"date", "start", "earliest", "begin", "deadline"}),
}
"""Columns that are drawn, by the view that draws them."""


def contains(query: CannedQuery, text: str) -> bool:
    """Return whether all words of *text* are in what is said of *query*, in any case."""
    names = texts.current(query.language).tags
    tags = (names.get(tag, "") for tag in query.tags)
    words = " ".join((query.name, query.summary, query.description, *query.tags, *tags)).casefold()
    return all(word in words for word in text[:_LONGEST].casefold().split())


def grouped(rows: Iterable[Listed]) -> Mapping[str, list[Listed]]:
    """Return *rows* by their first tag, in the order that the queries have; those without one last."""
    groups: dict[str, list[Listed]] = {}
    for row in sorted(rows, key=_place):
        groups.setdefault(next(iter(row.query.tags), ""), []).append(row)
    rest = groups.pop("", [])
    return groups | ({"": rest} if rest else {})


def _place(row: Listed) -> tuple[int, str]:
    return _LAST if row.query.order is None else row.query.order, row.query.name


_LONGEST: Final = 200
"""Characters of a text that is looked for in queries."""
_VARIANTS: Final = 8
"""Other values of a field with which a question is offered."""


async def listing(context: Context, request: Request) -> Response:
    """All canned queries with their parameters, as JSON or as a page; ``?q=``: those for a text."""
    queries = all_queries().values()
    if choose(request, (JSON, HTML), "the list of queries") is not HTML:
        if text := dict(request.parameters).get("q", ""):
            # Most servers are never asked; the words of all queries are read in a thread.
            listed = import_module("gbagraph.names.finding").listed
            queries = await asyncio.to_thread(listed, text)
        return formatted(queries_json(queries, context.allowed_services), JSON)
    pairs = request.parameters
    wanted = dict(pairs).get("q", "").strip()
    allowed = context.allowed_services
    said = partial(texts.told, language=language_of(request))
    rows = [
        _listed(request, query, allowed) for query in map(said, queries) if contains(query, wanted)
    ]
    return context.page(
        request, "queries.html", groups=grouped(rows), wanted=wanted, has_queries=bool(queries)
    )


def _listed(request: Request, query: CannedQuery, allowed: frozenset[str]) -> Listed:
    """Return a query with an address at which it has an answer."""
    page = Address(request.prefix, f"/queries/{query.name}", tuple(query.examples.items()))
    titles = texts.current(language_of(request)).columns_of(query.name)
    columns = tuple(titles.get(name) or " ".join(words(name)) for name in query.columns)
    return Listed(query, page.link(), columns, bool(query.refused_services(allowed)))


async def examples(context: Context, request: Request) -> Evaluation | Response:
    """The canned queries as RDF, as the SIB's tools look for them."""
    chosen = choose(request, (*GRAPH, HTML), "the canned queries as RDF")
    if chosen is HTML:
        return redirect(request, "/queries")
    if not namespaces.base():
        raise UnknownResource(
            "The queries have no IRIs here: the dataset is published without a base (--base)."
        )
    must_be_known(context, queries_graph().value)
    return evaluation.Evaluation(Dump(queries_graph().value, chosen.media_type), name="queries")


async def answer(context: Context, request: Request, name: str) -> Evaluation | Response:
    """The answer of one canned query, or its text at ``/queries/NAME.rq``."""
    if name.endswith(".rq"):
        text = evaluation.find(name.removesuffix(".rq")).text
        return content(text, "application/sparql-query")
    canned = evaluation.for_canned_query(name, request)
    if canned is None:
        query = texts.told(evaluation.find(name), language_of(request))
        return await _page(context, request, query)
    query = evaluation.find(name)
    after = await _next_page(context, query, evaluation.canned(request, query))
    return canned._replace(links=f'<{name}?{after}>; rel="next"') if after else canned


async def _next_page(context: Context, query: CannedQuery, parsed: evaluation.CannedRequest) -> str:
    """Return the query string for the rows after those requested; empty if there are none.

    Where that is not known, the answer itself comes without it.
    """
    try:
        page = evaluation.next_page(query, parsed)
        if page is None:
            return ""
        job, address = page
        result = await context.result(job)
    except GbaGraphError:
        return ""
    return "" if result.format.has_no_rows(result.body) else address


async def _page(context: Context, request: Request, query: CannedQuery) -> Response:
    """Return the page of a query: its fields, and the answer for what is in them."""
    parsed = evaluation.canned(request, query)
    asked = parsed.given or list(query.examples.items())
    meanings: list[dict[str, Any]] = []
    answered, error, text = None, None, query.body
    # A page says so without an error: it is about the query, and links lead to it.
    is_asked = not query.refused_services(context.allowed_services)
    try:
        job = canned_query(query, asked, READABLE)
        meanings = await _meanings(context, job, asked, parsed.for_server)
        if all(meaning["name"] for meaning in meanings):
            text = query.bind(_as_meant(asked, meanings)).strip()
            question = _question(request, query, parsed, asked)
            job = structs.replace(job, infer=parsed.infer, evidence=parsed.evidence)
            if is_asked:
                answered = await answering(context, request, replace(question, job=job, text=text))
    except GbaGraphError as problem:
        error = problem
    is_clear = error is None and (answered is not None or not is_asked)
    fields = [await _field(context, request, row, asked) for row in query.parameters]
    response = await context.page_of_answer(
        request,
        "query.html",
        error.status if error else 200 if is_clear else BadParameter.status,
        query=query,
        text=text,
        fields=fields,
        variants=list(_variants(fields, answered)),
        terms=await _named(context, request, sorted(filter(is_term, query.iris))),
        meanings=meanings,
        services=[(iri, iri in context.allowed_services) for iri in query.services],
        is_asked=is_asked,
        kept=[pair for pair in parsed.for_server if pair[0] not in protocol.PAGE],
        answer=answered,
        error=error,
        explained=answered.explained if answered else None,
        is_ordered=modifiers.is_ordered(query.text),
        editor=_editor(request, text, parsed.infer).link(),
        after=await _next_page(context, query, parsed) if answered else "",
    )
    if error:
        as_error(response, error)
    elif not request.addresses.public_url:
        response.add("cache-control", "private, no-cache")
    return response


def _variants(fields: list[Field], answered: Answer | None) -> Iterator[Link]:
    """Yield the same question with other values: some of those that one of the fields offers."""
    if answered is None:
        return
    for field in fields:
        name = field.parameter.name
        others = [choice for choice in field.choices if choice.value not in field.values]
        for choice in [] if field.parameter.is_list else others[:_VARIANTS]:
            kept = tuple(pair for pair in answered.address.asked if pair[0] != name)
            address = replace(answered.address, asked=(*kept, (name, choice.value)), shows=())
            yield Link(choice.label or choice.value, address.link())


async def _named(context: Context, request: Request, iris: list[str]) -> list[Value]:
    """Return *iris* with their names for the reader."""
    if not iris:
        return []
    text = of_terms("features/canned", "terms-named", map(ox.NamedNode, iris))
    labels = labels_of(request)
    return [named(row, "term") for row in rows((await context.query(text, labels)).body)]


def _question(
    request: Request, query: CannedQuery, parsed: evaluation.CannedRequest, asked: _Pairs
) -> Question:
    """Return the question, but for its job and its text."""
    server = [(f"${n}" if n in query.names else n, v) for n, v in parsed.for_server]
    return Question(
        Query("", READABLE),
        Address.of(request.prefix, f"/queries/{query.name}", [*asked, *server], query.names),
        JobOptions(is_reserved=True, via=request.via, request=request.id),
        "",
        query.name,
        tuple(pair for pair in asked if pair[1]),
        parsed.labels or labels_of(request),
        _editor(request, "", parsed.infer),
    )


def _editor(request: Request, text: str, infer: bool | None) -> Address:
    """Return where *text* can be changed and asked."""
    chosen = () if infer is None else ((protocol.INFER, str(infer).lower()),)
    return Address(request.prefix, "/sparql", (("query", text), *chosen))


def _as_meant(asked: _Pairs, meanings: list[dict[str, Any]]) -> _Pairs:
    """Return the values with names in place of the labels that stand for them."""
    names = {(row["parameter"], row["value"]): row["name"] for row in meanings}
    return [(name, names.get((name, value), value)) for name, value in asked]


async def _meanings(
    context: Context, job: Query, given: _Pairs, for_server: _Pairs
) -> list[dict[str, Any]]:
    """What the labels among the values mean; each suggestion with the query string that takes it."""
    if not job.references:
        return []
    meanings: list[dict[str, Any]] = json.loads(
        (await context.result(Meanings(job.references))).body
    )
    for meaning in meanings:
        asked = meaning["parameter"], meaning["value"]
        for suggestion in meaning["suggestions"]:
            taken = meaning["parameter"], suggestion["value"]
            pairs = [taken if pair == asked else pair for pair in given]
            suggestion["query_string"] = urlencode([*pairs, *for_server])
    return meanings


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter as a form asks for it: its *values*, and the *choices* if there are any."""

    parameter: Parameter
    values: tuple[str, ...]
    choices: tuple[Choice, ...]

    @property
    def suggested(self) -> str:
        """The kinds of names that a value can be, for suggestions while it is written."""
        if self.parameter.type.name != "iri":
            return ""
        example = self.parameter.example or self.parameter.default or ""
        # Only a thing has a short name without a prefix.
        is_of_thing = bool(example) and ":" not in example
        return "thing" if is_of_thing else "thing class property"


async def _field(
    context: Context, request: Request, row: Parameter, given: list[tuple[str, str]]
) -> Field:
    values = tuple(value for name, value in given if name == row.name and value)
    is_boolean = row.type.control == "boolean"
    choices = (Choice("true"), Choice("false")) if is_boolean else row.choices
    if row.drawn is not None:
        choices = row.drawn.choices((await context.query(row.drawn.text)).body)
    if row.type.name == "iri":
        # However an IRI is written, it is the choice that means it.
        written = {_term(row, choice.value): choice.value for choice in choices}
        values = tuple(written.get(_term(row, value), value) for value in values)
    named = await _with_names(context, request, row, choices)
    return Field(row, values, _with_given(named, values) if named else ())


def _term(row: Parameter, value: str) -> object:
    """Return the term that *value* is; of a label, itself."""
    try:
        return row.type.term(value)
    except ValueError:
        return value


async def _with_names(
    context: Context, request: Request, row: Parameter, choices: tuple[Choice, ...]
) -> tuple[Choice, ...]:
    """Return *choices*, those that are IRIs with their names for the reader."""
    if row.type.name != "iri":
        return choices
    terms = {choice: row.type.term(choice.value).value for choice in choices}
    named = await _named(context, request, sorted({*terms.values()}))
    names = {value.iri: value.text for value in named if value.name}
    return tuple(
        choice._replace(label=names.get(terms[choice], choice.label)) for choice in choices
    )


def _with_given(choices: tuple[Choice, ...], values: tuple[str, ...]) -> tuple[Choice, ...]:
    """Return *choices*, and before them what is given and written otherwise than they are."""
    known = {choice.value for choice in choices}
    return (*(Choice(value) for value in values if value not in known), *choices)
