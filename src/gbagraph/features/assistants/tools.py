"""The tools of every graph, a tool for each canned query, and resources such as the ontology."""

from __future__ import annotations

import dataclasses
import re
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final

from msgspec import Meta, Struct, structs

from gbagraph import publication
from gbagraph.api import answer as reading
from gbagraph.engine import Query, canned_query
from gbagraph.feature import needed
from gbagraph.features.assistants.schema import own_query, parts
from gbagraph.features.assistants.tool import (
    ANY_SCHEMA,
    FORMATS,
    SCHEMAS,
    Asker,
    Page,
    Sparql,
    Tool,
    read,
    schema_of,
)
from gbagraph.queries import modifiers
from gbagraph.queries.canned import sentences
from gbagraph.rdf.namespaces import compact
from gbagraph.sparql.negotiation import languages

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from gbagraph.queries.canned import CannedQuery
    from gbagraph.queries.parameters import Choice, Parameter

    Rows = list[dict[str, Any]]
    Arguments = Mapping[str, Any]
    Record = dict[str, Any]


_PAGE: Final[dict[str, dict[str, Any]]] = schema_of(Page)["properties"]


def options(query: CannedQuery) -> dict[str, dict[str, Any]]:
    """Return what the tool of *query* takes beside its parameters, each with its schema.

    A parameter of the query comes before an option of its name.
    """
    if query.kind != "solutions":
        return {}
    return {name: schema for name, schema in _PAGE.items() if name not in query.names}


def arguments(query: CannedQuery) -> dict[str, Any]:
    """Return the JSON Schema of what the tool of *query* takes."""
    needed = [row.name for row in query.parameters if row.required and row.default is None]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {row.name: parameter_schema(row) for row in query.parameters}
        | options(query),
        "additionalProperties": False,
    }
    return schema | ({"required": needed} if needed else {})


def parameter_schema(row: Parameter) -> dict[str, Any]:
    """Return the JSON Schema of the values of a parameter."""
    one: dict[str, Any] = dict(row.type.schema)
    if row.choices:
        one = {**one, "enum": [row.json_value(choice.value) for choice in row.choices]}
        one.pop("format", None)
    schema: dict[str, Any] = {"type": "array", "items": one} if row.is_list else one
    schema["description"] = " ".join(_description(row))
    if row.default is not None:
        default = row.json_value(row.default)
        schema["default"] = [default] if row.is_list else default
    if row.example is not None:
        example = row.json_value(row.example)
        schema["examples"] = [[example] if row.is_list else example]
    return schema


def _description(row: Parameter) -> Iterator[str]:
    """Sentences on what the parameter means, and which values there are."""
    if row.description:
        yield f"{row.description.rstrip('.')}."
    if row.drawn is not None and row.drawn.query:
        yield f"One of the values in the column {row.drawn.value} of the tool {row.drawn.query}."
    elif row.drawn is not None:
        yield "One of the values that it has in the data."
    if not row.choices and row.type.name != "string":
        yield f"Expected: {row.type.expects}."
    if any(choice.label for choice in row.choices):
        yield f"The values are: {', '.join(map(_choice, row.choices))}."


def _choice(choice: Choice) -> str:
    return f"{choice.value} ({choice.label})" if choice.label else choice.value


