"""Tools of every graph (search, schema, query, explain, why), and resources such as the ontology."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from msgspec import Meta, Struct, structs

from gbagraph import publication
from gbagraph.api import answer as reading
from gbagraph.engine import Query, canned_query
from gbagraph.errors import UnknownResource
from gbagraph.features.assistants.tool import (
    ANY_SCHEMA,
    FORMATS,
    Page,
    Tool,
    read,
    record,
    schema_of,
)
from gbagraph.features.diagnostics.jobs import Explain
from gbagraph.features.search.jobs import Search
from gbagraph.features.why.jobs import Why
from gbagraph.queries.catalog import find
from gbagraph.queries.parse import parse
from gbagraph.rdf.namespaces import compact, declarations
from gbagraph.sparql.negotiation import languages
from gbagraph.sparql.terms import fact_of, sentence
from gbagraph.sparql.terms import read as read_triple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gbagraph.api.explanations import Proof
    from gbagraph.features.assistants.tool import Asker
    from gbagraph.queries.canned import CannedQuery

    Rows = list[dict[str, Any]]
    Arguments = Mapping[str, Any]
    Record = dict[str, Any]


_FOLDER: Final = Path(__file__).parent / "sparql"
_MOST: Final = 500
"""Classes, and as many properties, that are given at most."""


class _Schema(Struct, frozen=True, forbid_unknown_fields=True):
    about: Annotated[
        str, Meta(description="A class or a property, by its IRI, its prefixed name or its label.")
    ] = ""
    language: Annotated[
        str, Meta(description="The language of labels; by default that of the dataset.")
    ] = ""
    limit: Annotated[
        int, Meta(ge=1, le=_MOST, description="Classes, and properties, to give at most.")
    ] = 50


async def _schema(asker: Asker, arguments: Mapping[str, Any]) -> dict[str, Any]:
    wanted = read("schema", _Schema, arguments)
    names = ("properties-of", "kinds-of") if wanted.about else ("classes", "properties")
    given = (("about", wanted.about),) if wanted.about else ()
    language = wanted.language or publication.current().language
    tables = [await _rows(asker, name, given, language, wanted.limit) for name in names]
    keys = ("properties_of_its_things", "joins") if wanted.about else ("classes", "properties")
    return dict(zip(keys, tables, strict=True))


async def _rows(
    asker: Asker, name: str, given: tuple[tuple[str, str], ...], language: str, limit: int
) -> Rows:
    """The rows of one of our queries, at most *limit*, with labels in a *language*."""
    job = canned_query(_query(name), (*given, ("limit", limit)), FORMATS)
    body, written_in = await asker.body(structs.replace(job, labels=languages(language)))
    found: Rows = record(body, written_in, limit=limit, offset=0, evidence=False)["rows"]
    return found


@cache
def _query(name: str) -> CannedQuery:
    return parse(_FOLDER / f"{name}.rq")


SCHEMA: Final = Tool(
    "schema",
    "Show which classes and properties there are",
    "Without an argument: the classes with the number of their things, and the properties with the "
    "number of their uses, the most used first. About a class: which properties its things have, with "
    "an example of a value. About a property: what it joins with what. Ask this before you write a "
    "query.",
    schema_of(_Schema),
    {
        "type": "object",
        "properties": {
            name: {"type": "array", "items": {"type": "object"}}
            for name in ("classes", "properties", "properties_of_its_things", "joins")
        },
    },
    _schema,
)


async def summary(asker: Asker) -> str:
    """The classes and properties in use as Markdown, a line each: name, label, number, definition."""
    language = publication.current().language
    definitions = await _rows(asker, "definitions", (("language", language),), "", 10_000)
    meanings = {row["term"]: row["definition"] for row in definitions}
    classes = await _rows(asker, "classes", (), language, _MOST)
    properties = await _rows(asker, "properties", (), language, _MOST)
    lines = [
        f"# {asker.dataset.title}, version {asker.dataset.version}",
        "\n## Classes, with the number of their things\n",
        *_lines(classes, "class", "things", meanings),
        "\n## Properties, with the number of their uses\n",
        *_lines(properties, "property", "uses", meanings),
    ]
    return "\n".join(lines) + "\n"


def _lines(rows: Rows, column: str, number: str, meanings: Mapping[str, str]) -> Iterator[str]:
    for row in rows:
        label = row.get(f"{column}Label")
        named = f"{compact(row[column])} ({label})" if label else compact(row[column])
        meaning = meanings.get(row[column], "")
        yield f"- {named}, {row[number]}{': ' if meaning else ''}{' '.join(meaning.split())}"


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


async def _answer_query(asker: Asker, arguments: Arguments) -> Record:
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
SEARCH = Tool(
    "search",
    "Find things, classes and properties by name",
    "Looks a name up in all languages, and gives what it may mean: things, classes, properties and "
    "canned queries with their IRIs. Ask this first, to know what something is called here.",
    schema_of(_Search),
    {**_OBJECT, "properties": {"results": {"type": "array"}}, "required": ["results"]},
    _search,
)
QUERY = Tool(
    "query",
    "Ask a SPARQL query",
    "Answers a SPARQL 1.1 query: SELECT with rows, ASK with true or false, CONSTRUCT and DESCRIBE "
    "with Turtle. Nothing can be changed. SERVICE calls only the endpoints that this server allows, "
    "most often none. If there is a tool for the "
    "question, ask that instead; look names up with search and schema before writing a query.",
    schema_of(_Query),
    ANY_SCHEMA,
    _answer_query,
)
EXPLAIN = Tool(
    "explain",
    "Say what is wrong or misleading in a SPARQL query",
    "Finds names that do not exist, patterns that cannot match and sums that count twice, and "
    "proposes a repaired query; also what the endpoints gave that SERVICE calls. Ask this when an "
    "answer is empty or looks wrong.",
    schema_of(_Explain),
    {**_OBJECT, "properties": {"diagnostics": {"type": "array"}}, "required": ["diagnostics"]},
    _explain,
)
WHY = Tool(
    "why",
    "Prove a fact, down to the paragraphs on which it rests",
    "Says for one triple whether it is stated, concluded or derived by a rule, from which other "
    "facts, and in which paragraphs of the source it is found.",
    schema_of(_Why),
    {**_OBJECT, "properties": {"fact": {"type": "string"}}, "required": ["fact", "paragraphs"]},
    _why,
)


_SCHEME: Final = "gbagraph://"
ONTOLOGY: Final = f"{_SCHEME}ontology"
PREFIXES: Final = f"{_SCHEME}prefixes"
_QUERIES: Final = f"{_SCHEME}queries/"
QUERY_TEMPLATE: Final = f"{_QUERIES}{{name}}"


@dataclass(frozen=True, slots=True)
class Resource:
    """A text that can be read: where, what it is called, what it is."""

    uri: str
    name: str
    description: str
    media_type: str


RESOURCES: Final = (
    Resource(
        ONTOLOGY,
        "ontology",
        "The classes and properties in use, and what they mean.",
        "text/markdown",
    ),
    Resource(
        PREFIXES, "prefixes", "The PREFIX lines for SPARQL queries.", "application/sparql-query"
    ),
)
QUERY_RESOURCE: Final = Resource(
    QUERY_TEMPLATE,
    "query",
    "The SPARQL text behind a tool that is a canned query, to be changed and asked with query.",
    "application/sparql-query",
)


async def read_resource(asker: Asker, uri: str) -> tuple[str, str]:
    """The text of a resource, and its media type.

    Raises:
        UnknownResource: there is none at *uri*.
    """
    if uri == ONTOLOGY:
        return await summary(asker), "text/markdown"
    if uri == PREFIXES:
        return declarations(), "application/sparql-query"
    if uri.startswith(_QUERIES):
        return find(uri.removeprefix(_QUERIES)).text, "application/sparql-query"
    known = ", ".join([*(row.uri for row in RESOURCES), QUERY_TEMPLATE])
    raise UnknownResource(f"There is no resource {uri}. There are: {known}.")
