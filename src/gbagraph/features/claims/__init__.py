"""Claims: facts of a text, written one a line with the words that say them, and checked against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gbagraph.feature import Command, Feature
from gbagraph.setting import setting

if TYPE_CHECKING:
    from pathlib import Path

FEATURE = Feature(
    name="claims",
    summary=__doc__,
    package=__name__,
    needs=("verify",),
    settings=(".:ClaimsSettings",),
    hooks={
        "project of a text": ".making:of_text",
        "proposing tool": ".tools:proposing_tool",
    },
    commands=(
        Command(
            "claims",
            ".commands:app",
            "Write a graph from a text: claims, and whether its words carry them.",
            after="new",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsSettings:
    """The text of a project, the claims on it, and what is proposed."""

    claims: Path | None = setting(  # noqa: RUF009  it is frozen
        None, "Folder with the claims on a text, files *.claims.", kind="path"
    )
    claims_text: Path | None = setting(  # noqa: RUF009
        None, "File with the text on which the claims rest: plain, Markdown or HTML.", kind="path"
    )
    proposals: Path | None = setting(  # noqa: RUF009
        None, "File of proposed claims, JSON Lines, which assistants may add to.", kind="path"
    )
    identifiers: Path | None = setting(  # noqa: RUF009
        None, "Table of names, identifiers (IRIs) and their source, with tabs.", kind="path"
    )
