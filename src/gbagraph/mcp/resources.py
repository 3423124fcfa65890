"""What an assistant can read beside asking: the ontology, the prefixes, and the text of each query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gbagraph.errors import UnknownResource
from gbagraph.mcp import vocabulary
from gbagraph.queries.catalog import find
from gbagraph.rdf.namespaces import declarations

if TYPE_CHECKING:
    from gbagraph.mcp.asking import Asker

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
QUERY: Final = Resource(
    QUERY_TEMPLATE,
    "query",
    "The SPARQL text behind a tool that is a canned query, to be changed and asked with query.",
    "application/sparql-query",
)


async def read(asker: Asker, uri: str) -> tuple[str, str]:
    """The text of a resource, and its media type.

    Raises:
        UnknownResource: there is none at *uri*.
    """
    if uri == ONTOLOGY:
        return await vocabulary.summary(asker), "text/markdown"
    if uri == PREFIXES:
        return declarations(), "application/sparql-query"
    if uri.startswith(_QUERIES):
        return find(uri.removeprefix(_QUERIES)).text, "application/sparql-query"
    known = ", ".join([*(row.uri for row in RESOURCES), QUERY_TEMPLATE])
    raise UnknownResource(f"There is no resource {uri}. There are: {known}.")
