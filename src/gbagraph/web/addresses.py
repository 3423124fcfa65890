"""The addresses of the kernel and of the features, and which of them the server has."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from gbagraph import feature
from gbagraph.feature import Feature, View, pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

KERNEL: Final = Feature(
    name="kernel",
    summary="Queries over HTTP, and what every page needs.",
    package="gbagraph.web.views",
    routes=(
        View("/", ".start:page"),
        View("/sparql", ".sparql:endpoint", takes_queries=True),
        View("/graphs", ".sparql:graph_store"),
        View("/service", ".site:service"),
        View("/prefixes", ".site:prefixes"),
        View("/language", ".site:language"),
        View("/context.jsonld", ".site:json_ld_context"),
        View("/.well-known/void", ".site:void"),
        View("/favicon.ico", ".static:icon", is_free=True),
        View("/robots.txt", ".crawlers:robots", is_free=True),
        View("/sitemap.xml", ".crawlers:sitemap"),
        View("/problem/{name}", ".site:problem"),
        View("/static/{name}", ".static:file", is_free=True),
    ),
)

_FORM: Final = re.compile(r'<form\b[^>]*\saction="([^"]*)".*?</form>\n?', re.DOTALL)
_LINK: Final = re.compile(
    r"""<button\b[^>]*\sformaction="(?P<button>[^"]*)".*?</button>\n?"""
    r"""|<link\b[^>]*\shref="(?P<link>[^"]*)"[^>]*>\n?"""
    r"""|<a\b[^>]*\shref="(?P<a>[^"]*)"[^>]*>(?P<text>.*?)</a>"""
    r"""|(?P<svg></?svg\b)""",
    re.DOTALL,
)


def views() -> list[tuple[Feature, View]]:
    """Return the views of the kernel and of the present features, each with its owner."""
    return _ordered((KERNEL, *feature.present().values()))


def _ordered(owners: Iterable[Feature]) -> list[tuple[Feature, View]]:
    """The views as declared; those that also match slashes last, the longest first."""
    found = [(each, view) for each in owners for view in each.routes]
    return sorted(found, key=lambda pair: -len(pair[1].path) if ":path}" in pair[1].path else -99)


def gone() -> list[View]:
    """Return the views of left-out features, but for those that match any path that is left over."""
    found = (view for each in feature.absent() for view in each.routes)
    return [view for view in found if ":path}" not in view.path]


def serves(path: str) -> bool:
    """Return whether the view for *path*, as far as its template says, is not left out."""
    left_out = feature.left_out()
    return not left_out or next((here for each, here in _table(left_out) if each(path)), True)


@cache
def _table(left_out: tuple[str, ...]) -> list[tuple[Any, bool]]:
    owners = _ordered((KERNEL, *feature.present().values(), *feature.absent()))
    return [(pattern(view.path).fullmatch, owner.name not in left_out) for owner, view in owners]


def without_dead_links(page: str, root: str) -> str:
    """Return a *page* whose links lead to no address that is left out; *root* is the server's prefix.

    Of such a link, the text stays; a form, or a button that sends one there, does not.
    """
    depth = 0

    def is_dead(address: str) -> bool:
        is_here = address.startswith(f"{root}/")
        return is_here and not serves(re.split("[?#]", address.removeprefix(root))[0])

    def written(found: re.Match[str]) -> str:
        nonlocal depth
        if found["svg"]:
            depth += -1 if found["svg"].startswith("</") else 1
        if not is_dead(found["button"] or found["link"] or found["a"] or ""):
            return found[0]
        tag = "g" if depth else "span"
        return f"<{tag}>{found['text']}</{tag}>" if found["a"] else ""

    return _LINK.sub(written, _FORM.sub(lambda form: "" if is_dead(form[1]) else form[0], page))
