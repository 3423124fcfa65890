"""Checks of evidence: whether the words on which claims rest stand in a text; and of releases."""

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
    jobs=("gbagraph.features.verify.words",),
    settings=(".:VerifySettings",),
    commands=(
        Command(
            "verify",
            ".commands:verify",
            "Check a release, or the words in a text on which claims rest.",
            after="why",
            theme="Check",
        ),
    ),
    hooks={
        "source given": ".words:with_source",
        "source words": ".words:words_of",
        "source words job": ".words:AllWords",
        "while served": ".words:counted",
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifySettings:
    """The settings of the source: its text, and its address."""

    source_text: Path | None = setting(  # noqa: RUF009  it is frozen
        None,
        "File with the text of the source: pages and evidence show the words that carry a claim.",
        kind="path",
        after="report",
    )
    source_address: str = setting(
        "", "Address of that text, to which the evidence links, at the words.", kind="address"
    )
