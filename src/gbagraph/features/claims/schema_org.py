"""The terms of schema.org, from the copy that the package pyshacl carries."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from gbagraph.api.export import MissingPackage, needed
from gbagraph.paths import own_query
from gbagraph.rdf.namespaces import expand

_RANGE: Final = ox.NamedNode(expand("schema:rangeIncludes"))


@cache
def terms() -> tuple[ox.Store, str]:
    """Return what schema.org says of its terms, and the package and the version that it is from.

    Raises:
        MissingPackage: pyshacl is not installed.
    """
    package = needed("pyshacl", "What schema.org says of its terms", "gbagraph[curation]")
    shapes, said = ox.Store(), ox.Store()
    file = Path(package.__file__).with_name("assets") / "schema.ttl"
    shapes.bulk_load(path=str(file), format=ox.RdfFormat.TURTLE)
    triples: Any = shapes.query(own_query("features/claims", "schema-org"))
    said.bulk_extend(ox.Quad(*triple) for triple in triples)
    dated = shapes.quads_for_pattern(None, ox.NamedNode(expand("owl:versionInfo")), None)
    return said, f"schema.org of {str(next(dated).object)[1:11]}, in pyshacl {version('pyshacl')}"


@cache
def ranges() -> dict[str, set[str]]:
    """Return its terms, each with the kinds and types that its values have; none without the copy."""
    by_term: dict[str, set[str]] = {}
    with suppress(MissingPackage):
        for quad in terms()[0]:
            by_term.setdefault(str(quad.subject)[1:-1], set()).update(
                [str(quad.object)[1:-1]] * (quad.predicate == _RANGE)
            )
    return by_term
