"""The commands ``gbagraph claims …``."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from gbagraph.cli import project
from gbagraph.cli.output import CANNOT, FOUND, USAGE, fail
from gbagraph.errors import GbaGraphError, visible
from gbagraph.features.claims.project import load

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
    """Check the claims of this folder against its text; exit code 0 only if some are, and all are right.

    The last line counts what was checked. Exit code 1: there are findings; 3: nothing could be checked.
    """
    from gbagraph.features.claims import checking

    try:
        report = checking.check(load(project.settings()))
    except GbaGraphError as problem:
        print(checking.Report())  # noqa: T201
        fail(f"The claims cannot be checked. {problem.message}", code=CANNOT)
    lines = map(checking.annotation if github else str, report.faults)
    with suppress(BrokenPipeError):  # a reader that ends still has the exit code
        print(visible("\n".join([*lines, str(report)])), flush=True)  # noqa: T201
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

    here = load(project.settings())
    if faults := building.faults(here):
        fail("\n".join([*faults, "Nothing is written."]), code=FOUND)
    print(building.build(here))  # noqa: T201


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


@app.command()
def suggest(
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="What is meant.")],
    *,
    is_kind: Annotated[
        bool | None, typer.Option("--kind/--property", help="Only kinds, or only properties.")
    ] = None,
    most: Annotated[int, typer.Option("-n", min=1, help="How many at most.")] = 5,
) -> None:
    """Suggest properties and kinds for words, English or Chinese: of this project, gba: and schema.org.

    Exit code 1 if none has such a name; then it prints how to declare one of your own.
    """
    from gbagraph.features.claims import names, suggesting

    here = load(project.settings()) if project.settings().value("claims") else None
    phrase, kind = " ".join(words), None if is_kind is None else suggesting.WHAT[is_kind]
    suggested = suggesting.suggest(phrase, here.terms if here else (), kind)[:most]
    for each in suggested:
        written = here.names if here else names.Names("https://example.org/")
        print(visible(suggesting.shown(each, written)))  # noqa: T201
    if not any(each.is_named for each in suggested):
        own = suggesting.own(phrase, kind or "property")
        fail(f"No term has such a name. One of your own, for data/ontology.ttl:\n{own}", code=FOUND)


@app.command()
def template(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Which one; all are listed without it.")
    ] = "",
) -> None:
    """Print lines of claims to fill in: an approval, a plan, a quantity, a date and others."""
    files = sorted(Path(__file__).with_name("claim_templates").glob("*.claims"))
    base, example = project.settings().value("base"), "https://example.org/"
    texts = {each.stem: each.read_text("utf-8").replace(example, base or example) for each in files}
    if name and name not in texts:
        fail(f"There is no template {name!r}. There are: {', '.join(texts)}.", code=USAGE)
    listed = [f"{each:13}{text.splitlines()[0][2:]}\n" for each, text in texts.items()]
    print(texts.get(name, "".join(listed)), end="")  # noqa: T201


@app.command("date")
def _date(
    words: Annotated[
        list[str], typer.Argument(metavar="WORDS", help="Such as last August, or 去年8月.")
    ],
    *,
    text_date: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="DATE",
            help="The date of the text, such as 2021, 2021-10 or 2021-10-12; by default the one that "
            "the claims give with published.",
        ),
    ] = "",
) -> None:
    """Say which dates words mean, counted from the date of the text, as lines of claims.

    Exit code 1 if they are no date that is known here.
    """
    from gbagraph.features.claims import dates
    from gbagraph.features.claims.rules.case import Case

    published = text_date or Case(load(project.settings())).published
    if not published:
        fail("The claims do not say when the text was published. Give --from DATE.", code=USAGE)
    readings = dates.readings(" ".join(words), published)
    if not readings:
        fail(
            f"No date is known for these words, counted from {published}. Write the date that you read, "
            "and in the note of the claim why; or give a more exact date of the text.",
            code=FOUND,
        )
    for each in readings:
        print(f"{'; '.join(each.lines)}  ({each.span.first} to {each.span.last})")  # noqa: T201
    if len(readings) > 1:
        print("The likelier stands first. Say in the note of the claim why you take it.")  # noqa: T201


@app.command("identify")
def _identify() -> None:
    """Look up the things of the claims in the table of identifiers, and propose links for the review.

    Exit code 1 if something is wrong in the table, or a proposal was refused.
    """
    from gbagraph.features.claims import identifying, proposing

    here = load(project.settings())
    if here.identifiers is None:
        fail('Name the table in gbagraph.toml: identifiers = "identifiers.tsv"', code=USAGE)
    rows, faults = identifying.read(here.identifiers)
    proposed, undecided = identifying.identify(here, rows)
    answers = proposing.propose(project.settings(), proposed, "gbagraph claims identify")
    pairs = zip(proposed, answers, strict=True)
    answered = [
        f"{each['subject']} {each['property']} {each['value']}: {said}" for each, said in pairs
    ]
    for line in (*answered, *undecided, *map(str, faults)):
        print(visible(line))  # noqa: T201
    if faults or not all(answer.taken for answer in answers):
        raise typer.Exit(FOUND)
