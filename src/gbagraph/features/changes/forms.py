"""The feed as JSON, and as a Linked Data Event Stream of one page.

In the event stream each release is a version of the dataset. What is said of a member beside itself
hangs on blank nodes, so that its concise bounded description has all of it (TREE, member extraction).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.features.changes.feed import STREAM
from gbagraph.rdf.formats import GraphFormat, narrowed
from gbagraph.rdf.namespaces import DATASET, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.features.changes.feed import Entry, Patch
    from gbagraph.rdf.formats import Format

    Node = ox.NamedNode | ox.BlankNode
    Pair = tuple[str, Node | ox.Literal | str]

_PREFIXES: Final = {
    **{name: PREFIXES[name] for name in ("dcat", "dcterms", "prov", "schema", "spdx", "xsd")},
    "adms": "http://www.w3.org/ns/adms#",
    "ldes": "https://w3id.org/ldes#",
    "tree": "https://w3id.org/tree#",
}
_RDF_PATCH: Final = "https://jena.apache.org/documentation/rdf-patch/"


def as_json(entries: Sequence[Entry], base: str) -> str:
    """Write the feed as JSON, for a server at *base*: the releases in their order, and what is none."""
    content: dict[str, Any] = {"id": STREAM, "dataset": DATASET, "releases": [], "unreleased": None}
    for entry in entries:
        row = {"version": entry.version, "issued": entry.issued, "notes": dict(entry.notes)}
        row |= {name: value for name, value in entry.words.items() if name != "version"}
        if entry.patch is None:
            content["unreleased"] = row
        else:
            patch = _patch(entry.patch, f"{base}/changes/{entry.version}")
            content["releases"].append(row | {"hash": entry.patch.hash, "patch": patch})
    return json.dumps(content, ensure_ascii=False, indent=1)


def _patch(patch: Patch, address: str) -> dict[str, Any]:
    return {
        "id": patch.id,
        "prev": patch.previous or None,
        "address": address,
        "bytes": len(patch.text),
        "removed": patch.removed,
        "added": patch.added,
    }


def as_ldes(entries: Sequence[Entry], base: str, chosen: Format) -> bytes:
    """Write the releases as an event stream, whose one page is that of the server at *base*."""
    rdf_format = narrowed(chosen, GraphFormat).rdf_format
    triples = list(_stream([entry for entry in entries if entry.patch], f"{base}/changes"))
    return ox.serialize(triples, format=rdf_format, prefixes=_PREFIXES) or b""


def _stream(released: Sequence[Entry], page: str) -> Iterator[ox.Triple]:
    stream, view = ox.NamedNode(STREAM), ox.NamedNode(page)
    yield from _say(
        stream,
        ("rdf:type", _name("ldes:EventStream")),
        ("ldes:timestampPath", _name("prov:generatedAtTime")),
        ("ldes:versionOfPath", _name("dcterms:isVersionOf")),
        ("tree:view", view),
        *(("tree:member", ox.NamedNode(entry.iri)) for entry in released),
    )
    yield from _say(view, ("rdf:type", _name("tree:Node")))
    for position, entry in enumerate(released, 1):
        yield from _member(entry, position, page)


def _member(entry: Entry, position: int, page: str) -> Iterator[ox.Triple]:
    checksum, file = (ox.BlankNode(f"{name}{position}") for name in ("checksum", "patch"))
    patch = entry.patch
    assert patch is not None  # noqa: S101  only releases are members
    yield from _say(
        ox.NamedNode(entry.iri),
        ("rdf:type", _name("dcat:Dataset")),
        ("dcterms:isVersionOf", ox.NamedNode(DATASET)),
        ("dcat:version", entry.version),
        ("prov:generatedAtTime", _typed(entry.generated, "xsd:dateTime")),
        *(
            ("adms:versionNotes", ox.Literal(text, language=tag))
            for tag, text in entry.notes.items()
        ),
        ("spdx:checksum", checksum),
        ("dcat:distribution", file),
    )
    yield from _say(
        checksum,
        ("rdf:type", _name("spdx:Checksum")),
        ("spdx:algorithm", _name("spdx:checksumAlgorithm_sha256")),
        ("spdx:checksumValue", _typed(patch.hash.removeprefix("sha256:"), "xsd:hexBinary")),
    )
    yield from _say(
        file,
        ("rdf:type", _name("dcat:Distribution")),
        ("dcterms:identifier", patch.id),
        ("dcterms:conformsTo", ox.NamedNode(_RDF_PATCH)),
        ("dcat:downloadURL", ox.NamedNode(f"{page}/{entry.version}")),
        ("dcat:byteSize", _typed(str(len(patch.text)), "xsd:nonNegativeInteger")),
    )


def _say(subject: Node, *pairs: Pair) -> Iterator[ox.Triple]:
    for name, value in pairs:
        term = ox.Literal(value) if isinstance(value, str) else value
        yield ox.Triple(subject, _name(name), term)


def _name(curie: str) -> ox.NamedNode:
    prefix, _, local = curie.partition(":")
    return ox.NamedNode((_PREFIXES.get(prefix) or PREFIXES[prefix]) + local)


def _typed(value: str, datatype: str) -> ox.Literal:
    return ox.Literal(value, datatype=_name(datatype))
