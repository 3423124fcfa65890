"""The tools that every graph has: search, schema, explain, why and query."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct

from gbagraph.api import answer as reading
from gbagraph.engine import Query
from gbagraph.explain.diagnostic_jobs import Explain
from gbagraph.explain.proof_jobs import Why
from gbagraph.explain.search_jobs import Search
from gbagraph.explain.terms import fact_of, sentence
from gbagraph.explain.terms import read as read_triple
from gbagraph.mcp import vocabulary
from gbagraph.mcp.asking import FORMATS
from gbagraph.mcp.records import ANY_SCHEMA, record
from gbagraph.mcp.tool import Page, Tool, read, schema_of
from gbagraph.sparql.negotiation import languages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gbagraph.explain.explanations import Proof
    from gbagraph.mcp.asking import Asker

    Arguments = Mapping[str, Any]
    Record = dict[str, Any]

_Name = Annotated[
    str, Meta(description="An IRI, or a name with a prefix that the resource prefixes lists.")
]
_Sparql = Annotated[
    str,
    Meta(description="The query, with a PREFIX line for each prefix in it.", min_length=1),
]


class _Search(Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[
        str, Meta(description="A name or a part of one, in any language.", min_length=1)
    ]
    limit: Annotated[int, Meta(ge=1, le=100, description="How many to give at most.")] = 10


async def _search(asker: Asker, arguments: Arguments) -> Record:
    wanted = read("search", _Search, arguments)
    body, _ = await asker.body(Search(wanted.text, wanted.limit))
    found: Record = json.loads(body)
    return found


class _Explain(Struct, frozen=True, forbid_unknown_fields=True):
    sparql: _Sparql


async def _explain(asker: Asker, arguments: Arguments) -> Record:
    wanted = read("explain", _Explain, arguments)
    body, _ = await asker.body(Explain(wanted.sparql), is_reserved=False)
    found: Record = json.loads(body)
    return found


class _Why(Struct, frozen=True, forbid_unknown_fields=True):
    subject: _Name
    predicate: _Name
    object: Annotated[str, Meta(description="The same, or a literal such as 123 or Canton.")]
    language: Annotated[str, Meta(description="The language, if the object is a text in one.")] = ""
    datatype: Annotated[
        str, Meta(description="The datatype, such as xsd:gYear, if the object has another.")
    ] = ""


async def _why(asker: Asker, arguments: Arguments) -> Record:
    wanted = read("why", _Why, arguments)
    triple = read_triple(
        wanted.subject,
        wanted.predicate,
        wanted.object,
        language=wanted.language,
        datatype=wanted.datatype,
    )
    body, _ = await asker.body(Why(*fact_of(triple)))
    return _proof(reading.proof(body))


def _proof(found: Proof) -> Record:
    """A proof as records: the fact, how it is known, the paragraphs, and what it follows from."""
    known = {"fact": sentence(found.triple), "rule": found.rule, "basis": found.basis}
    note = {"note": found.note} if found.note else {}
    premises = [_proof(premise) for premise in found.premises]
    return {**known, **note, "paragraphs": list(found.paragraphs), "premises": premises}


class _Query(Page, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sparql: _Sparql
    labels: Annotated[
        str,
        Meta(description="Languages of labels to stand beside IRIs, the preferred first: zh,en."),
    ] = ""
    infer: Annotated[
        bool | None, Meta(description="Whether to ask also what follows by the ontology.")
    ] = None


async def _query(asker: Asker, arguments: Arguments) -> Record:
    """Answer an ad hoc query; where no row comes, say why."""
    wanted = read("query", _Query, arguments)
    job = Query(
        wanted.sparql,
        {"solutions": reading.RESULTS} if wanted.evidence else FORMATS,
        infer=wanted.infer,
        evidence=wanted.evidence,
        labels=languages(wanted.labels),
    )
    answer = await asker.whole(job, is_reserved=False)
    found = record(
        answer.body,
        answer.format,
        limit=wanted.limit,
        offset=wanted.offset,
        evidence=wanted.evidence,
        sources=answer.sources,
    )
    is_silent = found.get("total") == 0 or found.get("boolean") is False
    hints = await asker.hints(job) if is_silent else []
    return {**found, "hints": hints} if hints else found


_OBJECT = {"type": "object"}
TOOLS = (
    Tool(
        "search",
        "Find things, classes and properties by name",
        "Looks a name up in all languages, and gives what it may mean: things, classes, properties and "
        "canned queries with their IRIs. Ask this first, to know what something is called here.",
        schema_of(_Search),
        {**_OBJECT, "properties": {"results": {"type": "array"}}, "required": ["results"]},
        _search,
    ),
    vocabulary.TOOL,
    Tool(
        "query",
        "Ask a SPARQL query",
        "Answers a SPARQL 1.1 query: SELECT with rows, ASK with true or false, CONSTRUCT and DESCRIBE "
        "with Turtle. Nothing can be changed. SERVICE calls only the endpoints that this server allows, "
        "most often none. If there is a tool for the "
        "question, ask that instead; look names up with search and schema before writing a query.",
        schema_of(_Query),
        ANY_SCHEMA,
        _query,
    ),
    Tool(
        "explain",
        "Say what is wrong or misleading in a SPARQL query",
        "Finds names that do not exist, patterns that cannot match and sums that count twice, and "
        "proposes a repaired query; also what the endpoints gave that SERVICE calls. Ask this when an "
        "answer is empty or looks wrong.",
        schema_of(_Explain),
        {**_OBJECT, "properties": {"diagnostics": {"type": "array"}}, "required": ["diagnostics"]},
        _explain,
    ),
    Tool(
        "why",
        "Prove a fact, down to the paragraphs on which it rests",
        "Says for one triple whether it is stated, concluded or derived by a rule, from which other "
        "facts, and in which paragraphs of the source it is found.",
        schema_of(_Why),
        {**_OBJECT, "properties": {"fact": {"type": "string"}}, "required": ["fact", "paragraphs"]},
        _why,
    ),
)
"""In the order in which they are listed."""
