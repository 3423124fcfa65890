from typing import Annotated

import typer


def note(text: Annotated[str, typer.Argument(help="What to print.")]) -> None:
    """Print a note."""
    print(text)  # noqa: T201
