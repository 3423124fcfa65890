"""The OpenAPI document of the server: one path for each canned query, made by FastAPI of its parameters.

FastAPI only describes here. Requests take the server's one way (``endpoint/responder``), which no
route of FastAPI is on, so the functions behind its routes are never called. It is imported in the
thread that writes the document: that takes some tenths of a second.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from gbagraph import __version__
from gbagraph.errors import (
    BadParameter,
    MalformedRequest,
    NotAcceptable,
    QueryTimeout,
    ServerBusy,
    ServiceFailed,
    ServiceNotAllowed,
)
from gbagraph.queries import modifiers
from gbagraph.queries.canned import sentences
from gbagraph.queries.catalog import all_queries
from gbagraph.queries.parameters import Choice
from gbagraph.rdf.formats import JSON, QUERY_FORMS
from gbagraph.rdf.result_formats import ALL
from gbagraph.sparql import protocol
from gbagraph.web.context import formatted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from fastapi import FastAPI

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.errors import GbaGraphError
    from gbagraph.queries.canned import CannedQuery
    from gbagraph.queries.parameters import Choice, Parameter
    from gbagraph.web.context import Context

    Choices = Mapping[tuple[str, str], tuple[Choice, ...]]
    _Drawn = tuple[tuple[tuple[str, str], tuple[Choice, ...]], ...]


_PROBLEM: Final = "application/problem+json"
_PYTHON: Final[dict[str, Any]] = {"integer": int, "number": float, "boolean": bool}
_ERRORS: Final = (MalformedRequest, BadParameter, NotAcceptable, ServerBusy, QueryTimeout)
_OF_OTHERS: Final = (ServiceNotAllowed, ServiceFailed)
"""Errors of queries that call other endpoints."""
_FOR_SERVER: Final[dict[str, tuple[Any, str]]] = {
    protocol.FORMATS[0]: (
        str,
        "The format, by name or media type; it takes precedence over Accept.",
    ),
    protocol.INFER: (bool, "Whether the default graph holds what follows by the ontology."),
    protocol.EVIDENCE: (
        Literal["true", "false", "brief"],
        "Whether each row comes with what it rests on, in results JSON, CSV or TSV; or that in brief.",
    ),
    protocol.LABELS: (str, "Languages of labels to stand beside IRIs, such as zh-hans,en."),
}
_CHANGES: Final[dict[str, tuple[Any, str]]] = {
    modifiers.LIMIT: (int, "How many rows to give at most."),
    modifiers.OFFSET: (int, "How many rows to leave out before them."),
    modifiers.SORT: (list[str], "Columns to sort by first; with a minus sign in reverse."),
    modifiers.FILTER: (list[str], "Conditions on columns, such as squareKilometres>100."),
}
_PROBLEM_SCHEMA: Final = {
    "title": "Problem",
    "description": "Problem details (RFC 9457), with further members that depend on the type.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}


def openapi_document(  # noqa: PLR0913  what the document is made of
    title: str,
    version: str,
    server: str,
    queries: Iterable[CannedQuery],
    *,
    drawn: Choices,
    allowed: Collection[str],
) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document.

    Args:
        title: what is served.
        version: the version of the dataset.
        server: the base address of the server, without a slash at the end.
        queries: the canned queries, each of which gets a path.
        drawn: the values that other queries find, by the names of a query and its parameter.
        allowed: the endpoints that queries may call with SERVICE.
    """
    from fastapi import FastAPI  # noqa: PLC0415  as said above

    application = FastAPI(
        title=title,
        version=version,
        description=f"Canned queries over the dataset, served by gbagraph {__version__}.",
        servers=[{"url": server}],
        openapi_url=None,
    )
    for query in queries:
        _add(application, query, drawn, allowed)
    document = application.openapi()
    document["components"] = {"schemas": {"Problem": _PROBLEM_SCHEMA}}
    return document


def _add(
    application: FastAPI, query: CannedQuery, drawn: Choices, allowed: Collection[str]
) -> None:
    application.add_api_route(
        f"/queries/{query.name}",
        _signed(list(_parameters(query, drawn))),
        methods=["GET"],
        summary=query.summary,
        description=" ".join(filter(None, (query.description, sentences(query, allowed)))),
        tags=list(query.tags),
        operation_id=query.name,
        responses=_responses(query),
    )


