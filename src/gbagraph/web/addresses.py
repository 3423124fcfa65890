"""The addresses that the server has: those of views, some left out, and those of static files."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gbagraph import feature
from gbagraph.feature import Feature, View, pattern

if TYPE_CHECKING:
    from collections.abc import Iterable


KERNEL: Final = Feature(
    name="kernel",
    summary="Queries over HTTP, and what every page needs.",
    package="gbagraph.web",
    routes=(
        View("/", ".start:page"),
        View("/sparql", ".sparql:endpoint", takes_queries=True),
        View("/graphs", ".sparql:graph_store"),
        View("/service", ".site:service"),
        View("/prefixes", ".site:prefixes"),
        View("/language", ".site:language"),
        View("/context.jsonld", ".site:json_ld_context"),
        View("/.well-known/void", ".site:void"),
        View("/favicon.ico", ".site:file", is_free=True),
        View("/robots.txt", ".site:robots", is_free=True),
        View("/sitemap.xml", ".site:sitemap"),
        View("/problem/{name}", ".site:problem"),
        View("/static/{name}", ".site:file", is_free=True),
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
    """Return the views as declared; those that also match slashes last, the longest first."""
    routes = [(each, view) for each in owners for view in each.routes]
    return sorted(routes, key=lambda pair: -len(pair[1].path) if ":path}" in pair[1].path else -99)


def gone() -> list[View]:
    """Return the views of left-out features, but for those that match any path that is left over."""
    absent = (view for each in feature.absent() for view in each.routes)
    return [view for view in absent if ":path}" not in view.path]


def serves(path: str) -> bool:
    """Return whether the view for *path*, as far as its template says, is not left out."""
    left_out = feature.left_out()
    return not left_out or next((here for each, here in _table(left_out) if each(path)), True)


def own() -> Iterable[str]:
    """Return the paths below which this server has addresses of its own: endpoint and files."""
    return ("sparql", "dumps/") if serves("/dumps/all") else ("sparql",)


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

    def written(link: re.Match[str]) -> str:
        nonlocal depth
        if link["svg"]:
            depth += -1 if link["svg"].startswith("</") else 1
        if not is_dead(link["button"] or link["link"] or link["a"] or ""):
            return link[0]
        tag = "g" if depth else "span"
        return f"<{tag}>{link['text']}</{tag}>" if link["a"] else ""

    return _LINK.sub(written, _FORM.sub(lambda form: "" if is_dead(form[1]) else form[0], page))


BUILT: Final = frozenset({"prism.js", "prism.css", "land.json", "LICENSES.txt"})
"""What is built from packages of others (``frontend/``) and may be missing."""

_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_DIGITS: Final = 10
"""Hexadecimal digits of a hash."""

_IMPORT: Final = re.compile(
    rb"""(?P<before>\b(?:from|import)\s*(?P<dynamic>\(\s*)?)"""
    rb"""(?P<quote>["'])\./(?:built/)?(?P<name>[\w.-]+)(?P=quote)"""
)
_HASHED: Final = re.compile(rf"(.+)\.[0-9a-f]{{{_DIGITS}}}(\.\w+)")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent, and its address below that of the server."""

    address: str
    media_type: str
    body: bytes
    imports: tuple[str, ...] = ()


class StaticFiles:
    """The files in *folders* and their subfolders ``built``, read once.

    In ES modules the imports of other files get their hashes. Modules cannot import
    each other in a circle, for the hash of each would depend on itself.
    """

    def __init__(self, *folders: Path) -> None:
        self._paths = {
            path.name: path
            for folder in folders
            for path in (*folder.glob("*.*"), *folder.glob("built/*.*"))
            if path.suffix in _MEDIA_TYPES
        }
        self._file = cache(self._read)
        for name in self._paths:
            self._file(name)

    def address(self, name: str) -> str:
        """Return the address of a file; empty if it, or what it imports, has not been built.

        Raises:
            KeyError: there is no such file, and none is built.
        """
        if name not in self._paths and name not in BUILT:
            raise KeyError(name)
        file = self._file(name)
        return file.address if file else ""

    def imported(self, name: str) -> tuple[str, ...]:
        """Return the addresses of all that the module *name* needs: a page asks for them at once."""
        file = self._file(name)
        return file.imports if file else ()

    def find(self, name: str) -> tuple[StaticFile, bool] | None:
        """Return the file with a name such as ``site.css``, with a hash, be it an older one, or without.

        With it comes whether the name has the hash of what the file holds now.
        """
        plain = _HASHED.sub(r"\1\2", name)
        file = self._file(plain) if plain in self._paths else None
        return (file, file.address.endswith(f"/{name}")) if file else None

    def _read(self, name: str) -> StaticFile | None:
        """Return the file; None if it does not exist, or cannot do without one that does not."""
        path = self._paths.get(name)
        if path is None:
            return None
        body, needed = path.read_bytes(), dict[str, None]()
        if path.suffix == ".js":
            for row in (each for each in _IMPORT.finditer(body) if not each["dynamic"]):
                other = self._file(row["name"].decode())
                if other is None:
                    return None
                needed |= dict.fromkeys((other.address, *other.imports))
            body = _IMPORT.sub(self._with_hash, body)
        digest = hashlib.sha256(body).hexdigest()[:_DIGITS]
        address = f"/static/{path.stem}.{digest}{path.suffix}"
        return StaticFile(address, _MEDIA_TYPES[path.suffix], body, tuple(needed))

    def _with_hash(self, statement: re.Match[bytes]) -> bytes:
        """An import, by the address of what is imported; a dynamic one of a missing file as it is."""
        file = self._file(statement["name"].decode())
        if file is None:
            return statement[0]
        target = file.address.rpartition("/")[2].encode()
        return statement["before"] + statement["quote"] + b"./" + target + statement["quote"]


@cache
def static_files() -> StaticFiles:
    """Return the files of this package, and those of features."""
    return StaticFiles(Path(__file__).with_name("static"), *feature.folders("static"))


def asset(name: str) -> str:
    """Return the address of one of our files, as :meth:`StaticFiles.address`, for templates."""
    return static_files().address(name)
