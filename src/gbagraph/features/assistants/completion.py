"""Completion of arguments: names of things, of paragraphs and of questions, values of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph.engine import Query
from gbagraph.errors import GbaGraphError
from gbagraph.feature import hook
from gbagraph.features.assistants.tool import FORMATS
from gbagraph.names.texts import plain
from gbagraph.queries.catalog import all_queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gbagraph.features.assistants.tool import Asker, Record
    from gbagraph.queries.parameters import Parameter

_MOST: Final = 100
"""Values that a client is given at most (MCP 2025-11-25, completion)."""
_KINDS: Final = {
    "thing": ("thing",),
    "from": ("thing",),
    "to": ("thing",),
    "paragraph": ("paragraph",),
}
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
    if kind in ("queries", "question"):
        return _beginning(prefix, all_queries())
    if kind in _KINDS:
        return await _names(asker, prefix, _KINDS[kind])
    row = next((row for row in query.parameters if row.name == argument), None) if query else None
    return await _values(asker, row, prefix) if row else []


async def _names(asker: Asker, prefix: str, kinds: tuple[str, ...]) -> list[str]:
    """Return names that begin with *prefix*, in any language: of a thing, the one that fits best."""
    job = hook("search job")
    if job is None:
        return []
    found = await asker.record(job(prefix, _MOST, kinds=kinds))
    return _beginning(prefix, (name for row in found["results"] for name in _of(row, prefix)))


def _of(row: Record, prefix: str) -> Iterator[str]:
    """Yield the first name of what was found that begins with *prefix*: a label, else its short name."""
    names = (row["label"], row["match"], *(each["text"] for each in row["names"]))
    short = row["name"].removeprefix("id:")
    pairs = (
        *((name, name) for name in names),
        (row["name"].rpartition(":")[2], short),
        (short, short),
    )
    yield from [name for written, name in pairs if _begins(written, prefix)][:1]


async def _values(asker: Asker, row: Parameter, prefix: str) -> list[str]:
    choices = [each.value for each in row.choices]
    if row.drawn is not None:
        try:
            answer = await asker.whole(Query(row.drawn.text, FORMATS))
        except GbaGraphError:
            return []
        choices = [each.value for each in row.drawn.choices(answer.body)]
    elif not choices and row.type.name == "iri":
        return await _names(asker, prefix, ("thing", "class", "property"))
    elif row.type.control == "boolean":
        choices = ["true", "false"]
    return _beginning(prefix, choices)


def _beginning(prefix: str, names: Iterable[str]) -> list[str]:
    return [*dict.fromkeys(name for name in names if _begins(name, prefix))][:_MOST]


def _begins(name: str, prefix: str) -> bool:
    return plain(name).startswith(plain(prefix))
