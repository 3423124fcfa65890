"""The command verify: what is found of the evidence in a text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gbagraph.cli import project
from gbagraph.cli.answering import DataOption, TextOption, text_or_json
from gbagraph.cli.output import fail
from gbagraph.dataset.loader import load
from gbagraph.errors import GbaGraphError
from gbagraph.features.verify import verification
from gbagraph.features.verify.words import read
from gbagraph.rdf.formats import TEXT
from gbagraph.rdf.namespaces import compact
from gbagraph.setting import environment_variable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.features.verify.verification import Finding

_NOTHING: Final = 3
"""Exit code where nothing could be checked."""


def verify(
    *,
    text: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The text, in UTF-8: a page as it was copied, or a paragraph a line. By default the "
            "file that the setting source_text names.",
            envvar=environment_variable("source_text"),
        ),
    ] = None,
    output: TextOption = None,
    data: DataOption = None,
) -> None:
    """Check whether the words on which claims rest stand in a text that you have.

    Exit code 0 if at least one claim was checked and all that were are verified, 1 if words moved, are
    changed or their source differs, 2 for trouble, 3 if nothing could be checked.
    """
    is_text = text_or_json(output) is TEXT
    here = project.settings()
    if data is None and here.value("store"):
        fail("A store holds the data of this folder. Name files with --data.", code=2)
    try:
        project.publish(data or ())
        store, _ = load(project.data() if data is None else data)
        findings = verification.verify(store, read(text or here.value("source_text")))
    except GbaGraphError as problem:
        fail(problem.message, code=2)
    print(_as_text(findings) if is_text else _as_json(findings))  # noqa: T201
    raise typer.Exit(_code({finding.state for finding in findings}))


def _code(states: set[str]) -> int:
    checked = states - {verification.ABSENT, verification.NOT_CHECKABLE}
    return int(checked != {verification.VERIFIED}) if checked else _NOTHING


def _as_text(findings: Sequence[Finding]) -> str:
    """Write a line for each finding, but for claims of other sources, which could fill pages."""
    of_text = {row.passage for row in findings if row.selector}
    lines = [
        f"{row.state:14} {compact(row.claim)}  {compact(row.passage)}"
        + (f", sentence {row.sentence}" if row.sentence else "")
        for row in findings
        if row.selector or row.passage in of_text
    ]
    counts = verification.counts(findings)
    return "\n".join([*lines, ", ".join(f"{number} {state}" for state, number in counts.items())])


def _as_json(findings: Sequence[Finding]) -> str:
    found = [row._asdict() for row in findings]
    return json.dumps({"counts": verification.counts(findings), "findings": found}, indent=1)
