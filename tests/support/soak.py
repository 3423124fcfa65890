"""How much longer tests go on in ``make soak``, and which it alone tries."""

import os
from collections.abc import Iterable
from typing import Any

import pytest

SECONDS = float(os.environ.get("SOAK_SECONDS", "0"))
"""How long load is put on a server; 0 outside ``make soak``."""


def examples(count: int) -> int:
    """So many examples of a property, and in a soak as many for each minute."""
    return count * max(1, round(SECONDS / 60))


def some(names: Iterable[Any], *always: Any) -> list[Any]:
    """Return parameters, of which those that are not *always* tried belong to ``make soak``."""
    return [
        name if name in always else pytest.param(name, marks=pytest.mark.soak) for name in names
    ]
