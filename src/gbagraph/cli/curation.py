"""The commands that say whether data is right and what follows from it: validate, infer."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path  # noqa: TC003  typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from gbagraph.cli.failure import fail
from gbagraph.errors import GbaGraphError

if TYPE_CHECKING:
    from collections.abc import Iterator


def validate(
    files: Annotated[
        list[Path] | None, typer.Argument(help="RDF files; without any, the built-in dataset.")
    ] = None,
    *,
    reasoning: Annotated[bool, typer.Option(help="Look for contradictions, too.")] = True,
    shapes: Annotated[
        list[Path] | None,
        typer.Option(
            help="SHACL shapes of your own: FILES are checked by them, and by nothing else."
        ),
    ] = None,
) -> None:
    """Check data against shapes, checks and ontology; exit code 1 if something is wrong."""
    with _curation_extra():
        from gbagraph.curation import validation  # noqa: PLC0415

    if shapes and not files:
        fail("Name the files that are to be checked by these shapes.", code=2)
    try:
        findings = (
            validation.validate_by(shapes, files or ())
            if shapes
            else validation.validate(files or (), reasoning=reasoning)
        )
    except GbaGraphError as problem:
        fail(problem.message)
    for finding in findings:
        print(finding)  # noqa: T201
    if findings:
        fail(f"{len(findings)} finding{'s' * (len(findings) != 1)}.")
    rules = "shapes, checks and ontology" if reasoning else "shapes and checks"
    rules = "your shapes" if shapes else rules
    print(f"Valid: syntax, {rules} find no fault.")  # noqa: T201


def infer() -> None:
    """Write what follows from the built-in dataset by its ontology (OWL 2 RL), as Turtle."""
    with _curation_extra():
        from gbagraph.curation.reasoning import inferred  # noqa: PLC0415

    try:
        print(inferred(), end="")  # noqa: T201
    except GbaGraphError as problem:
        fail(problem.message)


@contextmanager
def _curation_extra() -> Iterator[None]:
    """For an import that needs the extra: a missing package ends the command with what to install."""
    try:
        yield
    except ModuleNotFoundError as problem:
        if problem.name is None or problem.name.partition(".")[0] == "gbagraph":
            raise
        fail(
            f"This command needs the package {problem.name}, which is not installed. "
            "Install it with: pip install 'gbagraph[curation]'",
            code=2,
        )
