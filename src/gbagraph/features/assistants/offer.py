"""Which tools are offered: the few, all, or the few and more; and how they are used."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from gbagraph import feature, publication
from gbagraph.errors import SettingError, UnknownResource
from gbagraph.feature import needed
from gbagraph.features.assistants import CURATION, few, questions
from gbagraph.features.assistants.compact import PREFIX
from gbagraph.features.assistants.tools import QUERY, SCHEMA, named, tools_of_queries
from gbagraph.queries.catalog import all_queries

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from gbagraph.features.assistants.tool import Tool
    from gbagraph.queries.canned import CannedQuery
    from gbagraph.settings import Settings

ALL, FEW = "all", "few"


def tools(
    which: str = FEW, allowed: Collection[str] = (), settings: Settings | None = None
) -> dict[str, Tool]:
    """Return the tools by name: the few; all, with one for each canned query; or the few and others.

    Those are the tools of a tag, or with ``curation`` the one that proposes claims by the *settings*.
    *allowed* are the endpoints that queries may call with SERVICE; those that need others are left out.

    Raises:
        QueryFileError: the file of a canned query has a fault.
        SettingError: *which* is nothing of that, or a setting that it needs is missing.
    """
    offered = _general(which)
    queries = [q for q in all_queries().values() if not q.refused_services(allowed)]
    if which == ALL:
        names = [tool.name for tool in offered]
        offered += tools_of_queries(queries, names, allowed)
    elif which == CURATION:
        offered.append(needed("proposing tool")(settings))
    elif which != FEW:
        offered += _of_tag(which, queries, [tool.name for tool in offered])
    return {tool.name: tool for tool in offered}


def _general(which: str) -> list[Tool]:
    """The tools that every graph has: those of features that are present, and our own."""
    features = feature.present().values()
    given = [each.load(code) for each in features for code in each.tools]
    catalogue = (questions.FIND_QUESTION, questions.ASK) if all_queries() else ()
    own = (SCHEMA, QUERY) if which == ALL else (*catalogue, few.SCHEMA, few.QUERY)
    left_out = FEW if which == ALL else ALL
    return [tool for tool in (*given, *own) if tool.offered != left_out]


def _of_tag(tag: str, queries: Collection[CannedQuery], taken: Collection[str]) -> list[Tool]:
    tagged = [query for query in queries if tag in query.tags]
    chosen = [questions.tool_of(*each) for each in named(tagged, taken, PREFIX)]
    if not chosen:
        tags = ", ".join(sorted({each for query in queries for each in query.tags}))
        raise SettingError(
            f"There are no tools {tag!r}. Give few, all, curation, or a tag of canned queries: {tags}.",
            setting="tools",
        )
    return chosen


def instructions(title: str, offered: Collection[str]) -> str:
    """Return what the graph with a *title* is, and how the tools *offered*, by name, go together."""
    what = f"A knowledge graph: {title}." if title else "A knowledge graph."
    how = _of_few(offered) if few.QUERY.name in offered else _of_all(offered)
    return " ".join(filter(None, (what, publication.current().description, how)))


def _of_few(offered: Collection[str]) -> str:
    names = "search and schema" if "gbagraph_search" in offered else "schema"
    catalogue = "Look for a prepared question with find_question and ask it with ask; else look"
    look = catalogue if questions.ASK.name in offered else "Look"
    return (
        f"{look} names up with {names}, and ask with query. With evidence=true each row comes with the "
        "passages that decide it: cite these by their address, say what is inferred or planned, and say "
        "so if the graph has no answer."
    )


def _of_all(offered: Collection[str]) -> str:
    where = "search and schema" if "search" in offered else "schema"
    empty = " If an answer is empty, ask explain what is wrong." * ("explain" in offered)
    proof = ", and why proves a single fact" if "why" in offered else ""
    return (
        f"Frequent questions have tools of their own; for any other, look names up with {where}, then "
        f"ask with query.{empty} With evidence=true each row comes with the paragraphs on which it "
        f"rests{proof}: name these sources in what you say, and say so if the graph has no answer."
    )


def unknown(name: str, given: Mapping[str, Any], offered: Collection[str]) -> UnknownResource | str:
    """Return what to say where there is no tool *name*: for one that had another name, the call now."""
    call = _call_now(name, given)
    if call and call["name"] in offered:
        message = f"There is no tool {name} any more. Make the call that is given."
        return UnknownResource(message, call=call)
    near = difflib.get_close_matches(name, offered, n=3)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    return f"There is no tool named {name[:80]!r}.{hint}"


def _call_now(name: str, given: Mapping[str, Any]) -> dict[str, Any] | None:
    if name not in all_queries():
        now = "query" if name == "explain" else name
        return {"name": PREFIX + now, "arguments": dict(given)}
    page = {n: v for n, v in given.items() if n in ("limit", "offset", "evidence")}
    own = {n: v for n, v in given.items() if n not in page}
    arguments = {"question": name, "arguments": own, **page}
    return {"name": questions.ASK.name, "arguments": arguments}
