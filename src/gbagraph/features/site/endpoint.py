"""The files from which a browser answers queries: data, canned queries, and what a server knows."""

from __future__ import annotations

import hashlib
import lzma
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from gbagraph import feature, publication
from gbagraph._version import __version__
from gbagraph.dataset.identity import INFERRED, kept
from gbagraph.dataset.loader import load, load_release
from gbagraph.dataset.view import holds_inferred
from gbagraph.errors import DatasetError, classes
from gbagraph.features.site import data, offers, searching
from gbagraph.features.site.asking import NEEDS_SERVER
from gbagraph.features.site.offers import SECONDS
from gbagraph.features.site.packing import packed
from gbagraph.features.site.questions import described, encoded
from gbagraph.paths import own_query
from gbagraph.queries import texts
from gbagraph.rdf import namespaces
from gbagraph.sparql.message import LANGUAGES, TRANSLATED
from gbagraph.web.templating import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pyoxigraph as ox

    from gbagraph.dataset.identity import Description, Release
    from gbagraph.settings import Settings

FOLDER: Final = "endpoint"
BUILT: Final = Path(__file__).with_name("built")
_WORDS: Final = Path(__file__).with_name("words.txt")
_BUILT: Final = {
    **{name: name for name in ("sw.js", "boot.js", "ask.js")},
    "endpoint.js": f"{FOLDER}/endpoint.js",
}
"""Where the site has the scripts that are built for it."""
_PACKED: Final = {"script": "worker.js.lzma", "engine": "oxigraph.wasm.lzma"}
_OF_FILES: Final = ("digest", "modified", "lost")
"""What a description says of the files from which data were loaded, and of engines elsewhere."""


def files(
    settings: Settings,
    base: str = "",
    languages: Iterable[str] = LANGUAGES,
    versions: Iterable[str] | None = (),
    made_of: bytes = b"",
) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the endpoint of what is published, each as its path and its content.

    *base* is where the site will be, *versions* are the kept releases that it has; None: the data are
    too large for browsers, so that the endpoint only says so, as of a store or an engine elsewhere.
    *made_of* is a hash of all other files.

    Raises:
        DatasetError: the scripts that it needs are not built.
    """
    said = _settings(settings, base, list(languages))
    written = scripts()
    for key, name in _PACKED.items():
        path = f"{FOLDER}/{name}"
        said[key] = _entry(path, lzma.decompress(written[path]))
    held = None if is_elsewhere(settings) else versions
    for part, about in () if held is None else _versions(settings, said, held):
        written |= part
        said |= about
    build = _sha256(made_of, encoded(said), *written.values())[:16]
    yield from sorted(written.items())
    yield f"{FOLDER}/settings.json", encoded(said | {"build": build})


def is_elsewhere(settings: Settings) -> bool:
    """Return whether the data come from a store or an engine, and not from files."""
    return feature.first("source", settings) is not None


def scripts() -> dict[str, bytes]:
    """Return the scripts that answer, and their engine, by their paths.

    Raises:
        DatasetError: they are not built.
    """
    found = {}
    for name, path in (*_BUILT.items(), *((name, f"{FOLDER}/{name}") for name in _PACKED.values())):
        built = BUILT / name
        if not built.is_file():
            raise DatasetError(
                f"This installation has no {name}, with which a site answers queries: it was built "
                "without Node.js. Install a wheel of gbagraph, or run python scripts/frontend.py."
            )
        found[path] = built.read_bytes()
    return found


_Part = tuple[dict[str, bytes], dict[str, Any]]
"""Files by their paths, and what the settings say of them."""


def _versions(settings: Settings, said: dict[str, Any], versions: Iterable[str]) -> Iterator[_Part]:
    """Yield what is served at present, with its lists for a search, and then each kept release."""
    store, description = load(settings.data, infer=settings.infer)
    written, about = _version("", store, description)
    known = {"": about}
    yield written, {"release": description.version, "dataset_hash": description.hash}
    lists = dict(searching.files(store, said["languages"]))
    searched = {name: _entry(f"{FOLDER}/{name}.json.lzma", lists[name]) for name in lists}
    files = {searched[name]["path"]: packed(lists[name]) for name in lists}
    yield files, {"searched": searched}
    for name in versions:
        release = cast("Release", kept(name))
        with publication.as_if(replace(publication.current(), queries=str(release.queries))):
            written, known[name] = _version(name, *load_release(release))
        yield written, {}
    yield {}, {"data": known}


def _version(name: str, store: ox.Store, description: Description) -> _Part:
    """Return the files of one version, and what an engine needs to know of it."""
    folder = f"{FOLDER}/{name}" if name else FOLDER
    written = {f"{folder}/questions.json.lzma": packed(encoded(described()))}
    about = {n: value for n, value in asdict(description).items() if n not in _OF_FILES}
    about |= {"inferred": INFERRED.value, "holds_inferred": holds_inferred(store)}
    for part, (content, quads) in zip(("default", "named"), data.files(store), strict=False):
        path = f"{folder}/{part}.json.lzma"
        entry = _entry(path, content) | {"quads": quads}
        about |= {part: entry} if part == "named" else entry
        written[path] = packed(content)
    return written, about


def _entry(path: str, content: bytes) -> dict[str, Any]:
    """Return what shows whether a file has come whole, by what it is once unpacked."""
    return {"path": path, "sha256": _sha256(content), "bytes": len(content)}


def _settings(settings: Settings, base: str, languages: list[str]) -> dict[str, Any]:
    """Return what a server knows beside the data."""
    return {
        "software": __version__,
        "public": base.rstrip("/"),
        "languages": languages,
        "language": publication.current().language,
        "iri_base": namespaces.base(),
        "things": namespaces.things(),
        "relative_to": namespaces.base_iri(),
        "prefixes": dict(namespaces.prefixes()),
        "values": {tag: texts.current(tag).values for tag in languages},
        "translations": own_query("web", "translations"),
        "functions": offers.functions(),
        "limits": {
            "seconds": SECONDS,
            "megabytes": settings.query_memory,
            "result_megabytes": settings.result_size,
            "body_megabytes": settings.body_size,
        },
        "problems": {
            name: {"title": error.title, "status": error.status, "headers": error.headers}
            for name, error in classes().items()
        },
        "formats": offers.tables(),
        "has_search": feature.hook("search") is not None,
        "left_out": list(_left_out()),
        "words": {tag: _words(tag) for tag in languages if tag in TRANSLATED},
        "data": {},
        "searched": {},
    }


def _words(language: str) -> dict[str, str]:
    """Return the words of the pages that a browser makes, by those in English."""
    known = words(language)
    wanted = _WORDS.read_text("utf-8").splitlines()
    return {word: known[word] for word in wanted if word in known}


def _left_out() -> Iterator[Mapping[str, str]]:
    """Yield the addresses that only a server answers, each with what is there."""
    for each in feature.absent():
        if each.name in NEEDS_SERVER:
            for view in each.routes:
                yield {"path": view.path, "reason": each.summary}


def _sha256(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()
