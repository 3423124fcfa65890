"""The terms of schema.org, from the copy that the package pyshacl carries."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from gbagraph.api.export import needed
from gbagraph.paths import own_query
from gbagraph.rdf.namespaces import expand


@cache
def terms() -> tuple[ox.Store, str]:
    """Return what schema.org says of its terms, and the package and the version that it is from.

    Raises:
        MissingPackage: pyshacl is not installed.
    """
    package = needed("pyshacl", "What schema.org says of its terms", "gbagraph[curation]")
    shapes, found = ox.Store(), ox.Store()
    file = Path(package.__file__).with_name("assets") / "schema.ttl"
    shapes.bulk_load(path=str(file), format=ox.RdfFormat.TURTLE)
    triples: Any = shapes.query(own_query("features/claims", "schema-org"))
    found.bulk_extend(ox.Quad(*triple) for triple in triples)
    dated = shapes.quads_for_pattern(None, ox.NamedNode(expand("owl:versionInfo")), None)
    return found, f"schema.org of {str(next(dated).object)[1:11]}, in pyshacl {version('pyshacl')}"
