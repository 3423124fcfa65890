"""Links to answers that can be checked later, and how to cite answers and things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gbagraph.feature import Command, Feature, View
from gbagraph.setting import setting

if TYPE_CHECKING:
    from pathlib import Path

FEATURE = Feature(
    name="answers",
    summary=__doc__,
    package=__name__,
    needs=("versions",),
    routes=(
        View("/answers/of/sparql", ".routes:made", takes_queries=True),
        View("/answers/of/queries/{name}", ".routes:made", takes_queries=True),
        View("/answers/{digest}", ".routes:kept"),
        View("/answers/{digest}/{content}", ".routes:opened"),
        View("/cite", ".routes:thing"),
    ),
    commands=(
        Command(
            "cite",
            ".commands:cite",
            "Cite the dataset, a thing or an answer.",
            after="why",
        ),
    ),
    settings=(".:AnswerSettings",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSettings:
    """The settings of short links to answers."""

    answers: Path | None = setting(  # noqa: RUF009  it is frozen
        None,
        "Folder in which the questions behind short links are kept; by default, links are long and "
        "nothing is kept.",
        kind="path",
        after="public_url",
        command="serve",
    )
    answers_size: int = setting(
        64,
        "Megabytes of that folder, at most.",
        kind="number",
        least=1,
        most=100_000,
        command="serve",
    )
    answers_days: int = setting(
        0,
        "Days after which a short link is gone; 0 keeps all.",
        kind="number",
        least=0,
        command="serve",
    )
