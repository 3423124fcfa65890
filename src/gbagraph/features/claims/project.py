"""A project whose graph is written by claims on a text: what its gbagraph.toml names, read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gbagraph.errors import SettingError
from gbagraph.features.claims import text
from gbagraph.features.claims.form import declare, parse
from gbagraph.features.claims.names import Names
from gbagraph.features.claims.ontology import read
from gbagraph.features.verify.words import read as content
from gbagraph.paths import display
from gbagraph.settings import FILE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gbagraph.features.claims.model import Claim, Fault
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What a project consists of: its names, the passages of its text, and its claims with their faults.

    ``ontology`` are the files among its data that ``claims build`` does not write; ``built`` are those
    that it writes, by name. ``text`` is the file of the text, ``files`` are those of the claims.
    """

    names: Names
    passages: text.FromText
    claims: tuple[Claim, ...]
    faults: tuple[Fault, ...]
    text: Path
    files: tuple[Path, ...]
    ontology: tuple[Path, ...]
    built: Mapping[str, Path]
    shapes: tuple[Path, ...]
    proposals: Path | None
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
    turtle = (*sorted(home.rglob("*.ttl")), *(path for path in data if path.suffix == ".ttl"))
    ontology = tuple(path for path in dict.fromkeys(turtle) if path not in built.values())
    names = Names(
        base,
        prefixes=dict(settings.prefixes),
        ontologies=ontology,
        language=settings.language,
    )
    passages = text.FromText(text.read(article), names.passages)
    files = tuple(sorted(folder.glob("*.claims")))
    read(ontology)
    claims, faults = _parsed(files, names)
    return Project(
        names=names,
        passages=passages,
        claims=claims,
        faults=faults,
        text=article,
        files=files,
        ontology=ontology,
        built=built,
        shapes=settings.value("shapes") or (),
        proposals=settings.value("proposals"),
        identifiers=settings.value("identifiers"),
    )


def _required(settings: Settings, name: str) -> Any:  # noqa: ANN401  of any kind
    found = settings.value(name)
    if not found:
        raise SettingError(
            f"{name} is missing in {FILE}. Add the line: {_LINES[name]}", setting=name
        )
    return found


def _parsed(files: tuple[Path, ...], names: Names) -> tuple[tuple[Claim, ...], tuple[Fault, ...]]:
    """Return the claims in *files* and their faults; a thing of one file can be named in any."""
    texts = {display(path): content(path) for path in files}
    for file, written in texts.items():
        declare(written, file, names)
    parsed = [parse(written, file, names) for file, written in texts.items()]
    claims = tuple(claim for claims, _ in parsed for claim in claims)
    return claims, tuple(fault for _, faults in parsed for fault in faults)
