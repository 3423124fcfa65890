"""Tools of every graph, schema and query, and resources such as the ontology."""

from __future__ import annotations

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
    Sparql,
    Tool,
    read,
    record,
    schema_of,
)
from gbagraph.queries.catalog import find
from gbagraph.queries.parse import parse
from gbagraph.rdf.namespaces import compact, declarations
from gbagraph.sparql.negotiation import languages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


class _Query(Page, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sparql: Sparql
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
