"""Read RDF files, and the vocabularies of manifests."""

import functools
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from rdflib import Namespace

CNT: Final = Namespace("http://www.w3.org/2011/content#")
HT: Final = Namespace("http://www.w3.org/2011/http#")
MF: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
RS: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
SD: Final = Namespace("http://www.w3.org/ns/sparql-service-description#")
UT: Final = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")


@functools.cache
def read(path: Path, base: str) -> tuple[ox.Quad, ...]:
    """All quads of a file, with blank nodes of its own; its extension names the format.

    Read once only, so that a file has the same blank nodes wherever it is used.
    """
    found = ox.RdfFormat.from_extension(path.suffix.lstrip("."))
    if found is None:
        raise ValueError(f"{path}: unknown format")
    return tuple(ox.parse(path.read_bytes(), format=found, base_iri=base, rename_blank_nodes=True))