def _signed(parameters: list[inspect.Parameter]) -> Callable[..., None]:
    """Return a function with these parameters, for FastAPI to describe."""

    def described() -> None:
        """Nothing: the server answers by ``features/canned/routes``."""

    vars(described)["__signature__"] = inspect.Signature(parameters)
    return described


def _parameters(query: CannedQuery, drawn: Choices) -> Iterator[inspect.Parameter]:
    for row in query.parameters:
        yield _own(row, drawn.get((query.name, row.name), row.choices))
    changes = _CHANGES if query.kind == "solutions" else {}
    for name, (kind, description) in {**changes, **_FOR_SERVER}.items():
        shown = f"${name}" if name in query.names and name in _FOR_SERVER else name
        if shown in query.names:
            continue
        least = {"ge": 0} if kind is int else {}
        yield _parameter(shown, kind, None, description=description, **least)


def _own(row: Parameter, choices: tuple[Choice, ...]) -> inspect.Parameter:
    schema = dict(row.type.schema)
    kind: Any = _PYTHON.get(schema["type"], str)
    if choices:
        kind = Literal[tuple(choice.value for choice in choices)]
    extra: dict[str, Any] = (
        {} if choices or "format" not in schema else {"format": schema["format"]}
    )
    labels = {choice.value: choice.label for choice in choices if choice.label}
    if labels:
        extra["x-labels"] = labels
    described: dict[str, Any] = {
        "description": f"{row.description} Expected: {row.type.expects}.".strip()
    }
    example = row.example if row.example is not None else row.default
    if example is not None:
        described["examples"] = [_value(row, example, choices)]
    default: Any = inspect.Parameter.empty if row.required else None
    if row.default is not None:
        default = _value(row, row.default, choices)
    kind = list[kind] if row.is_list else kind
    return _parameter(row.name, kind, default, json_schema_extra=extra or None, **described)


def _value(row: Parameter, text: str, choices: tuple[Choice, ...]) -> Any:  # noqa: ANN401  as JSON has it
    """Return *text* as a value of the parameter; its choices are texts."""
    value = text if choices else row.json_value(text)
    return [value] if row.is_list else value


def _parameter(name: str, kind: Any, default: Any, **described: Any) -> inspect.Parameter:  # noqa: ANN401
    """Return a parameter of the query string; its name in Python may not be that in the address."""
    from fastapi import Query  # noqa: PLC0415  as said above

    return inspect.Parameter(
        f"p_{name.replace('$', 'server_')}",
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind, Query(alias=name, **described)],
    )


def _responses(query: CannedQuery) -> dict[int | str, dict[str, Any]]:
    """Return the answer in all formats, and the errors that a client has to expect."""
    offers = dict.fromkeys(offer.media_type for offer in ALL[query.kind] if offer.standard)
    answer = {
        "description": f"The answer of a {QUERY_FORMS[query.kind]} query.",
        "content": {media_type: {} for media_type in offers},
    }
    errors = (*_ERRORS, *(_OF_OTHERS if query.is_federated else ()))
    return {200: answer, **{error.status: _error(error) for error in errors}}


def _error(error: type[GbaGraphError]) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": error.title, "content": {_PROBLEM: {"schema": schema}}}


async def document(context: Context, request: Request) -> Response:
    """The OpenAPI document, as JSON."""
    return formatted(await _text(context, request), JSON)


async def page(context: Context, request: Request) -> Response:
    """The OpenAPI document, as a page."""
    document: dict[str, Any] = json.loads(await _text(context, request))
    return context.page(request, "openapi.html", document=document)


async def _text(context: Context, request: Request) -> str:
    drawn = [
        ((query.name, row.name), row.drawn.choices((await context.query(row.drawn.text)).body))
        for query in all_queries().values()
        for row in query.parameters
        if row.drawn is not None
    ]
    dataset = context.dataset
    # In a thread: it takes some tenths of a second, in which others are to be answered.
    return await asyncio.to_thread(
        _written,
        dataset.title,
        dataset.version,
        request.base,
        tuple(drawn),
        context.allowed_services,
    )


@lru_cache(maxsize=4)
def _written(title: str, version: str, server: str, drawn: _Drawn, allowed: frozenset[str]) -> str:
    written = openapi_document(
        title, version, server, all_queries().values(), drawn=dict(drawn), allowed=allowed
    )
    return json.dumps(written, ensure_ascii=False, indent=1)
