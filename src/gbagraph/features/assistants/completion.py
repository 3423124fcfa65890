"""Completion of arguments: names of things, of paragraphs and of questions, values of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph.engine import Query
from gbagraph.feature import hook
from gbagraph.features.assistants.tool import FORMATS
from gbagraph.names.texts import plain
from gbagraph.queries.catalog import all_queries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gbagraph.features.assistants.tool import Asker

_MOST: Final = 100
"""Values that a client is given at most (MCP 2025-11-25, completion)."""
_KINDS: Final = {**dict.fromkeys(("thing", "from", "to"), ("thing",)), "paragraph": ("paragraph",)}
"""The kinds of what is named, by the part of a resource's address or the argument that names it."""


async def complete(
    asker: Asker, what: str, argument: str, prefix: str, given: Mapping[str, str]
) -> list[str]:
    """Return at most 100 values that begin with *prefix*, those of choice first; none for no match.

    *what* is the template of a resource (``gbagraph://thing/{name}``), or the name of a prompt;
    *argument* is the one that is completed, and *given* are the others: with the name of a ``question``
    among them, the *argument* is a parameter of that. Things are named by labels in any language.
    """
    kind = what.removeprefix("gbagraph://").partition("/")[0] if "://" in what else argument
    query = all_queries().get(given.get("question", ""))
    row = next((row for row in query.parameters if row.name == argument), None) if query else None
    if kind in ("queries", "question"):
        values = [*all_queries()]
    elif row is not None and (row.choices or row.drawn):
        drawn = row.drawn and row.drawn.choices(
            (await asker.whole(Query(row.drawn.text, FORMATS))).body
        )
        values = [each.value for each in drawn or row.choices]
    elif kind in _KINDS or (row and row.type.name == "iri"):
        values = await _names(asker, prefix, _KINDS.get(kind, ("thing", "class", "property")))
    else:
        values = ["true", "false"] if row and row.type.control == "boolean" else []
    return [*dict.fromkeys(name for name in values if _begins(name, prefix))][:_MOST]


async def _names(asker: Asker, prefix: str, kinds: tuple[str, ...]) -> list[str]:
    """Return of each that was found the first name that begins with *prefix*, else its short name."""
    job = hook("search job")
    found = (
        await asker.record(job(prefix.removeprefix("id:"), _MOST, kinds=kinds))
        if job
        else {"results": ()}
    )
    names = []
    for row in found["results"]:
        labels = (row["label"], row["match"], *(each["text"] for each in row["names"]))
        short = row["name"] if prefix.startswith("id:") else row["name"].removeprefix("id:")
        names.append(next((each for each in labels if _begins(each, prefix)), short))
    return names


def _begins(name: str, prefix: str) -> bool:
    """Whether a name, or what stands after its prefix, begins with *prefix*."""
    start = plain(prefix)
    return plain(name).startswith(start) or plain(name.partition(":")[2]).startswith(start)
