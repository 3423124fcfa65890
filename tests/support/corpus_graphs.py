"""The graphs of the corpus: ours, those beside it, two out of wheels, and one that is generated."""

import sys
import zipfile
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

import gbagraph
from support.processes import run

ROOT: Final = Path(__file__).parents[2]
GRAPHS: Final = ROOT / "tests" / "features" / "diagnostics" / "graphs"
KEPT: Final = ROOT / ".explain"
"""What is fetched or generated."""
LOCAL: Final = ("gba", "opaque", "library")
"""The graphs that need nothing to be fetched."""
_BRICK: Final = ("brickschema==0.8.0", "brickschema/ontologies/1.5/Brick.ttl")
_CIM: Final = "cimpyorm==0.10.1"
_CIM_FILES: Final = (
    "cimpyorm/res/datasets/FullGrid/20171002T0930Z_BE_EQ_4.xml",
    "cimpyorm/res/datasets/FullGrid/20171002T0930Z_1D_BE_SSH_4.xml",
    "cimpyorm/res/datasets/FullGrid/20171002T0930Z_1D_BE_SV_4.xml",
    "cimpyorm/res/schemata/CIM16/EquipmentProfileCoreShortCircuitOperationRDFSAugmented-v2_4_15-4Jul2016.rdf",
)
_MODEL: Final = "http://elia.be/CAS2.0/FullGridTestConfiguration"
_SCHEMA: Final = "http://iec.ch/TC57/2013/CIM-schema-cim16"


def store_of(graph: str, triples: int) -> Any:
    """Return the store of a graph; the large one has so many *triples*."""
    if graph == "gba":
        return gbagraph.open().store
    if graph in LOCAL:
        return gbagraph.open(GRAPHS / f"{graph}.ttl").store
    KEPT.mkdir(exist_ok=True)
    path = {"brick": _brick, "cim": _cim}[graph]() if graph != "large" else _large(triples)
    return gbagraph.open(path).store


def _wheel(requirement: str) -> zipfile.ZipFile:
    name = requirement.partition("==")[0]
    if not list(KEPT.glob(f"{name}-*.whl")):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", requirement]
        run([*command, "--dest", str(KEPT)], check=True)
    return zipfile.ZipFile(next(KEPT.glob(f"{name}-*.whl")))


def _brick() -> Path:
    path = KEPT / "brick.ttl"
    if not path.exists():
        path.write_bytes(_wheel(_BRICK[0]).read(_BRICK[1]))
    return path


def _cim() -> Path:
    """Write the grid with its schema as one file; one IRI of many identifiers is left out."""
    path = KEPT / "cim.nt"
    if not path.exists():
        store, wheel = ox.Store(), _wheel(_CIM)
        for name in _CIM_FILES:
            base = _SCHEMA if name.endswith(".rdf") else _MODEL
            content = wheel.read(name)
            store.load(content, format=ox.RdfFormat.RDF_XML, base_iri=base, lenient=True)
        for quad in list(store):
            if isinstance(quad.object, ox.NamedNode) and quad.object.value.count("#") > 1:
                store.remove(quad)
        with path.open("wb") as file:
            store.dump(file, format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
    return path


def _large(triples: int) -> Path:
    path = KEPT / f"large-{triples}.nt"
    if not path.exists():
        generator = GRAPHS / "large.py"
        command = [sys.executable, str(generator), str(path), "--triples", str(triples)]
        run(command, check=True)
    return path
