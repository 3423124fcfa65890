"""The command verify: what is found of the evidence in a text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gbagraph.api.export import needed as package
from gbagraph.cli import project
from gbagraph.cli.answering import DataOption, TextOption, text_or_json
from gbagraph.cli.output import CANNOT, FOUND, USAGE, fail
from gbagraph.dataset.loader import find_release, load
from gbagraph.errors import SettingError
from gbagraph.feature import needed
from gbagraph.features.verify import verification
from gbagraph.features.verify.texts import read
from gbagraph.paths import display
from gbagraph.rdf.formats import TEXT
from gbagraph.rdf.namespaces import compact
from gbagraph.setting import environment_variable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.features.verify.verification import Finding

_OF_WORDS: Final = frozenset({"text", "data", "output"})
_OF_BUNDLES: Final = frozenset({"trust_root", "identity", "issuer"})


def verify(  # noqa: PLR0913  one option each
    context: typer.Context,
    release: Annotated[
        str | None,
        typer.Argument(
            metavar="RELEASE", help="A release such as 0.3.0, or with --bundle a file of one."
        ),
    ] = None,
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
    bundle: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The Sigstore bundle that must prove who signed RELEASE."
        ),
    ] = None,
    trust_root: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The root of trust (trusted_root.json). By default the one that sigstore keeps.",
        ),
    ] = None,
    identity: Annotated[
        str,
        typer.Option(
            help="Who must have signed. By default the release workflow of the repository that this "
            "package names, at the tag of the version."
        ),
    ] = "",
    issuer: Annotated[
        str, typer.Option(help="Who must have issued that identity.")
    ] = "https://token.actions.githubusercontent.com",
) -> None:
    """Check a release, or the words in a text on which claims rest.

    Exit code 0 if a release is what this package says and, with a bundle, signed as it should be; or if
    at least one claim was checked and all that were are verified. 1 if a release is another, or not so
    signed; or if words moved, are changed or their source differs. 3 if nothing could be checked.
    """
    given = set(filter(lambda name: _is_given(context, name), context.params))
    if release is None and given & {"bundle", *_OF_BUNDLES}:
        fail("Name the release, or the file of one, that is to be checked.", code=USAGE)
    if release is not None and given & _OF_WORDS:
        fail("A release is checked without --text, --data and --format.", code=USAGE)
    if bundle is None and given & _OF_BUNDLES:
        fail("--trust-root, --identity and --issuer need the bundle: --bundle FILE.", code=USAGE)
    if release is None:
        raise typer.Exit(_words(text, output, data))
    _release(release, bundle, trust_root, (identity, issuer))


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _words(text: Path | None, output: str | None, data: list[Path] | None) -> int:
    is_text = text_or_json(output) is TEXT
    here = project.settings()
    if data is None and here.value("store"):
        fail("A store holds the data of this folder. Name files with --data.", code=USAGE)
    project.publish(data or ())
    store, _ = load(project.data() if data is None else data)
    findings = verification.verify(store, read(text or here.value("source_text")))
    print(_as_text(findings) if is_text else _as_json(findings))  # noqa: T201
    return _code({finding.state for finding in findings})


def _release(name: str, bundle: Path | None, root: Path | None, signer: tuple[str, str]) -> None:
    """Check the files of a release by their checksums, and these, or the file *name*, by a bundle."""
    path, release = Path(name), find_release([Path(name)])
    if release is not None:
        path, differing = needed("release checked")(release)
        if differing:
            said = f"{', '.join(differing)}: not as {display(path)} says. Install the package anew."
            fail(said, code=FOUND)
        print(f"The files and the hash of {name} are as {display(path)} says.")  # noqa: T201
    if bundle is not None:
        _signature(path, bundle, root, *signer)
    elif release is None:
        raise SettingError(f"What {name} should be, a bundle tells: give it with --bundle.")
    else:
        print("Only a signature says who made them: --bundle FILE.")  # noqa: T201


def _signature(path: Path, bundle: Path, root: Path | None, identity: str, issuer: str) -> None:
    package("sigstore", "To check a bundle", "gbagraph[verify]")
    from gbagraph.features.verify import signature

    signer = signature.Signer(identity or signature.workflow_for(path.name), issuer)
    try:
        signature.verify(path, bundle, root, signer)
    except signature.NotVerified as problem:
        fail(problem.message, code=FOUND)
    print(f"{display(path)} was signed by {signer.identity}, by {issuer}.")  # noqa: T201


def _code(states: set[str]) -> int:
    checked = states - {verification.ABSENT, verification.NOT_CHECKABLE}
    return int(checked != {verification.VERIFIED}) if checked else CANNOT


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
    rows = [row._asdict() for row in findings]
    return json.dumps({"counts": verification.counts(findings), "findings": rows}, indent=1)
