"""The list of versions for programs: as RDF by PROV-O, as JSON, and as links (RFC 7089, section 5)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import pyoxigraph as ox

from gbagraph import publication
from gbagraph.dataset.catalog import checksum
from gbagraph.dataset.void import Statement, facts, name
from gbagraph.endpoint.response import http_date
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import GRAPH, HTML, JSON, Format, GraphFormat, narrowed
from gbagraph.rdf.namespaces import DATASET, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.features.versions.history import Version

LINKS: Final = Format("application/link-format", "link", "links", names=("timemap",))
FORMATS: Final = (JSON, *GRAPH, LINKS, HTML)
"""What the list is offered as."""

_PREFIXES: Final = ("dcat", "prov", "spdx", "void", "xsd")


def written(versions: Sequence[Version], base: str, chosen: Format) -> bytes:
    """Return the list of *versions* of the server at *base* in the format *chosen*."""
    if chosen is JSON:
        return json.dumps(_json(versions, base), ensure_ascii=False, indent=1).encode()
    if chosen is LINKS:
        return _timemap(versions, base).encode()
    rdf_format = narrowed(chosen, GraphFormat).rdf_format
    triples = (
        ox.Triple(ox.NamedNode(each.subject), name(each.curie), each.value)
        for each in _statements(versions, base)
    )
    prefixes = {each: PREFIXES[each] for each in _PREFIXES}
    return ox.serialize(triples, format=rdf_format, prefixes=prefixes) or b""


def links(base: str, path: str = "") -> str:
    """Return the Link header of what a version has at a *path* (RFC 7089, section 2.2; RFC 5829)."""
    original = f'<{base}/{quote(path)}>; rel="original latest-version"'
    gate = "" if path else f', <{base}/versions>; rel="timegate"'
    timemap = f'<{base}/versions>; rel="timemap version-history"; type="{LINKS.media_type}"'
    return f"{original}{gate}, {timemap}"


def _address(version: Version, base: str) -> str:
    return f"{base}/versions/{version.name}"


def _statements(versions: Sequence[Version], base: str) -> Iterator[Statement]:
    """Yield the list as a collection of revisions: the vocabulary of Memento is no longer online."""
    dataset = DATASET if publication.current().is_own else namespaces.base() or f"{base}/"
    yield Statement(f"{base}/versions", "rdf:type", name("prov:Collection"))
    previous: str | None = None
    for each in versions:
        iri = _address(each, base)
        yield Statement(f"{base}/versions", "prov:hadMember", ox.NamedNode(iri))
        time = ox.Literal(_time(each), datatype=name("xsd:dateTime"))
        yield from facts(
            iri,
            ("rdf:type", name("prov:Entity")),
            ("prov:specializationOf", ox.NamedNode(dataset)),
            (
                "prov:alternateOf",
                ox.NamedNode(f"{DATASET}/{each.name}") if dataset == DATASET else None,
            ),
            ("prov:generatedAtTime", time),
            ("prov:wasRevisionOf", ox.NamedNode(previous) if previous else None),
            ("dcat:version", each.name),
            ("void:sparqlEndpoint", ox.NamedNode(f"{iri}/sparql")),
        )
        if each.hash:
            yield from checksum(iri, each.hash.removeprefix("sha256:"))
        previous = iri


def _time(version: Version) -> str:
    return version.generated.isoformat().replace("+00:00", "Z")


def _json(versions: Sequence[Version], base: str) -> dict[str, object]:
    rows = [
        {
            "version": each.name,
            "generated": _time(each),
            "hash": each.hash,
            "address": _address(each, base),
            "endpoint": f"{_address(each, base)}/sparql",
            "present": each.is_present,
        }
        for each in versions
    ]
    return {"original": f"{base}/", "timegate": f"{base}/versions", "versions": rows}


def _timemap(versions: Sequence[Version], base: str) -> str:
    lines = [
        f'<{base}/>; rel="original"',
        f'<{base}/versions>; rel="self"; type="{LINKS.media_type}"',
        f'<{base}/versions>; rel="timegate"',
    ]
    last = len(versions) - 1
    for place, each in enumerate(versions):
        rel = " ".join(["first"] * (place == 0) + ["last"] * (place == last) + ["memento"])
        when = http_date(each.generated.timestamp())
        lines.append(f'<{_address(each, base)}>; rel="{rel}"; datetime="{when}"')
    return ",\n".join(lines) + "\n"
