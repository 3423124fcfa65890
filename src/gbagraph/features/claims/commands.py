"""The commands ``gbagraph claims …``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from gbagraph.cli import project
from gbagraph.cli.output import FOUND
from gbagraph.errors import visible

app = typer.Typer(
    help="Write a graph from a text: claims, and whether its words carry them.",
    add_completion=False,
    no_args_is_help=True,
)


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
