"""The languages of the pages: which one a reader gets, and what its words are.

The words of the templates are English; the file of another language in ``locale/`` has its own for each.
A reader chooses by a link, which a cookie remembers; before that, the settings of the browser count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph import publication
from gbagraph.sparql import negotiation
from gbagraph.web.templating import LANGUAGES

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request

COOKIE: Final = "language"
"""The cookie in which the choice of a reader is kept."""

_TRADITIONAL: Final = frozenset({"hant", "tw", "hk", "mo"})
"""Parts of the language tags of readers of traditional characters."""

_YEAR: Final = 365 * 24 * 3600


def language_of(request: Request) -> str:
    """The language of the pages: what the reader chose, else what the browser prefers."""
    return _chosen(request.headers.get("cookie", "")) or _preferred(
        request.headers.get("accept-language", "")
    )


def _chosen(cookies: str) -> str:
    """The language in a Cookie header (RFC 6265, section 4.2.1), which http.cookies reads too slowly."""
    pairs = (part.partition("=") for part in cookies.split(";"))
    chosen = {name.strip(): value.strip(' "') for name, _, value in pairs}.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else ""


def _preferred(accept_language: str) -> str:
    for tag in negotiation.preferred_languages(accept_language):
        for offered in LANGUAGES:
            if tag.split("-")[0] == offered.split("-")[0].lower():
                return offered
    return "en"


def language_cookie(language: str, prefix: str) -> str:
    """The Set-Cookie header that remembers *language* for the server below the path *prefix*."""
    return f"{COOKIE}={language}; Path={prefix or '/'}; Max-Age={_YEAR}; SameSite=Lax; HttpOnly"


def label_languages(language: str) -> tuple[str, ...]:
    """The language tags in which names are looked up for pages in *language*, the preferred first."""
    tags = (language.lower(), publication.current().language, "en")
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def labels_of(request: Request) -> tuple[str, ...]:
    """The language tags in which names are looked up for a reader, the preferred first.

    Who prefers traditional characters gets the names in these; the words of the pages are in simplified
    ones.
    """
    found = label_languages(language_of(request))
    if found[0].startswith("zh") and _reads_traditional(request):
        return tuple(dict.fromkeys(("zh-hant", *found)))
    return found


def _reads_traditional(request: Request) -> bool:
    tags = negotiation.preferred_languages(request.headers.get("accept-language", ""))
    chinese = next((tag for tag in tags if tag.split("-")[0] == "zh"), "")
    parts = chinese.split("-")
    return "hans" not in parts and not _TRADITIONAL.isdisjoint(parts)
