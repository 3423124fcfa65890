"""The commands that say whether data is right and what follows from it: validate, infer."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gbagraph import publication
from gbagraph.cli import project
from gbagraph.cli.output import CANNOT, FOUND, USAGE, fail
from gbagraph.dataset.identity import BUILT_IN
from gbagraph.errors import DatasetError, SettingError
from gbagraph.features.curation.findings import SYNTAX, TOLD, Finding, queries, well_formed
from gbagraph.paths import display, resource
from gbagraph.settings import FILE
from gbagraph.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Rules = tuple[Path, ...] | None


def validate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="RDF files and folders; without any, the dataset of this folder."),
    ] = None,
    *,
    reasoning: Annotated[
        bool, typer.Option(help="Look for contradictions in the built-in dataset, too.")
    ] = True,
    shapes: Annotated[
        list[Path] | None,
        typer.Option(help="SHACL shapes; by default those that the gbagraph.toml of a file names."),
    ] = None,
) -> None:
    """Check data and canned queries; exit code 1 if something is wrong.

    Files are checked to be well-formed, whatever their size, and by SHACL shapes: those of --shapes, or
    of the gbagraph.toml in their folder or above. The built-in dataset is checked by its own shapes,
    checks and ontology.
    """
    missing = [display(path) for path in (*(files or ()), *(shapes or ())) if not path.exists()]
    if missing:
        fail(f"There is no file {', '.join(missing)}.", code=USAGE)
    judged = [
        _judged(paths, rules, reasoning=reasoning, with_queries=not files)
        for rules, paths in _by_rules(files, tuple(shapes or ())).items()
    ]
    found = [each for findings, *_ in judged for each in findings]
    _end_for(found, " and ".join(filter(None, (by for _, by, _ in judged))))
    print("\n".join(said for *_, said in judged))  # noqa: T201


def _by_rules(files: Sequence[Path] | None, shapes: tuple[Path, ...]) -> dict[Rules, list[Path]]:
    """Return the files by the shapes that judge them; None stands for the rules of the built-in dataset.

    Raises:
        SettingError: a file of settings is wrong, or there are shapes and nothing to check by them.
    """
    if not files:
        is_own = publication.current().is_own
        if shapes and is_own:
            raise SettingError("Name the files that are to be checked by these shapes.")
        return (
            {None: []}
            if is_own
            else {shapes or project.settings().value("shapes"): list(project.data())}
        )
    groups: dict[Rules, list[Path]] = {}
    for path in files:
        groups.setdefault(shapes or _rules_of(path.resolve()), []).append(path)
    return groups


def _rules_of(path: Path) -> Rules:
    """Return the shapes that the nearest gbagraph.toml names, in the folder of *path* or above."""
    if path in {resource(*parts) for parts in BUILT_IN.values()}:
        return None
    nearest = next((each / FILE for each in (path, *path.parents) if (each / FILE).is_file()), None)
    return project.read(nearest).get("shapes", ()) if nearest else ()


def _judged(
    paths: list[Path], rules: Rules, *, reasoning: bool, with_queries: bool
) -> tuple[list[Finding], str, str]:
    """Return what is wrong, by whose rules, and what is said if nothing is."""
    if rules is None:
        with curation_extra():
            from gbagraph.features.curation import validation
        kinds = "shapes, checks and ontology" if reasoning else "shapes and checks"
        by = f"the {kinds} of the built-in dataset"
        return validation.validate(paths, reasoning=reasoning), by, f"Valid by {by}."
    findings, triples = well_formed(paths)
    size = counted(triples, "triple") + " and the canned queries" * with_queries
    findings += queries() if with_queries else ()
    if not rules:
        return findings, "", f"Well-formed: {size}. {_NO_SHAPES}"
    if not any(each.rule == SYNTAX for each in findings):
        try:
            findings += _by_shapes(rules, paths)
        except DatasetError as problem:
            fail(f"Well-formed: {size}. {problem.message}", code=problem.exit_code)
    by = f"the shapes in {', '.join(map(display, rules))}"
    return findings, by, f"Valid by {by}: {size}."


_NO_SHAPES: Final = f"No shapes are named: give some with --shapes, or in {FILE}."


def _by_shapes(shapes: Sequence[Path], files: Sequence[Path]) -> list[Finding]:
    with curation_extra():
        from gbagraph.features.curation.validation import validate_by

    found, left_out = validate_by(shapes, files)
    if left_out:
        said = f"{counted(left_out, 'statement')} about triples {'is' if left_out == 1 else 'are'}"
        print(f"{said} not checked by the shapes.", file=sys.stderr)  # noqa: T201
    return found


def _end_for(findings: Sequence[Finding], by: str) -> None:
    """Print *findings*, at most :data:`TOLD`, and end with exit code 1; nothing if there are none."""
    for finding in sorted(findings)[:TOLD]:
        print(finding)  # noqa: T201
    if findings:
        more = f" The first {TOLD:,} are shown." if len(findings) > TOLD else ""
        fail(f"{counted(len(findings), 'finding')}{by and f' by {by}'}.{more}", code=FOUND)


def check_by_shapes(shapes: Sequence[Path], files: Sequence[Path]) -> None:
    """Print which faults of *files* the *shapes* name, and end with exit code 1 if there is one."""
    _end_for(_by_shapes(shapes, files), "the shapes")
    print("The shapes find no fault.")  # noqa: T201


def infer() -> None:
    """Write what the ontology derives from the built-in dataset (OWL 2 RL), as Turtle."""
    with curation_extra():
        from gbagraph.features.curation.reasoning import inferred

    print(inferred(), end="")  # noqa: T201


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
            code=CANNOT,
        )
