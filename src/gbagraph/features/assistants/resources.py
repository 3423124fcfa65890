"""What an assistant can read: the ontology, the prefixes, canned queries, things and paragraphs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from gbagraph import publication
from gbagraph.errors import UnknownResource
from gbagraph.feature import hook, needed
from gbagraph.features.assistants.tools import summary
from gbagraph.queries.catalog import all_queries, find
from gbagraph.rdf.namespaces import declarations

if TYPE_CHECKING:
    from gbagraph.features.assistants.tool import Asker

_SPARQL: Final = "application/sparql-query"
_QUERIES: Final = "gbagraph://queries/"


@dataclass(frozen=True, slots=True)
class Resource:
    """A text that can be read: where, what it is called, what it is."""

    uri: str
    name: str
    description: str
    media_type: str


ONTOLOGY: Final = Resource(
    "gbagraph://ontology",
    "ontology",
    "The classes and properties in use, and what they mean.",
    "text/markdown",
)
PREFIXES: Final = Resource(
    "gbagraph://prefixes", "prefixes", "The PREFIX lines for SPARQL queries.", _SPARQL
)
QUERIES: Final = Resource(
    "gbagraph://queries", "queries", "The canned queries: what each asks.", "text/markdown"
)
RESOURCES: Final = (ONTOLOGY, PREFIXES, QUERIES)
QUERY_RESOURCE: Final = Resource(
    f"{_QUERIES}{{name}}",
    "query",
    "The SPARQL text behind a tool that is a canned query, to be changed and asked with query.",
    _SPARQL,
)
_OF_THINGS: Final = tuple(
    Resource(f"gbagraph://{kind}/{{name}}", kind, f"All that {what}.", "application/json")
    for kind, what in (
        ("thing", "is said of a thing, by its short name, prefixed name or label"),
        ("paragraph", "rests on a paragraph of the source"),
    )
)


def templates() -> tuple[Resource, ...]:
    """Return the templates of resources that are named: canned queries; things and paragraphs, too."""
    return (QUERY_RESOURCE, *(_OF_THINGS if hook("describe") else ()))


async def read_resource(asker: Asker, uri: str) -> tuple[str, str]:
    """Return the text of a resource, and its media type.

    Raises:
        UnknownResource: there is none at *uri*.
    """
    if uri == ONTOLOGY.uri:
        return await summary(asker), ONTOLOGY.media_type
    if uri == PREFIXES.uri:
        return declarations(), _SPARQL
    if uri == QUERIES.uri:
        lines = (f"- {name}: {query.summary}\n" for name, query in all_queries().items())
        return "".join(lines), QUERIES.media_type
    if uri.startswith(_QUERIES):
        return find(uri.removeprefix(_QUERIES), listing=f" {QUERIES.uri} lists all.").text, _SPARQL
    for row in templates():
        start = row.uri.removesuffix("{name}")
        if uri.startswith(start):
            name, tags = unquote(uri.removeprefix(start)), (publication.current().language, "en")
            record = await asker.told(needed("describe")(name, tags))
            return json.dumps(record, ensure_ascii=False), row.media_type
    known = ", ".join(row.uri for row in (*RESOURCES, *templates()))
    raise UnknownResource(f"There is no resource {uri}. There are: {known}.")
