"""Markup of pages for crawlers: what the page shows, in schema.org terms, as JSON-LD.

Types and properties are those to which the ontology maps its terms; a mapping that is only close is not
used. The markup needs no external context.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gbagraph import publication
from gbagraph.dataset.catalog import whole_files
from gbagraph.dataset.identity import META
from gbagraph.paths import own_query
from gbagraph.rdf.formats import DOCUMENTS
from gbagraph.rdf.namespaces import DATASET, PREFIXES
from gbagraph.rdf.results import rows
from gbagraph.web import addresses
from gbagraph.web.kinds import of_thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gbagraph.dataset.identity import Description
    from gbagraph.publication import Publication
    from gbagraph.web.kinds import Kinds


_CONTEXT: Final[dict[str, Any]] = {
    "@vocab": PREFIXES["schema"],
    **{name: {"@type": "@id"} for name in ("sameAs", "url", "license", "contentUrl", "isBasedOn")},
}


_NUMBERS: Final = frozenset(PREFIXES["xsd"] + name for name in ("integer", "decimal"))


def thing_query(iri: str) -> str:
    """Return a SELECT query for the markup of the page about *iri*."""
    if iri == DATASET:
        return dataset_query()
    return of_thing(publication.page_query("markup") or own_query("web", "markup-of-thing"), iri)


def dataset_query() -> str:
    """Return a SELECT query for the markup of the pages about the whole dataset."""
    return own_query("web", "markup-of-dataset")


def types(of: Iterable[str], kinds: Kinds) -> list[str]:
    """Return the terms of schema.org for a thing of the classes *of*, those that say most of it.

    A class is mapped to those that the classes above it are not mapped to already.
    """
    classes = {each for one in of for each in (one, *kinds.above.get(one, ()))}
    mapped = {each: _mapped(each, kinds) for each in classes}
    return sorted(
        term.removeprefix(PREFIXES["schema"])
        for each, terms in mapped.items()
        if not any(
            mapped[one] for one in classes if one != each and each in kinds.above.get(one, ())
        )
        for term in terms
    )


def _mapped(each: str, kinds: Kinds) -> frozenset[str]:
    space = PREFIXES["schema"]
    above = kinds.above.get(each, frozenset())
    wider = (kinds.above.get(one, frozenset()) for one in above)
    nearest = above.difference(*wider) if not each.startswith(space) else {each}
    return frozenset(one for one in nearest if one.startswith(space))


def markup(iri: str, results: bytes, types: Sequence[str] = ()) -> dict[str, Any]:
    """Return JSON-LD about *iri*, which is of these *types*, from the JSON results of its query."""
    kind = list(types) or ["Dataset" if iri == DATASET else "Thing"]
    values_of: dict[str, list[Any]] = defaultdict(list)
    for row in rows(results):
        values_of[row["property"]["value"]].append(_value(row))
    properties = {
        key: values[0] if len(values) == 1 else values for key, values in values_of.items()
    }
    return {
        "@context": _CONTEXT,
        "@id": iri,
        "@type": kind[0] if len(kind) == 1 else kind,
        **properties,
    }


def published(publication: Publication, iri: str, files: Mapping[str, str]) -> dict[str, Any]:
    """Return JSON-LD about the dataset of others with this *iri*, from what they say of it.

    *files* are the addresses of the files with all of it, and their media types.
    """
    about = publication.about
    said: dict[str, Any] = {
        "name": publication.title,
        "description": publication.description,
        "license": _licence(publication.license),
        "url": publication.home,
        "version": about.version,
        "datePublished": about.issued,
        "identifier": about.doi,
        "keywords": list(about.keywords),
        "inLanguage": list(about.languages),
        "isBasedOn": list(about.sources),
        "creator": [_agent(each) for each in about.creator],
    }
    document = {"@context": _CONTEXT, "@id": iri, "@type": "Dataset"}
    document |= {key: value for key, value in said.items() if value}
    if publication.publisher:
        address = about.contact.removeprefix("mailto:")
        contact = {"@type": "ContactPoint", "email" if "@" in address else "url": address}
        more = {"contactPoint": contact} if address else {}
        document["publisher"] = {"@type": "Organization"} | _agent(publication.publisher) | more
    return document | {
        "distribution": [_node(url, kind, "DataDownload") for url, kind in files.items()]
    }


def _licence(said: str) -> str | dict[str, str]:
    """Return the IRI of a licence, or what has its name."""
    is_named = said and not said.startswith(("https://", "http://"))
    return {"@type": "CreativeWork", "name": said} if is_named else said


def _agent(said: str) -> dict[str, Any]:
    return {"@id" if said.startswith(("https://", "http://")) else "name": said}


def _value(row: Mapping[str, Mapping[str, str]]) -> Any:  # noqa: ANN401  any JSON
    term = row["value"]
    if "kind" in row:
        return _node(term["value"], row["name"]["value"], row["kind"]["value"])
    if "xml:lang" in term:
        return {"@value": term["value"], "@language": term["xml:lang"]}
    return _number(term["value"]) if term.get("datatype") in _NUMBERS else term["value"]


def _number(written: str) -> int | float:
    return int(written) if "." not in written else float(written)


def _node(iri: str, name: str, kind: str) -> dict[str, str]:
    if kind == "DataDownload":
        return {"@type": kind, "contentUrl": iri, "encodingFormat": name}
    return {"@type": kind, "@id": iri, "name": name}


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
    """Return the value of a header field Link with these *links*; empty for none."""
    return ", ".join(map(str, links))


def of_dataset(publication: Publication, dataset: Description, prefix: str) -> list[Link]:
    """Return the links of a page about the whole dataset: the start page, and the page of its IRI.

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
    """Return the links of a file with the data, or with the *graph* of this name of it.

    A file with the description of the dataset leads to what it describes, any other to what it is of.
    """
    back = "describes" if dataset.built_in and graph == META.value else "collection"
    return [Link(f"{prefix}/", back), *_rights(publication, dataset)]


def _citation(publication: Publication, dataset: Description) -> Iterator[Link]:
    """The IRI that stays: of others' data the base of their IRIs, unless they have a DOI."""
    own = publication.about.doi or publication.base
    iri = DATASET if dataset.built_in else "" if dataset.release else own
    if iri:
        yield Link(iri, "cite-as")


def _rights(publication: Publication, dataset: Description) -> Iterator[Link]:
    """Yield the author and the licence; said in words instead of by an IRI, it is no link."""
    author = _TEAM if dataset.built_in else publication.publisher
    for target, relation in ((author, "author"), (publication.license, "license")):
        if target.startswith(("https://", "http://")):
            yield Link(target, relation)


def _descriptions(dataset: Description, prefix: str) -> Iterator[Link]:
    """What describes the dataset: its metadata, or of others' data the description of the service."""
    if not dataset.built_in or not addresses.serves("/graph/meta"):
        yield Link(f"{prefix}/sparql", "describedby", DOCUMENTS[0].media_type)
        return
    path = f"{prefix}/graph/{META.value.rpartition('/')[2]}"
    for form in DOCUMENTS:
        yield Link(f"{path}.{form.extension}", "describedby", form.media_type)


def _items(prefix: str) -> Iterator[Link]:
    """Yield the files with the whole dataset."""
    for download in whole_files() if addresses.serves("/dumps/all") else ():
        yield Link(f"{prefix}/dumps/{download.file}", "item", download.format.media_type)
