"""What the tests of reliability tried and found, for reports/reliability.md."""

import json
import os
import re
from pathlib import Path
from typing import Literal

Chapter = Literal["inputs", "leaving", "faults", "load"]
"""Inputs that were tried, ways of leaving, faults that were injected, and load for a long time."""


def record(chapter: Chapter, name: str, **figures: float | str) -> None:
    """Keep a row for a table of reports/reliability.md, if the environment's RELIABILITY names a folder.

    Rows of a chapter have the same *figures*: these are the columns (``_`` is written as a space).
    Call it after the last assertion, so that only what has held is recorded.
    """
    if folder := os.environ.get("RELIABILITY"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        file = Path(folder) / f"{chapter}-{re.sub(r'[^a-z0-9]+', '-', name.lower())}.json"
        file.write_text(json.dumps({"chapter": chapter, "name": name, "figures": figures}))
