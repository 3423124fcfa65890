"""The few tools that answer what no prepared question does: the schema, and SPARQL."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final

from msgspec import Meta, Struct

from gbagraph.api.asking import a_line_before
from gbagraph.engine import Page as Part
from gbagraph.engine import Query, canned_query
from gbagraph.errors import GbaGraphError, QuerySyntaxError, RequestError
from gbagraph.feature import hook, needed
from gbagraph.features.assistants import compact
from gbagraph.features.assistants.compact import PREFIX
from gbagraph.features.assistants.schema import parts
from gbagraph.features.assistants.tool import FORMATS, Asker, Tool, read, schema_of
from gbagraph.rdf import namespaces
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.tokens import undeclared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gbagraph.features.assistants.tool import Record

    Arguments = Mapping[str, Any]


class _Sparql(compact.Wanted, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sparql: Annotated[str, Meta(min_length=1)]
    infer: Annotated[bool | None, Meta(description="Whether to ask what follows, too.")] = None
    at: Annotated[str, Meta(description="An earlier version, such as 0.2.0.")] = ""


async def _query(asker: Asker, arguments: Arguments) -> Record:
    wanted = read(f"{PREFIX}query", _Sparql, arguments)
    if not wanted.at:
        return await _of_query(asker, wanted)
    async with needed("version")(asker.cache.engine, wanted.at) as cache:
        return await _of_query(replace(asker, cache=cache), wanted)


async def _of_query(asker: Asker, wanted: _Sparql) -> Record:
    """Answer a query; say what is wrong with it, or misleading, and how it would be right."""
    head = undeclared(wanted.sparql, namespaces.prefixes())
    job = Query(head + wanted.sparql, FORMATS, infer=wanted.infer)
    try:
        answer = await compact.answered(asker, job, wanted, is_reserved=False)
    except RequestError as problem:
        raise await _repaired(asker, problem, job, head) from None
    may_mislead = not compact.has_rows(answer) or _AGGREGATE.search(job.text)
    answer |= await _explained(asker, job, head) if may_mislead else {}
    more = [] if "boolean" in answer else await _elsewhere(asker, job)
    rows = answer.get("rows", ())
    if 2 * len(set(map(str, rows))) < len(rows):
        more.append("Rows repeat: SELECT DISTINCT gives each once.")
    return answer | ({"hints": [*answer.get("hints", ()), *more]} if more else {})


async def _elsewhere(asker: Asker, job: Query) -> list[str]:
    """Which facts about the things that a query names are outside the default graph, where it asks."""
    graphs, parsed = asker.dataset, ParsedQuery(job.text)
    named = sorted(iri for iri in parsed.iris if iri.startswith(namespaces.things()))[:_NAMED]
    asks_there = graphs.is_union or graphs.is_merge or _GRAPHS.search(job.text)
    if asks_there or not named:
        return []
    text = _OUTSIDE.format(" ".join(f"<{iri}>" for iri in named), namespaces.things())
    try:
        content = await asker.record(Query(text, FORMATS, page=Part(_HINTS, counts=False)))
    except GbaGraphError:  # the answer itself is there
        return []
    said = "{} facts about {} are in {}, which is not in the default graph: ask with GRAPH."
    rows = content["results"]["bindings"]
    return [
        said.format(row["n"]["value"], *(namespaces.compact(row[x]["value"]) for x in ("x", "g")))
        for row in rows
    ]


_NAMED: Final = 5
_GRAPHS: Final = re.compile(r"\b(GRAPH|FROM|SERVICE)\b", re.IGNORECASE)
_OUTSIDE: Final = (
    "SELECT ?x ?g (COUNT(*) AS ?n) {{ VALUES ?x {{ {} }} "
    "{{ GRAPH ?g {{ ?x ?p ?o }} FILTER NOT EXISTS {{ ?x ?p ?o }} }} UNION "
    "{{ GRAPH ?g {{ ?o ?p ?x }} FILTER NOT EXISTS {{ ?o ?p ?x }} "
    "FILTER STRSTARTS(STR(?o), '{}') }} }} "
    "GROUP BY ?x ?g ORDER BY ?x ?g"
)


_AGGREGATE: Final = re.compile(r"\b(COUNT|SUM|AVG|MIN|MAX)\s*\(", re.IGNORECASE)


async def _explained(asker: Asker, job: Query, head: str) -> Record:
    """What the diagnostics say of a query, with the repaired query if there is one."""
    explain = hook("diagnose job")
    if explain is None:
        return {}
    try:
        report = await asker.record(explain(job.text, job.infer), is_reserved=False)
    except GbaGraphError:  # as of a query that takes too long to explain: what is known stays
        return {}
    rows, before = report["diagnostics"][:_HINTS], bool(head)
    said = "Line {}, column {}, {}: {}"
    hints = [
        said.format(row["line"] - before, row["column"], row["severity"], row["message"])
        for row in rows
    ]
    repaired = [row["query"].removeprefix(head) for row in rows if row["query"]]
    return {
        **({"hints": hints} if hints else {}),
        **({"repaired": repaired[0]} if repaired else {}),
    }


_HINTS: Final = 3


async def _repaired(asker: Asker, problem: RequestError, job: Query, head: str) -> RequestError:
    """The error with the lines as the client has them, and with the repaired query if there is one."""
    moved = a_line_before(problem) if head else problem
    said = await _explained(asker, job, head) if isinstance(problem, QuerySyntaxError) else {}
    repaired = {name: value for name, value in said.items() if name == "repaired"}
    return type(moved)(moved.message, **moved.details, **repaired)


async def _schema(asker: Asker, arguments: Arguments) -> Record:
    wanted = read(f"{PREFIX}schema", _About, arguments)
    given = (("about", wanted.about),) if wanted.about else ()
    page = compact.Wanted(limit=wanted.limit)
    tables = {
        key: await compact.answered(asker, canned_query(query, given, FORMATS), page)
        for key, query in parts(wanted.about).items()
    }
    answer = {key: table for key, table in tables.items() if table["rows"]}
    return answer or {
        "hint": "The data have no such class or property. Without about, all are listed."
    }


class _About(Struct, frozen=True, forbid_unknown_fields=True):
    about: Annotated[str, Meta(description="A class or a property: name or label.")] = ""
    limit: Annotated[int, Meta(ge=1, le=500)] = 30


SCHEMA: Final = Tool(
    f"{PREFIX}schema",
    "Show classes and properties",
    "Classes and properties with counts; or of a class, its properties; of a property, what it joins. "
    "Ask this before you write SPARQL.",
    schema_of(_About),
    {"type": "object"},
    _schema,
)
QUERY: Final = Tool(
    f"{PREFIX}query",
    "Ask SPARQL",
    "Answers SPARQL 1.1 if no prepared question fits. Prefixes of the data are known. A triple of "
    "CONSTRUCT or DESCRIBE is a row. hints say why there is no row and which figures mislead; repaired "
    "is the query without its mistakes.",
    schema_of(_Sparql),
    compact.SCHEMA,
    _query,
)
