"""FAIR Signposting: typed links by which programs find from a page what it is the page of, and back.

The values are for the header field Link (RFC 8288). The relations are those of the profile at
signposting.org/FAIR: of a landing page ``cite-as``, ``author``, ``license``, ``type``, ``describedby``
and ``item``; of a file or a description ``collection`` or ``describes`` lead back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gbagraph.dataset.description.catalog import META, whole_files
from gbagraph.rdf.formats import DOCUMENTS
from gbagraph.rdf.namespaces import DATASET, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.dataset.identity import Description
    from gbagraph.publication import Publication

_TEAM: Final = f"{PREFIXES['id']}gbagraph-team"
_TYPES: Final = (f"{PREFIXES['schema']}Dataset", f"{PREFIXES['schema']}AboutPage")


@dataclass(frozen=True, slots=True)
class Link:
    """A link to *target*, an IRI or the path of an address here, and the type of what is there."""

    target: str
    relation: str
    media_type: str = ""

    def __str__(self) -> str:
        """As a link-value (RFC 8288, section 3)."""
        kind = f'; type="{self.media_type}"' if self.media_type else ""
        return f'<{self.target}>; rel="{self.relation}"{kind}'


def value(links: Iterable[Link]) -> str:
    """The value of a header field Link with these *links*; empty for none."""
    return ", ".join(map(str, links))


def of_dataset(publication: Publication, dataset: Description, prefix: str) -> list[Link]:
    """The links of a page about the whole dataset: the start page, and the page of its IRI.

    *prefix* is the path under which the server is published.
    """
    return [
        *_citation(publication, dataset),
        *_rights(publication, dataset),
        *(Link(kind, "type") for kind in _TYPES),
        *_descriptions(dataset, prefix),
        *_items(prefix),
    ]


def of_file(
    publication: Publication, dataset: Description, prefix: str, graph: str = ""
) -> list[Link]:
    """The links of a file with the data, or with the *graph* of this name of it.

    A file with the description of the dataset leads to what it describes, any other to what it is of.
    """
    back = "describes" if dataset.built_in and graph == META.value else "collection"
    return [Link(f"{prefix}/", back), *_rights(publication, dataset)]


def of_thing(publication: Publication, dataset: Description, prefix: str) -> list[Link]:
    """The links of a page about one thing of the dataset, beside those to its own formats."""
    return of_file(publication, dataset, prefix)


def _citation(publication: Publication, dataset: Description) -> Iterator[Link]:
    """The IRI that stays: of others' data the base of their IRIs, which only they can know to stay."""
    iri = DATASET if dataset.built_in else "" if dataset.release else publication.base
    if iri:
        yield Link(iri, "cite-as")


def _rights(publication: Publication, dataset: Description) -> Iterator[Link]:
    """Who made it and what others may do; said in words instead of by an IRI, it is no link."""
    author = _TEAM if dataset.built_in else publication.publisher
    for target, relation in ((author, "author"), (publication.license, "license")):
        if target.startswith(("https://", "http://")):
            yield Link(target, relation)


def _descriptions(dataset: Description, prefix: str) -> Iterator[Link]:
    """What describes the dataset: its metadata, or of others' data the description of the service."""
    if not dataset.built_in:
        yield Link(f"{prefix}/sparql", "describedby", DOCUMENTS[0].media_type)
        return
    path = f"{prefix}/graph/{META.value.rpartition('/')[2]}"
    for form in DOCUMENTS:
        yield Link(f"{path}.{form.extension}", "describedby", form.media_type)


def _items(prefix: str) -> Iterator[Link]:
    """The files with the whole dataset."""
    for download in whole_files():
        yield Link(f"{prefix}/dumps/{download.file}", "item", download.format.media_type)
