"""Which classes and properties the data use, how often, and what they mean."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from msgspec import Meta, Struct, structs

from gbagraph import publication
from gbagraph.engine import canned_query
from gbagraph.mcp.asking import FORMATS
from gbagraph.mcp.records import record
from gbagraph.mcp.tool import Tool, read, schema_of
from gbagraph.queries.parse import parse
from gbagraph.rdf.namespaces import compact
from gbagraph.sparql.negotiation import languages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gbagraph.mcp.asking import Asker
    from gbagraph.queries.canned import CannedQuery

    Rows = list[dict[str, Any]]

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


TOOL: Final = Tool(
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
