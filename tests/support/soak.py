"""How much longer tests go on in ``make soak``."""

import os

SECONDS = float(os.environ.get("SOAK_SECONDS", "0"))
"""How long load is put on a server; 0 outside ``make soak``."""


def examples(count: int) -> int:
    """So many examples of a property, and in a soak as many for each minute."""
    return count * max(1, round(SECONDS / 60))
