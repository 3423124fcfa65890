"""The commands ``gbagraph claims …``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from gbagraph.cli import project
from gbagraph.cli.output import CANNOT, FOUND, USAGE, fail
from gbagraph.errors import GbaGraphError, visible

app = typer.Typer(
    help="Write a graph from a text: claims, and whether its words carry them.",
    add_completion=False,
    no_args_is_help=True,
)


@app.command()
def check(
    *,
    github: Annotated[
        bool, typer.Option("--github", help="Print findings as annotations of GitHub's workflows.")
    ] = False,
) -> None:
    """Check the claims of this folder against its text; exit code 0 only if some were checked, and all are right.

    The last line counts what was checked. Exit code 1: there are findings; 3: nothing could be checked.
    """
    from gbagraph.features.claims import checking
    from gbagraph.features.claims.project import load

    try:
        report = checking.check(load(project.settings()))
    except GbaGraphError as problem:
        print(checking.Report())  # noqa: T201
        fail(f"The claims cannot be checked. {problem.message}", code=CANNOT)
    for fault in report.faults:
        print(checking.annotation(fault) if github else fault)  # noqa: T201
    print(report)  # noqa: T201
    if report.faults:
        raise typer.Exit(FOUND)
    if not report.is_sound:
        fail("No words of a claim were looked for in the text. Write claims on it.", code=CANNOT)


@app.command("text")
def _text(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="The text: plain, .md or .html; by default that of the project."
        ),
    ] = None,
) -> None:
    """Print the passages of a text and their sentences, with the numbers that claims name."""
    from gbagraph.features.claims import text

    article = file or project.settings().value("claims_text")
    if article is None:
        fail("Give the FILE of the text, or name it as claims_text in gbagraph.toml.", code=USAGE)
    print(text.numbered(text.read(article)))  # noqa: T201


@app.command()
def build() -> None:
    """Write the facts, evidence, selectors and terms that the claims give into the folder of the data.

    Nothing is written if a claim is faulty, or if a file there was not made by this command.
    """
    from gbagraph.features.claims import building
    from gbagraph.features.claims.project import load

    found = load(project.settings())
    if faults := building.faults(found):
        fail("\n".join([*faults, "Nothing is written."]), code=FOUND)
    print(building.build(found))  # noqa: T201


@app.command("write")
def _write(
    data: Annotated[
        list[Path],
        typer.Argument(metavar="DATA", help="RDF files with claims, or folders of them."),
    ],
) -> None:
    """Print the claims of RDF files in the form in which people write them."""
    from gbagraph.features.claims import building

    print(building.written(data, project.settings()), end="")  # noqa: T201


@app.command()
def propose(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="Proposals: a JSON array, a JSON object or JSON Lines; - for standard input.",
        ),
    ] = "-",
    *,
    by: Annotated[str, typer.Option(help="Who proposes them.")] = "",
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of a proposal instead.")
    ] = False,
) -> None:
    """Add claims that somebody proposes to the file of proposals, where they wait for a review.

    Exit code 1 if one was refused.
    """
    from gbagraph.features.claims import proposals, proposing

    if schema:
        print(json.dumps(proposals.schema(), indent=2))  # noqa: T201
        return
    text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    answers = proposing.propose(project.settings(), proposals.of_json(text), by)
    for number, answer in enumerate(answers, start=1):
        print(visible(f"{number}: {answer}"))  # noqa: T201
    if not all(answer.taken for answer in answers):
        raise typer.Exit(FOUND)


@app.command("review")
def _review(
    *,
    by: Annotated[
        str, typer.Option(help="Who decides; by default git's user.name, or the login.")
    ] = "",
    only_list: Annotated[
        bool, typer.Option("--list", help="List what waits and what is decided instead.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="List it as JSON.")] = False,
    page: Annotated[
        bool, typer.Option("--page", help="Decide on a page in the browser, here alone.")
    ] = False,
    port: Annotated[
        int, typer.Option(help="Port of the page; 0 for one that is free.", min=0, max=65535)
    ] = 0,
) -> None:
    """Decide on proposed claims: accept, correct or reject each beside the passage on which it rests."""
    from gbagraph.features.claims import decisions, review

    if only_list or as_json:
        review.show_all(project.settings(), as_json=as_json)
    elif page:
        from gbagraph.features.claims import review_page, review_server

        shown = review_page.application(project.settings(), by or decisions.user())
        review_server.serve(shown, port)
    else:
        review.ask(project.settings(), by or decisions.user())
