"""A tool, as any framework can offer it: what it takes, what it gives, and how it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

from gbagraph.errors import BadParameter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from gbagraph.mcp.asking import Asker

    Answering = Callable[[Asker, Mapping[str, Any]], Awaitable[dict[str, Any]]]

_MOST_ROWS: Final = 1000
"""Rows that one call gives at most."""
_USUAL_ROWS: Final = 100
"""Rows that a call gives that does not say how many."""

_T = TypeVar("_T", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: *answer* takes its arguments, which have *input_schema*, and gives *output_schema*.

    *is_open*: what others say is in its answers, not the graph alone.
    """

    name: str
    title: str
    description: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
    answer: Answering
    is_open: bool = False


class Page(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which rows of an answer to give, and whether with their evidence."""

    limit: Annotated[
        int, Meta(ge=1, le=_MOST_ROWS, description="How many rows to give at most.")
    ] = _USUAL_ROWS
    offset: Annotated[int, Meta(ge=0, description="How many rows to leave out before them.")] = 0
    evidence: Annotated[
        bool,
        Meta(
            description="Whether to tell for each row the paragraphs and facts on which it rests."
        ),
    ] = False


def schema_of(arguments: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON Schema of the arguments that a struct describes."""
    _, parts = msgspec.json.schema_components([arguments])
    found = parts[arguments.__name__]
    return {name: value for name, value in found.items() if name not in ("title", "description")}


def read(tool: str, arguments: type[_T], given: Mapping[str, Any]) -> _T:
    """The arguments *given* to a tool.

    Raises:
        BadParameter: one is missing, unknown, or not of its type.
    """
    try:
        return msgspec.convert({n: v for n, v in given.items() if v is not None}, arguments)
    except msgspec.ValidationError as problem:
        names = ", ".join(field.name for field in msgspec.structs.fields(arguments))
        raise BadParameter(
            f"The arguments of {tool} are not right: {problem}. It takes: {names}."
        ) from None
