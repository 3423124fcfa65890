"""The files from which a browser answers queries: the data, the canned queries, and what a server knows."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, cast

from gbagraph import feature, publication
from gbagraph._version import __version__
from gbagraph.dataset.identity import INFERRED, kept
from gbagraph.dataset.loader import load, load_release
from gbagraph.dataset.view import holds_inferred
from gbagraph.errors import classes
from gbagraph.features.site import data, offers, searching
from gbagraph.features.site.asking import NEEDS_SERVER
from gbagraph.features.site.questions import described, encoded
from gbagraph.rdf import namespaces
from gbagraph.sparql.message import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pyoxigraph as ox

    from gbagraph.dataset.identity import Description, Release
    from gbagraph.settings import Settings

FOLDER: Final = "endpoint"
_SECONDS: Final = 10
_OF_FILES: Final = ("digest", "modified", "lost")
"""What a description says of the files from which data were loaded, and of engines elsewhere."""


def files(
    settings: Settings,
    *,
    base: str = "",
    languages: Iterable[str] = LANGUAGES,
    versions: Iterable[str] = (),
    has_data: bool = True,
    made_of: bytes = b"",
) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the endpoint of what is published, each as its path and its content.

    *base* is where the site will be, *versions* are the kept releases that it has. Without *has_data* it
    has no endpoint, but says so. *made_of* tells it from sites with other pages: a hash of all of them.
    """
    store, description = load(settings.data, infer=settings.infer)
    written = dict(_data("", store, description)) if has_data else {}
    known: dict[str, Any] = {"": written.pop("about")} if written else {}
    for name in versions if written else ():
        more = dict(_data(name, *load_release(cast("Release", kept(name)))))
        known[name] = more.pop("about")
        written |= more
    written[f"{FOLDER}/questions.json.gz"] = data.compressed(encoded(described()))
    said = _settings(settings, base, list(languages)) | _versions(known)
    lists = dict(searching.files(store, said["languages"])) if has_data else {}
    said["searched"] = {name: _entry(f"{FOLDER}/{name}.json.gz", lists[name]) for name in lists}
    written |= {said["searched"][name]["path"]: data.compressed(lists[name]) for name in lists}
    build = _sha256(made_of, encoded(said), *written.values())[:16]
    yield from sorted(written.items())
    yield f"{FOLDER}/settings.json", encoded(said | {"build": build})


def _data(name: str, store: ox.Store, description: Description) -> Iterator[tuple[str, Any]]:
    """Yield the files of one version by their paths, and ``about``, what an engine needs of them."""
    about = asdict(description) | {
        "inferred": INFERRED.value,
        "holds_inferred": holds_inferred(store),
    }
    folder = f"{FOLDER}/{name}" if name else FOLDER
    for part, (content, quads) in zip(("default", "named"), data.files(store), strict=False):
        path = f"{folder}/{part}.json.gz"
        entry = _entry(path, content) | {"quads": quads}
        about |= {part: entry} if part == "named" else entry
        yield path, data.compressed(content)
    yield "about", {name: value for name, value in about.items() if name not in _OF_FILES}


def _versions(known: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of the data, and which version answers where none is named."""
    present = known.get("", {})
    return {
        "data": known,
        "release": present.get("version", ""),
        "dataset_hash": present.get("hash", ""),
    }


def _entry(path: str, content: bytes) -> dict[str, Any]:
    """Return what tells whether a file has come whole, by what it is once unpacked."""
    return {"path": path, "sha256": _sha256(content), "bytes": len(content)}


def _settings(settings: Settings, base: str, languages: list[str]) -> dict[str, Any]:
    """Return what a server knows beside the data."""
    return {
        "software": __version__,
        "public": base.rstrip("/"),
        "is_own": publication.current().is_own,
        "languages": languages,
        "language": publication.current().language,
        "iri_base": namespaces.base(),
        "things": namespaces.things(),
        "relative_to": namespaces.base_iri(),
        "prefixes": dict(namespaces.prefixes()),
        "limits": {
            "seconds": _SECONDS,
            "megabytes": settings.query_memory,
            "result_megabytes": settings.result_size,
            "body_megabytes": settings.body_size,
        },
        "problems": {
            name: {"title": error.title, "status": error.status, "headers": error.headers}
            for name, error in classes().items()
        },
        "formats": offers.tables(),
        "left_out": list(_left_out()),
    }


def _left_out() -> Iterator[Mapping[str, str]]:
    """Yield the addresses that only a server answers, each with what is there."""
    for each in feature.absent():
        if each.name in NEEDS_SERVER:
            for view in each.routes:
                yield {"path": view.path, "reason": each.summary}


def _sha256(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()
