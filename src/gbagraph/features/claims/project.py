"""A project whose graph is written by claims on a text: what its gbagraph.toml names, read."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from gbagraph.dataset.named_files import quads, rdf_format
from gbagraph.errors import SettingError
from gbagraph.features.claims import schema_org
from gbagraph.features.claims.form import parse_all
from gbagraph.features.claims.model import Fault, Place
from gbagraph.features.claims.names import Names
from gbagraph.features.claims.text import FromText
from gbagraph.features.claims.text import read as passages_in
from gbagraph.features.verify.texts import decoded as content
from gbagraph.paths import display
from gbagraph.settings import FILE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyoxigraph as ox

    from gbagraph.features.claims.model import Claim
    from gbagraph.settings import Settings

BUILT: Final = ("facts", "evidence", "selectors", "terms")
"""The files that ``gbagraph claims build`` writes into the folder of the data, without their ending."""
_LINES: Final = {
    "base": 'base = "https://example.org/harbour/"',
    "data": 'data = "data"',
    "claims": 'claims = "claims"',
    "claims_text": 'claims_text = "article.txt"',
}
"""The settings that a project with claims has, and the line to add for each."""
_SUFFIX: Final = ".claims"
_NOT_READ: Final = "Claims are read from files *.claims alone. Give it this ending, or move it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What a project consists of: its names, the passages of its text, its claims with their faults.

    ``ontology`` are the files among its data that ``claims build`` does not write, and ``terms`` what
    they say; ``built`` are those that it writes, by name. ``text`` is the file of the text.
    """

    names: Names
    passages: FromText
    claims: tuple[Claim, ...]
    faults: tuple[Fault, ...]
    ontology: tuple[Path, ...]
    terms: tuple[ox.Quad, ...]
    built: Mapping[str, Path]
    text: Path
    shapes: tuple[Path, ...]
    identifiers: Path | None


def load(settings: Settings) -> Project:
    """Return the project that *settings* describe; what is wrong in its claims is among its faults.

    Raises:
        SettingError: a setting is missing, or names what is not there or cannot be read.
        DatasetError: a file of the ontology cannot be read.
    """
    base, data, folder, article = (_required(settings, name) for name in _LINES)
    home = next((path for path in data if path.is_dir()), None)
    if home is None:
        raise SettingError(f"data names no folder in {FILE}. Add the line: {_LINES['data']}")
    built = {name: home / f"{name}.ttl" for name in BUILT}
    files = {each for path in data for each in (path, *path.rglob("*")) if each.is_file()}
    ontology = tuple(path for path in sorted(files.difference(built.values())) if rdf_format(path))
    said = {path: tuple(quads(path)) for path in ontology}
    names = Names(
        base,
        prefixes=dict(settings.prefixes),
        own=[quad for path in ontology if path.suffix == ".ttl" for quad in said[path]],
        language=settings.language,
        foreign=schema_org.ranges,
    )
    passages = FromText(passages_in(article), names.passages)
    there = sorted(path for path in folder.glob("*") if not path.name.startswith("."))
    texts = {display(path): content(path) for path in there if path.suffix == _SUFFIX}
    others = (Place(display(path), 1) for path in there if path.suffix != _SUFFIX)
    claims, faults = parse_all(texts, names)
    return Project(
        names=names,
        passages=passages,
        claims=tuple(claims),
        faults=(
            *faults,
            *(Fault(place, "not-read", _NOT_READ) for place in others),
        ),
        ontology=ontology,
        terms=tuple(chain.from_iterable(said.values())),
        built=built,
        text=article,
        shapes=settings.value("shapes") or (),
        identifiers=settings.value("identifiers"),
    )


def _required(settings: Settings, name: str) -> Any:  # noqa: ANN401  of any kind
    value = settings.value(name)
    if not value:
        raise SettingError(
            f"{name} is missing in {FILE}. Add the line: {_LINES[name]}", setting=name
        )
    return value
