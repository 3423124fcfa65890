"""Checks of evidence: whether the words on which claims rest stand in a text that the reader has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gbagraph.feature import Command, Feature
from gbagraph.setting import setting

if TYPE_CHECKING:
    from pathlib import Path

FEATURE = Feature(
    name="verify",
    summary=__doc__,
    package=__name__,
    settings=(".:VerifySettings",),
    commands=(
        Command(
            "verify",
            ".commands:verify",
            "Check whether the words on which claims rest stand in a text that you have.",
            after="why",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifySettings:
    """The setting of a check: the text of the source."""

    source_text: Path | None = setting(  # noqa: RUF009  it is frozen
        None,
        "File with the text of the source, which gbagraph verify checks the evidence by.",
        kind="path",
        after="report",
    )
