"""The canned queries as tools, one each."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from gbagraph.engine import canned_query
from gbagraph.mcp import schemas
from gbagraph.mcp.asking import FORMATS
from gbagraph.mcp.records import SCHEMAS, record
from gbagraph.mcp.tool import Page, Tool, read
from gbagraph.queries import modifiers
from gbagraph.queries.calls import sentences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from gbagraph.mcp.asking import Asker
    from gbagraph.queries.canned import CannedQuery

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
        input_schema=schemas.arguments(query),
        output_schema=SCHEMAS[query.kind],
        answer=partial(_answer, query),
        is_open=query.is_federated,
    )


async def _answer(query: CannedQuery, asker: Asker, arguments: Mapping[str, Any]) -> dict[str, Any]:
    offered = schemas.options(query)
    page = read(query.name, Page, {n: v for n, v in arguments.items() if n in offered})
    given = [*schemas.pairs({n: v for n, v in arguments.items() if n not in offered})]
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
