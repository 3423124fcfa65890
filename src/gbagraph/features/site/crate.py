"""What harvesters read of a site: its files as an RO-Crate, and in the markup of pages.

RO-Crate 1.1 describes a folder in schema.org terms: https://www.researchobject.org/ro-crate/1.1/
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import pyoxigraph as ox

from gbagraph.dataset.catalog import whole_files
from gbagraph.dataset.limits import duration
from gbagraph.features.site.offers import SECONDS
from gbagraph.rdf.formats import DOCUMENTS, GRAPHS, HTML, JSON
from gbagraph.rdf.namespaces import PREFIXES, SERVICE, prefixes
from gbagraph.rdf.result_formats import SOLUTIONS
from gbagraph.sparql.functions import MADE
from gbagraph.web.templating import embedded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping

    from gbagraph.features.site.asking import Asking
    from gbagraph.features.site.folder import Written

NAME: Final = "ro-crate-metadata.json"
_PROFILE: Final = "https://w3id.org/ro/crate/1.1"
_MARKUP: Final = re.compile(r'(<script type="application/ld\+json">)(.*?)(</script>)', re.DOTALL)
_SERVICE: Final = re.compile(r'(<link href=")[^"]*/sparql/("[^>]* rel="describedby")')
_PARTS: Final = re.compile(
    r"(versions/[^/]+/)?dumps/.*|(ontology|evidence)\.\w+|graph/meta\.\w+|changes/(?!.*html$).*"
    r"|sparql\.\w+|queries/[^/]+\.rq|docs[/]index\.html"
)
"""The files that are listed: the data, the ontology, the metadata, the queries, and the manual."""
_TYPES: Final = {
    **{offer.extension: offer.media_type for offer in (*SOLUTIONS, *GRAPHS, HTML, JSON)},
    "rq": "application/sparql-query",
}
_COPIED: Final = ("name", "description", "datePublished", "dateModified", "version", "keywords")
_LINKED: Final = ("license", "creator", "publisher", "isBasedOn", "identifier", "url")
_OF_SERVER: Final = {
    SERVICE + name for name in ("bodySize", "bodyTimeout", "slowQueries", "targetLength")
}
"""Limits that a site does not have."""


def markup(page: str) -> dict[str, Any]:
    """Return the markup of a *page* about the dataset; nothing where it has none."""
    found = _MARKUP.search(page)
    return json.loads(found[2]) if found else {}


def is_about_dataset(page: str) -> bool:
    """Return whether the markup of a *page* is about the dataset."""
    return markup(page).get("@type") == "Dataset"


def crate(page: str, files: Mapping[str, Written], language: str) -> bytes:
    """Return the RO-Crate of a site with these *files*, as its start *page* describes the dataset.

    Of what it says in several languages, that in *language* is taken.
    """
    about = markup(page)
    root: dict[str, Any] = {"@id": "./", "@type": "Dataset"}
    root |= {name: _in(language, about[name]) for name in _COPIED if name in about}
    linked: dict[str, dict[str, Any]] = {}
    for name in (name for name in _LINKED if name in about):
        values = [_reference(each, linked) for each in _listed(about[name])]
        root[name] = values if len(values) > 1 else values[0]
    root.setdefault("identifier", about.get("@id", "./"))
    parts = [*_parts(files, filter(_PARTS.fullmatch, files))]
    root["hasPart"] = [{"@id": part["@id"]} for part in parts]
    graph = [
        {
            "@id": NAME,
            "@type": "CreativeWork",
            "conformsTo": {"@id": _PROFILE},
            "about": {"@id": "./"},
        },
        root,
        *linked.values(),
        *parts,
    ]
    document = {"@context": f"{_PROFILE}/context", "@graph": graph}
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _listed(value: Any) -> list[Any]:  # noqa: ANN401  any JSON
    return value if isinstance(value, list) else [value]


def _in(language: str, value: Any) -> Any:  # noqa: ANN401  any JSON
    """Return the texts of *value* in a language, else all; a text alone is no list."""
    texts = _listed(value)
    own = [each for each in texts if _tag(each) == language] or texts
    plain = [each["@value"] if isinstance(each, dict) else each for each in own]
    return plain[0] if len(plain) == 1 else plain


def _tag(text: Any) -> str:  # noqa: ANN401  any JSON
    return str(text.get("@language", "")) if isinstance(text, dict) else ""


def _reference(value: Any, linked: dict[str, dict[str, Any]]) -> Any:  # noqa: ANN401  any JSON
    """Return a reference to what *value* describes or names by an IRI, which is added to *linked*."""
    if isinstance(value, str) and not value.startswith(("https://", "http://")):
        return value
    known = value if isinstance(value, dict) else {"@id": value, "@type": "CreativeWork"}
    iri = known.get("@id") or f"#{quote(known['name'])}"
    plain = {name: each for name, each in known.items() if isinstance(each, str)}
    linked.setdefault(iri, {"@type": "Organization", "name": iri} | plain | {"@id": iri})
    return {"@id": iri}


def _parts(files: Mapping[str, Written], wanted: Iterable[str]) -> Iterator[dict[str, Any]]:
    for path in sorted(wanted):
        yield {
            "@id": path,
            "@type": "File",
            "name": path.rpartition("/")[2],
            "encodingFormat": _TYPES.get(path.rpartition(".")[2], "application/octet-stream"),
            "contentSize": str(files[path].size),
            "sha256": files[path].sha256,
        }


def described(page: str, files: Mapping[str, Written], root: str) -> str:
    """Return a *page* about the dataset that names the *files* of the site to harvesters.

    *root* is the address of the site, absolute or relative to the page: the markup names the files
    there, with sizes and hashes, and says that all may have them; a link leads to the RO-Crate.
    """
    link = (
        f'<link rel="describedby" type="application/ld+json" profile="{_PROFILE}" '
        f'href="{root}{NAME}">\n</head>'
    )
    page = _SERVICE.sub(rf"\1{root}sparql.{DOCUMENTS[0].extension}\2", page)
    page = page.replace("</head>", link, 1)
    about = markup(page)
    about |= {"isAccessibleForFree": True, "distribution": list(_downloads(files, root))}
    said = embedded(about, (",", ":"))
    return _MARKUP.sub(lambda match: f"{match[1]}{said}{match[3]}", page, count=1)


async def service(asked: Asking, *, has_base: bool) -> AsyncIterator[tuple[str, bytes]]:
    """Yield the description of the service, to which pages lead, in files at the site's root.

    Functions and limits that only a server has are left out. Where the address of the site is not
    known, it is Turtle, in which addresses can be relative.
    """
    turtle, *others = DOCUMENTS
    answer = await asked.ask("/sparql", turtle.media_type)
    said = [quad.triple for quad in ox.parse(answer.body, format=turtle.rdf_format)]
    named = [each for each in said if not {each.subject.value, each.object.value} & MADE]
    known = [_limited(each) for each in named if each.predicate.value not in _OF_SERVER]
    for form in (turtle, *others) if has_base else (turtle,):
        text = ox.serialize(known, format=form.rdf_format, prefixes=dict(prefixes())) or b""
        here = f"{asked.base}/".encode()
        yield f"sparql.{form.extension}", text if has_base else text.replace(here, b"")


def _limited(said: ox.Triple) -> ox.Triple:
    """Return what is *said* of a server as it is of a site, which stops queries sooner."""
    if said.predicate.value != f"{SERVICE}queryTimeout":
        return said
    of_days = ox.NamedNode(f"{PREFIXES['xsd']}dayTimeDuration")
    return ox.Triple(said.subject, said.predicate, ox.Literal(duration(SECONDS), datatype=of_days))


def _downloads(files: Mapping[str, Written], root: str) -> Iterable[dict[str, Any]]:
    whole = (f"dumps/{download.file}" for download in whole_files())
    for part in _parts(files, filter(files.__contains__, whole)):
        address = {"@type": "DataDownload", "contentUrl": root + part.pop("@id")}
        yield part | address
