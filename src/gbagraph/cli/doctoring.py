"""The command that looks for what is wrong with an installation: doctor."""

from __future__ import annotations

from typing import Any, Final

import typer
from rich.console import Console

from gbagraph.cli.serving import settings_of, with_settings

_MARKS: Final = {"good": "good   ", "warning": "WARNING", "fault": "FAULT  "}


def _doctor(**given: Any) -> None:  # noqa: ANN401  the values of all options
    """Examine what a server started here, with these settings, needs, and say what to mend."""
    settings = settings_of(given)
    # Imported here: the other commands need no web server.
    from gbagraph.server.examination import examine  # noqa: PLC0415

    console, is_faulty = Console(soft_wrap=True, highlight=False, markup=False), False
    for finding in examine(settings):
        is_faulty |= finding.verdict == "fault"
        console.print(f"{_MARKS[finding.verdict]}  {finding.what}: {finding.found}")
        if finding.advice:
            console.print(f"         {finding.advice}")
    if is_faulty:
        raise typer.Exit(1)


doctor = with_settings(_doctor)
doctor.__name__ = "doctor"
