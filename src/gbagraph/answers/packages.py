"""Packages of others that only some methods need: imported when they are, and missed with a remedy."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from gbagraph.errors import GbaGraphError


class MissingPackage(GbaGraphError):
    """A package of others is needed that is not installed."""

    name = "missing-package"
    title = "A package is not installed"


def needed(module: str, what: str, install: str) -> Any:  # noqa: ANN401  a module
    """The module of this name, which *what* needs; *install* is what to give to pip.

    Raises:
        MissingPackage: it is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as problem:
        if problem.name != module.partition(".")[0]:
            raise
        raise MissingPackage(
            f"{what} needs the package {module}, which is not installed. "
            f"Install it by: pip install '{install}'"
        ) from None
