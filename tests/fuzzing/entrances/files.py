"""Files: of queries, of proposed claims, of settings, and of RDF, compressed or not."""

import atexit
import math
import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import msgspec

from gbagraph.cli import project
from gbagraph.dataset import loader
from gbagraph.endpoint.request import Addresses
from gbagraph.errors import BadParameter
from gbagraph.features.claims import proposals
from gbagraph.features.claims.form import parse as claims_in
from gbagraph.features.claims.names import Names
from gbagraph.features.claims.writing import write
from gbagraph.queries.parse import parse
from gbagraph.settings import Settings

_EXTENSIONS = (
    *("ttl", "nt", "n3", "rdf", "jsonld", "trig", "nq"),
    *("ttl.gz", "nt.zst", "nq.bz2"),
)


@cache
def _folder() -> Path:
    """A folder in memory, if the machine has one."""
    memory = Path("/dev/shm")
    found = tempfile.mkdtemp(dir=memory if memory.is_dir() else None)
    atexit.register(shutil.rmtree, found, ignore_errors=True)
    return Path(found)


def _file(name: str, data: bytes) -> Path:
    path = _folder() / name
    path.write_bytes(data)
    return path


def query_file(data: bytes) -> str:
    """A query with its header; its own examples can be bound."""
    found = parse(_file("query.rq", data))
    assert found.body is not None
    assert found.expected
    try:
        found.bind_references(found.examples.items())
    except BadParameter:
        return "without examples"
    return found.kind


def proposed(data: bytes) -> str:
    """Proposed claims in JSON: what is read of one is read the same again."""
    found = [proposals.read(each) for each in proposals.of_json(data)]
    assert [proposals.read(msgspec.to_builtins(each)) for each in found] == found
    return f"{min(len(found), 3)} proposals"


def toml_file(data: bytes) -> str:
    """A gbagraph.toml: what it gives makes settings."""
    found = project.read(_file("gbagraph.toml", data))
    made = Settings.from_values(found)
    Addresses(made.public_url, made.root_path, made.trusted_proxies)
    assert all(math.isfinite(each) for each in found.values() if isinstance(each, float))
    return f"{min(len(found), 3)} settings"


def rdf_file(data: bytes) -> str:
    """A file of RDF: its first byte says of which format."""
    extension = _EXTENSIONS[data[0] % len(_EXTENSIONS)] if data else "ttl"
    store, known = loader.load([_file(f"data.{extension}", data[1:])])
    assert len(store) >= known.default_graph
    return extension


def claims_file(data: bytes) -> str:
    """A file of claims: each fault has its words, and what was read can be written and read again."""
    names = Names("https://example.org/")
    claims, faults = claims_in(data.decode(errors="replace"), "a.claims", names)
    assert all(fault.message and fault.place.line and fault.place.column for fault in faults)
    again, _ = claims_in(write(claims, names), "a.claims", names)
    same, other = (Counter(replace(each, place=None) for each in of) for of in (claims, again))
    assert same == other
    return f"{min(len(claims), 3)} claims, {min(len(faults), 3)} faults"