def argument_pairs(given: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Arguments as (parameter, value) pairs, one for each value of a list; null is not given."""
    for name, value in given.items():
        if value is not None:
            yield from ((name, each) for each in (value if isinstance(value, list) else [value]))


_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST: Final = 64
"""Characters of a name; clients refuse longer ones, and other characters than these."""


def tools_of_queries(
    queries: Iterable[CannedQuery], taken: Collection[str], allowed: Collection[str]
) -> list[Tool]:
    """Return a tool for each of *queries*, under names other than those that are *taken*.

    *allowed* are the endpoints that queries may call with SERVICE.
    """
    return [_tool(name, query, sentences(query, allowed)) for name, query in named(queries, taken)]


def named(
    queries: Iterable[CannedQuery], taken: Collection[str], prefix: str = ""
) -> Iterator[tuple[str, CannedQuery]]:
    """Yield each of *queries* after the nearest name to its own, with *prefix*, that a tool can have."""
    names = set(taken)
    for query in queries:
        wanted = _NOT_IN_NAMES.sub("-", prefix + query.name).strip("-")[:_LONGEST] or "query"
        name = _free_name(wanted, names)
        names.add(name)
        yield name, query


def _free_name(wanted: str, taken: Collection[str]) -> str:
    """Return the nearest name to *wanted* that no other tool has."""
    name, number = wanted, 2
    while name in taken:
        end = f"-{number}"
        name, number = wanted[: _LONGEST - len(end)] + end, number + 1
    return name


def _tool(name: str, query: CannedQuery, calls: str) -> Tool:
    said = " ".join(filter(None, (query.summary, query.description, calls)))
    return Tool(
        name=name,
        title=query.summary,
        description=said,
        input_schema=arguments(query),
        output_schema=SCHEMAS[query.kind],
        answer=partial(_answer, query),
        is_open=query.is_federated,
        offered="all",
    )


async def _answer(query: CannedQuery, asker: Asker, arguments: Arguments) -> Record:
    offered = options(query)
    page = read(query.name, Page, {n: v for n, v in arguments.items() if n in offered})
    given = argument_pairs({n: v for n, v in arguments.items() if n not in offered})
    cut = limit_of(query, page.offset + page.limit)
    job = structs.replace(canned_query(query, [*given, *cut], FORMATS), evidence=page.evidence)
    answer = await asker.rows(job, page)
    if cut and answer.get("more"):
        del answer["total"]
    return answer


def limit_of(query: CannedQuery, rows: int) -> list[tuple[str, object]]:
    """Return the limit to give to a query that would cut its rows itself: more than *rows*, by one.

    The one shows whether there are others.
    """
    cuts_itself = query.page_size is not None and modifiers.LIMIT not in query.names
    return [(modifiers.LIMIT, rows + 1)] if cuts_itself else []


_MOST: Final = 500
"""Classes, and as many properties, that are given at most."""


class _Schema(Struct, frozen=True, forbid_unknown_fields=True):
    about: Annotated[
        str, Meta(description="A class or a property, by its IRI, its prefixed name or its label.")
    ] = ""
    language: Annotated[
        str, Meta(description="The language of labels; by default that of the dataset.")
    ] = ""
    limit: Annotated[
        int, Meta(ge=1, le=_MOST, description="Classes, and properties, to give at most.")
    ] = 50


async def _answer_schema(asker: Asker, arguments: Arguments) -> Record:
    wanted = read("schema", _Schema, arguments)
    given = (("about", wanted.about),) if wanted.about else ()
    language = wanted.language or publication.current().language
    tables = {
        key: await _rows(asker, query, given, language, wanted.limit)
        for key, query in parts(wanted.about).items()
    }
    return {"properties_of_its_things": tables.pop("properties")} | tables if given else tables


async def _rows(
    asker: Asker, query: CannedQuery, given: tuple[tuple[str, str], ...], language: str, limit: int
) -> Rows:
    """Return the rows of one of our queries, at most *limit*, with labels in a *language*."""
    job = canned_query(query, (*given, ("limit", limit)), FORMATS)
    answer = await asker.rows(structs.replace(job, labels=languages(language)), Page(limit=limit))
    rows: Rows = answer["rows"]
    return rows


SCHEMA: Final = Tool(
    "schema",
    "Show which classes and properties there are",
    "Without an argument: the classes with the number of their things, and the properties with the "
    "number of their uses, the most used first. About a class: which properties its things have, with "
    "an example of a value. About a property: what it joins with what. Ask this before you write a "
    "query.",
    schema_of(_Schema),
    {
        "type": "object",
        "properties": {
            name: {"type": "array", "items": {"type": "object"}}
            for name in ("classes", "properties", "properties_of_its_things", "joins")
        },
    },
    _answer_schema,
    offered="all",
)


async def summary(asker: Asker) -> str:
    """Return the classes and properties in use as lines of Markdown: name, label, number, definition."""
    language = publication.current().language
    of_terms = own_query("definitions")
    definitions = await _rows(asker, of_terms, (("language", language),), "", 10_000)
    meanings = {row["term"]: row["definition"] for row in definitions}
    classes, properties = [
        await _rows(asker, each, (), language, _MOST) for each in parts("").values()
    ]
    lines = [
        f"# {asker.dataset.title}, version {asker.dataset.version}",
        "\n## Classes, with the number of their things\n",
        *_lines(classes, "class", "things", meanings),
        "\n## Properties, with the number of their uses\n",
        *_lines(properties, "property", "uses", meanings),
    ]
    return "\n".join(lines) + "\n"


def _lines(rows: Rows, column: str, number: str, meanings: Mapping[str, str]) -> Iterator[str]:
    for row in rows:
        label = row.get(f"{column}Label")
        named = f"{compact(row[column])} ({label})" if label else compact(row[column])
        meaning = meanings.get(row[column], "")
        yield f"- {named}, {row[number]}{': ' if meaning else ''}{' '.join(meaning.split())}"


class _Query(Page, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sparql: Sparql
    labels: Annotated[
        str,
        Meta(description="Languages of labels to stand beside IRIs, the preferred first: zh,en."),
    ] = ""
    infer: Annotated[
        bool | None, Meta(description="Whether to ask also what follows by the ontology.")
    ] = None
    at: Annotated[
        str, Meta(description="An earlier version of the dataset, such as 0.2.0, to ask instead.")
    ] = ""


async def _answer_query(asker: Asker, arguments: Arguments) -> Record:
    """Answer an ad hoc query, of an earlier version on wish."""
    wanted = read("query", _Query, arguments)
    if not wanted.at:
        return await _answered(asker, wanted)
    async with needed("version")(asker.cache.engine, wanted.at) as cache:
        return await _answered(dataclasses.replace(asker, cache=cache), wanted)


async def _answered(asker: Asker, wanted: _Query) -> Record:
    """Answer an ad hoc query; where no row comes, say why."""
    job = Query(
        wanted.sparql,
        {"solutions": reading.RESULTS} if wanted.evidence else FORMATS,
        infer=wanted.infer,
        evidence=wanted.evidence,
        labels=languages(wanted.labels),
    )
    answer = await asker.rows(job, wanted, is_reserved=False)
    is_silent = answer.get("total") == 0 or answer.get("boolean") is False
    hints = await asker.hints(job) if is_silent else []
    return {**answer, "hints": hints} if hints else answer


QUERY = Tool(
    "query",
    "Ask a SPARQL query",
    "Answers a SPARQL 1.1 query: SELECT with rows, ASK with true or false, CONSTRUCT and DESCRIBE "
    "with Turtle. Nothing can be changed. SERVICE calls only the endpoints that this server allows, "
    "most often none. If there is a tool for the "
    "question, ask that instead; look names up with search and schema before writing a query.",
    schema_of(_Query),
    ANY_SCHEMA,
    _answer_query,
    offered="all",
)
