"""The tool for assistants that looks names up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct

from gbagraph.features.assistants.tool import Asker, Tool, read, schema_of
from gbagraph.features.search.jobs import Search

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Search(Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[
        str, Meta(description="A name or a part of one, in any language.", min_length=1)
    ]
    limit: Annotated[int, Meta(ge=1, le=100, description="How many to give at most.")] = 10


async def _search(asker: Asker, arguments: Mapping[str, Any]) -> dict[str, Any]:
    wanted = read("search", _Search, arguments)
    return await asker.record(Search(wanted.text, wanted.limit))


SEARCH = Tool(
    "search",
    "Find things, classes and properties by name",
    "Looks a name up in all languages, and gives what it may mean: things, classes, properties and "
    "canned queries with their IRIs. Ask this first, to know what something is called here.",
    schema_of(_Search),
    {"type": "object", "properties": {"results": {"type": "array"}}, "required": ["results"]},
    _search,
)
