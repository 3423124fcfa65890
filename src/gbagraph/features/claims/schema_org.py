"""The terms of schema.org, from the copy that the package pyshacl carries."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.api.export import needed
from gbagraph.paths import own_query
from gbagraph.rdf.namespaces import PREFIXES, expand

if TYPE_CHECKING:
    from collections.abc import Iterator

_VERSION: Final = ox.NamedNode(expand("owl:versionInfo"))


@cache
def terms() -> tuple[ox.Store, str]:
    """Return what schema.org says of its terms, and the package and the version that it is from.

    Raises:
        MissingPackage: pyshacl is not installed.
    """
    package = needed("pyshacl", "What schema.org says of its terms", "gbagraph[curation]")
    shapes, found = ox.Store(), ox.Store()
    file = Path(package.__file__).parent / "assets" / "schema.ttl"
    shapes.bulk_load(path=str(file), format=ox.RdfFormat.TURTLE)
    triples: Any = shapes.query(own_query("features/claims", "schema-org"))
    found.bulk_extend(ox.Quad(*triple) for triple in triples)
    (dated,) = (str(quad.object)[1:11] for quad in shapes.quads_for_pattern(None, _VERSION, None))
    return found, f"schema.org of {dated}, in pyshacl {version('pyshacl')}"


def described(iri: str) -> Iterator[ox.Triple]:
    """Yield what schema.org says of one of its terms; nothing of any other IRI.

    Raises:
        MissingPackage: pyshacl is not installed.
    """
    if iri.startswith(PREFIXES["schema"]):
        for quad in terms()[0].quads_for_pattern(ox.NamedNode(iri), None, None):
            yield quad.triple
