"""The tool for assistants that looks names up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct

from gbagraph.features.assistants.compact import language
from gbagraph.features.assistants.tool import Asker, Tool, read, schema_of, thing
from gbagraph.features.search.jobs import Search
from gbagraph.names.matching import Kind  # noqa: TC001  msgspec reads it

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
    offered="all",
)


class _Find(Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1)]
    kind: Kind | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 5


async def _find(asker: Asker, arguments: Mapping[str, Any]) -> dict[str, Any]:
    wanted = read("gbagraph_search", _Find, arguments)
    kinds = (wanted.kind,) if wanted.kind else ()
    found = await asker.record(Search(wanted.text, wanted.limit, kinds=kinds, languages=language()))
    near = found["results"] or found.get("suggestions", ())
    rows = [
        [each["kind"], thing(each["iri"], each["label"]), ", ".join(each.get("types", ()))]
        for each in near
    ]
    answer: dict[str, Any] = {"columns": ["kind", "found", "types"], "rows": rows}
    if not found["results"]:
        answer["hint"] = (
            f"Nothing has this name, {'and none comes near' if not rows else 'these come near'}."
        )
    return {**answer, **({"more": True} if found["total"] > wanted.limit else {})}


FIND = Tool(
    "gbagraph_search",
    "Find things, classes and properties by name",
    "Looks a name up in all languages: what it may mean here, the likeliest first.",
    schema_of(_Find),
    {
        "type": "object",
        "properties": {"columns": {"type": "array"}, "rows": {"type": "array"}},
        "required": ["columns", "rows"],
    },
    _find,
    offered="few",
)
