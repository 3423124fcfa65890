"""The canned queries as tools, one each: their parameters as a JSON Schema (2020-12), their answers."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from gbagraph.engine import canned_query
from gbagraph.features.assistants.tool import FORMATS, SCHEMAS, Page, Tool, read, record, schema_of
from gbagraph.queries import modifiers
from gbagraph.queries.canned import sentences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from gbagraph.features.assistants.tool import Asker
    from gbagraph.queries.canned import CannedQuery
    from gbagraph.queries.parameters import Choice, Parameter


_PAGE: Final[dict[str, dict[str, Any]]] = schema_of(Page)["properties"]


def options(query: CannedQuery) -> dict[str, dict[str, Any]]:
    """What the tool of *query* takes beside its parameters, each with its schema.

    A parameter of the query comes before an option of its name.
    """
    if query.kind != "solutions":
        return {}
    return {name: schema for name, schema in _PAGE.items() if name not in query.names}


def arguments(query: CannedQuery) -> dict[str, Any]:
    """The JSON Schema of what the tool of *query* takes."""
    needed = [row.name for row in query.parameters if row.required and row.default is None]
    found: dict[str, Any] = {
        "type": "object",
        "properties": {row.name: _schema(row) for row in query.parameters} | options(query),
        "additionalProperties": False,
    }
    return found | ({"required": needed} if needed else {})


def _schema(row: Parameter) -> dict[str, Any]:
    one: dict[str, Any] = dict(row.type.schema)
    if row.choices:
        one = {**one, "enum": [row.json_value(choice.value) for choice in row.choices]}
        one.pop("format", None)
    found: dict[str, Any] = {"type": "array", "items": one} if row.is_list else one
    found["description"] = " ".join(_description(row))
    if row.default is not None:
        default = row.json_value(row.default)
        found["default"] = [default] if row.is_list else default
    if row.example is not None:
        example = row.json_value(row.example)
        found["examples"] = [[example] if row.is_list else example]
    return found


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


def tools(
    queries: Iterable[CannedQuery], taken: Collection[str], allowed: Collection[str]
) -> list[Tool]:
    """A tool for each of *queries*, under names other than those that are *taken*.

    *allowed* are the endpoints that queries may call with SERVICE.
    """
    names = set(taken)
    found = []
    for query in queries:
        name = _free_name(query.name, names)
        names.add(name)
        found.append(_tool(name, query, sentences(query, allowed)))
    return found


def _free_name(wanted: str, taken: Collection[str]) -> str:
    """The nearest name to *wanted* that clients take and no other tool has."""
    plain = _NOT_IN_NAMES.sub("-", wanted).strip("-")[:_LONGEST] or "query"
    name, number = plain, 2
    while name in taken:
        end = f"-{number}"
        name, number = plain[: _LONGEST - len(end)] + end, number + 1
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
    )


async def _answer(query: CannedQuery, asker: Asker, arguments: Mapping[str, Any]) -> dict[str, Any]:
    offered = options(query)
    page = read(query.name, Page, {n: v for n, v in arguments.items() if n in offered})
    given = [*argument_pairs({n: v for n, v in arguments.items() if n not in offered})]
    cuts_itself = query.page_size is not None and modifiers.LIMIT not in query.names
    if cuts_itself:
        # The query would cut its rows itself. One row more tells whether there are others.
        given.append((modifiers.LIMIT, page.offset + page.limit + 1))
    job = structs.replace(canned_query(query, given, FORMATS), evidence=page.evidence)
    answer = await asker.whole(job)
    found = record(answer.body, answer.format, **structs.asdict(page), sources=answer.sources)
    if cuts_itself and found.get("more"):
        del found["total"]
    return found
