"""A soak of an entrance of a running server: batch after batch from a seed, and what came of them."""

import os
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable

from support.reliability import record
from support.soak import SECONDS

SEED = int(os.environ.get("FUZZ_SEED", "0"))
OF_ALL = 20
"""The time of a soak has so many parts, of which each entrance gets one."""


def keep_sending(
    name: str, send: Callable[[random.Random], None], size: int, outcomes: Counter[str]
) -> None:
    """Send batches of this size for this entrance's part of the time; record what came of them."""
    seed = SEED or secrets.randbelow(2**31)
    rng, end = random.Random(f"{seed} {name}"), time.monotonic() + SECONDS / OF_ALL
    count = 0
    while time.monotonic() < end:
        try:
            send(rng)
        except AssertionError as problem:
            problem.add_note(f"FUZZ_SEED={seed}")
            raise
        count += size
    record(
        "inputs",
        f"server: {name}",
        tried=count,
        outcomes=len(outcomes),
        coverage=", ".join(f"{outcome}: {n}" for outcome, n in sorted(outcomes.items())),
        seed=str(seed),
    )
