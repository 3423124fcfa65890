"""The dataset of others, described by what they say of it, in the terms of VoID and DCAT 3."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gbagraph.dataset.description.catalog import media_type
from gbagraph.dataset.description.void import Statement, name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.dataset.description.dumps import Download
    from gbagraph.publication import Publication


def described(
    publication: Publication, iri: str, site: str, files: Iterable[Download]
) -> Iterator[Statement]:
    """What is said of the dataset *iri*, published at *site* with *files*, but for its title.

    Nodes have IRIs as fragments of the document of *iri*: there is no blank one.
    """
    yield Statement(iri, "rdf:type", name("void:Dataset"))
    yield Statement(iri, "rdf:type", name("dcat:Dataset"))
    if publication.description:
        yield Statement(iri, "dcterms:description", ox.Literal(publication.description))
    if (home := _named(publication.home)) is not None:
        yield Statement(iri, "dcat:landingPage", home)
    yield Statement(iri, "void:sparqlEndpoint", ox.NamedNode(f"{site}/sparql"))
    yield from _rights(publication, iri)
    yield from _publisher(publication, iri)
    yield from _files(publication, iri, site, files)


def _rights(publication: Publication, iri: str) -> Iterator[Statement]:
    """The licence; one that is told in words has no IRI, which DCAT wants, so it is DC 1.1's rights."""
    licence = _named(publication.license)
    if licence is not None:
        yield Statement(iri, "dcterms:license", licence)
    elif publication.license:
        yield Statement(iri, "dc:rights", ox.Literal(publication.license))


def _publisher(publication: Publication, iri: str) -> Iterator[Statement]:
    """Who publishes it: an agent by its IRI, or one that has just a name."""
    if not publication.publisher:
        return
    agent = _named(publication.publisher)
    if agent is None:
        agent = _fragment(iri, "publisher")
        yield Statement(agent.value, "rdf:type", name("foaf:Agent"))
        yield Statement(agent.value, "foaf:name", ox.Literal(publication.publisher))
    yield Statement(iri, "dcterms:publisher", agent)


def _files(
    publication: Publication, iri: str, site: str, files: Iterable[Download]
) -> Iterator[Statement]:
    for download in files:
        file, url = _fragment(iri, f"file-{download.format.extension}"), f"{site}/dumps/"
        yield Statement(iri, "void:dataDump", ox.NamedNode(url + download.file))
        yield Statement(iri, "dcat:distribution", file)
        yield Statement(file.value, "rdf:type", name("dcat:Distribution"))
        yield Statement(file.value, "dcterms:title", ox.Literal(download.title, language="en"))
        yield Statement(file.value, "dcat:downloadURL", ox.NamedNode(url + download.file))
        yield Statement(file.value, "dcat:accessURL", ox.NamedNode(f"{site}/"))
        yield from media_type(file.value, download.format.media_type)
        yield from _rights(publication, file.value)


def _fragment(iri: str, end: str) -> ox.NamedNode:
    return ox.NamedNode(f"{iri.partition('#')[0]}#{end}")


def _named(text: str) -> ox.NamedNode | None:
    """What *text* names if it is an address on the web; people also write words there."""
    if not text.startswith(("https://", "http://")):
        return None
    try:
        return ox.NamedNode(text)
    except ValueError:
        return None
