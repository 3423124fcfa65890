"""What an assistant can read: the ontology, the prefixes, canned queries, things and paragraphs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from mcp.types import Resource, ResourceTemplate

from gbagraph import publication
from gbagraph.errors import UnknownResource
from gbagraph.feature import hook, needed
from gbagraph.features.assistants.tools import summary
from gbagraph.queries.catalog import all_queries, find
from gbagraph.rdf.namespaces import declarations

if TYPE_CHECKING:
    from gbagraph.features.assistants.tool import Asker

_JSON, _MARKDOWN, _SPARQL = "application/json", "text/markdown", "application/sparql-query"
_QUERIES: Final = "gbagraph://queries/"


ONTOLOGY: Final = Resource(
    uri="gbagraph://ontology",
    name="ontology",
    description="The classes and properties in use, and what they mean.",
    mime_type=_MARKDOWN,
)
PREFIXES: Final = Resource(
    uri="gbagraph://prefixes",
    name="prefixes",
    description="The PREFIX lines for SPARQL queries.",
    mime_type=_SPARQL,
)
QUERIES: Final = Resource(
    uri="gbagraph://queries",
    name="queries",
    description="The canned queries: what each asks.",
    mime_type=_MARKDOWN,
)
RESOURCES: Final = (ONTOLOGY, PREFIXES, QUERIES)
_QUERY: Final = ResourceTemplate(
    uri_template=f"{_QUERIES}{{name}}",
    name="query",
    description=(
        "The SPARQL text behind a tool that is a canned query, to be changed and asked with query."
    ),
    mime_type=_SPARQL,
)
_OF_THINGS: Final = tuple(
    ResourceTemplate(
        uri_template=f"gbagraph://{kind}/{{name}}",
        name=kind,
        description=f"All that {what}.",
        mime_type=_JSON,
    )
    for kind, what in (
        ("thing", "is said of a thing, by its short name, prefixed name or label"),
        ("paragraph", "rests on a paragraph of the source"),
    )
)


def templates() -> list[ResourceTemplate]:
    """Return the templates of resources that are named: canned queries; things and paragraphs, too."""
    return [_QUERY, *(_OF_THINGS if hook("describe") else ())]


async def read_resource(asker: Asker, uri: str) -> tuple[str, str]:
    """Return the text of a resource, and its media type.

    Raises:
        UnknownResource: there is none at *uri*.
    """
    if uri == ONTOLOGY.uri:
        return await summary(asker), _MARKDOWN
    if uri == PREFIXES.uri:
        return declarations(), _SPARQL
    if uri == QUERIES.uri:
        lines = (f"- {name}: {query.summary}\n" for name, query in all_queries().items())
        return "".join(lines), _MARKDOWN
    if uri.startswith(_QUERIES):
        return find(uri.removeprefix(_QUERIES), listing=f" {QUERIES.uri} lists all.").text, _SPARQL
    for row in templates():
        start = row.uri_template.removesuffix("{name}")
        if uri.startswith(start):
            name, tags = unquote(uri.removeprefix(start)), (publication.current().language, "en")
            record = await asker.told(needed("describe")(name, tags))
            return json.dumps(record, ensure_ascii=False), _JSON
    known = [*(row.uri for row in RESOURCES), *(row.uri_template for row in templates())]
    raise UnknownResource(f"There is no resource {uri}. There are: {', '.join(known)}.")
