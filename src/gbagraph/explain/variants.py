"""Other ways to write an IRI: what people copy is often the address of a page, or nearly the identifier.

A variant is a guess. Who asks is told of it and not given what it names.
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from gbagraph.rdf.namespaces import in_full

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MOST: Final = 40
"""Variants of one text."""
_LONG: Final = 400
"""Characters of a text of which there are variants: a longer one would only cost time."""

_SITES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), identifier)
    for pattern, identifier in (
        (
            r"(?:https?://)?(?:www\.|m\.)?wikidata\.org/(?:wiki|entity)/(?:\w+:\w*/?)?([QPL]\d+)(?:[.?#/].*)?",
            "http://www.wikidata.org/entity/{upper}",
        ),
        (r"(?:wikidata:)?([QP]\d+)", "http://www.wikidata.org/entity/{upper}"),
        (
            r"(?:https?://)?(?:www\.|sws\.)?geonames\.org/(\d+)(?:/.*)?",
            "https://sws.geonames.org/{found}/",
        ),
        (
            r"(?:https?://)?(?:www\.)?dbpedia\.org/(?:page|data|resource)/([^?#]+)",
            "http://dbpedia.org/resource/{found}",
        ),
        (
            r"(?:https?://)?en\.(?:m\.)?wikipedia\.org/wiki/([^?#]+)",
            "http://dbpedia.org/resource/{found}",
        ),
        (r"(?:https?://)?(?:www\.)?viaf\.org/viaf/(\d+)(?:/.*)?", "http://viaf.org/viaf/{found}"),
        (
            r"(?:https?://)?(?:www\.)?d-nb\.info/gnd/([\dX-]+)(?:/.*)?",
            "https://d-nb.info/gnd/{upper}",
        ),
        (r"(?:https?://)?(?:www\.)?ror\.org/(\w+)/?", "https://ror.org/{found}"),
    )
)
"""Addresses of pages about things, and the identifiers of these things that the same sites publish."""

_ADDRESS: Final = re.compile(r"(https?)://([^/?#]+)(.*)", re.DOTALL | re.IGNORECASE)
_FILE: Final = re.compile(r"\.(?:json|jsonld|ttl|rdf|n3|nt|xml|html?)\Z")


def variants(text: str) -> list[str]:
    """The IRIs that *text* may be meant to be, the likeliest first, without *text* itself."""
    found = {text: None}
    waiting = [text] if len(text) <= _LONG else []
    while waiting and len(found) < _MOST:
        changed = [other for rule in _RULES for other in rule(waiting[0]) if other not in found]
        found.update(dict.fromkeys(changed))
        waiting = [*waiting[1:], *changed]
    return [each for each in found if each != text]


def _bare(text: str) -> Iterator[str]:
    """What stands between the signs that are put around an IRI."""
    yield text.strip(f"{string.whitespace}<>\"'`,;")


def _identifier(text: str) -> Iterator[str]:
    """What sites call the thing that the page at an address is about."""
    for pattern, identifier in _SITES:
        if found := pattern.fullmatch(text):
            yield identifier.format(found=found[1], upper=found[1].upper())


def _prefixed(text: str) -> Iterator[str]:
    yield in_full(text)


def _scheme(text: str) -> Iterator[str]:
    if found := _ADDRESS.match(text):
        other = "http" if found[1].lower() == "https" else "https"
        yield f"{other}://{found[2].lower()}{found[3]}"


def _slash(text: str) -> Iterator[str]:
    if _ADDRESS.match(text):
        yield text.rstrip("/") if text.endswith("/") else f"{text}/"


def _shortened(text: str) -> Iterator[str]:
    """Without what an address adds to an identifier: parameters, a fragment, the suffix of a file."""
    if _ADDRESS.match(text):
        yield re.split("[?#]", text, maxsplit=1)[0]
        yield text.partition("?")[0]
        yield _FILE.sub("", text)


def _encoding(text: str) -> Iterator[str]:
    """Percent-encoded, and not."""
    yield unquote(text)
    yield quote(text, safe=f"{string.punctuation}%")


_RULES: Final[tuple[Callable[[str], Iterator[str]], ...]] = (
    *(_bare, _identifier, _prefixed, _scheme, _slash, _shortened, _encoding),
)
