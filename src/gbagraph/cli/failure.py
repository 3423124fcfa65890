"""How a command ends that cannot do what it is told."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer


def fail(message: str, code: int = 1) -> NoReturn:
    """Say *message* on standard error, and end with the exit code *code*."""
    print(message, file=sys.stderr)  # noqa: T201
    raise typer.Exit(code)
