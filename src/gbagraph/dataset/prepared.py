"""The built-in dataset as it is once loaded, kept since it was built: a start need not compute it again.

It is computed from files of data and queries, by code of this package. A hash of all these says
whether what is kept is still what would be computed; where it is not, it is left alone.
"""

from __future__ import annotations

import hashlib
import io
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import pyoxigraph as ox
import zstandard

from gbagraph import feature
from gbagraph.dataset.identity import Description  # noqa: TC001  msgspec reads the annotations
from gbagraph.paths import resource, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE: Final = Path(__file__).parents[1]
_KEPT: Final = _PACKAGE / "_prepared"
_STORE, _ABOUT = _KEPT / "store.nq.zst", _KEPT / "about.json"
_FROM: Final = ("data", "ontology", "queries")
"""The folders whose files it is computed from."""
_BY: Final = ("dataset", "queries", "rdf", "sparql")
"""The packages that compute it."""
_LEVEL: Final = 9


class About(msgspec.Struct, frozen=True):
    """What is kept beside the store: of what it was *made*, its own hash, and what it is."""

    made_of: str
    sha256: str
    description: Description


def read() -> tuple[ox.Store, Description] | None:
    """The store and its description; None where nothing is kept, or it is not what would be computed."""
    try:
        about = msgspec.json.decode(_ABOUT.read_bytes(), type=About)
        packed = _STORE.read_bytes()
    except (OSError, msgspec.DecodeError):
        return None
    if about.sha256 != hashlib.sha256(packed).hexdigest() or about.made_of != made_of():
        return None
    store = ox.Store()
    store.load(zstandard.decompress(packed), format=ox.RdfFormat.N_QUADS, lenient=True)
    return store, about.description


def title() -> str:
    """What the dataset that is kept is called, before it is read; empty where none is."""
    with suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(_ABOUT.read_bytes(), type=About).description.title
    return ""


def made_of() -> str:
    """A hash of all that the dataset is computed from and by, and of which features are present."""
    hashed = hashlib.sha256(",".join(feature.present()).encode())
    for path in _files():
        hashed.update(hashlib.sha256(path.read_bytes()).digest())
    return hashed.hexdigest()


def _files() -> Iterator[Path]:
    for folder in _FROM:
        yield from sorted(path for path in resource(folder).rglob("*") if path.is_file())
    for package in _BY:
        yield from sorted((_PACKAGE / package).glob("*.py"))


def keep(store: ox.Store, description: Description) -> None:
    """Keep a store that was just computed."""
    quads = io.BytesIO()
    # The engine yields last what came in first, and answers in the order in which quads came.
    ox.serialize(reversed(list(store)), quads, ox.RdfFormat.N_QUADS)
    packed = zstandard.compress(quads.getvalue(), _LEVEL)
    about = About(made_of(), hashlib.sha256(packed).hexdigest(), description)
    _KEPT.mkdir(exist_ok=True)
    write_whole(_STORE, packed)
    write_whole(_ABOUT, msgspec.json.format(msgspec.json.encode(about), indent=1))
