"""The commands that say whether data is right and what follows from it: validate, infer."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gbagraph import publication
from gbagraph.cli import project
from gbagraph.cli.output import fail
from gbagraph.errors import GbaGraphError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.features.curation.validation import Finding


def validate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="RDF files and folders; without any, the dataset of this folder."),
    ] = None,
    *,
    reasoning: Annotated[bool, typer.Option(help="Look for contradictions, too.")] = True,
    shapes: Annotated[
        list[Path] | None,
        typer.Option(help="SHACL shapes of your own: the data are checked by these alone."),
    ] = None,
) -> None:
    """Check data and canned queries; exit code 1 if something is wrong.

    The built-in dataset is checked by its shapes, checks and ontology. Data of your own are checked by
    your shapes; without any, that data and canned queries are well-formed.
    """
    with curation_extra():
        from gbagraph.features.curation import validation

    is_own = publication.current().is_own
    paths = files or (() if is_own else project.data())
    if shapes and not paths:
        fail("Name the files that are to be checked by these shapes.", code=2)
    try:
        if shapes:
            findings, said = validation.validate_by(shapes, paths), _BY_SHAPES
        elif not is_own:
            findings, said = validation.validate_syntax(paths), _WELL_FORMED
        else:
            findings = validation.validate(paths, reasoning=reasoning)
            said = _BY_ALL if reasoning else _WITHOUT_REASONING
    except GbaGraphError as problem:
        fail(problem.message, code=1 if problem.details.get("line") else problem.exit_code)
    tell(findings, said)


_BY_SHAPES: Final = "Valid: syntax, your shapes find no fault."
_BY_ALL: Final = "Valid: syntax, shapes, checks and ontology find no fault."
_WITHOUT_REASONING: Final = "Valid: syntax, shapes and checks find no fault."
_WELL_FORMED: Final = (
    "Well-formed: the data and the canned queries. Check by shapes of your own with --shapes."
)


def tell(findings: Sequence[Finding], none: str) -> None:
    """Print *findings* and end with exit code 1, or print what is said if there are *none*."""
    for finding in findings:
        print(finding)  # noqa: T201
    if findings:
        fail(f"{len(findings)} finding{'s' * (len(findings) != 1)}.", code=1)
    print(none)  # noqa: T201


def check_by_shapes(shapes: Sequence[Path], files: Sequence[Path]) -> None:
    """Print which faults of *files* the *shapes* name; end with exit code 1 if there is one."""
    with curation_extra():
        from gbagraph.features.curation.validation import validate_by

    tell(validate_by(shapes, files), "The shapes find no fault.")


def infer() -> None:
    """Write what follows from the built-in dataset by its ontology (OWL 2 RL), as Turtle."""
    with curation_extra():
        from gbagraph.features.curation.reasoning import inferred

    try:
        print(inferred(), end="")  # noqa: T201
    except GbaGraphError as problem:
        fail(problem.message, code=problem.exit_code)


@contextmanager
def curation_extra() -> Iterator[None]:
    """For an import that needs the extra: a missing package ends the command with what to install."""
    try:
        yield
    except ModuleNotFoundError as problem:
        if problem.name is None or problem.name.partition(".")[0] == "gbagraph":
            raise
        fail(
            f"This command needs the package {problem.name}, which is not installed. "
            "Install it with: pip install 'gbagraph[curation]'",
            code=3,
        )
