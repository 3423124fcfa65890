"""The parameters of a canned query as a JSON Schema (2020-12), and arguments as its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gbagraph.mcp.tool import Page, schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


def pairs(given: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Arguments as (parameter, value) pairs, one for each value of a list; null is not given."""
    for name, value in given.items():
        if value is not None:
            yield from ((name, each) for each in (value if isinstance(value, list) else [value]))
