"""Curation: validation of any data, and inference from the built-in data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gbagraph.feature import Command, Feature
from gbagraph.setting import setting

if TYPE_CHECKING:
    from pathlib import Path

FEATURE = Feature(
    name="curation",
    summary=__doc__,
    package=__name__,
    settings=(".:CurationSettings",),
    hooks={"check by shapes": ".commands:check_by_shapes"},
    commands=(
        Command(
            "validate",
            ".commands:validate",
            "Check data and canned queries; exit code 1 if something is wrong.",
            after="explain",
            theme="Check",
        ),
        Command(
            "infer",
            ".commands:infer",
            "Write what the ontology derives from the built-in dataset (OWL 2 RL), as Turtle.",
            after="release",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurationSettings:
    """What data are checked by."""

    shapes: tuple[Path, ...] = setting(
        (),
        "SHACL shapes by which gbagraph validate judges the data.",
        kind="paths",
        after="queries",
    )
